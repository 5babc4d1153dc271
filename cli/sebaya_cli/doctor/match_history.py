"""What matching's document of each case went through: its offers and matches, and what was wrong
with their order.
"""

from dataclasses import dataclass, field
from datetime import datetime

from sebaya_cli.topic_events import TopicEvent
from sebaya_contracts.matching import (
    CaseHeld,
    CaseReferred,
    CaseReleased,
    CaseWaited,
    MatchAccepted,
    MatchClosed,
    MatchDeclined,
    MatchEvent,
    MatchLapsed,
    MatchOffered,
    MatchWithdrawn,
    MeetingLogged,
)


@dataclass(slots=True)
class Match:
    """One offer, and what it became. `at` is when the broker had the offer."""

    match_id: str
    school_id: str
    case_id: str
    supporter_id: str
    at: datetime
    accepted: bool = False
    met: bool = False
    over: bool = False
    ended_case: bool = False


@dataclass(slots=True)
class Paired:
    """Where a case stands with its supporters."""

    present: str | None = None
    held: bool = False
    refused: set[str] = field(default_factory=set)
    """Supporters who said no, or with whom a match has ended."""


@dataclass(slots=True)
class Matches:
    """Every match by id. The lists name cases and what went wrong with them."""

    by_id: dict[str, Match] = field(default_factory=dict)
    twice: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    _cases: dict[str, Paired] = field(default_factory=dict)

    @property
    def cases(self) -> int:
        return len(self._cases)

    def see(self, seen: TopicEvent) -> None:
        event = seen.event
        if not isinstance(event, MatchEvent):
            return
        case = self._cases.setdefault(event.case_id, Paired())
        match event:
            case MatchOffered():
                self._offered(case, event, seen.at)
            case MatchAccepted():
                self._accepted(case, event, seen.at)
            case MatchDeclined() | MatchLapsed() | MatchWithdrawn() | MatchClosed():
                self._over(case, event)
            case MeetingLogged():
                if event.match_id in self.by_id:
                    self.by_id[event.match_id].met = True
            case CaseHeld():
                case.held = True
            case CaseReleased() | CaseReferred():
                case.held = False
            case CaseWaited():
                pass

    def _offered(self, case: Paired, event: MatchOffered, at: datetime) -> None:
        if case.present is not None:
            self.twice.append(
                f"{event.case_id}: offered as {event.match_id} while {case.present} was open"
            )
        if event.supporter_id in case.refused:
            self.refused.append(
                f"{event.case_id}: offered to {event.supporter_id} again after their no or their "
                "match"
            )
        if case.held:
            self.held.append(f"{event.case_id}: offered as {event.match_id} while it was held")
        self.by_id[event.match_id] = Match(
            event.match_id, event.school_id, event.case_id, event.supporter_id, at
        )
        case.present = event.match_id

    def _accepted(self, case: Paired, event: MatchAccepted, at: datetime) -> None:
        if case.present != event.match_id:
            self.twice.append(
                f"{event.case_id}: {event.match_id} was accepted beside "
                f"{case.present or 'no offer'}"
            )
        if case.held:
            self.held.append(f"{event.case_id}: {event.match_id} was accepted while it was held")
        blank = Match(event.match_id, event.school_id, event.case_id, event.supporter_id, at)
        self.by_id.setdefault(event.match_id, blank).accepted = True

    def _over(
        self, case: Paired, event: MatchDeclined | MatchLapsed | MatchWithdrawn | MatchClosed
    ) -> None:
        if case.present == event.match_id:
            case.present = None
        if isinstance(event, MatchDeclined | MatchClosed):
            case.refused.add(event.supporter_id)
        match = self.by_id.get(event.match_id)
        if match is not None:
            match.over = True
            match.ended_case = isinstance(event, MatchClosed) and event.case_closed
