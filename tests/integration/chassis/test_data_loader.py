"""Records by their id: who asks side by side shares a question, and keeps to its school."""

import asyncio

from sebaya_chassis.service.runtime import Runtime
from sebaya_chassis.storage.tenant_store import SchoolStore
from store_commands import commands

MANY = 20


async def test_who_asks_side_by_side_shares_a_question(runtime: Runtime) -> None:
    stores = [runtime.store(f"s{number}") for number in range(MANY)]
    for store in stores:
        await store.collection("notes").create({"_id": store.school_id, "says": store.school_id})
    with commands(runtime.database) as sent:
        found = await asyncio.gather(
            *(store.collection("notes").get(store.school_id) for store in stores)
        )
    assert sent == ["find notes"]
    assert [row["says"] for row in found if row] == [store.school_id for store in stores]


async def test_what_is_changed_before_the_question_is_in_its_answer(runtime: Runtime) -> None:
    """A rota that was changed a second ago counts: nothing is remembered from one question to the
    next.
    """
    notes = runtime.store("s1").collection("notes")
    await notes.create({"_id": "n", "says": "old"})
    assert (await notes.get("n") or {})["says"] == "old"
    await notes.update({"_id": "n"}, {"$set": {"says": "new"}})
    assert (await notes.get("n") or {})["says"] == "new"


async def test_a_shared_question_keeps_each_to_its_school(runtime: Runtime) -> None:
    """Of two schools that ask side by side each finds its own, and neither what is the other's."""
    first, second = runtime.store("s1").collection("notes"), runtime.store("s2").collection("notes")
    await first.create({"_id": "a"})
    await second.create({"_id": "b"})
    asked = (
        first.get("a"),
        first.get("b"),
        second.get("a"),
        second.get("b"),
        first.get("c"),
    )
    assert [row and row["_id"] for row in await asyncio.gather(*asked)] == [
        "a",
        None,
        None,
        "b",
        None,
    ]


async def test_in_a_transaction_it_sees_what_the_transaction_wrote(runtime: Runtime) -> None:
    async def work(tx: SchoolStore) -> bool:
        await tx.collection("notes").create({"_id": "within"})
        return await tx.collection("notes").get("within") is not None

    await runtime.database.create_collection("notes")
    assert await runtime.store("s1").transaction(work)
