"""The collections of a service's database, each made once: making one costs as much as encoding a document."""

from dataclasses import dataclass, field
from typing import NamedTuple

from pymongo.asynchronous.collection import AsyncCollection

from sebaya_chassis.database import Database, Document
from sebaya_chassis.inserts import Inserts


class Collected(NamedTuple):
    """A collection, and the one way for first writes into it."""

    collection: AsyncCollection[Document]
    inserts: Inserts


@dataclass(slots=True)
class Collections:
    """Of one process."""

    database: Database
    _made: dict[str, Collected] = field(default_factory=dict)

    def of(self, name: str) -> Collected:
        """Names come from the code, never from a request."""
        found = self._made.get(name)
        if found is None:
            collection = self.database[name]
            found = self._made[name] = Collected(collection, Inserts(collection))
        return found
