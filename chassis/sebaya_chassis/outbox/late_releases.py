"""Makes an answer durable where the broker has not had its events in time.

A document whose events were withheld until its request was answered is published straight from
memory, and its outbox emptied, so that nothing further is written. Only where that takes longer
(the broker is away) is it noted in the document that the answer was given: a process that dies
later leaves its events to the sweep, as always.
"""

import asyncio
from contextlib import suppress

from pymongo.errors import PyMongoError

from sebaya_chassis.base.logs import get_logger
from sebaya_chassis.base.retry import store_is_away
from sebaya_chassis.storage.database import Database
from sebaya_chassis.storage.layout import RELEASE
from sebaya_chassis.storage.writer import DocumentRef

log = get_logger()

# A publication takes some milliseconds. What dies unpublished within this time waits until its
# student comes back.
LATE_SECONDS = 1.0
# Of the five that a process has to end in.
FINISH_SECONDS = 2.0


class LateReleases:
    """The answered documents of one process that the broker may not have yet."""

    def __init__(self, database: Database, late_seconds: float = LATE_SECONDS) -> None:
        self._database = database
        self._late_seconds = late_seconds
        self._expected: dict[DocumentRef, asyncio.TimerHandle] = {}
        self._releasing: set[asyncio.Task[None]] = set()

    def expect(self, ref: DocumentRef) -> None:
        """Expect a document to be published; release its events when it takes too long."""
        loop = asyncio.get_running_loop()
        self._expected[ref] = loop.call_later(self._late_seconds, self._release_later, ref)

    def settle(self, ref: DocumentRef) -> None:
        """Expect a document no longer: nothing of it is withheld any more."""
        if (handle := self._expected.pop(ref, None)) is not None:
            handle.cancel()

    async def finish(self) -> None:
        """Release at once what is still expected, as far as there is time for it."""
        expected = list(self._expected)
        for ref in expected:
            self.settle(ref)
        with suppress(TimeoutError):
            async with asyncio.timeout(FINISH_SECONDS):
                for ref in expected:
                    await self._release(ref)

    def _release_later(self, ref: DocumentRef) -> None:
        self._expected.pop(ref, None)
        task = asyncio.get_running_loop().create_task(self._release(ref))
        self._releasing.add(task)
        task.add_done_callback(self._releasing.discard)

    async def _release(self, ref: DocumentRef) -> None:
        withheld = {"_id": ref.identity, "school_id": ref.school_id, "withheld": {"$exists": True}}
        try:
            await self._database[ref.collection].update_one(withheld, RELEASE)
        except PyMongoError as error:
            if store_is_away(error):
                self.expect(ref)
            else:
                log.exception("release_failed", collection=ref.collection)
