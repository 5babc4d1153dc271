"""A count of a rota's gaps stays true until the moment it names: whatever the rota, the zone and
the minute, counting again before then finds the same.
"""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples import examples
from sebaya_contracts.district import Day, Person, School, Shift, Substitution
from sebaya_contracts.words import Role
from sebaya_escalation.domain.duty_gaps import DutyGaps, count_duty_gaps
from sebaya_escalation.domain.rota import HORIZON, find_covered, find_gaps, list_unreachable

MONDAY = datetime(2026, 10, 19, tzinfo=UTC)
ZONES = ("Asia/Jakarta", "Europe/Berlin", "UTC")
PEOPLE = ("a", "b", "without-contact")
STAFF = tuple(
    Person(
        person_id=name,
        name=name,
        roles=(Role.COUNSELLOR,),
        email=None if name == PEOPLE[-1] else f"{name}@s.test",
    )
    for name in PEOPLE
)

clocks = st.builds(lambda hour, half: f"{hour:02}:{half:02}", st.integers(0, 23), st.integers(0, 1))
shifts = st.builds(
    lambda who, days, since, until: Shift(
        person_id=who, days=tuple(days), since=since, until=until
    ),
    st.sampled_from(PEOPLE),
    st.sets(st.sampled_from(list(Day)), min_size=1),
    clocks,
    clocks,
)
minutes = st.integers(0, 40 * 24 * 60).map(lambda many: MONDAY + timedelta(minutes=many))
substitutions = st.builds(
    lambda who, instead, since, hours: Substitution(
        person_id=who, substitute_id=instead, since=since, until=since + timedelta(hours=hours)
    ),
    st.sampled_from(PEOPLE),
    st.sampled_from(PEOPLE),
    minutes,
    st.integers(1, 72),
)


def school(rota: list[Shift], instead: list[Substitution], zone: str) -> School:
    return School(
        school_id="s1",
        name="S",
        time_zone=zone,
        country="ID",
        languages=("id",),
        staff=STAFF,
        rota=tuple(rota),
        substitutions=tuple(instead),
    )


def counted_anew(described: School, now: datetime) -> tuple[int, bool, int]:
    found = find_gaps(find_covered(described, now, now + HORIZON), now, now + HORIZON)
    return len(found), any(gap.since <= now for gap in found), len(list_unreachable(described))


def shown(counted: DutyGaps) -> tuple[int, bool, int]:
    return counted.gaps, counted.uncovered, counted.unreachable


@given(
    st.lists(shifts, max_size=4),
    st.lists(substitutions, max_size=2),
    st.sampled_from(ZONES),
    minutes,
    st.floats(0, 1, exclude_max=True),
)
@examples(300)
def test_a_count_is_true_when_made_and_until_it_says(
    rota: list[Shift], instead: list[Substitution], zone: str, now: datetime, share: float
) -> None:
    described = school(rota, instead, zone)
    counted = count_duty_gaps(described, now)
    assert counted.until > now
    assert shown(counted) == counted_anew(described, now)
    # A share just below one rounds up to the whole.
    later = min(now + (counted.until - now) * share, counted.until - timedelta.resolution)
    assert shown(counted) == counted_anew(described, later)


@pytest.mark.parametrize("active", [True, False])
def test_an_inactive_school_has_no_gaps_and_another_without_a_rota_is_all_gap(
    active: bool,
) -> None:
    described = School(
        school_id="s1",
        name="S",
        time_zone="UTC",
        country="ID",
        languages=("id",),
        active=active,
    )
    counted = count_duty_gaps(described, MONDAY)
    assert (counted.gaps, counted.uncovered) == (int(active), active)


def test_it_ends_where_a_duty_does() -> None:
    described = school(
        [Shift(person_id="a", days=(Day.MON,), since="08:00", until="16:00")], [], "UTC"
    )
    counted = count_duty_gaps(described, MONDAY + timedelta(hours=9))
    assert not counted.uncovered
    assert counted.until == MONDAY + timedelta(hours=16)
    assert count_duty_gaps(described, counted.until).uncovered
