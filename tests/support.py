"""What many tests need: settings for a test's own corner of the real servers, and waiting for a
condition.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import uvicorn
from aiokafka.admin import AIOKafkaAdminClient
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from pymongo import AsyncMongoClient

from sebaya_chassis.base.settings import ChassisSettings, Environment
from sebaya_chassis.service.runtime import Runtime
from sebaya_chassis.service.server import config_of
from servers import Servers

T = TypeVar("T")
SECRET = "a test's secret, long enough to be one"
ISSUER = "http://issuer.test"
# For stacks whose tests count the alerts of the rules.
RULES_ALONE = {"SEBAYA_SCREEN_MEANING": "false"}


def counsellors(*people: str) -> dict[str, Any]:
    """The staff and the rota of a district's file: counsellors, the first on duty day and night."""
    return {
        "staff": [
            {
                "person_id": who,
                "name": who,
                "roles": ["counsellor"],
                "email": f"{who}@school.example",
            }
            for who in people
        ],
        "rota": [
            {
                "person_id": people[0],
                "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
                "since": "00:00",
                "until": "24:00",
            }
        ],
    }


def environment(servers: Servers, prefix: str, **more: Any) -> dict[str, Any]:
    """The settings of any service for one test, as keyword arguments."""
    return {
        "environment": Environment.LOCAL,
        "mongodb_uri": servers.mongodb_uri,
        "kafka_bootstrap_servers": servers.kafka,
        "database_prefix": prefix,
        "topic_prefix": f"{prefix}.",
        "topic_replicas": 1,
        "secret_key": SECRET,
        "oidc_issuer": ISSUER,
        "retry_seconds": 0.5,
        "session_timeout_ms": 3000,
        "sweep_seconds": 0.3,
        "timer_seconds": 0.1,
        "drain_seconds": 5.0,
        # Texts of tests state the levels of the rules; the second stage is tested by itself.
        "screen_meaning": False,
    } | more


def chassis_settings(servers: Servers, prefix: str, **more: Any) -> ChassisSettings:
    return ChassisSettings(**environment(servers, prefix, **more))


@asynccontextmanager
async def running(runtime: Runtime, app: FastAPI | None = None) -> AsyncIterator[Runtime]:
    """A service's loops inside this process, started and drained as in production."""
    async with runtime.lifespan(app or FastAPI()):
        yield runtime
    assert not runtime.failed, "a loop of the service failed; its error is in the captured output"


async def eventually(
    look: Callable[[], Awaitable[T]], *, within: float = 60.0, every: float = 0.03, says: str = ""
) -> T:
    """The first true answer of `look`, asked again `every` so many seconds; fails with the last
    answer when none comes in time.
    """
    deadline = time.monotonic() + within
    while True:
        answer = await look()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within} s: {says or look} (last answer: {answer!r})")
        await asyncio.sleep(every)


def methods_and_paths(app: FastAPI) -> set[tuple[str, str]]:
    """Every route of an app with those of the routers in it, whatever its document says."""
    return {
        (method, str(context.path))
        for context in iter_route_contexts(app.routes)
        for method in context.methods or ()
    }


@asynccontextmanager
async def own_prefix(servers: Servers) -> AsyncIterator[str]:
    """A start for the names of one test's topics and databases; what bears it is removed
    afterwards.
    """
    name = f"t{secrets.token_hex(4)}"
    yield name
    await _drop_databases(servers.mongodb_uri, name)
    await _delete_topics(servers.kafka, name)


async def _drop_databases(uri: str, prefix: str) -> None:
    async with AsyncMongoClient[dict[str, object]](uri) as client:
        for database in await client.list_database_names():
            if database.startswith(prefix):
                await client.drop_database(database)


async def _delete_topics(bootstrap: str, prefix: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        await admin.start()
        topics = [topic for topic in await admin.list_topics() if topic.startswith(prefix)]
        if topics:
            await admin.delete_topics(topics)
    finally:
        await admin.close()


@asynccontextmanager
async def served(app: Any, port: int = 0) -> AsyncIterator[str]:
    """An app on a port, a free one by default, behind the server that the services use; gives its
    address.
    """
    config = config_of(app, "127.0.0.1", port, 5)
    config.lifespan = "off"
    server = uvicorn.Server(config)
    work = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    await eventually(started)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = server.force_exit = True
        await work


async def dump_store(runtime: Runtime) -> str:
    """Return every document of a service's database, as text."""
    found: list[str] = []
    for name in await runtime.database.list_collection_names():
        found += [repr(document) async for document in runtime.database[name].find({})]
    return "\n".join(found)
