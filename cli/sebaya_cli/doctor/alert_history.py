"""What each alert went through, from its own document's events."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sebaya_cli.topic_events import TopicEvent
from sebaya_contracts.escalation import (
    AlertAcknowledged,
    AlertClosed,
    AlertEvent,
    AlertLowered,
    AlertOpenedAgain,
    AlertPaged,
    AlertRaised,
    AlertReopened,
    AlertRose,
    ContactRecorded,
    PeerDecisionChanged,
    StaffBarred,
)
from sebaya_contracts.words import AlertCause, Level

_EventOfAlert = (
    AlertRaised
    | AlertRose
    | AlertLowered
    | AlertOpenedAgain
    | AlertPaged
    | AlertAcknowledged
    | ContactRecorded
    | AlertClosed
    | AlertReopened
    | PeerDecisionChanged
)


@dataclass(frozen=True, slots=True)
class Moment:
    """One event of an alert, at the `time` of its decision by the store's clock.

    `step` is the turn, the rung and the pages of an `AlertPaged`, `person_id` the person of an
    acknowledgement.
    """

    kind: str
    time: datetime
    level: Level
    step: tuple[int, int, int] | None = None
    person_id: str = ""


@dataclass(slots=True)
class AlertHistory:
    """One alert. `freed_at` is when the broker first had a human's word that a peer may go on; what
    is said later takes an offer back by events of its own.
    """

    alert_id: str
    school_id: str
    case_id: str | None
    at: datetime
    episode: int | None = None
    cause: AlertCause | None = None
    moments: list[Moment] = field(default_factory=list)
    freed_at: datetime | None = None

    @property
    def level(self) -> Level:
        """The highest level it ever had."""
        return max(
            (moment.level for moment in self.moments),
            default=Level.NONE,
            key=lambda level: level.rank,
        )

    def has(self, kind: str) -> bool:
        return any(moment.kind == kind for moment in self.moments)


@dataclass(slots=True)
class Alerts:
    """All alerts by id, and by case the members of staff that were ever barred from it."""

    by_id: dict[str, AlertHistory] = field(default_factory=dict)
    barred: dict[str, frozenset[str]] = field(default_factory=dict)

    def see(self, seen: TopicEvent) -> None:
        event = seen.event
        if not isinstance(event, AlertEvent):
            return
        if isinstance(event, StaffBarred):
            known_barred = self.barred.get(event.case_id, frozenset())
            self.barred[event.case_id] = known_barred | set(event.person_ids)
            return
        known = self.by_id.setdefault(
            event.alert_id, AlertHistory(event.alert_id, event.school_id, event.case_id, seen.at)
        )
        known.moments.append(_moment(event, seen.about.time))
        if isinstance(event, AlertRaised):
            known.episode, known.cause = event.episode, event.cause
        elif isinstance(event, AlertClosed | PeerDecisionChanged) and event.peer_may_continue:
            known.freed_at = known.freed_at or seen.at

    def raised(self) -> Iterator[AlertHistory]:
        return (alert for alert in self.by_id.values() if alert.episode is not None)


def _moment(event: _EventOfAlert, time: datetime) -> Moment:
    match event:
        case AlertPaged():
            return Moment("paged", time, event.level, (event.turn, event.rung, event.recipients))
        case AlertRaised():
            return Moment("raised", time, event.level)
        case AlertRose():
            return Moment("rose", time, event.level)
        case AlertLowered():
            return Moment("lowered", time, event.level)
        case AlertOpenedAgain():
            return Moment("opened_again", time, event.level)
        case AlertAcknowledged():
            return Moment("acknowledged", time, event.level, person_id=event.person_id)
        case ContactRecorded():
            return Moment("contacted", time, event.level)
        case AlertClosed():
            return Moment("closed", time, event.level)
        case AlertReopened():
            return Moment("reopened", time, event.level)
        case PeerDecisionChanged():
            return Moment("peer_decided", time, event.level)
