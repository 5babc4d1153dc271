"""The coverage that a school publishes: the hours of the next 14 days with a reachable person."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sebaya_chassis.storage.layout import AppliedSequence
from sebaya_contracts.event import Event
from sebaya_escalation.domain.coverage import Coverage, compute_coverage
from sebaya_escalation.store import EscalationStore


@dataclass(frozen=True, slots=True)
class CoveragePeriods:
    """How often a coverage is published, and for how long it is valid."""

    every: timedelta
    expires: timedelta


async def publish_coverage(
    store: EscalationStore, periods: CoveragePeriods, mark: AppliedSequence | None = None
) -> None:
    """Publish a school's coverage, by one write.

    Raises UnknownSchool; AlreadyApplied for a description that was published before.
    """
    school = await store.school()

    def compute(now: datetime) -> Coverage:
        return compute_coverage(school, periods.every, periods.expires, now)

    def publish(_before: Coverage, now: datetime) -> tuple[Coverage, tuple[Event, ...]]:
        coverage = compute(now)
        return coverage, (coverage.event(),)

    await store.coverage.upsert(store.school_id, compute, publish, mark)
