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

from sebaya_chassis.base.logs import get_logger
from sebaya_chassis.base.metrics import CONFLICTS, RETRIES
from sebaya_chassis.base.tracing import continue_trace, spans_are_recorded
from sebaya_chassis.consuming.dead_letters import Record
from sebaya_chassis.consuming.outcome import Outcome
from sebaya_chassis.storage.bulk_documents import DocumentWrite, load_many, write_many
from sebaya_chassis.storage.documents import DocumentChange
from sebaya_chassis.storage.layout import AppliedSequence, LoadedDocument
from sebaya_chassis.storage.writer import DocumentRef
from sebaya_contracts.envelope import Attributes
from sebaya_contracts.topics import Topic

log = get_logger()

# Large enough that a group's two questions cost little a record; a usual fetch of 500 makes four.
GROUP_RECORDS = 125


class PlannedRecord(Struct, frozen=True):
    """A record with what it does; `lane` is its source document."""

    topic: Topic
    record: Record
    about: Attributes
    mark: AppliedSequence
    step: DocumentChange[Any]
    lane: int


RecordsByDocument = dict[DocumentRef, list[PlannedRecord]]
"""Documents, each with the records that are for it, in order."""


@dataclass(slots=True)
class FoldedDocument:
    """What the records of a fetch make of one document."""

    write: DocumentWrite
    applied: list[tuple[PlannedRecord, Any, Any]] = field(default_factory=list)
    """Each with the states before and after it."""
    settled: list[tuple[PlannedRecord, Outcome]] = field(default_factory=list)

    def stored(self) -> None:
        for planned, before, after in self.applied:
            planned.step.on_stored(before, after)


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
    documents: dict[DocumentRef, list[PlannedRecord]] = {}
    for one in planned:
        documents.setdefault(one.step.ref, []).append(one)
    groups: list[RecordsByDocument] = []
    last: dict[str, tuple[RecordsByDocument, int]] = {}
    for place, records in documents.items():
        group, held = last.get(place.collection, ({}, 0))
        if not group:
            groups.append(group)
        group[place] = records
        held += len(records)
        last[place.collection] = (group, held) if held < GROUP_RECORDS else ({}, 0)
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
    targets = [(records[0].step.documents, ref.identity) for ref, records in places.items()]
    folded = _fold(places, await load_many(targets))
    won = await _written(folded)
    collection = next(iter(places)).collection
    CONFLICTS.labels(service, collection).inc(len(folded) - len(won))
    settled: list[tuple[PlannedRecord, Outcome]] = []
    for document in won:
        document.stored()
        settled += document.settled
    return settled


def _fold(
    places: RecordsByDocument, loaded: Mapping[DocumentRef, LoadedDocument[Any]]
) -> list[FoldedDocument]:
    failed: set[int] = set()
    spans = spans_are_recorded()  # once a batch: it looks into the environment
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
    state = before.state if before else step.blank(now)
    write = DocumentWrite(step.documents, step.identity, before, state)
    folded = FoldedDocument(write)
    known = dict(before.marks) if before else {}
    for one in records:
        if one.lane in failed:
            continue
        sequence = str(one.mark.sequence)
        if sequence <= known.get(one.mark.source, ""):
            folded.settled.append((one, Outcome.IGNORED))
            continue
        try:
            with continue_trace(one.about.traceparent, one.about.type) if spans else nullcontext():
                state, events = one.step.rule(write.state, now)
        except Exception:  # noqa: BLE001 - it raises again where it is applied alone, and is named there
            failed.add(one.lane)
            continue
        if events:
            with continue_trace(one.about.traceparent, one.about.type):
                write.add_events(events, now)
        folded.applied.append((one, write.state, state))
        write.add_decision(state, one.mark)
        known[one.mark.source] = sequence
        folded.settled.append((one, Outcome.APPLIED))
    return folded


async def _written(folded: Sequence[FoldedDocument]) -> list[FoldedDocument]:
    """Those that the store has: in good order all of them, and those with nothing but stale events."""
    changed = [document.write for document in folded if document.write.decisions]
    if not changed:
        return list(folded)
    won = {id(write) for write in await write_many(changed)}
    return [one for one in folded if not one.write.decisions or id(one.write) in won]


def take_leading_records(lanes: Iterable[Sequence[PlannedRecord]]) -> list[PlannedRecord]:
    """Of each source document the records up to the first that is for another document than the
    first is.
    """
    taken: list[PlannedRecord] = []
    for lane in lanes:
        for one in lane:
            if one.step.ref != lane[0].step.ref:
                break
            taken.append(one)
    return taken
