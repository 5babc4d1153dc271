"""Whether the external crisis lines come first, and whether a counsellor is on call. What was
detected is never said.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sebaya_contracts.escalation import CoveragePublished, Interval
from sebaya_contracts.intake import SafetyAnswers
from sebaya_contracts.words import Answer


class OnCall(StrEnum):
    """Whether a human of the school is there now; `unknown` counts as no."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class CrisisReason(StrEnum):
    """Why the lines come first: what the student knows anyway."""

    ADULT_CALLED = "adult_called"
    YOUR_ANSWERS = "your_answers"
    NOBODY_ON_CALL = "nobody_on_call"
    ON_CALL_UNKNOWN = "on_call_unknown"
    NOT_YET_READ = "not_yet_read"


@dataclass(frozen=True, slots=True)
class Coverage:
    """What escalation last published on when a counsellor is on call at a school."""

    school_id: str
    covered: tuple[Interval, ...]
    published_at: datetime
    expires_at: datetime

    @classmethod
    def of(cls, event: CoveragePublished) -> "Coverage":
        """Return the coverage that an event publishes."""
        return cls(event.school_id, event.covered, event.published_at, event.expires_at)

    def or_newer(self, other: "Coverage") -> "Coverage":
        """Return the one that was published last."""
        return other if other.published_at >= self.published_at else self


def judge_on_call(coverage: Coverage | None, now: datetime) -> OnCall:
    """Judge whether a counsellor is on call now.

    Half-open on both: the end of an interval is no longer covered, the moment of expiry no longer
    known.
    """
    if coverage is None or now >= coverage.expires_at:
        return OnCall.UNKNOWN
    return OnCall.YES if _covers(coverage.covered, now) else OnCall.NO


def find_next_duty(coverage: Coverage | None, now: datetime) -> datetime | None:
    """Find when the next duty begins; None where that is not known."""
    if coverage is None or now >= coverage.expires_at:
        return None
    return min((each.since for each in coverage.covered if each.since > now), default=None)


def _covers(intervals: Sequence[Interval], now: datetime) -> bool:
    return any(interval.since <= now < interval.until for interval in intervals)


def is_worrying(safety: SafetyAnswers) -> bool:
    """Tell whether the answers worry: unsure, rather not say and unanswered do, two "no" do not."""
    return not (safety.self_harm_thoughts is Answer.NO and safety.danger_now is Answer.NO)


def find_crisis_reason(
    safety: SafetyAnswers, on_call: OnCall, *, screened: bool
) -> CrisisReason | None:
    """Return why the external lines come first; None when they need not."""
    if is_worrying(safety):
        return CrisisReason.YOUR_ANSWERS
    if on_call is OnCall.NO:
        return CrisisReason.NOBODY_ON_CALL
    if on_call is OnCall.UNKNOWN:
        return CrisisReason.ON_CALL_UNKNOWN
    return None if screened else CrisisReason.NOT_YET_READ
