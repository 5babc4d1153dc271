"""Due dates in documents, claimed with a lease by any replica. A restart, a clock step or a lost
node delays one, never drops it.

This is the one scanner, besides the relay, that looks across schools; what it hands out are ids of
one school.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pymongo.errors import PyMongoError

from sebaya_chassis.base.background import run_until_cancelled
from sebaya_chassis.base.health import Heartbeat
from sebaya_chassis.base.ids import new_id
from sebaya_chassis.base.logs import get_logger
from sebaya_chassis.base.metrics import STORE_AWAY, TIMER_DELAY, TIMERS_FIRED
from sebaya_chassis.base.retry import store_is_away
from sebaya_chassis.base.settings import ChassisSettings
from sebaya_chassis.storage.database import Database, Document
from sebaya_chassis.storage.writer import Writer

log = get_logger()
BATCH = 200
# Enough to say who waits; a backlog beyond it is a backlog all the same.
LOOKED_AT = 10_000

WakeTimer = Callable[[], None]
"""Says that something became due just now."""


@dataclass(frozen=True, slots=True)
class Timer:
    """What to do with documents that are due.

    `act` gets ids of one school, decides each with the store's own time, and saves the next due
    date.
    """

    collection: str
    name: str
    act: Callable[[str, Sequence[str]], Awaitable[None]]


async def schools_due(database: Database, collections: Sequence[str]) -> set[str]:
    """The schools of what has a due date, past or coming: a look at them costs by what waits, not
    by how many schools there are.
    """
    waits: list[Document] = [
        {"$match": {"due_at": {"$type": "date"}}},
        {"$sort": {"due_at": 1}},
        {"$limit": LOOKED_AT},
    ]
    found: set[str] = set()
    for name in collections:
        rows = await database[name].aggregate([*waits, {"$group": {"_id": "$school_id"}}])
        found |= {row["_id"] async for row in rows}
    return found


class Timers:
    """Scans every half second; `wake` scans one collection at once."""

    def __init__(
        self, database: Database, writer: Writer, timers: Sequence[Timer], settings: ChassisSettings
    ) -> None:
        self._database = database
        self._writer = writer
        self._timers = tuple(timers)
        self._settings = settings
        # One each: a nudge that meets a scan of its own collection must be there when that scan
        # ends, whoever else was woken meanwhile.
        self._nudged = {timer.collection: asyncio.Event() for timer in self._timers}

    def wake(self, collection: str) -> None:
        """Something in it became due just now. Raises KeyError where nobody keeps its time."""
        self._nudged[collection].set()

    async def run(self, beat: Heartbeat) -> None:
        async with asyncio.TaskGroup() as tasks:
            for timer in self._timers:
                tasks.create_task(run_until_cancelled(self._scan(timer, beat), timer.name))

    async def _scan(self, timer: Timer, beat: Heartbeat) -> None:
        while True:
            beat.turn()
            acted = 0
            try:
                claimed = await self._claim(timer, self._writer.clock.now())
                # Each half of a scan may wait for the store as long as a loop may stand still.
                beat.turn()
                acted = await self._acted(timer, claimed)
            except PyMongoError as error:
                if not store_is_away(error):
                    raise
                STORE_AWAY.labels(self._writer.service).inc()
            if acted < BATCH:
                await self._wait(self._nudged[timer.collection])

    async def _wait(self, nudged: asyncio.Event) -> None:
        # Not wait_for: Python 3.11's forgets a cancellation that meets a nudge, and the loop would
        # outlive its process's farewell.
        try:
            async with asyncio.timeout(self._settings.timer_seconds):
                await nudged.wait()
        except TimeoutError:
            return
        nudged.clear()

    async def fire(self, timer: Timer) -> int:
        """One scan of one timer. How many documents were claimed."""
        return await self._acted(timer, await self._claim(timer, self._writer.clock.now()))

    async def _acted(self, timer: Timer, claimed: dict[str, list[str]]) -> int:
        # Not a TaskGroup: it would cancel the other schools, and wrap the store's absence so that
        # the scan does not know it.
        done = await asyncio.gather(
            *(self._act(timer, school_id, ids) for school_id, ids in claimed.items()),
            return_exceptions=True,
        )
        for failure in done:
            if failure is not None:
                raise failure
        return sum(len(ids) for ids in claimed.values())

    async def _claim(self, timer: Timer, now: datetime) -> dict[str, list[str]]:
        """Due documents that nobody holds, by school. A claim only saves double work: what is
        decided, the version guards.
        """
        collection = self._database[timer.collection]
        free: Document = {"$or": [{"timer": {"$exists": False}}, {"timer.until": {"$lt": now}}]}
        token = new_id()
        claimed: dict[str, list[str]] = defaultdict(list)
        # Without the type the server does not see that the partial index covers the question, and
        # reads the whole collection.
        when: Document = {"due_at": {"$type": "date", "$lte": now}}
        due = (
            collection.find(when | free, {"school_id": 1, "due_at": 1})
            .sort("due_at", 1)
            .limit(BATCH)
        )
        found = await due.to_list()
        if not found:
            return claimed
        until = now + timedelta(seconds=self._settings.timer_lease_seconds)
        # By the store's own time: an estimate that is a little ahead would claim what whoever
        # decides finds not due yet, for a whole lease.
        due_there: Document = {"$expr": {"$lte": ["$due_at", "$$NOW"]}}
        await collection.update_many(
            {"_id": {"$in": [document["_id"] for document in found]}, **when, **free, **due_there},
            {"$set": {"timer": {"token": token, "until": until}}},
        )
        ours = await collection.find(
            {"_id": {"$in": [d["_id"] for d in found]}, "timer.token": token},
            {"school_id": 1, "due_at": 1},
        ).to_list()
        for document in ours:
            claimed[document["school_id"]].append(document["_id"])
            TIMER_DELAY.labels(self._writer.service, timer.name).observe(
                max(0.0, (now - document["due_at"]).total_seconds())
            )
        return claimed

    async def _act(self, timer: Timer, school_id: str, ids: list[str]) -> None:
        """A failure costs this school's claim its lease time, and no other school anything."""
        try:
            # When the lease ends another replica takes these documents anyway; one that hangs must
            # not hold up every school.
            async with asyncio.timeout(self._settings.timer_lease_seconds):
                await timer.act(school_id, ids)
        except Exception as error:
            if isinstance(error, PyMongoError) and store_is_away(error):
                raise
            TIMERS_FIRED.labels(self._writer.service, timer.name, "failed").inc(len(ids))
            log.warning(
                "timer_failed",
                exc_info=error,
                timer=timer.name,
                school_id=school_id,
                count=len(ids),
            )
            return
        TIMERS_FIRED.labels(self._writer.service, timer.name, "acted").inc(len(ids))
