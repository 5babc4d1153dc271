"""The wait after wrong return codes: of a code whose part was tried too often, and of a school."""

from datetime import UTC, datetime, timedelta

import pytest

from sebaya_intake.domain.code_rate_limit import (
    CodeLimits,
    Failures,
    is_under_attack,
    seconds_to_wait,
)

T = datetime(2026, 3, 2, 8, tzinfo=UTC)
LIMITS = CodeLimits(of_a_code=3, of_a_school=100, window=timedelta(hours=24))


def failures(count: int, seconds: float) -> Failures:
    return Failures(count, T + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("of_its_parts", "waits"),
    [
        ([], None),
        ([failures(2, 60)], None),
        ([failures(3, 60)], 60),
        ([failures(4, 60)], 60),
        ([failures(3, 0)], None),
        ([failures(3, -1)], None),
        ([failures(3, 0.25)], 1),
        ([failures(3, 59.5)], 60),
        ([failures(3, 60), failures(9, 300), failures(2, 900)], 300),
        ([failures(3, -60), failures(3, 20)], 20),
    ],
)
def test_a_code_waits_for_the_last_window_of_its_full_parts(
    of_its_parts: list[Failures], waits: int | None
) -> None:
    assert seconds_to_wait(of_its_parts, LIMITS, T) == waits


@pytest.mark.parametrize(
    ("of_the_school", "attacked"),
    [
        (None, False),
        (failures(99, 60), False),
        (failures(100, 60), True),
        (failures(101, 60), True),
        (failures(100, 0), False),
        (failures(100, -1), False),
    ],
)
def test_a_school_is_under_attack_from_its_limit_on_until_the_window_ends(
    of_the_school: Failures | None, attacked: bool
) -> None:
    assert is_under_attack(of_the_school, LIMITS, T) is attacked
