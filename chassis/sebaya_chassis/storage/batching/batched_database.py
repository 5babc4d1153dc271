"""The one door to commands that share their way to the store (decision 18).

What is here for speed alone stays behind it. A reader may take `insert_one`, `find_by_id` and
`insert_together` for what their names say: each caller gets its own answer, as from a command of
its own.
"""

from collections.abc import Sequence

from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection

from sebaya_chassis.storage.batching.batched_inserts import BatchedInserts
from sebaya_chassis.storage.batching.data_loader import DataLoader, RecordRef
from sebaya_chassis.storage.batching.transaction_batcher import TransactionBatcher
from sebaya_chassis.storage.database import Database, Document
from sebaya_chassis.storage.layout import LateDocuments, NewDocument


class BatchedCollection:
    """A collection, `driver`, and the commands on it that are batched."""

    def __init__(self, driver: AsyncCollection[Document]) -> None:
        self.driver = driver
        self._inserts = BatchedInserts(driver)
        self._loader = DataLoader(driver)

    async def insert_one(
        self, document: Document, session: AsyncClientSession | None = None
    ) -> None:
        """Insert a document; in a transaction by a command of its own. Raises as the driver."""
        if session is None:
            await self._inserts.insert(document)
        else:
            await self.driver.insert_one(document, session=session)

    async def find_by_id(
        self, school_id: str, identity: str, session: AsyncClientSession | None = None
    ) -> Document | None:
        """Find a school's record; in a transaction by a query of its own. Raises as the driver."""
        if session is None:
            return await self._loader.load(RecordRef(school_id, identity))
        condition = {"_id": identity, "school_id": school_id}
        return await self.driver.find_one(condition, session=session)


class BatchedDatabase:
    """A service's database in one process."""

    def __init__(self, driver: Database) -> None:
        self.driver = driver
        self._transactions = TransactionBatcher(driver)
        # Each made once: making one costs as much as encoding a document.
        self._collections: dict[str, BatchedCollection] = {}

    def collection(self, name: str) -> BatchedCollection:
        """Return a collection. Names come from the code, never from a request."""
        found = self._collections.get(name)
        if found is None:
            found = self._collections[name] = BatchedCollection(self.driver[name])
        return found

    async def insert_together(
        self, first: Sequence[NewDocument], late: LateDocuments | None = None
    ) -> Sequence[NewDocument]:
        """Insert a set of documents, all or none, and return all of it.

        `late` finds out what else belongs to it while `first` are being written. Raises
        DuplicateKeyError where one is there already, and what `late` raises.
        """
        return await self._transactions.insert(first, late)
