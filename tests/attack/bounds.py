"""What follows from all releases together, by linear programming on both ends.

The attacker knows more than any reader: every band of every running total at every moment, hidden
ones too, and how the bands are made. They know that totals never fall, that the topics of a school
are no more than its requests, and that the schools add up to the district.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array

from attack.districts import Counts
from sebaya_evaluation.domain.bands import Band

Cell = tuple[int, int, int]
"""School, series and moment of a running total."""
EXACT = 1e-6


@dataclass(frozen=True, slots=True)
class Number:
    """A number that the attacker wants: a running total, or what was added between two."""

    until: Cell
    before: Cell | None = None

    def read(self, totals: Counts) -> int:
        """Read what the number truly is."""
        return int(totals[self.until] - (totals[self.before] if self.before else 0))


class Attack:
    """All that the attacker knows, as inequalities over the running totals."""

    def __init__(
        self, own: Sequence[Sequence[Sequence[Band]]], together: Sequence[Sequence[Band]]
    ) -> None:
        self.shape = (len(own), len(own[0]), len(own[0][0]))
        self._bounds = [
            (band.low, band.high) for school in own for series in school for band in series
        ]
        self._rows: list[int] = []
        self._columns: list[int] = []
        self._factors: list[float] = []
        self._most: list[float] = []
        self._know_that_totals_never_fall()
        self._know_that_topics_are_requests()
        self._know_the_district(together)
        self._matrix = coo_array(
            (self._factors, (self._rows, self._columns)),
            shape=(len(self._most), len(self._bounds)),
        ).tocsr()

    def know(self, number: Number, at_least: int) -> None:
        """Add a record that the attacker has: their own request, say."""
        at = self._at(number.until)
        self._bounds[at] = (max(self._bounds[at][0], at_least), self._bounds[at][1])

    def bound(self, number: Number) -> tuple[int, int]:
        """Find the smallest and the largest whole number that fits all that is known."""
        wanted = np.zeros(len(self._bounds))
        wanted[self._at(number.until)] = 1
        if number.before is not None:
            wanted[self._at(number.before)] = -1
        return ceil(self._solve(wanted) - EXACT), floor(-self._solve(-wanted) + EXACT)

    def _solve(self, wanted: np.ndarray) -> float:
        found = linprog(
            wanted, A_ub=self._matrix, b_ub=self._most, bounds=self._bounds, method="highs"
        )
        assert found.status == 0, found.message
        return float(found.fun)

    def _at(self, cell: Cell) -> int:
        return int(np.ravel_multi_index(cell, self.shape))

    def _at_most(self, factors: dict[int, float], most: float) -> None:
        """Add: the sum of these totals, each with its factor, is at most so much."""
        self._rows += [len(self._most)] * len(factors)
        self._columns += factors
        self._factors += factors.values()
        self._most.append(most)

    def _know_that_totals_never_fall(self) -> None:
        schools, series, moments = self.shape
        for school, name, at in np.ndindex(schools, series, moments - 1):
            self._at_most(
                {self._at((school, name, at)): 1, self._at((school, name, at + 1)): -1}, 0
            )

    def _know_that_topics_are_requests(self) -> None:
        schools, series, moments = self.shape
        for school, at in np.ndindex(schools, moments):
            topics = {self._at((school, name, at)): 1.0 for name in range(1, series)}
            self._at_most(topics | {self._at((school, 0, at)): -1}, 0)

    def _know_the_district(self, together: Sequence[Sequence[Band]]) -> None:
        schools, series, moments = self.shape
        for name, at in np.ndindex(series, moments):
            cells = [self._at((school, name, at)) for school in range(schools)]
            self._at_most(dict.fromkeys(cells, 1.0), together[name][at].high)
            self._at_most(dict.fromkeys(cells, -1.0), -together[name][at].low)
