"""Reads of records by id that share a query: all that are asked for in one turn of the event loop
are read by one query, sent after it.
"""

from collections.abc import Sequence
from typing import NamedTuple

from pymongo.asynchronous.collection import AsyncCollection

from sebaya_chassis.storage.batching.micro_batcher import MicroBatcher
from sebaya_chassis.storage.database import Document

BATCH_SIZE = 100
# A query waits for no other.
MAX_IN_FLIGHT = 100


class RecordRef(NamedTuple):
    """A record of one school."""

    school_id: str
    identity: str


class DataLoader:
    """The reads by id of one process from one collection."""

    def __init__(self, collection: AsyncCollection[Document]) -> None:
        self._collection = collection
        self._batcher: MicroBatcher[RecordRef, Document | None] = MicroBatcher(
            self._load_batch, BATCH_SIZE, MAX_IN_FLIGHT
        )

    async def load(self, ref: RecordRef) -> Document | None:
        """Load a record as a majority has it now; None where this school has no such record."""
        return await self._batcher.submit(ref)

    async def _load_batch(self, refs: Sequence[RecordRef]) -> list[Document | None]:
        ids, schools = list({ref.identity for ref in refs}), list({ref.school_id for ref in refs})
        rows = await self._collection.find(
            {"_id": {"$in": ids}, "school_id": {"$in": schools}}, batch_size=len(ids) + 1
        ).to_list()
        # Compared again: the query would find one school's record under another's name.
        found = {RecordRef(row["school_id"], row["_id"]): row for row in rows}
        return [found.get(ref) for ref in refs]
