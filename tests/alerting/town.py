"""A district of 200 schools on a local stack, with a Prometheus that watches it and people at work
in a few of the schools.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml
from pymongo import AsyncMongoClient

from alerting.prometheus import Prometheus, watching
from sebaya_cli.demo.simulation import Simulation
from sebaya_cli.installation import Installation
from sebaya_cli.stack.ports import free_port
from sebaya_cli.stack.stack import LocalStack
from sebaya_cli.up import DEMO_DISTRICT, apply_district, where_is
from sebaya_contracts.district import School
from sebaya_contracts.topics import SERVICES
from support import RULES_ALONE

SCHOOLS = 200
BUSY = 3
NOTHING_GIVEN: dict[str, str] = {}


@dataclass(slots=True)
class Town:
    """What a test has in its hands."""

    stack: LocalStack
    district: list[School]
    web: httpx.AsyncClient
    prometheus: Prometheus
    mongo: AsyncMongoClient[dict[str, Any]]

    @property
    def where(self) -> Installation:
        return where_is(self.stack)

    def database(self, service: str) -> Any:
        return self.mongo[self.where.database(service)]

    def play(self, pace: float) -> Simulation:
        return Simulation(self.web, self.district[:BUSY], pace, look_seconds=0.5)


def district_file(folder: Path) -> Path:
    """The demo's schools have short ladders; there are as many of them as a large district has."""
    content = yaml.safe_load(DEMO_DISTRICT.read_text())
    content["schools"] = [
        {"school_id": f"school-{number}", "name": f"School {number}"}
        for number in range(1, SCHOOLS + 1)
    ]
    file = folder / "district.yaml"
    file.write_text(yaml.safe_dump(content))
    return file


@asynccontextmanager
async def town(folder: Path, **settings: dict[str, str]) -> AsyncIterator[Town]:
    """`settings` are more of the environment of services by their names."""
    district: list[School] = []

    async def prepare(stack: LocalStack) -> None:
        district.extend(await apply_district(stack, district_file(folder)))

    stack = LocalStack(
        folder / "data",
        port=free_port(),
        prepare=prepare,
        extra_env={**settings, "escalation": RULES_ALONE | settings.get("escalation", {})},
        environ=NOTHING_GIVEN,
    )
    async with (
        stack,
        httpx.AsyncClient(base_url=stack.origin, timeout=30.0, trust_env=False) as web,
    ):
        targets = [stack.parts.services[name].url.removeprefix("http://") for name in SERVICES]
        async with (
            watching(folder / "prometheus", targets) as prometheus,
            AsyncMongoClient[dict[str, Any]](stack.mongodb_uri) as mongo,
        ):
            yield Town(stack, district, web, prometheus, mongo)
