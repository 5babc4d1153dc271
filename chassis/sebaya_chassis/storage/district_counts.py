"""Counts over the documents of all schools, by one query however many schools there are.

What comes out are numbers, times, ids and words of enumerations; a document, or a word that a
person wrote, never does. It is for gauges, and to find the schools where something waits: what a
process does about one school, it does through that school's store.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sebaya_chassis.storage.database import Database, Document
from sebaya_chassis.storage.tenant_guard import CrossesSchools, refuse_stages

ACCUMULATORS = frozenset({"$sum", "$min", "$max"})
# An id, or a word of an enumeration.
_KEY = re.compile(r"[A-Za-z0-9_.-]{1,64}")


class DistrictCounts:
    """Counts, and earliest or latest times, in the collections of one service."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def group(
        self,
        collection: str,
        condition: Document,
        by: Sequence[str],
        values: Mapping[str, Document],
        *,
        index: str | None = None,
    ) -> list[Document]:
        """Group the documents that fit `condition` by the fields `by`; return a row a group.

        A row has each field of `by` under its own name and each of `values`, an accumulator
        (`{"$min": "$state.since"}`), under its. `index` names the index to go through. Raises
        CrossesSchools for a pipeline or a row that could show more than counts.
        """
        _refuse_values(values)
        group: Document = {
            "_id": {str(at): f"${field}" for at, field in enumerate(by)},
            **{str(at): value for at, value in enumerate(values.values())},
        }
        pipeline: list[Document] = [{"$match": condition}, {"$group": group}]
        refuse_stages(pipeline)
        hint: dict[str, Any] = {"hint": index} if index else {}
        cursor = await self._database[collection].aggregate(pipeline, **hint)
        return [_row(found, by, list(values)) async for found in cursor]

    async def count(self, collection: str, condition: Document, *, index: str | None = None) -> int:
        """Count the documents that fit."""
        rows = await self.group(collection, condition, (), {"count": {"$sum": 1}}, index=index)
        return int(rows[0]["count"]) if rows else 0

    async def earliest(self, collection: str, field: str) -> datetime | None:
        """Return the earliest time that a field holds; the field is the first of an index."""
        row = await self._database[collection].find_one(
            {field: {"$type": "date"}}, {"_id": 0, field: 1}, sort=[(field, 1)]
        )
        value: Any = row
        for name in field.split(".") if row else ():
            value = value[name]
        return value if isinstance(value, datetime) else None


def _refuse_values(values: Mapping[str, Document]) -> None:
    for name, value in values.items():
        if not value.keys() <= ACCUMULATORS:
            raise CrossesSchools(f"{name} is neither a count nor the least or greatest of a field")


def _row(found: Document, by: Sequence[str], values: Sequence[str]) -> Document:
    keys = {field: found["_id"][str(at)] for at, field in enumerate(by) if str(at) in found["_id"]}
    for field, key in keys.items():
        if not (key is None or (isinstance(key, str) and _KEY.fullmatch(key))):
            raise CrossesSchools(f"{field} is neither an id nor a word of an enumeration")
    numbers = {name: found[str(at)] for at, name in enumerate(values)}
    for name, value in numbers.items():
        if not (value is None or isinstance(value, int | float | datetime)):
            raise CrossesSchools(f"{name} is neither a number nor a time")
    return {**keys, **numbers}
