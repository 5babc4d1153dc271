"""The records of one fetch, applied in bulk: one load and one write for many documents, as if each
had been applied alone.

The order that keeps every promise of the single path:
 1. of each source document the leading records are taken that are readable, of a known school, and
    for one and the same document
 2. all documents concerned are loaded at once; stale events are left out by their marks, and the
    rules run in memory, in order
 3. one unordered bulk write, each document under the version that was loaded; new ones by insertion
 4. done is what the store has taken. A document that another process decided first is left, with
    all of its records

Of a large fetch groups of documents do this side by side: while the store answers one, the rules of
another run.

What is left, for whatever reason, is applied alone afterwards, where errors are retried, named and
parked. Nothing is done on a guess: after a write without an answer everything is left, and the
marks say then what had been stored.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

from msgspec import Struct

from sebaya_chassis.base.logs import get_logger
from sebaya_chassis.base.metrics import CONFLICTS, RETRIES
from sebaya_chassis.base.retry import is_transient
from sebaya_chassis.base.tracing import continue_trace, spans_are_recorded
from sebaya_chassis.consuming.dead_letters import DeadLetters
from sebaya_chassis.consuming.delivery import Delivery
from sebaya_chassis.consuming.handlers import Handlers
from sebaya_chassis.consuming.outcome import Outcome
from sebaya_chassis.consuming.record_processor import KnownSchools
from sebaya_chassis.storage.bulk_documents import DocumentWrite, load_many, write_many
from sebaya_chassis.storage.documents import DocumentChange
from sebaya_chassis.storage.layout import AppliedSequence, LoadedDocument
from sebaya_chassis.storage.writer import DocumentRef

log = get_logger()

# Large enough that a group's two questions cost little a record; a usual fetch of 500 makes four.
GROUP_RECORDS = 125


class PlannedRecord(Struct, frozen=True):
    """A record with the change that it makes; `queue` numbers its source document."""

    delivery: Delivery
    mark: AppliedSequence
    change: DocumentChange[Any]
    queue: int


RecordsByDocument = dict[DocumentRef, list[PlannedRecord]]
"""Documents, each with the records that are for it, in order."""
Done = tuple[Delivery, Outcome]


@dataclass(slots=True)
class FoldedDocument:
    """What the records of a fetch make of one document."""

    write: DocumentWrite
    applied: list[tuple[PlannedRecord, Any, Any]] = field(default_factory=list)
    """Each with the states before and after it."""
    done: list[Done] = field(default_factory=list)

    def notify_stored(self) -> None:
        """Tell each change that its effect is in the store."""
        for planned, before, after in self.applied:
            planned.change.on_stored(before, after)


@dataclass(slots=True)
class BulkApplier:
    """Applies in bulk what the records of one service do to one document each."""

    service: str
    handlers: Handlers[Any]
    context_of: Callable[[str], Any]
    schools: KnownSchools
    dead_letters: DeadLetters
    timeout_seconds: float

    async def apply(self, queues: Iterable[Sequence[Delivery]]) -> list[Done]:
        """Apply what can be written in bulk, and return what became of it; each queue is one source
        document's records in order. Everything else is to be applied alone, in order.
        """
        candidates = [
            [delivery if self._is_plannable(delivery) else None for delivery in queue]
            for queue in queues
        ]
        try:
            await self.schools.warm(
                {one.school_id for queue in candidates for one in queue if one is not None}
            )
            planned = await self._plan_all(candidates)
        except Exception as error:
            # The store is away for all of them: another question would wait as long as this one
            # did.
            if not is_transient(error):
                raise
            return []
        groups = group_by_document(take_leading_records(planned))
        done = await asyncio.gather(*(self._apply_group(group) for group in groups))
        return [one for group in done for one in group]

    def _is_plannable(self, delivery: Delivery) -> bool:
        """Anything else is applied alone, where it is told why."""
        return (
            delivery.kind is not None
            and delivery.replay is None
            and self.handlers.planner(delivery.kind) is not None
            and not self.dead_letters.may_hold_up(delivery)
        )

    async def _plan_all(
        self, candidates: Iterable[Sequence[Delivery | None]]
    ) -> list[list[PlannedRecord]]:
        """Of each queue the leading records that can be planned. Raises what is transient."""
        contexts: dict[str, Any] = {}
        planned: list[list[PlannedRecord]] = []
        for number, queue in enumerate(candidates):
            planned.append([])
            for delivery in queue:
                one = await self._plan(delivery, number, contexts) if delivery else None
                if one is None:
                    break
                planned[-1].append(one)
        return planned

    async def _plan(
        self, delivery: Delivery, queue: int, contexts: dict[str, Any]
    ) -> PlannedRecord | None:
        try:
            event = delivery.event()
            planner = self.handlers.planner(type(event))
            if planner is None:
                return None
            if event.school_id not in contexts:
                await self.schools.require(event.school_id)
                contexts[event.school_id] = self.context_of(event.school_id)
            change = await planner(event, contexts[event.school_id])
        except Exception as error:
            if is_transient(error):
                raise
            return None  # it raises again where it is applied alone, and is retried or parked there
        return PlannedRecord(delivery, delivery.mark(), change, queue)

    async def _apply_group(self, group: RecordsByDocument) -> list[Done]:
        try:
            async with asyncio.timeout(self.timeout_seconds):
                return await self._write_group(group)
        except Exception as error:
            records = [one for each in group.values() for one in each]
            log.warning("batch_apart", exc_info=error, records=len(records))
            for topic in {one.delivery.topic.name for one in records}:
                RETRIES.labels(self.service, topic, "batch").inc()
            return []

    async def _write_group(self, group: RecordsByDocument) -> list[Done]:
        wanted = [(records[0].change.documents, ref.identity) for ref, records in group.items()]
        folded = fold(group, await load_many(wanted))
        won = await _write(folded)
        collection = next(iter(group)).collection
        CONFLICTS.labels(self.service, collection).inc(len(folded) - len(won))
        done: list[Done] = []
        for document in won:
            document.notify_stored()
            done += document.done
        return done


def take_leading_records(queues: Iterable[Sequence[PlannedRecord]]) -> list[PlannedRecord]:
    """Take of each source document the records up to the first that is for another document than
    the first is.
    """
    taken: list[PlannedRecord] = []
    for queue in queues:
        for one in queue:
            if one.change.ref != queue[0].change.ref:
                break
            taken.append(one)
    return taken


def group_by_document(planned: Iterable[PlannedRecord]) -> list[RecordsByDocument]:
    """Group records by collection, a document's all in one group; so are a source document's, since
    all of its records are for one document.
    """
    documents: RecordsByDocument = {}
    for one in planned:
        documents.setdefault(one.change.ref, []).append(one)
    groups: list[RecordsByDocument] = []
    open_groups: dict[str, tuple[RecordsByDocument, int]] = {}
    for ref, records in documents.items():
        group, size = open_groups.get(ref.collection, ({}, 0))
        if not group:
            groups.append(group)
        group[ref] = records
        size += len(records)
        open_groups[ref.collection] = (group, size) if size < GROUP_RECORDS else ({}, 0)
    return groups


def fold(
    group: RecordsByDocument, loaded: Mapping[DocumentRef, LoadedDocument[Any]]
) -> list[FoldedDocument]:
    """Run the rules of each document's records on what was loaded of it."""
    failed: set[int] = set()
    spans = spans_are_recorded()  # once a group: it looks into the environment
    folded = (
        _fold_document(records, loaded.get(ref), failed, spans=spans)
        for ref, records in group.items()
    )
    return [document for document in folded if document.done]


def _fold_document(
    records: list[PlannedRecord],
    before: LoadedDocument[Any] | None,
    failed: set[int],
    *,
    spans: bool,
) -> FoldedDocument:
    """The rules one after another. One that raises leaves its record, and those behind it in its
    source document.
    """
    change = records[0].change
    now = before.now if before else change.documents.now()
    state = before.state if before else change.blank(now)
    write = DocumentWrite(change.documents, change.identity, before, state)
    folded = FoldedDocument(write)
    known = dict(before.marks) if before else {}
    for one in records:
        if one.queue in failed:
            continue
        sequence = str(one.mark.sequence)
        if sequence <= known.get(one.mark.source, ""):
            folded.done.append((one.delivery, Outcome.IGNORED))
            continue
        header = one.delivery.header
        try:
            with continue_trace(header.traceparent, header.type) if spans else nullcontext():
                state, events = one.change.rule(write.state, now)
        except Exception:  # noqa: BLE001 - raised again, and named, where it is applied alone
            failed.add(one.queue)
            continue
        if events:
            with continue_trace(header.traceparent, header.type):
                write.add_events(events, now)
        folded.applied.append((one, write.state, state))
        write.add_decision(state, one.mark)
        known[one.mark.source] = sequence
        folded.done.append((one.delivery, Outcome.APPLIED))
    return folded


async def _write(folded: Sequence[FoldedDocument]) -> list[FoldedDocument]:
    """Those that the store has: in good order all of them, and those with nothing but stale
    events.
    """
    changed = [document.write for document in folded if document.write.decisions]
    if not changed:
        return list(folded)
    won = {id(write) for write in await write_many(changed)}
    return [one for one in folded if not one.write.decisions or id(one.write) in won]
