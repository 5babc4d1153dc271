"""Many documents of one collection, loaded by one query and written by one command.

They may be of several schools: each is reached through the `Documents` of its own school, which is
part of the filter and compared again, so that an id of another school finds nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pymongo import InsertOne, UpdateOne
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import BulkWriteError

from sebaya_chassis.storage.database import DUPLICATE_KEY, Document
from sebaya_chassis.storage.documents import Documents
from sebaya_chassis.storage.layout import PROJECTION, AppliedSequence, LoadedDocument
from sebaya_chassis.storage.writer import DocumentRef, Lease
from sebaya_contracts.event import Event


@dataclass(slots=True)
class DocumentWrite:
    """What several decisions make of one document; `before` is None where it is not there yet."""

    documents: Documents[Any]
    identity: str
    before: LoadedDocument[Any] | None
    state: Any
    marks: dict[str, str] = field(default_factory=dict)
    entries: list[Document] = field(default_factory=list)
    decisions: int = 0
    lease: Lease | None = None

    def add_events(self, events: Sequence[Event], now: datetime) -> None:
        """Append a decision's events to what goes to the outbox, in the order of their numbers."""
        number = (self.before.number if self.before else 0) + len(self.entries)
        self.entries += self.documents.layout.outbox_entries(number, events, now)

    def add_decision(self, state: Any, mark: AppliedSequence) -> None:
        """Take the state that a decision leads to, and the mark of the event it is about."""
        self.state = state
        self.marks[mark.source] = str(mark.sequence)
        self.decisions += 1

    def operation(self) -> InsertOne[Document] | UpdateOne:
        """Return the driver's operation: an insertion, or an update of the version loaded."""
        layout = self.documents.layout
        if self.before is None:
            new = layout.first_write(
                self.state, self.entries, self.marks, self.documents.now(), self.decisions
            )
            self.lease = new.lease
            return InsertOne(new.document)
        return UpdateOne(
            *layout.next_write(
                self.identity, self.before, self.state, self.entries, self.marks, self.decisions
            )
        )

    def notify_relay(self) -> None:
        """Notify the relay of the events that were stored."""
        if self.entries:
            layout = self.documents.layout
            layout.writer.notify_relay(layout.ref(self.identity), self.entries, self.lease)


async def load_many(
    targets: Sequence[tuple[Documents[Any], str]],
) -> dict[DocumentRef, LoadedDocument[Any]]:
    """Load the documents of these identities; those that are not there are left out.

    Raises ValueError where they are not of one collection.
    """
    by_ref = {documents.ref(identity): documents for documents, identity in targets}
    collection = _collection_of([documents for documents, _ in targets])
    cursor = await collection.aggregate(
        [{"$match": _match(list(by_ref))}, {"$project": PROJECTION | {"school_id": 1}}],
        batchSize=len(by_ref) + 1,
    )
    found: dict[DocumentRef, LoadedDocument[Any]] = {}
    for row in await cursor.to_list():
        ref = DocumentRef(collection.name, row["school_id"], row["_id"])
        if ref in by_ref:
            found[ref] = by_ref[ref].layout.loaded(row)
    return found


async def write_many(writes: Sequence[DocumentWrite]) -> list[DocumentWrite]:
    """Write each document under the version that was loaded; return those that the store took.

    The others were changed by another process first. Raises ValueError where they are not of one
    collection, and what the driver raises: then it is unknown what was written.
    """
    collection = _collection_of([write.documents for write in writes])
    lost: set[int] = set()
    try:
        done = await collection.bulk_write([write.operation() for write in writes], ordered=False)
        taken = done.matched_count + done.inserted_count
    except BulkWriteError as error:
        lost = _duplicates(error)
        taken = error.details["nMatched"] + error.details["nInserted"]
    if taken + len(lost) < len(writes):
        lost |= await _overtaken(collection, writes, lost)
    won = [write for at, write in enumerate(writes) if at not in lost]
    for write in won:
        write.notify_relay()
    return won


def _collection_of(documents: Sequence[Documents[Any]]) -> AsyncCollection[Document]:
    if len({each.name for each in documents}) != 1:
        raise ValueError("one command is for one collection")
    return documents[0]._collection.driver


def _match(refs: Sequence[DocumentRef]) -> Document:
    return {
        "_id": {"$in": [ref.identity for ref in refs]},
        "school_id": {"$in": list({ref.school_id for ref in refs})},
    }


def _duplicates(error: BulkWriteError) -> set[int]:
    """The insertions that found their document there already. Any other failure is the whole
    write's.
    """
    wrong = error.details["writeErrors"]
    if error.details["writeConcernErrors"] or any(each["code"] != DUPLICATE_KEY for each in wrong):
        raise error
    return {each["index"] for each in wrong}


async def _overtaken(
    collection: AsyncCollection[Document], writes: Sequence[DocumentWrite], lost: set[int]
) -> set[int]:
    """A bulk write tells how many filters fitted, not which: the marks do."""
    doubtful = {
        write.documents.ref(write.identity): at
        for at, write in enumerate(writes)
        if at not in lost and write.before is not None
    }
    rows = await collection.find(_match(list(doubtful)), {"marks": 1, "school_id": 1}).to_list()
    marks = {
        DocumentRef(collection.name, row["school_id"], row["_id"]): row["marks"] for row in rows
    }
    return {at for ref, at in doubtful.items() if not _has(marks.get(ref, {}), writes[at].marks)}


def _has(stored: dict[str, str], written: dict[str, str]) -> bool:
    return all(stored.get(source, "") >= sequence for source, sequence in written.items())
