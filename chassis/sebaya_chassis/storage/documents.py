"""Versioned documents of one school: a decision, its events and the mark of the event it is about
are one atomic write.

Five ways to write: `create` and `create_many` what must be new, `save` what was decided on a loaded
document, `update` by a rule until no other process was first, `upsert` the same of what may not be
there yet.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Generic, TypeVar

import msgspec
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.errors import BulkWriteError, DuplicateKeyError

from sebaya_chassis.base.metrics import CONFLICTS
from sebaya_chassis.base.problems import NotFound, Problem, Unavailable
from sebaya_chassis.storage.batching.batched_database import BatchedCollection
from sebaya_chassis.storage.database import DUPLICATE_KEY, Document
from sebaya_chassis.storage.layout import (
    PROJECTION,
    RELEASE,
    AppliedSequence,
    CollectionSpec,
    DocumentLayout,
    LoadedDocument,
    NewDocument,
)
from sebaya_chassis.storage.writer import DocumentRef, Lease, Writer
from sebaya_contracts.event import Event

S = TypeVar("S")
Decision = tuple[S, Sequence[Event]]
Rule = Callable[[S, datetime], Decision[S]]
"""What a state becomes, and the events of that; pure, for it may run again."""

# A decision that loses this often in a row meets a storm that a client should know of.
ATTEMPTS = 50


class Conflict(Problem):
    """Another process decided first; load again and decide again.

    Where a request gives up, nothing was done, and in a moment it will be quieter.
    """

    status = HTTPStatus.SERVICE_UNAVAILABLE
    slug = Unavailable.slug
    title = Unavailable.title

    def __init__(self, identity: str) -> None:
        super().__init__()
        self.identity = identity

    def __str__(self) -> str:
        return self.identity

    def headers(self) -> dict[str, str]:
        """Return the seconds to wait."""
        return {"Retry-After": "1"}


class AlreadyExists(Conflict):
    """A document of this name, or with what an index keeps unique, is there already."""


class OfAnotherSchool(AlreadyExists):
    """The document of this name belongs to another school, which no trying again will change."""


@dataclass(slots=True)
class UnpublishedWrites:
    """What was written in a transaction; the relay is told of it after the commit."""

    written: list[tuple[DocumentRef, list[Document], Lease | None]] = field(default_factory=list)


class Documents(Generic[S]):
    """The documents of one collection and one school. Only SchoolStore makes them."""

    def __init__(
        self,
        spec: CollectionSpec[S],
        school_id: str,
        collection: BatchedCollection,
        writer: Writer,
        session: AsyncClientSession | None = None,
        unpublished: UnpublishedWrites | None = None,
    ) -> None:
        self.layout = DocumentLayout(spec, school_id, writer)
        self._collection = collection
        self._writer = writer
        self._session = session
        self._unpublished = unpublished

    @property
    def name(self) -> str:
        """Return the collection's name."""
        return self.layout.spec.collection

    def ref(self, identity: str) -> DocumentRef:
        """Name a document of this school."""
        return self.layout.ref(identity)

    def now(self) -> datetime:
        """Return the store's time, for a decision that reads no document."""
        return self._writer.clock.now()

    async def load(self, identity: str) -> LoadedDocument[S]:
        """Load a document. Raises NotFound, for another school's document too."""
        found = await self._read([{"$match": self.layout.scope(_id=identity)}])
        if not found:
            raise NotFound
        return found[0]

    async def find(
        self, condition: Document, *, sort: Document | None = None, limit: int = 0
    ) -> list[LoadedDocument[S]]:
        """Find the school's documents that fit; `condition` names fields from the document's root
        (`state.…`).
        """
        stages: list[Document] = [{"$match": {"$and": [self.layout.scope(), condition]}}]
        if sort:
            stages.append({"$sort": sort})
        if limit:
            stages.append({"$limit": limit})
        return await self._read(stages)

    async def count(self, condition: Document, *, limit: int = 0) -> int:
        """Count the school's documents that fit, with `condition` as in `find`; none beyond a
        `limit`.
        """
        bounded: dict[str, int] = {"limit": limit} if limit else {}
        return await self._collection.driver.count_documents(
            {"$and": [self.layout.scope(), condition]}, session=self._session, **bounded
        )

    async def _read(self, stages: list[Document]) -> list[LoadedDocument[S]]:
        cursor = await self._collection.driver.aggregate(
            [*stages, {"$project": PROJECTION}], session=self._session
        )
        return [self.layout.loaded(document) async for document in cursor]

    def prepare(
        self, state: S, events: Sequence[Event] = (), mark: AppliedSequence | None = None
    ) -> NewDocument:
        """Build a first write that `SchoolStore.create_together` carries out with others."""
        now = self._writer.clock.now()
        entries = self.layout.outbox_entries(0, events, now)
        return self.layout.first_write(state, entries, _marks(mark), now)

    async def create(
        self, state: S, events: Sequence[Event] = (), mark: AppliedSequence | None = None
    ) -> None:
        """Write a document for the first time.

        Raises AlreadyExists where it, or what its indexes keep unique, is there already;
        OfAnotherSchool where the document of this name is another school's.
        """
        new = self.prepare(state, events, mark)
        await self._insert_new(new)
        self.publish(new)

    async def create_unanswered(
        self, state: S, events: Sequence[Event], withheld: Sequence[Event]
    ) -> NewDocument:
        """Write a document for the first time, whose events wait for the answer to its request.

        `publish` brings them all to the broker. Where it is never called, the sweep publishes
        `events` when the lease is over, and `withheld` wait for `release`. Raises as `create`.
        """
        now = self._writer.clock.now()
        new = self.layout.first_write(
            state,
            self.layout.outbox_entries(0, events, now),
            {},
            now,
            withheld=self.layout.outbox_entries(len(events), withheld, now),
        )
        await self._insert_new(new)
        return new

    def publish(self, new: NewDocument) -> None:
        """Publish the events of a document that was just created."""
        self._notify_relay(new.ref, new.entries, new.lease)

    async def release(self, identity: str) -> bool:
        """Put the withheld events of a document into its outbox; tell whether there were any."""
        released = await self._collection.driver.update_one(
            self.layout.scope(_id=identity, withheld={"$exists": True}),
            RELEASE,
            session=self._session,
        )
        if released.matched_count and self._session is None:
            self._writer.notify_relay(self.ref(identity), [], None)
        return bool(released.matched_count)

    async def _insert_new(self, new: NewDocument) -> None:
        taken = await self._insert(new)
        if taken is None:
            return
        if "_id" in taken:
            await self._refuse_another_schools(new.ref.identity)
        raise AlreadyExists(new.ref.identity)

    async def create_many(self, states: Sequence[S]) -> None:
        """Write documents without events for the first time, by one command.

        In a transaction, so that all of them are there or none. Raises AlreadyExists.
        """
        if not states:
            return
        now = self._writer.clock.now()
        documents = [self.layout.first_write(state, [], {}, now).document for state in states]
        try:
            await self._collection.driver.insert_many(documents, session=self._session)
        except BulkWriteError as error:
            if not any(each["code"] == DUPLICATE_KEY for each in error.details["writeErrors"]):
                raise
            raise AlreadyExists(self.name) from None

    async def save(
        self,
        identity: str,
        before: LoadedDocument[S],
        state: S,
        events: Sequence[Event] = (),
        mark: AppliedSequence | None = None,
    ) -> None:
        """Write what was decided on a loaded document: state, events and mark.

        Raises Conflict when the document was changed since, or another one came to have what an
        index keeps unique.
        """
        entries = self.layout.outbox_entries(before.number, events, before.now)
        condition, changes = self.layout.next_write(identity, before, state, entries, _marks(mark))
        try:
            changed = await self._collection.driver.update_one(
                condition, changes, session=self._session
            )
        except DuplicateKeyError:
            raise Conflict(identity) from None
        if changed.matched_count == 0:
            raise Conflict(identity)
        self._notify_relay(self.ref(identity), entries, None)

    async def update(
        self, identity: str, rule: Rule[S], mark: AppliedSequence | None = None
    ) -> LoadedDocument[S]:
        """Load, decide by the rule and save, until no other process was first.

        In a transaction once. Raises NotFound, AlreadyApplied, Conflict, and what the rule raises.
        """
        for _ in range(ATTEMPTS if self._session is None else 1):
            loaded = await self.load(identity)
            loaded.refuse_applied(mark)
            state, events = rule(loaded.state, loaded.now)
            if state == loaded.state and not events and mark is None:
                return loaded
            try:
                await self.save(identity, loaded, state, events, mark)
            except Conflict:
                CONFLICTS.labels(self._writer.service, self.name).inc()
                if self._session is not None:
                    raise
                continue
            return LoadedDocument(
                state,
                loaded.version + 1,
                loaded.number + len(events),
                loaded.marks,
                loaded.now,
                loaded.published_at,
                len(events),
            )
        raise Conflict(identity)

    async def upsert(
        self,
        identity: str,
        blank: Callable[[datetime], S],
        rule: Rule[S],
        mark: AppliedSequence | None = None,
        *,
        expect_new: bool = False,
    ) -> LoadedDocument[S]:
        """Update a document by the rule, or create it by the rule from a blank state.

        Two first writers both succeed. `expect_new` creates before it loads, which saves a question
        where the document is nearly always new. Raises AlreadyApplied, OfAnotherSchool, Conflict,
        and what the rule raises.
        """
        if expect_new and (created := await self._created(blank, rule, mark)):
            return created
        for _ in range(ATTEMPTS if self._session is None else 1):
            try:
                return await self.update(identity, rule, mark)
            except NotFound:
                created = await self._created(blank, rule, mark)
            if created:
                return created
            await self._refuse_another_schools(identity)
        raise Conflict(identity)

    async def _created(
        self, blank: Callable[[datetime], S], rule: Rule[S], mark: AppliedSequence | None
    ) -> LoadedDocument[S] | None:
        """None where the document is there already."""
        now = self._writer.clock.now()
        state, events = rule(blank(now), now)
        new = self.prepare(state, events, mark)
        if await self._insert(new) is not None:
            return None
        self.publish(new)
        return LoadedDocument(state, 1, len(events), {}, now, None, len(events))

    async def _insert(self, new: NewDocument) -> Document | None:
        """None once it is stored; the key of the index that has it already otherwise."""
        try:
            await self._collection.insert_one(new.document, self._session)
        except DuplicateKeyError as known:
            # The driver keeps the error in a frame that the error's own traceback keeps: some
            # eighty objects for the cycle collector.
            known.__traceback__ = None
            return dict((known.details or {}).get("keyPattern", {"_id": 1}))
        return None

    async def is_another_schools(self, identity: str) -> bool:
        """Tell whether another school has a document of this name, and nothing else of it.

        Outside the transaction, which an insertion refused has ended.
        """
        condition = {"_id": identity, "school_id": {"$ne": self.layout.school_id}}
        return await self._collection.driver.find_one(condition, {"_id": 1}) is not None

    async def _refuse_another_schools(self, identity: str) -> None:
        if await self.is_another_schools(identity):
            raise OfAnotherSchool(identity)

    def _notify_relay(self, ref: DocumentRef, entries: list[Document], lease: Lease | None) -> None:
        if not entries:
            return
        if self._unpublished is not None:
            self._unpublished.written.append((ref, entries if lease else [], lease))
        else:
            self._writer.notify_relay(ref, entries, lease)


def _marks(mark: AppliedSequence | None) -> dict[str, str]:
    return mark.as_marks() if mark else {}


OnStored = Callable[[S, S], None]
"""Called with the state before a change and after it."""


def ignore_stored(_before: object, _after: object) -> None:
    """Ignore that a change was stored."""


class DocumentChange(msgspec.Struct, Generic[S], frozen=True):
    """What one event does to one document, to be written alone or together with other events'.

    `rule` is pure: it may run again, and what it raises concerns its own event alone. `on_stored`
    is called once the effect is in the store.
    """

    documents: Documents[S]
    identity: str
    blank: Callable[[datetime], S]
    rule: Rule[S]
    on_stored: OnStored[S] = ignore_stored

    @property
    def ref(self) -> DocumentRef:
        """Name the document that it changes."""
        return self.documents.ref(self.identity)

    async def apply(self, mark: AppliedSequence) -> None:
        """Apply it alone: one decision, one write.

        Raises AlreadyApplied, Conflict, and what the rule raises.
        """
        states: list[S] = []

        def rule(state: S, now: datetime) -> Decision[S]:
            states.append(state)
            return self.rule(state, now)

        done = await self.documents.upsert(self.identity, self.blank, rule, mark)
        self.on_stored(states[-1], done.state)
