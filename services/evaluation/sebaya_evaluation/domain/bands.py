"""Numbers as readers get them: whole numbers in bands, never single ones.

A band of a school holds exactly the minimum cell `k`: 0 to k-1 (hidden), k to 2k-1, and so on, at
fixed places. Why no band becomes narrower beside all others, and what was tried before, is told in
docs/decisions/0030-numbers-in-bands.md.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Band:
    """A count is one of these whole numbers, both ends included."""

    low: int
    high: int

    def __add__(self, other: "Band") -> "Band":
        """Return what a sum of two counts may be."""
        return Band(self.low + other.low, self.high + other.high)

    def minus(self, other: "Band") -> "Band":
        """Return what a count may be without a part of it."""
        return Band(max(0, self.low - other.high), max(0, self.high - other.low))


NOTHING = Band(0, 0)


def find_band(count: int, smallest: int) -> Band:
    """Find the band of a count of one school."""
    low = count - count % smallest
    return Band(low, low + smallest - 1)
