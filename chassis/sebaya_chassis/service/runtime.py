"""The composition every service shares: one process, its loops, and their order at start and stop.

Start: HTTP first, so that a student gets our own 503 and its crisis lines whatever is away; then
store, topics, loops. Stop: not ready, take nothing more, finish what was taken, leave the group;
then let the relay go, whose work waits in the outboxes.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from aiokafka.errors import KafkaError
from fastapi import FastAPI
from pymongo import IndexModel
from pymongo.errors import PyMongoError

from sebaya_chassis.base.background import run_until_cancelled
from sebaya_chassis.base.health import Health, Heartbeat
from sebaya_chassis.base.logs import configure, get_logger
from sebaya_chassis.base.problems import Unavailable
from sebaya_chassis.base.retry import backoff, is_transient
from sebaya_chassis.base.settings import ChassisSettings
from sebaya_chassis.consuming import dead_letters
from sebaya_chassis.consuming.bulk_apply import BulkApplier
from sebaya_chassis.consuming.consumer import Consumer
from sebaya_chassis.consuming.crash_recovery import AttemptMarks, Suspects
from sebaya_chassis.consuming.dead_letter_limit import DeadLetterLimit
from sebaya_chassis.consuming.dead_letters import DeadLetters
from sebaya_chassis.consuming.fetch_processor import FetchProcessor
from sebaya_chassis.consuming.handlers import Handlers
from sebaya_chassis.consuming.record_processor import OnParked, RecordProcessor, only_park
from sebaya_chassis.consuming.worker_note import WorkerNote
from sebaya_chassis.outbox.producer import Producer
from sebaya_chassis.outbox.relay import Relay
from sebaya_chassis.outbox.topics import TopicsMissing, make_topics
from sebaya_chassis.service import restore
from sebaya_chassis.service.gauges import Gauges
from sebaya_chassis.service.restore import ErasureReplay
from sebaya_chassis.service.status import COLLECTION as WORKERS
from sebaya_chassis.service.status import INDEXES as STANDING_INDEXES
from sebaya_chassis.service.status import ServiceStatus, Workers, standing
from sebaya_chassis.service.timers import Timer, Timers, schools_due
from sebaya_chassis.storage import audit, revoked_sessions
from sebaya_chassis.storage.batching.batched_database import BatchedDatabase
from sebaya_chassis.storage.clock import StoreClock
from sebaya_chassis.storage.database import Database, connect, open_database, require_mongodb
from sebaya_chassis.storage.district_counts import DistrictCounts
from sebaya_chassis.storage.district_store import DistrictStore
from sebaya_chassis.storage.layout import CollectionSpec
from sebaya_chassis.storage.revoked_sessions import RevokedSessions
from sebaya_chassis.storage.schools import Schools
from sebaya_chassis.storage.tenant_store import SchoolStore
from sebaya_chassis.storage.writer import NoTimers, Writer
from sebaya_contracts.topics import TOPICS, Topic, read_by, written_by

log = get_logger()

Loop = Callable[[Heartbeat], Coroutine[Any, Any, None]]

# Partial indexes: only documents with something due, or something to publish, are in them.
DOCUMENT_INDEXES = (
    IndexModel(
        [("outbox_since", 1)],
        partialFilterExpression={"outbox_since": {"$exists": True}},
        name="outbox",
    ),
    IndexModel([("due_at", 1)], partialFilterExpression={"due_at": {"$type": "date"}}, name="due"),
)


class Runtime:
    """One process of one service."""

    def __init__(
        self,
        service: str,
        settings: ChassisSettings,
        kinds: Sequence[CollectionSpec[Any]],
        indexes: Mapping[str, Sequence[IndexModel]],
    ) -> None:
        configure(service, settings.environment)
        self.service = service
        self.settings = settings
        self.health = Health(service, settings.live_seconds)
        self.client = connect(settings.mongodb_uri)
        self.database: Database = open_database(
            self.client, f"{settings.database_prefix}_{service}"
        )
        self.batched = BatchedDatabase(self.database)
        self.writer = Writer(service, StoreClock(), settings.relay_lease_seconds)
        self.producer = Producer(settings.kafka_bootstrap_servers, service, settings.kafka_access)
        self.schools = Schools(self.database, service)
        self.counts = DistrictCounts(self.database)
        self.ended_sessions = RevokedSessions(self.database)
        self.dead_letters = DeadLetters(self.database, self.producer, service, settings)
        self._workers = Workers(self.database)
        self._watching = Gauges(
            service, self.producer, self.dead_letters, self.schools, self._leave_note
        )
        self.record_processor: RecordProcessor | None = None
        self.bulk_applier: BulkApplier | None = None
        self._taking_back: ErasureReplay | None = None
        self.timers: Timers | None = None
        self.prepared = asyncio.Event()
        self.failed = False
        self.on_failure: Callable[[], None] = lambda: None
        self._kinds = tuple(kinds)
        self._indexes = {name: list(models) for name, models in indexes.items()}
        self._consumer: Consumer | None = None
        self._timed: tuple[Timer, ...] = ()
        self._loops: dict[str, Loop] = {}
        self._on_prepared: list[Callable[[], Coroutine[Any, Any, None]]] = []
        self._relay = Relay(
            self.database, self.writer, self.producer, [kind.collection for kind in kinds], settings
        )
        self.writer.publisher = self._relay

    def store(self, school_id: str) -> SchoolStore:
        """The door to one school's documents. Raises Unavailable until the store's indexes are
        there, without which nothing is unique, and until a restored store has taken back what
        students took back.
        """
        self._require_prepared()
        return SchoolStore(self.batched, self.writer, school_id)

    def district_store(self) -> DistrictStore:
        """Return the store of what belongs to no school. Raises Unavailable as `store` does."""
        self._require_prepared()
        return DistrictStore(self.batched, self.writer)

    def _require_prepared(self) -> None:
        if not self.prepared.is_set() and not restore.at_work.get():
            raise Unavailable

    def consume(
        self,
        handlers: Handlers[Any],
        context_of: Callable[[str], Any],
        on_parked: OnParked = only_park,
    ) -> None:
        """Wire the consumer; it runs where the role is a worker's."""
        settings, dead_letters = self.settings, self.dead_letters
        self.record_processor = RecordProcessor(
            self.service, handlers, context_of, self.schools, dead_letters, settings, on_parked
        )
        self.bulk_applier = BulkApplier(
            self.service,
            handlers,
            context_of,
            self.schools,
            dead_letters,
            settings.handler_timeout_seconds,
        )
        marks = AttemptMarks(self.database)
        processor = FetchProcessor(
            self.record_processor,
            self.bulk_applier,
            Suspects(marks, settings.batch_records, settings.deaths_before_parking),
            settings.batch_lanes,
            DeadLetterLimit(settings.park_share, settings.park_window, settings.park_floor),
        )
        self._consumer = Consumer(list(read_by(self.service)), processor, settings)
        self._taking_back = ErasureReplay(self.service, handlers, context_of, settings)

    def replay_ledger(self, handlers: Handlers[Any], context_of: Callable[[str], Any]) -> None:
        """Wire what the service that wrote the ledger itself does with its own events after a
        restore.
        """
        self._taking_back = ErasureReplay(
            self.service, handlers, context_of, self.settings, frozenset(handlers.kinds)
        )

    def keep_time(self, *timers: Timer) -> None:
        """Wire the timers; they run where the role is a worker's."""
        self._timed = timers
        for timer in timers:
            self._watching.begin_timer(timer.name)
        self.timers = Timers(self.database, self.writer, timers, self.settings)
        self.writer.due_dates = self.timers

    async def schools_due(self) -> set[str]:
        """The schools that one of this service's timers has something to do for, now or later."""
        return await schools_due(self.database, [timer.collection for timer in self._timed])

    def loop(self, name: str, work: Loop) -> None:
        """One more background loop of a worker; it beats, and returns never."""
        self._loops[name] = work

    def on_prepared(self, look: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """What every process, of either role, reads from the store before its doors open."""
        self._on_prepared.append(look)

    @property
    def halted(self) -> bool:
        """Whether the consumer has stopped itself because too many records fail."""
        return self._consumer is not None and self._consumer.halted

    async def _leave_note(self) -> None:
        await self._workers.leave(
            self._consumer.note() if self._consumer else WorkerNote(), self.health
        )

    async def standing(self) -> ServiceStatus:
        """How this service stands as a whole. Raises Unavailable until the store is there, and what
        the driver raises.
        """
        if not self.prepared.is_set():
            raise Unavailable
        notes, dead_letters = (
            await self._workers.fresh(self.writer.clock.now()),
            await self.dead_letters.count_waiting(),
        )
        return standing(
            self.service, notes, dead_letters, ready=self.health.ready, stuck=self.health.stuck
        )

    def without_loops(self) -> None:
        """Only consume and publish: for a replica whose timers and other loops run elsewhere."""
        self.timers = None
        self.writer.due_dates = NoTimers()
        self._loops.clear()

    def wake(self, collection: str) -> None:
        """Something in it became due just now; where another process keeps the time, its next scan
        sees it.
        """
        if self.timers is not None:
            self.timers.wake(collection)

    @asynccontextmanager
    async def lifespan(self, _app: FastAPI) -> AsyncIterator[None]:
        self._watching.begin(
            self.settings.role,
            self.writer.clock,
            self.health,
            [kind.collection for kind in self._kinds],
        )
        work = asyncio.create_task(self._work(), name="work")
        work.add_done_callback(self._ended)
        self.health.started = True
        try:
            yield
        finally:
            await self._drain(work)

    def _ended(self, work: "asyncio.Task[None]") -> None:
        if work.cancelled() or (error := work.exception()) is None:
            return
        log.error("work_failed", exc_info=_first(error))
        self.failed = True
        self.on_failure()

    async def _work(self) -> None:
        await self.prepare()
        loops: dict[str, Loop] = {
            "clock": partial(self.writer.clock.run, self.database),
            "relay": self._publish,
            "broker": self._watching.ask_broker,
        }
        if self.settings.role.works:
            loops["look"] = self._watching.look
            if self._consumer is not None:
                loops["consumer"] = self._consume
            if self.timers is not None:
                loops["timers"] = self.timers.run
            loops |= self._loops
        async with asyncio.TaskGroup() as at_work:
            for name, loop in loops.items():
                at_work.create_task(
                    run_until_cancelled(loop(self.health.register(name)), name, self._is_draining)
                )

    def _is_draining(self) -> bool:
        return self.health.draining

    async def prepare(self) -> None:
        """The store, once it is there: is it MongoDB, its indexes, the epoch, the time."""
        beat = self.health.register("prepare")
        attempt = 0
        while not self.prepared.is_set():
            beat.turn()
            try:
                await require_mongodb(self.client)
                await self._make_indexes()
                self.writer.epoch = await read_epoch(self.database)
                await self.writer.clock.read(self.database)
                await self._finish_restore(beat)
                for look in self._on_prepared:
                    await look()
                self.prepared.set()
                self.health.prepared = True
            except (PyMongoError, KafkaError) as error:
                if not is_transient(error):
                    raise
                log.warning("store_away", exc_info=error, attempt=attempt)
                await asyncio.sleep(backoff(attempt))
                attempt += 1
        self.health.forget(beat)

    async def _finish_restore(self, beat: Heartbeat) -> None:
        """What was taken back after the backup is taken back again, before anybody can ask for it."""
        epoch = await restore.unfinished(self.database)
        if epoch is None or self._taking_back is None:
            return
        await self._topics(beat)
        await self._taking_back.run(beat)
        if audit.HEADS in self._kinds:
            for school in await self.schools.all():
                beat.turn()
                await restore.note(SchoolStore(self.batched, self.writer, school.school_id), epoch)
        await restore.finish(self.database, epoch)
        log.info("restore_finished", epoch=epoch)

    async def _make_indexes(self) -> None:
        """May run again: the store can go away between any two of them."""
        wanted = {kind.collection: list(DOCUMENT_INDEXES) for kind in self._kinds}
        for collection, models in (*self._indexes.items(), *revoked_sessions.INDEXES.items()):
            wanted.setdefault(collection, []).extend(models)
        for collection, models in wanted.items():
            await self.database[collection].create_indexes(models)
        await self.database[WORKERS].create_indexes(STANDING_INDEXES)
        await self.database[dead_letters.COLLECTION].create_indexes(
            [IndexModel([("entries.state", 1)])]
        )

    async def _publish(self, beat: Heartbeat) -> None:
        # A send to a topic that is not there yet blocks for 40 s, and its document's lane with it.
        await self._topics(beat)
        await self._relay.run(beat)

    async def _consume(self, beat: Heartbeat) -> None:
        await self._topics(beat)
        if self._consumer is not None:
            await self._consumer.run(beat)

    async def _topics(self, beat: Heartbeat) -> None:
        """Once the broker is there; whoever comes first makes what is missing."""
        attempt = 0
        while True:
            beat.turn()
            try:
                await make_topics(
                    self.settings.kafka_bootstrap_servers,
                    topics_of(self.service, self.settings),
                    self.settings.topic_replicas,
                    self.settings.kafka_access,
                )
            except (KafkaError, TopicsMissing, OSError) as error:
                log.warning("topics_not_made", exc_info=error, attempt=attempt)
                await asyncio.sleep(backoff(attempt))
                attempt += 1
            else:
                return

    async def _drain(self, work: "asyncio.Task[None]") -> None:
        self.health.draining = True
        if self._consumer is not None and not work.done():
            self._consumer.stop()
            await self._consumer.wait_left(self.settings.drain_seconds)
        work.cancel()
        await asyncio.wait({work}, timeout=5.0)
        await self.producer.stop()
        await self.client.close()


def topics_of(service: str, settings: ChassisSettings) -> list[tuple[str, Topic]]:
    """What this service reads and writes, and its dead letters, by their names on this broker. Of
    others it need not even know.
    """
    own = [
        (settings.topic(topic.name), topic)
        for topic in TOPICS
        if service in topic.readers or topic in written_by(service)
    ]
    dead = [
        (
            settings.topic(topic.dead_letters(service)),
            dead_letters.dead_letter_topic(topic, service),
        )
        for topic in read_by(service)
    ]
    return own + dead


async def read_epoch(db: Database) -> int:
    """The epoch of this store; a restore raises it, so that events written afterwards are newer
    than any written before.
    """
    row = await db["meta"].find_one_and_update(
        {"_id": "epoch"}, {"$setOnInsert": {"value": 1}}, upsert=True, return_document=True
    )
    return int(row["value"]) if row else 1


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
