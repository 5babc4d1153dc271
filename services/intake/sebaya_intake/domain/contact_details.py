"""The rules of contact details: a student leaves and takes them away at will; a counsellor opens
them only while an alert of the case is open that is red or graver.
"""

from dataclasses import replace
from datetime import datetime

from sebaya_contracts.intake import ContactDetailsOpened
from sebaya_contracts.words import DetailsReason, Level
from sebaya_intake.domain.case import FIRST_RETENTION_CHECK, Case, Decision, ensure_not_erased
from sebaya_intake.domain.message import ensure_counsellor_may_read
from sebaya_intake.domain.projection import AlertFacts, AlertState
from sebaya_intake.domain.sealed_details import DetailsOpening, SealedDetails
from sebaya_intake.errors import NoContactDetails, NoUrgentAlert

# All of them are in the audit log; the student's page needs the last ones.
OPENINGS_SHOWN = 20


def leave_details(case: Case, details: SealedDetails, now: datetime) -> Decision:
    """Leave contact details, in place of those that were left before. Their retention is that of
    the words. Raises NotFound for an erased case.
    """
    left = replace(
        ensure_not_erased(case),
        details=details,
        last_posted_at=case.last_posted_at or now,
        words_until=case.words_until or now + FIRST_RETENTION_CHECK,
    )
    return left, ()


def take_details_away(case: Case) -> Decision:
    """Take contact details away for good. Raises NotFound for an erased case."""
    return replace(ensure_not_erased(case), details=None), ()


def find_urgent_alert(case: Case) -> str | None:
    """Find an alert that is not closed and is red or graver; None where there is none."""
    return next(
        (
            alert_id
            for alert_id, state in case.view.alerts.items()
            if state is not AlertState.CLOSED
            and case.view.alert_facts.get(alert_id, AlertFacts()).level >= Level.RED
        ),
        None,
    )


def open_details(
    case: Case, person_id: str, reason: DetailsReason, now: datetime, *, student_told: bool
) -> tuple[SealedDetails, Decision]:
    """Record that a counsellor opens the details; return them, sealed.

    Raises NotFound for a counsellor that is barred, NoAlert, NoUrgentAlert, NoContactDetails.
    """
    ensure_counsellor_may_read(case, person_id)
    alert_id = find_urgent_alert(case)
    if alert_id is None:
        raise NoUrgentAlert
    if case.details is None:
        raise NoContactDetails
    opening = DetailsOpening(now, person_id, reason, student_told)
    openings = (*case.details_opened, opening)[-OPENINGS_SHOWN:]
    event = ContactDetailsOpened(
        school_id=case.school_id,
        case_id=case.case_id,
        alert_id=alert_id,
        person_id=person_id,
        reason=reason,
        student_told=student_told,
        opened_at=now,
    )
    return case.details, (replace(case, details_opened=openings), (event,))
