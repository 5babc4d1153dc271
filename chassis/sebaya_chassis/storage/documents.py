"""Versioned documents of one school: a decision, its events and the consumer's mark are one atomic
write.

    {_id, school_id, version, number, state: {...}, outbox: [...], outbox_since, lease, published_at, marks: {...}, due_at, timer}

Decisions only push to the outbox, the relay only pulls, and nobody replaces a document whole.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Self, TypeVar

import msgspec
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.errors import DuplicateKeyError

from sebaya_chassis.base.ids import new_id
from sebaya_chassis.base.metrics import CONFLICTS
from sebaya_chassis.base.problems import NotFound
from sebaya_chassis.base.tracing import current_traceparent
from sebaya_chassis.storage.batching.transaction_batcher import NewDocument
from sebaya_chassis.storage.collection_registry import CollectionAccess
from sebaya_chassis.storage.database import Document
from sebaya_chassis.storage.writer import DocumentRef, Lease, Writer
from sebaya_contracts.envelope import Sequence as EventSequence
from sebaya_contracts.envelope import encode
from sebaya_contracts.event import Event
from sebaya_contracts.topics import topic_of

S = TypeVar("S")
Decision = tuple[S, Sequence[Event]]
Rule = Callable[[S, datetime], Decision[S]]

# What is read of a document, with the store's time of reading it.
SHOWN: Document = {
    "state": 1,
    "version": 1,
    "number": 1,
    "marks": 1,
    "published_at": 1,
    "now": "$$NOW",
    "waiting": {"$size": "$outbox"},
}
# A decision that loses this often in a row meets a storm that a client should know of.
ATTEMPTS = 50


class Conflict(Exception):
    """Somebody decided first; load again and decide again."""


class OfAnotherSchool(Exception):
    """The document of this name belongs to another school, which no trying again will change."""


class AlreadyApplied(Exception):
    """The event was applied before; nothing is changed."""


class AppliedSequence(msgspec.Struct, frozen=True):
    """How far one source document has been applied. Written with the effect.

    Two services may give their documents of one case the same id, so the source names the topic
    too.
    """

    source: str
    sequence: EventSequence

    @classmethod
    def of(cls, topic: str, subject: str, sequence: EventSequence) -> Self:
        """A source is part of a field's path in the store, where a dot would mean something."""
        return cls(f"{topic.replace('.', '_')}/{subject}", sequence)


@dataclass(frozen=True, slots=True)
class CollectionSpec(Generic[S]):
    """A collection of versioned documents.

    `due` tells from the state when a timer must look at it again (None: never).
    """

    collection: str
    state: type[S]
    identity: Callable[[S], str]
    due: Callable[[S], datetime | None] = lambda _state: None


class LoadedDocument(msgspec.Struct, Generic[S], frozen=True):
    """A document as it was read, and the store's time at that moment."""

    state: S
    version: int
    number: int
    marks: Mapping[str, str]
    now: datetime
    published_at: datetime | None
    waiting: int
    """Events still in the outbox."""

    def refuse_stale(self, mark: AppliedSequence | None) -> None:
        """Raises Stale when the mark is at or below what was applied."""
        if mark is not None and str(mark.sequence) <= self.marks.get(mark.source, ""):
            raise AlreadyApplied(mark.source)


@dataclass(slots=True)
class UnpublishedWrites:
    """What was written in a transaction; the relay hears of it after the commit."""

    written: list[tuple[DocumentRef, list[Document], Lease | None]] = field(default_factory=list)


class Documents(Generic[S]):
    """The documents of one kind and one school. Only SchoolStore makes them."""

    def __init__(
        self,
        kind: CollectionSpec[S],
        school_id: str,
        collected: CollectionAccess,
        writer: Writer,
        session: AsyncClientSession | None = None,
        pending: UnpublishedWrites | None = None,
    ) -> None:
        self._kind = kind
        self._school_id = school_id
        self._collection, self._inserts, _ = collected
        self._writer = writer
        self._session = session
        self._pending = pending

    @property
    def name(self) -> str:
        """The collection's name."""
        return self._kind.collection

    def ref(self, identity: str) -> DocumentRef:
        """Name a document of this school."""
        return DocumentRef(self._kind.collection, self._school_id, identity)

    def now(self) -> datetime:
        """The store's time where no document is read."""
        return self._writer.clock.now()

    def _scope(self, **more: Any) -> Document:
        return {"school_id": self._school_id, **more}

    async def load(self, identity: str) -> LoadedDocument[S]:
        """Raises NotFound; another school's document is not found either."""
        found = await self._read([{"$match": self._scope(_id=identity)}])
        if not found:
            raise NotFound
        return found[0]

    async def find(
        self, condition: Document, *, sort: Document | None = None, limit: int = 0
    ) -> list[LoadedDocument[S]]:
        """The school's documents that fit; `condition` names fields from the document's root
        (`state.…`).
        """
        stages: list[Document] = [{"$match": {"$and": [self._scope(), condition]}}]
        if sort:
            stages.append({"$sort": sort})
        if limit:
            stages.append({"$limit": limit})
        return await self._read(stages)

    async def count(self, condition: Document) -> int:
        return await self._collection.count_documents(
            {"$and": [self._scope(), condition]}, session=self._session
        )

    async def _read(self, stages: list[Document]) -> list[LoadedDocument[S]]:
        cursor = await self._collection.aggregate(
            [*stages, {"$project": SHOWN}], session=self._session
        )
        return [self.loaded(document) async for document in cursor]

    def loaded(self, document: Document) -> LoadedDocument[S]:
        """A document that was read with `SHOWN`."""
        return LoadedDocument(
            state=msgspec.convert(document["state"], self._kind.state),
            version=document["version"],
            number=document["number"],
            marks=document["marks"],
            now=document["now"],
            published_at=document.get("published_at"),
            waiting=document["waiting"],
        )

    async def insert(
        self, state: S, events: Sequence[Event] = (), mark: AppliedSequence | None = None
    ) -> None:
        """The first write of a document. Raises DuplicateKeyError where it, or what its indexes
        keep unique, is there already.
        """
        birth = self.birth(state, events, mark)
        if self._session is None:
            await self._inserts.insert(birth.document)
        else:
            await self._collection.insert_one(birth.document, session=self._session)
        self.tell(birth.handle.identity, birth.entries, birth.lease)

    def birth(
        self, state: S, events: Sequence[Event] = (), mark: AppliedSequence | None = None
    ) -> NewDocument:
        """The first write of a document, for who writes it with others
        (SchoolStore.begin_together).
        """
        now = self._writer.clock.now()
        entries = self.entries(0, events, now)
        document, lease = self.newborn(state, entries, _marked(mark), now)
        return NewDocument(self.ref(document["_id"]), document, entries, lease)

    async def insert_all(self, states: Sequence[S]) -> None:
        """First writes of documents without events, by one command; in a transaction, so that they
        are all there or none.

        Raises BulkWriteError where one is there already.
        """
        if not states:
            return
        now = self._writer.clock.now()
        documents = [self.newborn(state, [], {}, now)[0] for state in states]
        await self._collection.insert_many(documents, session=self._session)

    async def begin(
        self, state: S, events: Sequence[Event] = (), mark: AppliedSequence | None = None
    ) -> None:
        """As `insert`, of what others may begin too. Raises Conflict where it, or its unique key,
        is there already; OfAnotherSchool.
        """
        try:
            await self.insert(state, events, mark)
        except DuplicateKeyError:
            identity = self._kind.identity(state)
            await self._refuse_another_schools(identity)
            raise Conflict(identity) from None

    def newborn(
        self,
        state: S,
        entries: list[Document],
        marks: Mapping[str, str],
        now: datetime,
        decisions: int = 1,
    ) -> tuple[Document, Lease | None]:
        """A document as it is first written, and the lease that it is born under."""
        # Born under a lease: the writer publishes what it wrote without claiming it first.
        lease = self._writer.new_lease() if entries else None
        document = {
            "_id": self._kind.identity(state),
            "school_id": self._school_id,
            "version": decisions,
            "number": len(entries),
            "state": msgspec.to_builtins(state, builtin_types=(datetime, bytes)),
            "outbox": entries,
            "marks": dict(marks),
            "due_at": self._kind.due(state),
            **({"outbox_since": now} if entries else {}),
            **({"lease": {"token": lease.token, "until": lease.until}} if lease else {}),
        }
        return document, lease

    async def save(
        self,
        identity: str,
        before: LoadedDocument[S],
        state: S,
        events: Sequence[Event] = (),
        mark: AppliedSequence | None = None,
    ) -> None:
        """The new state, its events and the mark at once. Raises Conflict when somebody decided
        first.
        """
        entries = self.entries(before.number, events, before.now)
        condition, changes = self.update(identity, before, state, entries, _marked(mark))
        changed = await self._collection.update_one(condition, changes, session=self._session)
        if changed.matched_count == 0:
            raise Conflict(identity)
        self.tell(identity, entries, None)

    def update(
        self,
        identity: str,
        before: LoadedDocument[S],
        state: S,
        entries: list[Document],
        marks: Mapping[str, str],
        decisions: int = 1,
    ) -> tuple[Document, Document]:
        """The filter and the changes of a decision's write; the version in the filter is what makes
        the loser see that it lost.
        """
        changes: Document = {
            "$set": {
                "state": msgspec.to_builtins(state, builtin_types=(datetime, bytes)),
                "due_at": self._kind.due(state),
                **{f"marks.{source}": sequence for source, sequence in marks.items()},
            },
            "$inc": {"version": decisions, "number": len(entries)},
            "$unset": {"timer": ""},
        }
        if entries:
            changes["$push"] = {"outbox": {"$each": entries}}
            # Not by what was loaded: the relay may have emptied the outbox since, and without this
            # field nobody looks at it again.
            changes["$min"] = {"outbox_since": before.now}
        return self._scope(_id=identity, version=before.version), changes

    async def decide(
        self, identity: str, rule: Rule[S], mark: AppliedSequence | None = None
    ) -> LoadedDocument[S]:
        """Load, decide, save, until nobody was first. Raises NotFound, Stale, and whatever the rule
        raises.
        """
        for _ in range(ATTEMPTS if self._session is None else 1):
            loaded = await self.load(identity)
            loaded.refuse_stale(mark)
            state, events = rule(loaded.state, loaded.now)
            if state == loaded.state and not events and mark is None:
                return loaded
            try:
                await self.save(identity, loaded, state, events, mark)
            except Conflict:
                CONFLICTS.labels(self._writer.service, self._kind.collection).inc()
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

    async def decide_or_begin(
        self,
        identity: str,
        blank: Callable[[datetime], S],
        rule: Rule[S],
        mark: AppliedSequence | None = None,
    ) -> LoadedDocument[S]:
        """As `decide`, but an unknown subject gets its record with what is known. Two first writers
        both succeed.

        Raises OfAnotherSchool, too.
        """
        for _ in range(ATTEMPTS):
            try:
                return await self.decide(identity, rule, mark)
            except NotFound:
                now = self._writer.clock.now()
                state, events = rule(blank(now), now)
            try:
                await self.begin(state, events, mark)
            except Conflict:
                if self._session is not None:
                    raise
                continue
            return LoadedDocument(state, 1, len(events), {}, now, None, len(events))
        raise Conflict(identity)

    async def _refuse_another_schools(self, identity: str) -> None:
        """Looks past the school, at no more than whose it is; outside the transaction, which an
        insertion refused has ended.
        """
        if await self._collection.find_one(
            {"_id": identity, "school_id": {"$ne": self._school_id}}, {"_id": 1}
        ):
            raise OfAnotherSchool(identity)

    async def begin_or_decide(
        self,
        identity: str,
        blank: Callable[[datetime], S],
        rule: Rule[S],
        mark: AppliedSequence | None = None,
    ) -> LoadedDocument[S]:
        """As `decide_or_begin`, where the subject is nearly always new: it is not asked for first,
        the write says when it is there.
        """
        now = self._writer.clock.now()
        state, events = rule(blank(now), now)
        try:
            await self.insert(state, events, mark)
        except DuplicateKeyError as known:
            # The driver keeps the error in a frame that the error's own traceback keeps: some
            # eighty objects for the cycle collector.
            known.__traceback__ = None
            return await self.decide_or_begin(identity, blank, rule, mark)
        return LoadedDocument(state, 1, len(events), {}, now, None, len(events))

    def entries(self, number: int, events: Sequence[Event], now: datetime) -> list[Document]:
        """Events as they wait in an outbox, numbered after the `number` that the document has had."""
        traceparent = current_traceparent() if events else None
        return [
            self._entry(number + step, event, now, traceparent)
            for step, event in enumerate(events, start=1)
        ]

    def _entry(self, number: int, event: Event, now: datetime, traceparent: str | None) -> Document:
        topic = topic_of(event)
        return {
            "id": new_id(),
            "sequence": str(EventSequence(self._writer.epoch, number)),
            "type": event.kind(),
            "topic": topic.name,
            "key": getattr(event, topic.key),
            "time": now,
            "data": encode(event),
            "traceparent": traceparent,
        }

    def tell(self, identity: str, entries: list[Document], lease: Lease | None) -> None:
        """The relay hears of what was written."""
        if not entries:
            return
        handle = self.ref(identity)
        if self._pending is not None:
            self._pending.written.append((handle, entries if lease else [], lease))
        else:
            self._writer.notify_relay(handle, entries, lease)


def _marked(mark: AppliedSequence | None) -> dict[str, str]:
    return {mark.source: str(mark.sequence)} if mark else {}


Stored = Callable[[S, S], None]
"""The state before a step and after it."""


def not_told(_before: object, _after: object) -> None:
    """Where nobody needs to hear that a step was stored."""


class DocumentChange(msgspec.Struct, Generic[S], frozen=True):
    """What one event does to one document: enough to do it alone, or in one write with what other
    events do.

    `rule` is pure: it may be asked again, and what it raises concerns its own event alone.
    """

    documents: Documents[S]
    identity: str
    blank: Callable[[datetime], S]
    rule: Rule[S]
    stored: Stored[S] = not_told
    """Called once the effect is in the store."""

    @property
    def ref(self) -> DocumentRef:
        """The document that it changes."""
        return self.documents.ref(self.identity)

    async def alone(self, mark: AppliedSequence) -> None:
        """One decision, one write. Raises Stale, Conflict, and whatever the rule raises."""
        asked: list[S] = []

        def rule(state: S, now: datetime) -> Decision[S]:
            asked.append(state)
            return self.rule(state, now)

        done = await self.documents.decide_or_begin(self.identity, self.blank, rule, mark)
        self.stored(asked[-1], done.state)
