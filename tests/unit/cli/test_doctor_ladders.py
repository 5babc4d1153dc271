"""What the checker holds a ladder to, reckoned apart from the product."""

from datetime import UTC, datetime, timedelta

import pytest

from sebaya_cli.doctor.alert_history import AlertHistory, Moment
from sebaya_cli.doctor.duty import on_duty
from sebaya_cli.doctor.ladders import Demand, missing
from sebaya_cli.doctor.ledger import Interval
from sebaya_contracts.district import Day, Ladder, Person, Rung, School, Shift, Substitution
from sebaya_contracts.words import Level

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # a Monday, 8:00 in Jakarta
LATE = timedelta(seconds=10)


def school(**more: object) -> School:
    people = tuple(Person(person_id=name, name=name, email=f"{name}@school.example") for name in ("ana", "budi", "citra"))
    rungs = tuple(Rung(who=(name,), wait_seconds=60) for name in ("ana", "budi", "citra"))
    ladders = {Level.RED: Ladder(rungs=rungs, contact_within_seconds=600)}
    described = {"staff": people, "ladders": ladders} | more
    return School(school_id="s", name="S", time_zone="Asia/Jakarta", country="ID", languages=("id",), **described)


def at(seconds: float, kind: str, step: tuple[int, int] | None = None) -> Moment:
    return Moment(kind, AT + timedelta(seconds=seconds), Level.RED, (*step, 1) if step else None)


def faults(*moments: Moment, now: float = 1000, kills: tuple[Interval, ...] = (), of: School | None = None) -> list[str]:
    alert = AlertHistory("a", "s", "c", AT, 1, moments=list(moments))
    return list(missing(alert, Demand(of or school()), AT + timedelta(seconds=now), LATE, kills))


RAISED, FIRST, SECOND, THIRD = at(0, "raised"), at(1, "paged", (1, 0)), at(61, "paged", (1, 1)), at(121, "paged", (1, 2))


def test_a_ladder_that_was_climbed_until_somebody_answered_is_whole() -> None:
    assert faults(RAISED, FIRST, SECOND, THIRD, at(181, "paged", (2, 0)), at(200, "acknowledged")) == []


@pytest.mark.parametrize(
    ("moments", "says"),
    [
        ((RAISED, at(100, "acknowledged")), "(acknowledged)"),
        ((RAISED, FIRST, at(100, "closed")), "(closed)"),
        ((RAISED, FIRST, SECOND, THIRD), "(now)"),
        ((RAISED, FIRST, at(121, "paged", (1, 2)), at(125, "acknowledged")), "past somebody"),
        ((RAISED, FIRST, at(61, "paged", (2, 0)), at(65, "acknowledged")), "past somebody"),
    ],
)
def test_a_step_that_was_not_taken_is_missed(moments: tuple[Moment, ...], says: str) -> None:
    assert any(says in one for one in faults(*moments)), faults(*moments)


def test_the_time_of_a_kill_is_forgiven_and_no_more() -> None:
    killed = Interval(AT, AT + timedelta(seconds=95))
    assert faults(RAISED, at(100, "acknowledged"), kills=(killed,)) == []
    assert faults(RAISED, at(120, "acknowledged"), kills=(killed,)) != []


def test_an_answer_stops_the_ladder_and_a_rise_starts_it_again() -> None:
    assert faults(RAISED, FIRST, at(30, "acknowledged")) == []
    assert faults(RAISED, FIRST, at(30, "acknowledged"), at(40, "rose"), at(90, "acknowledged")) != []


def test_where_nobody_can_be_reached_no_step_is_demanded() -> None:
    unreachable = tuple(Person(person_id=name, name=name) for name in ("ana", "budi", "citra"))
    assert faults(RAISED, at(500, "acknowledged"), of=school(staff=unreachable)) == []


def test_duty_goes_by_the_school_s_own_time_over_midnight_and_to_whoever_stands_in() -> None:
    night = Shift(person_id="ana", days=(Day.SUN,), since="22:00", until="08:00")
    day = Shift(person_id="budi", days=(Day.MON,), since="08:00", until="24:00")
    described = school(rota=(night, day), substitutions=(Substitution(person_id="budi", substitute_id="citra", since=AT, until=AT + LATE),))
    assert on_duty(described, AT - timedelta(seconds=1)) == {"ana"}
    assert on_duty(described, AT) == {"citra"}
    assert on_duty(described, AT + LATE) == {"budi"}
