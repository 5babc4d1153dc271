"""matching.matches.v1 and matching.supporters.v1: offers, matches, and the peers behind them."""

from datetime import datetime

from sebaya_contracts.event import Event
from sebaya_contracts.words import (
    CaseTopic,
    DeclineReason,
    MatchEnd,
    SupporterState,
    WaitDetail,
    WaitReason,
    WorryReason,
)


class CaseWaited(Event, frozen=True, kw_only=True):
    """A case that no supporter can take now waits, and why.

    `detail` tells the nearer reason: with `all_excluded`, that they said no or left, and that the
    student did not exclude them; with `all_busy`, that they rest.
    """

    case_id: str
    reason: WaitReason
    detail: WaitDetail | None = None


class CaseHeld(Event, frozen=True, kw_only=True):
    """An alert took the case out of the peers' hands until a counsellor says so."""

    case_id: str
    alert_id: str


class CaseReleased(Event, frozen=True, kw_only=True):
    """A counsellor gave the case back to the peers."""

    case_id: str
    alert_id: str


class CaseReferred(Event, frozen=True, kw_only=True):
    """A counsellor keeps the case; no peer goes on."""

    case_id: str
    alert_id: str


class MatchOffered(Event, frozen=True, kw_only=True):
    """A case was offered to a supporter."""

    case_id: str
    match_id: str
    supporter_id: str
    offered_at: datetime
    lapses_at: datetime


class MatchAccepted(Event, frozen=True, kw_only=True):
    """The supporter said yes. `waited_seconds` since the case was opened."""

    case_id: str
    match_id: str
    supporter_id: str
    accepted_at: datetime
    waited_seconds: float


class MatchDeclined(Event, frozen=True, kw_only=True):
    """The supporter said no."""

    case_id: str
    match_id: str
    supporter_id: str
    reason: DeclineReason


class MatchLapsed(Event, frozen=True, kw_only=True):
    """The supporter did not answer the offer in time."""

    case_id: str
    match_id: str
    supporter_id: str


class MatchWithdrawn(Event, frozen=True, kw_only=True):
    """The offer was taken back: an alert, or the student left."""

    case_id: str
    match_id: str
    supporter_id: str


class MeetingLogged(Event, frozen=True, kw_only=True):
    """The two of a match met."""

    case_id: str
    match_id: str
    met_at: datetime


class MatchClosed(Event, frozen=True, kw_only=True):
    """A match ended. `case_closed` tells whether the case ended with it; if not, the case waits for
    another supporter.
    """

    case_id: str
    match_id: str
    supporter_id: str
    end: MatchEnd
    closed_at: datetime
    case_closed: bool = True


class MatchQuiet(Event, frozen=True, kw_only=True):
    """After its acceptance a match has no word and no meeting of its supporter.

    Of `school_days` since then 1 reminds the supporter, 2 is for the coordinator, and from 3 on the
    student is offered another.
    """

    case_id: str
    match_id: str
    supporter_id: str
    school_days: int


class StudentHandedOn(Event, frozen=True, kw_only=True):
    """A peer in an active match handed the student on and wants an adult to hear why: it is too
    heavy, or they may know the student.
    """

    case_id: str
    match_id: str
    supporter_id: str
    worry: WorryReason
    handed_on_at: datetime


class SupporterProfiled(Event, frozen=True, kw_only=True):
    """A supporter was enrolled or changed; the whole public profile, under the name the school
    gave.
    """

    supporter_id: str
    display_name: str
    state: SupporterState
    topics: tuple[CaseTopic, ...]
    languages: tuple[str, ...]
    hours: tuple[str, ...]
    cap: int
    certified_until: datetime | None


class SlotTaken(Event, frozen=True, kw_only=True):
    """A match occupies one of the supporter's places, from the offer on."""

    supporter_id: str
    match_id: str
    case_id: str
    taken: int
    cap: int


class SlotFreed(Event, frozen=True, kw_only=True):
    """The place is free again."""

    supporter_id: str
    match_id: str
    case_id: str
    taken: int
    cap: int


MatchEvent = (
    CaseWaited
    | CaseHeld
    | CaseReleased
    | CaseReferred
    | MatchOffered
    | MatchAccepted
    | MatchDeclined
    | MatchLapsed
    | MatchWithdrawn
    | MeetingLogged
    | MatchClosed
    | MatchQuiet
    | StudentHandedOn
)
SupporterEvent = SupporterProfiled | SlotTaken | SlotFreed
