"""The collections of a service's database, each made once: making one costs as much as encoding a document."""

from dataclasses import dataclass, field
from typing import NamedTuple

from pymongo.asynchronous.collection import AsyncCollection

from sebaya_chassis.births import Births
from sebaya_chassis.database import Database, Document
from sebaya_chassis.inserts import Inserts
from sebaya_chassis.reads import Reads


class Collected(NamedTuple):
    """A collection, and the one way for first writes into it and for questions by id."""

    collection: AsyncCollection[Document]
    inserts: Inserts
    reads: Reads


@dataclass(slots=True)
class Collections:
    """Of one process."""

    database: Database
    births: Births = field(init=False)
    _made: dict[str, Collected] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.births = Births(self.database)

    def of(self, name: str) -> Collected:
        """Names come from the code, never from a request."""
        found = self._made.get(name)
        if found is None:
            collection = self.database[name]
            found = self._made[name] = Collected(collection, Inserts(collection), Reads(collection))
        return found
