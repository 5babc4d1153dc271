"""Contact details that a counsellor opened: the coordinators are told, and see which counsellor did
and why. The details themselves never come here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sebaya_chassis.base.problems import NotFound
from sebaya_chassis.storage.documents import OfAnotherSchool
from sebaya_chassis.storage.layout import AlreadyApplied, AppliedSequence
from sebaya_contracts.intake import ContactDetailsOpened
from sebaya_contracts.words import DetailsReason
from sebaya_escalation.commands.paging import plan_pages
from sebaya_escalation.domain.ladder import call_coordinators
from sebaya_escalation.store import EscalationStore

LISTED = 100


@dataclass(frozen=True, slots=True)
class OpenedDetails:
    """That a counsellor opened the contact details of a student, and why."""

    person_id: str
    reason: DetailsReason
    student_told: bool
    opened_at: datetime


async def tell_coordinators(
    store: EscalationStore, event: ContactDetailsOpened, mark: AppliedSequence
) -> None:
    """Record an opening, and plan the coordinators' pages: one transaction.

    Raises AlreadyApplied; OfAnotherSchool where the case or the alert is another school's;
    UnknownSchool while the school's description has not arrived.
    """
    for documents, name in ((store.cases, event.case_id), (store.alerts, event.alert_id)):
        if await documents.is_another_schools(name):
            raise OfAnotherSchool(name)
    opening_id = f"{event.alert_id}/details/{mark.sequence}"

    async def work(tx: EscalationStore) -> None:
        name = f"{tx.school_id}/{opening_id}"
        if await tx.details_opened.get(name) is not None:
            raise AlreadyApplied(opening_id)
        await tx.details_opened.create(
            {
                "_id": name,
                "at": event.opened_at,
                "person_id": event.person_id,
                "reason": event.reason.value,
                "student_told": event.student_told,
            }
        )
        school = await tx.school()
        try:
            alert = (await tx.alerts.load(event.alert_id)).state
        except NotFound:
            return
        pages = call_coordinators(alert, opening_id, school, tx.mail_domain, tx.now())
        await plan_pages(tx, pages)

    await store.transaction(work)


async def list_opened(store: EscalationStore) -> Sequence[OpenedDetails]:
    """List the openings of a school, the newest first."""
    rows = await store.details_opened.find({}, sort=[("at", -1)], limit=LISTED)
    return [
        OpenedDetails(
            row["person_id"], DetailsReason(row["reason"]), row["student_told"], row["at"]
        )
        for row in rows
    ]
