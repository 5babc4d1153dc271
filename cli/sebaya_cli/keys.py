"""`sebaya keys`: the master keys' file, and the rotation of all that it wraps."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from sebaya_chassis.base.settings import Misconfigured
from sebaya_chassis.service.store_setup import read_epoch
from sebaya_chassis.storage.batching.batched_database import BatchedDatabase
from sebaya_chassis.storage.clock import StoreClock
from sebaya_chassis.storage.database import connect, open_database
from sebaya_chassis.storage.tenant_store import SchoolStore
from sebaya_chassis.storage.writer import Writer
from sebaya_cli import schools
from sebaya_cli.installation import Installation
from sebaya_cli.refusal import Refusal
from sebaya_cli.stack.folder import write_whole
from sebaya_intake.key_rotation import RotatedSchool, rotate_school
from sebaya_intake.master_keys import FileMasterKeys, KeyMissing, new_master_key, read_master_keys

FILE = "master_keys"
VARIABLE = "SEBAYA_MASTER_KEYS_FILE"


def find_file(data: Path) -> Path:
    """Find the master keys' file: the environment's, or else the local stack's."""
    return Path(os.environ.get(VARIABLE) or data / FILE)


def add_key(file: Path) -> str:
    """Put a new master key before those of a file, which is made where there is none; return its
    id. Raises Refusal for a file that is not one of master keys.
    """
    if file.exists():
        _read(file)
    known = file.read_text() if file.exists() else ""
    line = new_master_key(datetime.now(UTC))
    write_whole(file, f"{line}\n{known}", mode=0o600)
    return line.partition(":")[0]


async def rotate(where: Installation, file: Path) -> AsyncIterator[RotatedSchool]:
    """Give each school a new data key, wrapped by the file's first master key, and seal everything
    with it. Raises Refusal.
    """
    _read(file)
    masters = FileMasterKeys(file)
    async with _writer(where) as (database, writer):
        for school_id in sorted(await schools.known(where)):
            try:
                yield await rotate_school(SchoolStore(database, writer, school_id), masters)
            except KeyMissing as missing:
                raise Refusal(
                    f"{school_id}: the master key {missing} is not in {file}. Put its line back, "
                    "below the others; what it wraps cannot be read without it."
                ) from None


def _read(file: Path) -> list[str]:
    try:
        return list(read_master_keys(file))
    except Misconfigured as wrong:
        raise Refusal(str(wrong)) from None


@asynccontextmanager
async def _writer(where: Installation) -> AsyncIterator[tuple[BatchedDatabase, Writer]]:
    client = connect(where.mongodb_uri)
    try:
        database = open_database(client, where.database("intake"))
        writer = Writer("intake", StoreClock())
        writer.epoch = await read_epoch(database)
        await writer.clock.read(database)
        yield BatchedDatabase(database), writer
    finally:
        await client.close()
