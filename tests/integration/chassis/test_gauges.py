"""What a process says of the servers and of its own work to whoever watches it: true while it is
stuck, and where nothing happens.
"""

import asyncio
from datetime import timedelta

import pytest
from aiokafka.errors import KafkaConnectionError
from prometheus_client import REGISTRY
from pymongo.errors import AutoReconnect

from conformance.harness import Sourced, all_consumed, delivery_of, publish
from sample_service import asked, count_request, knows_the_school, reader
from sebaya_chassis.base.settings import RunRole
from sebaya_chassis.consuming.crash_recovery import AttemptMarks, TakenPartition
from sebaya_chassis.consuming.handlers import Handlers
from sebaya_chassis.outbox.producer import Producer
from sebaya_chassis.service import gauges
from sebaya_chassis.service.status import COLLECTION, State
from sebaya_chassis.storage.clock import StoreClock
from sebaya_chassis.storage.layout import AlreadyApplied, AppliedSequence
from sebaya_chassis.storage.tenant_store import SchoolStore
from sebaya_contracts.intake import AdultRequested
from sebaya_contracts.topics import CASES
from servers import Servers
from support import eventually, running

SERVICE = "matching"


def measured(name: str, **labels: str) -> float | None:
    """None before the first measurement of a process."""
    return REGISTRY.get_sample_value(name, {"service": SERVICE, **labels})


def gauge(name: str, **labels: str) -> float:
    found = measured(name, **labels)
    assert found is not None, f"{name} {labels} is not there"
    return found


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gauges, "ASK_BROKER_SECONDS", 0.05)
    monkeypatch.setattr(gauges, "MEASURE_SECONDS", 0.05)


async def test_a_broker_that_does_not_answer_is_seen_though_nothing_is_sent(
    servers: Servers, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = Producer.reach
    async with running(reader(servers, prefix)) as runtime:
        await runtime.prepared.wait()

        async def near() -> bool:
            return gauge("sebaya_broker_unanswered_seconds") < 0.5

        await eventually(near)

        async def away(_self: Producer) -> None:
            raise KafkaConnectionError

        monkeypatch.setattr(Producer, "reach", away)

        async def grows() -> bool:
            return gauge("sebaya_broker_unanswered_seconds") > 1

        await eventually(grows)
        assert runtime.health.live
        monkeypatch.setattr(Producer, "reach", answers)
        await eventually(near)


async def test_a_store_that_does_not_answer_is_seen_though_nothing_is_asked(
    servers: Servers, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_self: StoreClock, _database: object) -> None:
        raise AutoReconnect

    runtime = reader(servers, prefix)
    monkeypatch.setattr(StoreClock, "read", away)
    async with running(runtime):

        async def grows() -> bool:
            return gauge("sebaya_store_unanswered_seconds") > 1

        await eventually(grows)
        assert gauge("sebaya_ready", role="both") == 0
        monkeypatch.undo()

        async def near() -> bool:
            return (
                gauge("sebaya_store_unanswered_seconds") < 1
                and gauge("sebaya_ready", role="both") == 1
            )

        await eventually(near)


async def test_the_age_of_what_waits_grows_while_a_handler_hangs_and_ends_with_it(
    servers: Servers, prefix: str
) -> None:
    release = asyncio.Event()
    slow = Handlers[SchoolStore]()

    @slow.on(AdultRequested)
    async def wait(event: AdultRequested, mark: AppliedSequence, store: SchoolStore) -> None:
        await release.wait()
        await count_request(event, mark, store)

    async with running(reader(servers, prefix, slow)) as runtime:
        await knows_the_school(runtime)
        await _assigned()
        assert gauge("sebaya_consumer_lag_seconds", topic=CASES.name) == 0
        await publish(runtime.settings, [Sourced(CASES, "c1", 1, asked("c1"))])

        async def grows() -> bool:
            return gauge("sebaya_consumer_lag_seconds", topic=CASES.name) > 1.5

        await eventually(grows)
        release.set()
        await eventually(lambda: all_consumed(runtime.settings, SERVICE))

        async def ended() -> bool:
            return gauge("sebaya_consumer_lag_seconds", topic=CASES.name) == 0

        await eventually(ended)
    assert gauge("sebaya_consumer_partitions", topic=CASES.name) == 0


async def test_the_first_of_a_partition_ages_while_the_store_is_away(
    servers: Servers, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In hand, but not begun: how the partition's last owner left it stands in the store."""
    take, is_away = AttemptMarks.take, False

    async def asked_for(self: AttemptMarks, topic: str, partition: int) -> TakenPartition:
        if is_away:
            raise AutoReconnect("the store is away")
        return await take(self, topic, partition)

    monkeypatch.setattr(AttemptMarks, "take", asked_for)
    async with running(reader(servers, prefix)) as runtime:
        await knows_the_school(runtime)
        await publish(runtime.settings, [Sourced(CASES, "c1", 1, asked("c1"))])
        await eventually(lambda: all_consumed(runtime.settings, SERVICE))
        consumer = runtime._consumer
        assert consumer is not None and consumer.client is not None
        name = runtime.settings.topic(CASES.name)
        await consumer.on_partitions_assigned(
            {part for part in consumer.client.assignment() if part.topic == name}
        )
        is_away = True
        await publish(runtime.settings, [Sourced(CASES, "c2", 1, asked("c2"))])

        async def grows() -> bool:
            return gauge("sebaya_consumer_lag_seconds", topic=CASES.name) > 1

        await eventually(grows)
        is_away = False
        await eventually(lambda: all_consumed(runtime.settings, SERVICE))

        async def ended() -> bool:
            return gauge("sebaya_consumer_lag_seconds", topic=CASES.name) == 0

        await eventually(ended)


async def _assigned() -> None:
    async def all_are_read() -> bool:
        """The first consumer of a process brings the series."""
        of_it = {"service": SERVICE, "topic": CASES.name}
        wanted = REGISTRY.get_sample_value("sebaya_consumer_partitions_expected", of_it)
        return (
            wanted is not None
            and REGISTRY.get_sample_value("sebaya_consumer_partitions", of_it) == wanted
        )

    await eventually(all_are_read)


async def test_what_was_never_fetched_ages_too(
    servers: Servers, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Alive but not consuming: the broker has more than was ever taken."""
    async with running(reader(servers, prefix)) as runtime:
        await knows_the_school(runtime)
        await _assigned()
        consumer = runtime._consumer
        assert consumer is not None
        monkeypatch.setattr(
            "sebaya_chassis.consuming.lag.next_offset", lambda _consumer, _partition: 0
        )
        monkeypatch.setattr(type(consumer.client), "highwater", lambda _self, _partition: 7)

        async def ages() -> bool:
            return gauge("sebaya_consumer_lag_seconds", topic=CASES.name) > 1

        await eventually(ages)
        assert gauge("sebaya_consumer_lag_records", topic=CASES.name) == 7 * CASES.partitions
        monkeypatch.undo()

        async def ended() -> bool:
            return gauge("sebaya_consumer_lag_seconds", topic=CASES.name) == 0

        await eventually(ended)


async def test_dead_letters_are_counted_until_somebody_sees_to_them(
    servers: Servers, prefix: str
) -> None:
    async with running(reader(servers, prefix)) as runtime:
        await runtime.prepared.wait()
        entries = [
            {"at": f"0:{n}", "state": state}
            for n, state in enumerate(("parked", "failed", "applied", "dropped", "replaying"))
        ]
        await runtime.database["parked"].insert_one({"_id": "t/c1", "entries": entries})

        async def three() -> bool:
            return measured("sebaya_dead_letters_waiting") == 3

        await eventually(three)
        await runtime.database["parked"].update_one(
            {"_id": "t/c1"}, {"$set": {"entries.$[].state": "applied"}}
        )

        async def none() -> bool:
            return measured("sebaya_dead_letters_waiting") == 0

        await eventually(none)


async def test_what_is_counted_exists_before_it_happens(servers: Servers, prefix: str) -> None:
    """A counter that is born at 1 has never risen."""
    async with running(reader(servers, prefix)) as runtime:
        await runtime.prepared.wait()
        await _assigned()
        for outcome in ("applied", "ignored", "skipped", "parked"):
            gauge("sebaya_records_total", topic=CASES.name, outcome=outcome)
        for cause in ("away", "record", "batch"):
            gauge("sebaya_record_retries_total", topic=CASES.name, cause=cause)
        gauge("sebaya_dead_letters_total", topic=CASES.name, reason="handler_failed")
        gauge("sebaya_events_published_total", type="MatchOffered")
        gauge("sebaya_publish_failures_total")
        gauge("sebaya_store_unavailable_total")
        gauge("sebaya_offset_commits_total", outcome="failed")


async def test_an_answering_process_tells_how_the_workers_stand(
    servers: Servers, prefix: str
) -> None:
    """The one that answers reads nothing itself: what it tells, the worker has left in the
    store.
    """
    release = asyncio.Event()
    slow = Handlers[SchoolStore]()

    @slow.on(AdultRequested)
    async def wait(_event: AdultRequested, _mark: AppliedSequence, _store: SchoolStore) -> None:
        await release.wait()
        raise AlreadyApplied("c1")

    answering = reader(servers, prefix, role=RunRole.API)
    async with running(answering):
        await answering.prepared.wait()
        assert (await answering.status()).state is State.NO_WORKER
        async with running(reader(servers, prefix, slow)) as worker:
            await knows_the_school(worker)
            await _assigned()

            async def told(state: State) -> bool:
                return (await answering.status()).state is state

            await eventually(lambda: told(State.WELL))
            await publish(worker.settings, [Sourced(CASES, "c1", 1, asked("c1"))])

            async def waits() -> bool:
                return (await answering.status()).seconds_behind > 0

            await eventually(waits)
            release.set()
            await worker.dead_letters.park(
                delivery_of(Sourced(CASES, "c2", 1, asked("c2")), 1), "json"
            )
            await eventually(lambda: told(State.LEFT_OVER))
            assert (await answering.status()).workers == 1


async def test_a_worker_that_left_no_note_for_a_while_counts_no_more(
    servers: Servers, prefix: str
) -> None:
    runtime = reader(servers, prefix)
    async with running(runtime):
        await runtime.prepared.wait()

        async def noted() -> bool:
            return (await runtime.status()).workers == 1

        await eventually(noted)
    async with running(reader(servers, prefix, role=RunRole.API)) as later:
        await later.prepared.wait()
        an_hour_ago = later.writer.clock.now() - timedelta(hours=1)
        await later.database[COLLECTION].update_many({}, {"$set": {"at": an_hour_ago}})
        assert (await later.status()).workers == 0
