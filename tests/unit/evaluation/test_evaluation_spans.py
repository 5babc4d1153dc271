"""The fixed lattice of spans, and the day of a release."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sebaya_chassis.base.problems import Invalid
from sebaya_evaluation.domain.spans import (
    RHYTHM,
    SETTLES,
    Calendar,
    SpanKind,
    choose_span,
    find_cut,
    find_release,
    list_months,
    list_spans,
)

NOVEMBER = date(2026, 11, 30)
days = st.dates(date(2020, 1, 1), date(2040, 1, 1))
calendars = st.builds(Calendar, st.integers(1, 12), st.integers(1, 4))


def test_a_school_year_has_two_terms_and_the_months_that_have_begun() -> None:
    spans = list_spans(NOVEMBER, Calendar(starts=7, years=2))

    assert [span.name for span in spans[:7]] == [
        "2026-2027",
        "2026-2027.1",
        "2026-07",
        "2026-08",
        "2026-09",
        "2026-10",
        "2026-11",
    ]
    assert [span.name for span in spans[7:11]] == [
        "2025-2026",
        "2025-2026.1",
        "2025-2026.2",
        "2025-07",
    ]
    assert (spans[9].since, spans[9].until) == ("2026-01", "2026-06")


def test_a_school_year_that_is_a_calendar_year_is_named_by_it() -> None:
    assert list_spans(NOVEMBER, Calendar(starts=1, years=1))[0].name == "2026"


@given(days, calendars)
def test_spans_are_nested_and_never_overlap(day: date, calendar: Calendar) -> None:
    spans = list_spans(day, calendar)

    assert len({span.name for span in spans}) == len(spans)
    for kind in SpanKind:
        same = sorted((span.since, span.until) for span in spans if span.kind is kind)
        assert all(one[1] < other[0] for one, other in pairwise(same))
    for span in spans:
        (year,) = [one for one in spans if one.kind is SpanKind.YEAR and one.name == span.year]
        assert year.since <= span.since <= span.until <= year.until
    assert min(span.since for span in spans) == list_months(day, calendar)[0]


def test_another_range_is_told_what_there_is() -> None:
    spans = list_spans(NOVEMBER, Calendar(starts=7, years=2))

    assert choose_span(None, spans).name == choose_span("", spans).name == "2026-2027"
    assert choose_span("2026-10", spans).kind is SpanKind.MONTH
    with pytest.raises(Invalid) as refused:
        choose_span("2026-09_2026-11", spans)
    (fault,) = refused.value.members["errors"]
    assert fault.field == "span"
    for offered in ("2026-2027, 2025-2026", "2025-2026.2", "from 2025-07 to 2026-11"):
        assert offered in fault.message


@given(st.integers(0, 6 * 365 * 24 * 60))
def test_a_release_is_a_monday_at_the_school_and_at_most_a_week_old(minutes: int) -> None:
    now = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    for zone in ("Asia/Jakarta", "America/New_York", "Pacific/Apia"):
        released_on = find_release(now, zone)
        cut = find_cut(released_on, zone)

        assert released_on.weekday() == 0
        assert cut + SETTLES <= now < find_cut(released_on + RHYTHM, zone) + SETTLES


def test_a_release_waits_for_what_is_on_its_way() -> None:
    monday = datetime(2026, 11, 29, 17, tzinfo=UTC)

    assert find_release(monday, "Asia/Jakarta") == date(2026, 11, 23)
    assert find_release(monday + timedelta(minutes=15), "Asia/Jakarta") == NOVEMBER
