"""What the checker holds a ladder to, reckoned apart from the product."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sebaya_cli.doctor.alert_history import AlertHistory, Moment
from sebaya_cli.doctor.duty import Agreed, on_duty
from sebaya_cli.doctor.ladders import Demand, addressees, missing
from sebaya_cli.doctor.request_log import Interval
from sebaya_contracts.district import (
    ON_CALL,
    Day,
    Ladder,
    Person,
    Rung,
    School,
    Shift,
    Substitution,
)
from sebaya_contracts.words import Level, Role

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # a Monday, 8:00 in Jakarta
LATE = timedelta(seconds=10)


def school(**more: object) -> School:
    people = tuple(
        Person(person_id=name, name=name, roles=(Role.COUNSELLOR,), email=f"{name}@school.example")
        for name in ("ana", "budi", "citra")
    )
    rungs = tuple(Rung(who=(name,), wait_seconds=60) for name in ("ana", "budi", "citra"))
    ladders = {Level.RED: Ladder(rungs=rungs, contact_within_seconds=600)}
    described = {"staff": people, "ladders": ladders, "time_zone": "Asia/Jakarta"} | more
    return School(school_id="s", name="S", country="ID", languages=("id",), **described)


def at(seconds: float, kind: str, step: tuple[int, int] | None = None) -> Moment:
    return Moment(kind, AT + timedelta(seconds=seconds), Level.RED, (*step, 1) if step else None)


def faults(
    *moments: Moment, now: float = 1000, kills: tuple[Interval, ...] = (), of: School | None = None
) -> list[str]:
    alert = AlertHistory("a", "s", "c", AT, 1, moments=list(moments))
    return list(missing(alert, Demand(of or school()), AT + timedelta(seconds=now), LATE, kills))


RAISED, FIRST, SECOND, THIRD = (
    at(0, "raised"),
    at(1, "paged", (1, 0)),
    at(61, "paged", (1, 1)),
    at(121, "paged", (1, 2)),
)


def test_a_ladder_that_was_climbed_until_somebody_answered_is_whole() -> None:
    assert (
        faults(RAISED, FIRST, SECOND, THIRD, at(181, "paged", (2, 0)), at(200, "acknowledged"))
        == []
    )


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
    assert (
        faults(RAISED, FIRST, at(30, "acknowledged"), at(40, "rose"), at(90, "acknowledged")) != []
    )


def test_where_nobody_can_be_reached_no_step_is_demanded() -> None:
    unreachable = tuple(Person(person_id=name, name=name) for name in ("ana", "budi", "citra"))
    assert faults(RAISED, at(500, "acknowledged"), of=school(staff=unreachable)) == []


def test_duty_goes_by_the_school_s_own_time_over_midnight_and_to_whoever_stands_in() -> None:
    night = Shift(person_id="ana", days=(Day.SUN,), since="22:00", until="08:00")
    day = Shift(person_id="budi", days=(Day.MON,), since="08:00", until="24:00")
    described = school(
        rota=(night, day),
        substitutions=(
            Substitution(person_id="budi", substitute_id="citra", since=AT, until=AT + LATE),
        ),
    )
    assert on_duty(described, AT - timedelta(seconds=1)) == {"ana"}
    assert on_duty(described, AT) == {"citra"}
    assert on_duty(described, AT + LATE) == {"budi"}


def test_stand_ins_have_stand_ins_and_one_whom_nobody_knows_replaces_nobody() -> None:
    def swap(person_id: str, substitute_id: str) -> Substitution:
        return Substitution(
            person_id=person_id, substitute_id=substitute_id, since=AT, until=AT + LATE
        )

    def at_eight(*swaps: Substitution) -> set[str]:
        return on_duty(school(rota=(ALL_MONDAY,), substitutions=swaps), AT)

    assert at_eight(swap("ana", "budi"), swap("budi", "citra")) == {"citra"}
    assert at_eight(swap("ana", "budi"), swap("ana", "citra")) == {"citra"}, "the later counts"
    assert at_eight(swap("ana", "budi"), swap("budi", "ana")) == {"budi"}
    assert at_eight(swap("ana", "misspelt")) == {"ana"}


def test_a_night_in_which_the_clocks_change_loses_no_hour_and_gains_none() -> None:
    """In Berlin, on 25 October 2026, the hour from two to three is there twice."""
    early = Shift(person_id="ana", days=(Day.SUN,), since="00:00", until="02:30")
    late = Shift(person_id="budi", days=(Day.SUN,), since="02:30", until="06:00")
    described = school(time_zone="Europe/Berlin", rota=(early, late))
    half_past_two = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert on_duty(described, half_past_two - timedelta(minutes=1)) == {"ana"}
    assert [
        on_duty(described, half_past_two + timedelta(minutes=more)) for more in (0, 45, 60, 269)
    ] == [{"budi"}] * 4
    assert on_duty(described, half_past_two + timedelta(minutes=270)) == set()


ALL_MONDAY = Shift(person_id="ana", days=(Day.MON,), since="00:00", until="24:00")
TAKEN = Agreed(
    AT + timedelta(seconds=100),
    Substitution(person_id="ana", substitute_id="citra", since=AT, until=AT + timedelta(hours=1)),
)


def on_call_alone(agreed: tuple[Agreed, ...] = (TAKEN,), contact: str | None = None) -> Demand:
    """One rung, whoever is on call; by the school's file that is somebody who cannot be called."""
    people = (
        Person(person_id="ana", name="ana", roles=(Role.COUNSELLOR,), email=contact),
        Person(
            person_id="citra", name="citra", roles=(Role.COUNSELLOR,), email="citra@school.example"
        ),
    )
    ladder = Ladder(rungs=(Rung(who=(ON_CALL,), wait_seconds=60),), contact_within_seconds=600)
    return Demand(school(staff=people, rota=(ALL_MONDAY,), ladders={Level.RED: ladder}), agreed)


def test_a_step_is_demanded_from_whoever_agreed_to_stand_in() -> None:
    alert = AlertHistory("a", "s", "c", AT, 1, moments=[at(200, "raised"), at(300, "acknowledged")])
    assert (
        list(missing(alert, on_call_alone(agreed=()), AT + timedelta(seconds=400), LATE, ())) == []
    )
    (found,) = missing(alert, on_call_alone(), AT + timedelta(seconds=400), LATE, ())
    assert "(acknowledged)" in found


@pytest.mark.parametrize(
    ("seconds", "named"), [(99, {"ana"}), (200, {"citra"}), (3599, {"citra"}), (3600, {"ana"})]
)
def test_a_step_pages_whoever_had_agreed_by_then(seconds: float, named: set[str]) -> None:
    demand = on_call_alone(contact="ana@school.example")
    assert addressees(HELD, at(seconds, "paged", (1, 0)), demand, (), LATE) == (named, named)


def test_just_after_an_agreement_either_may_be_paged() -> None:
    assert addressees(
        HELD, at(101, "paged", (1, 0)), on_call_alone(contact="ana@school.example"), (), LATE
    ) == ({"ana"}, {"citra"})


HELD = AlertHistory(
    "a", "s", "c", AT, 1, moments=[RAISED, replace(at(10, "acknowledged"), person_id="budi")]
)


def test_a_ladder_that_starts_again_pages_who_had_the_alert_last() -> None:
    again = at(60, "paged", (2, -1))
    assert addressees(HELD, again, Demand(school()), (), LATE) == ({"budi"},)
    assert addressees(
        HELD, again, Demand(school()), [(AT + timedelta(seconds=20), "citra")], LATE
    ) == ({"citra"},)
    assert addressees(
        HELD, again, Demand(school()), [(AT + timedelta(seconds=70), "citra")], LATE
    ) == ({"budi"},), "only later"
