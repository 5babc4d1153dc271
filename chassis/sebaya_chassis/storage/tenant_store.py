"""MongoDB for one school. A store cannot be made without a school, and everything it reads or
writes carries it.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from pymongo import ReturnDocument
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.errors import DuplicateKeyError, OperationFailure

from sebaya_chassis.storage.batching.batched_database import BatchedCollection, BatchedDatabase
from sebaya_chassis.storage.database import Document
from sebaya_chassis.storage.documents import (
    ATTEMPTS,
    AlreadyExists,
    Conflict,
    Documents,
    OfAnotherSchool,
    UnpublishedWrites,
)
from sebaya_chassis.storage.layout import CollectionSpec, LateDocuments, NewDocument
from sebaya_chassis.storage.tenant_guard import (
    refuse_changes,
    refuse_stages,
    require_school_id,
)
from sebaya_chassis.storage.writer import Writer
from sebaya_contracts.district import SchoolId

S = TypeVar("S")
T = TypeVar("T")


class SchoolStore:
    """One school's documents and records; a service's stores are built on it."""

    def __init__(
        self,
        database: BatchedDatabase,
        writer: Writer,
        school_id: str,
        session: AsyncClientSession | None = None,
        unpublished: UnpublishedWrites | None = None,
    ) -> None:
        self._school_id = require_school_id(school_id)
        self.writer = writer
        self._database = database
        self._session = session
        self._unpublished = unpublished

    @property
    def school_id(self) -> SchoolId:
        """Its school, the same for as long as the store lives."""
        return self._school_id

    def documents(self, spec: CollectionSpec[S]) -> Documents[S]:
        """Return this school's versioned documents of one collection."""
        return Documents(
            spec,
            self.school_id,
            self._database.collection(spec.collection),
            self.writer,
            self._session,
            self._unpublished,
        )

    def collection(self, name: str) -> "TenantCollection":
        """Return plain records of this school, which are no versioned documents (roll-ups, audit
        entries).
        """
        collection = self._database.collection(name)
        return TenantCollection(collection, self.school_id, self.writer, self._session)

    def now(self) -> datetime:
        """Return the store's time, for a decision that reads no document."""
        return self.writer.clock.now()

    async def transaction(self, work: Callable[["SchoolStore"], Awaitable[T]]) -> T:
        """Run `work` in a transaction over documents of this school, and return its result.

        `work` may run again: ids are made before it, and all it does it does through the store it
        is given. Raises Conflict when other processes were first too often, OfAnotherSchool, and
        what `work` raises.
        """
        for _ in range(ATTEMPTS):
            unpublished = UnpublishedWrites()
            try:
                async with self._database.driver.client.start_session() as session:
                    result = await session.with_transaction(
                        lambda s, u=unpublished: self._attempt(s, u, work)  # type: ignore[misc]
                    )
            except OfAnotherSchool:
                raise
            except Conflict:
                continue
            except OperationFailure as error:
                if error.has_error_label("TransientTransactionError"):
                    continue
                raise
            for ref, entries, lease in unpublished.written:
                self.writer.notify_relay(ref, entries, lease)
            return result
        raise Conflict(self.school_id)

    async def create_together(
        self, first: Sequence[NewDocument], late: LateDocuments | None = None
    ) -> None:
        """Write several documents of this school for the first time: all of them, or none.

        Cheaper than `transaction`, for it shares one with others of its kind. `late` finds out what
        else belongs to them while `first` are being written. Raises AlreadyExists where one is
        there already, and what `late` raises.
        """
        try:
            written = await self._database.insert_together(first, late)
        except DuplicateKeyError as known:
            known.__traceback__ = None  # as in Documents
            written = None
        if written is None:
            raise AlreadyExists(first[0].ref.identity)
        for new in written:
            if new.entries:
                self.writer.notify_relay(new.ref, new.entries, new.lease)

    async def _attempt(
        self,
        session: AsyncClientSession,
        unpublished: UnpublishedWrites,
        work: Callable[["SchoolStore"], Awaitable[T]],
    ) -> T:
        unpublished.written.clear()
        return await work(
            SchoolStore(self._database, self.writer, self.school_id, session, unpublished)
        )


class TenantCollection:
    """Plain records of one school in one collection.

    The school is part of every filter and of every new record.
    """

    def __init__(
        self,
        collection: BatchedCollection,
        school_id: str,
        writer: Writer,
        session: AsyncClientSession | None,
    ) -> None:
        self._collection = collection
        self._school_id = school_id
        self._writer = writer
        self._session = session

    def _scope(self, condition: Document) -> Document:
        return {**condition, "school_id": self._school_id}

    async def find_one(self, condition: Document, **options: Any) -> Document | None:
        """Find a record that fits, with the driver's options."""
        return await self._collection.driver.find_one(
            self._scope(condition), session=self._session, **options
        )

    async def get(self, identity: str) -> Document | None:
        """Return the record of this id; reads side by side share a query."""
        return await self._collection.find_by_id(self._school_id, identity, self._session)

    async def find(
        self, condition: Document, *, sort: list[tuple[str, int]] | None = None, limit: int = 0
    ) -> list[Document]:
        """Find the records that fit; `sort` as the driver's, `limit` 0 for all."""
        cursor = self._collection.driver.find(
            self._scope(condition), session=self._session, sort=sort, limit=limit
        )
        return [row async for row in cursor]

    async def create(self, row: Document) -> None:
        """Write a record for the first time. Raises AlreadyExists."""
        try:
            await self._collection.driver.insert_one(
                {**row, "school_id": self._school_id}, session=self._session
            )
        except DuplicateKeyError:
            raise AlreadyExists(str(row.get("_id", ""))) from None

    async def update(self, condition: Document, changes: Document | list[Document]) -> int:
        """Change one record; return how many fitted. Raises CrossesSchools."""
        refuse_changes(changes)
        self._expect_due(changes)
        done = await self._collection.driver.update_one(
            self._scope(condition), changes, session=self._session
        )
        return done.matched_count

    async def upsert(self, condition: Document, changes: Document | list[Document]) -> Document:
        """Change one record, or create it where none fits, and return it as it is afterwards.

        Two first writers both succeed. Raises CrossesSchools, Conflict.
        """
        refuse_changes(changes)
        for _ in range(ATTEMPTS):
            try:
                row = await self._collection.driver.find_one_and_update(
                    self._scope(condition),
                    changes,
                    upsert=True,
                    return_document=ReturnDocument.AFTER,
                    session=self._session,
                )
            except DuplicateKeyError:
                if self._session is not None:
                    break
                continue
            if row is not None:
                return row
        raise Conflict(self._school_id)

    async def update_many(self, condition: Document, changes: Document | list[Document]) -> int:
        """Change all records that fit; return how many did. Raises CrossesSchools."""
        refuse_changes(changes)
        self._expect_due(changes)
        return (
            await self._collection.driver.update_many(
                self._scope(condition), changes, session=self._session
            )
        ).matched_count

    def _expect_due(self, changes: Document | list[Document]) -> None:
        if isinstance(changes, dict):
            due = changes.get("$set", {}).get("due_at")
            self._writer.expect_due(self._collection.driver.name, due)

    async def delete_many(self, condition: Document) -> int:
        """Delete all records that fit; return how many did."""
        return (
            await self._collection.driver.delete_many(self._scope(condition), session=self._session)
        ).deleted_count

    async def aggregate(self, stages: list[Document]) -> list[Document]:
        """Run a pipeline over this school's records alone. Raises CrossesSchools."""
        refuse_stages(stages)
        cursor = await self._collection.driver.aggregate(
            [{"$match": {"school_id": self._school_id}}, *stages], session=self._session
        )
        return [row async for row in cursor]

    async def count(self, condition: Document) -> int:
        """Count the records that fit."""
        return await self._collection.driver.count_documents(
            self._scope(condition), session=self._session
        )
