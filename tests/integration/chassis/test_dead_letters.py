"""Poison parks with its reason and blocks nobody; what it held up waits behind it and comes back in
order.
"""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from aiokafka import ConsumerRecord, TopicPartition
from prometheus_client import REGISTRY

from conformance.harness import onlooker
from sample_service import COUNTED, Counted, asked, count_request, knows_the_school, reader, times
from sebaya_chassis.base import retry
from sebaya_chassis.base.health import Heartbeat
from sebaya_chassis.base.security_events import SecurityReason
from sebaya_chassis.consuming.delivery import read_delivery
from sebaya_chassis.consuming.handlers import Handlers
from sebaya_chassis.consuming.outcome import Outcome
from sebaya_chassis.outbox.producer import Producer
from sebaya_chassis.outbox.topics import make_topics
from sebaya_chassis.service.runtime import Runtime
from sebaya_chassis.service.service_topics import topics_of
from sebaya_chassis.storage.database import connect, open_database
from sebaya_chassis.storage.layout import AppliedSequence
from sebaya_chassis.storage.tenant_store import SchoolStore
from sebaya_cli.dead_letters import DeadLetters, Result
from sebaya_cli.installation import Installation
from sebaya_contracts.envelope import Attributes, Headers, Sequence, encode
from sebaya_contracts.intake import AdultRequested
from sebaya_contracts.topics import CASES, SERVICES
from servers import Servers
from support import eventually, running

TOPIC = "intake.cases.v1"


def attributes(subject: str, number: int, **changed: Any) -> Attributes:
    given: dict[str, Any] = {
        "event_id": f"{subject}-{number}",
        "source": "/intake",
        "type": "AdultRequested",
        "subject": subject,
        "school_id": "s1",
        "sequence": Sequence(1, number),
        "time": datetime.now(UTC),
    }
    return Attributes(**(given | changed))


async def send(runtime: Runtime, headers: Headers, value: bytes, key: bytes = b"s1") -> None:
    producer = Producer(runtime.settings.kafka_bootstrap_servers, "test")
    try:
        await producer.send(runtime.settings.topic(TOPIC), key, value, headers)
    finally:
        await producer.stop()


async def parked(runtime: Runtime) -> list[dict[str, Any]]:
    return [
        entry | {"_id": row["_id"]}
        async for row in runtime.database["parked"].find({})
        for entry in row["entries"]
    ]


async def ready(runtime: Runtime) -> None:
    await make_topics(
        runtime.settings.kafka_bootstrap_servers, topics_of(runtime.service, runtime.settings), 1
    )
    await knows_the_school(runtime)


POISON = {
    "json": (attributes("c1", 1).headers(), b"{not json"),
    "schema": (attributes("c1", 1).headers(), b'{"type":"AdultRequested","school_id":"s1"}'),
    "unknown_type": (attributes("c1", 1, type="NeverHeardOf").headers(), b"{}"),
    "type_mismatch": (attributes("c1", 1, type="CaseWithdrawn").headers(), encode(asked("c1"))),
    "school_mismatch": (attributes("c1", 1, school_id="s2").headers(), encode(asked("c1"))),
    "attribute_missing": (
        [h for h in attributes("c1", 1).headers() if h[0] != "ce_subject"],
        encode(asked("c1")),
    ),
    "attribute_unreadable": (
        [("ce_sequence", b"x"), *attributes("c1", 1).headers()[:-3]],
        encode(asked("c1")),
    ),
}


@pytest.mark.parametrize(
    "reason", [name for name in POISON if name not in {"type_mismatch", "attribute_unreadable"}]
)
async def test_poison_parks_with_its_reason_and_the_next_flows(
    servers: Servers, prefix: str, reason: str
) -> None:
    """What contradicts itself is a security event, too, and nothing else is."""
    async with running(reader(servers, prefix)) as runtime:
        await ready(runtime)
        before = count_forged(runtime)
        headers, value = POISON[reason]
        await send(runtime, headers, value)
        await send(runtime, attributes("c2", 1).headers(), encode(asked("c2")))

        async def both_ended() -> bool:
            return len(await parked(runtime)) == 1 and await times(runtime) == {"c2": 1}

        await eventually(both_ended)
        assert [entry["reason"] for entry in await parked(runtime)] == [reason]
        assert count_forged(runtime) - before == (reason == "school_mismatch")


def count_forged(runtime: Runtime) -> float:
    of_it = {"service": runtime.service, "reason": SecurityReason.FORGED_EVENT.value}
    return REGISTRY.get_sample_value("sebaya_security_events_total", of_it) or 0.0


class Fussy:
    """A handler that refuses one case until it is told not to."""

    def __init__(self) -> None:
        self.refuses = {"c1"}

    def handlers(self) -> Handlers[SchoolStore]:
        found = Handlers[SchoolStore]()

        @found.on(AdultRequested)
        async def count(event: AdultRequested, mark: AppliedSequence, store: SchoolStore) -> None:
            if event.case_id in self.refuses:
                raise ValueError("a fault of this record")
            await count_request(event, mark, store)

        return found


def command(servers: Servers, prefix: str) -> DeadLetters:
    where = Installation(servers.mongodb_uri, servers.kafka, prefix, f"{prefix}.")
    client = connect(servers.mongodb_uri)
    return DeadLetters(
        where, {service: open_database(client, where.database(service)) for service in SERVICES}
    )


async def replayed(command: DeadLetters) -> list[Result]:
    return [result async for result in command.replay(await command.open())]


async def test_later_records_of_the_document_wait_behind_and_come_back_in_order(
    servers: Servers, prefix: str
) -> None:
    fussy = Fussy()
    async with running(reader(servers, prefix, fussy.handlers())) as runtime:
        await ready(runtime)
        for number in (1, 2, 3):
            await send(runtime, attributes("c1", number).headers(), encode(asked("c1")))
        await send(runtime, attributes("c2", 1).headers(), encode(asked("c2")))

        async def all_ended() -> bool:
            return len(await parked(runtime)) == 3 and await times(runtime) == {"c2": 1}

        await eventually(all_ended)
        assert [entry["reason"] for entry in await parked(runtime)] == [
            "handler_failed",
            "behind_dead_letter",
            "behind_dead_letter",
        ]

        first = await replayed(command(servers, prefix))
        assert [result.outcome for result in first] == ["failed"], (
            "a document stops at its first failure"
        )

        fussy.refuses.clear()
        second = await replayed(command(servers, prefix))
        assert [result.outcome for result in second] == ["applied"] * 3
        assert await times(runtime) == {"c1": 3, "c2": 1}

        await send(runtime, attributes("c1", 4).headers(), encode(asked("c1")))

        async def flows_again() -> bool:
            return await times(runtime) == {"c1": 4, "c2": 1}

        await eventually(flows_again)


async def park_first_letter(runtime: Runtime) -> None:
    await send(runtime, attributes("c1", 1).headers(), encode(asked("c1")))

    async def is_parked() -> bool:
        return len(await parked(runtime)) == 1

    await eventually(is_parked)


async def test_a_replay_of_what_is_known_by_now_is_ignored(servers: Servers, prefix: str) -> None:
    fussy = Fussy()
    async with running(reader(servers, prefix, fussy.handlers())) as runtime:
        await ready(runtime)
        await park_first_letter(runtime)
        await (
            runtime.store("s1")
            .documents(COUNTED)
            .create(Counted("c1", 9), mark=AppliedSequence.of(TOPIC, "c1", Sequence(1, 5)))
        )
        fussy.refuses.clear()
        assert [result.outcome for result in await replayed(command(servers, prefix))] == [
            "ignored"
        ]
        assert await times(runtime) == {"c1": 9}


async def test_dropped_letters_hold_nothing_up(servers: Servers, prefix: str) -> None:
    fussy = Fussy()
    async with running(reader(servers, prefix, fussy.handlers())) as runtime:
        await ready(runtime)
        await park_first_letter(runtime)
        letters = command(servers, prefix)
        for letter in await letters.open():
            shown = await letters.headers(letter)
            assert shown["dlq_reason"] == "handler_failed"
            assert "c1" not in {name: value for name, value in shown.items() if name == "value"}
            await letters.drop(letter)
        fussy.refuses.clear()
        await send(runtime, attributes("c1", 2).headers(), encode(asked("c1")))

        async def counted() -> bool:
            return await times(runtime) == {"c1": 1}

        await eventually(counted)


async def test_an_unknown_school_waits_in_place_then_parks(servers: Servers, prefix: str) -> None:
    """An event may be ahead of its school; if the school comes in time nothing is parked."""
    async with running(reader(servers, prefix, retry_seconds=20)) as runtime:
        await make_topics(
            runtime.settings.kafka_bootstrap_servers,
            topics_of(runtime.service, runtime.settings),
            1,
        )
        await runtime.prepared.wait()
        await send(runtime, attributes("c1", 1).headers(), encode(asked("c1")))
        await asyncio.sleep(0)
        await knows_the_school(runtime)

        async def counted() -> bool:
            return await times(runtime) == {"c1": 1}

        await eventually(counted)
        assert await parked(runtime) == []
    async with running(reader(servers, prefix)) as runtime:
        stranger = asked("c9")
        value = encode(
            AdultRequested(school_id="nowhere", case_id="c9", requested_at=stranger.requested_at)
        )
        await send(runtime, attributes("c9", 1, school_id="nowhere").headers(), value)

        async def is_parked() -> bool:
            return [entry["reason"] for entry in await parked(runtime)] == ["unknown_school"]

        await eventually(is_parked)


async def test_too_many_failures_stop_the_consumer_alive(servers: Servers, prefix: str) -> None:
    """When most records fail something else is wrong: stop, stay live, and divert no more."""
    async with running(
        reader(servers, prefix, park_window=20, park_floor=5, batch_records=5)
    ) as runtime:
        await ready(runtime)
        producer = Producer(runtime.settings.kafka_bootstrap_servers, "test")
        for number in range(40):
            headers = attributes(f"c{number}", 1).headers()
            await producer.send(runtime.settings.topic(TOPIC), b"s1", b"{not json", headers)
        await producer.stop()

        async def halted() -> bool:
            return runtime.halted

        await eventually(halted)
        assert runtime.health.live
        assert len(await parked(runtime)) < 15


async def test_who_halts_has_said_how_far_it_came(servers: Servers, prefix: str) -> None:
    """A process that stands still is ended with -9: if the next one met the same records it would
    halt as well, and so on.
    """
    runtime = reader(servers, prefix, park_window=20, park_floor=5)
    await runtime.prepare()
    await ready(runtime)
    # Before the consumer starts, so that all are of one fetch, of which nothing was said before; of
    # one document, so that they go in order.
    producer = Producer(runtime.settings.kafka_bootstrap_servers, "test")
    sent = [
        await producer.send(
            runtime.settings.topic(TOPIC), b"s1", b"{not json", attributes("c0", n).headers()
        )
        for n in range(1, 41)
    ]
    await producer.stop()
    async with running(runtime):

        async def halted() -> bool:
            return runtime.halted

        await eventually(halted)
        async with onlooker(runtime.settings, runtime.service) as group:
            partition = TopicPartition(runtime.settings.topic(TOPIC), sent[0][0])

            async def said() -> bool:
                return (await group.committed(partition) or 0) > 0

            await eventually(said)


async def test_parking_beats_while_the_broker_is_away(
    servers: Servers, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dead letter waits for its acknowledgement as long as it takes: no supervisor may take that
    for a loop that is stuck.
    """
    runtime, sending, broker_is_back = reader(servers, prefix), asyncio.Event(), asyncio.Event()
    await runtime.prepare()
    beat, original = Heartbeat("matching", "test"), Producer.send

    async def away(self: Producer, *given: Any) -> tuple[int, int]:
        sending.set()
        await broker_is_back.wait()
        return await original(self, *given)

    monkeypatch.setattr(Producer, "send", away)
    monkeypatch.setattr(retry, "BEAT_SECONDS", 0.01)
    await ready(runtime)
    assert runtime.record_processor is not None
    poison = ConsumerRecord(
        TOPIC, 0, 0, 0, 1, b"s1", b"{not json", None, 2, 9, attributes("c1", 1).headers()
    )
    parking = asyncio.create_task(
        runtime.record_processor.process(read_delivery(CASES, poison, beat))
    )
    await sending.wait()
    beat.turned_at -= 100

    async def it_turned() -> bool:
        return beat.age < 50

    await eventually(it_turned, within=10)
    broker_is_back.set()
    assert await parking is Outcome.PARKED
    await runtime.producer.stop()
    await runtime.client.close()


async def test_a_hook_before_parking_that_hangs_is_begun_again(
    servers: Servers, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be the alert of a message that cannot be screened: neither lost with the letter, nor
    waited for without an end.
    """
    runtime, times_called = reader(servers, prefix, handler_timeout_seconds=0.2), 0
    await runtime.prepare()
    await ready(runtime)
    assert runtime.record_processor is not None

    async def hangs_once(*_given: Any) -> None:
        nonlocal times_called
        times_called += 1
        if times_called == 1:
            await asyncio.Event().wait()

    monkeypatch.setattr(runtime.record_processor, "on_parked", hangs_once)
    poison = ConsumerRecord(
        TOPIC, 0, 0, 0, 1, b"s1", b"{not json", None, 2, 9, attributes("c1", 1).headers()
    )
    async with asyncio.timeout(30):
        delivery = read_delivery(CASES, poison, Heartbeat("matching", "test"))
        assert await runtime.record_processor.process(delivery) is Outcome.PARKED
    assert times_called == 2
    await runtime.producer.stop()
    await runtime.client.close()
