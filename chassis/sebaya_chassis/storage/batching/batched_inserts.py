"""First writes of documents, gathered: who comes while others are being written goes with the next
write, not alone.

    a lane is free      → written at once, alone: on a quiet day nobody waits for anybody
    all lanes are busy  → waits for the first that ends, and is written with all who wait by then, unordered

Each document is still an atomic write of its own, acknowledged by a majority and the journal, and
hears its own answer: a duplicate is told to its own author alone. One command for many costs driver
and server little more than one for one.
"""

from collections.abc import Sequence

from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import (
    BulkWriteError,
    DuplicateKeyError,
    PyMongoError,
    WriteConcernError,
    WriteError,
)

from sebaya_chassis.base.retry import store_is_away
from sebaya_chassis.storage.batching.micro_batcher import MicroBatcher
from sebaya_chassis.storage.database import Document

# With bodies of at most 64 KB these fit into one message to the server (48 MB), so that a batch is
# refused whole or sent whole.
MOST = 100
DUPLICATE = 11000


class BatchedInserts:
    """Of one collection and one process."""

    def __init__(self, collection: AsyncCollection[Document]) -> None:
        self._collection = collection
        self._gathering: MicroBatcher[Document, None] = MicroBatcher(self._answers, MOST)

    async def insert(self, document: Document) -> None:
        """Returns once it is durable. Raises what `insert_one` raises: DuplicateKeyError,
        WriteError, and the store's absence.
        """
        if not self._gathering.lane_is_free:
            await self._gathering.put(document)
            return
        with self._gathering.lane():
            await self._collection.insert_one(document)

    async def _answers(self, batch: Sequence[Document]) -> list[BaseException | None]:
        """What became of each, in their order."""
        try:
            await self._collection.insert_many(batch, ordered=False)
        except BulkWriteError as error:
            return _told_apart(error, len(batch))
        except Exception as error:
            if isinstance(error, PyMongoError) and store_is_away(error):
                raise
            # One of them cannot be encoded, so nothing was sent: it must not cost the others their
            # write.
            return [await self._alone(document) for document in batch]
        return [None] * len(batch)

    async def _alone(self, document: Document) -> BaseException | None:
        try:
            await self._collection.insert_one(document)
        except Exception as error:  # noqa: BLE001 - raised again where it is waited for
            return error
        return None


def _told_apart(error: BulkWriteError, count: int) -> list[BaseException | None]:
    """As `insert_one` would have told each. Without the journal's word (a write concern that
    failed) nobody may take it as done.
    """
    details = error.details or {}
    concerns = details.get("writeConcernErrors") or []
    lost = (
        WriteConcernError(concerns[0].get("errmsg", ""), concerns[0].get("code"), concerns[0])
        if concerns
        else None
    )
    answers: list[BaseException | None] = [lost] * count
    for refused in details.get("writeErrors", ()):
        answers[refused["index"]] = as_told_alone(refused)
    return answers


def as_told_alone(refused: Document) -> WriteError:
    """One of a command's write errors, as the driver tells it of a single write."""
    kind = DuplicateKeyError if refused["code"] == DUPLICATE else WriteError
    return kind(refused["errmsg"], refused["code"], refused)
