"""How many requests a school may have waiting for supporters, and what becomes of the next one.

Bounded is what a school has open, never where a request comes from: at a school hundreds of
students share one address.
"""

from dataclasses import dataclass, replace
from enum import Enum, auto

from sebaya_contracts.words import Answer, Door
from sebaya_intake.domain.case import CaseDraft

# While there is room, a school is counted once in so many openings.
LOOK_EVERY = 10
# Near the bound it is counted at most this often, in seconds.
LOOK_AGAIN = 0.5


class Entrance(Enum):
    """What becomes of an opening.

    Matching is told of it; or it waits in the queue; or it is refused, and its words are read by
    the screen all the same; or nothing of it is stored.
    """

    ANNOUNCED = auto()
    QUEUED = auto()
    SCREENED = auto()
    REFUSED = auto()


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many requests of a school wait for a supporter, and how many in the queue behind them.

    As many again are read by the screen though refused, until it has spoken.
    """

    waiting: int
    queued: int


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many requests of a school wait for a supporter, and how many are queued."""

    waiting: int = 0
    queued: int = 0

    def __add__(self, other: "Crowd") -> "Crowd":
        return Crowd(self.waiting + other.waiting, self.queued + other.queued)

    def __sub__(self, other: "Crowd") -> "Crowd":
        return Crowd(self.waiting - other.waiting, self.queued - other.queued)


def calls_for_adult(draft: CaseDraft) -> bool:
    """Tell whether an opening is never refused: it wants an adult, is about a friend, or answers a
    safety question with anything but no.
    """
    answers = {draft.safety.self_harm_thoughts, draft.safety.danger_now} - {None, Answer.NO}
    return draft.wants_adult or draft.door is Door.FRIEND or bool(answers)


def judge_entrance(crowd: Crowd, bounds: Bounds, draft: CaseDraft) -> Entrance:
    """Judge what becomes of the next opening; none overtakes the queue.

    One that calls for an adult is never refused: its words and its call go out at once, queued or
    not. One that staff open is no flood.
    """
    if draft.door is Door.STAFF or (crowd.waiting < bounds.waiting and not crowd.queued):
        return Entrance.ANNOUNCED
    if crowd.queued < bounds.queued or calls_for_adult(draft):
        return Entrance.QUEUED
    return Entrance.SCREENED if crowd.queued < 2 * bounds.queued else Entrance.REFUSED


@dataclass(frozen=True, slots=True)
class CrowdEstimate:
    """What one process knows of a school: a count, and what it has stored itself.

    `stored` only grows; `base` is what it was when the newest count began. `at_hand` are openings
    that are being stored. `counted_at` is of a clock that never goes back, in seconds; None before
    the first count.
    """

    counted: Crowd = Crowd()
    counted_at: float | None = None
    base: Crowd = Crowd()
    stored: Crowd = Crowd()
    at_hand: Crowd = Crowd()

    @property
    def crowd(self) -> Crowd:
        """Return the most that there can be, as far as this process knows."""
        return self.counted + (self.stored - self.base) + self.at_hand

    def needs_count(self, bounds: Bounds, now: float) -> bool:
        """Tell whether the school must be counted before the next opening is judged."""
        since = self.stored - self.base
        if self.counted_at is None or since.waiting + since.queued >= LOOK_EVERY:
            return True
        crowd = self.crowd
        near = crowd.queued > 0 or crowd.waiting + LOOK_EVERY >= bounds.waiting
        return near and now - self.counted_at >= LOOK_AGAIN

    def after_count(self, counted: Crowd, base: Crowd, counted_at: float) -> "CrowdEstimate":
        """Take a count that began when `base` was stored; one that began before the newest says
        nothing new.

        What was stored while it ran may be in it or not, and counts on top.
        """
        older = base.waiting < self.base.waiting or base.queued < self.base.queued
        if self.counted_at is not None and older:
            return self
        return replace(self, counted=counted, counted_at=counted_at, base=base)

    def begin(self, entrance: Entrance) -> "CrowdEstimate":
        """Take an opening to hand that is about to be stored."""
        return replace(self, at_hand=self.at_hand + _one(entrance))

    def end(self, entrance: Entrance) -> "CrowdEstimate":
        """Put an opening out of hand; it counts as stored, whatever became of it."""
        one = _one(entrance)
        return replace(self, at_hand=self.at_hand - one, stored=self.stored + one)


def _one(entrance: Entrance) -> Crowd:
    return Crowd(waiting=1) if entrance is Entrance.ANNOUNCED else Crowd(queued=1)
