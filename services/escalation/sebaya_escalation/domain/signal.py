"""What raises or joins an alert."""

from dataclasses import dataclass
from datetime import datetime

from sebaya_contracts.words import AlertCause, Author, Level, ReportReason

# With texts of up to 8,000 characters this keeps a document far below the store's limit; what is
# dropped was lower or older.
SIGNALS_KEPT = 40


@dataclass(frozen=True, slots=True)
class Why:
    """One reason of the screen; `[start, end)` are characters of the signal's text."""

    rule: str
    construct: str
    level: Level
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Signal:
    """What raised or joined an alert. The only place in this service where a student's words are
    kept.

    `report`: the student reported something, about this peer if one is named.
    """

    signal_id: str
    level: Level
    cause: AlertCause
    posted_at: datetime
    author: Author | None = None
    text: str = ""
    why: tuple[Why, ...] = ()
    report: ReportReason | None = None
    reported_supporter_id: str | None = None


def lead_of(signals: tuple[Signal, ...]) -> Signal:
    """The highest; of equals the first posted, in whatever order they arrived."""
    return min(signals, key=lambda signal: (-signal.level.rank, signal.posted_at, signal.signal_id))


def kept(signals: tuple[Signal, ...]) -> tuple[Signal, ...]:
    if len(signals) <= SIGNALS_KEPT:
        return signals
    lead = lead_of(signals)
    dropped = min(
        (one for one in signals if one is not lead), key=lambda one: (one.level.rank, one.posted_at)
    )
    return tuple(one for one in signals if one is not dropped)
