"""Insertions of single documents that share a command.

    there is capacity      → sent at once, alone: on a quiet day no insertion waits for another
    commands in flight     → waits for the first that ends, and goes with all that wait by then

The shared command is unordered. Each document is still an atomic write of its own, acknowledged by
a majority and the journal, and gets its own answer: a duplicate fails for its own caller alone. One
command for many costs driver and server little more than one for one.
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
from sebaya_chassis.storage.database import DUPLICATE_KEY, Document

# With bodies of at most 64 KB these fit into one message to the server (48 MB), so that a batch is
# refused whole or sent whole.
BATCH_SIZE = 100


class BatchedInserts:
    """The insertions of one process into one collection."""

    def __init__(self, collection: AsyncCollection[Document]) -> None:
        self._collection = collection
        self._batcher: MicroBatcher[Document, None] = MicroBatcher(self._insert_batch, BATCH_SIZE)

    async def insert(self, document: Document) -> None:
        """Insert a document and return once it is durable.

        Raises what `insert_one` raises: DuplicateKeyError, WriteError, and the store's absence.
        """
        if not self._batcher.has_capacity:
            await self._batcher.submit(document)
            return
        with self._batcher.direct_command():
            await self._collection.insert_one(document)

    async def _insert_batch(self, batch: Sequence[Document]) -> list[BaseException | None]:
        try:
            await self._collection.insert_many(batch, ordered=False)
        except BulkWriteError as error:
            return _split(error, len(batch))
        except Exception as error:
            if isinstance(error, PyMongoError) and store_is_away(error):
                raise
            # One of them cannot be encoded, so nothing was sent: it must not cost the others their
            # write.
            return [await self._insert_alone(document) for document in batch]
        return [None] * len(batch)

    async def _insert_alone(self, document: Document) -> BaseException | None:
        try:
            await self._collection.insert_one(document)
        except Exception as error:  # noqa: BLE001 - raised again where it is awaited
            return error
        return None


def _split(error: BulkWriteError, count: int) -> list[BaseException | None]:
    """Each document's error, as `insert_one` would have raised it.

    Without the journal's word (a write concern that failed) no document may be taken as stored.
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
        answers[refused["index"]] = single_write_error(refused)
    return answers


def single_write_error(refused: Document) -> WriteError:
    """Convert one of a command's write errors into what the driver raises for a single write."""
    kind = DuplicateKeyError if refused["code"] == DUPLICATE_KEY else WriteError
    return kind(refused["errmsg"], refused["code"], refused)
