"""The next look after a student: a date on every alert whose contact was made, and on a closed one
where its counsellor set it. A look that nobody takes pages people as a contact does.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum


class ReviewAfter(StrEnum):
    """When the next look is due, from now."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"

    @property
    def span(self) -> timedelta:
        """The time until then."""
        return _SPANS[self]


_SPANS = {
    ReviewAfter.DAY: timedelta(hours=24),
    ReviewAfter.WEEK: timedelta(days=7),
    ReviewAfter.MONTH: timedelta(days=30),
}
# A round of calls that no person answered is made again this much later: a look is owed, and no
# life hangs on the minute.
ROUND_AGAIN = timedelta(hours=4)
# A look this much before the moment of a follow-up is that follow-up: the evening before counts,
# the hour of the closing does not.
EARLY = timedelta(hours=12)
# Stands before rung 0: the holder of the alert, who knows the student.
HOLDER = -1


@dataclass(frozen=True, slots=True)
class Review:
    """A look that is due.

    `number` counts the looks of an alert, `round` the rounds of its calls, `rung` is the next to be
    called, at `next_at` once the first was. `follow_ups` are the fixed moments after the closing of
    a grave alert that no look has met yet, the next first.
    """

    due_at: datetime
    number: int = 1
    round: int = 1
    rung: int = HOLDER
    next_at: datetime | None = None
    follow_ups: tuple[datetime, ...] = ()

    @property
    def step_at(self) -> datetime:
        """When the next person is called."""
        return self.next_at or self.due_at

    def page_prefix(self, alert_id: str) -> str:
        """Return how the ids of its pages begin, over all its rounds."""
        return f"{alert_id}/review/{self.number}/"

    def calls_prefix(self, alert_id: str) -> str:
        """Return how the ids of the pages of its next call begin.

        The numbers begin again where an alert was opened again or owed no look for a while; the
        moment tells such looks apart.
        """
        due = f"{self.due_at:%Y%m%dT%H%M%S.%f}"
        return f"{self.page_prefix(alert_id)}{due}/{self.round}/{self.rung}/"


def plan_review(before: Review | None, after: ReviewAfter, now: datetime) -> Review:
    """Plan the next look."""
    return Review(now + after.span, number=before.number + 1 if before else 1)


def plan_follow_ups(before: Review | None, now: datetime) -> Review:
    """Plan the looks after a grave alert's closing: 24 hours, 7 and 30 days from now."""
    moments = tuple(now + after.span for after in ReviewAfter)
    return Review(moments[0], number=before.number + 1 if before else 1, follow_ups=moments)


def plan_after_look(
    before: Review | None, after: ReviewAfter | None, now: datetime
) -> Review | None:
    """Plan what comes after a look: the next follow-up that stands, or what is asked for where that
    is earlier. None where no follow-up stands and no look is asked for.

    The look meets each follow-up that is due by now, or nearly.
    """
    standing = before.follow_ups if before else ()
    left = tuple(moment for moment in standing if moment > now + EARLY)
    asked = (now + after.span,) if after else ()
    moments = (*left[:1], *asked)
    if not moments:
        return None
    number = before.number + 1 if before else 1
    return Review(min(moments), number=number, follow_ups=left)


def keep_within(review: Review, rungs: int) -> Review:
    """Keep the next call within a ladder that became shorter since: past its last rung the next
    round begins.
    """
    if review.rung < rungs:
        return review
    return replace(review, rung=HOLDER, round=review.round + 1)


def leave_rung(review: Review, rungs: int, wait: timedelta, now: datetime) -> Review:
    """Go on to the next rung after `wait`; past the last one the next round begins later."""
    if review.rung + 1 < rungs:
        return replace(review, rung=review.rung + 1, next_at=now + wait)
    return replace(
        review, rung=HOLDER, round=review.round + 1, next_at=now + max(wait, ROUND_AGAIN)
    )
