"""How a versioned document lies in the store, and what is read of it.

    {_id, school_id, version, number, state: {...}, marks: {...}, due_at, timer,
     outbox: [...], outbox_since, lease, published_at, withheld: [...]}

`withheld` are events that are published once the request that made the document was answered.
`version` counts decisions, `number` the events that the document has made. Decisions only push to
the outbox and the relay only pulls; a document is never replaced whole.
"""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, NamedTuple, Self, TypeVar

import msgspec

from sebaya_chassis.base.ids import new_id
from sebaya_chassis.base.tracing import current_traceparent
from sebaya_chassis.storage.database import Document
from sebaya_chassis.storage.writer import DocumentRef, Lease, Writer
from sebaya_contracts.envelope import Sequence as EventSequence
from sebaya_contracts.envelope import encode
from sebaya_contracts.event import Event
from sebaya_contracts.topics import topic_of

S = TypeVar("S")

OUTBOX_AND_WITHHELD: Document = {
    "$sortArray": {
        "input": {"$concatArrays": ["$outbox", {"$ifNull": ["$withheld", []]}]},
        "sortBy": {"sequence": 1},
    }
}

# An update that puts the withheld events of a document into its outbox.
RELEASE: list[Document] = [
    {
        "$set": {
            "outbox": OUTBOX_AND_WITHHELD,
            "outbox_since": {"$ifNull": ["$outbox_since", "$$NOW"]},
            "withheld": "$$REMOVE",
        }
    }
]

# What is read of a document, with the store's time of reading it.
PROJECTION: Document = {
    "state": 1,
    "version": 1,
    "number": 1,
    "marks": 1,
    "published_at": 1,
    "now": "$$NOW",
    "waiting": {"$size": "$outbox"},
    "withheld": {"$isArray": "$withheld"},
}


class AlreadyApplied(Exception):
    """The event was applied before; nothing is changed."""


class AppliedSequence(msgspec.Struct, frozen=True):
    """How far one source document has been applied; written with the effect.

    Two services may give their documents of one case the same id, so the source names the topic
    too.
    """

    source: str
    sequence: EventSequence

    @classmethod
    def of(cls, topic: str, subject: str, sequence: EventSequence) -> Self:
        """Make the mark of an event, named by its topic and the document it came from."""
        # A source is part of a field's path in the store, where a dot would mean something.
        return cls(f"{topic.replace('.', '_')}/{subject}", sequence)

    def as_marks(self) -> dict[str, str]:
        """Return the mark as it stands among a document's."""
        return {self.source: str(self.sequence)}


@dataclass(frozen=True, slots=True)
class CollectionSpec(Generic[S]):
    """A collection of versioned documents.

    `identity` and `due` read from the state the document's id and the time at which a timer acts
    on it (None: never).
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
    withheld: bool = False
    """Whether events wait for an answer that is not known to have been given."""

    def refuse_applied(self, mark: AppliedSequence | None) -> None:
        """Raise AlreadyApplied when the mark is at or below what was applied."""
        if mark is not None and str(mark.sequence) <= self.marks.get(mark.source, ""):
            raise AlreadyApplied(mark.source)


class NewDocument(NamedTuple):
    """A document that is about to be written for the first time.

    `entries` wait in its outbox; under `lease` the writing process publishes them unclaimed.
    """

    ref: DocumentRef
    document: Document
    entries: list[Document]
    lease: Lease | None


LateDocuments = Callable[[], Coroutine[Any, Any, Sequence[NewDocument]]]
"""Finds out what else is created together, while the first of it is being written."""


@dataclass(frozen=True, slots=True)
class DocumentLayout(Generic[S]):
    """Reads and writes the stored form of one school's documents of one collection."""

    spec: CollectionSpec[S]
    school_id: str
    writer: Writer

    def ref(self, identity: str) -> DocumentRef:
        """Name a document."""
        return DocumentRef(self.spec.collection, self.school_id, identity)

    def scope(self, **more: Any) -> Document:
        """Return a filter that only documents of this school fit."""
        return {"school_id": self.school_id, **more}

    def loaded(self, document: Document) -> LoadedDocument[S]:
        """Convert what was read with `PROJECTION`."""
        return LoadedDocument(
            state=msgspec.convert(document["state"], self.spec.state),
            version=document["version"],
            number=document["number"],
            marks=document["marks"],
            now=document["now"],
            published_at=document.get("published_at"),
            waiting=document["waiting"],
            withheld=document["withheld"],
        )

    def first_write(
        self,
        state: S,
        entries: list[Document],
        marks: Mapping[str, str],
        now: datetime,
        decisions: int = 1,
        withheld: Sequence[Document] = (),
    ) -> NewDocument:
        """Build a document's first write, which leases it to this process until it is published."""
        lease = self.writer.new_lease() if entries else None
        if lease and withheld:
            lease = replace(lease, withheld=len(withheld))
        identity = self.spec.identity(state)
        document = {
            "_id": identity,
            "school_id": self.school_id,
            "version": decisions,
            "number": len(entries) + len(withheld),
            "state": _stored(state),
            "outbox": entries,
            "marks": dict(marks),
            "due_at": self._due(state),
            **({"outbox_since": now} if entries else {}),
            **({"lease": {"token": lease.token, "until": lease.until}} if lease else {}),
            **({"withheld": list(withheld)} if withheld else {}),
        }
        return NewDocument(self.ref(identity), document, [*entries, *withheld], lease)

    def next_write(
        self,
        identity: str,
        before: LoadedDocument[S],
        state: S,
        entries: list[Document],
        marks: Mapping[str, str],
        decisions: int = 1,
    ) -> tuple[Document, Document]:
        """Build filter and changes of a later write.

        The version in the filter makes the write miss a document that was changed since.
        """
        changes: Document = {
            "$set": {
                "state": _stored(state),
                "due_at": self._due(state),
                **{f"marks.{source}": sequence for source, sequence in marks.items()},
            },
            "$inc": {"version": decisions, "number": len(entries)},
            "$unset": {"timer": ""},
        }
        if entries:
            changes["$push"] = {"outbox": {"$each": entries}}
            # Not by what was loaded: the relay may have emptied the outbox since, and without this
            # field no sweep finds it again.
            changes["$min"] = {"outbox_since": before.now}
        return self.scope(_id=identity, version=before.version), changes

    def _due(self, state: S) -> datetime | None:
        due = self.spec.due(state)
        self.writer.expect_due(self.spec.collection, due)
        return due

    def outbox_entries(self, number: int, events: Sequence[Event], now: datetime) -> list[Document]:
        """Build outbox entries, numbered after the `number` of events the document has made."""
        traceparent = current_traceparent() if events else None
        return [
            self._entry(following, event, now, traceparent)
            for following, event in enumerate(events, start=number + 1)
        ]

    def _entry(self, number: int, event: Event, now: datetime, traceparent: str | None) -> Document:
        topic = topic_of(event)
        return {
            "id": new_id(),
            "sequence": str(EventSequence(self.writer.epoch, number)),
            "type": event.kind(),
            "topic": topic.name,
            "key": getattr(event, topic.key),
            "time": now,
            "data": encode(event),
            "traceparent": traceparent,
        }


def _stored(state: Any) -> Any:
    return msgspec.to_builtins(state, builtin_types=(datetime, bytes))
