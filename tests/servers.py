"""One Kafka and one MongoDB for a whole pytest run: whichever worker needs them first starts them,
the end of the run ends them.

Run as a script it is their keeper: `servers.py FOLDER PID` keeps both until the process PID,
pytest's own, has ended.
"""

import asyncio
import fcntl
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from sebaya_cli.stack.choice import choose_mongod
from sebaya_cli.stack.folder import write_whole
from sebaya_cli.stack.kafka import Kafka
from sebaya_cli.stack.mongo import Mongo
from sebaya_cli.stack.ports import free_port

STARTED_WITHIN = 180.0  # the first run on a machine fetches Kafka's jars
ADDRESSES = "addresses.json"

_keepers: list[subprocess.Popen[bytes]] = []


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the real servers of this test run answer."""

    mongodb_uri: str
    kafka: str


def shared_servers(folder: Path, owner: int) -> Servers:
    """Those given by the environment, or else the ones of this run, started if nobody has yet."""
    uri, kafka = os.environ.get("MONGODB_URI"), os.environ.get("KAFKA_BOOTSTRAP_SERVERS")
    if uri and kafka:
        return Servers(uri, kafka)
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder / "starting"):
        if not (folder / ADDRESSES).exists():
            _start_keeper(folder, owner)
    ours = Servers(**json.loads((folder / ADDRESSES).read_text()))
    return Servers(uri or ours.mongodb_uri, kafka or ours.kafka)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _start_keeper(folder: Path, owner: int) -> None:
    """Not a child of this worker's fate: workers come and go, the servers stay until the run has
    ended.
    """
    with (folder / "keeper.log").open("wb") as log:
        keeper = subprocess.Popen(
            [sys.executable, __file__, str(folder), str(owner)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            process_group=0,
        )
    _keepers.append(keeper)
    deadline = time.monotonic() + STARTED_WITHIN
    while not (folder / ADDRESSES).exists():
        if keeper.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(
                f"The test servers did not start:\n{(folder / 'keeper.log').read_text()}"
            )
        time.sleep(0.05)


# A dropped collection keeps its files open for the length of the history, five minutes by itself:
# the databases of two thousand tests came to the limit of 20,000 files, and mongod aborted.
PARAMETERS = {"ttlMonitorSleepSecs": "1", "minSnapshotHistoryWindowInSeconds": "5"}


# The stack's broker takes itself for dead after three seconds, so that a killed one is back soon.
# This one is never killed; on a machine that is busy with something else it would take the leaders
# of everybody's topics away for as long as it is starved.
SETTINGS = {"broker.session.timeout.ms": "60000"}


async def keep(folder: Path, owner: int) -> None:
    """Start both, say where they are, and end them when the owner has ended."""
    over = asyncio.Event()
    descriptor = os.pidfd_open(owner)
    asyncio.get_running_loop().add_reader(descriptor, over.set)
    kafka = Kafka(
        folder / "kafka",
        folder / "logs" / "kafka.log",
        free_port(),
        free_port(),
        print,
        settings=SETTINGS,
    )
    mongo = Mongo(
        choose_mongod(print).binary,
        folder / "mongo",
        folder / "logs" / "mongo.log",
        free_port(),
        PARAMETERS,
    )
    await asyncio.gather(kafka.start(), mongo.start())
    write_whole(folder / ADDRESSES, json.dumps(asdict(Servers(mongo.uri, kafka.bootstrap))))
    await over.wait()
    for child in (kafka.child, mongo.child):
        if child is not None:
            child.kill()
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    asyncio.run(keep(Path(sys.argv[1]), int(sys.argv[2])))
