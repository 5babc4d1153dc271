"""What raises or joins an alert."""

from dataclasses import dataclass
from datetime import datetime

from sebaya_contracts.words import AlertCause, Author, Level, ReportReason, WorryReason

# With texts of up to 8,000 characters this keeps a document far below the store's limit; what is
# dropped was lower or older.
SIGNALS_KEPT = 40


@dataclass(frozen=True, slots=True)
class ScreenReason:
    """One reason of the screen; `[start, end)` are characters of the signal's text.

    `examples` are the ids of own examples of the screen that the text reads like.
    """

    rule: str
    construct: str
    level: Level
    start: int
    end: int
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Signal:
    """What raised or joined an alert: the only record of this service that holds a student's words.

    `report`: the student reported something, about this peer if one is named. `worry`: this peer
    called an adult for the student; with `by_friend`, the writer of the case did for a friend.
    """

    signal_id: str
    level: Level
    cause: AlertCause
    posted_at: datetime
    author: Author | None = None
    text: str = ""
    why: tuple[ScreenReason, ...] = ()
    report: ReportReason | None = None
    reported_supporter_id: str | None = None
    worry: WorryReason | None = None
    worried_supporter_id: str | None = None
    by_friend: bool = False


def judge_worry(worry: WorryReason | None) -> Level:
    """Judge how serious a request for an adult is by the peer's worry; the student's own is red.

    A student that is handed on is seen by an adult the same day.
    """
    match worry:
        case WorryReason.DANGER_NOW:
            return Level.IMMINENT
        case WorryReason.TOO_HEAVY | WorryReason.KNOWS_STUDENT:
            return Level.AMBER
        case _:
            return Level.RED


def find_lead(signals: tuple[Signal, ...]) -> Signal:
    """Find the highest signal; of equals the first posted, in whatever order they arrived."""
    return min(signals, key=lambda signal: (-signal.level.rank, signal.posted_at, signal.signal_id))


def limit_signals(signals: tuple[Signal, ...]) -> tuple[Signal, ...]:
    """Drop the lowest and oldest signal where there is one too many; never the leading one."""
    if len(signals) <= SIGNALS_KEPT:
        return signals
    lead = find_lead(signals)
    dropped = min(
        (one for one in signals if one is not lead), key=lambda one: (one.level.rank, one.posted_at)
    )
    return tuple(one for one in signals if one is not dropped)
