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
        "documents = Documents(kind, 's1', collection, writer)",
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
    ],
)
def test_the_way_through_the_school_passes(source: str) -> None:
    assert not list(findings(STORE, f"async def f():\n    {source}\n"))


def test_the_composition_root_may_hold_what_it_wires() -> None:
    wiring = "def f():\n    return runtime.database\n"
    assert not list(findings(STORE.with_name("main.py"), wiring))
    assert list(findings(STORE, wiring))
