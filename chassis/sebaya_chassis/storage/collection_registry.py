"""The collections of a service's database, each made once: making one costs as much as encoding a
document.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from pymongo.asynchronous.collection import AsyncCollection

from sebaya_chassis.storage.batching.batched_inserts import BatchedInserts
from sebaya_chassis.storage.batching.data_loader import DataLoader
from sebaya_chassis.storage.batching.transaction_batcher import TransactionBatcher
from sebaya_chassis.storage.database import Database, Document


class CollectionAccess(NamedTuple):
    """A collection, and the one way for first writes into it and for questions by id."""

    collection: AsyncCollection[Document]
    inserts: BatchedInserts
    reads: DataLoader


@dataclass(slots=True)
class CollectionRegistry:
    """Of one process."""

    database: Database
    births: TransactionBatcher = field(init=False)
    _made: dict[str, CollectionAccess] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.births = TransactionBatcher(self.database)

    def of(self, name: str) -> CollectionAccess:
        """Names come from the code, never from a request."""
        found = self._made.get(name)
        if found is None:
            collection = self.database[name]
            found = self._made[name] = CollectionAccess(
                collection, BatchedInserts(collection), DataLoader(collection)
            )
        return found
