"""The relay loses nothing, keeps each document's order, and a late one can at worst repeat (which
the marks absorb).
"""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaTimeoutError
from fastapi import FastAPI
from pymongo.asynchronous.collection import AsyncCollection

from sample_service import COUNTED, Counted, asked, knows_the_school, reader, sender, times
from sebaya_chassis.outbox.producer import Producer
from sebaya_chassis.outbox.relay import STORE_LANES
from sebaya_chassis.outbox.topics import make_topics
from sebaya_chassis.service.runtime import Runtime
from sebaya_chassis.service.service_topics import topics_of
from sebaya_chassis.storage.layout import NewDocument
from sebaya_chassis.storage.writer import DocumentRef, SweepOnly
from sebaya_contracts.envelope import attributes
from sebaya_contracts.intake import AdultRequested, MessagePosted
from sebaya_contracts.words import Author
from servers import Servers
from store_commands import commands
from support import eventually, running


async def sequences(runtime: Runtime, count: int) -> dict[str, list[int]]:
    """The event numbers of each document, as the topic holds them."""
    consumer = AIOKafkaConsumer(
        runtime.settings.topic("intake.cases.v1"),
        bootstrap_servers=runtime.settings.kafka_bootstrap_servers,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    await consumer.start()
    found: dict[str, list[int]] = {}
    try:
        for _ in range(count):
            record = await asyncio.wait_for(consumer.getone(), 20)
            about = attributes(record.headers)
            found.setdefault(about.subject, []).append(about.sequence.number)
    finally:
        await consumer.stop()
    return found


async def write_without_relay(runtime: Runtime, documents: int, events: int) -> None:
    """As a process that dies before its relay has done anything."""
    runtime.writer.publisher = SweepOnly()
    store = runtime.store("s1").documents(COUNTED)
    for number in range(documents):
        await store.create(Counted(f"c{number}"), [asked(f"c{number}")])
        for _ in range(events - 1):
            await store.update(f"c{number}", lambda c, _now: (c, [asked(c.case_id)]))


async def prepared(runtime: Runtime) -> Runtime:
    await make_topics(
        runtime.settings.kafka_bootstrap_servers, topics_of(runtime.service, runtime.settings), 1
    )
    await runtime.prepare()
    return runtime


async def test_a_long_list_left_over_takes_a_bounded_share_of_the_stores_connections(
    servers: Servers, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More lanes than the pool has connections: an outage's backlog must not shut the API out."""
    dead = await prepared(sender(servers, prefix))
    await write_without_relay(dead, documents=150, events=1)
    ask, at_once, most, asked_for = AsyncCollection.find_one_and_update, 0, 0, 0

    async def counted(self: AsyncCollection[Any], *given: Any, **more: Any) -> Any:
        nonlocal at_once, most, asked_for
        at_once, asked_for = at_once + 1, asked_for + 1
        most = max(most, at_once)
        try:
            return await ask(self, *given, **more)
        finally:
            at_once -= 1

    monkeypatch.setattr(AsyncCollection, "find_one_and_update", counted)
    async with running(sender(servers, prefix)) as alive:
        assert len(await sequences(alive, 150)) == 150
    assert asked_for >= 150
    assert 1 < most <= STORE_LANES


async def test_what_a_crash_left_is_swept_in_order(servers: Servers, prefix: str) -> None:
    dead = await prepared(sender(servers, prefix))
    await write_without_relay(dead, documents=8, events=5)
    async with running(sender(servers, prefix)) as alive:
        found = await sequences(alive, 40)
    assert found == {f"c{number}": [1, 2, 3, 4, 5] for number in range(8)}


async def test_a_topic_that_takes_nothing_holds_up_no_other_and_keeps_its_own_order(
    servers: Servers, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Words and case are of two topics: while one of them has no leader, the other's events go out,
    and none overtakes one of its own.
    """
    runtime = await prepared(sender(servers, prefix))
    words = MessagePosted(
        school_id="s1",
        case_id="c0",
        message_id="m1",
        author=Author.STUDENT,
        text="x",
        posted_at=datetime.now(UTC),
    )
    original, refused = Producer.send, list[int]()

    async def without_the_first(
        self: Producer, topic: str, key: bytes, data: bytes, headers: Any
    ) -> tuple[int, int]:
        about = attributes(headers)
        if about.sequence.number == 1:
            refused.append(1)
            raise KafkaTimeoutError
        return await original(self, topic, key, data, headers)

    async def left() -> list[str]:
        found = await runtime.database["counted"].find_one({"_id": "c0"})
        assert found is not None
        return [entry["type"] for entry in found["outbox"]]

    monkeypatch.setattr(Producer, "send", without_the_first)
    async with running(runtime):
        await (
            runtime.store("s1")
            .documents(COUNTED)
            .create(Counted("c0"), [asked("c0"), words, asked("c0")])
        )

        async def words_went_out() -> bool:
            return await left() == [AdultRequested.kind(), AdultRequested.kind()]

        await eventually(words_went_out)
        assert len(refused) >= 1
        monkeypatch.setattr(Producer, "send", original)
        assert await sequences(runtime, 2) == {"c0": [1, 3]}


async def test_a_leased_document_is_left_to_its_holder_until_the_lease_ends(
    servers: Servers, prefix: str
) -> None:
    dead = await prepared(sender(servers, prefix))
    await write_without_relay(dead, documents=1, events=1)
    until = dead.writer.clock.now() + timedelta(seconds=1.5)
    await dead.database["counted"].update_one(
        {"_id": "c0"}, {"$set": {"lease": {"token": "another's", "until": until}}}
    )
    async with running(sender(servers, prefix)) as alive:
        assert await sequences(alive, 1) == {"c0": [1]}
        assert alive.writer.clock.now() >= until


async def test_a_relay_that_lost_its_lease_pulls_nothing(
    servers: Servers, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Paused between the acknowledgement and the pull: the new holder publishes again, the late
    pull is a no-op, the reader counts once.
    """
    runtime = await prepared(sender(servers, prefix))
    original = Producer.send

    async def send_then_lose_the_lease(self: Producer, *args: object) -> tuple[int, int]:
        sent = await original(self, *args)  # type: ignore[arg-type]
        lost = {
            "token": "another's",
            "until": runtime.writer.clock.now() + timedelta(milliseconds=300),
        }
        await runtime.database["counted"].update_one({"_id": "c0"}, {"$set": {"lease": lost}})
        monkeypatch.setattr(Producer, "send", original)
        return sent

    monkeypatch.setattr(Producer, "send", send_then_lose_the_lease)
    async with running(runtime), running(reader(servers, prefix)) as reading:
        await knows_the_school(reading)
        await runtime.store("s1").documents(COUNTED).create(Counted("c0"), [asked("c0")])
        assert await sequences(runtime, 2) == {"c0": [1, 1]}

        async def counted() -> bool:
            return await times(reading) == {"c0": 1}

        await eventually(counted)

        async def pulled_by_the_new_holder() -> bool:
            return (await runtime.store("s1").documents(COUNTED).load("c0")).waiting == 0

        await eventually(pulled_by_the_new_holder)


async def test_written_while_publishing_goes_out_without_waiting_for_the_sweep(
    servers: Servers, prefix: str
) -> None:
    async with running(sender(servers, prefix, sweep_seconds=30)) as runtime:
        await runtime.prepared.wait()
        store = runtime.store("s1").documents(COUNTED)
        await store.create(Counted("c0"), [asked("c0")])
        for _ in range(30):
            await store.update("c0", lambda c, _now: (c, [asked("c0")]))

        async def all_out() -> bool:
            return (await store.load("c0")).waiting == 0

        await make_topics(
            runtime.settings.kafka_bootstrap_servers,
            topics_of(runtime.service, runtime.settings),
            1,
        )
        await eventually(all_out, within=25)


async def test_a_nudge_never_waits(servers: Servers, prefix: str) -> None:
    """A request must not hang on the broker: with a full queue the sweep has the work."""
    runtime = sender(servers, prefix)
    for number in range(20_000):
        runtime.writer.publisher.notify_relay(DocumentRef("counted", "s1", str(number)), [], None)
    assert not runtime.failed
    await runtime.client.close()


async def test_a_lane_that_is_cancelled_from_within_ends_its_process(
    servers: Servers, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lane by lane the relay would fall silent in a process that calls itself well; started anew it
    publishes what waits.
    """
    broken, ended = (
        await prepared(sender(servers, prefix, relay_lease_seconds=1.0)),
        asyncio.Event(),
    )
    monkeypatch.setattr(broken, "on_failure", ended.set)

    async def lost(_self: Producer, *_given: Any) -> tuple[int, int]:
        future: asyncio.Future[tuple[int, int]] = asyncio.get_running_loop().create_future()
        future.cancel()
        return await future

    async with broken.lifespan(FastAPI()):
        await broken.prepared.wait()
        monkeypatch.setattr(Producer, "send", lost)
        await broken.store("s1").documents(COUNTED).create(Counted("c1"), [asked("c1")])
        await asyncio.wait_for(ended.wait(), 30)
    monkeypatch.undo()
    async with running(sender(servers, prefix)) as again:
        assert await sequences(again, 1) == {"c1": [1]}


async def test_a_quiet_sweep_is_rare_and_quick_again_as_soon_as_something_waits(
    servers: Servers, prefix: str
) -> None:
    """What another process left is found by the next quiet look; what is under its lease is looked
    at again every `sweep_seconds`, so it goes out soon after the lease ends.
    """
    dead = await prepared(sender(servers, prefix))
    async with running(sender(servers, prefix, sweep_seconds=0.5)) as runtime:
        await runtime.prepared.wait()
        with commands(runtime.database) as sent:
            await asyncio.sleep(5)
        assert sent.count("find counted") <= 3
        await write_without_relay(dead, documents=1, events=2)
        lease = {"token": "dead", "until": runtime.writer.clock.now() + timedelta(seconds=4)}
        await dead.database["counted"].update_one({"_id": "c0"}, {"$set": {"lease": lease}})
        began = time.monotonic()
        assert await sequences(runtime, 2) == {"c0": [1, 2]}
        assert time.monotonic() - began < 4 + 3
    await dead.client.close()


async def test_a_process_that_left_something_behind_sweeps_soon(
    servers: Servers, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refused once by the broker: it waits for no quiet look."""
    runtime = sender(servers, prefix, sweep_seconds=0.5)
    quiet, send, refused = runtime._relay.sweep._quiet_seconds, Producer.send, list[str]()
    assert quiet == 2.5
    runtime._relay.sweep._quiet_seconds = 600.0

    async def refuse_once(self: Producer, topic: str, *rest: Any) -> Any:
        if not refused:
            refused.append(topic)
            raise KafkaTimeoutError
        return await send(self, topic, *rest)

    monkeypatch.setattr(Producer, "send", refuse_once)
    async with running(runtime):
        await runtime.prepared.wait()
        await asyncio.sleep(1)
        await runtime.store("s1").documents(COUNTED).create(Counted("c1"), [asked("c1")])
        assert await sequences(runtime, 1) == {"c1": [1]}
    assert refused


async def unanswered(runtime: Runtime, case_id: str) -> NewDocument:
    store = runtime.store("s1").documents(COUNTED)
    return await store.create_unanswered(Counted(case_id), [asked(case_id)], [asked(case_id)])


async def kept(runtime: Runtime, case_id: str) -> tuple[int, int]:
    """How many events wait in the outbox of a document, and how many are withheld."""
    found = await runtime.database["counted"].find_one({"_id": case_id})
    assert found is not None
    return len(found["outbox"]), len(found.get("withheld", []))


async def test_what_waits_for_an_answer_goes_out_with_it_in_order_and_without_it_by_release(
    servers: Servers, prefix: str
) -> None:
    """`c0` is answered; `c1` never, until somebody comes with its code; the process that made `c2`
    died before it could publish anything.
    """
    dead = await prepared(sender(servers, prefix))
    dead.writer.publisher = SweepOnly()
    await unanswered(dead, "c2")
    runtime = await prepared(sender(servers, prefix, relay_lease_seconds=1.0))
    documents = runtime.store("s1").documents(COUNTED)
    async with running(runtime):
        documents.publish(await unanswered(runtime, "c0"))
        await unanswered(runtime, "c1")
        assert await sequences(runtime, 4) == {"c0": [1, 2], "c1": [1], "c2": [1]}

        async def emptied() -> bool:
            states = [await kept(runtime, case_id) for case_id in ("c0", "c1", "c2")]
            return states == [(0, 0), (0, 1), (0, 1)]

        await eventually(emptied, within=20)
        assert await documents.release("c1") and not await documents.release("c0")
        assert (await sequences(runtime, 5))["c1"] == [1, 2]


async def test_an_answer_that_the_broker_keeps_waiting_is_noted_for_the_next_process(
    servers: Servers, prefix: str
) -> None:
    runtime = await prepared(sender(servers, prefix))
    documents = runtime.store("s1").documents(COUNTED)
    documents.publish(await unanswered(runtime, "c0"))

    async def noted() -> bool:
        return await kept(runtime, "c0") == (2, 0)

    await eventually(noted, within=20)
