"""The people on call: boundaries, midnight, zones, changing clocks, substitutes; and coverage that
agrees minute by minute.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples import examples
from sebaya_contracts.district import Day, Ladder, Person, Rung, School, Shift, Substitution
from sebaya_contracts.words import Level
from sebaya_escalation.domain.rota import find_covered, find_gaps, list_on_call, list_unreachable

EVERY_DAY = tuple(Day)
MINUTE = timedelta(minutes=1)


def person(person_id: str, **more: object) -> Person:
    return Person(person_id=person_id, name=person_id, **{"email": f"{person_id}@s.test", **more})


def school(
    *rota: Shift,
    zone: str = "Asia/Jakarta",
    substitutions: tuple[Substitution, ...] = (),
    staff: tuple[Person, ...] = (),
) -> School:
    return School(
        school_id="s1",
        name="S",
        time_zone=zone,
        country="ID",
        languages=("id",),
        staff=staff or tuple(person(name) for name in "abc"),
        rota=rota,
        substitutions=substitutions,
    )


def shift(who: str, since: str, until: str, *days: Day) -> Shift:
    return Shift(person_id=who, days=days or EVERY_DAY, since=since, until=until)


def names(where: School, at: datetime) -> list[str]:
    return [one.person_id for one in list_on_call(where, at)]


def jakarta(*clock: int) -> datetime:
    return datetime(2026, 11, *clock, tzinfo=ZoneInfo("Asia/Jakarta"))  # type: ignore[arg-type]


def test_a_duty_ends_at_the_instant_the_next_begins() -> None:
    where = school(shift("a", "07:00", "16:00"), shift("b", "16:00", "21:00"))
    assert names(where, jakarta(25, 15, 59, 59, 999999)) == ["a"]
    assert names(where, jakarta(25, 16)) == ["b"]
    assert names(where, jakarta(25, 21)) == []


def test_all_day_has_no_lost_minute_at_midnight() -> None:
    where = school(shift("a", "00:00", "24:00"))
    for at in (jakarta(25, 23, 59), jakarta(25, 23, 59, 59, 999999), jakarta(26, 0, 0)):
        assert names(where, at) == ["a"]
    assert len(find_covered(where, jakarta(1, 0), jakarta(15, 0))) == 1


def test_until_2400_hands_over_to_a_shift_from_0000() -> None:
    where = school(shift("a", "18:00", "24:00"), shift("b", "00:00", "06:00"))
    assert names(where, jakarta(25, 23, 59, 59)) == ["a"]
    assert names(where, jakarta(26, 0)) == ["b"]


def test_a_night_shift_belongs_to_the_day_it_begins_on() -> None:
    where = school(shift("a", "22:00", "06:00", Day.FRI))
    assert names(where, jakarta(28, 5, 59)) == ["a"]  # Saturday morning
    assert names(where, jakarta(27, 5, 59)) == []  # Friday morning
    assert names(where, jakarta(28, 6)) == []


def test_equal_ends_are_a_whole_day() -> None:
    where = school(shift("a", "08:00", "08:00", Day.WED))
    assert find_covered(where, jakarta(24, 0), jakarta(28, 0))[0].until - find_covered(
        where, jakarta(24, 0), jakarta(28, 0)
    )[0].since == timedelta(days=1)


def test_times_are_the_schools_own() -> None:
    at = datetime(2026, 11, 25, 0, 30, tzinfo=UTC)
    assert names(school(shift("a", "07:00", "08:00"), zone="Asia/Jakarta"), at) == ["a"]
    assert names(school(shift("a", "09:00", "10:00"), zone="Asia/Jayapura"), at) == ["a"]


@pytest.mark.parametrize(("day", "hours"), [((2026, 3, 29), 23), ((2026, 10, 25), 25)])
def test_the_night_the_clocks_change_is_covered_whole(
    day: tuple[int, int, int], hours: int
) -> None:
    where = school(shift("a", "00:00", "02:30"), shift("b", "02:30", "24:00"), zone="Europe/Berlin")
    zone = ZoneInfo("Europe/Berlin")
    since = datetime(*day, tzinfo=zone).astimezone(UTC)
    until = since + timedelta(hours=hours)
    assert until.astimezone(zone).hour == 0
    at = since
    while at < until:
        assert len(names(where, at)) == 1, at
        at += MINUTE
    assert find_gaps(find_covered(where, since, until), since, until) == ()


def test_a_substitute_stands_in_on_the_exact_boundaries() -> None:
    away = Substitution(
        person_id="a", substitute_id="b", since=jakarta(25, 10), until=jakarta(25, 12)
    )
    where = school(shift("a", "07:00", "16:00"), substitutions=(away,))
    assert names(where, jakarta(25, 9, 59, 59, 999999)) == ["a"]
    assert names(where, jakarta(25, 10)) == ["b"]
    assert names(where, jakarta(25, 11, 59, 59, 999999)) == ["b"]
    assert names(where, jakarta(25, 12)) == ["a"]


def test_substitutes_may_have_substitutes_and_a_circle_ends() -> None:
    span = {"since": jakarta(25, 0), "until": jakarta(26, 0)}
    chain = (
        Substitution(person_id="a", substitute_id="b", **span),
        Substitution(person_id="b", substitute_id="c", **span),
    )
    assert names(school(shift("a", "07:00", "16:00"), substitutions=chain), jakarta(25, 8)) == ["c"]
    circle = (*chain, Substitution(person_id="c", substitute_id="a", **span))
    assert (
        len(names(school(shift("a", "07:00", "16:00"), substitutions=circle), jakarta(25, 8))) == 1
    )


def test_an_unknown_substitute_empties_no_duty() -> None:
    typing_error = Substitution(
        person_id="a", substitute_id="nobody", since=jakarta(25, 0), until=jakarta(26, 0)
    )
    where = school(shift("a", "07:00", "16:00"), substitutions=(typing_error,))
    assert names(where, jakarta(25, 8)) == ["a"]
    assert list_unreachable(where) == ("nobody",)


def test_people_without_contact_are_listed_and_cover_nothing() -> None:
    staff = (person("a"), person("b", email=None))
    rungs = (Rung(who=("on_call",), wait_seconds=60), Rung(who=("ghost", "b"), wait_seconds=60))
    where = school(shift("a", "00:00", "12:00"), shift("b", "12:00", "24:00"), staff=staff)
    where = msgspec.structs.replace(
        where, ladders={Level.RED: Ladder(rungs=rungs, contact_within_seconds=60)}
    )
    assert list_unreachable(where) == ("b", "ghost")
    assert sum(
        (one.until - one.since for one in find_covered(where, jakarta(1, 0), jakarta(3, 0))),
        timedelta(),
    ) == timedelta(days=1)


CLOCK = st.builds(
    lambda hour, minute: f"{hour:02}:{minute:02}",
    st.integers(0, 23),
    st.sampled_from([0, 15, 30, 59]),
)
SHIFTS = st.builds(
    Shift,
    person_id=st.sampled_from(["a", "b", "c", "ghost"]),
    days=st.lists(st.sampled_from(list(Day)), min_size=1, max_size=7, unique=True).map(tuple),
    since=CLOCK,
    until=st.one_of(CLOCK, st.just("24:00")),
)
START = datetime(2026, 10, 24, 12, 0, tzinfo=UTC)  # the day before Berlin's clocks go back
MOMENTS = st.integers(0, 60 * 60).map(lambda minutes: START + minutes * MINUTE)
SUBSTITUTIONS = st.builds(
    lambda who, instead, since, minutes: Substitution(
        person_id=who, substitute_id=instead, since=since, until=since + minutes * MINUTE
    ),
    st.sampled_from(["a", "b", "c"]),
    st.sampled_from(["a", "b", "c", "ghost"]),
    MOMENTS,
    st.integers(1, 2000),
)


@examples(25)
@given(
    st.lists(SHIFTS, max_size=4),
    st.lists(SUBSTITUTIONS, max_size=3),
    st.sampled_from(["Europe/Berlin", "Asia/Jakarta", "Pacific/Apia", "Australia/Lord_Howe"]),
    st.booleans(),
)
def test_coverage_and_on_call_agree_at_every_minute(
    rota: list[Shift], away: list[Substitution], zone: str, c_has_mail: bool
) -> None:
    staff = (person("a"), person("b"), person("c") if c_has_mail else person("c", email=None))
    where = school(*rota, zone=zone, substitutions=tuple(away), staff=staff)
    until = START + timedelta(hours=36)
    found = find_covered(where, START, until)
    at = START
    while at < until:
        said = any(interval.since <= at < interval.until for interval in found)
        assert said == any(one.email for one in list_on_call(where, at)), at
        at += MINUTE
    left = sum((gap.until - gap.since for gap in find_gaps(found, START, until)), timedelta())
    assert left + sum((one.until - one.since for one in found), timedelta()) == until - START
