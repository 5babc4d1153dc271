"""Counts what is dirty. Due dates in facts and responses bring it here; what it misses, the next
scan finds.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from sebaya_chassis.base.health import Heartbeat
from sebaya_chassis.base.retry import repeat_every
from sebaya_chassis.service.runtime import Loop
from sebaya_chassis.service.timers import Timer
from sebaya_chassis.storage.clock import StoreClock
from sebaya_evaluation.metrics import OLDEST_DIRTY, RECOMPUTE_SECONDS, ROLLUPS_DIRTY
from sebaya_evaluation.settings import Settings
from sebaya_evaluation.store import FACTS, RESPONSES, EvaluationStore

Stores = Callable[[str], EvaluationStore]


class RollupJob:
    """The worker's side of the roll-ups."""

    def __init__(self, stores: Stores, settings: Settings) -> None:
        self._stores = stores
        self._settings = settings

    async def count_facts(self, school_id: str, _fact_ids: Sequence[str]) -> None:
        """All that is dirty at the school, not only what was claimed: one recount serves every fact
        of a month.
        """
        store = self._stores(school_id)
        for period in sorted(await store.dirty_periods()):
            await self._paced(lambda period=period: store.recompute(period))  # type: ignore[misc]

    async def count_responses(self, school_id: str, response_ids: Sequence[str]) -> None:
        await self._paced(lambda: self._stores(school_id).resolve_responses(response_ids))

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


class EvaluationGauges:
    """Keeps the gauges of what is dirty."""

    def __init__(
        self,
        stores: Stores,
        waiting: Callable[[], Awaitable[set[str]]],
        clock: StoreClock,
        settings: Settings,
    ) -> None:
        """`waiting` names the schools with something dirty: the others need no look."""
        self._stores = stores
        self._waiting = waiting
        self._clock = clock
        self._settings = settings

    async def run(self, beat: Heartbeat) -> None:
        await repeat_every(self.look, self._settings.watch_seconds, beat)

    async def look(self) -> None:
        now = self._clock.now()
        periods, oldest = 0, now
        for school_id in await self._waiting():
            store = self._stores(school_id)
            periods += len(await store.dirty_periods())
            oldest = min(oldest, await store.oldest_dirty() or oldest)
        ROLLUPS_DIRTY.set(periods)
        OLDEST_DIRTY.set((now - oldest).total_seconds())


@dataclass(frozen=True, slots=True)
class EvaluationJobs:
    """What a worker of evaluation does by the clock."""

    rollups: RollupJob
    gauges: EvaluationGauges

    def timers(self) -> tuple[Timer, ...]:
        """List what is done with facts and responses that are due."""
        return (
            Timer(FACTS.collection, "facts", self.rollups.count_facts),
            Timer(RESPONSES.collection, "responses", self.rollups.count_responses),
        )

    def loops(self) -> dict[str, Loop]:
        """List the loop that keeps the gauges."""
        return {"watch": self.gauges.run}
