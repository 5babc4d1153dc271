"""Failed tries with return codes, kept in the store: the same count for every replica, and after a
restart.

    {_id: digest of a part, or the school, school_id, count, until}

A record leaves by itself when its window is over.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pymongo import IndexModel

from sebaya_chassis.storage.tenant_store import SchoolStore
from sebaya_intake.domain.code_rate_limit import (
    CodeLimits,
    Failures,
    is_under_attack,
    seconds_to_wait,
)

COLLECTION = "tries"
INDEXES = {COLLECTION: [IndexModel([("until", 1)], expireAfterSeconds=0)]}


@dataclass(frozen=True, slots=True)
class RateLimitState:
    """What stands in the way of a try: seconds until its code is looked up again (None: now), and
    whether the school answers slowly.
    """

    wait_seconds: int | None
    slow: bool


class CodeRateLimit:
    """The failed tries of one school."""

    def __init__(self, store: SchoolStore, limits: CodeLimits) -> None:
        self._store = store
        self._tries = store.collection(COLLECTION)
        self._limits = limits

    async def check(self, part_digests: Sequence[str]) -> RateLimitState:
        """Check a code by its parts. One read by id."""
        rows = await self._tries.find({"_id": {"$in": [*part_digests, self._store.school_id]}})
        known = {row["_id"]: Failures(row["count"], row["until"]) for row in rows}
        now = self._store.now()
        school = known.pop(self._store.school_id, None)
        return RateLimitState(
            seconds_to_wait(list(known.values()), self._limits, now),
            is_under_attack(school, self._limits, now),
        )

    async def count_failure(self, part_digests: Sequence[str]) -> int | None:
        """Count one failure, of the school alone where there are no parts.

        Return the seconds to wait when it was one too many: of many tries at once only so many
        learn more.
        """
        *counted, _school = await asyncio.gather(
            *(self._count(name) for name in (*part_digests, self._store.school_id))
        )
        exceeded = [failures for failures in counted if failures.count > self._limits.of_a_code]
        return seconds_to_wait(exceeded, self._limits, self._store.now())

    async def _count(self, name: str) -> Failures:
        row = await self._tries.upsert({"_id": name}, [{"$set": self._counted()}])
        return Failures(row["count"], row["until"])

    def _counted(self) -> dict[str, Any]:
        """By the store's own time; a window that is over starts anew, also where its record has not
        left yet.
        """
        running = {"$gt": ["$until", "$$NOW"]}
        end = {"$add": ["$$NOW", int(self._limits.window.total_seconds() * 1000)]}
        return {
            "count": {"$cond": [running, {"$add": ["$count", 1]}, 1]},
            "until": {"$cond": [running, "$until", end]},
        }
