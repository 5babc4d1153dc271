"""The few documents of the district as a whole, such as what its reports have shown."""

from datetime import datetime
from typing import TypeVar

from sebaya_chassis.storage.batching.batched_database import BatchedDatabase
from sebaya_chassis.storage.documents import Documents
from sebaya_chassis.storage.layout import CollectionSpec
from sebaya_chassis.storage.writer import Writer

S = TypeVar("S")
# Stands where other documents name their school; `require_school_id` lets no school be named so.
OWNER = "*"


class DistrictStore:
    """Documents that belong to no school; those of schools are out of its reach."""

    def __init__(self, database: BatchedDatabase, writer: Writer) -> None:
        self._database = database
        self._writer = writer

    def documents(self, spec: CollectionSpec[S]) -> Documents[S]:
        """Return the district's documents of one collection."""
        collection = self._database.collection(spec.collection)
        return Documents(spec, OWNER, collection, self._writer)

    def now(self) -> datetime:
        """Return the store's time."""
        return self._writer.clock.now()
