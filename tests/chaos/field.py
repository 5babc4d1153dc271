"""The stack under fire: two replicas of each service, a proxy on every way between two parts, and a
supervisor as a cluster has one.
"""

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from pymongo import AsyncMongoClient

from chaos.control import CODE_OF_DEATH, Control
from chaos.proxy import Proxy
from sebaya_cli import school_file
from sebaya_cli.doctor import ForgedRecord
from sebaya_cli.installation import Installation
from sebaya_cli.stack import Detours, Listener, LocalStack
from sebaya_cli.stack.ports import HOST, free_port
from sebaya_cli.stack.services import ALL, Service
from sebaya_cli.up import apply_district, where_is
from sebaya_contracts.district import School
from sebaya_contracts.topics import SERVICES
from support import counsellors

REPLICAS = 2
LEASE_SECONDS = 10.0
# Leases, sessions and retries are short, so that a pause of a few seconds outlives them as minutes
# outlive the real ones.
SETTINGS = {
    "SEBAYA_SESSION_TIMEOUT_MS": "6000",
    "SEBAYA_DRAIN_SECONDS": "5",
    # After a death a batch is taken singly, with a mark around each record; and a flood past the
    # limit need not be a large one.
    "SEBAYA_BATCH_RECORDS": "50",
    "SEBAYA_PARK_WINDOW": "60",
    "SEBAYA_PARK_FLOOR": "20",
    "SEBAYA_RELAY_LEASE_SECONDS": "6",
    "SEBAYA_TIMER_LEASE_SECONDS": str(LEASE_SECONDS),
    "SEBAYA_SWEEP_SECONDS": "1",
    "SEBAYA_RETRY_SECONDS": "2",
    "SEBAYA_VERDICT_DUE_SECONDS": "20",
    "SEBAYA_PAGE_ATTEMPT_SECONDS": "3",
    "SEBAYA_PAGE_LEASE_SECONDS": "6",
    "SEBAYA_RETRY_WAITING_SECONDS": "5",
    # What is counted are levels of the rules; the second stage has tests of its own.
    "SEBAYA_SCREEN_MEANING": "false",
    # Three schools with the requests of a district: no flood.
    "SEBAYA_WAITING_AT_MOST": "1000000",
    "PYTHONDONTWRITEBYTECODE": "",  # processes start again many times in a run
}
END_LOOK_SECONDS = 0.3
LIVE_LOOK_SECONDS = 5.0
STRIKES = 3


@dataclass(frozen=True, slots=True)
class Death:
    """A process that ended though no fault had just ended it."""

    name: str
    at: datetime
    code: int | None
    log_end: str


@dataclass
class Field:
    """What faults are done to. `busy` keeps two faults off one part."""

    stack: LocalStack
    district: list[School]
    proxies: Mapping[str, Proxy]
    controls: Mapping[str, Control]
    mongo: AsyncMongoClient[dict[str, Any]]
    poison: list[ForgedRecord] = field(default_factory=list)
    deaths: list[Death] = field(default_factory=list)
    restarts: int = 0
    halts: int = 0
    _held: set[str] = field(default_factory=set)
    _busy: dict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    @property
    def where(self) -> Installation:
        return where_is(self.stack)

    @property
    def replicas(self) -> list[str]:
        return [name for name, part in self.services.items() if part.instance.service in SERVICES]

    @property
    def services(self) -> Mapping[str, Service]:
        return self.stack.parts.services

    def busy(self, part: str) -> asyncio.Lock:
        return self._busy[part]

    @contextmanager
    def held(self, name: str) -> Iterator[None]:
        """The supervisor leaves this part alone: a fault has it in its hands."""
        self._held.add(name)
        try:
            yield
        finally:
            self._held.discard(name)

    async def restart(self, name: str) -> None:
        """What a supervisor does for a process that has ended or must end."""
        self.stack.kill(name)
        await self.stack.start(name)
        self.restarts += 1

    async def supervise(self) -> None:
        """Start what has ended; end and start what says that it is not alive, and what has halted
        itself (an operator's part).
        """
        async with (
            httpx.AsyncClient(timeout=LIVE_LOOK_SECONDS, trust_env=False) as web,
            asyncio.TaskGroup() as watches,
        ):
            for name in self.replicas:
                watches.create_task(self._watch(name, web))

    async def _watch(self, name: str, web: httpx.AsyncClient) -> None:
        """Whether it has ended, all the time; whether it is well, now and then, as probes and
        scrapes come.
        """
        strikes, asked = 0, time.monotonic()
        while True:
            await asyncio.sleep(END_LOOK_SECONDS)
            service = self.services[name]
            if name in self._held or service.child is None:
                strikes = 0
                continue
            halted = False
            if service.child.running:
                if time.monotonic() - asked < LIVE_LOOK_SECONDS:
                    continue
                asked = time.monotonic()
                strikes = strikes + 1 if await _says_it_is_stuck(web, service.url) else 0
                halted = await _has_halted(web, service.url)
            if halted or strikes >= STRIKES or not service.child.running:
                await self._mend(name, halted=halted, stuck=strikes >= STRIKES)
                strikes = 0

    async def _mend(self, name: str, *, halted: bool, stuck: bool) -> None:
        service = self.services[name]
        if service.child is None or name in self._held:
            return
        if stuck:
            said = f"it said that it was not alive: {service.child.describe_end()}"
            self.deaths.append(Death(name, datetime.now(UTC), None, said))
        elif not halted:
            self._note(service)
        self.halts += halted
        async with self.busy(name):
            if halted or stuck or not service.child.running:
                await self.restart(name)

    def _note(self, service: Service) -> None:
        if service.child is not None and service.child.code != CODE_OF_DEATH:
            self.deaths.append(
                Death(
                    service.name,
                    datetime.now(UTC),
                    service.child.code,
                    service.child.describe_end(),
                )
            )


async def _says_it_is_stuck(web: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await web.get(f"{url}/health/live")).status_code == 503
    except httpx.TransportError:
        return False  # it starts, or a fault keeps it from answering


async def _has_halted(web: httpx.AsyncClient, url: str) -> bool:
    try:
        metrics = (await web.get(f"{url}/metrics")).text
    except httpx.TransportError:
        return False
    return any(
        line.startswith("sebaya_consumer_halted{") and line.endswith(" 1.0")
        for line in metrics.splitlines()
    )


@asynccontextmanager
async def field_of(data: Path, file: Path) -> AsyncIterator[Field]:
    """Everything is up inside: the stack with its proxies, the district of `file` applied."""
    ways = _Ways(data)
    district: list[School] = []

    async def prepare(stack: LocalStack) -> None:
        district.extend(await apply_district(stack, file))

    stack = LocalStack(
        data,
        port=free_port(ways.taken),
        replicas=REPLICAS,
        extra_env=ways.env(),
        mongo_parameters={"enableTestCommands": "1"},
        detours=ways.detours,
        prepare=prepare,
        environ={},
    )
    async with AsyncExitStack() as leaving:
        proxies = {
            name: await leaving.enter_async_context(proxy)
            for name, proxy in ways.proxies(stack).items()
        }
        await leaving.enter_async_context(stack)
        mongo = await leaving.enter_async_context(
            AsyncMongoClient[dict[str, Any]](stack.mongodb_uri, timeoutMS=5000)
        )
        yield Field(stack, district, proxies, ways.controls, mongo)


@dataclass
class _Ways:
    """The ports of all proxies, fixed before anything starts, since each part is told where to go
    when it starts.
    """

    data: Path
    taken: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.names = [
            f"{service}-{number}" for service in SERVICES for number in range(1, REPLICAS + 1)
        ]
        self.ports = {way: self._port() for name in self.names for way in ways_of(name)}
        self.listeners = {
            name: Listener(_listener(name), self._port(), self.ports[f"{name}>kafka"])
            for name in self.names
        }
        self.controls = {
            name: Control(self.data / "control" / f"{name}.json") for name in self.names
        }
        self.detours = Detours(
            {name: self.ports[f"caddy>{name}"] for name in self.names},
            tuple(self.listeners.values()),
        )

    def _port(self) -> int:
        port = free_port(self.taken)
        self.taken.add(port)
        return port

    def env(self) -> dict[str, dict[str, str]]:
        return {name: self._env(name) for name in self.names}

    def _env(self, name: str) -> dict[str, str]:
        return {
            **SETTINGS,
            **self.controls[name].env(),
            "MONGODB_URI": f"mongodb://{HOST}:{self.ports[f'{name}>mongo']}/?directConnection=true",
            "KAFKA_BOOTSTRAP_SERVERS": f"{HOST}:{self.ports[f'{name}>kafka']}",
            "SEBAYA_SMTP_PORT": str(self.ports.get(f"{name}>mail", 0)),
        }

    def proxies(self, stack: LocalStack) -> dict[str, Proxy]:
        """Targets are asked at each connection: the stack picks its own ports when it starts."""
        return {
            way: Proxy(port, lambda way=way: self._target(stack, way))
            for way, port in self.ports.items()
        }

    def _target(self, stack: LocalStack, way: str) -> int:
        begin, _, end = way.partition(">")
        if end == "kafka":
            return self.listeners[begin].port
        part: Any = stack.parts.all()[end]
        return int(part.port)


def ways_of(name: str) -> list[str]:
    """Every way that begins or ends at a replica, as `from>to`."""
    mail = [f"{name}>mail"] if name.startswith("escalation") else []
    return [f"{name}>kafka", f"{name}>mongo", f"caddy>{name}", *mail]


def _listener(name: str) -> str:
    return name.replace("-", "").upper()


def write_district(path: Path, schools: int) -> Path:
    """The district of a run. JSON is YAML."""
    path.write_text(json.dumps(district(schools)))
    school_file.read(path)
    return path


def district(schools: int) -> dict[str, Any]:
    """Ladders are long enough that a pause does not run them out, and short enough that steps fall
    due while faults are on.
    """
    rungs = [
        {"who": ["on_call"], "wait_seconds": 20},
        {"who": ["second"], "wait_seconds": 30},
        {"who": ["district-duty"], "wait_seconds": 60},
    ]
    ladder = {"contact_within_seconds": 600, "rungs": rungs}
    return {
        "defaults": {
            "time_zone": "Asia/Jakarta",
            "country": "ID",
            "languages": ["id", "en"],
            **counsellors("counsellor", "second", "district-duty"),
            "ladders": {"amber": ladder, "red": ladder, "imminent": ladder},
            "policies": {
                "offer_lapse_seconds": 30,
                "consent_version": "2026-1",
                "self_consent_age": 12,
            },
        },
        "schools": [
            {"school_id": f"chaos-{number}", "name": f"School {number}"}
            for number in range(1, schools + 1)
        ],
    }


__all__ = ["ALL", "Death", "Field", "district", "field_of", "write_district"]
