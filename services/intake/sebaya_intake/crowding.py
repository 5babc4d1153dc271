"""What one process knows of how much is open at each school, so that few openings need a count."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sebaya_intake.domain.case import CaseDraft
from sebaya_intake.domain.crowding import Bounds, CrowdEstimate, Entrance, judge_entrance
from sebaya_intake.errors import SchoolFull
from sebaya_intake.metrics import OPENINGS_REFUSED
from sebaya_intake.queue_store import QueueStore


class Crowding:
    """The estimates of one process, by school.

    It never lets in more than the bound by itself. Each other process may let in as many more as it
    takes within its own half second.
    """

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._known: dict[str, CrowdEstimate] = {}

    @asynccontextmanager
    async def enter(self, queues: QueueStore, draft: CaseDraft) -> AsyncIterator[Entrance]:
        """Judge what becomes of an opening that is stored inside. Raises SchoolFull."""
        school_id = queues.school_id
        estimate = await self._look(queues)
        entrance = judge_entrance(estimate.crowd, self._bounds, draft)
        if entrance in {Entrance.SCREENED, Entrance.REFUSED}:
            OPENINGS_REFUSED.inc()
        if entrance is Entrance.REFUSED:
            raise SchoolFull
        self._known[school_id] = estimate.begin(entrance)
        try:
            yield entrance
        finally:
            self._known[school_id] = self._known[school_id].end(entrance)

    async def _look(self, queues: QueueStore) -> CrowdEstimate:
        school_id = queues.school_id
        known = self._known.setdefault(school_id, CrowdEstimate())
        if not known.needs_count(self._bounds, time.monotonic()):
            return known
        base = known.stored
        counted = await queues.count_crowd(self._bounds)
        known = self._known[school_id].after_count(counted, base, time.monotonic())
        self._known[school_id] = known
        return known
