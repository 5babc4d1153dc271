"""How well the items of a score hang together: Cronbach's alpha and McDonald's omega.

A row holds one person's values of every item, the reverse keys applied. None is returned where
people or items are too few, where an item does not vary, or where one factor does not fit.
"""

from collections.abc import Sequence
from math import sqrt
from statistics import correlation, stdev, variance

FEWEST_ITEMS = 2
# One factor has as many loadings as three items have correlations.
FEWEST_FOR_FACTOR = 3
FEWEST_PEOPLE = 4
_CLOSE = 1e-14
_MOST_ROUNDS = 20_000

Rows = Sequence[Sequence[float]]


def compute_alpha(rows: Rows) -> float | None:
    """Compute Cronbach's alpha (1951) from rows of people by items."""
    items: list[tuple[float, ...]] = [*zip(*rows, strict=True)]
    sums = [sum(row) for row in rows]
    count = len(items)
    if len(rows) < FEWEST_PEOPLE or count < FEWEST_ITEMS or variance(sums) == 0:
        return None
    return count / (count - 1) * (1 - sum(map(variance, items)) / variance(sums))


def compute_omega(rows: Rows) -> float | None:
    """Compute McDonald's omega (1999) of the raw sum, from one factor by unweighted least squares.

    Omega is (Σ λs)² / ((Σ λs)² + Σ (1 - λ²) s²), with the loadings λ of the correlations and the
    standard deviations s of the items.
    """
    items: list[tuple[float, ...]] = [*zip(*rows, strict=True)]
    if len(rows) < FEWEST_PEOPLE or len(items) < FEWEST_FOR_FACTOR:
        return None
    spreads = [stdev(item) for item in items]
    if min(spreads) == 0:
        return None
    loadings = _fit_factor([[correlation(one, other) for other in items] for one in items])
    if loadings is None:
        return None
    common = sum(loading * spread for loading, spread in zip(loadings, spreads, strict=True)) ** 2
    own = sum(
        (1 - loading * loading) * spread * spread
        for loading, spread in zip(loadings, spreads, strict=True)
    )
    return common / (common + own)


def _fit_factor(correlations: Rows) -> list[float] | None:
    """Loadings of one factor: each in turn the best for the others, until none moves (the same
    point as that of principal axes).
    """
    loadings = [
        sqrt(max(abs(r) for at, r in enumerate(row) if at != place))
        for place, row in enumerate(correlations)
    ]
    for _ in range(_MOST_ROUNDS):
        moved = 0.0
        for place, row in enumerate(correlations):
            rest = sum(one * one for at, one in enumerate(loadings) if at != place)
            if rest == 0:
                return None
            fitted = sum(row[at] * one for at, one in enumerate(loadings) if at != place) / rest
            moved = max(moved, abs(fitted - loadings[place]))
            loadings[place] = fitted
        if moved < _CLOSE:
            # A loading beyond 1 leaves an item less than no error of its own (Heywood).
            return loadings if max(map(abs, loadings)) <= 1 else None
    return None
