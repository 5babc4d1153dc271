"""What a worker does by the clock: it publishes again what has no verdict, wipes what was erased or
is too old, and keeps the gauges.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sebaya_chassis.base.health import Heartbeat
from sebaya_chassis.base.retry import repeat_every
from sebaya_chassis.service.runtime import Loop, Runtime
from sebaya_chassis.service.timers import Timer
from sebaya_chassis.storage.layout import CollectionSpec
from sebaya_intake.collections import (
    CASES,
    COVERAGE,
    COVERAGE_INDEX,
    MESSAGES,
    QUEUED,
    QUEUED_INDEX,
    REPUBLISHED_BEFORE,
    REPUBLISHED_INDEX,
)
from sebaya_intake.domain.crisis_lines import LINES
from sebaya_intake.domain.line_checks import LineChecks
from sebaya_intake.domain.queue import never_seen
from sebaya_intake.line_checks import load_line_checks
from sebaya_intake.metrics import (
    CASES_QUEUED,
    CASES_SET_ASIDE,
    CASES_UNSEEN,
    COVERAGE_UNKNOWN,
    LINES_AGE,
    LINES_MISSING,
    OVERDUE,
    REPUBLISHED,
    SCHOOLS_CROWDED,
    WORDS_ENDED,
    WORDS_POSTPONED,
)
from sebaya_intake.republish_budget import RepublishBudget
from sebaya_intake.settings import Settings
from sebaya_intake.store import IntakeStore, RetentionOutcome

StoreOf = Callable[[str], IntakeStore]


class IntakeJobs:
    """The timers and the gauges of intake."""

    def __init__(
        self,
        runtime: Runtime,
        store_of: StoreOf,
        settings: Settings,
        countries: dict[str, str],
        republish_budget: RepublishBudget,
    ) -> None:
        self._runtime = runtime
        self._store_of = store_of
        self._settings = settings
        self._countries = countries
        self._republish_budget = republish_budget

    def timers(self) -> tuple[Timer, ...]:
        """List what is done with cases and messages that are due."""
        return (
            Timer("cases", "case", self.handle_due_cases),
            Timer("messages", "message_verdict", self.handle_due_messages),
            Timer("aside_groups", "aside_group", self.handle_due_groups),
        )

    def loops(self) -> dict[str, Loop]:
        """List the loops that keep the gauges and empty the queues."""
        return {"watch": self.measure_repeatedly, "queue": self.empty_queues_repeatedly}

    async def handle_due_cases(self, school_id: str, ids: Sequence[str]) -> None:
        """Erase the words of erased cases, publish openings again, and check the age of words."""
        store = self._store_of(school_id)
        for case_id in ids:
            loaded = await store.load_case(case_id)
            case = loaded.state
            if case.erased_at is not None:
                await store.wipe_words(case_id)
                continue
            unseen = loaded.withheld or never_seen(case)
            if unseen and await store.end_unseen_case(case_id):
                CASES_UNSEEN.inc()
                continue
            if case.screening is not None and case.screening.look_at is not None:
                await self._republish(store.republish_overdue_opening, case_id)
            await self._expire_words(store, case_id)

    async def _expire_words(self, store: IntakeStore, case_id: str) -> None:
        policies = (await self._runtime.schools.require(store.school_id)).policies
        outcome = await store.expire_words(case_id, timedelta(days=policies.retention_days))
        WORDS_ENDED.inc(outcome is RetentionOutcome.ENDED)
        WORDS_POSTPONED.inc(outcome is RetentionOutcome.POSTPONED)

    async def handle_due_messages(self, school_id: str, ids: Sequence[str]) -> None:
        """Publish again the messages of which the verdict is overdue."""
        store = self._store_of(school_id)
        for message_id in ids:
            await self._republish(store.republish_overdue_message, message_id)

    async def _republish(self, republish: Callable[[str], Awaitable[int]], identity: str) -> None:
        if not self._republish_budget.has_token():
            return
        published = await republish(identity)
        self._republish_budget.take(published)
        REPUBLISHED.inc(published)

    async def handle_due_groups(self, school_id: str, ids: Sequence[str]) -> None:
        """Set groups of requests aside, or reopen them."""
        for group_id in ids:
            CASES_SET_ASIDE.inc(await self._store_of(school_id).queue.carry_out(group_id))

    async def empty_queues_repeatedly(self, beat: Heartbeat) -> None:
        """Empty the queues at every interval, and return never."""
        await repeat_every(self.empty_queues, self._settings.queue_seconds, beat)

    async def empty_queues(self) -> None:
        """Announce what waits in the schools' queues as far as there is room, and count them."""
        rows = await self._runtime.counts.group(
            CASES.collection, QUEUED, ("school_id",), {"count": {"$sum": 1}}, index=QUEUED_INDEX
        )
        CASES_QUEUED.set(sum(row["count"] for row in rows))
        SCHOOLS_CROWDED.set(len(rows))
        for row in rows:
            await self._store_of(row["school_id"]).queue.empty_queue(self._settings.bounds)

    async def load_countries(self) -> None:
        """Load the countries of all schools: by them the lines are shown while the store is away,
        for schools too of which this process has had no request yet.
        """
        for school in await self._runtime.schools.all():
            self._countries[school.school_id] = school.country

    async def measure_repeatedly(self, beat: Heartbeat) -> None:
        """Measure at every interval, and return never."""
        await repeat_every(self.measure, self._settings.watch_seconds, beat)

    async def measure(self) -> None:
        """Measure all schools at once. Raises what the driver raises while the store is away."""
        schools = await self._runtime.schools.all()
        now = self._runtime.writer.clock.now()
        checks = await load_line_checks(self._runtime.district_store())
        measure_crisis_lines([one.country for one in schools if one.active], checks, now)
        self._countries.update((school.school_id, school.country) for school in schools)
        OVERDUE.set(await self._count_overdue(CASES) + await self._count_overdue(MESSAGES))
        covered = await self._schools_with_coverage(now)
        COVERAGE_UNKNOWN.set(sum(school.school_id not in covered for school in schools))

    async def _count_overdue(self, spec: CollectionSpec[Any]) -> int:
        """Count what was published again and still has no verdict."""
        unscreened = REPUBLISHED_BEFORE | {"state.screening.level": None}
        return await self._runtime.counts.count(
            spec.collection, unscreened, index=REPUBLISHED_INDEX
        )

    async def _schools_with_coverage(self, now: datetime) -> set[str]:
        """Find the schools of which the duty is known, as `judge_on_call` does."""
        known = {"state.expires_at": {"$gt": now}}
        rows = await self._runtime.counts.group(
            COVERAGE.collection, known, ("school_id",), {}, index=COVERAGE_INDEX
        )
        return {row["school_id"] for row in rows}


def measure_crisis_lines(countries: Sequence[str], checks: LineChecks, now: datetime) -> None:
    """Set how long each country's lines have waited for the operator's check; 0 for a country
    without a school: no student sees them.
    """
    for country in LINES:
        LINES_AGE.labels(country).set(
            checks.age_in_days(country, now) if country in countries else 0
        )
    LINES_MISSING.set(sum(country not in LINES for country in countries))
