"""Empties the outboxes of many documents by one write, for what the relay publishes most: documents
that were acknowledged with all of their events.

    {_id and token and school among ours, outbox: exactly as long as what was acknowledged}
    → outbox [], no outbox_since, no lease; nothing withheld, where that was sent too

Decisions only push and only the token's holder pulls, so an outbox of that length is what was sent.
A document that does not fit, since it was written to meanwhile or its lease went to another
process, is left as it is, for the relay to look at singly.
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
    """A document that the relay holds by a token, and how many events of its outbox the broker has:
    all that the relay knows of. `released`: and the withheld ones.
    """

    ref: DocumentRef
    token: str
    events: int
    released: bool = False


Waiting = tuple[AcknowledgedOutbox, "asyncio.Future[bool]"]


class Acknowledger:
    """The acknowledger of one relay. `run` is the background work that `empty` waits for."""

    def __init__(self, database: Database, service: str) -> None:
        self._database = database
        self._service = service
        self._waiting: list[Waiting] = []
        self._something_waits = asyncio.Event()

    async def empty(self, sent: AcknowledgedOutbox) -> bool:
        """Empty an outbox and let its document go. False where it holds more than was sent.

        Raises what the driver raises.
        """
        emptied: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((sent, emptied))
        self._something_waits.set()
        return await emptied

    async def run(self) -> None:
        """Empty what waits, many documents by one write, until cancelled."""
        while True:
            await self._something_waits.wait()
            await asyncio.sleep(GATHER_SECONDS)
            self._something_waits.clear()
            waiting, self._waiting = self._waiting, []
            groups: dict[tuple[str, int, bool], list[Waiting]] = defaultdict(list)
            for sent, emptied in waiting:
                groups[sent.ref.collection, sent.events, sent.released].append((sent, emptied))
            for group in groups.values():
                await self._empty_group(group)

    async def _empty_group(self, group: list[Waiting]) -> None:
        try:
            left = await self._pull_again([sent for sent, _ in group])
        except Exception as error:  # noqa: BLE001 - raised again where each document is waited for
            for _, emptied in group:
                _answer(emptied, error)
        else:
            for sent, emptied in group:
                _answer(emptied, sent.ref.identity not in left)

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
        collection = self._database[sent[0].ref.collection]
        ours: Document = {
            "_id": {"$in": [one.ref.identity for one in sent]},
            "school_id": {"$in": list({one.ref.school_id for one in sent})},
            "lease.token": {"$in": [one.token for one in sent]},
        }
        released = {"withheld": ""} if sent[0].released else {}
        done = await collection.update_many(
            ours | {"outbox": {"$size": sent[0].events}},
            {
                "$set": {"outbox": []},
                "$unset": {"outbox_since": "", "lease": "", **released},
                "$currentDate": {"published_at": True},
            },
        )
        if done.matched_count == len(sent):
            return set()
        left = {document["_id"] async for document in collection.find(ours, {"_id": 1})}
        LEASES_LOST.labels(self._service).inc(max(0, len(sent) - done.matched_count - len(left)))
        return left


def _answer(waiting: "asyncio.Future[bool]", answer: bool | Exception) -> None:
    if waiting.done():
        return
    if isinstance(answer, Exception):
        waiting.set_exception(answer)
    else:
        waiting.set_result(answer)
