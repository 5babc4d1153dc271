"""The switch inside a process: it dies at exactly the write it was told to, on the side it was told
to, and its wall clock steps.
"""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from pymongo import AsyncMongoClient

from chaos.control import CODE_OF_DEATH, Control
from servers import Servers
from support import eventually

# Waits for a word before each of two rounds of writes, so that the order to die comes between them.
WRITER = """
import asyncio, sys, time
from datetime import UTC, datetime
from pymongo import AsyncMongoClient
async def main():
    async with AsyncMongoClient(sys.argv[1]) as client:
        await client[sys.argv[2]].kept.insert_one({"number": 0})
        print("up", flush=True)
        for line in sys.stdin:
            if line == "clock\\n":
                since = float(sys.argv[3])
                print(time.time() - since, datetime.now(UTC).timestamp() - since, flush=True)
                continue
            for number in range(1, 6):
                await client[sys.argv[2]].kept.insert_one({"number": number})
asyncio.run(main())
"""


# Writes, and fetches what one record of a topic is, and writes again.
HANDLER = """
import asyncio, sys
from aiokafka import AIOKafkaConsumer
from pymongo import AsyncMongoClient
async def main():
    async with AsyncMongoClient(sys.argv[1]) as client:
        consumer = AIOKafkaConsumer(
            sys.argv[3], bootstrap_servers=sys.argv[4], auto_offset_reset="earliest"
        )
        await consumer.start()
        print("up", flush=True)
        sys.stdin.readline()
        for number in range(5):
            await client[sys.argv[2]].kept.insert_one({"number": number})
        while not await consumer.getmany(timeout_ms=500):
            pass
        for number in range(5):
            await client[sys.argv[2]].kept.insert_one({"number": number})
asyncio.run(main())
"""


@asynccontextmanager
async def writer(
    control: Control, *arguments: str, program: str = WRITER
) -> AsyncIterator[asyncio.subprocess.Process]:
    pipe = asyncio.subprocess.PIPE
    env = {**os.environ, **control.env()}
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-c", program, *arguments, stdin=pipe, stdout=pipe, env=env
    )
    try:
        assert child.stdout is not None
        assert await child.stdout.readline() == b"up\n"
        yield child
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()


@pytest.mark.parametrize(("side", "kept"), [("before", 3), ("after", 4)])
async def test_a_process_dies_at_the_write_it_was_told_to(
    servers: Servers, prefix: str, tmp_path: Path, side: str, kept: int
) -> None:
    control = Control(tmp_path / "control.json")
    async with (
        writer(control, servers.mongodb_uri, prefix) as child,
        AsyncMongoClient[dict[str, int]](servers.mongodb_uri) as client,
    ):
        assert child.stdin is not None
        control.die(3, "before" if side == "before" else "after")
        await eventually(heard(control), within=60)
        child.stdin.write(b"go\n")
        assert await asyncio.wait_for(child.wait(), 60) == CODE_OF_DEATH
        assert control.last_words().startswith(f"{side} insert")
        assert await client[prefix]["kept"].count_documents({}) == kept


async def test_a_process_dies_with_the_next_records_that_it_fetches_in_hand(
    servers: Servers, prefix: str, tmp_path: Path
) -> None:
    control, topic = Control(tmp_path / "control.json"), f"{prefix}.fetched"
    await one_record(servers, topic)
    given = (servers.mongodb_uri, prefix, topic, servers.kafka)
    async with (
        writer(control, *given, program=HANDLER) as child,
        AsyncMongoClient[dict[str, int]](servers.mongodb_uri) as client,
    ):
        assert child.stdin is not None
        control.die(2, "before", in_handler=True)
        await eventually(heard(control), within=60)
        child.stdin.write(b"go\n")
        assert await asyncio.wait_for(child.wait(), 60) == CODE_OF_DEATH
        assert control.last_words() == "before insert of kept"
        assert await client[prefix]["kept"].count_documents({}) == 5 + 1


async def test_the_wall_clock_of_one_process_steps_and_steps_back(
    servers: Servers, prefix: str, tmp_path: Path
) -> None:
    control = Control(tmp_path / "control.json")
    async with writer(control, servers.mongodb_uri, prefix, str(time.time())) as child:
        for step in (600.0, -600.0, 0.0):
            control.step_clock(step)
            assert abs(await said(child, step) - step) < 60


async def one_record(servers: Servers, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=servers.kafka)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=1)])
    finally:
        await admin.close()
    async with AIOKafkaProducer(bootstrap_servers=servers.kafka) as producer:
        await producer.send_and_wait(topic, b"a record")


def heard(control: Control) -> Callable[[], Awaitable[bool]]:
    async def look() -> bool:
        return control.heard()

    return look


async def said(child: asyncio.subprocess.Process, step: float) -> float:
    """How far the child's clock is from the beginning, once it shows the step; the last word
    otherwise.
    """
    assert child.stdin is not None
    assert child.stdout is not None
    off = 0.0
    for _ in range(100):
        child.stdin.write(b"clock\n")
        first, second = (
            float(word) for word in (await asyncio.wait_for(child.stdout.readline(), 60)).split()
        )
        assert abs(first - second) < 5
        off = first
        if abs(off - step) < 60:
            break
        await asyncio.sleep(0.05)
    return off
