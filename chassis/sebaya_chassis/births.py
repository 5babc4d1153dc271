"""Sets of first writes, each all there or not at all; sets that come side by side share one transaction.

    what an event begins    cases + pages + alerts + verdicts   → a set
    sets of the same turn   → one insertion a collection, one commit

A set of which something is there already undoes the transaction it is in; each set then has one to itself, and hears its own answer.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import pymongo
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.errors import BulkWriteError, PyMongoError

from sebaya_chassis.database import ANSWER_SECONDS, Database, Document
from sebaya_chassis.gathering import Gathering
from sebaya_chassis.inserts import as_told_alone
from sebaya_chassis.logs import get_logger
from sebaya_chassis.retry import store_is_away
from sebaya_chassis.writer import Handle, Lease

log = get_logger()

# A transaction must end within seconds; with words of at most 64 KB in a set, these are a few megabytes.
MOST = 50


class Birth(NamedTuple):
    """A document that is about to be written for the first time, and what the relay hears of it then."""

    handle: Handle
    document: Document
    entries: list[Document]
    lease: Lease | None


class Births:
    """Of one process, whatever the school: a set keeps to the one it was made for."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._gathering: Gathering[Sequence[Birth], None] = Gathering(self._answers, MOST)

    async def insert(self, births: Sequence[Birth]) -> None:
        """Returns once all of them are durable. Raises DuplicateKeyError where one is there already, and the store's absence."""
        await self._gathering.put(births)

    async def _answers(self, sets: Sequence[Sequence[Birth]]) -> list[BaseException | None]:
        if len(sets) == 1:
            return [await self._alone(sets[0])]
        try:
            await self._write([birth for births in sets for birth in births])
        except Exception as error:
            if isinstance(error, PyMongoError) and store_is_away(error):
                raise
            log.info("sets_apart", exc_info=error, count=len(sets))
            return [await self._alone(births) for births in sets]
        return [None] * len(sets)

    async def _alone(self, births: Sequence[Birth]) -> BaseException | None:
        try:
            await self._write(births)
        except Exception as error:  # noqa: BLE001 - raised again where it is waited for
            return error
        return None

    async def _write(self, births: Sequence[Birth]) -> None:
        documents: dict[str, list[Document]] = defaultdict(list)
        for birth in births:
            documents[birth.handle.collection].append(birth.document)

        async def insert(session: AsyncClientSession) -> None:
            for name, together in documents.items():
                await self._database[name].insert_many(together, session=session)

        try:
            # As long as the client waits for a single write; left to itself the driver begins a transaction again for two minutes.
            with pymongo.timeout(ANSWER_SECONDS):
                async with self._database.client.start_session() as session:
                    await session.with_transaction(insert)
        except BulkWriteError as error:
            raise as_told_alone(error.details["writeErrors"][0]) from None
