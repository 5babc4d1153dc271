"""At least once from Kafka, exactly once in effect.

The order that neither loses nor repeats:
 1. fetch a batch, of schools first, with what came while the last one was at work; the records of one document stay in order, documents go
    side by side
 2. each record: handler, one write with the effect and the mark of its source document; where the service says what its events do to
    one document, those of many documents share one load and one write (see together.py)
 3. commit `{partition: offset + 1}` of what is done, by name, at most once a batch, while the next one is at work
 4. a record that fails for its own fault holds its document alone: later fetches flow on, and commits stop before it
 5. a revoked partition is given back only after its share of the batch is done and committed, or the budget is spent

What may heal is waited for in place while the loop goes on polling with everything paused, so the
group keeps us (back-pressure).
"""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError

from sebaya_chassis.base.health import Heartbeat
from sebaya_chassis.base.logs import get_logger
from sebaya_chassis.base.metrics import CONSUMER_HALTED, HANDLING, MEMBERSHIPS_LOST, RECORDS
from sebaya_chassis.base.retry import backoff, retry_transient
from sebaya_chassis.base.settings import ChassisSettings
from sebaya_chassis.consuming import offset_commits
from sebaya_chassis.consuming.crash_recovery import Attempts
from sebaya_chassis.consuming.dead_letter_limit import DeadLetterLimit
from sebaya_chassis.consuming.dead_letters import Record
from sebaya_chassis.consuming.document_queues import MAX_HELD_QUEUES, Batch, cancel_held, lanes
from sebaya_chassis.consuming.lag import Lag
from sebaya_chassis.consuming.offset_commits import OffsetCommits
from sebaya_chassis.consuming.outcome import Outcome
from sebaya_chassis.consuming.prefetch import FetchedRecords, Prefetch
from sebaya_chassis.consuming.record_processor import RecordProcessor
from sebaya_chassis.consuming.schools_first import POLL_MS as FIRST_POLL_MS
from sebaya_chassis.consuming.schools_first import SchoolsFirst
from sebaya_chassis.consuming.suspects import Suspects
from sebaya_chassis.consuming.worker_note import WorkerNote
from sebaya_chassis.outbox.producer import METADATA_MAX_AGE_MS
from sebaya_contracts.topics import SCHOOLS, Topic

log = get_logger()

POLL_MS = 500
# Something is done and not committed yet, or held.
UNTOLD_POLL_MS = 100
# How often a batch that is at work looks for what came meanwhile; each look lets the library ask
# the broker again.
LOOK_AHEAD_SECONDS = 0.005
# A batch is usually done by then; one that takes longer takes nothing more in.
QUICK_SECONDS = 0.5
REQUEST_SLACK_MS = 10_000
# A record that fails for its own fault (up to `retry_seconds`) holds its document; others flow on,
# this many fetches' worth of records.
AHEAD_BATCHES = 10


def group_of(service: str) -> str:
    """The consumer group of a service, before an installation's prefix."""
    return f"sebaya.{service}"


class TooManyParked(RuntimeError):
    """The dead-letter limit: the consumer stops rather than divert everything."""


class Consumer(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka's base class is untyped
    """One a process and group. `run` until `stop`."""

    def __init__(
        self,
        topics: Sequence[Topic],
        applier: RecordProcessor,
        attempts: Attempts,
        settings: ChassisSettings,
    ) -> None:
        self._topics: Mapping[str, Topic] = {settings.topic(topic.name): topic for topic in topics}
        self._applier = applier
        self._settings = settings
        self._service = applier.service
        self._limit = DeadLetterLimit(
            settings.park_share, settings.park_window, settings.park_floor
        )
        self._blocked: set[str] = set()
        self._suspects = Suspects(attempts, settings.batch_records, settings.deaths_before_parking)
        self._schools_first = SchoolsFirst(settings.topic(SCHOOLS.name))
        self._batch: Batch | None = None
        # Fetches that are not done, oldest first: all but the last have a document that is held.
        self._open: list[Batch] = []
        self._ahead = Prefetch(settings.batch_records)
        self._lag = Lag(self._service, self._topics, self._open, self._ahead)
        self._commits = OffsetCommits(self._service, self.group, self._open, settings.batch_records)
        self._stopping = asyncio.Event()
        self._left = asyncio.Event()
        self._consumer: AIOKafkaConsumer | None = None
        self._beat = Heartbeat(self._service, "consumer")
        self.halted = False

    def note(self) -> WorkerNote:
        """How far behind it is at this moment, for whoever asks how the service stands."""
        return WorkerNote(self._lag.records, self._lag.longest(), self.halted)

    @property
    def group(self) -> str:
        return self._settings.topic(group_of(self._service))

    async def run(self, beat: Heartbeat) -> None:
        """Consume until `stop` is called. Returns after the last commit."""
        self._beat = beat
        CONSUMER_HALTED.labels(self._service).set(0)
        MEMBERSHIPS_LOST.labels(self._service)  # from zero on
        attempt = 0
        try:
            while not self._stopping.is_set():
                try:
                    await self._as_member()
                except KafkaError as error:
                    # The library has given this membership up (its coordinator's task has ended):
                    # nothing more would ever come.
                    MEMBERSHIPS_LOST.labels(self._service).inc()
                    log.exception("membership_lost", exc_info=error, group=self.group)
                    await asyncio.sleep(backoff(attempt))
                    attempt += 1
        finally:
            self._left.set()

    async def _as_member(self) -> None:
        self._lag.begin()
        consumer = await self._joined()
        try:
            while not self._stopping.is_set():
                self._beat.turn()
                records = await self._fetched(consumer)
                if records:
                    await self._take(consumer, records)
                await self._look_at_held(consumer)
                self._lag.look(consumer)
        except TooManyParked:
            await self._halt()
        finally:
            await self._leave(consumer)

    async def _fetched(self, consumer: AIOKafkaConsumer) -> FetchedRecords:
        first = self._schools_first.left(consumer)
        wait = (
            0
            if not self._ahead.empty
            else FIRST_POLL_MS
            if first
            else UNTOLD_POLL_MS
            if self._open
            else POLL_MS
        )
        self._ahead.add(
            await consumer.getmany(*first, timeout_ms=wait, max_records=self._ahead.room)
        )
        return self._schools_first.alone(consumer, self._ahead.taken())

    def stop(self) -> None:
        """Take nothing more; `run` returns once what was taken is done."""
        self._stopping.set()

    async def wait_left(self, seconds: float) -> None:
        """Until `run` has returned; says so when the budget was not enough."""
        if self._consumer is None:
            return
        try:
            await asyncio.wait_for(self._left.wait(), seconds)
        except TimeoutError:
            log.warning("drain_unfinished", seconds=seconds)

    @property
    def rebalance_timeout_ms(self) -> int:
        """How long the group waits for a member that still finishes and commits what it has in
        hand.

        By default that is the session's timeout: a member that drains for longer is put out, comes
        back, puts out the other one, and so on.
        """
        # A commit that is under way, and the last one.
        return max(
            self._settings.session_timeout_ms,
            int((self._settings.drain_seconds + 2 * offset_commits.ANSWER_SECONDS) * 1000),
        )

    async def _joined(self) -> AIOKafkaConsumer:
        attempt = 0
        while True:
            self._beat.turn()
            consumer = AIOKafkaConsumer(
                bootstrap_servers=self._settings.kafka_bootstrap_servers,
                client_id=f"sebaya-{self._service}",
                group_id=self.group,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                isolation_level="read_committed",
                max_poll_records=self._settings.batch_records,
                session_timeout_ms=self._settings.session_timeout_ms,
                heartbeat_interval_ms=self._settings.session_timeout_ms // 4,
                rebalance_timeout_ms=self.rebalance_timeout_ms,
                # Who joins is answered when all have joined.
                request_timeout_ms=self.rebalance_timeout_ms + REQUEST_SLACK_MS,
                max_poll_interval_ms=300_000,
                metadata_max_age_ms=METADATA_MAX_AGE_MS,
                **self._settings.kafka_access.arguments(),
            )
            try:
                await consumer.start()
            except (KafkaError, OSError) as error:
                await _stopped(consumer)
                log.warning("broker_away", exc_info=error, attempt=attempt)
                await asyncio.sleep(backoff(attempt))
                attempt += 1
            else:
                consumer.subscribe(list(self._topics), listener=self)
                self._consumer = consumer
                return consumer

    async def _take(self, consumer: AIOKafkaConsumer, records: FetchedRecords) -> None:
        started = time.monotonic()
        batch = self._batch = Batch(
            records, may_hold=MAX_HELD_QUEUES - sum(len(earlier.held) for earlier in self._open)
        )
        batch.queue_behind(self._open)
        # From here on it is in hand, and ages: what comes next asks the store, which may be away.
        self._open.append(batch)
        self._lag.fetched({partition.topic for partition in records})
        await self._look_at_fresh(consumer, records)
        await self._say_how_far(records)
        work = asyncio.create_task(self._work(batch))
        try:
            await self._poll_while(consumer, work)
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None
        finally:
            self._batch = None
            await self._commits.if_due(consumer)
        self._count_time(records, time.monotonic() - started)

    async def _look_at_held(self, consumer: AIOKafkaConsumer) -> None:
        """What was held may be done by now; and so far ahead of it that a death would cost too
        much, wait for it.
        """
        while self._open:
            tasks = [
                lane.task for batch in self._open for lane in batch.lanes if lane.task is not None
            ]
            for task in tasks:
                if task.done() and not task.cancelled():
                    task.result()
            if not self._commits.under_way:
                await self._commits.if_due(consumer)
            ahead = sum(len(records) for batch in self._open for records in batch.records.values())
            if ahead < AHEAD_BATCHES * self._settings.batch_records or self._stopping.is_set():
                return
            held = [task for task in tasks if not task.done()]
            if not held:
                return
            await self._poll_while(consumer, asyncio.create_task(_one_ended(held)))

    async def _say_how_far(self, records: FetchedRecords) -> None:
        """Ahead of a held document: the next owner must know what we may have had in our hands."""
        held = {lane.partition for batch in self._open for lane in batch.held}
        for partition in held & set(records):
            last = records[partition][-1].offset
            await self._suspects.go_ahead(
                self._topics[partition.topic], partition.partition, last, self._beat
            )

    async def _work(self, batch: Batch) -> None:
        """What is for others at once, suspects one by one, together what can be, the rest side by
        side.
        """
        try:
            for record in batch.left():
                topic = self._topics[record.topic]
                if self._applier.is_for_others(topic, record):
                    batch.settle(record)
                    self._count(topic, Outcome.SKIPPED)
            await batch.singly(self._one_suspect, self._suspects.of(batch.left()))
            if self._applier.handlers.together:
                await self._together(batch)
            await batch.side_by_side(self._one, self._settings.batch_lanes)
        finally:
            batch.finished.set()

    async def _together(self, batch: Batch) -> None:
        together = [(self._topics[lane[0].topic], lane) for lane in lanes(batch.left())]
        counted: Counter[tuple[Topic, Outcome]] = Counter()
        for topic, record, outcome in await self._applier.together(together, self._blocked):
            batch.settle(record)
            counted[topic, outcome] += 1
        for (topic, outcome), times in counted.items():
            self._count(topic, outcome, times)

    async def _poll_while(self, consumer: AIOKafkaConsumer, work: asyncio.Task[None]) -> None:
        """A batch is usually done at once; a long one keeps its place in the group by polling with
        everything paused.
        """
        paused: set[TopicPartition] = set()
        try:
            await self._look_ahead(consumer, work)
            while not work.done():
                new = consumer.assignment() - paused
                consumer.pause(*new)
                paused |= new
                for partition, early in (await consumer.getmany(timeout_ms=POLL_MS)).items():
                    # Assigned while we were asking; its records come again when it is their turn.
                    consumer.seek(partition, early[0].offset)
                await asyncio.wait({work}, timeout=POLL_MS / 1000)
            work.result()
        finally:
            work.cancel()
            consumer.resume(*(paused & consumer.assignment()))

    async def _look_ahead(self, consumer: AIOKafkaConsumer, work: asyncio.Task[None]) -> None:
        """Until the work is done, or takes long. Asks without waiting: the library miscounts a
        question that is given up.
        """
        until = time.monotonic() + QUICK_SECONDS
        while not work.done() and (left := until - time.monotonic()) > 0:
            # One place stays free: the next fetch asks too, and there learns of a rebalance.
            full = self._ahead.room == 1 or self._schools_first.left(consumer)
            await asyncio.wait({work}, timeout=left if full else LOOK_AHEAD_SECONDS)
            if not full:
                self._ahead.add(
                    await consumer.getmany(timeout_ms=0, max_records=self._ahead.room - 1)
                )

    async def _one(self, record: Record) -> None:
        topic = self._topics[record.topic]
        outcome = await self._applier.apply(topic, record, self._beat, self._blocked)
        self._count(topic, outcome)

    async def _one_suspect(self, record: Record) -> None:
        topic = self._topics[record.topic]
        if await self._suspects.begin(topic, record, self._beat):
            outcome = await self._applier.park_killer(topic, record, self._beat, self._blocked)
        else:
            outcome = await self._applier.apply(topic, record, self._beat, self._blocked)
        await self._suspects.end(topic, record, self._beat)
        self._count(topic, outcome)

    def _count(self, topic: Topic, outcome: Outcome, times: int = 1) -> None:
        RECORDS.labels(self._service, topic.name, outcome.value).inc(times)
        for _ in range(times):
            self._limit.count(parked=outcome is Outcome.PARKED)
        if self._limit.reached:
            raise TooManyParked(self._service)

    async def _look_at_fresh(self, consumer: AIOKafkaConsumer, records: FetchedRecords) -> None:
        """At the first records of newly assigned partitions: what stands parked of them, and how
        they were left.
        """
        fresh = self._suspects.fresh(records)
        if not fresh:
            return
        self._blocked |= await retry_transient(self._applier.parked.subjects, self._beat)
        async with asyncio.TaskGroup() as taking:
            for partition in fresh:
                topic, first = self._topics[partition.topic], records[partition][0].offset
                taking.create_task(
                    self._suspects.take(
                        partition, topic, first, consumer.highwater(partition), self._beat
                    )
                )

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        self._suspects.assigned(assigned)
        self._schools_first.assigned(assigned)

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Finish and commit first: the next owner then starts where we stopped. The budget bounds
        it; the marks guard the rest.
        """
        batch, consumer = self._batch, self._consumer
        if batch is not None and revoked & set(batch.records):
            with suppress(TimeoutError):
                await asyncio.wait_for(batch.finished.wait(), self._settings.drain_seconds)
        await cancel_held(self._open, revoked)
        if consumer is not None:
            await self._commits.of(consumer, revoked)
        self._ahead.forget(revoked)
        for each in self._open:
            for partition in revoked:
                if each is not self._batch:
                    each.forget(partition)
        await self._give_back(revoked)

    async def _give_back(self, partitions: set[TopicPartition]) -> None:
        self._schools_first.revoked(partitions)
        await self._suspects.give_back(
            {partition: self._topics[partition.topic] for partition in partitions}
        )

    def _count_time(self, records: FetchedRecords, seconds: float) -> None:
        for partition in records:
            HANDLING.labels(self._service, self._topics[partition.topic].name).observe(seconds)

    async def _halt(self) -> None:
        """Stopped, live and alarming: an operator looks, repairs and restarts."""
        self.halted = True
        CONSUMER_HALTED.labels(self._service).set(1)
        log.error("consumer_halted", group=self.group, reason="too_many_parked")
        while not self._stopping.is_set():
            self._beat.turn()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), 1.0)

    async def _leave(self, consumer: AIOKafkaConsumer) -> None:
        owned = set(consumer.assignment())
        await cancel_held(self._open, owned)
        await self._commits.last()
        await self._commits.now(consumer)
        await self._give_back(owned)
        await _stopped(consumer)
        self._lag.end()
        self._open.clear()
        self._ahead.taken()
        self._suspects.left()
        self._commits.begin_anew()


async def _one_ended(tasks: Sequence["asyncio.Task[None]"]) -> None:
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)


async def _stopped(consumer: AIOKafkaConsumer, seconds: float = 5.0) -> None:
    """aiokafka's stop raises CancelledError or hangs while the broker is away."""
    stopping = asyncio.ensure_future(consumer.stop())
    await asyncio.wait({stopping}, timeout=seconds)
    if not stopping.done():
        stopping.cancel()
    elif not stopping.cancelled() and (error := stopping.exception()) is not None:
        log.warning("kafka_stop_unfinished", exc_info=error)
