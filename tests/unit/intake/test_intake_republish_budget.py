"""Repeats are a share of the answers: a screen that is behind is not given more than it takes."""

from sebaya_intake.republish_budget import RepublishBudget

OVERDUE = 10_000


def repeats_in(seconds: int, verdicts_per_second: int, per_second: float = 2.0) -> int:
    """Count what is published again while more than anything waits for it."""
    now = 0.0
    budget = RepublishBudget(per_second, lambda: now)
    repeats = 0
    for _ in range(seconds):
        now += 1.0
        for _ in range(verdicts_per_second):
            budget.note_verdict()
        repeats += _take_all(budget)
    return repeats


def _take_all(budget: RepublishBudget) -> int:
    taken = 0
    while taken < OVERDUE and budget.has_token():
        budget.take(1)
        taken += 1
    return taken


def test_while_nothing_is_answered_what_was_lost_is_still_found() -> None:
    assert repeats_in(60, verdicts_per_second=0) == 120


def test_a_screen_that_is_behind_gets_little_more_than_a_tenth_on_top() -> None:
    # Fourteen verdicts a second for ten minutes: 8,400; what the clock gives, and a tenth of them.
    repeats = repeats_in(600, verdicts_per_second=14)
    assert 0.1 * 8_400 <= repeats <= 0.1 * 8_400 + 2 * 600


def test_a_screen_that_keeps_up_soon_has_what_was_lost() -> None:
    assert repeats_in(60, verdicts_per_second=200) >= 20 * 59


def test_what_verdicts_save_up_is_bounded() -> None:
    now = 0.0
    budget = RepublishBudget(2.0, lambda: now)
    for _ in range(100_000):
        budget.note_verdict()
    assert _take_all(budget) == 20


def test_a_debt_is_paid_before_the_next_repeat() -> None:
    now = 0.0
    budget = RepublishBudget(2.0, lambda: now)
    budget.take(6)
    now = 1.9
    assert not budget.has_token()
    now = 2.5
    assert budget.has_token()
