"""Where contenders meet: a real Kafka and a real MongoDB on one core, whoever is measured on
another.
"""

import asyncio
import json
import os
import secrets
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sebaya_cli.stack.choice import choose_mongod
from sebaya_cli.stack.kafka import Kafka
from sebaya_cli.stack.mongo import Mongo
from sebaya_cli.stack.ports import free_port

ROOT = Path(__file__).parent.parent
# Before anybody is pinned: asked later, a process that is itself on one core would see no other.
USABLE = sorted(os.sched_getaffinity(0))


@dataclass(frozen=True, slots=True)
class Place:
    """The servers, and how large a run is: 1.0 for figures, far less to see only that a bench still
    runs.
    """

    mongodb_uri: str
    kafka: str
    scale: float = 1.0
    rest_seconds: float = 0.5

    def sized(self, full: int, least: int = 1) -> int:
        """How many of something this run takes."""
        return max(least, round(full * self.scale))

    def corner(self) -> str:
        """A start for the names of topics and databases that no other run has."""
        return f"b{secrets.token_hex(4)}"


def cores() -> tuple[set[int], set[int]]:
    """For the servers, and for who is measured; the same where there is only one."""
    return {USABLE[0]}, {USABLE[-1]}


@contextmanager
def pinned(to: set[int]) -> Iterator[None]:
    """This process, and whatever it starts inside, on these cores."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, to)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@asynccontextmanager
async def servers(scale: float) -> AsyncIterator[Place]:
    """Both servers for as long as the benches last, in a folder of their own."""
    with tempfile.TemporaryDirectory(prefix="sebaya-bench-") as name:
        folder = Path(name)
        kafka = Kafka(
            folder / "kafka", folder / "logs" / "kafka.log", free_port(), free_port(), print
        )
        mongo = Mongo(
            choose_mongod(print).binary,
            folder / "mongo",
            folder / "logs" / "mongo.log",
            free_port(),
        )
        try:
            with pinned(cores()[0]):
                await asyncio.gather(kafka.start(), mongo.start())
            yield Place(mongo.uri, kafka.bootstrap, scale)
        finally:
            for child in (kafka.child, mongo.child):
                if child is not None:
                    child.kill()


async def started(module: str, *arguments: str) -> asyncio.subprocess.Process:
    """`python -m MODULE …` as a process of its own on the contenders' core; what it says is one
    line of JSON.
    """
    with pinned(cores()[1]):
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            module,
            *arguments,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=ROOT,
        )


async def said(process: asyncio.subprocess.Process, within: float = 300.0) -> dict[str, Any]:
    """What the process printed last, once it has ended. Raises RuntimeError with its errors when it
    failed, TimeoutError when it hangs.
    """
    try:
        out, errors = await asyncio.wait_for(process.communicate(), within)
    except TimeoutError:
        process.kill()
        raise
    if process.returncode != 0:
        raise RuntimeError(
            f"a contender ended with {process.returncode}:\n{errors.decode()[-4000:]}"
        )
    answer: dict[str, Any] = json.loads(out.decode().splitlines()[-1])
    return answer
