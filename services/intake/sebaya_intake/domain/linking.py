"""Two cases of one student, linked: read as one timeline, and separated again at any time.

A link joins nothing but the reading. Alerts, match, retention and erasure stay each case's own.
"""

from dataclasses import replace
from datetime import datetime

from sebaya_intake.domain.case import Case, ensure_not_erased
from sebaya_intake.domain.case_link import CaseLink, LinkReason
from sebaya_intake.errors import CannotLink

# One student, a few requests; more is a mistake, and each is one more thread to read.
LINKS_AT_MOST = 8


def link_case(
    case: Case, other: Case, reason: LinkReason, linked_by: str | None, now: datetime
) -> Case:
    """Link a case to another. What is linked stays linked as it is; only the student's own word
    replaces another reason.

    Raises CannotLink for the case itself and for one link too many, NotFound for an erased case.
    """
    if ensure_not_erased(case).case_id == ensure_not_erased(other).case_id:
        raise CannotLink
    known = next((one for one in case.links if one.case_id == other.case_id), None)
    if known is not None and (reason is not LinkReason.BOTH_CODES or known.reason is reason):
        return case
    others = tuple(one for one in case.links if one is not known)
    if len(others) >= LINKS_AT_MOST:
        raise CannotLink
    return replace(case, links=(*others, CaseLink(other.case_id, reason, now, linked_by)))


def unlink_case(case: Case, other_id: str) -> Case:
    """Separate a case from another; one that is not linked stays as it is."""
    return replace(case, links=tuple(one for one in case.links if one.case_id != other_id))


def may_join(linked: Case, counsellor_id: str) -> bool:
    """Tell whether a linked case stands in the timeline that this counsellor reads: not where the
    student's words bar them from it.
    """
    return counsellor_id not in linked.view.barred


def list_linked(case: Case, *, for_student: bool) -> tuple[str, ...]:
    """List the cases that are read together with this one.

    A student reads those of which they showed the code: what staff take for theirs may be another
    student's.
    """
    return tuple(
        one.case_id for one in case.links if not for_student or one.reason is LinkReason.BOTH_CODES
    )
