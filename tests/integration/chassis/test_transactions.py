"""Two documents of one school change together or not at all."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import pytest
from pymongo import IndexModel
from pymongo.errors import AutoReconnect

from conformance.harness import Killed, killed_at_write
from sample_service import COUNTED, Counted, asked
from sebaya_chassis.base.problems import NotFound
from sebaya_chassis.service.runtime import Runtime
from sebaya_chassis.storage.documents import AlreadyExists, Conflict, OfAnotherSchool
from sebaya_chassis.storage.layout import AlreadyApplied, AppliedSequence
from sebaya_chassis.storage.tenant_store import SchoolStore
from sebaya_chassis.storage.writer import DocumentRef, Lease
from sebaya_contracts.envelope import Sequence
from sebaya_contracts.intake import AdultRequested
from servers import Servers
from store_commands import commands
from support import chassis_settings

Decision = tuple[Counted, list[AdultRequested]]


def take(counted: Counted, _now: datetime) -> Decision:
    return replace(counted, times=counted.times - 1), [asked(counted.case_id)]


def give(counted: Counted, _now: datetime) -> Decision:
    return replace(counted, times=counted.times + 1), [asked(counted.case_id)]


@dataclass
class Told:
    """What a relay would have heard; with its events and a lease it publishes without a claim."""

    handles: list[DocumentRef]
    at_once: list[str] = field(default_factory=list)

    def notify_relay(
        self, handle: DocumentRef, entries: list[dict[str, Any]], lease: Lease | None
    ) -> None:
        self.handles.append(handle)
        if entries and lease:
            self.at_once.append(handle.identity)


async def move(tx: SchoolStore) -> None:
    await tx.documents(COUNTED).update("a", take)
    await tx.documents(COUNTED).update("b", give)


async def two(runtime: Runtime) -> SchoolStore:
    store = runtime.store("s1")
    await store.documents(COUNTED).create(Counted("a", 100))
    await store.documents(COUNTED).create(Counted("b", 0))
    return store


async def seen(store: SchoolStore) -> list[tuple[int, int, int]]:
    loaded = [await store.documents(COUNTED).load(name) for name in ("a", "b")]
    return [(found.state.times, found.version, found.waiting) for found in loaded]


UNTOUCHED = [(100, 1, 0), (0, 1, 0)]


async def test_both_are_written_with_their_events(runtime: Runtime) -> None:
    store = await two(runtime)
    await store.transaction(move)
    assert await seen(store) == [(99, 2, 1), (1, 2, 1)]


@pytest.mark.parametrize("number", [1, 2, 3])
async def test_a_death_before_the_commit_leaves_neither(runtime: Runtime, number: int) -> None:
    """At the first write, at the second, and at the commit itself."""
    store = await two(runtime)
    with pytest.raises(Killed), killed_at_write(number, after=False):
        await store.transaction(move)
    assert await seen(store) == UNTOUCHED


@pytest.mark.parametrize("number", [1, 2])
async def test_a_death_after_a_write_leaves_neither(runtime: Runtime, number: int) -> None:
    store = await two(runtime)
    with pytest.raises(Killed), killed_at_write(number, after=True):
        await store.transaction(move)
    assert await seen(store) == UNTOUCHED


async def test_a_refusal_in_the_middle_leaves_neither_and_tells_the_relay_nothing(
    runtime: Runtime,
) -> None:
    store = await two(runtime)
    publisher = runtime.writer.publisher = Told([])

    async def refused(tx: SchoolStore) -> None:
        await move(tx)
        raise ValueError("the rule says no")

    with pytest.raises(ValueError, match="rule"):
        await store.transaction(refused)
    assert (await seen(store), publisher.handles) == (UNTOUCHED, [])
    await store.transaction(move)
    assert publisher.handles == [
        DocumentRef("counted", "s1", "a"),
        DocumentRef("counted", "s1", "b"),
    ]


async def test_documents_that_begin_together_are_all_there_and_published_at_once(
    runtime: Runtime,
) -> None:
    store = runtime.store("s1")
    publisher = runtime.writer.publisher = Told([])
    counted = store.documents(COUNTED)
    await store.create_together(
        [counted.prepare(Counted("a", 1), [asked("a")]), counted.prepare(Counted("b", 2))]
    )
    assert await seen(store) == [(1, 1, 1), (2, 1, 0)]
    # Of the second there is nothing to publish.
    assert (publisher.handles, publisher.at_once) == ([DocumentRef("counted", "s1", "a")], ["a"])


async def test_documents_of_which_one_is_there_do_not_begin_together(runtime: Runtime) -> None:
    store = await two(runtime)
    publisher = runtime.writer.publisher = Told([])
    counted = store.documents(COUNTED)
    with pytest.raises(AlreadyExists):
        await store.create_together(
            [
                counted.prepare(Counted("c"), [asked("c")]),
                counted.prepare(Counted("b"), [asked("b")]),
            ]
        )
    assert (await counted.count({}), await seen(store), publisher.handles) == (2, UNTOUCHED, [])


async def test_documents_of_two_schools_that_begin_side_by_side_stay_with_their_own(
    runtime: Runtime,
) -> None:
    """They share a transaction and nothing else."""
    stores = [runtime.store("s1"), runtime.store("s2")]
    with commands(runtime.database) as sent:
        await asyncio.gather(
            *(
                store.create_together([store.documents(COUNTED).prepare(Counted(store.school_id))])
                for store in stores
            )
        )
    assert sent == ["insert counted", "commitTransaction"]
    for store, other in zip(stores, reversed(stores), strict=True):
        assert (await store.documents(COUNTED).load(store.school_id)).version == 1
        with pytest.raises(NotFound):
            await store.documents(COUNTED).load(other.school_id)


async def test_what_another_school_has_is_not_taken_by_beginning_it_again(runtime: Runtime) -> None:
    store, other = runtime.store("s1"), runtime.store("s2")
    await other.documents(COUNTED).create(Counted("x", 7))
    with pytest.raises(AlreadyExists):
        await store.create_together([store.documents(COUNTED).prepare(Counted("x", 1))])
    assert (await other.documents(COUNTED).load("x")).state.times == 7


async def test_a_creation_that_comes_second_begins_the_work_again(runtime: Runtime) -> None:
    store, tries = runtime.store("s1"), 0

    async def create_or_give(tx: SchoolStore) -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            await store.documents(COUNTED).create(Counted("a", 5))
            await tx.documents(COUNTED).create(Counted("a", 1))
        await tx.documents(COUNTED).update("a", give)

    await store.transaction(create_or_give)
    assert (tries, (await store.documents(COUNTED).load("a")).state.times) == (2, 6)


async def test_what_is_another_schools_is_not_tried_again(runtime: Runtime) -> None:
    await runtime.store("s2").documents(COUNTED).create(Counted("a", 5))
    tries = 0

    async def create(tx: SchoolStore) -> None:
        nonlocal tries
        tries += 1
        await tx.documents(COUNTED).create(Counted("a", 1))

    with pytest.raises(OfAnotherSchool):
        await runtime.store("s1").transaction(create)
    assert tries == 1


async def test_twenty_at_once_all_get_their_turn(runtime: Runtime) -> None:
    """Write conflicts are tried again; nothing is lost and nothing doubled."""
    store = await two(runtime)
    await asyncio.gather(*(store.transaction(move) for _ in range(20)))
    assert await seen(store) == [(80, 21, 20), (20, 21, 20)]


async def test_against_single_decisions_nothing_is_lost(runtime: Runtime) -> None:
    store = await two(runtime)
    singles = (store.documents(COUNTED).update("b", give) for _ in range(20))
    await asyncio.gather(*(store.transaction(move) for _ in range(10)), *singles)
    assert await seen(store) == [(90, 11, 10), (30, 31, 30)]


async def test_first_writers_in_transactions_are_all_applied(runtime: Runtime) -> None:
    store = runtime.store("s1")

    async def begin(tx: SchoolStore) -> None:
        await tx.documents(COUNTED).upsert("a", lambda _now: Counted("a"), give)
        await tx.documents(COUNTED).upsert("b", lambda _now: Counted("b"), give)

    await asyncio.gather(*(store.transaction(begin) for _ in range(20)))
    assert await seen(store) == [(20, 20, 20), (20, 20, 20)]


async def test_a_stale_event_leaves_neither(runtime: Runtime) -> None:
    store = await two(runtime)
    old = AppliedSequence("t/c1", Sequence(1, 1))
    await store.documents(COUNTED).update("b", lambda c, _now: (c, ()), old)

    async def again(tx: SchoolStore) -> None:
        await tx.documents(COUNTED).update("a", take)
        await tx.documents(COUNTED).update("b", give, old)

    with pytest.raises(AlreadyApplied):
        await store.transaction(again)
    assert await seen(store) == [(100, 1, 0), (0, 2, 0)]


async def test_work_that_conflicts_once_is_done_again_from_the_start(runtime: Runtime) -> None:
    store, tries = await two(runtime), 0

    async def second_time(tx: SchoolStore) -> None:
        nonlocal tries
        tries += 1
        await move(tx)
        if tries == 1:
            raise Conflict("a")

    await store.transaction(second_time)
    assert (tries, await seen(store)) == (2, [(99, 2, 1), (1, 2, 1)])


async def test_work_that_conflicts_for_ever_ends_in_a_conflict(runtime: Runtime) -> None:
    store = await two(runtime)

    async def never(tx: SchoolStore) -> None:
        await tx.documents(COUNTED).update("a", take)
        raise Conflict("a")

    with pytest.raises(Conflict):
        await store.transaction(never)
    assert await seen(store) == UNTOUCHED


async def test_indexes_are_made_even_if_the_store_goes_away_in_between(
    servers: Servers, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without its unique index a service would hold two of what may exist once."""
    unique = IndexModel([("school_id", 1), ("state.times", 1)], unique=True, name="once")
    runtime = Runtime(
        "intake",
        chassis_settings(servers, prefix),
        [COUNTED],
        {"counted": [unique], "notes": [unique]},
    )
    collection = type(runtime.database["counted"])
    original, left = collection.create_indexes, 1

    async def away_once(self: object, *args: object) -> object:
        nonlocal left
        left -= 1
        if left == 0:
            raise AutoReconnect("the store is away")
        return await original(self, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(collection, "create_indexes", away_once)
    await runtime.prepare()
    for name in ("counted", "notes"):
        assert "once" in await runtime.database[name].index_information()
    assert {"outbox", "due"} <= set(await runtime.database["counted"].index_information())
    await runtime.client.close()
