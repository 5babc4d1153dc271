"""A case as matching sees it: facts from everywhere, and where they put it."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

from sebaya_contracts.words import CaseTopic, Level, MatchEnd, Urgency, WaitReason
from sebaya_matching.domain.enums import AlertState, MatchEndReason, ScoreReason, Stage

# A supporter who declined or left is remembered for ever; of what lapsed or was taken back, this
# many.
REMEMBERED = 30
EXCLUDING = frozenset({MatchEndReason.DECLINED, MatchEndReason.LEFT, MatchEndReason.ENDED})


@dataclass(frozen=True, slots=True)
class Request:
    """What the student asked for."""

    topic: CaseTopic
    language: str
    opened_at: datetime
    hours: tuple[str, ...] = ()
    preferred: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    urgency: Urgency = Urgency.CAN_WAIT


@dataclass(frozen=True, slots=True)
class Match:
    """Case and supporter paired: an open offer until `accepted_at`, a match from then on."""

    match_id: str
    supporter_id: str
    offered_at: datetime
    lapses_at: datetime
    reasons: tuple[ScoreReason, ...] = ()
    accepted_at: datetime | None = None
    meetings: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class Former:
    """An offer or match that is over."""

    match_id: str
    supporter_id: str
    parting: MatchEndReason
    parted_at: datetime
    accepted_at: datetime | None = None
    end: MatchEnd | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One student's request. The facts may arrive in any order; `stage` follows from them."""

    case_id: str
    school_id: str
    stage: Stage = Stage.PENDING
    request: Request | None = None
    opening: Level | None = None
    alerts: dict[str, AlertState] = field(default_factory=dict)
    referred: bool = False
    withdrawn: bool = False
    closed: bool = False
    match: Match | None = None
    former: tuple[Former, ...] = ()
    since: datetime | None = None
    wait_reason: WaitReason | None = None
    try_at: datetime | None = None

    @property
    def open_alert(self) -> str | None:
        return next(
            (alert_id for alert_id, state in self.alerts.items() if state is AlertState.OPEN), None
        )

    @property
    def ready(self) -> bool:
        """Asked and screened. A grave opening whose alert is not known yet is not ready: nobody can
        have closed it.
        """
        if self.request is None or self.opening is None:
            return False
        return self.opening is Level.NONE or bool(self.alerts)

    @property
    def excluded(self) -> frozenset[str]:
        """Supporters that must never be offered this case."""
        asked = self.request.excluded if self.request else ()
        return frozenset(
            (*asked, *(one.supporter_id for one in self.former if one.parting in EXCLUDING))
        )

    @property
    def lapsed(self) -> frozenset[str]:
        """Supporters who let an offer of this case lapse: asked again only when there is nobody
        else.
        """
        return frozenset(
            one.supporter_id for one in self.former if one.parting is MatchEndReason.LAPSED
        )

    @property
    def due_at(self) -> datetime | None:
        """When the timer must look again."""
        match self.stage:
            case Stage.WAITING:
                return self.try_at
            case Stage.OFFERED if self.match is not None:
                return self.match.lapses_at
            case _:
                return None

    def ended(self, match_id: str) -> Former | None:
        return next((one for one in self.former if one.match_id == match_id), None)

    def without_match(
        self, parting: MatchEndReason, now: datetime, end: MatchEnd | None = None
    ) -> Self:
        """The match becomes a former one."""
        if self.match is None:
            return self
        over = Former(
            self.match.match_id, self.match.supporter_id, parting, now, self.match.accepted_at, end
        )
        return replace(self, match=None, former=_remembered((*self.former, over)))


def _remembered(former: tuple[Former, ...]) -> tuple[Former, ...]:
    passing = [one for one in former if one.parting not in EXCLUDING]
    forgotten = passing[: max(0, len(passing) - REMEMBERED)]
    return tuple(one for one in former if one not in forgotten)
