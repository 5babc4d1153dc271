"""Sets of first writes, each stored whole or not at all; sets that come side by side share one
transaction.

    what one event creates     cases + verdicts + pages + alerts   → a set
    sets of the same turn      → one insertion a collection, one commit

What of a set is not known yet (the people that an alert pages) is found out while the rest of it is
being written. A set of which a document exists already undoes the transaction it is in; each set
then has one to itself, and gets its own answer.
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import pymongo
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.errors import BulkWriteError, PyMongoError

from sebaya_chassis.base.logs import get_logger
from sebaya_chassis.base.retry import store_is_away
from sebaya_chassis.storage.batching.batched_inserts import single_write_error
from sebaya_chassis.storage.batching.micro_batcher import MicroBatcher
from sebaya_chassis.storage.database import ANSWER_SECONDS, Database, Document
from sebaya_chassis.storage.layout import LateDocuments, NewDocument

log = get_logger()

# A transaction must end within seconds; with words of at most 64 KB in a set, these are a few
# megabytes.
BATCH_SIZE = 50


class _Set(NamedTuple):
    first: Sequence[NewDocument]
    late: "asyncio.Task[Sequence[NewDocument]] | None"

    async def late_documents(self) -> Sequence[NewDocument]:
        return await self.late if self.late else ()

    async def documents(self) -> Sequence[NewDocument]:
        return [*self.first, *await self.late_documents()]


class TransactionBatcher:
    """The sets of one process, of all schools: each keeps to the school it was made for."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._batcher: MicroBatcher[_Set, Sequence[NewDocument]] = MicroBatcher(
            self._insert_batch, BATCH_SIZE
        )

    async def insert(
        self, first: Sequence[NewDocument], late: LateDocuments | None = None
    ) -> Sequence[NewDocument]:
        """Insert a set and return all of it once it is durable.

        Raises DuplicateKeyError where one is there already, the store's absence, and what `late`
        raises.
        """
        finding = asyncio.create_task(late()) if late else None
        if finding is not None:
            # Other sets may wait for it in the same transaction, so it is not cancelled with its
            # caller; nor may its failure go unretrieved.
            finding.add_done_callback(_retrieve)
        return await self._batcher.submit(_Set(first, finding))

    async def _insert_batch(
        self, sets: Sequence[_Set]
    ) -> list[Sequence[NewDocument] | BaseException]:
        if len(sets) == 1:
            return [await self._insert_alone(sets[0])]
        try:
            await self._write(sets)
        except Exception as error:
            if isinstance(error, PyMongoError) and store_is_away(error):
                raise
            log.info("sets_apart", exc_info=error, count=len(sets))
            return [await self._insert_alone(one) for one in sets]
        return [await one.documents() for one in sets]

    async def _insert_alone(self, one: _Set) -> Sequence[NewDocument] | BaseException:
        try:
            await self._write([one])
        except Exception as error:  # noqa: BLE001 - raised again where it is awaited
            return error
        return await one.documents()

    async def _write(self, sets: Sequence[_Set]) -> None:
        async def insert(session: AsyncClientSession) -> None:
            await self._insert_many([new for one in sets for new in one.first], session)
            await self._insert_many(
                [new for one in sets for new in await one.late_documents()], session
            )

        try:
            # As long as the client waits for a single write; left to itself the driver retries a
            # transaction for two minutes.
            with pymongo.timeout(ANSWER_SECONDS):
                async with self._database.client.start_session() as session:
                    await session.with_transaction(insert)
        except BulkWriteError as error:
            raise single_write_error(error.details["writeErrors"][0]) from None

    async def _insert_many(
        self, documents: Sequence[NewDocument], session: AsyncClientSession
    ) -> None:
        by_collection: dict[str, list[Document]] = defaultdict(list)
        for new in documents:
            by_collection[new.ref.collection].append(new.document)
        for name, bodies in by_collection.items():
            await self._database[name].insert_many(bodies, session=session)


def _retrieve(finding: "asyncio.Task[Sequence[NewDocument]]") -> None:
    if not finding.cancelled():
        finding.exception()
