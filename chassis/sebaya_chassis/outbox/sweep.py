"""Finds what a crash, a full queue or an outage left in the outboxes.

While something waits, or this process left something, it looks every `sweep_seconds`. Otherwise
rarely: what another process leaves is under that one's lease for longer than a quiet pause, and
from the first look on the sweep is as quick as ever.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from pymongo.errors import PyMongoError

from sebaya_chassis.base.alarm import Alarm
from sebaya_chassis.base.health import Heartbeat
from sebaya_chassis.base.logs import get_logger
from sebaya_chassis.base.metrics import OUTBOX_AGE, OUTBOX_DOCUMENTS, STORE_AWAY
from sebaya_chassis.base.retry import store_is_away
from sebaya_chassis.storage.database import Database
from sebaya_chassis.storage.writer import DocumentRef, Writer

log = get_logger()

COUNTED = 1_000
QUIET_SWEEPS = 5
# A sixth of the age at which an outbox alarms, and of what a loop may stand still for.
QUIET_SECONDS = 10.0


class Sweep:
    """The sweep of one process, over the outboxes of all schools."""

    def __init__(
        self,
        database: Database,
        writer: Writer,
        collections: Sequence[str],
        sweep_seconds: float,
        publish: Callable[[DocumentRef], None],
    ) -> None:
        """Make a sweep that hands to `publish` each document that waits and is not claimed."""
        self._database = database
        self._writer = writer
        self._collections = tuple(collections)
        self._every = timedelta(seconds=sweep_seconds)
        self._quiet_seconds = max(sweep_seconds, min(QUIET_SWEEPS * sweep_seconds, QUIET_SECONDS))
        self._publish = publish
        self._alarm = Alarm(writer.clock.now)

    def hurry(self) -> None:
        """Look again within `sweep_seconds`: this process left something behind."""
        self._alarm.expect(self._writer.clock.now() + self._every)

    def note_store_error(self, error: PyMongoError) -> None:
        """Count an error of the store that left a document to the sweep."""
        if not store_is_away(error):
            log.error("relay_store_error", exc_info=error)
        STORE_AWAY.labels(self._writer.service).inc()
        self.hurry()

    async def run(self, beat: Heartbeat) -> None:
        """Run until cancelled."""
        while True:
            beat.turn()
            try:
                if await self.run_once():
                    self.hurry()
            except PyMongoError as error:
                self.note_store_error(error)
            await self._alarm.wait(self._quiet_seconds)

    async def run_once(self) -> int:
        """Publish what waits unclaimed, oldest first; return how many documents wait."""
        now = self._writer.clock.now()
        oldest: datetime | None = None
        waiting = 0
        for name in self._collections:
            cursor = self._database[name].find(
                {"outbox_since": {"$lte": now}}, {"school_id": 1, "outbox_since": 1, "lease": 1}
            )
            async for document in cursor.sort("outbox_since", 1).limit(COUNTED):
                waiting += 1
                since = document["outbox_since"]
                oldest = min(oldest or since, since)
                free = "lease" not in document or document["lease"]["until"] < now
                if free and since <= now - self._every:
                    self._publish(DocumentRef(name, document["school_id"], document["_id"]))
        OUTBOX_DOCUMENTS.labels(self._writer.service).set(waiting)
        OUTBOX_AGE.labels(self._writer.service).set(
            max(0.0, (now - oldest).total_seconds()) if oldest else 0.0
        )
        return waiting
