"""When nearly everything fails something else is wrong: the limit sees that, and a few bad records
never reach it.
"""

import pytest

from sebaya_chassis.consuming.dead_letter_limit import DeadLetterLimit


def after(outcomes: str, *, share: float = 0.5, window: int = 20, floor: int = 5) -> bool:
    """`x` was parked, `.` was not."""
    limit = DeadLetterLimit(share, window, floor)
    for outcome in outcomes:
        limit.count(parked=outcome == "x")
    return limit.reached


@pytest.mark.parametrize(
    ("outcomes", "reached"),
    [
        ("", False),
        ("x" * 5, False),
        ("x" * 6, True),
        ("x." * 10, False),
        ("x." * 9 + "xx", True),
        ("x" * 6 + "." * 6, False),
        ("x" * 11 + "." * 9, True),
        ("x" * 20 + "." * 10, False),
        ("." * 1000 + "x" * 10, False),
        ("." * 1000 + "x" * 11, True),
    ],
)
def test_the_limit_is_a_share_of_the_window_above_a_floor(outcomes: str, reached: bool) -> None:
    assert after(outcomes) is reached


def test_floor_and_share_are_both_exceeded_not_met() -> None:
    assert not after("x" * 10 + "." * 10)
    assert not after("xxx", floor=3)
    assert after("xxxx", floor=3)
