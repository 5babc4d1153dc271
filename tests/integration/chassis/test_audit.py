"""The audit chain verifies as it is stored, cannot fork, and says what was damaged apart from what
is missing.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from conformance.harness import Killed, killed_at_write
from sample_service import COUNTED, Counted
from sebaya_chassis.service.runtime import Runtime
from sebaya_chassis.storage import audit
from sebaya_chassis.storage.audit import Head, Verdict, append, verify
from sebaya_chassis.storage.documents import Conflict
from sebaya_chassis.storage.tenant_store import SchoolStore, TenantCollection
from servers import Servers
from support import chassis_settings


@pytest.fixture
async def store(servers: Servers, prefix: str) -> AsyncIterator[SchoolStore]:
    runtime = Runtime(
        "escalation", chassis_settings(servers, prefix), [COUNTED, audit.HEADS], audit.INDEXES
    )
    await runtime.prepare()
    yield runtime.store("s1")
    await runtime.client.close()


async def entry(tx: SchoolStore, about: str = "c1") -> None:
    await append(tx, who="counsellor-1", what="read", about=about, why="she asked me to")


async def chain(store: SchoolStore, length: int) -> Head:
    """A chain of that many entries, and its head as the broker would know it."""
    for number in range(length):
        await store.transaction(lambda tx, n=number: entry(tx, f"c{n}"))  # type: ignore[misc]
    return await head_of(store)


async def head_of(store: SchoolStore) -> Head:
    return (await store.documents(audit.HEADS).load("audit-s1")).state


async def test_an_intact_chain_verifies_as_it_is_stored(store: SchoolStore) -> None:
    head = await chain(store, 5)
    assert await verify(store) == Verdict(5)
    assert await verify(store, head) == Verdict(5)
    assert await verify(
        store, Head("s1", 2, (await store.collection("audit").find({"number": 2}))[0]["digest"])
    ) == Verdict(5)


async def test_each_append_tells_the_broker_the_new_head(store: SchoolStore) -> None:
    head = await chain(store, 3)
    assert (head.number, (await store.documents(audit.HEADS).load("audit-s1")).waiting) == (3, 3)


async def test_an_empty_chain_is_intact_until_somebody_knows_of_entries(store: SchoolStore) -> None:
    assert await verify(store) == Verdict(0)
    assert (await verify(store, Head("s1", 3, "f" * 64))).fault == "entries 1 to 3 were cut off"


CHANGES: dict[str, dict[str, Any]] = {
    "who": {"who": "somebody-else"},
    "what": {"what": "looked past"},
    "about": {"about": "c9"},
    "why": {"why": ""},
    "digest": {"digest": "0" * 64},
    "previous": {"previous": "0" * 64},
}


@pytest.mark.parametrize("field", CHANGES)
async def test_a_changed_entry_is_named_as_changed(store: SchoolStore, field: str) -> None:
    await chain(store, 4)
    await store.collection("audit").update({"number": 3}, {"$set": CHANGES[field]})
    assert await verify(store) == Verdict(4, "entry 3 was changed after it was written")


async def test_a_changed_time_is_named_as_changed(store: SchoolStore) -> None:
    await chain(store, 2)
    await store.collection("audit").update({"number": 1}, [{"$set": {"at": {"$add": ["$at", 1]}}}])
    assert (await verify(store)).fault == "entry 1 was changed after it was written"


async def test_a_removed_entry_is_named_as_missing(store: SchoolStore) -> None:
    await chain(store, 4)
    await store.collection("audit").delete_many({"number": 3})
    assert (await verify(store)).fault == "entry 3 is missing"


async def test_a_cut_end_is_seen_by_the_stores_own_head(store: SchoolStore) -> None:
    await chain(store, 4)
    await store.collection("audit").delete_many({"number": {"$gt": 2}})
    assert (await verify(store)).fault == "entries 3 to 4 were cut off"


async def test_a_cut_end_with_a_forged_head_is_seen_by_the_anchor_outside(
    store: SchoolStore,
) -> None:
    anchor = await chain(store, 4)
    second = (await store.collection("audit").find({"number": 2}))[0]
    await store.collection("audit").delete_many({"number": {"$gt": 2}})
    await store.collection("audit_heads").update(
        {}, {"$set": {"state.number": 2, "state.digest": second["digest"]}}
    )
    assert await verify(store) == Verdict(2), "nothing in the store tells"
    assert (await verify(store, anchor)).fault == "entries 3 to 4 were cut off"


async def test_a_chain_written_anew_is_seen_by_the_anchor_outside(store: SchoolStore) -> None:
    anchor = await chain(store, 3)
    await store.collection("audit").delete_many({})
    await store.collection("audit_heads").delete_many({})
    await chain(store, 3)
    assert (await verify(store, anchor)).fault == "entry 3 is not the one that was anchored"


async def test_entries_slipped_in_past_the_head_are_seen(store: SchoolStore) -> None:
    """Anybody who can write to the store can compute a digest."""
    head = await chain(store, 2)
    second = (await store.collection("audit").find({"number": 2}))[0]
    forged = second | {"_id": "forged", "number": 3, "previous": head.digest}
    await store.collection("audit").create(forged | {"digest": audit.digest(forged, head.digest)})
    assert (await verify(store)).fault == "entries 3 to 3 were added past the head"


async def test_twenty_at_once_make_one_chain(store: SchoolStore) -> None:
    await asyncio.gather(
        *(store.transaction(lambda tx, n=number: entry(tx, f"c{n}")) for number in range(20))
    )  # type: ignore[misc]
    assert await verify(store, await head_of(store)) == Verdict(20)
    assert {row["about"] for row in await store.collection("audit").find({})} == {
        f"c{n}" for n in range(20)
    }


async def test_an_entry_has_one_successor_whatever_the_head_says(store: SchoolStore) -> None:
    """A head that was put back would otherwise let the chain fork."""
    await chain(store, 3)
    second = (await store.collection("audit").find({"number": 2}))[0]
    await store.collection("audit_heads").update(
        {}, {"$set": {"state.number": 2, "state.digest": second["digest"]}}
    )
    with pytest.raises(Conflict):
        await store.transaction(entry)
    assert await store.collection("audit").count({}) == 3


async def test_two_schools_have_two_chains(store: SchoolStore) -> None:
    other = SchoolStore(store._database, store.writer, "s2")
    await asyncio.gather(chain(store, 3), *(other.transaction(entry) for _ in range(2)))
    assert (await verify(store), await verify(other)) == (Verdict(3), Verdict(2))


async def test_what_fails_leaves_the_chain_as_it_was(store: SchoolStore) -> None:
    before = await chain(store, 2)

    async def refused(tx: SchoolStore) -> None:
        await entry(tx)
        raise ValueError("the rule says no")

    with pytest.raises(ValueError, match="rule"):
        await store.transaction(refused)
    for number in (1, 2, 3):
        with pytest.raises(Killed), killed_at_write(number, after=False):
            await store.transaction(entry)
    assert await verify(store, before) == Verdict(2)
    await store.transaction(entry)
    assert await verify(store, before) == Verdict(3)


async def test_an_entry_and_what_it_tells_of_are_one_write(store: SchoolStore) -> None:
    async def reading(tx: SchoolStore) -> None:
        await tx.documents(COUNTED).create(Counted("c1"))
        await entry(tx)

    with pytest.raises(Killed), killed_at_write(3, after=False):
        await store.transaction(reading)
    assert (await store.documents(COUNTED).count({}), await verify(store)) == (0, Verdict(0))
    await store.transaction(reading)
    assert (await store.documents(COUNTED).count({}), await verify(store)) == (1, Verdict(1))


async def test_an_append_during_a_verification_is_no_damage(
    store: SchoolStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await chain(store, 2)
    original = TenantCollection.find

    async def appending_before_and_after(
        self: TenantCollection, *args: Any, **kwargs: Any
    ) -> list[dict[str, Any]]:
        await store.transaction(entry)
        rows = await original(self, *args, **kwargs)
        await store.transaction(entry)
        return rows

    monkeypatch.setattr(TenantCollection, "find", appending_before_and_after)
    assert await verify(store) == Verdict(3)
