"""What changed between two waves: effect sizes with 95 % intervals, and reliable change.

Scores come in pairs by place where a function takes `before` and `after`. None is returned where
the numbers are too few or do not differ at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist, correlation, fmean, stdev, variance

from sebaya_evaluation.domain.instruments.instrument import Higher

LEVEL = 0.95
_Z = NormalDist().inv_cdf((1 + LEVEL) / 2)
# Jacobson and Truax 1991: beyond it a change is more than the scale's own error.
_RELIABLE = 1.96
FEWEST = 4


@dataclass(frozen=True, slots=True)
class Effect:
    """Hedges' g in standard deviations, its 95 % interval, and the number of people behind it."""

    g: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class ReliableChange:
    """People by what became of them; `points` is the change from which on it is reliable."""

    improved: int
    unchanged: int
    worse: int
    points: float


def measure_change(before: Sequence[float], after: Sequence[float]) -> Effect | None:
    """Measure the change of the same people, in standard deviations of before.

    Becker 1988 and Morris 2000: g = J(n - 1) (mean after - mean before) / SD before, with variance
    2 (1 - r) / n + g² / 2n (`SMCR` of metafor).
    """
    n = len(before)
    if n < FEWEST or stdev(before) == 0:
        return None
    r = correlate(before, after)
    return build_change(n, fmean(after) - fmean(before), stdev(before), r or 0.0)


def build_change(n: int, difference: float, spread: float, r: float) -> Effect:
    """Build the effect of a difference of means in the same `n` people, from the standard deviation
    of before and the correlation.
    """
    g = _correct(n - 1) * difference / spread
    return _build_effect(g, 2 * (1 - r) / n + g * g / (2 * n), n)


def compare_groups(group: Sequence[float], others: Sequence[float]) -> Effect | None:
    """Compare the mean of a group with that of others, in pooled standard deviations.

    Hedges 1981: g = J(n - 2) d, with variance (n₁ + n₂) / n₁n₂ + g² / 2(n - 3.94).
    """
    first, second = len(group), len(others)
    n = first + second
    if min(first, second) < FEWEST:
        return None
    pooled = ((first - 1) * variance(group) + (second - 1) * variance(others)) / (n - 2)
    if pooled == 0:
        return None
    return build_comparison(first, second, fmean(group) - fmean(others), sqrt(pooled))


def build_comparison(first: int, second: int, difference: float, spread: float) -> Effect:
    """Build the effect of a difference of the means of two groups, from their sizes and their
    pooled standard deviation.
    """
    n = first + second
    g = _correct(n - 2) * difference / spread
    return _build_effect(g, n / (first * second) + g * g / (2 * (n - 3.94)), n)


def judge_changes(
    before: Sequence[float], after: Sequence[float], reliability: float, higher: Higher
) -> ReliableChange | None:
    """Judge each person's change by the reliable change index.

    Jacobson and Truax 1991: RCI = change / (SD before · sqrt(2 (1 - reliability))), reliable beyond
    1.96.
    """
    if len(before) < FEWEST or stdev(before) == 0:
        return None
    points = _RELIABLE * stdev(before) * sqrt(2 * (1 - reliability))
    sign = 1 if higher is Higher.BETTER else -1
    changes = [sign * (late - early) for early, late in zip(before, after, strict=True)]
    improved = sum(change > points for change in changes)
    worse = sum(change < -points for change in changes)
    return ReliableChange(improved, len(changes) - improved - worse, worse, points)


def correlate(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Compute Pearson's r of two waves: how well a test agrees with its repetition."""
    if len(first) < FEWEST or stdev(first) == 0 or stdev(second) == 0:
        return None
    return correlation(first, second)


def _correct(freedom: int) -> float:
    """Hedges' correction for few people, J, in its usual approximation."""
    return 1 - 3 / (4 * freedom - 1)


def _build_effect(g: float, spread: float, n: int) -> Effect:
    return Effect(g, g - _Z * sqrt(spread), g + _Z * sqrt(spread), n)
