"""Random districts, as they truly are: running totals of a school year at each moment of which any
release tells (each Monday, and the end of each month).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sebaya_evaluation.domain.bands import NOTHING, Band, find_band

WEEKS, MONTHS = 52, 12
# Requests, and so many topics of them at most; the last one is never counted by itself.
MOST_TOPICS = 10
Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class District:
    """`totals` by school, series and moment; `smallest` by school."""

    totals: Counts
    smallest: tuple[int, ...]

    def bands(self) -> tuple[list[list[list[Band]]], list[list[Band]]]:
        """Find all bands: of the schools (school, series, moment), of the district (series,
        moment).
        """
        schools, series, moments = self.totals.shape
        own = [
            [
                [find_band(int(count), smallest) for count in self.totals[school, name]]
                for name in range(series)
            ]
            for school, smallest in enumerate(self.smallest)
        ]
        together = [
            [
                sum((own[school][name][moment] for school in range(schools)), start=NOTHING)
                for moment in range(moments)
            ]
            for name in range(series)
        ]
        return own, together


def make_district(seed: int) -> District:
    """Make a district of 1 to 8 schools that were asked 3 to 1,500 times in the year, with few or
    many topics that are rare or frequent, and times when many come at once.
    """
    chance = np.random.default_rng(seed)
    schools = int(chance.integers(1, 9))
    smallest = 10 if chance.random() < 0.8 else int(chance.integers(3, 16))
    moments = np.unique(np.r_[np.arange(1, WEEKS + 1) / WEEKS, np.arange(1, MONTHS + 1) / MONTHS])
    before = np.r_[0.0, moments[:-1]]
    kinds = int(chance.choice([1, 2, 3, MOST_TOPICS], p=[0.3, 0.3, 0.3, 0.1]))
    share = chance.dirichlet(np.full(kinds + 1, chance.choice([0.3, 1.0, 5.0])))
    volumes = np.exp(chance.uniform(np.log(3), np.log(1500), schools))
    pace = chance.gamma(chance.choice([0.5, 3.0]), size=(schools, len(moments)))
    rates = volumes[:, None] * pace * (moments - before) / pace.mean()
    topics = chance.poisson(rates[:, None, :] * share[None, :, None]).cumsum(axis=2)
    totals = np.concatenate([topics.sum(axis=1, keepdims=True), topics[:, :kinds]], axis=1)
    return District(totals, (smallest,) * schools)
