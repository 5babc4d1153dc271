"""What intake knows of a case from the other services, kept from their events. The order of events
holds within one source document only.

Everything from matching's case document is one part, each alert is a part of its own; no part reads
another, so whatever the order between documents, the view comes out the same.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from sebaya_contracts.escalation import (
    AlertAcknowledged,
    AlertClosed,
    AlertLowered,
    AlertOpenedAgain,
    AlertPaged,
    AlertRaised,
    AlertReopened,
    AlertRose,
    ContactRecorded,
)
from sebaya_contracts.matching import (
    CaseHeld,
    CaseReferred,
    CaseReleased,
    CaseWaited,
    MatchAccepted,
    MatchClosed,
    MatchDeclined,
    MatchLapsed,
    MatchOffered,
    MatchQuiet,
    MatchWithdrawn,
)
from sebaya_contracts.words import Level, MatchEnd, WaitDetail, WaitReason

MatchAnswer = (
    MatchOffered | MatchAccepted | MatchDeclined | MatchLapsed | MatchWithdrawn | MatchClosed
)
MatchProgress = CaseWaited | MatchQuiet | MatchAnswer
MatchingEvent = CaseHeld | CaseReleased | CaseReferred | MatchProgress
AlertEvent = (
    AlertRaised
    | AlertRose
    | AlertLowered
    | AlertOpenedAgain
    | AlertPaged
    | AlertAcknowledged
    | ContactRecorded
    | AlertClosed
    | AlertReopened
)


class Phase(StrEnum):
    """Where matching stands with the case."""

    RECEIVED = "received"
    WAITING = "waiting"
    OFFERED = "offered"
    MATCHED = "matched"
    CLOSED = "closed"


# School days without a word of the supporter, after which the student is offered another.
OFFERED_AFTER = 3


class SearchNews(StrEnum):
    """What a student is told, in kind words, of a search that goes on."""

    ASKED_IN_VAIN = "asked_in_vain"
    HANDED_ON = "handed_on"
    QUIET = "quiet"
    MISSED = "missed"


_NEWS = {
    MatchEnd.SUPPORTER_LEFT: SearchNews.HANDED_ON,
    MatchEnd.NO_SHOW: SearchNews.MISSED,
}


class AlertState(StrEnum):
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class AlertFacts:
    """What a student's page follows of one alert, beyond its state.

    `called`: people were paged since it was last opened. `counsellor` is the name of the one that
    has it, empty where the school does not know it. `changed_at` is when it was raised, closed
    or reopened. An alert of which no level is known counts as red.
    """

    level: Level = Level.RED
    called: bool = False
    counsellor: str = ""
    contacted: bool = False
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """The match that was accepted last. A peer reads and writes while it has not ended."""

    match_id: str
    supporter_id: str
    accepted_at: datetime | None
    ended_at: datetime | None = None

    @property
    def active(self) -> bool:
        return self.accepted_at is not None and self.ended_at is None


@dataclass(frozen=True, slots=True)
class CaseProjection:
    """A case as the other services see it. `barred` are the members of staff that must not."""

    phase: Phase = Phase.RECEIVED
    wait_reason: WaitReason | None = None
    wait_detail: WaitDetail | None = None
    news: SearchNews | None = None
    held: bool = False
    referred: bool = False
    match: Match | None = None
    alerts: dict[str, AlertState] = field(default_factory=dict)
    alert_facts: dict[str, AlertFacts] = field(default_factory=dict)
    barred: tuple[str, ...] = ()

    @property
    def adult_came(self) -> bool:
        """Whether a counsellor has what the case needs an adult for: taken, and nothing open."""
        states = self.alerts.values()
        return AlertState.ACKNOWLEDGED in states and AlertState.OPEN not in states

    @property
    def alerts_closed(self) -> bool:
        """Whether there were alerts, and every one is closed."""
        return set(self.alerts.values()) == {AlertState.CLOSED}

    @property
    def needed_adult(self) -> bool:
        """Whether the case has or had something that needed an adult."""
        return bool(self.alerts) or self.held or self.referred


def after_matching(view: CaseProjection, event: MatchingEvent) -> CaseProjection:
    """Apply one event of matching's document of the case."""
    match event:
        case CaseHeld():
            return replace(view, held=True, referred=False)
        case CaseReleased():
            # What ended its match for good is taken back: the search goes on.
            phase = Phase.WAITING if view.phase is Phase.CLOSED else view.phase
            return replace(view, phase=phase, held=False, referred=False)
        case CaseReferred():
            return replace(view, held=False, referred=True)
        case _:
            return _after_progress(view, event)


def _after_progress(view: CaseProjection, event: MatchProgress) -> CaseProjection:
    if isinstance(event, CaseWaited):
        return replace(
            view, phase=Phase.WAITING, wait_reason=event.reason, wait_detail=event.detail
        )
    if isinstance(event, MatchQuiet):
        return replace(view, news=SearchNews.QUIET) if event.school_days >= OFFERED_AFTER else view
    return _after_answer(replace(view, wait_reason=None, wait_detail=None), event)


def _after_answer(view: CaseProjection, event: MatchAnswer) -> CaseProjection:
    match event:
        case MatchOffered():
            return replace(view, phase=Phase.OFFERED)
        case MatchDeclined() | MatchLapsed():
            return replace(view, phase=Phase.WAITING, news=SearchNews.ASKED_IN_VAIN)
        case MatchWithdrawn():
            return replace(view, phase=Phase.WAITING)
        case MatchAccepted():
            accepted = Match(event.match_id, event.supporter_id, event.accepted_at)
            return replace(view, phase=Phase.MATCHED, match=accepted, news=None)
        case MatchClosed():
            phase = Phase.CLOSED if event.case_closed else Phase.WAITING
            news = None if event.case_closed else _NEWS.get(event.end)
            return replace(view, phase=phase, match=_ended(view.match, event), news=news)


def _ended(match: Match | None, event: MatchClosed) -> Match:
    if match is None or match.match_id != event.match_id:
        return Match(event.match_id, event.supporter_id, None, event.closed_at)
    return replace(match, ended_at=event.closed_at)


def after_alert(view: CaseProjection, event: AlertEvent) -> CaseProjection:
    """Apply one event of one alert."""
    known = view.alert_facts.get(event.alert_id, AlertFacts())
    state, facts = _after_alert(view.alerts.get(event.alert_id), known, event)
    return replace(
        view,
        alerts={**view.alerts, event.alert_id: state},
        alert_facts={**view.alert_facts, event.alert_id: facts},
    )


def _after_alert(
    state: AlertState | None, facts: AlertFacts, event: AlertEvent
) -> tuple[AlertState, AlertFacts]:
    """What opens an alert again, a rise too, ends what was said of the counsellor that had it."""
    match event:
        case AlertRaised() | AlertReopened():
            begun = event.raised_at if isinstance(event, AlertRaised) else event.reopened_at
            return AlertState.OPEN, AlertFacts(event.level, changed_at=begun)
        case AlertRose() | AlertOpenedAgain():
            return AlertState.OPEN, AlertFacts(event.level, changed_at=facts.changed_at)
        case AlertPaged() | AlertLowered():
            called = facts.called or (isinstance(event, AlertPaged) and event.recipients > 0)
            return state or AlertState.OPEN, replace(facts, level=event.level, called=called)
        case AlertAcknowledged():
            return AlertState.ACKNOWLEDGED, replace(
                facts, level=event.level, counsellor=event.person_name
            )
        case ContactRecorded():
            return state or AlertState.ACKNOWLEDGED, replace(facts, contacted=True)
        case AlertClosed():
            return AlertState.CLOSED, replace(facts, changed_at=event.closed_at)
