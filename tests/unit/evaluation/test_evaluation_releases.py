"""Differencing over time: two releases to the same readers never differ by a few students."""

from datetime import UTC, datetime

import pytest

from sebaya_contracts.words import CaseTopic
from sebaya_evaluation.domain.releases import (
    RANGES,
    Ledger,
    Months,
    Numbers,
    Release,
    enter_release,
)
from sebaya_evaluation.domain.report import TOPICS, Figures, count_cells
from sebaya_evaluation.domain.tally import Tally, merge_all
from sebaya_evaluation.errors import TooManyRanges

NOW = datetime(2026, 11, 1, tzinfo=UTC)
YEAR = Months("2026-01", "2026-12")
AUTUMN = Months("2026-09", "2026-11")


def numbers(asked: int, smallest: int = 10) -> Numbers:
    half = asked // 2
    strata = {
        CaseTopic.GRIEF.value: Tally(counts={"asked": half}),
        CaseTopic.FAMILY.value: Tally(counts={"asked": asked - half}),
    }
    total = merge_all(strata.values())
    return Numbers(count_cells(strata, total), total, smallest)


def asked(ledger: Ledger, months: Months = YEAR) -> int | None:
    return ledger.releases[months.name].figures.cells["asked"]


def test_a_report_stands_until_enough_has_changed() -> None:
    first = enter_release(Ledger("l"), YEAR, numbers(60), NOW)

    assert asked(enter_release(first, YEAR, numbers(61), NOW)) == 60
    assert asked(enter_release(first, YEAR, numbers(59), NOW)) == 60
    assert asked(enter_release(first, YEAR, numbers(80), NOW)) == 80


def test_every_cell_must_have_changed_enough() -> None:
    first = enter_release(Ledger("l"), YEAR, numbers(60), NOW)

    # The total grew by 12, each of its two topics by 6.
    assert asked(enter_release(first, YEAR, numbers(72), NOW)) == 60


def test_falling_below_the_minimum_is_no_way_out() -> None:
    first = enter_release(Ledger("l"), YEAR, numbers(22), NOW)
    assert first.releases[YEAR.name].figures.cells["topic/grief"] is None or asked(first) == 22

    assert asked(enter_release(first, YEAR, numbers(14), NOW)) == asked(first)


def test_longer_months_hide_what_would_give_the_rest_away() -> None:
    first = enter_release(Ledger("l"), AUTUMN, numbers(60), NOW)

    assert asked(enter_release(first, YEAR, numbers(62), NOW)) is None
    assert asked(enter_release(first, YEAR, numbers(60), NOW)) == 60
    assert asked(enter_release(first, YEAR, numbers(90), NOW)) == 90


def test_months_apart_do_not_hide_each_other() -> None:
    first = enter_release(Ledger("l"), Months("2026-01", "2026-03"), numbers(60), NOW)

    assert asked(enter_release(first, AUTUMN, numbers(62), NOW), AUTUMN) == 62


def test_a_total_that_another_release_hides_is_not_the_sum_of_what_is_shown() -> None:
    first = enter_release(Ledger("l"), AUTUMN, numbers(60), NOW)
    second = enter_release(first, YEAR, numbers(62), NOW).releases[YEAR.name].figures.cells
    true = numbers(62).counts

    assert second["asked"] is None
    assert sum(true[name] for name in TOPICS if second[name] is None) >= 10


def test_the_ledger_is_bounded() -> None:
    full = Ledger(
        "l",
        {
            str(n): Release(Months(f"{n:04d}-01", f"{n:04d}-02"), figures_of(), NOW)
            for n in range(RANGES)
        },
    )

    with pytest.raises(TooManyRanges):
        enter_release(full, YEAR, numbers(60), NOW)


def figures_of() -> Figures:
    return enter_release(Ledger("l"), YEAR, numbers(60), NOW).releases[YEAR.name].figures
