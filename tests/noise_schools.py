"""Many more schools that have what one has, and are asked about nothing: what a loop costs must not
grow with them.
"""

import copy
from collections.abc import Iterable

from sebaya_chassis.storage.database import Database, Document


async def other_schools(
    database: Database, collections: Iterable[str], many: int, *, like: str
) -> None:
    """Copies of a school's documents for so many others, with nothing due and nothing to
    publish.
    """
    for name in collections:
        rows = [row async for row in database[name].find({"school_id": like})]
        copies = [_moved(row, f"o{number}") for number in range(many) for row in rows]
        if copies:
            await database[name].insert_many(copies)


def _moved(row: Document, other: str) -> Document:
    moved = copy.deepcopy(row) | {"school_id": other}
    moved["_id"] = other if row["_id"] == row["school_id"] else f"{other}/{row['_id']}"
    if "state" in moved:
        moved |= {"due_at": None, "outbox": []}
        for gone in ("outbox_since", "lease", "timer", "withheld"):
            moved.pop(gone, None)
        if "dirty" in moved["state"]:
            moved["state"] |= {"dirty": [], "dirty_since": None}
    return moved
