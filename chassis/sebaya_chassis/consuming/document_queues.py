"""The records of one fetch, in queues: one document's records one after another, different
documents side by side.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from aiokafka import TopicPartition

from sebaya_chassis.consuming.delivery import Delivery

# Each retries by itself; more at once would take the store's connections from the documents that
# are well.
MAX_HELD_QUEUES = 32

OnOwnFault = Callable[[], None]
"""Called when a record is tried again that nothing but itself is wrong with."""
Work = Callable[[Delivery, OnOwnFault], Awaitable[None]]


def hold_nothing() -> None:
    """Hold no document: for a record that is at work by itself anyway."""


def by_document(deliveries: Iterable[Delivery]) -> list[list[Delivery]]:
    """Sort records by their document of a topic, each in order; order is promised nowhere else."""
    queues: dict[tuple[str, bytes], list[Delivery]] = defaultdict(list)
    for delivery in deliveries:
        queues[delivery.document].append(delivery)
    return list(queues.values())


class CancelledWork(RuntimeError):
    """The work on a record was cancelled from within; the consumer joins anew, and the record
    comes again.
    """


@dataclass(slots=True)
class DocumentQueue:
    """A source document's records; of this fetch, and of later ones while it is held."""

    entries: list[tuple["FetchProgress", Delivery]]
    """Each with the fetch that it came in."""
    task: "asyncio.Task[None] | None" = None

    @property
    def document(self) -> tuple[str, bytes]:
        """Identify the source document of the topic."""
        return self.entries[0][1].document

    @property
    def partition(self) -> TopicPartition:
        """Name the partition that all of its records came from."""
        return self.entries[0][1].partition

    @property
    def held(self) -> bool:
        """Tell whether it is still at work."""
        return self.task is not None and not self.task.done()


@dataclass(slots=True)
class FetchProgress:
    """What is done of a fetch, so that an interrupted one commits exactly its finished prefix.

    A record that fails for its own fault holds its document: that queue goes on by itself after
    `run_queues` has returned.
    """

    deliveries: dict[TopicPartition, list[Delivery]]
    finished: asyncio.Event = field(default_factory=asyncio.Event)
    queues: list[DocumentQueue] = field(default_factory=list)
    """Those that were held."""
    may_hold: int = MAX_HELD_QUEUES
    _done: dict[TopicPartition, set[int]] = field(default_factory=lambda: defaultdict(set))
    _queued: set[tuple[TopicPartition, int]] = field(default_factory=set)

    async def run_singly(self, work: Work, deliveries: Iterable[Delivery]) -> None:
        """Put these of its records through `work`, one after another."""
        for delivery in deliveries:
            await self._run_one(work, self, delivery, hold_nothing)

    async def run_queues(self, work: Work, at_once: int) -> None:
        """Put every record that is left through `work`, so many documents at once.

        Raises the failures of `work` as a group, after the others stopped.
        """
        waiting = by_document(self.left())
        waiting.reverse()

        async def worker() -> None:
            while waiting:
                queue = DocumentQueue([(self, delivery) for delivery in waiting.pop()])
                await self._run_until_freed(work, queue)

        async with asyncio.TaskGroup() as workers:
            for _ in range(min(at_once, len(waiting))):
                workers.create_task(worker())

    def left(self) -> list[Delivery]:
        """List what is neither done nor queued behind a held document, in the fetch's order."""
        return [
            delivery
            for partition, deliveries in self.deliveries.items()
            for delivery in deliveries
            if delivery.record.offset not in self._done[partition]
            and (partition, delivery.record.offset) not in self._queued
        ]

    def mark_done(self, delivery: Delivery) -> None:
        """Note that a record has come to its end: it may be committed."""
        self._done[delivery.partition].add(delivery.record.offset)

    def oldest_left(self) -> Iterator[Delivery]:
        """Find the first record of each partition that is not done."""
        for partition, deliveries in self.deliveries.items():
            done = self._done.get(partition, set())
            yield from islice((one for one in deliveries if one.record.offset not in done), 1)

    @property
    def size(self) -> int:
        """Count its records, done or not."""
        return sum(len(deliveries) for deliveries in self.deliveries.values())

    @property
    def complete(self) -> bool:
        """Tell whether all of its records are done."""
        return all(
            len(self._done[partition]) == len(deliveries)
            for partition, deliveries in self.deliveries.items()
        )

    @property
    def held(self) -> list[DocumentQueue]:
        """List the queues that still go on by themselves."""
        return [queue for queue in self.queues if queue.held]

    def queue_behind(self, earlier: Iterable["FetchProgress"]) -> None:
        """Queue the records of documents that earlier fetches hold behind those."""
        held = {queue.document: queue for fetch in earlier for queue in fetch.held}
        if not held:
            return
        for delivery in self.left():
            queue = held.get(delivery.document)
            if queue is not None:
                queue.entries.append((self, delivery))
                self._queued.add((delivery.partition, delivery.record.offset))

    def forget(self, partition: TopicPartition) -> None:
        """Forget a partition that another reader owns from now on."""
        self.deliveries.pop(partition, None)

    def committable(self) -> dict[TopicPartition, int]:
        """Return for each partition the offset to commit: one past the last record before which
        all are done.
        """
        return committable([self])

    def done_up_to(self, partition: TopicPartition) -> tuple[int | None, bool]:
        """Return the offset to commit of a partition (None where not even the first record is
        done), and whether all of its records are done.
        """
        offset: int | None = None
        done = self._done[partition]
        for delivery in self.deliveries[partition]:
            if delivery.record.offset not in done:
                return offset, False
            offset = delivery.record.offset + 1
        return offset, True

    async def _run_until_freed(self, work: Work, queue: DocumentQueue) -> None:
        """Until the queue is done or held."""
        freed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def free(_task: object = None) -> None:
            if not freed.done():
                freed.set_result(None)

        def hold() -> None:
            if not freed.done() and len(self.held) < self.may_hold:
                self.queues.append(queue)
                free()

        queue.task = asyncio.create_task(self._run_queue(work, queue, hold))
        queue.task.add_done_callback(free)
        try:
            await freed
        except asyncio.CancelledError:
            queue.task.cancel()
            raise
        if queue.task.done():
            # A queue that has ended lets go of its task, which holds the queue: both are freed at
            # once, and not by the cycle collector.
            ended, queue.task = queue.task, None
            if ended.cancelled():
                # Not by this method. Its cancellation would pass for ours and be swallowed, and its
                # record be neither done nor failed.
                raise CancelledWork(queue.document)
            ended.result()

    async def _run_queue(self, work: Work, queue: DocumentQueue, hold: OnOwnFault) -> None:
        # Grows while it is held: later fetches bring more of the same document.
        for fetch, delivery in queue.entries:
            await self._run_one(work, fetch, delivery, hold)

    async def _run_one(
        self, work: Work, fetch: "FetchProgress", delivery: Delivery, hold: OnOwnFault
    ) -> None:
        await work(delivery, hold)
        fetch.mark_done(delivery)


def committable(fetches: Iterable[FetchProgress]) -> dict[TopicPartition, int]:
    """Return for each partition, over fetches in their order, the offset to commit: one past the
    last record before which all are done.
    """
    found: dict[TopicPartition, int] = {}
    stuck: set[TopicPartition] = set()
    for fetch in fetches:
        for partition in fetch.deliveries:
            if partition in stuck:
                continue
            offset, all_done = fetch.done_up_to(partition)
            if offset is not None:
                found[partition] = offset
            if not all_done:
                stuck.add(partition)
    return found


async def cancel_held(fetches: Iterable[FetchProgress], partitions: set[TopicPartition]) -> None:
    """Give up the held documents of partitions that another reader owns from now on; what was not
    done comes to it.
    """
    tasks = [
        queue.task
        for fetch in fetches
        for queue in fetch.held
        if queue.partition in partitions and queue.task is not None
    ]
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)
