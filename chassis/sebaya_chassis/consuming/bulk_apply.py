"""The records of one fetch, written together: one load and one write for many documents, as if each
had been applied alone.

The order that keeps every promise of the single path:
 1. of each source document the beginning whose records are readable, of a known school, and for one
    and the same document is taken
 2. all documents concerned are loaded at once; stale events are left out by their marks, the rules
    are asked in memory, in order
 3. one unordered bulk write, each document under the version that was loaded; new ones by insertion
 4. settled is what the store has taken. A document that somebody else decided first is left, with
    all of its records

Of a large fetch groups of documents do this side by side: while the store answers one, the rules of
another are asked.

What is left, for whatever reason, is applied alone afterwards, where errors are retried, named and
parked. Nothing is settled on a guess: a write whose answer is lost leaves everything, and the marks
say then what had been stored.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

from msgspec import Struct
from pymongo import InsertOne, UpdateOne
from pymongo.errors import BulkWriteError

from sebaya_chassis.base.logs import get_logger
from sebaya_chassis.base.metrics import CONFLICTS, RETRIES
from sebaya_chassis.base.tracing import continued, recorded
from sebaya_chassis.consuming.dead_letters import Record
from sebaya_chassis.consuming.outcome import Outcome
from sebaya_chassis.storage.database import Document
from sebaya_chassis.storage.documents import SHOWN, AppliedSequence, DocumentChange, LoadedDocument
from sebaya_chassis.storage.writer import Lease
from sebaya_contracts.envelope import Attributes
from sebaya_contracts.topics import Topic

log = get_logger()

DUPLICATE_KEY = 11000
# Large enough that a group's two questions cost little a record; a usual fetch of 500 makes four.
GROUP_RECORDS = 125
DocumentKey = tuple[str, str, str]
"""Collection, school and identity."""


class PlannedRecord(Struct, frozen=True):
    """A record with what it does; `lane` is its source document."""

    topic: Topic
    record: Record
    about: Attributes
    mark: AppliedSequence
    step: DocumentChange[Any]
    lane: int


RecordsByDocument = dict[DocumentKey, list[PlannedRecord]]
"""Documents, each with the records that are for it, in order."""


@dataclass(slots=True)
class FoldedDocument:
    """What the records of a fetch make of one document."""

    step: DocumentChange[Any]
    before: LoadedDocument[Any] | None
    state: Any
    applied: list[tuple[PlannedRecord, Any, Any]] = field(default_factory=list)
    """Each with the states before and after it."""
    settled: list[tuple[PlannedRecord, Outcome]] = field(default_factory=list)
    marks: dict[str, str] = field(default_factory=dict)
    entries: list[Document] = field(default_factory=list)
    decisions: int = 0
    lease: Lease | None = None

    def operation(self) -> InsertOne[Document] | UpdateOne:
        documents = self.step.documents
        if self.before is None:
            document, self.lease = documents.newborn(
                self.state, self.entries, self.marks, documents.now(), self.decisions
            )
            return InsertOne(document)
        return UpdateOne(
            *documents.update(
                self.step.identity,
                self.before,
                self.state,
                self.entries,
                self.marks,
                self.decisions,
            )
        )

    def stored(self) -> None:
        self.step.documents.tell(self.step.identity, self.entries, self.lease)
        for planned, before, after in self.applied:
            planned.step.stored(before, after)


async def apply_in_bulk(
    service: str, planned: Sequence[PlannedRecord], seconds: float
) -> list[tuple[PlannedRecord, Outcome]]:
    """What was settled. Everything else is to be applied alone, in order."""
    settled = await asyncio.gather(
        *(_group_applied(service, places, seconds) for places in _groups(planned))
    )
    return [one for group in settled for one in group]


def _groups(planned: Sequence[PlannedRecord]) -> list[RecordsByDocument]:
    """By collection, and a document's records in one group; so is a source document's, all of whose
    records are for one document.
    """
    documents: dict[DocumentKey, list[PlannedRecord]] = {}
    for one in planned:
        collection, school_id = one.step.documents.place
        documents.setdefault((collection, school_id, one.step.identity), []).append(one)
    groups: list[RecordsByDocument] = []
    last: dict[str, tuple[RecordsByDocument, int]] = {}
    for place, records in documents.items():
        group, held = last.get(place[0], ({}, 0))
        if not group:
            groups.append(group)
        group[place] = records
        held += len(records)
        last[place[0]] = (group, held) if held < GROUP_RECORDS else ({}, 0)
    return groups


async def _group_applied(
    service: str, places: RecordsByDocument, seconds: float
) -> list[tuple[PlannedRecord, Outcome]]:
    try:
        async with asyncio.timeout(seconds):
            return await _apply(service, places)
    except Exception as error:
        records = [one for each in places.values() for one in each]
        log.warning("batch_apart", exc_info=error, records=len(records))
        for topic in {one.topic.name for one in records}:
            RETRIES.labels(service, topic, "batch").inc()
        return []


async def _apply(service: str, places: RecordsByDocument) -> list[tuple[PlannedRecord, Outcome]]:
    folded = _fold(places, await _load(places))
    won = await _write(folded)
    collection = next(iter(places))[0]
    CONFLICTS.labels(service, collection).inc(len(folded) - len(won))
    settled: list[tuple[PlannedRecord, Outcome]] = []
    for document in won:
        document.stored()
        settled += document.settled
    return settled


async def _load(places: RecordsByDocument) -> dict[DocumentKey, LoadedDocument[Any]]:
    """One question for all. Schools are in it, and looked at again: an id of another school finds
    nothing.
    """
    some = next(iter(places.values()))[0].step.documents
    match = {
        "_id": {"$in": [identity for _, _, identity in places]},
        "school_id": {"$in": list({school for _, school, _ in places})},
    }
    cursor = await some.collection.aggregate(
        [{"$match": match}, {"$project": SHOWN | {"school_id": 1}}],
        batchSize=len(places) + 1,
    )
    name = some.place[0]
    found = (
        (name, document["school_id"], document["_id"], document)
        for document in await cursor.to_list()
    )
    return {
        (name, school, identity): some.loaded(document)
        for name, school, identity, document in found
        if (name, school, identity) in places
    }


def _fold(
    places: RecordsByDocument, loaded: Mapping[DocumentKey, LoadedDocument[Any]]
) -> list[FoldedDocument]:
    failed: set[int] = set()
    spans = recorded()  # once a batch: it looks into the environment
    return [
        folded
        for place, records in places.items()
        if (folded := _folded(records, loaded.get(place), failed, spans=spans)).settled
    ]


def _folded(
    records: list[PlannedRecord],
    before: LoadedDocument[Any] | None,
    failed: set[int],
    *,
    spans: bool,
) -> FoldedDocument:
    """The rules one after another. One that raises leaves its record, and those behind it in its
    source document.
    """
    step = records[0].step
    now = before.now if before else step.documents.now()
    folded = FoldedDocument(step, before, before.state if before else step.blank(now))
    known = dict(before.marks) if before else {}
    number = before.number if before else 0
    for one in records:
        if one.lane in failed:
            continue
        sequence = str(one.mark.sequence)
        if sequence <= known.get(one.mark.source, ""):
            folded.settled.append((one, Outcome.IGNORED))
            continue
        try:
            with continued(one.about.traceparent, one.about.type) if spans else nullcontext():
                state, events = one.step.rule(folded.state, now)
        except Exception:  # noqa: BLE001 - it raises again where it is applied alone, and is named there
            failed.add(one.lane)
            continue
        if events:
            with continued(one.about.traceparent, one.about.type):
                folded.entries += step.documents.entries(number + len(folded.entries), events, now)
        folded.applied.append((one, folded.state, state))
        folded.state = state
        folded.marks[one.mark.source] = known[one.mark.source] = sequence
        folded.decisions += 1
        folded.settled.append((one, Outcome.APPLIED))
    return folded


async def _write(folded: Sequence[FoldedDocument]) -> list[FoldedDocument]:
    """Those that the store has: in good order all of them, and those with nothing but stale events."""
    changed = [document for document in folded if document.decisions]
    if not changed:
        return list(folded)
    collection = changed[0].step.documents.collection
    lost: set[int] = set()
    try:
        done = await collection.bulk_write(
            [document.operation() for document in changed], ordered=False
        )
        taken = done.matched_count + done.inserted_count
    except BulkWriteError as error:
        lost = _duplicates(error)
        taken = error.details["nMatched"] + error.details["nInserted"]
    if taken + len(lost) < len(changed):
        lost |= await _overtaken(changed, lost)
    losers = {id(changed[at]) for at in lost}
    return [document for document in folded if id(document) not in losers]


def _duplicates(error: BulkWriteError) -> set[int]:
    """Which insertions found their document there already. Any other trouble is the whole write's."""
    wrong = error.details["writeErrors"]
    if error.details["writeConcernErrors"] or any(each["code"] != DUPLICATE_KEY for each in wrong):
        raise error
    return {each["index"] for each in wrong}


async def _overtaken(changed: Sequence[FoldedDocument], lost: set[int]) -> set[int]:
    """A bulk write tells how many filters fitted, not which: the marks do."""
    asked = {
        at: document
        for at, document in enumerate(changed)
        if at not in lost and document.before is not None
    }
    schools = list({document.step.documents.place[1] for document in asked.values()})
    match = {
        "_id": {"$in": [document.step.identity for document in asked.values()]},
        "school_id": {"$in": schools},
    }
    rows = await changed[0].step.documents.collection.find(match, {"marks": 1}).to_list()
    marks = {row["_id"]: row["marks"] for row in rows}
    return {
        at
        for at, document in asked.items()
        if not _has(marks.get(document.step.identity, {}), document.marks)
    }


def _has(stored: Mapping[str, str], written: Mapping[str, str]) -> bool:
    return all(stored.get(source, "") >= sequence for source, sequence in written.items())


def take_leading_records(lanes: Iterable[Sequence[PlannedRecord]]) -> list[PlannedRecord]:
    """Of each source document the records up to the first that is for another document than the
    first is.
    """
    taken: list[PlannedRecord] = []
    for lane in lanes:
        for one in lane:
            if (one.step.documents.place, one.step.identity) != (
                lane[0].step.documents.place,
                lane[0].step.identity,
            ):
                break
            taken.append(one)
    return taken
