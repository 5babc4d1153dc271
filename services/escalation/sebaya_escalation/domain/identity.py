"""Who a student is: asked for with a reason, answered by a second person, and never written down
here.

The product knows no names. Whoever runs the programme at the school may be able to find out (a case
opened on a student's behalf, a class that is told apart by what was written); they tell the
counsellor in person, and only that they did, or could not, is kept.
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
    """What came of the question."""

    TOLD_IN_PERSON = "told_in_person"
    NOT_KNOWN = "not_known"
    REASON_NOT_ENOUGH = "reason_not_enough"


@dataclass(frozen=True, slots=True)
class IdentityRequest:
    """One question, and its answer."""

    asked_by: str
    asked_at: datetime
    reason: IdentityReason
    answered_by: str | None = None
    answered_at: datetime | None = None
    answer: IdentityAnswer | None = None

    @property
    def open(self) -> bool:
        return self.answer is None


def asked(
    before: IdentityRequest | None, person_id: str, reason: IdentityReason, now: datetime
) -> IdentityRequest:
    """While a question is open it is not asked a second time; after an answer it may be asked anew."""
    if before is not None and before.open:
        return before
    return IdentityRequest(asked_by=person_id, asked_at=now, reason=reason)


def answered(
    before: IdentityRequest | None, person_id: str, answer: IdentityAnswer, now: datetime
) -> IdentityRequest:
    """By somebody else than who asked. Raises NotAsked, AlreadyAnswered, SecondPersonNeeded."""
    if before is None:
        raise NotAsked
    if not before.open:
        raise AlreadyAnswered
    if before.asked_by == person_id:
        raise SecondPersonNeeded
    return replace(before, answered_by=person_id, answered_at=now, answer=answer)
