"""The people on call: boundaries, midnight, zones, changing clocks, substitutes; and coverage that
agrees minute by minute.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples import examples
from sebaya_cli.doctor.duty import on_duty
from sebaya_contracts.district import (
    Day,
    Ladder,
    Person,
    Rotation,
    Rung,
    School,
    Shift,
    Substitution,
)
from sebaya_contracts.words import Level, Role
from sebaya_escalation.domain.rota import find_covered, find_gaps, list_on_call, list_unreachable

EVERY_DAY = tuple(Day)
MINUTE = timedelta(minutes=1)


def person(person_id: str, **more: object) -> Person:
    given = {"email": f"{person_id}@s.test", "roles": (Role.COUNSELLOR,), **more}
    return Person(person_id=person_id, name=person_id, **given)  # type: ignore[arg-type]


def school(
    *rota: Shift,
    zone: str = "Asia/Jakarta",
    substitutions: tuple[Substitution, ...] = (),
    staff: tuple[Person, ...] = (),
    rotations: tuple[Rotation, ...] = (),
) -> School:
    return School(
        school_id="s1",
        name="S",
        time_zone=zone,
        country="ID",
        languages=("id",),
        staff=staff or tuple(person(name) for name in "abc"),
        rota=rota,
        rotations=rotations,
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


@pytest.mark.parametrize("roles", [(), (Role.COORDINATOR,), (Role.SUPPORTER, Role.OPERATOR)])
def test_who_may_not_answer_covers_nothing_and_is_listed(roles: tuple[Role, ...]) -> None:
    where = school(shift("a", "00:00", "24:00"), staff=(person("a", roles=roles), person("b")))
    assert find_covered(where, jakarta(1, 0), jakarta(3, 0)) == ()
    assert list_unreachable(where) == ("a",)


def clock_hours(*pairs: tuple[int, int]) -> list[tuple[datetime, datetime]]:
    return [(jakarta(25, since), jakarta(25, until)) for since, until in pairs]


@pytest.mark.parametrize(
    ("rota", "covered", "open_hours"),
    [
        (["a 08-12", "b 10-14"], [(8, 14)], [(6, 8), (14, 20)]),
        (["a 08-16", "b 10-12"], [(8, 16)], [(6, 8), (16, 20)]),
        (["b 10-12", "a 08-16", "c 15-18"], [(8, 18)], [(6, 8), (18, 20)]),
        (["a 08-12", "b 12-14"], [(8, 14)], [(6, 8), (14, 20)]),
        (["a 08-12", "b 13-14"], [(8, 12), (13, 14)], [(6, 8), (12, 13), (14, 20)]),
        (["a 08-12", "b 08-12"], [(8, 12)], [(6, 8), (12, 20)]),
        (["a 05-09", "b 18-22"], [(6, 9), (18, 20)], [(9, 18)]),
        (["a 05-22"], [(6, 20)], []),
        (["a 06-20"], [(6, 20)], []),
        (["a 02-06", "b 20-22"], [], [(6, 20)]),
        ([], [], [(6, 20)]),
    ],
)
def test_overlapping_duties_are_one_stretch_and_leave_the_rest_open(
    rota: list[str], covered: list[tuple[int, int]], open_hours: list[tuple[int, int]]
) -> None:
    """Between six and twenty on one day of the school."""
    where = school(*(shift(one[0], f"{one[2:4]}:00", f"{one[5:7]}:00", Day.WED) for one in rota))
    since, until = jakarta(25, 6), jakarta(25, 20)
    found = find_covered(where, since, until)
    assert [(one.since, one.until) for one in found] == clock_hours(*covered)
    gaps = find_gaps(found, since, until)
    assert [(one.since, one.until) for one in gaps] == clock_hours(*open_hours)


def test_a_window_that_nothing_is_left_of_has_no_gap() -> None:
    assert find_gaps((), jakarta(25, 6), jakarta(25, 6)) == ()
    late = find_covered(school(shift("a", "08:00", "16:00")), jakarta(25, 8), jakarta(25, 16))
    assert [(one.since, one.until) for one in find_gaps(late, jakarta(25, 6), jakarta(25, 7))] == [
        (jakarta(25, 6), jakarta(25, 7))
    ]


def test_two_duties_at_once_call_both_in_the_order_of_the_rota_and_none_twice() -> None:
    both = school(shift("b", "08:00", "16:00"), shift("a", "08:00", "16:00"))
    assert names(both, jakarta(25, 9)) == ["b", "a"]
    twice = school(shift("a", "08:00", "12:00"), shift("a", "11:00", "16:00"))
    assert names(twice, jakarta(25, 11, 30)) == ["a"]


def test_a_school_that_is_not_active_is_covered_by_no_person() -> None:
    where = msgspec.structs.replace(school(shift("a", "00:00", "24:00")), active=False)
    assert find_covered(where, jakarta(1, 0), jakarta(3, 0)) == ()


def rotation(*people: str, since: str, until: str, starts_on: date = date(2026, 3, 16)) -> Rotation:
    return Rotation(people=people, starts_on=starts_on, days=EVERY_DAY, since=since, until=until)


def test_a_rotation_hands_over_on_its_day_of_the_week_in_both_directions() -> None:
    where = school(rotations=(rotation("a", "b", "c", since="08:00", until="08:00"),))
    zone = ZoneInfo("Asia/Jakarta")
    for weeks, holder in ((-2, "b"), (-1, "c"), (0, "a"), (1, "b"), (2, "c"), (3, "a")):
        monday = datetime(2026, 3, 16, 8, tzinfo=zone) + timedelta(weeks=weeks)
        assert names(where, monday) == [holder]
        assert names(where, monday + timedelta(days=7, microseconds=-1)) == [holder], "Monday, 8"


def test_a_week_may_begin_on_any_day() -> None:
    thursdays = rotation("a", "b", since="00:00", until="24:00", starts_on=date(2026, 11, 26))
    where = school(rotations=(thursdays,))
    assert names(where, jakarta(25, 23, 59)) == ["b"]
    assert names(where, jakarta(26, 0)) == ["a"]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Australia/Lord_Howe", "America/Santiago"])
def test_a_rotation_is_right_across_clock_changes(zone: str) -> None:
    """A year of weeks: at each minute before and after a change of duty by the clock on the wall,
    and no minute without a person on duty.
    """
    where = school(zone=zone, rotations=(rotation("a", "b", since="02:30", until="02:30"),))
    local = ZoneInfo(zone)
    for week in range(52):
        change = datetime(2026, 3, 16, 2, 30, tzinfo=local) + timedelta(weeks=week)
        before, after = "ba" if week % 2 == 0 else "ab"
        instant = change.astimezone(UTC)
        assert names(where, instant - MINUTE) == [before], change
        assert names(where, instant) == [after], change
    since = datetime(2026, 3, 16, tzinfo=local).astimezone(UTC)
    until = since + timedelta(days=364)
    assert find_gaps(find_covered(where, since, until), since, until) == ()


def test_a_substitute_stands_in_for_the_one_whose_week_it_is() -> None:
    away = Substitution(person_id="b", substitute_id="c", since=jakarta(1, 0), until=jakarta(30, 0))
    where = school(
        rotations=(rotation("a", "b", since="00:00", until="24:00", starts_on=date(2026, 11, 2)),),
        substitutions=(away,),
    )
    assert names(where, jakarta(3, 12)) == ["a"]
    assert names(where, jakarta(10, 12)) == ["c"]


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
ROTATIONS = st.builds(
    Rotation,
    people=st.lists(st.sampled_from(["a", "b", "c", "ghost"]), min_size=1, max_size=3).map(tuple),
    starts_on=st.dates(date(2026, 10, 1), date(2026, 11, 20)),
    days=st.lists(st.sampled_from(list(Day)), min_size=1, max_size=7, unique=True).map(tuple),
    since=CLOCK,
    until=st.one_of(CLOCK, st.just("24:00")),
)
# Duties begin and end at a quarter or a minute before it, in every zone: these, and one more on
# either side, by their distance from the quarter before.
NEAR_A_CHANGE = frozenset({13, 14, 0, 1})
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
    st.lists(SHIFTS, max_size=3),
    st.lists(ROTATIONS, max_size=2),
    st.lists(SUBSTITUTIONS, max_size=3),
    st.sampled_from(["Europe/Berlin", "Asia/Jakarta", "Pacific/Apia", "Australia/Lord_Howe"]),
    st.booleans(),
)
def test_coverage_and_on_call_agree_wherever_a_duty_may_change(
    rota: list[Shift],
    turns: list[Rotation],
    away: list[Substitution],
    zone: str,
    c_has_mail: bool,
) -> None:
    """And the checker, which has a reckoning of its own, names the same people."""
    staff = (person("a"), person("b"), person("c") if c_has_mail else person("c", email=None))
    where = school(*rota, zone=zone, substitutions=tuple(away), staff=staff, rotations=tuple(turns))
    until = START + timedelta(hours=36)
    found = find_covered(where, START, until)
    handed = {bound for one in away for bound in (one.since, one.until)}
    for minute in range(36 * 60):
        at = START + minute * MINUTE
        near = {at - MINUTE, at, at + MINUTE} & handed
        if not near and at.minute % 15 not in NEAR_A_CHANGE:
            continue
        said = any(interval.since <= at < interval.until for interval in found)
        on_call = list_on_call(where, at)
        assert said == any(one.email for one in on_call), at
        if at.minute % 15 in {0, 14}:
            assert on_duty(where, at) == {one.person_id for one in on_call}, at
    left = sum((gap.until - gap.since for gap in find_gaps(found, START, until)), timedelta())
    assert left + sum((one.until - one.since for one in found), timedelta()) == until - START
