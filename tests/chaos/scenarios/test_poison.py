"""Consumer alive but not consuming: a record that ends its process, or stops its loop, is found,
parked, and brought back in order.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from conformance.harness import all_consumed, deliver, prepared, publish
from conformance.matching import SCENARIO
from integration.test_command import here, sebaya
from sebaya_chassis.outbox.topics import make_topics
from sebaya_chassis.service.service_topics import topics_of
from sebaya_cli.stack.ports import free_port
from sebaya_cli.stack.process import Child, python
from sebaya_cli.stack.services import Surroundings
from servers import Servers
from support import chassis_settings, environment, eventually

POISONED = Path(__file__).with_name("poisoned.py")
# Of this case two events follow one another in its topic: the second must wait behind the first.
MARKED = "withdrawn"
DEATHS_BEFORE_PARKING = 3
# As Kubernetes does it: a probe that gets no answer in a second, three times running, ends the
# container.
PROBE_SECONDS, PROBES = 1.0, 3
STARTED_WITHIN = 60.0


@dataclass
class Supervised:
    """A container's restarts: starts the process again when it has ended, and ends it when it is no
    longer live.
    """

    child: Child
    url: str
    deaths: int = 0
    red: int = 0
    was_live: bool = False
    misses: int = 0
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        self.child.start()
        async with httpx.AsyncClient(
            base_url=self.url, timeout=PROBE_SECONDS, trust_env=False
        ) as probe:
            while not self.over.is_set():
                if not self.child.running:
                    self.restart()
                await self.look(probe)
                await asyncio.sleep(0.2)
        await self.child.stop()

    async def look(self, probe: httpx.AsyncClient) -> None:
        try:
            live = (await probe.get("/health/live")).is_success
        except httpx.TransportError:
            live = False
        self.was_live = self.was_live or live
        self.misses = 0 if live or not self.was_live else self.misses + 1
        if self.misses >= PROBES and self.child.running:
            self.red += 1
            self.child.kill()

    def restart(self) -> None:
        self.deaths += 1
        self.was_live, self.misses = False, 0
        self.child.start()


@asynccontextmanager
async def supervised(
    servers: Servers, prefix: str, folder: Path, harm: str
) -> AsyncIterator[Supervised]:
    port = free_port()
    surroundings = Surroundings(
        mongodb_uri=servers.mongodb_uri,
        kafka=servers.kafka,
        origin="http://127.0.0.1",
        issuer_port=port,
        smtp_port=port,
        secret_key="a test's secret, long enough",
        issuer_key=folder / "key",
        issuer_people=folder / "people",
        database_prefix=prefix,
        topic_prefix=f"{prefix}.",
    )
    env = surroundings.environment("matching", port) | {"SEBAYA_SESSION_TIMEOUT_MS": "2000"}
    child = Child(
        "matching",
        python(str(POISONED), harm, MARKED),
        folder / f"{harm}.log",
        env=env,
        stop_within=25.0,
    )
    keeper = Supervised(child, f"http://127.0.0.1:{port}")
    running = asyncio.create_task(keeper.run())
    try:
        yield keeper
    finally:
        keeper.over.set()
        await running


async def ordered_run(servers: Servers, prefix: str) -> object:
    """The state of every event handled in order, without any trouble."""
    async with prepared(SCENARIO, environment(servers, f"{prefix}o")) as runtime:
        await deliver(runtime, SCENARIO.events())
        return await SCENARIO.summary(runtime)


@pytest.mark.parametrize("harm", ["kill", "hang"])
async def test_a_record_that_ends_its_process_parks_others_flow_and_a_replay_in_order_heals(
    servers: Servers, prefix: str, tmp_path: Path, harm: str
) -> None:
    settings = chassis_settings(servers, prefix)
    await make_topics(servers.kafka, topics_of("matching", settings), 1)
    await publish(settings, SCENARIO.events())
    expected = await ordered_run(servers, prefix)

    async with supervised(servers, prefix, tmp_path, harm) as keeper:
        await eventually(
            lambda: all_consumed(settings, "matching"),
            within=180,
            every=0.5,
            says="every record has come to its end",
        )
        assert DEATHS_BEFORE_PARKING <= keeper.deaths <= DEATHS_BEFORE_PARKING + 1
        # A process that is gone needs no probe; one that hangs is noticed by nothing else.
        assert keeper.red == (keeper.deaths if harm == "hang" else 0)
        print(f"parked after {keeper.deaths} deaths")
        letters = json.loads(
            (await sebaya("dlq", "list", "--json", **here(servers, prefix))).stdout
        )
        assert [letter["reason"] for letter in letters] == ["kills_process", "behind_dead_letter"]
        assert all(f"/{MARKED}@" in letter["number"] for letter in letters)
        async with prepared(SCENARIO, environment(servers, prefix)) as runtime:
            assert await others(runtime) == [
                picture for picture in expected[1] if picture[0] != MARKED
            ]  # type: ignore[index]

    async with (
        supervised(servers, prefix, tmp_path, "well"),
        prepared(SCENARIO, environment(servers, prefix)) as runtime,
    ):
        replayed = await sebaya("dlq", "replay", **here(servers, prefix))
        assert [line.split()[0] for line in replayed.stdout.splitlines()] == [
            "applied",
            "applied",
        ], replayed.stderr
        assert await SCENARIO.summary(runtime) == expected


async def others(runtime: object) -> list[object]:
    """What the summary says of all cases but the marked one."""
    _, pictures = await SCENARIO.summary(runtime)  # type: ignore[misc, arg-type]
    return [picture for picture in pictures if picture[0] != MARKED]
