"""First writes of documents, gathered: who comes while others are being written goes with the next write, not alone.

    a lane is free      → written at once, alone: on a quiet day nobody waits for anybody
    all lanes are busy  → waits for the first that ends, and is written with all who wait by then, unordered

Each document is still an atomic write of its own, acknowledged by a majority and the journal, and hears its own answer: a duplicate is
told to its own author alone. One command for many costs driver and server little more than one for one.
"""

import asyncio
from contextvars import Context
from typing import NamedTuple

from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import BulkWriteError, DuplicateKeyError, NetworkTimeout, PyMongoError, WriteConcernError, WriteError

from sebaya_chassis.database import Document, answer_by
from sebaya_chassis.retry import store_is_away

# Two, so that a connection that hangs does not keep everybody: the other lane goes on.
LANES = 2
# With bodies of at most 64 KB these fit into one message to the server (48 MB), so that a batch is refused whole or sent whole.
MOST = 100
DUPLICATE = 11000


class _Waiting(NamedTuple):
    document: Document
    answer: "asyncio.Future[None]"


class Inserts:
    """Of one collection and one process."""

    def __init__(self, collection: AsyncCollection[Document]) -> None:
        self._collection = collection
        self._waiting: list[_Waiting] = []
        self._writing = 0
        self._batches: set[asyncio.Task[None]] = set()

    async def insert(self, document: Document) -> None:
        """Returns once it is durable. Raises what `insert_one` raises: DuplicateKeyError, WriteError, and the store's absence."""
        if self._writing >= LANES:
            await self._with_others(document)
            return
        self._writing += 1
        try:
            await self._collection.insert_one(document)
        finally:
            self._lane_ends()

    async def _with_others(self, document: Document) -> None:
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(document, answer))
        try:
            # The write has the client's own ten seconds; who waits may have less.
            async with asyncio.timeout_at(answer_by()):
                await answer
        except TimeoutError:
            raise NetworkTimeout("the store has not answered in time") from None

    def _lane_ends(self) -> None:
        self._writing -= 1
        if not self._waiting:
            return
        self._writing += 1
        batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        # An empty context: the deadline and the trace of whoever's write ended just now are not those of who waited.
        task = asyncio.get_running_loop().create_task(self._write(batch), context=Context())
        self._batches.add(task)
        task.add_done_callback(self._batches.discard)

    async def _write(self, batch: list[_Waiting]) -> None:
        answers: list[BaseException | None]
        try:
            answers = await self._answers(batch)
        except BaseException as error:  # noqa: BLE001 - raised again where each document is waited for; nobody waits for this task
            answers = [error] * len(batch)
        finally:
            self._lane_ends()
        _tell(batch, answers)

    async def _answers(self, batch: list[_Waiting]) -> list[BaseException | None]:
        """What became of each, in their order."""
        try:
            await self._collection.insert_many([one.document for one in batch], ordered=False)
        except BulkWriteError as error:
            return _told_apart(error, len(batch))
        except Exception as error:
            if isinstance(error, PyMongoError) and store_is_away(error):
                raise
            # One of them cannot be encoded, so nothing was sent: it must not cost the others their write.
            return [await self._alone(one.document) for one in batch]
        return [None] * len(batch)

    async def _alone(self, document: Document) -> BaseException | None:
        try:
            await self._collection.insert_one(document)
        except Exception as error:  # noqa: BLE001 - raised again where it is waited for
            return error
        return None


def _told_apart(error: BulkWriteError, count: int) -> list[BaseException | None]:
    """As `insert_one` would have told each. Without the journal's word (a write concern that failed) nobody may take it as done."""
    details = error.details or {}
    concerns = details.get("writeConcernErrors") or []
    lost = WriteConcernError(concerns[0].get("errmsg", ""), concerns[0].get("code"), concerns[0]) if concerns else None
    answers: list[BaseException | None] = [lost] * count
    for refused in details.get("writeErrors", ()):
        kind = DuplicateKeyError if refused["code"] == DUPLICATE else WriteError
        answers[refused["index"]] = kind(refused["errmsg"], refused["code"], refused)
    return answers


def _tell(batch: list[_Waiting], answers: list[BaseException | None]) -> None:
    for one, answer in zip(batch, answers, strict=True):
        if one.answer.done():  # nobody waits any more
            continue
        if answer is None:
            one.answer.set_result(None)
        else:
            one.answer.set_exception(answer)
