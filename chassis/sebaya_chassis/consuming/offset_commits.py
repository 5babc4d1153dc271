"""How far a reader has come, told to the broker by name, one commit after another.

What is done of several small fetches shares a commit. Who has more than a whole fetch's worth done
and untold waits for it, so that a death repeats no more than that, and what may have caused the
death is among two fetches.
"""

import asyncio
import time
from collections.abc import Set as AbstractSet
from itertools import takewhile

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError

from sebaya_chassis.base.logs import get_logger
from sebaya_chassis.base.metrics import COMMITS
from sebaya_chassis.consuming.document_queues import Batch, offsets

log = get_logger()

# What is done within this time is committed together; the first after a quiet moment at once.
EVERY_SECONDS = 0.1
# commit() waits for ever while the broker is away; what it would have said is then said by the next
# one.
ANSWER_SECONDS = 10.0


class OffsetCommits:
    """Of one reader. `fetches`: its own, oldest first; one that is done and told is taken out.
    `fetch`: the most records of one.
    """

    def __init__(self, service: str, group: str, fetches: list[Batch], fetch: int) -> None:
        self._service = service
        self._group = group
        self._open = fetches
        self._fetch = fetch
        self._told: dict[TopicPartition, int] = {}
        # A slow one must not come after its successor and say less.
        self._turn = asyncio.Lock()
        self._under_way: asyncio.Task[None] | None = None
        self._due_at = 0.0

    @property
    def under_way(self) -> bool:
        return self._under_way is not None and not self._under_way.done()

    async def if_due(self, consumer: AIOKafkaConsumer) -> None:
        """Begins one, while the next fetch is at work."""
        done = sum(len(records) for batch in self._complete() for records in batch.records.values())
        if done < self._fetch and (self.under_way or time.monotonic() < self._due_at):
            return
        await self.last()
        if not self._open or offsets(self._open) == self._told:
            return
        self._due_at = time.monotonic() + EVERY_SECONDS
        self._under_way = asyncio.create_task(self.now(consumer))
        if done > self._fetch:
            await self.last()

    async def last(self) -> None:
        """The one that is under way, to its end."""
        under_way, self._under_way = self._under_way, None
        if under_way is not None:
            await under_way

    async def now(self, consumer: AIOKafkaConsumer) -> None:
        """All that is done by now."""
        async with self._turn:
            # What becomes complete while the broker answers is for the next one.
            complete = {id(batch) for batch in self._complete()}
            await self._tell(consumer, offsets(self._open))
            self._open[:] = [batch for batch in self._open if id(batch) not in complete]

    async def of(self, consumer: AIOKafkaConsumer, partitions: AbstractSet[TopicPartition]) -> None:
        """Before these are handed over."""
        async with self._turn:
            await self._tell(
                consumer,
                {
                    partition: offset
                    for partition, offset in offsets(self._open).items()
                    if partition in partitions
                },
            )

    def begin_anew(self) -> None:
        """The group was left: nothing that was told says anything about what comes next."""
        self._told = {}

    def _complete(self) -> list[Batch]:
        return list(takewhile(lambda batch: batch.complete, self._open))

    async def _tell(self, consumer: AIOKafkaConsumer, done: dict[TopicPartition, int]) -> None:
        """A commit that fails costs a redelivery, which the marks make harmless."""
        ours = {
            partition: offset
            for partition, offset in done.items()
            if partition in consumer.assignment()
        }
        if not ours:
            return
        try:
            await asyncio.wait_for(consumer.commit(ours), ANSWER_SECONDS)
        except (KafkaError, IllegalStateError, TimeoutError) as error:
            COMMITS.labels(self._service, "failed").inc()
            log.warning("commit_failed", exc_info=error, group=self._group)
        else:
            COMMITS.labels(self._service, "done").inc()
            self._told = done
