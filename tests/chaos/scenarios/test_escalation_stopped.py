"""Expired offsets: escalation sleeps longer than its topic keeps what it must read. And: while it
sleeps, nobody is said to be on call.
"""

import asyncio
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from aiokafka import AIOKafkaConsumer, TopicPartition

from chaos.scenarios.town import GRAVE, JAKARTA, Town, length, town, wanted
from sebaya_cli.api_client import read_body
from sebaya_cli.demo.people import Student
from sebaya_contracts.topics import ALERTS, MESSAGES, VERDICTS
from support import eventually

KEPT_SECONDS = length(6, 60)
SHORT = replace(MESSAGES, retention=timedelta(seconds=KEPT_SECONDS), segment=timedelta(seconds=1))
BROKER = {"log.retention.check.interval.ms": "500", "log.segment.delete.delay.ms": "100"}
COVERAGE_EXPIRES = 12.0
ENV = {
    # Longer than the topic keeps a message: what is published again may not be what saves the day
    # by chance.
    "intake": {
        "SEBAYA_VERDICT_DUE_SECONDS": str(KEPT_SECONDS * 2),
        "SEBAYA_VERDICT_LONGEST_SECONDS": str(KEPT_SECONDS * 3),
    },
    "escalation": {
        "SEBAYA_COVERAGE_EXPIRES_SECONDS": str(COVERAGE_EXPIRES),
        "SEBAYA_COVERAGE_EVERY_SECONDS": "3",
    },
}


async def test_messages_gone_from_their_topic_are_screened_and_nobody_is_said_to_be_on_call(
    tmp_path: Path,
) -> None:
    async with town(tmp_path, topics=(SHORT,), broker=BROKER, extra_env=ENV) as here:
        stopped = time.monotonic()
        await here.stack.stop("escalation")
        students = [here.student() for _ in range(6)]
        grave = students[0]
        for number, student in enumerate(students):
            await student.ask(wanted(GRAVE if student is grave else wanted()["text"]))
            await student.write(f"kata {number}")
        await eventually(
            lambda: nobody_on_call(here, students[1]), within=COVERAGE_EXPIRES + 30, every=0.5
        )
        print(
            f"nobody was known to be on call {time.monotonic() - stopped:.0f} s after the stop "
            f"(bound {COVERAGE_EXPIRES:.0f} s)"
        )

        await eventually(
            lambda: all_gone(here),
            within=KEPT_SECONDS * 4 + 30,
            every=0.5,
            says="the topic has lost every message once",
        )
        assert await here.rows(VERDICTS) == []
        await here.stack.start("escalation")
        back = time.monotonic()
        await eventually(
            lambda: all_screened(here, 2 * len(students)), within=KEPT_SECONDS * 12 + 60, every=0.5
        )
        print(
            f"all {2 * len(students)} messages had a verdict {time.monotonic() - back:.0f} s "
            "after the start"
        )
        await eventually(lambda: alerted(here, grave), within=30)
        assert len({subject for subject, _, _ in await here.rows(ALERTS)}) == 1
        await eventually(here.covered, within=30)


async def nobody_on_call(here: Town, student: Student) -> bool:
    """At the school's door, to a case of hers, and to whoever asks now."""
    school = read_body(await here.web.get(f"/intake/schools/{JAKARTA}"))
    if school["on_call"] != "unknown":
        return False
    assert school["crisis"]["reason"] == "on_call_unknown" and school["crisis"]["show_first"]
    mine = await student.look()
    assert (mine["on_call"], mine["crisis"]["reason"]) == ("unknown", "on_call_unknown")
    return True


async def all_gone(here: Town) -> bool:
    """Whether retention has passed over all that was published before escalation's place."""
    every = [
        TopicPartition(here.where.topic(MESSAGES.name), number)
        for number in range(MESSAGES.partitions)
    ]
    consumer = AIOKafkaConsumer(bootstrap_servers=here.where.kafka, enable_auto_commit=False)
    await consumer.start()
    try:
        starts, ends = await asyncio.gather(
            consumer.beginning_offsets(every), consumer.end_offsets(every)
        )
    finally:
        await consumer.stop()
    return starts == ends and sum(ends.values()) >= 12


async def all_screened(here: Town, messages: int) -> bool:
    return len({subject for subject, _, _ in await here.rows(VERDICTS)}) == messages


async def alerted(here: Town, student: Student) -> bool:
    return bool(
        await here.collection("escalation", "alerts").count_documents(
            {"state.case_id": student.case_id}
        )
        == 1
    )
