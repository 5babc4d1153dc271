"""Effects from sums alone: equal to those of the raw scores, since the sums are whole numbers."""

from dataclasses import dataclass
from math import sqrt

from sebaya_evaluation.domain.instruments.change import (
    FEWEST,
    Effect,
    build_change,
    build_comparison,
)
from sebaya_evaluation.domain.sheet import PARTS_OF_POINT
from sebaya_evaluation.domain.tally import PairSums, Sums


@dataclass(frozen=True, slots=True)
class Change:
    """What changed, and the standard deviation of before (or the pooled one), both in points."""

    difference: float
    spread: float
    effect: Effect


def measure_pairs(pairs: PairSums) -> Change | None:
    """Measure the change of the same people; None of too few, or where they do not differ."""
    before, after, n = pairs.before, pairs.after, pairs.before.n
    if n < FEWEST or not (own := _vary(before)):
        return None
    later = _vary(after)
    shared = n * pairs.products - before.total * after.total
    r = shared / sqrt(own * later) if later else 0.0
    difference = (after.total - before.total) / n / PARTS_OF_POINT
    spread = sqrt(own / (n * (n - 1))) / PARTS_OF_POINT
    return Change(difference, spread, build_change(n, difference, spread, r))


def compare_sums(before: Sums, after: Sums) -> Change | None:
    """Compare all that answered before with all that answered after, as two groups; None of too
    few, or where they do not differ.
    """
    first, second = after.n, before.n
    if min(first, second) < FEWEST:
        return None
    squares = _vary(after) / first + _vary(before) / second
    if squares == 0:
        return None
    spread = sqrt(squares / (first + second - 2)) / PARTS_OF_POINT
    difference = (after.total / first - before.total / second) / PARTS_OF_POINT
    return Change(difference, spread, build_comparison(first, second, difference, spread))


def _vary(sums: Sums) -> int:
    """The number of values times the sum of their squared distances from the mean."""
    return sums.n * sums.squares - sums.total * sums.total
