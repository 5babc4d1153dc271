"""Statistics that add up."""

import statistics
from bisect import bisect_left
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sebaya_evaluation.domain.periods import find_bounds, find_month
from sebaya_evaluation.domain.tally import WAIT_BOUNDS, Spread, Tally, merge_all

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
values = st.lists(st.integers(0, 10_000_000), max_size=40)


def spread(numbers: list[int]) -> Spread:
    made = Spread()
    for number in numbers:
        made.add(number, WAIT_BOUNDS)
    return made


@given(values, values)
def test_the_merge_of_two_is_the_whole(one: list[int], other: list[int]) -> None:
    together = spread(one)
    together.merge(spread(other))

    assert together == spread(one + other)


@given(st.lists(st.integers(0, 6_000_000), min_size=1, max_size=60), st.sampled_from([0.5, 0.9]))
def test_a_quantile_lies_in_the_bucket_of_the_true_one(numbers: list[int], share: float) -> None:
    found = spread(numbers).find_quantile(share)
    true = sorted(numbers)[max(0, -(-int(share * 100) * len(numbers) // 100) - 1)]

    assert found == bisect_left(WAIT_BOUNDS, true)


def test_mean_and_sum_of_squares_are_exact() -> None:
    made = spread([10, 20, 60])

    assert made.mean == 30
    assert made.squares / 3 - 30**2 == pytest.approx(statistics.pvariance([10, 20, 60]))


def test_a_clock_that_was_set_back_makes_no_negative_wait() -> None:
    tally = Tally()
    tally.add_wait("offer", NOON, NOON - timedelta(minutes=5))
    tally.add_wait("offer", NOON, None)

    assert (tally.waits["offer"].n, tally.waits["offer"].total) == (1, 0)


def test_nothing_has_no_mean() -> None:
    assert Spread().mean is None
    assert merge_all([]).counts == {}


@pytest.mark.parametrize("zone", ["Asia/Jakarta", "America/New_York", "Pacific/Apia"])
@given(minutes=st.integers(0, 5_000_000))
def test_a_moment_lies_within_the_bounds_of_its_month(zone: str, minutes: int) -> None:
    moment = NOON + timedelta(minutes=minutes)
    since, until = find_bounds(find_month(moment, zone), zone)

    assert since <= moment < until
