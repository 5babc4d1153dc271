"""One document decided by many at once: nothing is lost, nothing is done twice, and no school
reaches another's.
"""

import asyncio
import gc
import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from pymongo.asynchronous.collection import AsyncCollection

from sample_service import COUNTED, Counted, asked, sender
from sebaya_chassis.base.problems import NotFound, Problem
from sebaya_chassis.service.runtime import Runtime
from sebaya_chassis.service.timers import Timer, Timers
from sebaya_chassis.storage.bulk_documents import DocumentWrite, load_many, write_many
from sebaya_chassis.storage.documents import AlreadyExists, Conflict, Documents, OfAnotherSchool
from sebaya_chassis.storage.layout import AlreadyApplied, AppliedSequence, LoadedDocument
from sebaya_chassis.storage.tenant_store import SchoolStore
from sebaya_chassis.storage.writer import Writer
from sebaya_contracts.envelope import Sequence
from servers import Servers

SOURCE = "intake_cases_v1/c1"
CAP = 7


class Full(Problem):
    """All places are taken."""


def one_more(counted: Counted, _now: datetime) -> tuple[Counted, tuple[()]]:
    return replace(counted, times=counted.times + 1), ()


def one_more_until_full(counted: Counted, now: datetime) -> tuple[Counted, tuple[()]]:
    if counted.times >= CAP:
        raise Full
    return one_more(counted, now)


def mark(number: int, epoch: int = 1) -> AppliedSequence:
    return AppliedSequence(SOURCE, Sequence(epoch, number))


@pytest.fixture
def counted(runtime: Runtime) -> Documents[Counted]:
    return runtime.store("s1").documents(COUNTED)


async def test_of_sixty_at_once_exactly_the_cap_wins(counted: Documents[Counted]) -> None:
    await counted.create(Counted("c1"))
    ends = await asyncio.gather(
        *(counted.update("c1", one_more_until_full) for _ in range(60)), return_exceptions=True
    )
    won = [end for end in ends if isinstance(end, LoadedDocument)]
    assert len(won) == CAP
    assert sum(isinstance(end, Full) for end in ends) == 60 - CAP
    assert sorted(end.state.times for end in won) == list(range(1, CAP + 1))
    assert (await counted.load("c1")).state.times == CAP


async def test_a_first_write_that_came_second_leaves_nothing_for_the_cycle_collector(
    counted: Documents[Counted],
) -> None:
    """The driver's error and its frames hold one another."""
    await counted.create(Counted("c1"))
    gc.collect()
    gc.disable()
    try:
        for _ in range(20):
            await counted.upsert("c1", lambda _now: Counted("c1"), one_more, expect_new=True)
        garbage = gc.collect()
    finally:
        gc.enable()
    assert (await counted.load("c1")).state.times == 20
    assert garbage < 20 * 20


async def test_what_is_there_is_not_created_again(
    runtime: Runtime, counted: Documents[Counted]
) -> None:
    await counted.create(Counted("c1", 1))
    with pytest.raises(AlreadyExists) as ours:
        await counted.create(Counted("c1", 2))
    with pytest.raises(OfAnotherSchool):
        await runtime.store("s2").documents(COUNTED).create(Counted("c1", 3))
    with pytest.raises(OfAnotherSchool):
        await (
            runtime.store("s2")
            .documents(COUNTED)
            .upsert("c1", lambda _now: Counted("c1"), one_more, expect_new=True)
        )
    assert not isinstance(ours.value, OfAnotherSchool)
    assert (await counted.load("c1")).state.times == 1


async def test_a_plain_record_that_is_there_is_not_created_again(runtime: Runtime) -> None:
    notes = runtime.store("s1").collection("notes")
    await notes.create({"_id": "n1", "text": "first"})
    with pytest.raises(AlreadyExists):
        await notes.create({"_id": "n1", "text": "second"})
    assert await notes.upsert({"_id": "n1"}, {"$set": {"text": "third"}}) == {
        "_id": "n1",
        "school_id": "s1",
        "text": "third",
    }


async def test_many_documents_are_inserted_by_one_command_or_none_of_them(
    counted: Documents[Counted],
) -> None:
    await counted.create_many([])
    await counted.create_many([Counted(f"c{number}") for number in range(5)])
    assert await counted.count({}) == 5
    with pytest.raises(AlreadyExists):
        await counted.create_many([Counted("c1")])


async def test_sixty_at_once_that_may_all_win_all_do(counted: Documents[Counted]) -> None:
    await counted.create(Counted("c1"))
    await asyncio.gather(*(counted.update("c1", one_more) for _ in range(60)))
    assert (await counted.load("c1")).state.times == 60


async def test_a_save_over_somebody_elses_decision_is_refused(counted: Documents[Counted]) -> None:
    await counted.create(Counted("c1"))
    before = await counted.load("c1")
    await counted.update("c1", one_more)
    with pytest.raises(Conflict):
        await counted.save("c1", before, Counted("c1", 99), [asked("c1")], mark(1))
    found = await counted.load("c1")
    assert (found.state.times, found.waiting, dict(found.marks)) == (1, 0, {})


@pytest.mark.parametrize("late", [(1, 4), (1, 5), (0, 900)])
async def test_an_event_at_or_below_the_mark_changes_nothing(
    counted: Documents[Counted], late: tuple[int, int]
) -> None:
    await counted.create(Counted("c1"), mark=mark(5))
    with pytest.raises(AlreadyApplied):
        await counted.update("c1", one_more, mark(late[1], epoch=late[0]))
    with pytest.raises(AlreadyApplied):
        await counted.upsert(
            "c1", lambda _now: Counted("c1"), one_more, mark(late[1], epoch=late[0])
        )
    found = await counted.load("c1")
    assert (found.state.times, found.version, found.marks[SOURCE]) == (0, 1, str(Sequence(1, 5)))


@pytest.mark.parametrize("newer", [(1, 6), (2, 1)])
async def test_a_newer_event_is_applied_with_its_mark(
    counted: Documents[Counted], newer: tuple[int, int]
) -> None:
    await counted.create(Counted("c1"), mark=mark(5))
    await counted.update("c1", one_more, mark(newer[1], epoch=newer[0]))
    found = await counted.load("c1")
    assert (found.state.times, found.marks[SOURCE]) == (1, str(Sequence(*newer)))


async def test_the_mark_moves_even_where_nothing_changes(counted: Documents[Counted]) -> None:
    await counted.create(Counted("c1"), mark=mark(5))
    await counted.update("c1", lambda c, _now: (c, ()), mark(6))
    assert (await counted.load("c1")).marks[SOURCE] == str(Sequence(1, 6))


async def test_marks_of_two_sources_stand_side_by_side(counted: Documents[Counted]) -> None:
    await counted.create(Counted("c1"), mark=mark(5))
    await counted.update(
        "c1", one_more, AppliedSequence("escalation_verdicts_v1/c1", Sequence(1, 1))
    )
    assert (await counted.load("c1")).state.times == 1


async def test_twenty_first_writers_are_all_applied(counted: Documents[Counted]) -> None:
    """An upsert's race surfaces as failure: who comes second neither fails nor overwrites."""
    await asyncio.gather(
        *(
            counted.upsert(
                "c1",
                lambda _now: Counted("c1"),
                one_more,
                AppliedSequence(f"t/{n}", Sequence(1, 1)),
            )
            for n in range(20)
        )
    )
    found = await counted.load("c1")
    assert (found.state.times, len(found.marks)) == (20, 20)


async def test_one_event_raced_by_twenty_is_applied_once(counted: Documents[Counted]) -> None:
    begin = (counted.upsert("c1", lambda _now: Counted("c1"), one_more, mark(1)) for _ in range(20))
    ends = await asyncio.gather(*begin, return_exceptions=True)
    assert sum(isinstance(end, LoadedDocument) for end in ends) == 1
    assert sum(isinstance(end, AlreadyApplied) for end in ends) == 19
    assert (await counted.load("c1")).state.times == 1


async def test_another_school_finds_nothing_and_changes_nothing(
    runtime: Runtime, counted: Documents[Counted]
) -> None:
    await counted.create(Counted("c1"), [asked("c1")])
    rows = runtime.store("s1").collection("notes")
    await rows.create({"_id": "n1", "text": "ours", "school_id": "s2"})
    theirs, their_rows = (
        runtime.store("s2").documents(COUNTED),
        runtime.store("s2").collection("notes"),
    )
    with pytest.raises(NotFound):
        await theirs.load("c1")
    with pytest.raises(NotFound):
        await theirs.update("c1", one_more)
    with pytest.raises(Conflict):
        await theirs.save("c1", await counted.load("c1"), Counted("c1", 9))
    assert await theirs.find({"$or": [{"school_id": "s1"}, {"_id": "c1"}]}) == []
    assert await theirs.count({"$or": [{"school_id": "s1"}, {"_id": "c1"}]}) == 0
    assert await their_rows.find_one({"_id": "n1", "school_id": "s1"}) is None
    assert await their_rows.find({"school_id": "s1"}) == []
    assert await their_rows.aggregate([{"$match": {"_id": "n1"}}]) == []
    assert await their_rows.count({"$or": [{"_id": "n1"}]}) == 0
    assert await their_rows.update({"_id": "n1"}, {"$set": {"text": "theirs"}}) == 0
    assert await their_rows.update_many({}, {"$set": {"text": "theirs"}}) == 0
    assert await their_rows.delete_many({"school_id": "s1"}) == 0
    assert (await counted.load("c1")).state == Counted("c1")
    assert await rows.find_one({"_id": "n1"}) == {"_id": "n1", "text": "ours", "school_id": "s1"}


async def test_events_after_a_raised_epoch_come_after_all_earlier_ones(
    servers: Servers, prefix: str, runtime: Runtime
) -> None:
    """A restore brings back an older number; the raised epoch keeps what follows from looking
    old.
    """
    counted = runtime.store("s1").documents(COUNTED)
    await counted.create(Counted("c1"), [asked("c1")] * 9)
    await runtime.database["counted"].update_one({"_id": "c1"}, {"$set": {"number": 2}})
    await runtime.database["meta"].update_one({"_id": "epoch"}, {"$inc": {"value": 1}})
    restarted = sender(servers, prefix)
    await restarted.prepare()
    await (
        restarted.store("s1")
        .documents(COUNTED)
        .update("c1", lambda c, _now: (c, [asked("c1"), asked("c1")]))
    )
    await restarted.client.close()
    document = await runtime.database["counted"].find_one({"_id": "c1"})
    assert document is not None
    sequences = [entry["sequence"] for entry in document["outbox"]]
    assert sequences == sorted(sequences)
    assert [str(Sequence.parse(sequence)) for sequence in sequences[-2:]] == [
        str(Sequence(2, 3)),
        str(Sequence(2, 4)),
    ]


def test_a_store_without_a_school_cannot_be_built(runtime: Runtime) -> None:
    with pytest.raises(ValueError, match="school"):
        runtime.store("")
    with pytest.raises(ValueError, match="school"):
        SchoolStore(runtime.batched, Writer("intake", runtime.writer.clock), "")


@pytest.mark.parametrize(
    ("school_id", "refusal"),
    [
        ({"$ne": None}, TypeError),
        (["a"], TypeError),
        (None, TypeError),
        (b"a", TypeError),
        (re.compile("."), TypeError),
        ("*", ValueError),
        ("$ne", ValueError),
        ("a\n", ValueError),
        ("A", ValueError),
        ("a" * 64, ValueError),
    ],
)
def test_what_could_match_many_schools_or_none_is_no_school(
    runtime: Runtime, school_id: Any, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal, match="school"):
        runtime.store(school_id)


def test_a_store_stays_with_its_school(runtime: Runtime) -> None:
    store = runtime.store("s1")
    with pytest.raises(AttributeError):
        store.school_id = "s2"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        store.documents(COUNTED).layout.school_id = "s2"  # type: ignore[misc]


def test_documents_of_a_school_give_no_collection_away(runtime: Runtime) -> None:
    store = runtime.store("s1")
    for made in (store, store.documents(COUNTED), store.collection("counted")):
        public = {name: getattr(made, name) for name in dir(made) if not name.startswith("_")}
        assert not [name for name, value in public.items() if isinstance(value, AsyncCollection)]


async def test_the_district_store_reaches_no_school_and_no_school_reaches_it(
    runtime: Runtime,
) -> None:
    district, school = runtime.district_store().documents(COUNTED), runtime.store("s1")
    await district.create(Counted("d1"))
    await school.documents(COUNTED).create(Counted("c1"))
    assert [found.state.case_id for found in await district.find({})] == ["d1"]
    assert [found.state.case_id for found in await school.documents(COUNTED).find({})] == ["c1"]
    assert abs(runtime.district_store().now() - school.now()) < timedelta(seconds=1)


async def test_many_documents_are_loaded_each_through_its_own_school(runtime: Runtime) -> None:
    ours, theirs = (runtime.store(school).documents(COUNTED) for school in ("s1", "s2"))
    await ours.create(Counted("c1", 1))
    await theirs.create(Counted("c2", 2))
    found = await load_many([(ours, "c1"), (theirs, "c2"), (ours, "none")])
    assert {ref: loaded.state.times for ref, loaded in found.items()} == {
        ours.ref("c1"): 1,
        theirs.ref("c2"): 2,
    }
    # Both names and both schools are in the question, each with the other.
    assert await load_many([(ours, "c2"), (theirs, "c1")]) == {}


async def test_many_documents_are_written_each_in_its_own_school(runtime: Runtime) -> None:
    """And under the version that was loaded; what came too late is left, and the others written."""
    ours, theirs = (runtime.store(school).documents(COUNTED) for school in ("s1", "s2"))
    await ours.create(Counted("c1", 1))
    await theirs.create(Counted("c2", 2))
    before = (await load_many([(ours, "c1")]))[ours.ref("c1")]
    writes = [
        written(ours, "c1", before),
        written(theirs, "c1", before),
        written(ours, "c2", None),
        written(theirs, "c3", None),
    ]
    assert await write_many(writes) == [writes[0], writes[3]]
    assert [
        (found.state.case_id, found.state.times, found.version)
        for documents in (ours, theirs)
        for found in await documents.find({}, sort={"_id": 1})
    ] == [("c1", 99, 2), ("c2", 2, 1), ("c3", 99, 1)]


async def test_one_command_is_for_one_collection(runtime: Runtime) -> None:
    store = runtime.store("s1")
    other = store.documents(replace(COUNTED, collection="others"))
    with pytest.raises(ValueError, match="collection"):
        await load_many([(store.documents(COUNTED), "c1"), (other, "c1")])


def written(
    documents: Documents[Counted], identity: str, before: LoadedDocument[Counted] | None
) -> DocumentWrite:
    write = DocumentWrite(documents, identity, before, Counted(identity))
    write.add_decision(Counted(identity, 99), mark(9))
    return write


async def test_what_runs_all_the_time_never_reads_a_whole_collection(runtime: Runtime) -> None:
    """Of 2,000 documents 5 have something to publish and 3 are due: the scanners look at those
    alone. Told by the server's own profile.
    """
    counted = runtime.store("s1").documents(COUNTED)
    past = runtime.writer.clock.now() - timedelta(seconds=1)
    await runtime.database["counted"].insert_many(
        [
            {
                "_id": f"c{n}",
                "school_id": "s1",
                "version": 1,
                "number": 0,
                "state": {"case_id": f"c{n}", "times": 0, "due_at": None},
            }
            | {
                "outbox": [],
                "marks": {},
                "due_at": past if n < 3 else None,
                **({"outbox_since": past} if n < 5 else {}),
            }
            for n in range(2_000)
        ]
    )

    async def nothing(_school_id: str, _ids: object) -> None:
        return

    timer = Timer("counted", "toy", nothing)
    await runtime.database.command({"profile": 2})
    await runtime.writer.clock.read(runtime.database)
    await runtime._relay.sweep.run_once()
    assert (
        await Timers(runtime.database, runtime.writer, [timer], runtime.settings).fire(timer) == 3
    )
    await counted.load("c1000")
    await counted.update("c1000", one_more)
    await runtime.database.command({"profile": 0})
    profile = runtime.database["system.profile"].find({"ns": f"{runtime.database.name}.counted"})
    seen = [row async for row in profile if "planSummary" in row]
    assert {row["op"] for row in seen} >= {"query", "update", "command"}
    assert [row["command"] for row in seen if "COLLSCAN" in row["planSummary"]] == []
    assert max(row["docsExamined"] for row in seen) <= 5
