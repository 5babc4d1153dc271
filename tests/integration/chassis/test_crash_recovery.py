"""Whatever moment a consumer ends at, the next one skips nothing and does nothing twice, and a good
end looks like one.
"""

import asyncio
import gc
from collections.abc import Iterable

import pytest
from aiokafka import TopicPartition
from aiokafka.consumer.group_coordinator import GroupCoordinator

from conformance.harness import (
    Sourced,
    all_consumed,
    attributes_of,
    deliver,
    deliver_with_crashes,
    publish,
)
from sample_service import asked, handlers, knows_the_school, reader, times
from sebaya_chassis.consuming import fetch_loop
from sebaya_chassis.consuming.consumer import Consumer
from sebaya_chassis.consuming.crash_recovery import AttemptMarks, TakenPartition
from sebaya_chassis.consuming.handlers import Handlers
from sebaya_chassis.consuming.offset_commits import OffsetCommits
from sebaya_chassis.outbox.producer import Producer
from sebaya_chassis.outbox.topics import make_topics
from sebaya_chassis.service.runtime import Runtime
from sebaya_chassis.service.service_topics import topics_of
from sebaya_chassis.storage.layout import AppliedSequence
from sebaya_chassis.storage.tenant_store import SchoolStore
from sebaya_contracts.envelope import encode
from sebaya_contracts.intake import AdultRequested
from sebaya_contracts.topics import CASES
from servers import Servers
from store_commands import commands
from support import eventually, running

TOPIC = CASES.name


def sourced(subject: str, number: int) -> Sourced:
    return Sourced(CASES, subject, number, asked(subject))


async def ready(runtime: Runtime) -> None:
    await make_topics(
        runtime.settings.kafka_bootstrap_servers, topics_of(runtime.service, runtime.settings), 1
    )
    await knows_the_school(runtime)


async def publish_spread(runtime: Runtime, events: list[Sourced]) -> None:
    """Over all partitions, one document always to the same."""
    producer = Producer(runtime.settings.kafka_bootstrap_servers, "test")
    for event in events:
        topic, key = runtime.settings.topic(TOPIC), event.subject.encode()
        await producer.send(topic, key, encode(event.event), attributes_of(event).headers())
    await producer.stop()


async def nothing(*_args: object) -> None:
    """What a dead process does."""


class Stuck:
    """A handler that never comes back from one case, and notes what it began."""

    def __init__(self, stuck: str) -> None:
        self.stuck = stuck
        self.began: list[str] = []
        self.done: list[str] = []

    def handlers(self) -> Handlers[SchoolStore]:
        good, found = handlers().of(AdultRequested), Handlers[SchoolStore]()
        assert good is not None

        @found.on(AdultRequested)
        async def count(event: AdultRequested, mark: AppliedSequence, store: SchoolStore) -> None:
            self.began.append(event.case_id)
            if event.case_id == self.stuck:
                await asyncio.Event().wait()
            await good(event, mark, store)
            self.done.append(event.case_id)

        return found


@pytest.mark.parametrize("killed", [True, False])
async def test_an_end_in_the_middle_of_a_batch_skips_nothing(
    servers: Servers, prefix: str, monkeypatch: pytest.MonkeyPatch, killed: bool
) -> None:
    """Committed is at most what was done before the first unfinished record, and only after it was
    done. Who is killed commits nothing.
    """
    names = [f"c{n}" for n in range(12)]
    stuck = Stuck("c5")
    dying = reader(servers, prefix, stuck.handlers(), drain_seconds=0.2)
    await dying.prepare()
    await ready(dying)
    # Before the consumer starts, so that all are of one fetch.
    await publish(dying.settings, [sourced(name, 1) for name in names])
    async with running(dying):

        async def all_but_one() -> bool:
            return "c5" in stuck.began and len(stuck.done) == 11

        await eventually(all_but_one)
        if killed:
            monkeypatch.setattr(OffsetCommits, "_commit", nothing)
    monkeypatch.undo()
    async with running(reader(servers, prefix)) as next_one:
        await eventually(lambda: all_consumed(next_one.settings, "matching"))
        assert await times(next_one) == dict.fromkeys(names, 1)
        assert await next_one.database["parked"].count_documents({}) == 0


@pytest.mark.parametrize("after", [False, True])
async def test_a_death_at_any_write_neither_loses_nor_doubles(
    servers: Servers, prefix: str, after: bool
) -> None:
    """Before the effect, or after it but before the commit; and then every record once more."""
    runtime = reader(servers, prefix)
    await runtime.prepare()
    await knows_the_school(runtime)
    events = [sourced(name, number) for number in (1, 2, 3) for name in ("c1", "c2")]
    assert await deliver_with_crashes(runtime, events, after=after) == len(events)
    await deliver(runtime, [*events, *events[:3]])
    assert await times(runtime) == {"c1": 3, "c2": 3}
    await runtime.client.close()


async def test_partitions_given_back_in_a_rebalance_are_in_good_order(
    servers: Servers, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise every scale-out would look like a death, and the next batches would go one by
    one.
    """
    taken: list[TakenPartition] = []
    original = AttemptMarks.take

    async def noting(self: AttemptMarks, topic: str, partition: int) -> TakenPartition:
        taken.append(await original(self, topic, partition))
        return taken[-1]

    monkeypatch.setattr(AttemptMarks, "take", noting)
    names = [f"c{n}" for n in range(40)]
    async with running(reader(servers, prefix)) as first:
        await ready(first)
        await publish_spread(first, [sourced(name, 1) for name in names])
        await eventually(lambda: all_consumed(first.settings, "matching"))
        before = len(taken)
        async with running(reader(servers, prefix)) as second:
            await second.prepared.wait()

            async def both_have_some() -> bool:
                owned = [
                    len(runtime._consumer.client.assignment())
                    for runtime in (first, second)
                    if runtime._consumer is not None and runtime._consumer.client is not None
                ]
                return len(owned) == 2 and min(owned) > 0

            await eventually(both_have_some)
            await publish_spread(first, [sourced(name, 2) for name in names])
            await eventually(lambda: all_consumed(first.settings, "matching"))
            assert len(taken) > before
        assert [one for one in taken if one.unclean] == []
        assert await times(first) == dict.fromkeys(names, 2)


@pytest.fixture
def taken_singly(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Partition and offset of the records that were taken one by one, as they are taken."""
    records: list[tuple[int, int]] = []
    original = AttemptMarks.enter

    async def noting(self: AttemptMarks, topic: str, partition: int, offset: int) -> int:
        records.append((partition, offset))
        return await original(self, topic, partition, offset)

    monkeypatch.setattr(AttemptMarks, "enter", noting)
    return records


async def left_by_a_dead_owner(
    runtime: Runtime, partitions: Iterable[int] = range(CASES.partitions)
) -> None:
    await runtime.prepare()
    await ready(runtime)
    attempts = AttemptMarks(runtime.database)
    for partition in partitions:
        await attempts.take(TOPIC, partition)  # and never gave it back


async def test_after_a_death_what_came_later_is_no_suspect(
    servers: Servers, prefix: str, taken_singly: list[tuple[int, int]]
) -> None:
    """One by one costs two writes more a record: only what the dead one can have had in its hands
    is worth them.
    """
    runtime = reader(servers, prefix)
    await left_by_a_dead_owner(runtime)
    await publish(runtime.settings, [sourced(f"c{n}", 1) for n in range(3)])  # to one partition
    async with running(runtime):
        await eventually(lambda: all_consumed(runtime.settings, "matching"))
        await publish(runtime.settings, [sourced(f"c{n}", 1) for n in range(3, 9)])
        await eventually(lambda: all_consumed(runtime.settings, "matching"))
        assert len(await times(runtime)) == 9
    assert [offset for _, offset in taken_singly] == [0, 1, 2]


async def test_after_a_death_other_partitions_are_no_suspects(
    servers: Servers, prefix: str, taken_singly: list[tuple[int, int]]
) -> None:
    """A fetch is of many partitions; those that came in good order go their usual way, behind the
    suspects of the others.
    """
    runtime = reader(servers, prefix)
    await left_by_a_dead_owner(runtime, [0])
    await publish_spread(runtime, [sourced(f"c{n}", 1) for n in range(60)])
    async with running(runtime):
        await eventually(lambda: all_consumed(runtime.settings, "matching"))
        assert await times(runtime) == {f"c{n}": 1 for n in range(60)}
    assert {partition for partition, _ in taken_singly} == {0}
    assert 0 < len(taken_singly) < 60


async def test_after_a_death_two_fetches_are_suspects(
    servers: Servers, prefix: str, taken_singly: list[tuple[int, int]]
) -> None:
    """The dead one may have been at work on the second while the first was being committed."""
    runtime = reader(servers, prefix, batch_records=2)
    await left_by_a_dead_owner(runtime)
    await publish(runtime.settings, [sourced(f"c{n}", 1) for n in range(8)])  # to one partition
    async with running(runtime):
        await eventually(lambda: all_consumed(runtime.settings, "matching"))
        assert len(await times(runtime)) == 8
    assert [offset for _, offset in taken_singly] == [0, 1, 2, 3]


async def test_a_good_stop_leaves_no_partition_looking_dead(servers: Servers, prefix: str) -> None:
    """By one write, however many it owned: in a hand-over the whole group waits for it."""
    runtime = reader(servers, prefix)
    with commands(runtime.database) as sent:
        async with running(runtime):
            await ready(runtime)
            await publish_spread(runtime, [sourced(f"c{n}", 1) for n in range(20)])
            await eventually(lambda: all_consumed(runtime.settings, "matching"))
            assert await runtime.database["attempts"].count_documents({"owned": True}) > 2
    assert sent.count("update attempts") == 1
    later = reader(servers, prefix)
    assert await later.database["attempts"].count_documents({"owned": True}) == 0
    await later.client.close()


async def test_only_deaths_inside_the_same_record_are_counted(runtime: Runtime) -> None:
    attempts = AttemptMarks(runtime.database)
    assert not (await attempts.take(TOPIC, 0)).unclean
    assert (await attempts.take(TOPIC, 0)).unclean
    await attempts.give_back([(TOPIC, 0)])
    assert not (await attempts.take(TOPIC, 0)).unclean
    assert [await attempts.enter(TOPIC, 0, 5) for _ in range(3)] == [0, 1, 2]
    assert await attempts.enter(TOPIC, 1, 5) == 0, "another partition"
    assert await attempts.enter(TOPIC, 0, 6) == 0, "another record"
    await attempts.leave(TOPIC, 0, 6)
    assert await attempts.enter(TOPIC, 0, 6) == 0, "it had come back alive"
    await attempts.give_back([(TOPIC, 0)])
    assert await attempts.enter(TOPIC, 0, 6) == 1, "the mark stays through a hand-over"
    assert await attempts.enter(TOPIC, 0, 5) == 3, "and while records before it come again"


async def test_a_consumer_whose_library_gave_up_joins_anew(
    servers: Servers, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Consumer alive but not consuming: an error inside the coordinator's task ends that task, and
    without it nothing ever comes.
    """
    async with running(reader(servers, prefix)) as runtime:
        await ready(runtime)
        await publish(runtime.settings, [sourced("c0", 1)])
        await eventually(lambda: all_consumed(runtime.settings, "matching"))
        first = runtime._consumer.client if runtime._consumer is not None else None
        assert first is not None

        async def fails(_coordinator: GroupCoordinator) -> None:
            monkeypatch.undo()
            raise AssertionError("Broker id 1 not in current metadata")

        monkeypatch.setattr(GroupCoordinator, "ensure_coordinator_known", fails)
        first.subscribe(
            list(first.subscription()), listener=runtime._consumer
        )  # the task turns, and meets it
        await publish(runtime.settings, [sourced("c0", 2), sourced("c1", 1)])
        await eventually(lambda: all_consumed(runtime.settings, "matching"))
        assert await times(runtime) == {"c0": 2, "c1": 1}
        assert runtime._consumer is not None and runtime._consumer.client is not first
    # The library never looks at how its task ended, so asyncio tells it when the task is collected:
    # here, not in somebody else's test.
    del first
    gc.collect()


async def test_a_rebalance_waits_for_what_is_at_work(
    servers: Servers, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Partitions are handed over behind the record that was being handled, and what was only read
    goes to its new owner: nobody begins anything a second time.
    """
    began: list[str] = []
    later = [f"a{number}" for number in range(12)]
    release, revoked = asyncio.Event(), asyncio.Event()
    good, slow = handlers().of(AdultRequested), Handlers[SchoolStore]()
    assert good is not None
    original = Consumer.on_partitions_revoked

    @slow.on(AdultRequested)
    async def count(event: AdultRequested, mark: AppliedSequence, store: SchoolStore) -> None:
        began.append(event.case_id)
        await release.wait()
        await good(event, mark, store)

    async def noting(self: Consumer, partitions: set[TopicPartition]) -> None:
        handing_over = asyncio.create_task(original(self, partitions))
        if partitions and began:
            # Long enough for a hand-over that does not wait to be over.
            await asyncio.wait({handing_over}, timeout=0.5)
            revoked.set()
        await handing_over

    monkeypatch.setattr(Consumer, "on_partitions_revoked", noting)
    monkeypatch.setattr(fetch_loop, "QUICK_SECONDS", 60.0)
    async with running(reader(servers, prefix, slow)) as first:
        await ready(first)
        await publish_spread(first, [sourced("c1", 1)])

        async def at_work() -> bool:
            return began == ["c1"]

        await eventually(at_work)
        assert first._consumer is not None
        ahead = first._consumer.fetch_loop.prefetch
        await publish_spread(first, [sourced(name, 1) for name in later])

        async def all_read() -> bool:
            return ahead.room == ahead.most - len(later)

        await eventually(all_read)
        async with running(reader(servers, prefix, slow)):
            await asyncio.wait_for(revoked.wait(), 20)
            release.set()
            await eventually(lambda: all_consumed(first.settings, "matching"))
            assert await times(first) == dict.fromkeys(["c1", *later], 1)
            assert sorted(began) == sorted(["c1", *later])
