"""Sufficient statistics that add up: counts, sums, sums of squares and histograms with fixed
bounds, all whole numbers.

Whole numbers make a sum the same in every order, so a recount equals a merge to the last digit.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

MINUTE, HOUR, DAY = 60, 3600, 86400
# Upper bounds in seconds; what is longer falls into one more bucket.
WAIT_BOUNDS = (
    *(MINUTE * n for n in (1, 5, 15, 30)),
    *(HOUR * n for n in (1, 2, 4, 8, 16)),
    *(DAY * n for n in (1, 2, 3, 5, 7, 14, 30, 60)),
)
SCALE_BOUNDS = (1, 2, 3, 4)


@dataclass(slots=True)
class Spread:
    """How whole numbers are spread."""

    n: int = 0
    total: int = 0
    squares: int = 0
    buckets: list[int] = field(default_factory=list)

    def add(self, value: int, bounds: Sequence[int]) -> None:
        """Add a value to the sums and to its bucket."""
        self.n += 1
        self.total += value
        self.squares += value * value
        if not self.buckets:
            self.buckets = [0] * (len(bounds) + 1)
        self.buckets[bisect_left(bounds, value)] += 1

    def merge(self, other: "Spread") -> None:
        """Add what the other holds."""
        self.n += other.n
        self.total += other.total
        self.squares += other.squares
        width = max(len(self.buckets), len(other.buckets))
        self.buckets = [
            a + b
            for a, b in zip(
                _padded(self.buckets, width), _padded(other.buckets, width), strict=True
            )
        ]

    @property
    def mean(self) -> float | None:
        """The mean; None of no values."""
        return self.total / self.n if self.n else None

    def find_quantile(self, share: float) -> int:
        """Find the bucket that holds the value below which a share (0 to 1) lies."""
        rank, before = share * self.n, 0
        for index, count in enumerate(self.buckets):
            before += count
            if before >= rank and count:
                return index
        return len(self.buckets) - 1


@dataclass(slots=True)
class Sums:
    """Sums of whole numbers: all that a mean and a spread need."""

    n: int = 0
    total: int = 0
    squares: int = 0

    def add(self, value: int) -> None:
        """Add a value."""
        self.merge(Sums(1, value, value * value))

    def merge(self, other: "Sums") -> None:
        """Add what the other holds."""
        self.n += other.n
        self.total += other.total
        self.squares += other.squares


@dataclass(slots=True)
class PairSums:
    """Sums of the same people's values before and after, and of their products."""

    before: Sums = field(default_factory=Sums)
    after: Sums = field(default_factory=Sums)
    products: int = 0

    def add(self, before: int, after: int) -> None:
        """Add a person."""
        self.before.add(before)
        self.after.add(after)
        self.products += before * after

    def merge(self, other: "PairSums") -> None:
        """Add what the other holds."""
        self.before.merge(other.before)
        self.after.merge(other.after)
        self.products += other.products


def _padded(buckets: list[int], width: int) -> list[int]:
    return buckets + [0] * (width - len(buckets))


@dataclass(slots=True)
class Tally:
    """The numbers of one stratum, or of any sum of them. Names are `/`-separated words of the
    glossary.
    """

    counts: dict[str, int] = field(default_factory=dict)
    waits: dict[str, Spread] = field(default_factory=dict)
    answers: dict[str, Spread] = field(default_factory=dict)
    scores: dict[str, Sums] = field(default_factory=dict)
    pairs: dict[str, PairSums] = field(default_factory=dict)

    def count(self, name: str, happened: object = True) -> None:
        """Count one of that name, if it happened."""
        if happened:
            self.counts[name] = self.counts.get(name, 0) + 1

    def add_wait(self, name: str, since: datetime | None, until: datetime | None) -> None:
        """Add the seconds between two moments where both are known; a clock that was set back makes
        them zero, not negative.
        """
        if since is not None and until is not None:
            self.add_seconds(name, max(0, round((until - since).total_seconds())))

    def add_seconds(self, name: str, seconds: int) -> None:
        """Add a wait in seconds."""
        self.waits.setdefault(name, Spread()).add(seconds, WAIT_BOUNDS)

    def add_answer(self, name: str, value: int) -> None:
        """Add an answer to a question, an option from 1 to 5."""
        self.answers.setdefault(name, Spread()).add(value, SCALE_BOUNDS)

    def add_score(self, name: str, value: int) -> None:
        """Add a score, in whole parts of a point."""
        self.scores.setdefault(name, Sums()).add(value)

    def add_pair(self, name: str, before: int, after: int) -> None:
        """Add the two scores of one person, in whole parts of a point."""
        self.pairs.setdefault(name, PairSums()).add(before, after)

    def merge(self, other: "Tally") -> None:
        """Add what the other holds."""
        for name, count in other.counts.items():
            self.counts[name] = self.counts.get(name, 0) + count
        for mine, theirs in ((self.waits, other.waits), (self.answers, other.answers)):
            for name, spread in theirs.items():
                mine.setdefault(name, Spread()).merge(spread)
        for name, sums in other.scores.items():
            self.scores.setdefault(name, Sums()).merge(sums)
        for name, pair in other.pairs.items():
            self.pairs.setdefault(name, PairSums()).merge(pair)

    def get_count(self, name: str) -> int:
        """Get the count of that name; 0 where nothing was counted."""
        return self.counts.get(name, 0)


def merge_all(tallies: Iterable[Tally]) -> Tally:
    """Merge tallies into a new one."""
    total = Tally()
    for tally in tallies:
        total.merge(tally)
    return total
