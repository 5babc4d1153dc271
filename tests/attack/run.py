"""Attack many districts: `python -m attack.run --districts 10000`. Run from `tests/`.

Each district has two school years of weekly releases. Prints what was found, and fails if a number
became known to fewer values than the minimum cell.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from attack.bounds import Attack, Number
from attack.districts import District, make_district

YEARS = 2
# Of the numbers of a school year that are small, so many are attacked, at both ends.
NUMBERS = 1


@dataclass(frozen=True, slots=True)
class Finding:
    """A number, and what the attacker knows of it."""

    seed: int
    number: Number
    truth: int
    low: int
    high: int
    smallest: int

    @property
    def narrow(self) -> bool:
        """Tell whether fewer values are left than the minimum cell."""
        return self.high - self.low + 1 < self.smallest


def attack_year(seed: int, numbers: int = NUMBERS) -> Iterator[Finding]:
    """Find what is known of some small numbers of one school year of one district."""
    district = make_district(seed)
    moments = _changing(district)
    district = District(district.totals[:, :, moments], district.smallest)
    attack = Attack(*district.bands())
    for number in choose_numbers(district, np.random.default_rng(seed), numbers):
        low, high = attack.bound(number)
        truth = number.read(district.totals)
        assert low <= truth <= high, "an attack that misses the truth says nothing"
        yield Finding(seed, number, truth, low, high, district.smallest[number.until[0]])


def choose_numbers(
    district: District, chance: np.random.Generator, numbers: int
) -> Iterator[Number]:
    """Choose small numbers at random: running totals, and what was added between two moments."""
    schools, series, moments = district.totals.shape
    found = 0
    for _ in range(200):
        school, name = int(chance.integers(schools)), int(chance.integers(series))
        at, earlier = sorted(chance.integers(0, moments, 2), reverse=True)
        before = (school, name, int(earlier)) if at != earlier else None
        number = Number((school, name, int(at)), before)
        if number.read(district.totals) < district.smallest[school]:
            yield number
            found += 1
        if found == numbers:
            return


def _changing(district: District) -> list[int]:
    """The moments at which a band of anybody begins or ends; between them nothing is told anew."""
    own, together = district.bands()
    every = [series for school in own for series in school] + list(together)
    last = len(every[0]) - 1
    changed = {0, last}
    for series in every:
        for at in range(last):
            if series[at] != series[at + 1]:
                changed |= {at, at + 1}
    return sorted(changed)


def main() -> None:
    """Run the attack, print, and exit 1 where a number became known."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--districts", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    asked = parser.parse_args()
    ends, widths, narrow, done = time.monotonic() + asked.seconds, Counter[int](), [], 0
    for at in range(asked.first, asked.first + asked.districts):
        if time.monotonic() > ends:
            break
        for year in range(YEARS):
            for finding in attack_year(at * YEARS + year):
                widths[finding.high - finding.low + 1 - finding.smallest] += 1
                if finding.narrow:
                    narrow.append(finding)
                    print(finding, flush=True)
        done += 1
    print(f"{done} districts, {widths.total()} small numbers attacked, {len(narrow)} narrower than")
    print("the minimum cell. Values left beyond the minimum cell:", dict(sorted(widths.items())))
    sys.exit(1 if narrow else 0)


if __name__ == "__main__":
    main()
