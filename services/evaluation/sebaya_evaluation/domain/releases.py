"""The ledger of what has been shown. Two releases to the same readers never differ by a few
students, so no student is found by subtraction.

Guarded are pairs: the same months shown again later, and months shown inside other months. Sums
over three and more releases are not.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from sebaya_chassis.base.problems import FieldError, Invalid
from sebaya_evaluation.domain.report import Counts, Figures, compute_figures
from sebaya_evaluation.domain.tally import Tally
from sebaya_evaluation.errors import TooManyRanges

# Each range is a release to guard for ever; a reader of more is looking for a student, not for a
# trend.
RANGES = 120
DEFAULT_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Months:
    """From one month to another, both included, as `YYYY-MM`."""

    since: str
    until: str

    def within(self, other: "Months") -> bool:
        """Tell whether these months are part of the others."""
        return other.since <= self.since and self.until <= other.until

    @property
    def name(self) -> str:
        """The name of the range in the ledger."""
        return f"{self.since}_{self.until}"


def choose_months(since: str | None, until: str | None, *, current: str, most: int) -> Months:
    """Choose the months of a report: without a last month up to the current one, without a first
    month twelve.

    Raises Invalid for months that run backwards or are more than `most`.
    """
    until = until or current
    since = since or _months_earlier(until, DEFAULT_MONTHS - 1)
    if not 0 <= _number(until) - _number(since) < most:
        raise Invalid(
            errors=[
                FieldError(
                    field="since",
                    message=f"Not after `until`, and at most {most} months fit into one report",
                )
            ]
        )
    return Months(since, until)


def _number(month: str) -> int:
    year, number = month.split("-")
    return int(year) * 12 + int(number) - 1


def _months_earlier(month: str, by: int) -> str:
    year, number = divmod(_number(month) - by, 12)
    return f"{max(year, 0):04d}-{number + 1:02d}"


@dataclass(frozen=True, slots=True)
class Release:
    """The figures that were shown of some months."""

    months: Months
    figures: Figures
    released_at: datetime


@dataclass(frozen=True, slots=True)
class Ledger:
    """All releases of one school's reports (or the district's), the newest of each range."""

    ledger_id: str
    releases: dict[str, Release] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Numbers:
    """What is true now; `hidden` are cells to hide besides the small ones."""

    counts: Counts
    total: Tally
    smallest: int
    hidden: frozenset[str] = frozenset()


def enter_release(ledger: Ledger, months: Months, numbers: Numbers, now: datetime) -> Ledger:
    """Enter a release of these months in the ledger: a new one, or the standing one while the
    difference is too small.

    Raises TooManyRanges.
    """
    standing = ledger.releases.get(months.name)
    if standing is not None and _too_close(standing.figures, numbers.counts, numbers.smallest):
        return ledger
    if standing is None and len(ledger.releases) >= RANGES:
        raise TooManyRanges
    hidden = numbers.hidden | _given_away(ledger, months, numbers)
    figures = compute_figures(numbers.counts, numbers.total, numbers.smallest, hidden)
    if standing is not None and figures == standing.figures:
        return ledger
    release = Release(months, figures, now)
    return replace(ledger, releases={**ledger.releases, months.name: release})


def _too_close(shown: Figures, counts: Counts, smallest: int) -> bool:
    return any(
        _differs_by_few(shown.cells, name, count, smallest) for name, count in counts.items()
    )


def _given_away(ledger: Ledger, months: Months, numbers: Numbers) -> frozenset[str]:
    """Cells that a release of longer or shorter months would turn into a small number."""
    related = [
        other.figures.cells
        for other in ledger.releases.values()
        if other.months != months and (months.within(other.months) or other.months.within(months))
    ]
    counts = numbers.counts.items()
    return frozenset(
        name
        for cells in related
        for name, count in counts
        if _differs_by_few(cells, name, count, numbers.smallest)
    )


def _differs_by_few(shown: Mapping[str, int | None], name: str, count: int, smallest: int) -> bool:
    before = shown.get(name)
    return before is not None and 0 < abs(count - before) < smallest
