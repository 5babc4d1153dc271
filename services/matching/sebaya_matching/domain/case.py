"""A case as matching sees it: facts from four services, and the stage that follows from them."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple, Self

from sebaya_contracts.words import CaseTopic, Level, MatchEnd, Urgency, WaitDetail, WaitReason
from sebaya_matching.domain.enums import AlertState, MatchEndReason, ScoreReason, Stage

# A supporter may miss one offer of a case by chance; after the second the case asks others.
ASKED_AT_MOST = 2
# A supporter that declined or left is remembered for ever; of what lapsed or was taken back, this
# many.
REMEMBERED = 30
# A student who wants to name supporters first has this long; then the search begins without.
CHOOSING = timedelta(days=1)
EXCLUDING = frozenset({MatchEndReason.DECLINED, MatchEndReason.LEFT, MatchEndReason.ENDED})


class Wait(NamedTuple):
    """Why a case waits; `detail` is nearer where there is one."""

    reason: WaitReason
    detail: WaitDetail | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """What the student asked for. `for_counsellor`: a worry about a friend, which is no peer's."""

    topic: CaseTopic
    language: str
    opened_at: datetime
    hours: tuple[str, ...] = ()
    preferred: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    urgency: Urgency = Urgency.CAN_WAIT
    choosing: bool = False
    for_counsellor: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """Case and supporter paired: an open offer until `accepted_at`, a match from then on.

    `certified_until` is the supporter's, as it was when the offer was last judged. `quiet_days` are
    the school days without a word of the supporter, the next of which is over at `quiet_at`; None
    once they wrote or met.
    """

    match_id: str
    supporter_id: str
    offered_at: datetime
    lapses_at: datetime
    reasons: tuple[ScoreReason, ...] = ()
    accepted_at: datetime | None = None
    meetings: tuple[datetime, ...] = ()
    certified_until: datetime | None = None
    quiet_days: int = 0
    quiet_at: datetime | None = None

    @property
    def judged_at(self) -> datetime:
        """When the offer is judged next: it lapses, or its supporter's certificate runs out."""
        return min(self.lapses_at, self.certified_until or self.lapses_at)


@dataclass(frozen=True, slots=True)
class FormerMatch:
    """An offer or match that is over."""

    match_id: str
    supporter_id: str
    parting: MatchEndReason
    parted_at: datetime
    accepted_at: datetime | None = None
    end: MatchEnd | None = None


@dataclass(frozen=True, slots=True)
class PeerDecision:
    """A counsellor's changed word on whether a peer goes on with the student."""

    may_continue: bool
    changed_at: datetime


class Danger(NamedTuple):
    """A red or imminent alert that is closed, and from when to when it stood."""

    alert_id: str
    raised_at: datetime
    closed_at: datetime


@dataclass(frozen=True, slots=True)
class Case:
    """One student's request. The facts may arrive in any order; `stage` follows from them.

    `referred`: no peer goes on. `refused_at` is the newest closing that said so, `peer_decision`
    the newest change of such a word; the newer of the two counts.
    `aside`: a coordinator takes it for a prank.
    """

    case_id: str
    school_id: str
    stage: Stage = Stage.PENDING
    request: Request | None = None
    opening: Level | None = None
    alerts: dict[str, AlertState] = field(default_factory=dict)
    referred: bool = False
    withdrawn: bool = False
    closed: bool = False
    aside: bool = False
    match: Match | None = None
    former: tuple[FormerMatch, ...] = ()
    since: datetime | None = None
    wait_reason: WaitReason | None = None
    wait_detail: WaitDetail | None = None
    try_at: datetime | None = None
    refused_at: datetime | None = None
    peer_decision: PeerDecision | None = None

    @property
    def kept_by_counsellor(self) -> bool:
        """Whether no peer may have the case: a counsellor said so, or it never was for one."""
        return self.referred or (self.request is not None and self.request.for_counsellor)

    @property
    def open_alert(self) -> str | None:
        """The id of an alert that is open; None where none is."""
        return next(
            (alert_id for alert_id, state in self.alerts.items() if state is AlertState.OPEN), None
        )

    @property
    def ready(self) -> bool:
        """Whether the request and the verdict on its opening are here, and the student has named
        whom they would not like where they wanted to. A grave opening is not ready
        before its alert is known: it cannot have been closed yet.
        """
        if self.request is None or self.opening is None or self.request.choosing:
            return False
        return self.opening is Level.NONE or bool(self.alerts)

    @property
    def excluded_by_student(self) -> frozenset[str]:
        """Supporters that the student does not want."""
        return frozenset(self.request.excluded if self.request else ())

    @property
    def excluded_by_history(self) -> frozenset[str]:
        """Supporters that said no to this case, or had a match of it that is over."""
        return frozenset(one.supporter_id for one in self.former if one.parting in EXCLUDING)

    @property
    def excluded(self) -> frozenset[str]:
        """Supporters that must never be offered this case."""
        return self.excluded_by_student | self.excluded_by_history

    @property
    def lapsed(self) -> frozenset[str]:
        """Supporters that let an offer of this case lapse: offered it again only when there is no
        other.
        """
        return frozenset(self._lapses)

    @property
    def silent(self) -> frozenset[str]:
        """Supporters that let so many offers of this case lapse that they are not asked again."""
        return frozenset(who for who, times in self._lapses.items() if times >= ASKED_AT_MOST)

    @property
    def _lapses(self) -> Counter[str]:
        return Counter(
            one.supporter_id for one in self.former if one.parting is MatchEndReason.LAPSED
        )

    @property
    def aged_since(self) -> datetime | None:
        """Since when the student waits for support at all; a match that is over takes no age away.

        `since` is the beginning of the present wait.
        """
        return self.request.opened_at if self.request else self.since

    @property
    def due_at(self) -> datetime | None:
        """When the timer must act on the case next; None: never."""
        match self.stage:
            case Stage.WAITING:
                return self.try_at
            case Stage.PENDING if self.request is not None and self.request.choosing:
                return self.request.opened_at + CHOOSING
            case Stage.OFFERED if self.match is not None:
                return self.match.judged_at
            case Stage.MATCHED if self.match is not None:
                return self.match.quiet_at
            case _:
                return None

    def find_former(self, match_id: str) -> FormerMatch | None:
        """Find an offer or match that is over; None where it is not, or is not remembered."""
        return next((one for one in self.former if one.match_id == match_id), None)

    def list_supporters_beside(self, danger: Danger) -> tuple[str, ...]:
        """List the supporters whose match was active while the danger stood; the one whose match is
        active now is always among them.
        """
        active = self.match if self.stage is Stage.MATCHED else None
        former = (
            one.supporter_id
            for one in self.former
            if one.accepted_at
            and one.accepted_at <= danger.closed_at
            and one.parted_at >= danger.raised_at
        )
        return tuple(dict.fromkeys((*former, *((active.supporter_id,) if active else ()))))

    def archive_match(
        self, reason: MatchEndReason, now: datetime, end: MatchEnd | None = None
    ) -> Self:
        """Move the match to the former ones."""
        if self.match is None:
            return self
        over = FormerMatch(
            self.match.match_id, self.match.supporter_id, reason, now, self.match.accepted_at, end
        )
        return replace(self, match=None, former=_remembered((*self.former, over)))


def _remembered(former: tuple[FormerMatch, ...]) -> tuple[FormerMatch, ...]:
    passing = [one for one in former if one.parting not in EXCLUDING]
    forgotten = passing[: max(0, len(passing) - REMEMBERED)]
    return tuple(one for one in former if one not in forgotten)
