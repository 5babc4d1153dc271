"""What an installation costs while nothing happens: processor time of each of its parts over two
minutes, with few schools and with many; and `make run` with its simulated people.

Processor time by /proc, so that other work on the machine hardly counts.
"""

import asyncio
import os
import pty
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from pymongo import AsyncMongoClient

from bench.client import until
from bench.frame import Bench, Ceiling, Contender, Run
from bench.place import Place
from sebaya_cli import schools
from sebaya_cli.installation import Installation
from sebaya_cli.school_file import read
from sebaya_cli.stack.folder import SETTINGS
from sebaya_cli.stack.ports import free_port
from sebaya_cli.stack.stack import LocalStack
from sebaya_contracts.district import School
from sebaya_contracts.topics import SERVICES

REST_SECONDS = 60.0
SECONDS = 120.0
FEW, MORE = 5, 1_000
DEMO = SETTINGS / "demo-district.yaml"
LOWEST_PACE = "0.05"
TICKS = os.sysconf("SC_CLK_TCK")
# Servers of one's own, whatever this shell has been told.
ALONE = {
    name: value
    for name, value in os.environ.items()
    if name not in {"MONGODB_URI", "KAFKA_BOOTSTRAP_SERVERS"}
}

Spent = Mapping[str, float]
"""Seconds of processor time by part: a service's name, `mongod`, `java` …"""


def processor_seconds(pid: int) -> float:
    """Read the processor time of one process. Raises OSError when it is gone."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def tree(root: int) -> dict[str, int]:
    """List a process and all it started, each by its service's name or its program's."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                stat = (folder / "stat").read_text().rpartition(")")[2].split()
                parents[int(folder.name)] = int(stat[1])
    found = {root}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return {f"{_name(pid)}/{pid}": pid for pid in found}


def _name(pid: int) -> str:
    words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    service = next((name for name in SERVICES if f"sebaya_{name}" in words), None)
    return service or Path(words[0]).name


async def shares(place: Place, pids: Callable[[], Mapping[str, int]]) -> Run:
    """Measure, after a rest, what each part takes of a core, in percent."""
    await asyncio.sleep(place.scale * REST_SECONDS)
    parts, before, began = pids(), Counter[str](), time.monotonic()
    before.update({name: processor_seconds(pid) for name, pid in parts.items()})
    await asyncio.sleep(place.scale * SECONDS)
    took = time.monotonic() - began
    share: Counter[str] = Counter()
    for name, pid in parts.items():
        share[name.partition("/")[0]] += 100 * (processor_seconds(pid) - before[name]) / took
    services = sum(share[name] for name in SERVICES)
    others = share.total() - services - share["mongod"] - share["java"]
    more = {"MongoDB": share["mongod"], "Kafka": share["java"], "others": max(0.0, others)}
    return Run(services, {**more, "everything": share.total()})


def district(many: int) -> list[School]:
    """Describe so many schools, each as one of the demo's."""
    demo = read(DEMO)
    return [
        msgspec.structs.replace(demo[number % len(demo)], school_id=f"s{number}")
        for number in range(many)
    ]


async def waiting(place: Place, *, many: int) -> Run:
    """Run a stack with so many schools and no request."""
    described = district(many if many <= FEW else FEW + place.sized(many - FEW))

    async def prepare(stack: LocalStack) -> None:
        where = Installation(stack.mongodb_uri, stack.kafka, "sebaya", "")
        await schools.make_topic(where, replicas=1)
        await schools.publish(where, schools.changes(described, {}), {})

    with tempfile.TemporaryDirectory(prefix="sebaya-idle-") as name:
        async with LocalStack(
            Path(name), port=free_port(), prepare=prepare, environ=ALONE
        ) as stack:
            async with AsyncMongoClient[dict[str, Any]](stack.mongodb_uri) as client:
                await until(partial(_all_known, client, len(described)), every=0.5)
            return await shares(place, partial(_parts, stack))


async def _all_known(client: AsyncMongoClient[dict[str, Any]], many: int) -> bool:
    known = [
        await client[f"sebaya_{service}"]["schools"].estimated_document_count()
        for service in SERVICES
    ]
    covered = await client["sebaya_intake"]["coverage"].estimated_document_count()
    return min(*known, covered) >= many


def _parts(stack: LocalStack) -> dict[str, int]:
    programs = {"mongo": "mongod", "kafka": "java"}
    return {
        programs.get(name, name): part.child.pid
        for name, part in stack.parts.all().items()
        if part.child is not None and part.child.pid is not None
    }


async def demo(place: Place) -> Run:
    """Run `sebaya up` at its lowest pace, on a terminal."""
    with tempfile.TemporaryDirectory(prefix="sebaya-idle-") as name:
        async with _on_a_terminal(Path(name)) as process:
            return await shares(place, lambda: tree(process.pid))


@asynccontextmanager
async def _on_a_terminal(data: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    ours, theirs = pty.openpty()
    program = Path(sys.executable).with_name("sebaya")
    process = await asyncio.create_subprocess_exec(
        *(program, "up", "--pace", LOWEST_PACE, "--data", data, "--port", str(free_port())),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=ALONE,
        start_new_session=True,
    )
    said, loop = bytearray(), asyncio.get_running_loop()
    loop.add_reader(ours, lambda: said.extend(os.read(ours, 65_536)))

    async def is_up() -> bool:
        if process.returncode is not None:
            raise RuntimeError(f"it ended:\n{said[-4000:].decode(errors='replace')}")
        return b"Ctrl-C stops everything" in said

    try:
        await until(is_up, every=0.2)
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
        await process.wait()
        loop.remove_reader(ours)
        os.close(ours)
        os.close(theirs)


FEW_NAME, MANY_NAME = f"{FEW} schools", f"{FEW + MORE:,} schools"
DEMO_NAME = f"make run at pace {LOWEST_PACE}"
BENCHES = [
    Bench(
        name="idle",
        title=f"Percent of a core, over {SECONDS:.0f} s after a minute of rest",
        unit="the four services",
        contenders=(
            Contender(FEW_NAME, partial(waiting, many=FEW)),
            Contender(MANY_NAME, partial(waiting, many=FEW + MORE)),
            Contender(DEMO_NAME, demo),
        ),
        bars=(),
        more_is_better=False,
        ceilings=(
            Ceiling(FEW_NAME, None, 5),
            Ceiling(FEW_NAME, "MongoDB", 2),
            Ceiling(MANY_NAME, None, 8),
            Ceiling(MANY_NAME, "MongoDB", 4),
            Ceiling(DEMO_NAME, "everything", 15),
        ),
        rounds=2,
    )
]
