"""The records of one fetch, in lanes: one document's records one after another, different documents
side by side.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import islice

from aiokafka import TopicPartition

from sebaya_chassis.consuming.dead_letters import Record

# Each retries by itself; more at once would take the store's connections from those who are well.
MAX_HELD_QUEUES = 32
Work = Callable[[Record], Awaitable[None]]


def subject_of(record: Record) -> bytes:
    """The source document, from the header; a record without one is alone in its lane."""
    for name, value in record.headers:
        if name == "ce_subject":
            return bytes(value)
    return f"{record.partition}:{record.offset}".encode()


def lanes(records: Iterable[Record]) -> list[list[Record]]:
    """Order is kept within a document of a topic, and promised nowhere else."""
    by_document: dict[tuple[str, bytes], list[Record]] = defaultdict(list)
    for record in records:
        by_document[record.topic, subject_of(record)].append(record)
    return list(by_document.values())


def ignore_hold() -> None:
    """Where a record is taken by itself, its failure holds nobody up."""


_HOLD: ContextVar[Callable[[], None]] = ContextVar("hold", default=ignore_hold)


def hold_document() -> None:
    """Said by whoever tries a record again that nothing but itself is wrong with: only its own
    document waits for it from now on.
    """
    _HOLD.get()()


class CancelledWork(RuntimeError):
    """The work on a record was cancelled from within; whoever reads is started anew, and the record
    comes again.
    """


@dataclass(slots=True)
class DocumentQueue:
    """A source document's records; of this fetch, and of later ones while it is held."""

    records: list[tuple["Batch", Record]]
    task: "asyncio.Task[None] | None" = None

    @property
    def document(self) -> tuple[str, bytes]:
        return self.records[0][1].topic, subject_of(self.records[0][1])

    @property
    def partition(self) -> TopicPartition:
        return TopicPartition(self.records[0][1].topic, self.records[0][1].partition)

    @property
    def held(self) -> bool:
        return self.task is not None and not self.task.done()


@dataclass(slots=True)
class Batch:
    """What is done of a fetch, so that an interrupted one commits exactly its finished prefix.

    A document whose record fails for its own fault is `held`: it goes on by itself after
    `side_by_side` has returned.
    """

    records: dict[TopicPartition, list[Record]]
    _done: dict[TopicPartition, set[int]] = field(default_factory=lambda: defaultdict(set))
    _queued: set[tuple[TopicPartition, int]] = field(default_factory=set)
    finished: asyncio.Event = field(default_factory=asyncio.Event)
    lanes: list[DocumentQueue] = field(default_factory=list)
    may_hold: int = MAX_HELD_QUEUES

    async def singly(self, work: Work, records: Iterable[Record]) -> None:
        """These of its records through `work`, one after another."""
        for record in records:
            await self._one(work, self, record)

    async def side_by_side(self, work: Work, at_once: int) -> None:
        """Every record that is left through `work`. Raises the failures of `work` as a group, after
        the others stopped.
        """
        waiting = lanes(self.left())
        waiting.reverse()

        async def worker() -> None:
            while waiting:
                await self._until_freed(
                    work, DocumentQueue([(self, record) for record in waiting.pop()])
                )

        async with asyncio.TaskGroup() as workers:
            for _ in range(min(at_once, len(waiting))):
                workers.create_task(worker())

    def left(self) -> list[Record]:
        """What is neither done nor queued behind a held document, in the order of the fetch."""
        return [
            record
            for partition, records in self.records.items()
            for record in records
            if record.offset not in self._done[partition]
            and (partition, record.offset) not in self._queued
        ]

    def settle(self, record: Record) -> None:
        """Done."""
        self._done[TopicPartition(record.topic, record.partition)].add(record.offset)

    def oldest(self) -> Iterator[Record]:
        """Of each partition the first record that is not done."""
        for partition, records in self.records.items():
            done = self._done.get(partition, set())
            yield from islice((record for record in records if record.offset not in done), 1)

    @property
    def complete(self) -> bool:
        return all(
            len(self._done[partition]) == len(records)
            for partition, records in self.records.items()
        )

    @property
    def held(self) -> list[DocumentQueue]:
        return [lane for lane in self.lanes if lane.held]

    def queue_behind(self, earlier: Iterable["Batch"]) -> None:
        """Records of a document that is held wait behind it."""
        held = {lane.document: lane for batch in earlier for lane in batch.held}
        if not held:
            return
        for record in self.left():
            lane = held.get((record.topic, subject_of(record)))
            if lane is not None:
                lane.records.append((self, record))
                self._queued.add((TopicPartition(record.topic, record.partition), record.offset))

    def forget(self, partition: TopicPartition) -> None:
        """It is another's now."""
        self.records.pop(partition, None)

    async def _until_freed(self, work: Work, lane: DocumentQueue) -> None:
        """Until the lane is done or held."""
        freed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def free(_task: object = None) -> None:
            if not freed.done():
                freed.set_result(None)

        def hold() -> None:
            if not freed.done() and len(self.held) < self.may_hold:
                self.lanes.append(lane)
                free()

        lane.task = asyncio.create_task(self._through(work, lane, hold))
        lane.task.add_done_callback(free)
        try:
            await freed
        except asyncio.CancelledError:
            lane.task.cancel()
            raise
        if lane.task.done():
            # A lane that has ended lets go of its task, which holds the lane: both are freed at
            # once, and not by the cycle collector.
            ended, lane.task = lane.task, None
            if ended.cancelled():
                # By nobody here. Its cancellation would pass for ours and be swallowed, and its
                # record be neither done nor failed.
                raise CancelledWork(lane.document)
            ended.result()

    async def _through(self, work: Work, lane: DocumentQueue, hold: Callable[[], None]) -> None:
        _HOLD.set(hold)
        # Grows while it is held: later fetches bring more of the same document.
        for owner, record in lane.records:
            await self._one(work, owner, record)

    async def _one(self, work: Work, owner: "Batch", record: Record) -> None:
        await work(record)
        owner.settle(record)

    def offsets(self) -> dict[TopicPartition, int]:
        """For each partition the offset to commit: one past the last record before which all are
        done.
        """
        return offsets([self])


def offsets(batches: Iterable[Batch]) -> dict[TopicPartition, int]:
    """For each partition, over fetches in their order: one past the last record before which all
    are done.
    """
    found: dict[TopicPartition, int] = {}
    stuck: set[TopicPartition] = set()
    for batch in batches:
        for partition, records in batch.records.items():
            if partition in stuck:
                continue
            for record in records:
                if record.offset not in batch._done[partition]:
                    stuck.add(partition)
                    break
                found[partition] = record.offset + 1
    return found


async def cancel_held(batches: Iterable[Batch], partitions: set[TopicPartition]) -> None:
    """The held documents of these partitions are another's from now on; what was not done comes to
    it.
    """
    tasks = [
        lane.task
        for batch in batches
        for lane in batch.held
        if lane.partition in partitions and lane.task is not None
    ]
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)
