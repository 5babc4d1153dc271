"""Due dates in documents, claimed with a lease by any replica. A restart, a clock step or a lost
node delays one, never drops it.

A scan sleeps until the next date that it read, that this process wrote since, or that it is woken
for. All three may fail (another process wrote the date, the note of it was lost): it looks again
after `timer_seconds`, so a lost wake-up costs seconds and never a step.

This is the one scanner, besides the relay, that looks across schools; what it hands out are ids of
one school.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pymongo.errors import PyMongoError

from sebaya_chassis.base.alarm import Alarm
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
# Enough to say which schools wait; a backlog beyond it is a backlog all the same.
LOOKED_AT = 10_000
# Between two scans that nothing woke: documents that become due one after another share one.
REST = timedelta(seconds=0.5)
# A date that this process is about to write is in the store by then.
WRITTEN_WITHIN = timedelta(seconds=0.25)
# The estimate of the store's time may be a little ahead; a scan that comes early finds nothing.
SLACK = timedelta(milliseconds=10)

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
    """Find the schools of what has a due date, past or coming: it costs by what waits, not by how
    many schools there are.
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
    """Scans each collection when something in it is due; `wake` scans one at once."""

    def __init__(
        self, database: Database, writer: Writer, timers: Sequence[Timer], settings: ChassisSettings
    ) -> None:
        self._database = database
        self._writer = writer
        self._timers = tuple(timers)
        self._settings = settings
        # One each: a wake-up that meets a scan of its own collection must be there when that scan
        # ends, whatever else was woken meanwhile.
        self._alarms = {timer.collection: Alarm(writer.clock.now) for timer in self._timers}

    def wake(self, collection: str) -> None:
        """Scan a collection now: something in it became due. Raises KeyError without a timer."""
        self._alarms[collection].wake()

    def expect(self, collection: str, due: datetime) -> None:
        """Note a due date that this process is writing, where the collection has a timer."""
        if (alarm := self._alarms.get(collection)) is not None:
            alarm.expect(max(due, self._writer.clock.now()) + WRITTEN_WITHIN)

    async def run(self, beat: Heartbeat) -> None:
        """Scan for every timer, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for timer in self._timers:
                tasks.create_task(run_until_cancelled(self._scan(timer, beat), timer.name))

    async def _scan(self, timer: Timer, beat: Heartbeat) -> None:
        alarm = self._alarms[timer.collection]
        # What became due while no process ran.
        rang = True
        while True:
            try:
                await self._look(timer, beat, rang=rang)
            except PyMongoError as error:
                if not store_is_away(error):
                    raise
                STORE_AWAY.labels(self._writer.service).inc()
                await alarm.wait(self._settings.timer_seconds)
                rang = True
            else:
                rang = await alarm.wait(self._settings.timer_seconds)

    async def _look(self, timer: Timer, beat: Heartbeat, *, rang: bool) -> None:
        """Act on what is due, and set the alarm to what will be next.

        Where the alarm did not ring, one question is enough to know that nothing is due.
        """
        alarm, now = self._alarms[timer.collection], self._writer.clock.now()
        beat.turn()
        due = now if rang else await self._next_due(timer, now)
        if due is not None and due <= now:
            await self._act_on_due(timer, beat)
            now = self._writer.clock.now()
            alarm.rest(now + REST)
            if alarm.rings:
                return
            due = await self._next_due(timer, now)
        if due is not None:
            alarm.expect(due + SLACK)

    async def _act_on_due(self, timer: Timer, beat: Heartbeat) -> None:
        acted = BATCH
        while acted == BATCH:
            beat.turn()
            claimed = await self._claim(timer, self._writer.clock.now())
            # Each half of a scan may wait for the store as long as a loop may stand still.
            beat.turn()
            acted = await self._acted(timer, claimed)
        beat.turn()

    async def _next_due(self, timer: Timer, now: datetime) -> datetime | None:
        """Return when the next document is due, where that comes before the next look."""
        until = now + timedelta(seconds=self._settings.timer_seconds)
        row = await self._database[timer.collection].find_one(
            _due_by(until) | _free_at(now), {"due_at": 1}, sort=[("due_at", 1)]
        )
        return row["due_at"] if row else None

    async def fire(self, timer: Timer) -> int:
        """Scan once for one timer; return how many documents were claimed."""
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
        """Due documents that no scan holds, by school. A claim only saves double work: what is
        decided, the version guards.
        """
        collection = self._database[timer.collection]
        free, when = _free_at(now), _due_by(now)
        token = new_id()
        claimed: dict[str, list[str]] = defaultdict(list)
        due = (
            collection.find(when | free, {"school_id": 1, "due_at": 1})
            .sort("due_at", 1)
            .limit(BATCH)
        )
        found = await due.to_list()
        if not found:
            return claimed
        until = now + timedelta(seconds=self._settings.timer_lease_seconds)
        # By the store's own time: an estimate that is a little ahead would claim for a whole lease
        # what the decision then finds not due yet.
        due_there: Document = {"$expr": {"$lte": ["$due_at", "$$NOW"]}}
        await collection.update_many(
            {"_id": {"$in": [document["_id"] for document in found]}, **when, **free, **due_there},
            {"$set": {"timer": {"token": token, "until": until}}},
        )
        # What was decided since it was found may be due at another time, or never.
        ours = await collection.find(
            {"_id": {"$in": [d["_id"] for d in found]}, "timer.token": token, **when},
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


def _due_by(moment: datetime) -> Document:
    # Without the type the server does not see that the partial index covers the question, and
    # reads the whole collection.
    return {"due_at": {"$type": "date", "$lte": moment}}


def _free_at(moment: datetime) -> Document:
    """What no scan holds."""
    return {"$or": [{"timer": {"$exists": False}}, {"timer.until": {"$lt": moment}}]}
