"""One process of a service: its parts, its loops, and their order at start and stop.

Start: HTTP first, so that a student gets our own 503 and its crisis lines whatever is away; then
store, topics, loops. Stop: not ready, take nothing more, finish what was taken, leave the group;
then let the relay go: its work waits in the outboxes.
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
from sebaya_chassis.service import restore
from sebaya_chassis.service.gauges import Gauges
from sebaya_chassis.service.restore import ErasureReplay
from sebaya_chassis.service.service_topics import ensure_topics
from sebaya_chassis.service.status import ServiceStatus, Workers, combine_notes
from sebaya_chassis.service.store_check import StoreBehind, StoreCheck
from sebaya_chassis.service.store_gate import StoreGate
from sebaya_chassis.service.store_setup import create_indexes, read_epoch
from sebaya_chassis.service.timers import Timer, Timers, schools_due
from sebaya_chassis.storage import audit
from sebaya_chassis.storage.batching.batched_database import BatchedDatabase
from sebaya_chassis.storage.clock import StoreClock
from sebaya_chassis.storage.database import Database, connect, open_database, require_mongodb
from sebaya_chassis.storage.district_counts import DistrictCounts
from sebaya_chassis.storage.district_store import DistrictStore
from sebaya_chassis.storage.layout import CollectionSpec
from sebaya_chassis.storage.schools import Schools
from sebaya_chassis.storage.sessions import SessionStore
from sebaya_chassis.storage.tenant_store import SchoolStore
from sebaya_chassis.storage.writer import NoTimers, Writer
from sebaya_contracts.topics import read_by

log = get_logger()

Loop = Callable[[Heartbeat], Coroutine[Any, Any, None]]


class Runtime:
    """One process of one service: its parts, and the loops that it runs by its role."""

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
        self.sessions = SessionStore.of(self.client, settings.database_prefix)
        self.dead_letters = DeadLetters(self.database, self.producer, service, settings)
        self._workers = Workers(self.database)
        self._gauges = Gauges(
            service, self.producer, self.dead_letters, self.schools, self._leave_note
        )
        self.record_processor: RecordProcessor | None = None
        self.bulk_applier: BulkApplier | None = None
        self._ledger_replay: ErasureReplay | None = None
        self.timers: Timers | None = None
        self.prepared = asyncio.Event()
        self.failed = False
        self.on_failure: Callable[[], None] = lambda: None
        self._kinds = tuple(kinds)
        self._indexes = {name: list(models) for name, models in indexes.items()}
        self._check = StoreCheck(service, settings, self.database, self._kinds)
        self._gate = StoreGate(self._check, self.writer)
        self._consumer: Consumer | None = None
        self._timed: tuple[Timer, ...] = ()
        self._loops: dict[str, Loop] = {}
        self._on_prepared: list[Callable[[], Coroutine[Any, Any, None]]] = []
        self._on_close: list[Callable[[], Coroutine[Any, Any, None]]] = []
        self._relay = Relay(
            self.database, self.writer, self.producer, [kind.collection for kind in kinds], settings
        )
        self.writer.publisher = self._relay

    @property
    def specs(self) -> tuple[CollectionSpec[Any], ...]:
        """List the collections of the service's documents."""
        return self._kinds

    def store(self, school_id: str) -> SchoolStore:
        """Return the store of one school's documents.

        Raises Unavailable until the store's indexes are there, without which nothing is unique, and
        until a restored store has taken back what students took back.
        """
        self._require_prepared()
        return SchoolStore(self.batched, self.writer, school_id)

    def district_store(self) -> DistrictStore:
        """Return the store of what belongs to no school. Raises Unavailable as `store` does."""
        self._require_prepared()
        return DistrictStore(self.batched, self.writer)

    def _require_prepared(self) -> None:
        if not self.prepared.is_set() and not restore.replaying.get():
            raise Unavailable

    def consume(
        self,
        handlers: Handlers[Any],
        context_of: Callable[[str], Any],
        on_parked: OnParked = only_park,
    ) -> None:
        """Compose the consumer; it runs where the role is a worker's."""
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
        self._check.kinds = frozenset(handlers.kinds)
        self._consumer = Consumer(list(read_by(self.service)), processor, settings)
        self._ledger_replay = ErasureReplay(self.service, handlers, context_of, settings)

    def replay_ledger(self, handlers: Handlers[Any], context_of: Callable[[str], Any]) -> None:
        """Set what the service that wrote the ledger does with its own events after a restore."""
        self._ledger_replay = ErasureReplay(
            self.service, handlers, context_of, self.settings, frozenset(handlers.kinds)
        )

    def add_timers(self, *timers: Timer) -> None:
        """Add the service's timers; they run where the role is a worker's."""
        self._timed = timers
        for timer in timers:
            self._gauges.create_timer_series(timer.name)
        self.timers = Timers(self.database, self.writer, timers, self.settings)
        self.writer.due_dates = self.timers

    async def schools_due(self) -> set[str]:
        """Find the schools that one of this service's timers has something to do for, now or
        later.
        """
        return await schools_due(self.database, [timer.collection for timer in self._timed])

    def add_loop(self, name: str, work: Loop) -> None:
        """Add a background loop of a worker; it beats, and returns never."""
        self._loops[name] = work

    def on_prepared(self, load: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Add what every process, of either role, loads from the store before it is ready."""
        self._on_prepared.append(load)

    def on_close(self, close: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Add what must be closed with the process, once nothing is at work any more."""
        self._on_close.append(close)

    @property
    def halted(self) -> bool:
        """Tell whether the consumer has stopped itself because too many records fail."""
        return self._consumer is not None and self._consumer.halted

    async def _leave_note(self) -> None:
        note = self._consumer.note() if self._consumer else WorkerNote()
        await self._workers.leave_note(note, self.health)

    async def status(self) -> ServiceStatus:
        """Report how this service stands as a whole.

        Raises Unavailable until the store is there, and what the driver raises.
        """
        if not self.prepared.is_set():
            raise Unavailable
        notes = await self._workers.fresh_notes(self.writer.clock.now())
        waiting = await self.dead_letters.count_waiting()
        return combine_notes(
            self.service, notes, waiting, ready=self.health.ready, stuck=self.health.stuck
        )

    def without_loops(self) -> None:
        """Remove timers and other loops: for a replica that only consumes and publishes."""
        self.timers = None
        self.writer.due_dates = NoTimers()
        self._loops.clear()

    def wake(self, collection: str) -> None:
        """Wake the timer of a collection: something in it became due just now. Where another
        process has the timers, its next scan sees it.
        """
        if self.timers is not None:
            self.timers.wake(collection)

    @asynccontextmanager
    async def lifespan(self, _app: FastAPI) -> AsyncIterator[None]:
        """Run the loops while the app runs; drain when it ends."""
        self._gauges.create_series(
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
            "broker": self._gauges.watch_broker,
        }
        if not self._gate.compared:
            loops["gate"] = self._gate.compare_later
        if self.settings.role.works:
            loops["look"] = self._gauges.run
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
        """Wait for the store, and read what is needed of it: is it MongoDB, its indexes, the epoch,
        the time. A store that is behind its topics stays shut until `sebaya restored` was run.
        """
        heartbeat = self.health.register("prepare")
        attempt = 0
        while not self.prepared.is_set():
            heartbeat.turn()
            try:
                await require_mongodb(self.client)
                await create_indexes(self.database, self._kinds, self._indexes)
                await self.sessions.create_indexes()
                self.writer.epoch = await read_epoch(self.database)
                await self.writer.clock.read(self.database)
                await self._finish_restore(heartbeat)
                await self._gate.compare()
                for load in self._on_prepared:
                    await load()
                self.prepared.set()
                self.health.prepared = True
            except StoreBehind as behind:
                await self._gate.shut(behind)
            except (PyMongoError, KafkaError) as error:
                if not is_transient(error):
                    raise
                log.warning("store_away", exc_info=error, attempt=attempt)
                await asyncio.sleep(backoff(attempt))
                attempt += 1
        self.health.forget(heartbeat)

    async def _finish_restore(self, heartbeat: Heartbeat) -> None:
        """What students took back after the backup is taken back again, before it can be read."""
        epoch = await restore.find_unfinished(self.database)
        if epoch is None or self._ledger_replay is None:
            return
        await ensure_topics(self.service, self.settings, heartbeat)
        await self._ledger_replay.run(heartbeat)
        if audit.HEADS in self._kinds:
            for school in await self.schools.all():
                heartbeat.turn()
                store = SchoolStore(self.batched, self.writer, school.school_id)
                await restore.note_in_audit(store, epoch)
        await restore.mark_finished(self.database, epoch)
        log.info("restore_finished", epoch=epoch)

    async def _publish(self, heartbeat: Heartbeat) -> None:
        # A send to a topic that is not there yet blocks for 40 s, and its document's lane with it.
        await ensure_topics(self.service, self.settings, heartbeat)
        await self._relay.run(heartbeat)

    async def _consume(self, heartbeat: Heartbeat) -> None:
        await ensure_topics(self.service, self.settings, heartbeat)
        if self._consumer is not None:
            await self._consumer.run(heartbeat)

    async def _drain(self, work: "asyncio.Task[None]") -> None:
        self.health.draining = True
        if self._consumer is not None and not work.done():
            self._consumer.stop()
            await self._consumer.wait_left(self.settings.drain_seconds)
        work.cancel()
        await asyncio.wait({work}, timeout=5.0)
        await self.close()

    async def close(self) -> None:
        """Close what was opened: the parts of the service, the broker's producer, the store."""
        for close in self._on_close:
            await close()
        await self.producer.stop()
        await self.client.close()


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
