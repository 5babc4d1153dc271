"""The use cases of evaluation: feedback is given, reports are released, totals are summed.

What a caller may do at all is decided before, by the skins.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from sebaya_chassis.base.problems import FieldError, Invalid, NotFound, Problem
from sebaya_chassis.storage.schools import Schools
from sebaya_contracts.words import Side
from sebaya_evaluation.domain.feedback import Respondent, Response, create_response
from sebaya_evaluation.domain.periods import find_month
from sebaya_evaluation.domain.releases import Months, Numbers, Release, choose_months
from sebaya_evaluation.domain.report import Counts, count_cells, sum_district
from sebaya_evaluation.domain.tally import Tally, merge_all
from sebaya_evaluation.errors import UnknownMatch
from sebaya_evaluation.metrics import FEEDBACK
from sebaya_evaluation.store import DistrictLedger, EvaluationStore, StoreOf

Range = tuple[str | None, str | None]
"""The first and the last month, as `YYYY-MM`. Without a last one it is the current month; without
a first one it is eleven months earlier."""


@dataclass(frozen=True, slots=True)
class GivenFeedback:
    """A response, and whether it is new: the same answers again change nothing."""

    response: Response
    new: bool


@dataclass(frozen=True, slots=True)
class Report:
    """A release, and the minimum cell under which its numbers are hidden."""

    release: Release
    smallest: int


@dataclass(frozen=True, slots=True)
class ExactTotals:
    """Exact sums over all schools; `dirty` months and responses still wait to be counted."""

    sums: Tally
    dirty: int


@dataclass(frozen=True, slots=True)
class _SchoolReport:
    """A school's report, and what it was made of (for the district's sum; never shown)."""

    report: Report
    counts: Counts
    total: Tally


async def give_feedback(
    store: EvaluationStore,
    respondent: Respondent,
    answers: Mapping[str, int],
    match_id: str | None = None,
) -> GivenFeedback:
    """Store one response a match and side. A supporter names the match, a student's link does.

    Raises UnknownSchool, NotFound, UnknownMatch, Invalid, and AlreadyAnswered for other answers
    than before.
    """
    await store.load_school()
    try:
        case_id, match_id = await _find_match(store, respondent, match_id)
        response, event = create_response(
            store.school_id, case_id, match_id, respondent.side, answers, store.now()
        )
        new = await store.create_response(response, event)
    except Problem:
        FEEDBACK.labels(respondent.side.value, "refused").inc()
        raise
    FEEDBACK.labels(respondent.side.value, "new" if new else "repeated").inc()
    return GivenFeedback(response, new)


async def _find_match(
    store: EvaluationStore, respondent: Respondent, named: str | None
) -> tuple[str, str]:
    """The case and match that a respondent may speak of. A student's link says it; a supporter's
    match must be known here as theirs.
    """
    if respondent.side is Side.STUDENT:
        if named not in {None, respondent.match_id}:
            raise NotFound
        fact = await store.find_fact(respondent.case_id)
        if fact is not None and fact.erased:
            raise NotFound
        return respondent.case_id, respondent.match_id
    if named is None:
        raise Invalid(errors=[FieldError(field="match_id", message="Name the match")])
    fact = await store.find_fact_of_match(named)
    match = fact.find_match(named) if fact else None
    if (
        fact is None
        or match is None
        or match.supporter_id != respondent.supporter_id
        or match.accepted_at is None
    ):
        raise UnknownMatch
    return fact.fact_id, named


async def report_school(store: EvaluationStore, months: Range, most_months: int) -> Report:
    """Release a school's report. Raises UnknownSchool, Invalid, TooManyRanges."""
    current = find_month(store.now(), await store.load_zone())
    chosen = choose_months(*months, current=current, most=most_months)
    return (await _report_school(store, chosen)).report


async def report_district(
    schools: Schools, store_of: StoreOf, ledger: DistrictLedger, months: Range, most_months: int
) -> Report:
    """Release the district's report, and with it every school's own.

    Its minimum cell is the largest of the schools'. Raises Invalid, TooManyRanges.
    """
    known = await schools.all()
    current = find_month(ledger.now(), known[0].time_zone if known else "UTC")
    chosen = choose_months(*months, current=current, most=most_months)
    made = [await _report_school(store_of(school.school_id), chosen) for school in known]
    smallest = max((one.report.smallest for one in made), default=1)
    sums, hidden = sum_district(
        [(one.counts, one.report.release.figures) for one in made], smallest
    )
    total = merge_all(one.total for one in made)
    release = await ledger.release(chosen, Numbers(sums, total, smallest, hidden))
    return Report(release, smallest)


async def sum_totals(schools: Schools, store_of: StoreOf) -> ExactTotals:
    """Sum everything counted so far over all schools, without suppression."""
    sums, dirty = Tally(), 0
    for school in await schools.all():
        store = store_of(school.school_id)
        dirty += len(await store.list_dirty_periods()) + await store.count_dirty_responses()
        for strata in (await store.load_tallies()).values():
            sums.merge(merge_all(strata.values()))
    return ExactTotals(sums, dirty)


async def _report_school(store: EvaluationStore, months: Months) -> _SchoolReport:
    smallest = (await store.load_school()).policies.minimum_cell
    periods = [
        strata
        for period, strata in (await store.load_tallies()).items()
        if months.since <= period <= months.until
    ]
    counts, total = await asyncio.to_thread(_sum, periods)
    release = await store.release(months, Numbers(counts, total, smallest))
    return _SchoolReport(Report(release, smallest), counts, total)


def _sum(periods: list[dict[str, Tally]]) -> tuple[dict[str, int], Tally]:
    strata: dict[str, Tally] = {}
    for period in periods:
        for name, tally in period.items():
            strata.setdefault(name, Tally()).merge(tally)
    total = merge_all(strata.values())
    return count_cells(strata, total), total
