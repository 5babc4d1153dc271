"""Records by their id, gathered: who asks in the same turn of the loop is answered by one question,
begun after all of them asked.
"""

from collections.abc import Sequence
from typing import NamedTuple

from pymongo.asynchronous.collection import AsyncCollection

from sebaya_chassis.storage.batching.micro_batcher import MicroBatcher
from sebaya_chassis.storage.database import Document

MOST = 100
# A question waits for no other.
LANES = 100


class RecordRef(NamedTuple):
    """A record of one school."""

    school_id: str
    identity: str


class DataLoader:
    """Of one collection and one process."""

    def __init__(self, collection: AsyncCollection[Document]) -> None:
        self._collection = collection
        self._gathering: MicroBatcher[RecordRef, Document | None] = MicroBatcher(
            self._answers, MOST, LANES
        )

    async def one(self, named: RecordRef) -> Document | None:
        """As a majority has it now; None where this school has no such record."""
        return await self._gathering.put(named)

    async def _answers(self, asked: Sequence[RecordRef]) -> list[Document | None]:
        ids, schools = list({one.identity for one in asked}), list({one.school_id for one in asked})
        rows = await self._collection.find(
            {"_id": {"$in": ids}, "school_id": {"$in": schools}}, batch_size=len(ids) + 1
        ).to_list()
        # Looked at again: the question would find one school's record under another's name.
        found = {RecordRef(row["school_id"], row["_id"]): row for row in rows}
        return [found.get(one) for one in asked]
