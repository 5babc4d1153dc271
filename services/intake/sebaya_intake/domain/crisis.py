"""Whether the external crisis lines come first, and whether somebody is on call. What was detected
is never said.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sebaya_contracts.escalation import CoveragePublished, Interval
from sebaya_contracts.intake import SafetyAnswers
from sebaya_contracts.words import Answer


class OnCall(StrEnum):
    """Whether a human of the school is there now; `unknown` counts as nobody."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class CrisisReason(StrEnum):
    """Why the lines come first: what the student knows anyway."""

    YOUR_ANSWERS = "your_answers"
    NOBODY_ON_CALL = "nobody_on_call"
    ON_CALL_UNKNOWN = "on_call_unknown"
    NOT_YET_READ = "not_yet_read"


@dataclass(frozen=True, slots=True)
class Coverage:
    """The newest word of escalation on when somebody is on call at a school."""

    school_id: str
    covered: tuple[Interval, ...]
    published_at: datetime
    expires_at: datetime

    @classmethod
    def of(cls, event: CoveragePublished) -> "Coverage":
        return cls(event.school_id, event.covered, event.published_at, event.expires_at)

    def or_newer(self, other: "Coverage") -> "Coverage":
        return other if other.published_at >= self.published_at else self


def on_call(coverage: Coverage | None, now: datetime) -> OnCall:
    """Half-open on both: the end of an interval is no longer covered, the moment of expiry no
    longer known.
    """
    if coverage is None or now >= coverage.expires_at:
        return OnCall.UNKNOWN
    return OnCall.YES if _covers(coverage.covered, now) else OnCall.NO


def _covers(intervals: Sequence[Interval], now: datetime) -> bool:
    return any(interval.since <= now < interval.until for interval in intervals)


def worrying(safety: SafetyAnswers) -> bool:
    """Only two plain "no" are not: unsure, rather not say and unanswered count as worrying."""
    return not (safety.self_harm_thoughts is Answer.NO and safety.danger_now is Answer.NO)


def reason_for_lines(
    safety: SafetyAnswers, there: OnCall, *, screened: bool
) -> CrisisReason | None:
    """Why the external lines come first; None when they need not."""
    if worrying(safety):
        return CrisisReason.YOUR_ANSWERS
    if there is not OnCall.YES:
        return CrisisReason.NOBODY_ON_CALL if there is OnCall.NO else CrisisReason.ON_CALL_UNKNOWN
    return None if screened else CrisisReason.NOT_YET_READ
