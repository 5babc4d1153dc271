"""Sets of first writes, each all there or not at all; sets that come side by side share one
transaction.

    what an event begins      cases + verdicts + pages + alerts   → a set
    sets of the same turn     → one insertion a collection, one commit
    what of a set is not known yet (whom an alert calls) is found out while the rest is being written

A set of which something is there already undoes the transaction it is in; each set then has one to
itself, and hears its own answer.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, NamedTuple

import pymongo
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.errors import BulkWriteError, PyMongoError

from sebaya_chassis.base.logs import get_logger
from sebaya_chassis.base.retry import store_is_away
from sebaya_chassis.storage.batching.batched_inserts import as_told_alone
from sebaya_chassis.storage.batching.micro_batcher import MicroBatcher
from sebaya_chassis.storage.database import ANSWER_SECONDS, Database, Document
from sebaya_chassis.storage.layout import NewDocument

log = get_logger()

# A transaction must end within seconds; with words of at most 64 KB in a set, these are a few
# megabytes.
MOST = 50


LateDocuments = Callable[[], Coroutine[Any, Any, Sequence[NewDocument]]]
"""Finds out what else belongs to a set, while the first of it is being written."""


class _Set(NamedTuple):
    first: Sequence[NewDocument]
    rest: "asyncio.Task[Sequence[NewDocument]] | None"

    async def others(self) -> Sequence[NewDocument]:
        return await self.rest if self.rest else ()

    async def whole(self) -> Sequence[NewDocument]:
        return [*self.first, *await self.others()]


class TransactionBatcher:
    """Of one process, whatever the school: a set keeps to the one it was made for."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._gathering: MicroBatcher[_Set, Sequence[NewDocument]] = MicroBatcher(
            self._answers, MOST
        )

    async def insert(
        self, first: Sequence[NewDocument], rest: LateDocuments | None = None
    ) -> Sequence[NewDocument]:
        """The whole set, once all of it is durable. Raises DuplicateKeyError where one is there
        already, the store's absence, and what `rest` raises.
        """
        finding = asyncio.create_task(rest()) if rest else None
        if finding is not None:
            # Others may be waiting for it in the same transaction, so it is not taken back with
            # whoever asked; nor may its failure be lost.
            finding.add_done_callback(_looked_at)
        return await self._gathering.put(_Set(first, finding))

    async def _answers(self, sets: Sequence[_Set]) -> list[Sequence[NewDocument] | BaseException]:
        if len(sets) == 1:
            return [await self._alone(sets[0])]
        try:
            await self._write(sets)
        except Exception as error:
            if isinstance(error, PyMongoError) and store_is_away(error):
                raise
            log.info("sets_apart", exc_info=error, count=len(sets))
            return [await self._alone(one) for one in sets]
        return [await one.whole() for one in sets]

    async def _alone(self, one: _Set) -> Sequence[NewDocument] | BaseException:
        try:
            await self._write([one])
        except Exception as error:  # noqa: BLE001 - raised again where it is waited for
            return error
        return await one.whole()

    async def _write(self, sets: Sequence[_Set]) -> None:
        async def insert(session: AsyncClientSession) -> None:
            await self._insert([birth for one in sets for birth in one.first], session)
            await self._insert([birth for one in sets for birth in await one.others()], session)

        try:
            # As long as the client waits for a single write; left to itself the driver begins a
            # transaction again for two minutes.
            with pymongo.timeout(ANSWER_SECONDS):
                async with self._database.client.start_session() as session:
                    await session.with_transaction(insert)
        except BulkWriteError as error:
            raise as_told_alone(error.details["writeErrors"][0]) from None

    async def _insert(self, births: Sequence[NewDocument], session: AsyncClientSession) -> None:
        documents: dict[str, list[Document]] = defaultdict(list)
        for birth in births:
            documents[birth.ref.collection].append(birth.document)
        for name, together in documents.items():
            await self._database[name].insert_many(together, session=session)


def _looked_at(finding: "asyncio.Task[Sequence[NewDocument]]") -> None:
    if not finding.cancelled():
        finding.exception()
