"""Empties the outboxes of many documents by one write, for what the relay publishes most: documents
whose whole outbox was acknowledged.

    {_id and token and school among ours, outbox: exactly as long as what was acknowledged} → outbox [], no outbox_since, no lease

Decisions only push and only the token's holder pulls, so an outbox of that length is what was sent.
A document that does not fit, since somebody wrote to it meanwhile or its lease went to somebody
else, is left as it is, for the relay to look at singly.
"""

import asyncio
from collections import defaultdict
from typing import NamedTuple

from pymongo.errors import AutoReconnect

from sebaya_chassis.base.metrics import LEASES_LOST
from sebaya_chassis.storage.database import Database, Document
from sebaya_chassis.storage.writer import DocumentRef

# Waiting this long gathers what is published side by side; a death in between costs one repeat
# more, which the marks absorb.
GATHER_SECONDS = 0.03


class AcknowledgedOutbox(NamedTuple):
    """A document all of whose known events the broker has."""

    handle: DocumentRef
    token: str
    events: int


class Acknowledger:
    """One a relay. `run` is the background work that `emptied` waits for."""

    def __init__(self, database: Database, service: str) -> None:
        self._database = database
        self._service = service
        self._waiting: list[tuple[AcknowledgedOutbox, asyncio.Future[bool]]] = []
        self._something = asyncio.Event()

    async def emptied(self, sent: AcknowledgedOutbox) -> bool:
        """Whether that was all, and the document has been let go. False: it holds more. Raises what
        the driver raises.
        """
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((sent, future))
        self._something.set()
        return await future

    async def run(self) -> None:
        while True:
            await self._something.wait()
            await asyncio.sleep(GATHER_SECONDS)
            self._something.clear()
            batch, self._waiting = self._waiting, []
            groups: dict[tuple[str, int], list[tuple[AcknowledgedOutbox, asyncio.Future[bool]]]] = (
                defaultdict(list)
            )
            for sent, future in batch:
                groups[sent.handle.collection, sent.events].append((sent, future))
            for group in groups.values():
                await self._settle(group)

    async def _settle(self, group: list[tuple[AcknowledgedOutbox, "asyncio.Future[bool]"]]) -> None:
        try:
            left = await self._pull_again([sent for sent, _ in group])
        except Exception as error:  # noqa: BLE001 - raised again where each document is waited for
            for _, future in group:
                _answer(future, error)
        else:
            for sent, future in group:
                _answer(future, sent.handle.identity not in left)

    async def _pull_again(self, sent: list[AcknowledgedOutbox]) -> set[str]:
        """The driver repeats no write of many documents after a lost connection; the tokens make
        this one harmless to repeat.
        """
        try:
            return await self._pull(sent)
        except AutoReconnect:
            return await self._pull(sent)

    async def _pull(self, sent: list[AcknowledgedOutbox]) -> set[str]:
        """The ids that hold more than was sent."""
        collection = self._database[sent[0].handle.collection]
        ours: Document = {
            "_id": {"$in": [one.handle.identity for one in sent]},
            "school_id": {"$in": list({one.handle.school_id for one in sent})},
            "lease.token": {"$in": [one.token for one in sent]},
        }
        done = await collection.update_many(
            ours | {"outbox": {"$size": sent[0].events}},
            {
                "$set": {"outbox": []},
                "$unset": {"outbox_since": "", "lease": ""},
                "$currentDate": {"published_at": True},
            },
        )
        if done.matched_count == len(sent):
            return set()
        left = {document["_id"] async for document in collection.find(ours, {"_id": 1})}
        LEASES_LOST.labels(self._service).inc(max(0, len(sent) - done.matched_count - len(left)))
        return left


def _answer(future: "asyncio.Future[bool]", answer: bool | Exception) -> None:
    if future.done():
        return
    if isinstance(answer, Exception):
        future.set_exception(answer)
    else:
        future.set_result(answer)
