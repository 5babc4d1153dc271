"""A report: roll-ups of some months, suppressed, and entered in the ledger of releases."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from sebaya_chassis.storage.schools import Schools
from sebaya_evaluation.domain.releases import Months, Numbers, Release
from sebaya_evaluation.domain.report import Counts, count_cells, sum_district
from sebaya_evaluation.domain.tally import Tally, merge_all
from sebaya_evaluation.store import DistrictLedger, EvaluationStore

Stores = Callable[[str], EvaluationStore]


@dataclass(frozen=True, slots=True)
class SchoolReport:
    """A school's release, and what it was made of (for the district's sum; never shown)."""

    release: Release
    smallest: int
    counts: Counts
    total: Tally


async def of_school(store: EvaluationStore, months: Months) -> SchoolReport:
    """Raises UnknownSchool, TooManyRanges."""
    smallest = (await store.school()).policies.minimum_cell
    counts, total = await _counted(store, months)
    made = await store.release(months, Numbers(counts, total, smallest))
    return SchoolReport(made, smallest, counts, total)


async def of_district(
    schools: Schools, stores: Stores, ledger: DistrictLedger, months: Months
) -> tuple[Release, int]:
    """The district's release and its minimum cell, the largest of its schools'."""
    reports = [await of_school(stores(school.school_id), months) for school in await schools.all()]
    smallest = max((report.smallest for report in reports), default=1)
    sums, hidden = sum_district(
        [(report.counts, report.release.figures) for report in reports], smallest
    )
    total = merge_all(report.total for report in reports)
    return await ledger.release(months, Numbers(sums, total, smallest, hidden)), smallest


async def exact(schools: Schools, stores: Stores) -> tuple[Tally, int]:
    """Everything counted so far over all schools, and how many months and responses wait to be
    counted.
    """
    total, dirty = Tally(), 0
    for school in await schools.all():
        store = stores(school.school_id)
        dirty += len(await store.dirty_periods()) + await store.uncounted_responses()
        for strata in (await store.tallies()).values():
            total.merge(merge_all(strata.values()))
    return total, dirty


async def _counted(store: EvaluationStore, months: Months) -> tuple[dict[str, int], Tally]:
    periods = [
        strata
        for period, strata in (await store.tallies()).items()
        if months.since <= period <= months.until
    ]
    return await asyncio.to_thread(_summed, periods)


def _summed(periods: list[dict[str, Tally]]) -> tuple[dict[str, int], Tally]:
    strata: dict[str, Tally] = {}
    for period in periods:
        for name, tally in period.items():
            strata.setdefault(name, Tally()).merge(tally)
    total = merge_all(strata.values())
    return count_cells(strata, total), total
