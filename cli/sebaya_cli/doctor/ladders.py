"""What a ladder demands, reckoned apart from the product: a step when an alert is raised or rises,
and again after each rung's wait.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sebaya_cli.doctor.alert_history import AlertHistory, Moment
from sebaya_cli.doctor.duty import Agreed, as_agreed, reached
from sebaya_cli.doctor.request_log import Interval
from sebaya_contracts.district import ON_CALL, Ladder, Rung, School
from sebaya_contracts.words import Level, Role

# The waits of a school that sets none: acknowledged within 2 minutes, 15 minutes, 4 hours.
DEFAULT_WAITS = {Level.IMMINENT: 120.0, Level.RED: 900.0, Level.AMBER: 4 * 3600.0}
# A round that came to nothing at once is gone through again after this.
ROUND_AT_LEAST = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Demand:
    """A school's ladders, as it is described now, the changes of duty that were agreed there, in
    their order, and the people that must not be called.
    """

    school: School
    agreed: Sequence[Agreed] = ()
    barred: frozenset[str] = frozenset()

    def rungs(self, level: Level) -> Sequence[Rung]:
        return (self.school.ladders.get(level) or _default(self.school, level)).rungs

    def any_reached(self, level: Level, rungs: Sequence[Rung], moment: datetime) -> bool:
        return any(self.reached(level, rung, moment) for rung in rungs)

    def reached(self, level: Level, rung: Rung, moment: datetime) -> set[str]:
        """List the people that a rung may page; where the whole ladder reaches only people that
        are barred, their colleagues.
        """
        school = as_agreed(self.school, self.agreed, moment)
        named = reached(school, rung, moment)
        if not named or any(
            reached(school, one, moment) - self.barred for one in self.rungs(level)
        ):
            return named - self.barred
        everybody = Rung(who=tuple(one.person_id for one in school.staff), wait_seconds=1.0)
        return reached(school, everybody, moment) - self.barred


def _default(school: School, level: Level) -> Ladder:
    wait = DEFAULT_WAITS[level]
    named = tuple(one.person_id for one in school.staff if Role.COUNSELLOR in one.roles)
    return Ladder(
        rungs=tuple(Rung(who=who, wait_seconds=wait) for who in [(ON_CALL,), named]),
        contact_within_seconds=wait,
    )


def missing(
    alert: AlertHistory,
    demand: Demand,
    now: datetime,
    late: timedelta,
    kills: Sequence[Interval],
    handed: Sequence[tuple[datetime, str]] = (),
) -> Iterator[str]:
    """List the steps that were due and not taken by the answer, or by now; and rungs that were
    passed over.

    A kill's time is forgiven.
    """
    due: datetime | None = None
    before: Moment | None = None
    for moment in [*alert.moments, Moment("now", now, alert.level)]:
        if (
            due is not None
            and moment.kind not in {"paged", "rose"}
            and _overdue(due, moment.time, late, kills)
        ):
            yield (
                f"a step was due at {due:%F %T} and not taken by {moment.time:%F %T} "
                f"({moment.kind})"
            )
        if before is not None and (
            passed := _passed(before, moment, demand, _holder(alert, moment, handed))
        ):
            yield passed
        due = _next(due, moment, demand)
        before = moment


def _overdue(due: datetime, until: datetime, late: timedelta, kills: Sequence[Interval]) -> bool:
    forgiven = sum((kill.overlap(due, until) for kill in kills), timedelta(0))
    return until - due > late + forgiven


def _next(due: datetime | None, moment: Moment, demand: Demand) -> datetime | None:
    """When the next step is due after an event. An acknowledgement or a close stops the ladder."""
    if moment.kind in {"acknowledged", "closed"}:
        return None
    if moment.kind in {"raised", "rose", "opened_again", "reopened"}:
        rungs = demand.rungs(moment.level)
        return moment.time if demand.any_reached(moment.level, rungs, moment.time) else None
    return _after(moment, moment.step, demand) if moment.step else due


def _after(moment: Moment, step: tuple[int, int, int], demand: Demand) -> datetime | None:
    rungs, rung = demand.rungs(moment.level), max(step[1], 0)
    if rung >= len(rungs):
        return None
    then = moment.time + timedelta(seconds=rungs[rung].wait_seconds)
    if demand.any_reached(moment.level, rungs[rung + 1 :], then):
        return then
    then = max(then, moment.time + ROUND_AT_LEAST)
    return then if demand.any_reached(moment.level, rungs, then) else None


def _passed(before: Moment, now: Moment, demand: Demand, holder: str) -> str | None:
    """Find a rung that was left out between two steps though its people could be reached.

    The holder was told with the first step: a rung of that person alone is waited for no second
    time.
    """
    if before.step is None or now.step is None or before.level != now.level:
        return None
    rungs, (turn, rung, _), (next_turn, next_rung, _) = (
        demand.rungs(now.level),
        before.step,
        now.step,
    )
    same = next_turn == turn
    between = (
        list(rungs[rung + 1 : next_rung])
        if same
        else [*rungs[rung + 1 :], *rungs[: max(next_rung, 0)]]
    )
    # At both moments: a shift may have begun in between.
    if any(
        demand.reached(now.level, one, before.time) - {holder}
        and demand.reached(now.level, one, now.time) - {holder}
        for one in between
    ):
        return (
            f"from turn {turn}, rung {rung} to turn {next_turn}, rung {next_rung}, past somebody "
            "who can be reached"
        )
    return None


def addressees(
    alert: AlertHistory,
    moment: Moment,
    demand: Demand,
    handed: Sequence[tuple[datetime, str]],
    known_within: timedelta,
) -> tuple[set[str], ...]:
    """List the people a step may page: one of several answers where colleagues agreed only just
    before, or a person was barred only afterwards.
    """
    rung = moment.step[1] if moment.step else 0
    if rung < 0:
        return ({_holder(alert, moment, handed)},)
    rungs = demand.rungs(moment.level)
    if rung >= len(rungs):
        return (set(),)
    before = [one for one in demand.agreed if one.at <= moment.time - known_within]
    afterwards = {frozenset[str](), demand.barred}
    return tuple(
        replace(demand, agreed=agreed, barred=barred).reached(
            moment.level, rungs[rung], moment.time
        )
        for barred in afterwards
        for agreed in (before, demand.agreed)
    )


def _holder(alert: AlertHistory, moment: Moment, handed: Sequence[tuple[datetime, str]]) -> str:
    """Return the last person to acknowledge the alert, or to be handed it.

    That person comes before the first rung of a ladder that starts again.
    """
    took = [(one.time, one.person_id) for one in alert.moments if one.kind == "acknowledged"]
    return max(
        (one for one in [*took, *handed] if one[0] <= moment.time), default=(moment.time, "")
    )[1]
