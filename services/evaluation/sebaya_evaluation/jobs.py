"""The roll-ups and the gauges. Due dates in facts and responses start a count; what it misses, the
next scan finds.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date

from sebaya_chassis.base.health import Heartbeat
from sebaya_chassis.base.retry import repeat_every
from sebaya_chassis.service.runtime import Loop
from sebaya_chassis.service.timers import Timer
from sebaya_chassis.storage.clock import StoreClock
from sebaya_chassis.storage.schools import Schools
from sebaya_evaluation.collections import FACTS, RESPONSES
from sebaya_evaluation.domain.spans import find_release
from sebaya_evaluation.metrics import (
    OLDEST_DIRTY,
    RECOMPUTE_SECONDS,
    RELEASES_MISSING,
    ROLLUPS_DIRTY,
)
from sebaya_evaluation.settings import Settings
from sebaya_evaluation.store import StoreOf


class RollupJob:
    """Counts the months of changed facts, with rests in between."""

    def __init__(self, store_of: StoreOf, settings: Settings) -> None:
        self._store_of = store_of
        self._settings = settings

    async def count_facts(self, school_id: str, _fact_ids: Sequence[str]) -> None:
        """Count all that is dirty at the school, not only what was claimed: one recount serves
        every fact of a month.
        """
        store = self._store_of(school_id)
        for period in sorted(await store.list_dirty_periods()):
            await self._paced(lambda period=period: store.recount(period))  # type: ignore[misc]

    async def count_responses(self, school_id: str, response_ids: Sequence[str]) -> None:
        """Count new responses in the months of their cases."""
        await self._paced(lambda: self._store_of(school_id).count_responses(response_ids))

    async def _paced(self, work: Callable[[], Awaitable[None]]) -> None:
        started = time.monotonic()
        await work()
        spent = time.monotonic() - started
        RECOMPUTE_SECONDS.observe(spent)
        await asyncio.sleep(
            min(
                spent * self._settings.recompute_rest, self._settings.recompute_rest_longest_seconds
            )
        )


class ReleaseJob:
    """Counts the release of every school once its Monday has begun, before a reader asks."""

    def __init__(self, store_of: StoreOf, schools: Schools, settings: Settings) -> None:
        self._store_of = store_of
        self._schools = schools
        self._settings = settings
        self._counted: dict[str, date] = {}

    async def run(self, beat: Heartbeat) -> None:
        """Run until cancelled."""
        await repeat_every(self.count_releases, self._settings.release_watch_seconds, beat)

    async def count_releases(self) -> None:
        """Count the releases that are missing; where that was done before, it costs no query."""
        waiting = [
            (store, released_on)
            for school in await self._schools.all()
            for store in [self._store_of(school.school_id)]
            for released_on in [find_release(store.now(), school.time_zone)]
            if self._counted.get(school.school_id) != released_on
        ]
        RELEASES_MISSING.set(len(waiting))
        for store, released_on in waiting:
            await store.load_release(released_on, self._settings.calendar)
            self._counted[store.school_id] = released_on
            RELEASES_MISSING.dec()


class EvaluationGauges:
    """Keeps the gauges of what waits to be counted."""

    def __init__(
        self,
        store_of: StoreOf,
        schools_due: Callable[[], Awaitable[set[str]]],
        clock: StoreClock,
        settings: Settings,
    ) -> None:
        """`schools_due` finds the schools with something dirty, the only ones to measure."""
        self._store_of = store_of
        self._schools_due = schools_due
        self._clock = clock
        self._settings = settings

    async def run(self, beat: Heartbeat) -> None:
        """Run until cancelled."""
        await repeat_every(self.measure, self._settings.watch_seconds, beat)

    async def measure(self) -> None:
        """Measure the schools with something dirty, and set the gauges."""
        now = self._clock.now()
        periods, oldest = 0, now
        for school_id in await self._schools_due():
            store = self._store_of(school_id)
            periods += len(await store.list_dirty_periods())
            oldest = min(oldest, await store.find_oldest_dirty() or oldest)
        ROLLUPS_DIRTY.set(periods)
        OLDEST_DIRTY.set((now - oldest).total_seconds())


@dataclass(frozen=True, slots=True)
class EvaluationJobs:
    """What a worker of evaluation does by the clock."""

    rollups: RollupJob
    gauges: EvaluationGauges
    releases: ReleaseJob

    def timers(self) -> tuple[Timer, ...]:
        """List what is done with facts and responses that are due."""
        return (
            Timer(FACTS.collection, "facts", self.rollups.count_facts),
            Timer(RESPONSES.collection, "responses", self.rollups.count_responses),
        )

    def loops(self) -> dict[str, Loop]:
        """List the loops that keep the gauges and count the releases."""
        return {"watch": self.gauges.run, "releases": self.releases.run}
