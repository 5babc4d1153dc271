"""Matching's own metrics, declared once. Labels are of closed lists; no id, no school."""

from collections.abc import Iterable

from prometheus_client import Counter, Gauge, Histogram

from sebaya_contracts.event import Event
from sebaya_contracts.matching import CaseWaited, MatchAccepted, MatchEvent
from sebaya_contracts.topics import MATCHES
from sebaya_contracts.words import WaitReason
from sebaya_matching.domain.enums import LIVE_STAGES

DECISIONS = Counter(
    "sebaya_matching_decisions",
    "Decisions on cases, offers and matches, by the event that tells of each",
    ["event"],
)
WAITS = Counter(
    "sebaya_matching_waits", "Cases that began to wait for a reason, or for another one", ["reason"]
)
WAITED = Histogram(
    "sebaya_matching_waited_seconds",
    "Time from a case's opening to a supporter's yes",
    buckets=(
        60,
        300,
        1800,
        3600,
        4 * 3600,
        8 * 3600,
        24 * 3600,
        2 * 24 * 3600,
        4 * 24 * 3600,
        7 * 24 * 3600,
        14 * 24 * 3600,
    ),
)
SOLVING = Histogram(
    "sebaya_matching_solving_seconds",
    "Time to assign the waiting cases of one school",
    buckets=(0.001, 0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10),
)
ROUND_CASES = Histogram(
    "sebaya_matching_round_cases",
    "Waiting cases of one school in one try, placed or not",
    ["outcome"],
    buckets=(0, 1, 5, 20, 100, 500),
)
RACES_LOST = Counter(
    "sebaya_matching_races_lost",
    "Offers that somebody else's decision made impossible; the case is tried again",
)

IN_STAGE = Gauge(
    "sebaya_matching_cases", "Cases of all schools in a stage that is not the end", ["stage"]
)
OLDEST_WAITING = Gauge(
    "sebaya_matching_oldest_waiting_seconds",
    "How long the case that waits longest for a supporter has done so",
)
QUIET = Gauge(
    "sebaya_matching_quiet_matches",
    "Active matches without a word of their supporter, by the school days that are over",
    ["school_days"],
)
QUIET_DAYS = (1, 2, 3)
DEBRIEFS_OWED = Counter(
    "sebaya_matching_debriefs_owed",
    "Talks with a counsellor that came to be owed to supporters after a red or imminent alert",
)
DEBRIEFS_HELD = Counter(
    "sebaya_matching_debriefs_held",
    "Supporters with whom a counsellor has talked, so that they may be asked again",
)
BREACHES = Gauge(
    "sebaya_matching_breaches",
    "Supporters over their cap, and cases with a supporter whom they exclude; 0 always",
    ["promise"],
)
PROMISES = ("cap", "exclusion")
STAGES = LIVE_STAGES

for _stage in STAGES:
    IN_STAGE.labels(_stage.value)
for _days in QUIET_DAYS:
    QUIET.labels(str(_days))
for _promise in PROMISES:
    BREACHES.labels(_promise)
for _name in MATCHES.types:
    DECISIONS.labels(_name)
for _reason in WaitReason:
    WAITS.labels(_reason.value)
for _outcome in ("offered", "waits"):
    ROUND_CASES.labels(_outcome)

_COUNTED = MatchEvent


def count(events: Iterable[Event]) -> None:
    """Count the events of a write that is durable."""
    for event in events:
        if isinstance(event, _COUNTED):
            DECISIONS.labels(event.kind()).inc()
        if isinstance(event, CaseWaited):
            WAITS.labels(event.reason.value).inc()
        if isinstance(event, MatchAccepted):
            WAITED.observe(event.waited_seconds)
