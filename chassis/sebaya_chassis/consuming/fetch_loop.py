"""What one consumer has in hand: it fetches, processes and commits, and hands over in good order.

While a fetch is at work the loop goes on asking the broker: at first for what comes next, then,
when the work takes long, with everything paused, so that the group keeps this member
(back-pressure).
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress

from aiokafka import AIOKafkaConsumer, TopicPartition

from sebaya_chassis.base.health import Heartbeat
from sebaya_chassis.base.metrics import HANDLING
from sebaya_chassis.base.retry import retry_transient
from sebaya_chassis.base.settings import ChassisSettings
from sebaya_chassis.consuming import schools_first
from sebaya_chassis.consuming.delivery import read_delivery
from sebaya_chassis.consuming.document_queues import (
    MAX_HELD_QUEUES,
    FetchProgress,
    cancel_held,
)
from sebaya_chassis.consuming.fetch_processor import FetchProcessor
from sebaya_chassis.consuming.lag import Lag
from sebaya_chassis.consuming.offset_commits import OffsetCommits
from sebaya_chassis.consuming.prefetch import FetchedRecords, Prefetch
from sebaya_chassis.consuming.schools_first import SchoolsFirst
from sebaya_contracts.topics import SCHOOLS, Topic

POLL_MS = 500
# Something is done and not committed yet, or held.
UNCOMMITTED_POLL_MS = 100
# How often a fetch that is at work looks for what came meanwhile; each look lets the library ask
# the broker again.
PREFETCH_SECONDS = 0.005
# A fetch is usually done by then; one that takes longer takes nothing more in.
QUICK_SECONDS = 0.5
# A record that fails for its own fault (up to `retry_seconds`) holds its document; others flow on,
# this many fetches' worth of records.
FETCHES_AHEAD = 10


class FetchLoop:
    """Fetches of one consumer. `topics` are by their names on this broker."""

    def __init__(
        self,
        service: str,
        group: str,
        topics: Mapping[str, Topic],
        processor: FetchProcessor,
        settings: ChassisSettings,
    ) -> None:
        self._service = service
        self._topics = topics
        self._processor = processor
        self._suspects = processor.suspects
        self._settings = settings
        self._schools_first = SchoolsFirst(settings.topic(SCHOOLS.name))
        # Fetches that are not done, oldest first: all but the last have a document that is held.
        self._open: list[FetchProgress] = []
        self._current: FetchProgress | None = None
        self.prefetch = Prefetch(settings.batch_records)
        self.lag = Lag(service, topics, self._open, self.prefetch)
        self._commits = OffsetCommits(service, group, self._open, settings.batch_records)

    async def turn(
        self, client: AIOKafkaConsumer, heartbeat: Heartbeat, stopping: asyncio.Event
    ) -> None:
        """Fetch once, and process what came. Raises TooManyParked."""
        records = await self._fetch(client)
        if records:
            await self._take(client, records, heartbeat)
        await self._wait_for_held(client, stopping)
        self.lag.measure(client)

    async def _fetch(self, client: AIOKafkaConsumer) -> FetchedRecords:
        schools = self._schools_first.unread(client)
        found = await client.getmany(
            *schools,
            timeout_ms=self._poll_ms(schools),
            max_records=self.prefetch.room,
        )
        self.prefetch.add(found)
        return self._schools_first.keep_schools(client, self.prefetch.take_all())

    def _poll_ms(self, schools: set[TopicPartition]) -> int:
        if not self.prefetch.empty:
            return 0
        if schools:
            return schools_first.POLL_MS
        return UNCOMMITTED_POLL_MS if self._open else POLL_MS

    async def _take(
        self, client: AIOKafkaConsumer, records: FetchedRecords, heartbeat: Heartbeat
    ) -> None:
        started = time.monotonic()
        fetch = self._current = self._progress_of(records, heartbeat)
        fetch.queue_behind(self._open)
        # From here on it is in hand, and ages: what comes next asks the store, which may be away.
        self._open.append(fetch)
        self.lag.note_fetched({partition.topic for partition in records})
        await self._take_partitions(client, records, heartbeat)
        await self._mark_how_far(fetch)
        work = asyncio.create_task(self._processor.process(fetch))
        try:
            await self._poll_while(client, work)
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None
        finally:
            self._current = None
            await self._commits.start_if_due(client)
        seconds = time.monotonic() - started
        for partition in records:
            HANDLING.labels(self._service, self._topics[partition.topic].name).observe(seconds)

    def _progress_of(self, records: FetchedRecords, heartbeat: Heartbeat) -> FetchProgress:
        deliveries = {
            partition: [
                read_delivery(self._topics[partition.topic], record, heartbeat) for record in some
            ]
            for partition, some in records.items()
        }
        held = sum(len(earlier.held) for earlier in self._open)
        return FetchProgress(deliveries, may_hold=MAX_HELD_QUEUES - held)

    async def _take_partitions(
        self, client: AIOKafkaConsumer, records: FetchedRecords, heartbeat: Heartbeat
    ) -> None:
        """With the first records of newly assigned partitions: what stands parked of them, and how
        they were left.
        """
        untaken = self._suspects.untaken(records)
        if not untaken:
            return
        await retry_transient(self._processor.records.dead_letters.load_documents, heartbeat)
        async with asyncio.TaskGroup() as taking:
            for partition in untaken:
                topic, first = self._topics[partition.topic], records[partition][0].offset
                end = client.highwater(partition)
                taking.create_task(self._suspects.take(partition, topic, first, end, heartbeat))

    async def _mark_how_far(self, fetch: FetchProgress) -> None:
        """Ahead of a held document: the next owner must know what this one may have had in hand."""
        held = {queue.partition for earlier in self._open for queue in earlier.held}
        for partition in held & set(fetch.deliveries):
            await self._suspects.go_ahead(fetch.deliveries[partition][-1])

    async def _wait_for_held(self, client: AIOKafkaConsumer, stopping: asyncio.Event) -> None:
        """What was held may be done by now; and so far ahead of it that a death would cost too
        much, wait for it.
        """
        while self._open:
            tasks = [
                queue.task
                for fetch in self._open
                for queue in fetch.queues
                if queue.task is not None
            ]
            for task in tasks:
                if task.done() and not task.cancelled():
                    task.result()
            if not self._commits.under_way:
                await self._commits.start_if_due(client)
            ahead = sum(fetch.size for fetch in self._open)
            if ahead < FETCHES_AHEAD * self._settings.batch_records or stopping.is_set():
                return
            held = [task for task in tasks if not task.done()]
            if not held:
                return
            await self._poll_while(client, asyncio.create_task(_wait_for_one(held)))

    async def _poll_while(self, client: AIOKafkaConsumer, work: "asyncio.Task[None]") -> None:
        """A fetch is usually done at once; a long one keeps its place in the group by polling with
        everything paused.
        """
        paused: set[TopicPartition] = set()
        try:
            await self._prefetch_while(client, work)
            while not work.done():
                new = client.assignment() - paused
                client.pause(*new)
                paused |= new
                for partition, early in (await client.getmany(timeout_ms=POLL_MS)).items():
                    # Assigned while the broker was asked; its records come again in their turn.
                    client.seek(partition, early[0].offset)
                await asyncio.wait({work}, timeout=POLL_MS / 1000)
            work.result()
        finally:
            work.cancel()
            client.resume(*(paused & client.assignment()))

    async def _prefetch_while(self, client: AIOKafkaConsumer, work: "asyncio.Task[None]") -> None:
        """Until the work is done, or takes long. Asks without waiting: the library miscounts a
        question that is given up.
        """
        until = time.monotonic() + QUICK_SECONDS
        while not work.done() and (left := until - time.monotonic()) > 0:
            # One place stays free: the next fetch asks too, and there learns of a rebalance.
            full = self.prefetch.room == 1 or self._schools_first.unread(client)
            await asyncio.wait({work}, timeout=left if full else PREFETCH_SECONDS)
            if not full:
                found = await client.getmany(timeout_ms=0, max_records=self.prefetch.room - 1)
                self.prefetch.add(found)

    def note_assigned(self, partitions: set[TopicPartition]) -> None:
        """Note partitions that are this consumer's from now on."""
        self._suspects.note_assigned(partitions)
        self._schools_first.note_assigned(partitions)

    async def hand_over(
        self, client: AIOKafkaConsumer | None, partitions: set[TopicPartition]
    ) -> None:
        """Finish and commit revoked partitions: the next owner then starts where this one stopped.
        The budget bounds it; the marks guard the rest.
        """
        fetch = self._current
        if fetch is not None and partitions & set(fetch.deliveries):
            with suppress(TimeoutError):
                await asyncio.wait_for(fetch.finished.wait(), self._settings.drain_seconds)
        await cancel_held(self._open, partitions)
        if client is not None:
            await self._commits.commit_partitions(client, partitions)
        self.prefetch.forget(partitions)
        for each in self._open:
            for partition in partitions:
                if each is not self._current:
                    each.forget(partition)
        await self._give_back(partitions)

    async def _give_back(self, partitions: set[TopicPartition]) -> None:
        self._schools_first.forget(partitions)
        await self._suspects.give_back(
            {partition: self._topics[partition.topic] for partition in partitions}
        )

    async def end(self, client: AIOKafkaConsumer) -> None:
        """Commit the last of what is done, and give everything back, before the group is left."""
        owned = set(client.assignment())
        await cancel_held(self._open, owned)
        await self._commits.finish()
        await self._commits.commit_all(client)
        await self._give_back(owned)

    def forget(self) -> None:
        """Forget what was in hand, after the group was left: it comes again to the next member."""
        self.lag.clear()
        self._open.clear()
        self.prefetch.take_all()
        self._suspects.forget()
        self._commits.forget()


async def _wait_for_one(tasks: Sequence["asyncio.Task[None]"]) -> None:
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
