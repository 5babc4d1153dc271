"""What happened to an alert, in its order: who did what when, and what the ladder met.

Sent pages are documents of their own; a reader's timeline has both.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sebaya_contracts.words import Level

# With notes of up to 2,000 characters this stays far below the store's limit on a document.
ENTRIES_KEPT = 400


class Happening(StrEnum):
    """What an entry tells of."""

    RAISED = "raised"
    ROSE = "rose"
    SIGNALLED = "signalled"
    READ = "read"
    OPENED_AGAIN = "opened_again"
    RUNG_EMPTY = "rung_empty"
    UNREACHED = "unreached"
    ACKNOWLEDGED = "acknowledged"
    CONTACTED = "contacted"
    HANDED_OVER = "handed_over"
    TAKEN_OVER = "taken_over"
    REVIEWED = "reviewed"
    TRIED = "tried"
    NOTED = "noted"
    LOWERED = "lowered"
    ANSWERED = "answered"
    WITHDREW = "withdrew"
    STEPPED_OUT = "stepped_out"
    BARRED = "barred"
    CLOSED = "closed"
    REOPENED = "reopened"
    PEER_DECIDED = "peer_decided"


# Of these an alert may gather any number without a human; the oldest go first.
_BY_MACHINE = frozenset(
    {
        Happening.SIGNALLED,
        Happening.ANSWERED,
        Happening.OPENED_AGAIN,
        Happening.RUNG_EMPTY,
        Happening.UNREACHED,
    }
)
_BEGINS_A_ROUND = frozenset(
    {Happening.RAISED, Happening.ROSE, Happening.OPENED_AGAIN, Happening.REOPENED}
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a timeline.

    `person_id` acted; `about` is the other person, rung, cause or outcome that it concerns; `text`
    is what a human wrote.
    """

    at: datetime
    what: Happening
    person_id: str | None = None
    about: str = ""
    level: Level | None = None
    text: str = ""


def add_entry(timeline: tuple[Entry, ...], entry: Entry) -> tuple[Entry, ...]:
    """Add an entry; where there are too many, the oldest that a machine made goes."""
    entries = (*timeline, entry)
    if len(entries) <= ENTRIES_KEPT:
        return entries
    oldest = next((one for one in entries if one.what in _BY_MACHINE), entries[0])
    return tuple(one for one in entries if one is not oldest)


def add_once_a_round(timeline: tuple[Entry, ...], entry: Entry) -> tuple[Entry, ...]:
    """Add what a ladder meets, unless it met the same since the alert was opened last: a ladder
    goes round for as long as no person answers.
    """
    for known in reversed(timeline):
        if (known.what, known.about) == (entry.what, entry.about):
            return timeline
        if known.what in _BEGINS_A_ROUND:
            break
    return add_entry(timeline, entry)


def wipe_texts(timeline: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Remove what humans wrote; who did what, and when, stays."""
    return tuple(replace(entry, text="") for entry in timeline)
