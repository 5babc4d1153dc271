"""The four services and the local issuer as child processes, each told everything by its
environment.
"""

import asyncio
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from sebaya_cli.stack.ports import HOST
from sebaya_cli.stack.process import Child, python

MODULES = {
    "issuer": "sebaya_chassis.web.issuer",
    "intake": "sebaya_intake",
    "matching": "sebaya_matching",
    "escalation": "sebaya_escalation",
    "evaluation": "sebaya_evaluation",
}
ALL = tuple(MODULES)
# one that ends is noticed at once; nine that start together on two busy cores only take long
FIRST_ANSWER_WITHIN = 300.0
STOP_WITHIN = 25.0  # a service drains for 20 s at most
ALONE = ("issuer",)  # it keeps nothing that a second one could share
UNREADY_SECONDS = 2.5  # the entrance asks each replica every second whether it is ready


@dataclass(frozen=True, slots=True)
class Instance:
    """One process of a service: `intake` where it is alone, `intake-1` and `intake-2` where there
    are two.
    """

    service: str
    name: str


def instances(services: Iterable[str], replicas: int) -> list[Instance]:
    """List the processes of services with so many replicas each."""
    return [
        Instance(service, service if replicas == 1 or service in ALONE else f"{service}-{number}")
        for service in services
        for number in range(1, (1 if service in ALONE else replicas) + 1)
    ]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every service needs to know of its stack."""

    mongodb_uri: str
    kafka: str
    origin: str
    issuer_port: int
    smtp_port: int
    secret_key: str = field(repr=False)
    issuer_key: Path
    issuer_people: Path
    database_prefix: str = "sebaya"
    topic_prefix: str = ""
    replicas: int = 1
    master_keys: Path | None = None

    def environment(self, name: str, port: int) -> dict[str, str]:
        """Make the environment of one service."""
        return {
            "SEBAYA_ENVIRONMENT": "local",
            "SEBAYA_HOST": HOST,
            "SEBAYA_PORT": str(port),
            "SEBAYA_ROLE": "both",
            "SEBAYA_ROOT_PATH": f"/{name}",
            "SEBAYA_ORIGIN": self.origin,
            "MONGODB_URI": self.mongodb_uri,
            "SEBAYA_DATABASE_PREFIX": self.database_prefix,
            "KAFKA_BOOTSTRAP_SERVERS": self.kafka,
            "SEBAYA_TOPIC_PREFIX": self.topic_prefix,
            "SEBAYA_TOPIC_REPLICAS": "1",  # the local broker is alone
            "SEBAYA_OIDC_ISSUER": f"{self.origin}/issuer",
            "SEBAYA_OIDC_JWKS_URL": f"http://{HOST}:{self.issuer_port}/jwks",
            "SEBAYA_OIDC_AUDIENCE": "sebaya",
            "SEBAYA_ISSUER_KEY_FILE": str(self.issuer_key),
            **(
                {"SEBAYA_ISSUER_PEOPLE_FILE": str(self.issuer_people)}
                if self.issuer_people.exists()
                else {}
            ),
            "SEBAYA_SECRET_KEY": self.secret_key,
            **(
                {"SEBAYA_MASTER_KEYS_FILE": str(self.master_keys)}
                if self.master_keys and name == "intake"
                else {}
            ),
            "SEBAYA_SMTP_HOST": HOST,
            "SEBAYA_SMTP_PORT": str(self.smtp_port),
            "SEBAYA_UNREADY_SECONDS": str(UNREADY_SECONDS if self.replicas > 1 else 0),
            **without_proxy(os.environ),
        }


def without_proxy(environ: Mapping[str, str]) -> dict[str, str]:
    """Exempt this machine from a proxy that the network needs."""
    return {
        name: ",".join(filter(None, (environ.get(name), HOST))) for name in ("NO_PROXY", "no_proxy")
    }


@dataclass
class Service:
    """One service in its own process."""

    instance: Instance
    port: int
    log: Path
    surroundings: Surroundings
    extra_env: Mapping[str, str]
    child: Child | None = None

    @property
    def name(self) -> str:
        return self.instance.name

    @property
    def url(self) -> str:
        """The address past the entrance, for health and metrics."""
        return f"http://{HOST}:{self.port}"

    async def start(self) -> None:
        """Start, and return once it says that it is ready."""
        env = {**self.surroundings.environment(self.instance.service, self.port), **self.extra_env}
        self.child = Child(
            self.name,
            python("-m", MODULES[self.instance.service]),
            self.log,
            env=env,
            stop_within=STOP_WITHIN,
        )
        self.child.start()
        async with httpx.AsyncClient(base_url=self.url, timeout=2.0, trust_env=False) as client:
            await self.child.until(lambda: self._ready(client), FIRST_ANSWER_WITHIN)

    async def stop(self) -> str | None:
        return await self.child.stop() if self.child else None

    async def _ready(self, client: httpx.AsyncClient) -> bool:
        try:
            ready = (await client.get("/health/ready")).is_success
        except httpx.TransportError:
            ready = False
        if not ready:
            await asyncio.sleep(0.1)  # an answer costs a starting service more than a refusal
        return ready
