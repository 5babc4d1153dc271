"""What a process needs of its store before it is ready: the indexes, and the epoch."""

from collections.abc import Mapping, Sequence
from typing import Any

from pymongo import IndexModel

from sebaya_chassis.consuming import dead_letters
from sebaya_chassis.service import status
from sebaya_chassis.storage.database import Database
from sebaya_chassis.storage.layout import CollectionSpec

# Partial indexes: only documents with something due, or something to publish, are in them.
DOCUMENT_INDEXES = (
    IndexModel(
        [("outbox_since", 1)],
        partialFilterExpression={"outbox_since": {"$exists": True}},
        name="outbox",
    ),
    IndexModel([("due_at", 1)], partialFilterExpression={"due_at": {"$type": "date"}}, name="due"),
)
# What every service has besides its own collections.
SHARED_INDEXES: Mapping[str, Sequence[IndexModel]] = {
    status.COLLECTION: status.INDEXES,
    dead_letters.COLLECTION: [IndexModel([("entries.state", 1)])],
}


async def create_indexes(
    database: Database,
    kinds: Sequence[CollectionSpec[Any]],
    indexes: Mapping[str, Sequence[IndexModel]],
) -> None:
    """Create the indexes of a service. May run again: the store can go away between any two."""
    wanted = {kind.collection: list(DOCUMENT_INDEXES) for kind in kinds}
    for collection, models in (*indexes.items(), *SHARED_INDEXES.items()):
        wanted.setdefault(collection, []).extend(models)
    for collection, models in wanted.items():
        await database[collection].create_indexes(models)


async def read_epoch(db: Database) -> int:
    """Read the epoch of a store; a restore raises it, so that events written afterwards are newer
    than any written before.
    """
    row = await db["meta"].find_one_and_update(
        {"_id": "epoch"}, {"$setOnInsert": {"value": 1}}, upsert=True, return_document=True
    )
    return int(row["value"]) if row else 1
