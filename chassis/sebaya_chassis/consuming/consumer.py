"""At least once from Kafka, exactly once in effect.

The order that neither loses nor repeats:
 1. fetch records, those of schools first, with what came while the last fetch was at work; the
    records of one document stay in order, documents go side by side (fetch_loop)
 2. each record: handler, one write with the effect and the mark of its source document; where the
    service says what its events do to one document, those of many documents share one load and one
    write (fetch_processor)
 3. commit `{partition: offset + 1}` of what is done, by name, at most once a fetch, while the next
    one is at work (offset_commits)
 4. a record that fails for its own fault holds its document alone: later fetches flow on, and
    commits stop before it (document_queues)
 5. a revoked partition is given back only after its share of the fetch is done and committed, or
    the budget is spent

What is transient is waited for in place.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError

from sebaya_chassis.base.health import Heartbeat
from sebaya_chassis.base.logs import get_logger
from sebaya_chassis.base.metrics import CONSUMER_HALTED, MEMBERSHIPS_LOST
from sebaya_chassis.base.retry import backoff
from sebaya_chassis.base.settings import ChassisSettings
from sebaya_chassis.consuming.dead_letter_limit import TooManyParked
from sebaya_chassis.consuming.fetch_loop import FetchLoop
from sebaya_chassis.consuming.fetch_processor import FetchProcessor
from sebaya_chassis.consuming.group_membership import GroupMembership
from sebaya_chassis.consuming.worker_note import WorkerNote
from sebaya_contracts.topics import Topic

log = get_logger()


class Consumer(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka's base class is untyped
    """One a process and group: a member of the group, one membership after another. `run` until
    `stop`.
    """

    def __init__(
        self, topics: Sequence[Topic], processor: FetchProcessor, settings: ChassisSettings
    ) -> None:
        self._service = processor.records.service
        by_name = {settings.topic(topic.name): topic for topic in topics}
        self._membership = GroupMembership(self._service, by_name, settings)
        self.fetch_loop = FetchLoop(
            self._service, self._membership.group, by_name, processor, settings
        )
        self._heartbeat = Heartbeat(self._service, "consumer")
        self._stopping = asyncio.Event()
        self._left = asyncio.Event()
        self.client: AIOKafkaConsumer | None = None
        """The library's, of the last membership."""
        self.halted = False

    def note(self) -> WorkerNote:
        """Tell how far behind it is at this moment."""
        lag = self.fetch_loop.lag
        return WorkerNote(lag.records, lag.longest_seconds(), self.halted)

    async def run(self, heartbeat: Heartbeat) -> None:
        """Consume until `stop` is called. Returns after the last commit."""
        self._heartbeat = heartbeat
        CONSUMER_HALTED.labels(self._service).set(0)
        MEMBERSHIPS_LOST.labels(self._service)  # from zero on
        attempt = 0
        try:
            while not self._stopping.is_set():
                try:
                    await self._run_as_member()
                except KafkaError as error:
                    # The library has given this membership up (its coordinator's task has ended):
                    # nothing more would ever come.
                    MEMBERSHIPS_LOST.labels(self._service).inc()
                    log.exception("membership_lost", exc_info=error, group=self._membership.group)
                    await asyncio.sleep(backoff(attempt))
                    attempt += 1
        finally:
            self._left.set()

    async def _run_as_member(self) -> None:
        self.fetch_loop.lag.create_series()
        client = self.client = await self._membership.join(self, self._heartbeat)
        try:
            while not self._stopping.is_set():
                self._heartbeat.turn()
                await self.fetch_loop.turn(client, self._heartbeat, self._stopping)
        except TooManyParked:
            await self._halt()
        finally:
            await self.fetch_loop.end(client)
            await self._membership.leave(client)
            self.fetch_loop.forget()

    def stop(self) -> None:
        """Take nothing more; `run` returns once what was taken is done."""
        self._stopping.set()

    async def wait_left(self, seconds: float) -> None:
        """Wait until `run` has returned; log it when the budget was not enough."""
        if self.client is None:
            return
        try:
            await asyncio.wait_for(self._left.wait(), seconds)
        except TimeoutError:
            log.warning("drain_unfinished", seconds=seconds)

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Take partitions over."""
        self.fetch_loop.note_assigned(assigned)

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Give partitions back, in good order."""
        await self.fetch_loop.hand_over(self.client, revoked)

    async def _halt(self) -> None:
        """Stopped, live and alarming: an operator looks, repairs and restarts."""
        self.halted = True
        CONSUMER_HALTED.labels(self._service).set(1)
        log.error("consumer_halted", group=self._membership.group, reason="too_many_parked")
        while not self._stopping.is_set():
            self._heartbeat.turn()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), 1.0)
