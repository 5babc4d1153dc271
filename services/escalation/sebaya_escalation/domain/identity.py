"""A student's identity: asked for with a reason, answered by a second person, and never written
down here.

The product knows no names. The school's coordinator may be able to find out (a case opened on a
student's behalf, a class that is recognised by what was written) and tells the counsellor in
person; only that this was done, or could not be, is kept.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sebaya_escalation.errors import AlreadyAnswered, NotAsked, SecondPersonNeeded


class IdentityReason(StrEnum):
    """Why a counsellor must know; chosen from a list, so that no words about a student arise."""

    LIFE_IN_DANGER = "life_in_danger"
    CANNOT_BE_REACHED = "cannot_be_reached"
    DUTY_TO_REPORT = "duty_to_report"
    MEETING_AGREED = "meeting_agreed"


class IdentityAnswer(StrEnum):
    """How the question was answered."""

    TOLD_IN_PERSON = "told_in_person"
    NOT_KNOWN = "not_known"
    REASON_NOT_ENOUGH = "reason_not_enough"


@dataclass(frozen=True, slots=True)
class IdentityInquiry:
    """One question for a student's identity, and its answer."""

    asked_by: str
    asked_at: datetime
    reason: IdentityReason
    answered_by: str | None = None
    answered_at: datetime | None = None
    answer: IdentityAnswer | None = None

    @property
    def open(self) -> bool:
        """Whether it waits for an answer."""
        return self.answer is None


def open_inquiry(
    before: IdentityInquiry | None, person_id: str, reason: IdentityReason, now: datetime
) -> IdentityInquiry:
    """Open an inquiry; while one is open it stays, after its answer another may be opened."""
    if before is not None and before.open:
        return before
    return IdentityInquiry(asked_by=person_id, asked_at=now, reason=reason)


def answer_inquiry(
    before: IdentityInquiry | None, person_id: str, answer: IdentityAnswer, now: datetime
) -> IdentityInquiry:
    """Answer an inquiry, as another person than the one that asked.

    Raises NotAsked, AlreadyAnswered, SecondPersonNeeded.
    """
    if before is None:
        raise NotAsked
    if not before.open:
        raise AlreadyAnswered
    if before.asked_by == person_id:
        raise SecondPersonNeeded
    return replace(before, answered_by=person_id, answered_at=now, answer=answer)
