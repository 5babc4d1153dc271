"""The records of one fetch, in lanes: one document's records one after another, different documents side by side."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import islice

from aiokafka import TopicPartition

from sebaya_chassis.parked import Record

# Each retries by itself; more at once would take the store's connections from those who are well.
HELD_AT_MOST = 32
# Documents that the next fetch need not wait for. With those of a whole fetch they have a bounded share of the store's connections.
LEFT_AT_MOST = 16
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


def nobody_waits() -> None:
    """Where a record is taken by itself, its failure holds nobody up."""


_HOLD: ContextVar[Callable[[], None]] = ContextVar("hold", default=nobody_waits)


def fails_for_its_own_fault() -> None:
    """Said by whoever tries a record again that nothing but itself is wrong with: only its own document waits for it from now on."""
    _HOLD.get()()


@dataclass(slots=True, eq=False)
class Lane:
    """A source document's records; of this fetch, and of later ones while it is at work."""

    records: list[tuple["Batch", Record]]
    task: "asyncio.Task[None] | None" = None
    failing: bool = False
    # Once it is done, or failing.
    freed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def document(self) -> tuple[str, bytes]:
        return self.records[0][1].topic, subject_of(self.records[0][1])

    @property
    def partition(self) -> TopicPartition:
        return TopicPartition(self.records[0][1].topic, self.records[0][1].partition)

    @property
    def at_work(self) -> bool:
        return self.task is not None and not self.task.done()


@dataclass(slots=True)
class Batch:
    """What is done of a fetch, so that an interrupted one commits exactly its finished prefix.

    `run` does not wait for every document. A few that are at work are left to themselves, so that the next fetch is not kept waiting by
    the slowest; and so is a document whose record fails for its own fault: it is `held`, and may take long.
    """

    records: dict[TopicPartition, list[Record]]
    _done: dict[TopicPartition, set[int]] = field(default_factory=lambda: defaultdict(set))
    _queued: set[tuple[TopicPartition, int]] = field(default_factory=set)
    finished: asyncio.Event = field(default_factory=asyncio.Event)
    # Those that `run` does not wait for.
    lanes: list[Lane] = field(default_factory=list)
    may_hold: int = HELD_AT_MOST
    may_leave: int = 0
    began: float = field(default_factory=time.monotonic)
    last_done: float = 0.0

    async def run(self, work: Work, *, at_once: int, singly: bool) -> None:
        """Every record that is left through `work`. Raises the first failure of `work`, after the others stopped."""
        try:
            if singly:
                for record in self.left():
                    await self._one(work, self, record)
            else:
                await self._side_by_side(work, lanes(self.left()), at_once)
        finally:
            self.finished.set()

    def left(self) -> list[Record]:
        """What is neither done nor queued behind a document that is at work, in the order of the fetch."""
        return [
            record
            for partition, records in self.records.items()
            for record in records
            if record.offset not in self._done[partition] and (partition, record.offset) not in self._queued
        ]

    def settle(self, record: Record) -> None:
        """Done."""
        self._done[TopicPartition(record.topic, record.partition)].add(record.offset)
        self.last_done = time.monotonic()

    def oldest(self) -> Iterator[Record]:
        """Of each partition the first record that is not done."""
        for partition, records in self.records.items():
            done = self._done.get(partition, set())
            yield from islice((record for record in records if record.offset not in done), 1)

    @property
    def complete(self) -> bool:
        return all(len(self._done[partition]) == len(records) for partition, records in self.records.items())

    @property
    def held(self) -> list[Lane]:
        """Documents whose record fails for its own fault."""
        return [lane for lane in self.lanes if lane.at_work and lane.failing]

    @property
    def left_alone(self) -> list[Lane]:
        """Documents that are at work and well."""
        return [lane for lane in self.lanes if lane.at_work and not lane.failing]

    def queue_behind(self, earlier: Iterable["Batch"]) -> None:
        """Records of a document that is still at work wait behind it."""
        at_work = {lane.document: lane for batch in earlier for lane in batch.lanes if lane.at_work}
        if not at_work:
            return
        for record in self.left():
            lane = at_work.get((record.topic, subject_of(record)))
            if lane is not None:
                lane.records.append((self, record))
                self._queued.add((TopicPartition(record.topic, record.partition), record.offset))

    def forget(self, partition: TopicPartition) -> None:
        """It is another's now."""
        self.records.pop(partition, None)

    async def _side_by_side(self, work: Work, waiting: list[list[Record]], at_once: int) -> None:
        waiting.reverse()

        async def worker() -> None:
            while waiting:
                await self._until_freed(work, Lane([(self, record) for record in waiting.pop()]))

        async with asyncio.TaskGroup() as workers:
            for _ in range(min(at_once, len(waiting))):
                workers.create_task(worker())

    async def _until_freed(self, work: Work, lane: Lane) -> None:
        """Until the lane is done, or left to itself."""

        def hold() -> None:
            if len(self.held) >= self.may_hold:
                return
            lane.failing = True
            lane.freed.set()
            if lane not in self.lanes:
                self.lanes.append(lane)

        lane.task = asyncio.create_task(self._through(work, lane, hold))
        lane.task.add_done_callback(lambda _task: lane.freed.set())
        if len(self.left_alone) < self.may_leave:
            self.lanes.append(lane)
            return
        try:
            await lane.freed.wait()
        except asyncio.CancelledError:
            lane.task.cancel()
            raise
        if lane.task.done():
            lane.task.result()

    async def _through(self, work: Work, lane: Lane, hold: Callable[[], None]) -> None:
        _HOLD.set(hold)
        # Grows while it is held: later fetches bring more of the same document.
        for owner, record in lane.records:
            await self._one(work, owner, record)

    async def _one(self, work: Work, owner: "Batch", record: Record) -> None:
        await work(record)
        owner.settle(record)

    def offsets(self) -> dict[TopicPartition, int]:
        """For each partition the offset to commit: one past the last record before which all are done."""
        return offsets([self])


def offsets(batches: Iterable[Batch]) -> dict[TopicPartition, int]:
    """For each partition, over fetches in their order: one past the last record before which all are done."""
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


async def given_up(batches: Iterable[Batch], partitions: AbstractSet[TopicPartition] | None = None) -> None:
    """The documents of these partitions, or of all, are another's from now on; what was not done comes to it."""
    gone = (lane for batch in batches for lane in batch.lanes if partitions is None or lane.partition in partitions)
    tasks = [lane.task for lane in gone if lane.task is not None]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def at_rest(batches: Iterable[Batch], partitions: AbstractSet[TopicPartition] | None = None) -> None:
    """Until the documents that are well are done; of these partitions, or all. Those that fail may take longer than anybody can wait."""
    for lane in [lane for batch in batches for lane in batch.left_alone if partitions is None or lane.partition in partitions]:
        await lane.freed.wait()
