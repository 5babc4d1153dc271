"""One document's events are sent one after another: never two in flight, and none past a
failure.
"""

import asyncio
from collections import defaultdict

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaConnectionError

from sample_service import COUNTED, Counted, asked, sender
from sebaya_chassis.outbox.acknowledger import AcknowledgedOutbox
from sebaya_chassis.outbox.producer import Producer
from sebaya_chassis.service.runtime import Runtime
from sebaya_chassis.storage.writer import DocumentRef, SweepOnly
from sebaya_contracts.envelope import Headers, attributes
from servers import Servers
from support import eventually, running

EVENTS = 6


async def test_a_failed_send_stops_its_document_and_nothing_overtakes(
    servers: Servers, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = Producer.send
    refused: set[str] = set()
    in_flight: dict[str, int] = defaultdict(int)
    most = 0

    async def failing(
        self: Producer, topic: str, key: bytes | None, value: bytes | None, headers: Headers
    ) -> tuple[int, int]:
        nonlocal most
        about = attributes(headers)
        if about.sequence.number == 3 and about.subject not in refused:
            refused.add(about.subject)
            raise KafkaConnectionError("the broker is away")
        in_flight[about.subject] += 1
        most = max(most, in_flight[about.subject])
        try:
            return await original(self, topic, key, value, headers)
        finally:
            in_flight[about.subject] -= 1

    monkeypatch.setattr(Producer, "send", failing)
    names = [f"c{n}" for n in range(5)]
    async with running(sender(servers, prefix)) as runtime:
        await runtime.prepared.wait()
        store = runtime.store("s1").documents(COUNTED)
        await asyncio.gather(
            *(store.create(Counted(name), [asked(name)] * EVENTS) for name in names)
        )

        async def all_out() -> bool:
            return await store.count({"outbox_since": {"$exists": True}}) == 0

        await eventually(all_out)
        consumer = AIOKafkaConsumer(
            runtime.settings.topic("intake.cases.v1"),
            bootstrap_servers=runtime.settings.kafka_bootstrap_servers,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
        )
        await consumer.start()
        found: dict[str, list[int]] = defaultdict(list)
        for _ in range(EVENTS * len(names)):
            about = attributes((await asyncio.wait_for(consumer.getone(), 20)).headers)
            found[about.subject].append(about.sequence.number)
        await consumer.stop()
    assert found == {name: list(range(1, EVENTS + 1)) for name in names}
    assert refused == set(names)
    assert most == 1


async def test_what_is_written_just_after_the_outbox_was_emptied_goes_out_too(
    servers: Servers, prefix: str
) -> None:
    """Loaded while an event waited, saved after the relay had pulled it: the writer must not
    believe what it loaded.
    """
    runtime = sender(servers, prefix)
    await runtime.prepare()
    store = runtime.store("s1").documents(COUNTED)
    await store.create(Counted("c1"), [asked("c1")])
    before = await store.load("c1")
    written = await runtime.database["counted"].find_one({"_id": "c1"})
    assert written is not None
    sent = [entry["id"] for entry in written["outbox"]]
    assert (
        await runtime._relay._pull(
            AcknowledgedOutbox(
                DocumentRef("counted", "s1", "c1"), written["lease"]["token"], len(sent)
            ),
            sent,
            let_go=False,
        )
        == []
    )
    await store.save("c1", before, Counted("c1", 1), [asked("c1"), asked("c1")])
    assert await store.count({"outbox_since": {"$exists": True}}) == 1
    async with running(runtime):

        async def all_out() -> bool:
            return (await store.load("c1")).waiting == 0

        await eventually(all_out)


async def test_an_outbox_is_as_old_as_its_oldest_event(runtime: Runtime) -> None:
    runtime.writer.publisher = SweepOnly()
    store = runtime.store("s1").documents(COUNTED)
    await store.create(Counted("c1"), [asked("c1")])
    first = await runtime.database["counted"].find_one({"_id": "c1"})
    await store.update("c1", lambda c, _now: (c, [asked("c1")]))
    second = await runtime.database["counted"].find_one({"_id": "c1"})
    assert first is not None
    assert second is not None
    assert second["outbox_since"] == first["outbox_since"]
    assert len(second["outbox"]) == 2


async def test_emptying_many_outboxes_leaves_what_was_written_meanwhile_and_what_is_anothers(
    runtime: Runtime,
) -> None:
    """Three were published whole; one of them got another event before the pull, and one went to
    another holder.
    """
    runtime.writer.publisher = SweepOnly()
    store, rows = runtime.store("s1").documents(COUNTED), runtime.database["counted"]
    for name in ("c1", "c2", "c3"):
        await store.create(Counted(name), [asked(name)])
    await rows.update_many({"_id": {"$in": ["c1", "c2"]}}, {"$set": {"lease": {"token": "ours"}}})
    await rows.update_one({"_id": "c3"}, {"$set": {"lease": {"token": "another's"}}})
    await store.update("c2", lambda c, _now: (c, [asked("c2")]))
    sent = [
        AcknowledgedOutbox(DocumentRef("counted", "s1", name), "ours", 1)
        for name in ("c1", "c2", "c3")
    ]
    assert await runtime._relay._acknowledger._pull(sent) == {"c2"}
    left = {
        row["_id"]: (len(row["outbox"]), "lease" in row, "outbox_since" in row)
        async for row in rows.find({})
    }
    assert left == {"c1": (0, False, False), "c2": (2, True, True), "c3": (1, True, True)}
