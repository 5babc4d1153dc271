"""The four services' stores, read only, all at one instant of the store's time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from pymongo.asynchronous.client_session import AsyncClientSession

from sebaya_chassis.storage.database import Client, Database, Document, connect
from sebaya_cli.installation import Installation
from sebaya_contracts.topics import SERVICES


class Stores:
    """One snapshot over all: two documents of one transaction are seen both before it or both after
    it.
    """

    def __init__(self, where: Installation, client: Client, session: AsyncClientSession) -> None:
        # Without concerns of its own: a snapshot session brings its own, and the server refuses
        # two.
        self._databases: dict[str, Database] = {
            name: client.get_database(where.database(name)) for name in SERVICES
        }
        self._session = session

    async def rows(
        self, service: str, collection: str, condition: Document, fields: list[str], **options: Any
    ) -> AsyncIterator[Document]:
        """Yield the fields of each row that fits; no text unless asked for."""
        cursor = self._databases[service][collection].find(
            condition, dict.fromkeys(fields, 1), session=self._session, **options
        )
        async for row in cursor:
            yield row

    async def collections(self, service: str) -> list[str]:
        """List the collections of a service's store."""
        return sorted(await self._databases[service].list_collection_names())


@asynccontextmanager
async def snapshot(where: Installation) -> AsyncIterator[Stores]:
    """Open all stores at one instant."""
    client = connect(where.mongodb_uri)
    try:
        async with client.start_session(snapshot=True) as session:
            yield Stores(where, client, session)
    finally:
        await client.close()


async def store_time(where: Installation) -> datetime:
    """Read the store's clock."""
    client = connect(where.mongodb_uri)
    try:
        now: datetime = (await client.admin.command("hello", codec_options=client.codec_options))[
            "localTime"
        ]
        return now
    finally:
        await client.close()


def at(row: Document, path: str) -> Any:
    """Get a value inside a row by its path, None where there is none."""
    found: Any = row
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found
