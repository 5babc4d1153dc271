"""What has no verdict in time since its publication is published again, with a new sequence, until
it has one.
"""

import asyncio
from typing import Any

from aiokafka import AIOKafkaConsumer

from integration.intake.harness import SCHOOL, IntakeHarness, key, prepared_intake
from sebaya_contracts.envelope import attributes, decode
from sebaya_contracts.intake import MessagePosted
from sebaya_contracts.topics import MESSAGES
from sebaya_intake.metrics import OVERDUE
from servers import Servers
from support import eventually, running

QUICK: dict[str, Any] = {"verdict_due_seconds": 0.4, "verdict_longest_seconds": 0.8}


async def published(harness: IntakeHarness) -> list[tuple[MessagePosted, int]]:
    """Every MessagePosted on the topic, with its sequence."""
    settings = harness.composed.runtime.settings
    consumer = AIOKafkaConsumer(
        settings.topic(MESSAGES.name),
        bootstrap_servers=settings.kafka_bootstrap_servers,
        auto_offset_reset="earliest",
    )
    await consumer.start()
    try:
        found = []
        ends = await consumer.end_offsets(consumer.assignment())
        while any([await consumer.position(partition) < end for partition, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                for record in records:
                    about = attributes(record.headers)
                    event = decode(MESSAGES, about, record.value)
                    assert isinstance(event, MessagePosted)
                    found.append((event, about.sequence.number))
        return found
    finally:
        await consumer.stop()


async def test_overdue_verdicts_are_asked_for_again_until_they_come(
    servers: Servers, prefix: str
) -> None:
    async with (
        prepared_intake(servers, prefix, **QUICK) as harness,
        running(harness.composed.runtime, harness.composed.app),
    ):
        opened = await harness.open_case("the opening")
        posted = await harness.http.post(
            "/schools/s1/me/messages",
            json={"text": "a message"},
            headers=harness.code_headers(opened) | key(),
        )
        message_id = posted.json()["message_id"]

        async def thrice() -> bool:
            sent = [event.message_id for event, _ in await published(harness)]
            return len(sent) >= 6 and sent.count(message_id) >= 3

        await eventually(thrice, within=30)
        sent = await published(harness)
        opening = [(event.attempt, number) for event, number in sent if event.opening]
        message = [(event.attempt, number) for event, number in sent if not event.opening]
        for copies in (opening, message):
            assert [attempt for attempt, _ in copies] == list(range(1, len(copies) + 1))
            assert [number for _, number in copies] == sorted({number for _, number in copies}), (
                "each with a sequence of its own"
            )
        assert {event.text for event, _ in sent if event.opening} == {"the opening"}
        await harness.composed.jobs.measure()
        assert OVERDUE._value.get() == 2

        await harness.publish_verdict(opened["case_id"], opened["case_id"], opening=True)
        await harness.publish_verdict(message_id, opened["case_id"])
        await eventually(lambda: nothing_waits(harness))
        number = len(await published(harness))
        await asyncio.sleep(
            2.0
        )  # several times the longest wait: what is not sent by now is sent no more
        assert len(await published(harness)) == number
        await harness.composed.jobs.measure()
        assert OVERDUE._value.get() == 0


async def nothing_waits(harness: IntakeHarness) -> bool:
    names = ("cases", "messages")
    waiting = [
        await harness.composed.runtime.database[name].count_documents(
            {"outbox_since": {"$exists": True}}
        )
        for name in names
    ]
    return sum(waiting) == 0


async def test_what_waits_for_the_broker_is_not_published_again(harness: IntakeHarness) -> None:
    """The relay does not run here: however overdue, the outbox holds the message once."""
    opened = await harness.open_case()
    database = harness.composed.runtime.database
    await database["cases"].update_one(
        {}, [{"$set": {"state.screening.look_at": {"$subtract": ["$$NOW", 1000]}}}]
    )
    await harness.composed.jobs.handle_due_cases(SCHOOL, [opened["case_id"]])
    case = await database["cases"].find_one({})
    assert case is not None
    assert [entry["type"] for entry in case["outbox"]].count("MessagePosted") == 1
    assert case["due_at"] > case["state"]["opening"]["opened_at"]


async def test_a_backlog_is_published_again_at_a_bounded_rate(
    servers: Servers, prefix: str
) -> None:
    async with prepared_intake(servers, prefix, republish_per_second=5.0) as harness:
        for _ in range(20):
            await harness.open_case()
        database = harness.composed.runtime.database
        an_hour_ago = {"$subtract": ["$$NOW", 3_600_000]}
        published_then = {"published_at": an_hour_ago, "outbox": [], "due_at": an_hour_ago}
        screening = {
            "state.screening.look_at": an_hour_ago,
            "state.screening.asked_at": an_hour_ago,
        }
        await database["cases"].update_many(
            {}, [{"$set": published_then | screening}, {"$unset": ["outbox_since", "withheld"]}]
        )
        ids = [case["_id"] async for case in database["cases"].find({})]
        await harness.composed.jobs.handle_due_cases(SCHOOL, ids)
        again = await database["cases"].count_documents({"state.screening.attempt": 2})
        assert 5 <= again <= 10
        left = await database["cases"].count_documents({"$expr": {"$lt": ["$due_at", "$$NOW"]}})
        assert left == 20 - again, "what was not let through stays due"
