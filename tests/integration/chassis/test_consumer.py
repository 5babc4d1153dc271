"""Records that kill, stores that go away, replicas that come and go: effects stay single and
nothing is skipped.
"""

import asyncio
from datetime import UTC, datetime

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from pymongo.errors import AutoReconnect

from conformance.harness import Sourced, all_consumed, attributes_of, publish
from sample_service import SCHOOL, asked, count_request, handlers, knows_the_school, reader, times
from sebaya_chassis.base.health import Heartbeat
from sebaya_chassis.base.metrics import RECORDS, RETRIES
from sebaya_chassis.consuming import fetch_loop
from sebaya_chassis.consuming.crash_recovery import AttemptMarks
from sebaya_chassis.consuming.delivery import Delivery, subject_of
from sebaya_chassis.consuming.document_queues import OnOwnFault
from sebaya_chassis.consuming.fetch_loop import FetchLoop
from sebaya_chassis.consuming.handlers import Handlers
from sebaya_chassis.consuming.outcome import Outcome
from sebaya_chassis.consuming.prefetch import FetchedRecords
from sebaya_chassis.consuming.record_processor import RecordProcessor
from sebaya_chassis.outbox.producer import Producer
from sebaya_chassis.outbox.topics import make_topics
from sebaya_chassis.service.runtime import Runtime
from sebaya_chassis.service.service_topics import topics_of
from sebaya_chassis.storage.documents import Documents
from sebaya_chassis.storage.layout import AppliedSequence
from sebaya_chassis.storage.tenant_store import SchoolStore
from sebaya_contracts.district import SchoolDefined
from sebaya_contracts.envelope import encode
from sebaya_contracts.intake import AdultRequested, CaseWithdrawn
from sebaya_contracts.topics import CASES, SCHOOLS
from servers import Servers
from support import eventually, running


def sourced(subject: str, number: int) -> Sourced:
    return Sourced(CASES, subject, number, asked(subject))


async def topics(runtime: Runtime) -> None:
    await make_topics(
        runtime.settings.kafka_bootstrap_servers, topics_of(runtime.service, runtime.settings), 1
    )


async def test_a_store_that_goes_away_is_waited_for_without_parking(
    servers: Servers, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = Documents.load
    away = True

    async def load(self: Documents[object], identity: str) -> object:
        if away:
            raise AutoReconnect("the store is away")
        return await original(self, identity)

    monkeypatch.setattr(Documents, "load", load)
    async with running(reader(servers, prefix)) as runtime:
        await topics(runtime)
        await knows_the_school(runtime)
        await publish(runtime.settings, [sourced(f"c{n}", 1) for n in range(5)])
        waited = asyncio.get_running_loop().time() + 4 * runtime.settings.retry_seconds

        async def longer_than_a_fault_may_take() -> bool:
            return asyncio.get_running_loop().time() > waited

        await eventually(longer_than_a_fault_may_take)
        assert runtime.health.live
        assert await runtime.database["parked"].count_documents({}) == 0
        away = False

        async def all_counted() -> bool:
            return await times(runtime) == {f"c{n}": 1 for n in range(5)}

        await eventually(all_counted)


async def test_replicas_come_and_go_while_a_handler_is_slow(servers: Servers, prefix: str) -> None:
    """Alive but not consuming: consumption goes on by itself, effects happen once, offsets are
    committed to the end.
    """
    slow = Handlers[SchoolStore]()

    @slow.on(AdultRequested)
    async def count(event: AdultRequested, mark: AppliedSequence, store: SchoolStore) -> None:
        await asyncio.sleep(0.02)
        await count_request(event, mark, store)

    events = [sourced(f"c{n}", number) for n in range(60) for number in (1, 2, 3)]
    async with running(reader(servers, prefix, slow, batch_records=20, batch_lanes=4)) as first:
        await topics(first)
        await knows_the_school(first)
        publishing = asyncio.create_task(publish(first.settings, events))
        for _ in range(3):
            async with running(
                reader(servers, prefix, slow, batch_records=20, batch_lanes=4)
            ) as another:
                await another.prepared.wait()
                await asyncio.wait({publishing}, timeout=0.7)
        await publishing
        await eventually(lambda: all_consumed(first.settings, "matching"), within=40)
        assert await times(first) == {f"c{n}": 3 for n in range(60)}
        assert await first.database["parked"].count_documents({}) == 0


async def test_a_record_that_kills_its_process_parks_after_three_deaths(
    servers: Servers, prefix: str
) -> None:
    """Deaths are simulated as the store sees them: the partition was never given back, and the mark
    stands inside the record.
    """
    runtime = reader(servers, prefix)
    await runtime.prepare()
    attempts = AttemptMarks(runtime.database)
    await topics(runtime)
    await publish(
        runtime.settings, [sourced("killer", 1), sourced("innocent", 1), sourced("killer", 2)]
    )
    for partition in range(6):
        await attempts.take("intake.cases.v1", partition)
        for _ in range(3):
            await attempts.enter("intake.cases.v1", partition, 0)
    async with running(runtime):
        await knows_the_school(runtime)

        async def ended() -> bool:
            rows = [row async for row in runtime.database["parked"].find({})]
            return await times(runtime) == {"innocent": 1} and [
                len(row["entries"]) for row in rows
            ] == [2]

        await eventually(ended)
        row = await runtime.database["parked"].find_one({})
        assert row is not None
        assert [entry["reason"] for entry in row["entries"]] == [
            "kills_process",
            "behind_dead_letter",
        ]


async def test_deaths_elsewhere_do_not_count_against_a_record(
    servers: Servers, prefix: str
) -> None:
    runtime = reader(servers, prefix)
    await runtime.prepare()
    attempts = AttemptMarks(runtime.database)
    await topics(runtime)
    await publish(runtime.settings, [sourced("c1", 1)])
    for partition in range(6):
        for _ in range(5):
            await attempts.take("intake.cases.v1", partition)
    async with running(runtime):
        await knows_the_school(runtime)

        async def counted() -> bool:
            return await times(runtime) == {"c1": 1}

        await eventually(counted)


async def test_a_hanging_handler_parks_its_record_and_lets_others_pass(
    servers: Servers, prefix: str
) -> None:
    hanging = Handlers[SchoolStore]()

    @hanging.on(AdultRequested)
    async def count(event: AdultRequested, mark: AppliedSequence, store: SchoolStore) -> None:
        if event.case_id == "stuck":
            await asyncio.Event().wait()
        await count_request(event, mark, store)

    async with running(reader(servers, prefix, hanging, handler_timeout_seconds=0.3)) as runtime:
        await topics(runtime)
        await knows_the_school(runtime)
        await publish(runtime.settings, [sourced("stuck", 1), sourced("c1", 1)])

        async def ended() -> bool:
            row = await runtime.database["parked"].find_one({})
            return (
                await times(runtime) == {"c1": 1}
                and row is not None
                and row["entries"][0]["reason"] == "timeout"
            )

        await eventually(ended)


async def test_a_stop_commits_what_was_done(servers: Servers, prefix: str) -> None:
    """A second start takes up behind the first: nothing is handled twice by a clean stop."""
    seen: list[str] = []
    noting = Handlers[SchoolStore]()

    @noting.on(AdultRequested)
    async def count(event: AdultRequested, mark: AppliedSequence, store: SchoolStore) -> None:
        seen.append(event.case_id)
        await count_request(event, mark, store)

    first = reader(servers, prefix, noting)
    async with running(first):
        await topics(first)
        await knows_the_school(first)
        await publish(first.settings, [sourced(f"c{n}", 1) for n in range(20)])

        async def all_seen() -> bool:
            return len(set(seen)) == 20

        await eventually(all_seen)
    async with running(reader(servers, prefix, noting)) as second:
        await publish(second.settings, [sourced("last", 1)])

        async def last_seen() -> bool:
            return "last" in seen

        await eventually(last_seen)
    assert len(seen) == 21


def refusing_until(mended: asyncio.Event) -> Handlers[SchoolStore]:
    """Handlers that fail at the case "bad" until its fault is mended."""
    fussy = Handlers[SchoolStore]()

    @fussy.on(AdultRequested)
    async def count(event: AdultRequested, mark: AppliedSequence, store: SchoolStore) -> None:
        if event.case_id == "bad" and not mended.is_set():
            raise ValueError("a fault of this record")
        await count_request(event, mark, store)

    return fussy


async def test_one_record_that_fails_holds_its_own_document_and_no_other(
    servers: Servers, prefix: str
) -> None:
    """A poisoned record: while it is tried again later fetches are applied, its document waits, and
    commits stop before it.
    """
    mended = asyncio.Event()
    fussy = refusing_until(mended)
    async with running(
        reader(servers, prefix, fussy, retry_seconds=300.0, batch_records=5)
    ) as runtime:
        await topics(runtime)
        await knows_the_school(runtime)
        await publish(
            runtime.settings,
            [sourced("bad", 1), *(sourced(f"c{n}", 1) for n in range(20)), sourced("bad", 2)],
        )

        async def others_done() -> bool:
            return await times(runtime) == {f"c{n}": 1 for n in range(20)}

        await eventually(others_done, within=60)
        assert not await all_consumed(runtime.settings, "matching")
        mended.set()
        await eventually(lambda: all_consumed(runtime.settings, "matching"), within=60)
        assert await times(runtime) == {f"c{n}": 1 for n in range(20)} | {"bad": 2}
        assert await runtime.database["parked"].count_documents({}) == 0


async def test_a_stop_while_a_record_is_held_loses_nothing(servers: Servers, prefix: str) -> None:
    """What was done ahead of it is not committed, comes again, and is ignored."""
    fussy = refusing_until(asyncio.Event())
    async with running(
        reader(servers, prefix, fussy, retry_seconds=300.0, batch_records=5)
    ) as first:
        await topics(first)
        await knows_the_school(first)
        await publish(
            first.settings, [sourced("bad", 1), *(sourced(f"c{n}", 1) for n in range(20))]
        )

        async def others_done() -> bool:
            return len(await times(first)) == 20

        await eventually(others_done, within=60)
    async with running(reader(servers, prefix)) as second:
        await eventually(lambda: all_consumed(second.settings, "matching"), within=60)
        assert await times(second) == {f"c{n}": 1 for n in range(20)} | {"bad": 1}


class Gate:
    """Handlers that wait until they are let go; who began, and how large each fetch was."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.open = asyncio.Event()
        self.began: list[str] = []
        self.fetches: list[int] = []
        # However slow the machine is, this batch is no long one.
        monkeypatch.setattr(fetch_loop, "QUICK_SECONDS", 60.0)
        original = FetchLoop._take

        async def noting(
            loop: FetchLoop,
            client: AIOKafkaConsumer,
            records: FetchedRecords,
            heartbeat: Heartbeat,
        ) -> None:
            self.fetches.append(sum(len(some) for some in records.values()))
            await original(loop, client, records, heartbeat)

        monkeypatch.setattr(FetchLoop, "_take", noting)

    def handlers(self) -> Handlers[SchoolStore]:
        good, found = handlers().of(AdultRequested), Handlers[SchoolStore]()
        assert good is not None

        @found.on(AdultRequested)
        async def count(event: AdultRequested, mark: AppliedSequence, store: SchoolStore) -> None:
            self.began.append(event.case_id)
            await self.open.wait()
            await good(event, mark, store)

        return found

    async def first_at_work(self, runtime: Runtime, *, then: int) -> None:
        """One record is being handled, and so many came since, each known to the reader before the
        next was sent.
        """
        await topics(runtime)
        await knows_the_school(runtime)
        await publish(runtime.settings, [sourced("c0", 1)])

        async def begun() -> bool:
            return self.began == ["c0"]

        await eventually(begun)
        assert runtime._consumer is not None
        ahead = runtime._consumer.fetch_loop.prefetch
        for number in range(1, then + 1):
            await publish(runtime.settings, [sourced(f"c{number}", 1)])

            async def read(many: int = number) -> bool:
                return ahead.room == ahead.most - many

            await eventually(read)
        assert self.began == ["c0"], "what is read ahead is not begun"


async def test_what_comes_while_a_fetch_is_at_work_is_the_next_fetch(
    servers: Servers, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Left to itself the library holds the first of them, alone, and all others wait for that one's
    work too.
    """
    gate = Gate(monkeypatch)
    async with running(reader(servers, prefix, gate.handlers())) as runtime:
        await gate.first_at_work(runtime, then=5)
        gate.open.set()
        await eventually(lambda: all_consumed(runtime.settings, "matching"))
        assert await times(runtime) == {f"c{number}": 1 for number in range(6)}
    assert gate.fetches == [1, 5]


async def test_what_is_read_ahead_is_bounded(
    servers: Servers, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch that takes long while much comes: the next is no larger than a fetch may be, and
    nothing is left out.
    """
    gate = Gate(monkeypatch)
    async with running(reader(servers, prefix, gate.handlers(), batch_records=4)) as runtime:
        await gate.first_at_work(runtime, then=3)
        await publish(runtime.settings, [sourced(f"c{number}", 1) for number in range(4, 12)])
        gate.open.set()
        await eventually(lambda: all_consumed(runtime.settings, "matching"))
        assert await times(runtime) == {f"c{number}": 1 for number in range(12)}
    assert max(gate.fetches) == 4


async def test_a_stop_leaves_what_was_read_ahead_to_the_next(
    servers: Servers, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(monkeypatch)
    async with running(reader(servers, prefix, gate.handlers())) as first:
        await gate.first_at_work(first, then=3)
        assert first._consumer is not None
        first._consumer.stop()
        gate.open.set()
    assert gate.began == ["c0"]
    async with running(reader(servers, prefix)) as second:
        await eventually(lambda: all_consumed(second.settings, "matching"))
        assert await times(second) == {f"c{number}": 1 for number in range(4)}


async def test_a_membership_that_is_lost_forgets_what_was_read_ahead(
    servers: Servers, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes again to the next membership, and once is enough."""
    gate, original = Gate(monkeypatch), AIOKafkaConsumer.getmany
    async with running(reader(servers, prefix, gate.handlers())) as runtime:
        await gate.first_at_work(runtime, then=3)

        async def lost(*_given: object, **_named: object) -> None:
            monkeypatch.setattr(AIOKafkaConsumer, "getmany", original)
            gate.open.set()
            raise KafkaError("the coordinator's task has ended")

        monkeypatch.setattr(AIOKafkaConsumer, "getmany", lost)
        await eventually(lambda: all_consumed(runtime.settings, "matching"))
        assert await times(runtime) == {f"c{number}": 1 for number in range(4)}
    assert sorted(gate.began) == ["c0", "c0", "c1", "c2", "c3"]


async def test_what_is_for_others_takes_no_lane_and_what_is_wrong_with_it_is_told(
    servers: Servers, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader of a topic has handlers for some of its types: the rest costs it a look, and a
    broken one is parked all the same.
    """
    tried: list[str] = []
    original = RecordProcessor.process

    async def noting(
        processor: RecordProcessor, delivery: Delivery, on_own_fault: OnOwnFault
    ) -> Outcome:
        tried.append(subject_of(delivery.record).decode())
        return await original(processor, delivery, on_own_fault)

    monkeypatch.setattr(RecordProcessor, "process", noting)
    skipped = RECORDS.labels("matching", CASES.name, Outcome.SKIPPED.value)._value.get()
    async with running(reader(servers, prefix)) as runtime:
        await topics(runtime)
        await knows_the_school(runtime)
        withdrawn = CaseWithdrawn(school_id="s1", case_id="c1", withdrawn_at=datetime.now(UTC))
        await publish(runtime.settings, [Sourced(CASES, "c1", 1, withdrawn), sourced("c2", 1)])
        whole = attributes_of(Sourced(CASES, "c3", 1, withdrawn)).headers()
        producer = Producer(runtime.settings.kafka_bootstrap_servers, "test")
        broken = [header for header in whole if header[0] != "ce_sequence"]
        await producer.send(runtime.settings.topic(CASES.name), b"c3", encode(withdrawn), broken)
        await producer.stop()
        await eventually(lambda: all_consumed(runtime.settings, "matching"))
        assert await times(runtime) == {"c2": 1}
        parked = await runtime.database["parked"].find_one({}) or {}
        assert [entry["reason"] for entry in parked["entries"]] == ["attribute_missing"]
    assert sorted(tried) == ["c2", "c3"]
    assert RECORDS.labels("matching", CASES.name, Outcome.SKIPPED.value)._value.get() == skipped + 1


async def test_a_reader_that_begins_with_a_backlog_learns_the_schools_before_the_cases(
    servers: Servers, prefix: str
) -> None:
    """More cases than can be held lie before the school that they are of: a service that is
    installed later, or reads all again.
    """
    learning = handlers()
    runtime = reader(servers, prefix, learning, batch_records=100, batch_lanes=4, retry_seconds=0.5)

    @learning.on(SchoolDefined)
    async def learn(event: SchoolDefined, mark: AppliedSequence, _store: SchoolStore) -> None:
        # A store that takes its time: who speaks of the school waits for it all the same.
        await asyncio.sleep(0.3)
        await runtime.schools.apply(event, mark)

    retried = RETRIES.labels("matching", CASES.name, "record")._value.get()
    await topics(runtime)
    await publish(runtime.settings, [sourced(f"c{n}", 1) for n in range(300)])
    await publish(
        runtime.settings, [Sourced(SCHOOLS, "s1", 1, SchoolDefined(school_id="s1", school=SCHOOL))]
    )
    async with running(runtime):

        async def all_consumed_once() -> bool:
            return (
                runtime.halted
                or len(await times(runtime)) + await runtime.database["parked"].count_documents({})
                == 300
            )

        await runtime.prepared.wait()
        await eventually(all_consumed_once)
        assert await runtime.database["parked"].count_documents({}) == 0
        assert RETRIES.labels("matching", CASES.name, "record")._value.get() == retried


async def test_a_member_that_drains_for_longer_than_a_session_keeps_its_place_in_the_group(
    servers: Servers, prefix: str
) -> None:
    """Consumer alive but not consuming: put out while it drains, it comes back, puts out the other
    one that drains, and so on.
    """
    began: list[str] = []
    go_on = asyncio.Event()
    good, slow = handlers().of(AdultRequested), Handlers[SchoolStore]()
    assert good is not None

    @slow.on(AdultRequested)
    async def count(event: AdultRequested, mark: AppliedSequence, store: SchoolStore) -> None:
        began.append(event.case_id)
        await go_on.wait()
        await good(event, mark, store)

    async with running(reader(servers, prefix, slow, drain_seconds=15.0)) as first:
        await topics(first)
        await knows_the_school(first)
        await publish(first.settings, [sourced("c1", 1)])

        async def at_work() -> bool:
            return began == ["c1"]

        await eventually(at_work)
        async with running(reader(servers, prefix, slow, drain_seconds=15.0)) as second:
            await second.prepared.wait()
            past = (
                asyncio.get_running_loop().time() + 2.5 * first.settings.session_timeout_ms / 1000
            )

            async def put_out_by_now() -> bool:
                return asyncio.get_running_loop().time() > past

            await eventually(put_out_by_now)
            go_on.set()
            await eventually(lambda: all_consumed(first.settings, "matching"), within=40)
        assert began == ["c1"]
        assert await times(first) == {"c1": 1}
