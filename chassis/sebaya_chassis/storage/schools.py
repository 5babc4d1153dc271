"""This service's own copy of the district's schools, kept from district.schools.v1."""

import time
from collections.abc import Iterable
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
CACHE_SECONDS = 3.0


class Schools:
    """The schools as every request and every record reads them: from memory, kept in the store."""

    def __init__(self, database: Database, service: str) -> None:
        self._rows = database[COLLECTION]
        self._service = service
        self._cache: dict[str, tuple[float, School]] = {}
        # By id, each with the sequence of its description.
        self._listed: dict[str, tuple[str, School]] = {}

    async def require(self, school_id: str) -> School:
        """Return a school. Raises UnknownSchool."""
        cached = self._cache.get(school_id)
        if cached and cached[0] > time.monotonic():
            return cached[1]
        row = await self._rows.find_one({"_id": school_id})
        if row is None:
            raise UnknownSchool
        return self._remembered(school_id, row)

    async def warm(self, school_ids: Iterable[str]) -> None:
        """Load by one query those that are not fresh in memory.

        A batch from a thousand schools costs no more queries than a batch from one.
        """
        now = time.monotonic()
        stale = [
            school_id
            for school_id in set(school_ids)
            if self._cache.get(school_id, (0.0, None))[0] <= now
        ]
        if stale:
            for row in await self._rows.find(
                {"_id": {"$in": stale}}, batch_size=len(stale) + 1
            ).to_list():
                self._remembered(row["_id"], row)

    def _remembered(self, school_id: str, row: Document) -> School:
        school = msgspec.convert(row["school"], School)
        self._cache[school_id] = (time.monotonic() + CACHE_SECONDS, school)
        return school

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
        self._cache.pop(event.school_id, None)
        await self.measure()
        return msgspec.convert(before["school"], School) if before else None
