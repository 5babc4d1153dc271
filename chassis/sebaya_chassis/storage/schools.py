"""This service's own copy of the district's schools, kept from district.schools.v1."""

import asyncio
import time
from collections.abc import Collection, Iterable
from datetime import datetime

import msgspec
from pymongo.errors import DuplicateKeyError

from sebaya_chassis.base.metrics import SCHOOLS
from sebaya_chassis.base.problems import UnknownSchool
from sebaya_chassis.storage.database import Database, Document
from sebaya_chassis.storage.layout import AlreadyApplied, AppliedSequence
from sebaya_contracts.district import School, SchoolDefined

COLLECTION = "schools"
# An API process has no consumer of its own for schools; a change is seen by it within this.
FRESH_SECONDS = 3.0


class Schools:
    """The schools as every request and every record reads them: from memory, kept in the store."""

    def __init__(self, database: Database, service: str) -> None:
        self._rows = database[COLLECTION]
        self._service = service
        # By id, each with the sequence of its description.
        self._known: dict[str, tuple[str, School]] = {}
        self._used: set[str] = set()
        self._compared_at = float("-inf")
        self._refreshing = asyncio.Lock()
        self._listed: dict[str, tuple[str, School]] = {}

    async def require(self, school_id: str) -> School:
        """Return a school. Raises UnknownSchool."""
        await self._refresh()
        if school_id not in self._known:
            await self._load([school_id])
        if school_id not in self._known:
            raise UnknownSchool
        self._used.add(school_id)
        return self._known[school_id][1]

    async def leavers(self, school_id: str) -> frozenset[str]:
        """Return the people who have left a school; none for an unknown school."""
        try:
            return frozenset((await self.require(school_id)).leavers)
        except UnknownSchool:
            return frozenset()

    async def warm(self, school_ids: Iterable[str]) -> None:
        """Load by one query those that are not in memory.

        A batch from a thousand schools costs no more queries than a batch from one.
        """
        await self._refresh()
        wanted = set(school_ids)
        self._used |= wanted
        await self._load(wanted - self._known.keys())

    async def _refresh(self) -> None:
        """Compare what is in memory with the store, where that was too long ago.

        All schools in use cost one query for their sequences: read one by one, a thousand of them
        would cost a question of nearly every request.
        """
        if time.monotonic() < self._compared_at + FRESH_SECONDS:
            return
        async with self._refreshing:
            asked_at = time.monotonic()
            if asked_at < self._compared_at + FRESH_SECONDS:
                return
            used, self._used = list(self._used), set()
            kept: dict[str, tuple[str, School]] = {}
            if used:
                rows = self._rows.find(
                    {"_id": {"$in": used}}, {"sequence": 1}, batch_size=len(used) + 1
                )
                for row in await rows.to_list():
                    known = self._known.get(row["_id"])
                    if known and known[0] == row["sequence"]:
                        kept[row["_id"]] = known
            self._known, self._compared_at = kept, asked_at

    async def _load(self, school_ids: Collection[str]) -> None:
        if not school_ids:
            return
        rows = self._rows.find({"_id": {"$in": list(school_ids)}}, batch_size=len(school_ids) + 1)
        for row in await rows.to_list():
            self._known[row["_id"]] = (row["sequence"], msgspec.convert(row["school"], School))

    async def all(self) -> list[School]:
        """List the district's schools, by id.

        Only descriptions that changed since the last time are read; the others are the very same
        objects.
        """
        rows = await self._rows.find({}, {"sequence": 1}, sort=[("_id", 1)]).to_list()
        known = self._listed
        changed = [row["_id"] for row in rows if known.get(row["_id"], ("",))[0] != row["sequence"]]
        if changed:
            async for row in self._rows.find({"_id": {"$in": changed}}):
                known[row["_id"]] = (row["sequence"], msgspec.convert(row["school"], School))
        return [known[row["_id"]][1] for row in rows if row["_id"] in known]

    async def measure(self) -> None:
        """Set the gauge of known schools."""
        SCHOOLS.labels(self._service).set(await self._rows.estimated_document_count())

    async def apply(self, event: SchoolDefined, mark: AppliedSequence) -> School | None:
        """Take a newer description and return the one before it.

        Raises AlreadyApplied for one that is not newer.
        """
        sequence = str(mark.sequence)
        row: Document = {
            "school_id": event.school_id,
            "sequence": sequence,
            "school": msgspec.to_builtins(event.school, builtin_types=(datetime, bytes)),
        }
        try:
            before = await self._rows.find_one_and_update(
                {"_id": event.school_id, "sequence": {"$lt": sequence}}, {"$set": row}, upsert=True
            )
        except DuplicateKeyError:
            raise AlreadyApplied(event.school_id) from None
        self._known.pop(event.school_id, None)
        await self.measure()
        return msgspec.convert(before["school"], School) if before else None
