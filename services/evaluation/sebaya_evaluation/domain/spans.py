"""The spans that reports are given of: a fixed, nested lattice of months, terms and school years.

A reader cannot choose a range of their own: two ranges of which one holds a few days more than the
other would tell, by their difference, of those days alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sebaya_chassis.base.problems import FieldError, Invalid

MONTHS_OF_YEAR, MONTHS_OF_TERM = 12, 6
RHYTHM = timedelta(weeks=1)
# A release is counted no sooner after its cut: what happened just before is on its way until then.
SETTLES = timedelta(minutes=15)


class SpanKind(StrEnum):
    """What a span is to a school."""

    YEAR = "year"
    TERM = "term"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Span:
    """Whole months, `YYYY-MM`, both included; `year` is the school year that they lie in."""

    name: str
    kind: SpanKind
    since: str
    until: str
    year: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """The month (1 to 12) in which a school year begins, and how many school years are reported."""

    starts: int = 7
    years: int = 3

    def find_first_month(self, month: str) -> str:
        """Find the first month of the school year that a month lies in."""
        return _month(_number(month) - (_number(month) - self.starts + 1) % MONTHS_OF_YEAR)

    def find_oldest_month(self, current: str) -> str:
        """Find the first month of the oldest school year that is reported."""
        first = _number(self.find_first_month(current))
        return _month(first - MONTHS_OF_YEAR * (self.years - 1))


def find_release(now: datetime, zone: str) -> date:
    """Find the date of the release that stands at a moment: the last Monday at a school of that
    time zone. It holds what happened before that day began.
    """
    today = (now.astimezone(UTC) - SETTLES).astimezone(ZoneInfo(zone)).date()
    return today - timedelta(days=today.weekday())


def find_cut(release: date, zone: str) -> datetime:
    """Find the first moment that is no more part of a release."""
    return datetime(release.year, release.month, release.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def list_months(release: date, calendar: Calendar) -> list[str]:
    """List the months that a release tells of, oldest first; the last one may still go on."""
    current = find_last_month(release)
    first = calendar.find_oldest_month(current)
    return [_month(number) for number in range(_number(first), _number(current) + 1)]


def find_last_month(release: date) -> str:
    """Find the month of the last day that a release tells of."""
    last = release - timedelta(days=1)
    return f"{last.year:04d}-{last.month:02d}"


def list_spans(release: date, calendar: Calendar) -> tuple[Span, ...]:
    """List the spans that a release tells of, the newest school year first: the year, its terms,
    its months. A span that has not begun is not among them.
    """
    current = find_last_month(release)
    newest = _number(calendar.find_first_month(current))
    firsts = [newest - MONTHS_OF_YEAR * back for back in range(calendar.years)]
    spans = [span for first in firsts for span in _spans_of_year(first)]
    return tuple(span for span in spans if span.since <= current)


def _spans_of_year(first: int) -> Iterator[Span]:
    last = first + MONTHS_OF_YEAR - 1
    begun, ended = _month(first)[:4], _month(last)[:4]
    year = begun if begun == ended else f"{begun}-{ended}"
    yield Span(year, SpanKind.YEAR, _month(first), _month(last), year)
    terms = range(first, last + 1, MONTHS_OF_TERM)
    for number, at in enumerate(terms, start=1):
        until = _month(at + MONTHS_OF_TERM - 1)
        yield Span(f"{year}.{number}", SpanKind.TERM, _month(at), until, year)
    for at in range(first, last + 1):
        yield Span(_month(at), SpanKind.MONTH, _month(at), _month(at), year)


def choose_span(name: str | None, spans: Sequence[Span]) -> Span:
    """Choose a span by its name; without one, the current school year.

    Raises Invalid, which names the spans that there are.
    """
    if not name:
        return spans[0]
    for span in spans:
        if span.name == name:
            return span
    years, terms, months = (
        [span.name for span in spans if span.kind is kind]
        for kind in (SpanKind.YEAR, SpanKind.TERM, SpanKind.MONTH)
    )
    message = (
        f"There is a report of each school year ({', '.join(years)}), of each term "
        f"({', '.join(terms)}) and of each month from {min(months)} to {max(months)}; other ranges "
        "could tell of single students"
    )
    raise Invalid(errors=[FieldError(field="span", message=message)])


def _number(month: str) -> int:
    year, number = month.split("-")
    return int(year) * 12 + int(number) - 1


def _month(number: int) -> str:
    year, month = divmod(number, 12)
    return f"{year:04d}-{month + 1:02d}"


def month_before(month: str) -> str:
    """Return the month before a month."""
    return _month(_number(month) - 1)
