"""One client a process, and the refusal of servers that only speak like MongoDB."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import pymongo
from pymongo import AsyncMongoClient, ReadPreference, WriteConcern
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.read_concern import ReadConcern

Document = dict[str, Any]
Database = AsyncDatabase[Document]
Client = AsyncMongoClient[Document]

LOWEST = (6, 0)
# The server's code for a write that an index keeping something unique has refused.
DUPLICATE_KEY = 11000
# How long a single query or write waits for its answer.
ANSWER_SECONDS = 10.0


class UnsupportedStore(RuntimeError):
    """The server is not a MongoDB replica set of version 6.0 or newer; the message says what it is
    and what to do.
    """


def connect(uri: str) -> Client:
    """Make a client with the settings the guarantees need. Opens no connection yet."""
    return AsyncMongoClient(
        uri,
        tz_aware=True,
        uuidRepresentation="standard",
        # An API answers 503 with the crisis lines rather than keep a student waiting.
        serverSelectionTimeoutMS=3000,
        connectTimeoutMS=3000,
        timeoutMS=int(ANSWER_SECONDS * 1000),
        # A kill between the acknowledgement and the journal would lose a case otherwise (1,371 lost
        # in a trial).
        w="majority",
        journal=True,
        retryWrites=True,
        readPreference="primary",
        readConcernLevel="majority",
    )


_answer_deadline: ContextVar[float | None] = ContextVar("answer_deadline", default=None)


@contextmanager
def answer_within(seconds: float) -> Iterator[None]:
    """Bound every query and write inside to so many seconds, instead of the client's ten."""
    token = _answer_deadline.set(asyncio.get_running_loop().time() + seconds)
    try:
        with pymongo.timeout(seconds):
            yield
    finally:
        _answer_deadline.reset(token)


def answer_deadline() -> float | None:
    """Return when the work at hand must have its answer, on the event loop's clock.

    None where it may wait as long as the client does.
    """
    return _answer_deadline.get()


def open_database(client: Client, name: str) -> Database:
    """Open a service's own database, whatever the address says about concerns."""
    return client.get_database(
        name,
        write_concern=WriteConcern(w="majority", j=True),
        read_preference=ReadPreference.PRIMARY,
        read_concern=ReadConcern("majority"),
    )


async def require_mongodb(client: Client) -> None:
    """Require a server that keeps what we promise. Raises UnsupportedStore.

    Only MongoDB does: another server that speaks its protocol let 46 of 60 writers take 7 places.
    """
    build = await client.admin.command("buildInfo")
    hello = await client.admin.command("hello")
    reason = explain_unsupported(build, hello)
    if reason:
        raise UnsupportedStore(reason)


def explain_unsupported(build: Mapping[str, Any], hello: Mapping[str, Any]) -> str | None:
    """Explain in one sentence why this server cannot be used; None where it can."""
    version = tuple(int(part) for part in str(build["version"]).split(".")[:2])
    if "ferretdb" in str(build).lower() or not build.get("storageEngines"):
        return (
            "The store at MONGODB_URI is not MongoDB but speaks like it; its updates are not "
            "atomic enough, so give a MongoDB 6.0 or newer."
        )
    if version < LOWEST:
        return f"MongoDB {build['version']} is too old; give one of version 6.0 or newer."
    if "setName" not in hello:
        return (
            "MongoDB must run as a replica set, of one member if need be (--replSet, then "
            "replSetInitiate); transactions need it."
        )
    return None
