"""That two cases are one student's: what a case keeps of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class LinkReason(StrEnum):
    """Why two cases are one student's."""

    STUDENT_SAID_SO = "student_said_so"
    SAME_EVENTS = "same_events"
    CODE_LOST = "code_lost"
    BOTH_CODES = "both_codes"
    """The student showed both codes; no staff can give this reason."""


@dataclass(frozen=True, slots=True)
class CaseLink:
    """That another case is the same student's. `linked_by` is None for the student."""

    case_id: str
    reason: LinkReason
    linked_at: datetime
    linked_by: str | None
