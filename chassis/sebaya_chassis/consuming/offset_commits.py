"""How far a consumer has come, committed to the broker by name, one commit after another.

What is done of several small fetches shares a commit. With more than a whole fetch's worth done and
not committed the consumer waits for it, so that a death repeats no more than that, and what may
have caused the death is among two fetches.
"""

import asyncio
import time
from collections.abc import Set as AbstractSet
from itertools import takewhile

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError

from sebaya_chassis.base.logs import get_logger
from sebaya_chassis.base.metrics import COMMITS
from sebaya_chassis.consuming.document_queues import FetchProgress, committable

log = get_logger()

# What is done within this time is committed together; the first after a quiet moment at once.
EVERY_SECONDS = 0.1
# commit() waits for ever while the broker is away; what it would have said is then said by the next
# one.
ANSWER_SECONDS = 10.0


class OffsetCommits:
    """The commits of one consumer.

    `fetches` are its own, oldest first; one that is done and committed is taken out. `fetch_size`
    is the most records of one.
    """

    def __init__(
        self, service: str, group: str, fetches: list[FetchProgress], fetch_size: int
    ) -> None:
        self._service = service
        self._group = group
        self._fetches = fetches
        self._fetch_size = fetch_size
        self._committed: dict[TopicPartition, int] = {}
        # A slow one must not come after its successor and say less.
        self._turn = asyncio.Lock()
        self._under_way: asyncio.Task[None] | None = None
        self._due_at = 0.0

    @property
    def under_way(self) -> bool:
        """Tell whether the broker has yet to answer a commit."""
        return self._under_way is not None and not self._under_way.done()

    async def start_if_due(self, client: AIOKafkaConsumer) -> None:
        """Start a commit, while the next fetch is at work."""
        done = sum(fetch.size for fetch in self._complete())
        if done < self._fetch_size and (self.under_way or time.monotonic() < self._due_at):
            return
        await self.finish()
        if not self._fetches or committable(self._fetches) == self._committed:
            return
        self._due_at = time.monotonic() + EVERY_SECONDS
        self._under_way = asyncio.create_task(self.commit_all(client))
        if done > self._fetch_size:
            await self.finish()

    async def finish(self) -> None:
        """Wait for the commit that is under way."""
        under_way, self._under_way = self._under_way, None
        if under_way is not None:
            await under_way

    async def commit_all(self, client: AIOKafkaConsumer) -> None:
        """Commit all that is done by now."""
        async with self._turn:
            # What becomes complete while the broker answers is for the next one.
            complete = {id(fetch) for fetch in self._complete()}
            await self._commit(client, committable(self._fetches))
            self._fetches[:] = [fetch for fetch in self._fetches if id(fetch) not in complete]

    async def commit_partitions(
        self, client: AIOKafkaConsumer, partitions: AbstractSet[TopicPartition]
    ) -> None:
        """Commit what is done of partitions that are handed over."""
        async with self._turn:
            offsets = committable(self._fetches)
            await self._commit(
                client, {each: offsets[each] for each in offsets if each in partitions}
            )

    def forget(self) -> None:
        """Forget what was committed: the group was left, and that says nothing about what comes
        next.
        """
        self._committed = {}

    def _complete(self) -> list[FetchProgress]:
        return list(takewhile(lambda fetch: fetch.complete, self._fetches))

    async def _commit(self, client: AIOKafkaConsumer, done: dict[TopicPartition, int]) -> None:
        """A commit that fails costs a redelivery, which the marks make harmless."""
        ours = {
            partition: offset
            for partition, offset in done.items()
            if partition in client.assignment()
        }
        if not ours:
            return
        try:
            await asyncio.wait_for(client.commit(ours), ANSWER_SECONDS)
        except (KafkaError, IllegalStateError, TimeoutError) as error:
            COMMITS.labels(self._service, "failed").inc()
            log.warning("commit_failed", exc_info=error, group=self._group)
        else:
            COMMITS.labels(self._service, "done").inc()
            self._committed = done
