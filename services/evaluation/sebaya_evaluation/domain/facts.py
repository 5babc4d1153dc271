"""Facts: what is known of one case, built from events of three services that come in any order
between them.

Every rule commutes with every other and with itself: first moments by `min`, levels by `max`. So
duplicates and late events give the same fact. Numbers are counted from facts, never incremented.
"""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from sebaya_contracts.escalation import (
    AlertAcknowledged,
    AlertClosed,
    AlertRaised,
    AlertRose,
    ContactRecorded,
)
from sebaya_contracts.intake import CaseErased, CaseOpened, CaseWithdrawn
from sebaya_contracts.matching import MatchAccepted, MatchClosed, MatchOffered, MeetingLogged
from sebaya_contracts.words import AlertOutcome, CaseTopic, Door, Level, MatchEnd
from sebaya_evaluation.domain.periods import UNPLACED, find_month


class About(StrEnum):
    """What a fact tells of. A school's messages that cannot be screened raise one alert without a
    case.
    """

    CASE = "case"
    SCHOOL = "school"


class MatchFact(Struct, frozen=True):
    """One match of the case, from its offer on. The supporter is kept so that no other gives
    feedback, and counted nowhere.
    """

    match_id: str
    supporter_id: str | None = None
    offered_at: datetime | None = None
    accepted_at: datetime | None = None
    met_at: datetime | None = None
    closed_at: datetime | None = None
    end: MatchEnd | None = None
    ended_case: bool = False


class LevelClock(Struct, frozen=True):
    """The clock of one level of an alert: since when it had it, and the first answers after."""

    since: datetime | None = None
    acknowledged_at: datetime | None = None
    contacted_at: datetime | None = None


class AlertFact(Struct, frozen=True):
    """One alert; `level` is the highest it ever had, and `clocks` are of the levels it had."""

    alert_id: str
    level: Level = Level.NONE
    raised_at: datetime | None = None
    acknowledged_at: datetime | None = None
    contacted_at: datetime | None = None
    closed_at: datetime | None = None
    outcome: AlertOutcome | None = None
    clocks: dict[Level, LevelClock] = {}

    @property
    def clock(self) -> LevelClock:
        """The clock of the highest level; of an alert that never rose, its own moments."""
        known = self.clocks.get(self.level, LevelClock())
        if known.since is not None:
            return known
        return LevelClock(self.raised_at, self.acknowledged_at, self.contacted_at)


class Fact(Struct, frozen=True):
    """All that evaluation knows of one case. A tombstone keeps `erased` and the month it counts in,
    nothing else.

    `dirty` names the roll-ups that have not been counted again since this fact changed.
    """

    fact_id: str
    about: About = About.CASE
    placed_at: datetime | None = None
    topic: CaseTopic | None = None
    door: Door | None = None
    language: str | None = None
    withdrawn_at: datetime | None = None
    matches: tuple[MatchFact, ...] = ()
    alerts: tuple[AlertFact, ...] = ()
    erased: bool = False
    period: str | None = None
    dirty: tuple[str, ...] = ()
    dirty_since: datetime | None = None

    def find_period(self, zone: str) -> str:
        """Find the month that the fact counts in, that of the opening: a report's column is about
        the cases opened in that month, whenever the rest happened.
        """
        if self.period is not None:
            return self.period
        return UNPLACED if self.placed_at is None else find_month(self.placed_at, zone)

    @property
    def blank(self) -> bool:
        """Whether nothing is known yet."""
        return self == Fact(self.fact_id, self.about)

    def find_match(self, match_id: str) -> MatchFact | None:
        """Find a match of the case; None where it is not known."""
        return next((match for match in self.matches if match.match_id == match_id), None)


Change = Callable[[Fact], Fact]


def apply_change(fact: Fact, change: Change, zone: str, now: datetime) -> tuple[Fact, tuple[()]]:
    """Apply a change, and mark the roll-ups that it dirties: the month the fact counted in and the
    one it counts in now.
    """
    if fact.erased:
        return fact, ()
    new = change(fact)
    if new == fact:
        return fact, ()
    left = set() if fact.blank else {fact.find_period(zone)}
    dirty = {*fact.dirty, *left, new.find_period(zone)}
    return replace(new, dirty=tuple(sorted(dirty)), dirty_since=fact.dirty_since or now), ()


def record_opening(event: CaseOpened) -> Change:
    """Record when and about what a case was opened."""
    return lambda fact: replace(
        fact,
        placed_at=_first(fact.placed_at, event.opened_at),
        topic=event.topic,
        door=event.door,
        language=event.preferences.language,
    )


def record_withdrawal(event: CaseWithdrawn) -> Change:
    """Record when a student withdrew the case."""
    return lambda fact: replace(fact, withdrawn_at=_first(fact.withdrawn_at, event.withdrawn_at))


def erase_case(_event: CaseErased, zone: str) -> Change:
    """Leave a tombstone: only that there was a case, and in which month."""
    return lambda fact: Fact(fact.fact_id, fact.about, erased=True, period=fact.find_period(zone))


def record_offer(event: MatchOffered) -> Change:
    """Record when a match was offered."""
    return _match(
        event.match_id,
        lambda m: replace(
            m, supporter_id=event.supporter_id, offered_at=_first(m.offered_at, event.offered_at)
        ),
    )


def record_acceptance(event: MatchAccepted) -> Change:
    """Record when a match was accepted."""
    return _match(
        event.match_id,
        lambda m: replace(
            m, supporter_id=event.supporter_id, accepted_at=_first(m.accepted_at, event.accepted_at)
        ),
    )


def record_meeting(event: MeetingLogged) -> Change:
    """Record when the two first met."""
    return _match(event.match_id, lambda m: replace(m, met_at=_first(m.met_at, event.met_at)))


def record_match_end(event: MatchClosed) -> Change:
    """Record the first end of a match."""

    def end(match: MatchFact) -> MatchFact:
        known = replace(match, supporter_id=event.supporter_id)
        if match.closed_at is not None and match.closed_at <= event.closed_at:
            return known
        return replace(
            known,
            closed_at=_first(None, event.closed_at),
            end=event.end,
            ended_case=event.case_closed,
        )

    return _match(event.match_id, end)


def record_alert(event: AlertRaised) -> Change:
    """Record when an alert was raised; a school's own alert is placed by it."""

    def record(fact: Fact) -> Fact:
        new = _alert(
            event.alert_id,
            event.level,
            lambda a: replace(
                _clocked(a, event.level, since=event.raised_at),
                raised_at=_first(a.raised_at, event.raised_at),
            ),
        )(fact)
        return (
            new
            if fact.about is About.CASE
            else replace(new, placed_at=_first(fact.placed_at, event.raised_at))
        )

    return record


def record_rise(event: AlertRose) -> Change:
    """Record a higher level of an alert, and since when it has it."""
    return _alert(
        event.alert_id, event.level, lambda a: _clocked(a, event.level, since=event.rose_at)
    )


def record_acknowledgement(event: AlertAcknowledged) -> Change:
    """Record when an alert was acknowledged."""
    return _alert(
        event.alert_id,
        event.level,
        lambda a: replace(
            _clocked(a, event.level, acknowledged_at=event.acknowledged_at),
            acknowledged_at=_first(a.acknowledged_at, event.acknowledged_at),
        ),
    )


def record_contact(event: ContactRecorded) -> Change:
    """Record when contact was made about an alert."""
    return _alert(
        event.alert_id,
        event.level,
        lambda a: replace(
            _clocked(a, event.level, contacted_at=event.contacted_at),
            contacted_at=_first(a.contacted_at, event.contacted_at),
        ),
    )


def record_alert_end(event: AlertClosed) -> Change:
    """Record the first closing of an alert, and its outcome."""

    def close(alert: AlertFact) -> AlertFact:
        if alert.closed_at is not None and alert.closed_at <= event.closed_at:
            return alert
        return replace(alert, closed_at=_first(None, event.closed_at), outcome=event.outcome)

    return _alert(event.alert_id, event.level, close)


def _clocked(alert: AlertFact, level: Level, **moments: datetime | None) -> AlertFact:
    clock = alert.clocks.get(level, LevelClock())
    first = {
        name: _first(getattr(clock, name), moment)
        for name, moment in moments.items()
        if moment is not None
    }
    clocks = {**alert.clocks, level: replace(clock, **first)}
    return replace(alert, clocks=dict(sorted(clocks.items())))


def _first(known: datetime | None, moment: datetime) -> datetime:
    # The store keeps milliseconds; a finer moment would differ from itself after one round trip.
    moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    return moment if known is None else min(known, moment)


def _match(match_id: str, change: Callable[[MatchFact], MatchFact]) -> Change:
    def apply(fact: Fact) -> Fact:
        others = [match for match in fact.matches if match.match_id != match_id]
        new = change(fact.find_match(match_id) or MatchFact(match_id))
        return replace(
            fact, matches=tuple(sorted([*others, new], key=lambda match: match.match_id))
        )

    return apply


def _alert(alert_id: str, level: Level, change: Callable[[AlertFact], AlertFact]) -> Change:
    def apply(fact: Fact) -> Fact:
        known = next(
            (alert for alert in fact.alerts if alert.alert_id == alert_id), AlertFact(alert_id)
        )
        others = [alert for alert in fact.alerts if alert.alert_id != alert_id]
        new = change(replace(known, level=max(known.level, level)))
        return replace(fact, alerts=tuple(sorted([*others, new], key=lambda alert: alert.alert_id)))

    return apply
