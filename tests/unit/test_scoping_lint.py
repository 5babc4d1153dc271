"""The lint that keeps stores in one school is itself seen to bite."""

from pathlib import Path

import pytest

from lint.scoping import findings

STORE = Path("services/intake/sebaya_intake/store.py")


@pytest.mark.parametrize(
    "source",
    [
        "from pymongo import AsyncMongoClient",
        "import motor.motor_asyncio",
        "from aiokafka import AIOKafkaProducer",
        "store = SchoolStore(database, writer, 's1')",
        "rows = runtime.database['cases'].find({})",
        "await self.runtime.client.admin.command('x')",
        "store = tenant_store.SchoolStore(collections, writer, 's1')",
        "store = DistrictStore(runtime.batched, writer)",
        "counts = DistrictCounts(runtime.database)",
        "documents = Documents(kind, 's1', collection, writer)",
        "rows = TenantCollection(collected, 's1', None)",
        "rows = runtime.batched.collection('cases').driver.find({})",
        "await store.alerts._collection.driver.find({}).to_list()",
        "await self._collection.find({}).to_list()",
        "store.alerts._school_id = 's2'",
        "await getattr(store.alerts, '_collection').find({}).to_list()",
        "collection = operator.attrgetter('alerts._collection')(store)",
        "session = store.school._session",
        "await rows.aggregate([{'$match': {}}, {'$lookup': {'from': 'cases'}}])",
        "stage = '$unionWith'",
        "await rows.update({'_id': 1}, {'$set': {'school_id': 's2'}})",
        "await rows.update({'_id': 1}, {'$rename': {'other': 'school_id'}})",
        "await rows.update_many({}, [{'$unset': ['school_id']}])",
    ],
)
def test_a_way_around_the_school_is_found(source: str) -> None:
    assert list(findings(STORE, f"async def f():\n    {source}\n"))


@pytest.mark.parametrize(
    "source",
    [
        "from pymongo import IndexModel",
        "from pymongo.errors import DuplicateKeyError",
        "store = runtime.store('s1')",
        "await store.documents(CASES).load('c1')",
        "await rows.update({'_id': 1}, {'$set': {'n': 1}})",
        "key = {'school_id': 's1'}",
        "self._cases = store.documents(CASES)",
        "await self._cases.load('c1')",
        "name = CASES.collection",
        "name = getattr(event, topic.key)",
        "label = case.__class__.__name__",
    ],
)
def test_the_way_through_the_school_passes(source: str) -> None:
    assert not list(findings(STORE, f"async def f():\n    {source}\n"))


def test_a_file_may_call_its_own_private_functions() -> None:
    own = "class S:\n    def _with_slot(self): ...\n\ndef f(tx):\n    return S(tx)._with_slot()\n"
    assert not list(findings(STORE, own))
    assert list(findings(STORE, "def f(tx):\n    return S(tx)._with_slot()\n"))


def test_the_composition_root_may_hold_what_it_wires() -> None:
    wiring = "def f():\n    return runtime.database\n"
    assert not list(findings(STORE.with_name("main.py"), wiring))
    assert list(findings(STORE, wiring))
