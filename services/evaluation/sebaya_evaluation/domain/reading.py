"""One report: the figures of one span, read from one release of a school, or of all schools."""

from collections.abc import Sequence

from sebaya_evaluation.domain.releases import Release
from sebaya_evaluation.domain.report import (
    BEFORE_ANYTHING,
    Figures,
    combine,
    find_bands,
    find_means,
    find_quantiles,
    subtract_bands,
)
from sebaya_evaluation.domain.spans import Calendar, Span, SpanKind, month_before
from sebaya_evaluation.domain.tally import Tally


def read_school(release: Release, span: Span, calendar: Calendar) -> Figures:
    """Read a school's figures of a span."""
    smallest = release.smallest
    until = find_bands(release.count_until(span.until), smallest, release.asked)
    before = BEFORE_ANYTHING
    if calendar.find_first_month(span.since) != span.since:
        before = find_bands(release.count_until(month_before(span.since)), smallest, release.asked)
    bands = subtract_bands(until, before)
    if span.kind is not SpanKind.YEAR:
        return Figures(bands)
    spread = release.spreads.get(span.since, Tally())
    return Figures(
        bands,
        find_quantiles(spread.waits, until, smallest),
        find_means(spread.answers, until, smallest),
        release.changes.get(span.since, {}),
    )


def read_district(releases: Sequence[Release], span: Span, calendar: Calendar) -> Figures:
    """Read the figures of all schools together."""
    return combine([read_school(release, span, calendar) for release in releases])
