"""A batch is a load and a write a group of documents; what fails, or is overtaken by somebody,
concerns its own document alone.
"""

from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from pymongo import AsyncMongoClient
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import AutoReconnect, OperationFailure
from pymongo.monitoring import CommandListener, CommandStartedEvent

from conformance.evaluation import SCHOOL, Numbering, after, compose, opened
from conformance.harness import Sourced, deliver, deliver_together, delivery_of
from sebaya_chassis.consuming import bulk_apply
from sebaya_chassis.consuming.bulk_apply import GROUP_RECORDS
from sebaya_chassis.consuming.outcome import Outcome
from sebaya_chassis.service import runtime as composing
from sebaya_chassis.service.runtime import Runtime
from sebaya_chassis.storage import schools as schools_in_memory
from sebaya_chassis.storage.schools import Schools
from sebaya_contracts.district import School, SchoolDefined
from sebaya_contracts.intake import CaseWithdrawn
from sebaya_contracts.matching import MatchOffered
from sebaya_contracts.topics import CASES, MATCHES, SCHOOLS
from sebaya_evaluation.collections import FACTS
from sebaya_evaluation.domain import facts
from servers import Servers
from support import environment


class Commands(CommandListener):
    """Counts what is asked of the store."""

    def __init__(self) -> None:
        self.names: Counter[str] = Counter()

    def started(self, event: CommandStartedEvent) -> None:
        self.names[event.command_name] += 1

    def succeeded(self, event: Any) -> None: ...

    def failed(self, event: Any) -> None: ...


COMMANDS = Commands()


@pytest.fixture
async def runtime(
    servers: Servers, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Runtime]:
    def listened(uri: str) -> AsyncMongoClient[dict[str, Any]]:
        return AsyncMongoClient(uri, tz_aware=True, event_listeners=[COMMANDS])

    monkeypatch.setattr(composing, "connect", listened)
    made = compose(environment(servers, prefix))
    await made.prepare()
    yield made
    await made.producer.stop()
    await made.client.close()


def schools(count: int) -> list[Sourced]:
    numbers = Numbering()
    for at in range(count):
        school = msgspec.structs.replace(SCHOOL, school_id=f"s{at}")
        numbers.add(
            SCHOOLS, school.school_id, SchoolDefined(school_id=school.school_id, school=school)
        )
    return numbers.events


def openings(cases: int, schools: int = 1) -> list[Sourced]:
    numbers = Numbering()
    for at in range(cases):
        numbers.add(CASES, f"c{at}", opened(f"s{at % schools}", f"c{at}", float(at)))
    return numbers.events


def withdrawal(case_id: str, number: int = 2) -> Sourced:
    return Sourced(
        CASES,
        case_id,
        number,
        CaseWithdrawn(school_id="s0", case_id=case_id, withdrawn_at=after(50)),
    )


def offered(case_id: str) -> Sourced:
    event = MatchOffered(
        school_id="s0",
        case_id=case_id,
        match_id="m1",
        supporter_id="sari",
        offered_at=after(1),
        lapses_at=after(1441),
    )
    return Sourced(MATCHES, case_id, 1, event)


async def versions(runtime: Runtime) -> dict[str, int]:
    return {
        row["_id"]: row["version"]
        async for row in runtime.database[FACTS.collection].find({}, {"version": 1})
    }


@pytest.mark.parametrize("many", [1, 1000])
async def test_a_batch_is_one_load_and_one_write_a_group_however_many_schools(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    """The counts of one school and of a thousand are the same."""
    monkeypatch.setattr(schools_in_memory, "FRESH_SECONDS", 600.0)
    rows = [
        {
            "_id": f"s{at}",
            "school_id": f"s{at}",
            "sequence": "1",
            "school": msgspec.to_builtins(SCHOOL),
        }
        for at in range(many)
    ]
    await runtime.database["schools"].insert_many(rows)
    COMMANDS.names.clear()
    outcomes = await deliver_together(runtime, openings(1000, many), size=1000)
    assert set(outcomes) == {Outcome.APPLIED}
    groups = 1000 // GROUP_RECORDS
    assert COMMANDS.names == {"find": 1, "aggregate": groups, "insert": groups}
    COMMANDS.names.clear()
    again = [
        Sourced(
            CASES,
            f"c{at}",
            2,
            CaseWithdrawn(school_id=f"s{at % many}", case_id=f"c{at}", withdrawn_at=after(9)),
        )
        for at in range(1000)
    ]
    assert set(await deliver_together(runtime, again, size=1000)) == {Outcome.APPLIED}
    assert COMMANDS.names == {"aggregate": groups, "update": groups}
    assert set((await versions(runtime)).values()) == {2}


async def test_several_events_of_one_fact_count_one_by_one(runtime: Runtime) -> None:
    await deliver(runtime, schools(1))
    events = [*openings(2), withdrawal("c0"), withdrawal("c0")]
    assert await deliver_together(runtime, events, size=9) == [Outcome.APPLIED] * 3 + [
        Outcome.IGNORED
    ]
    assert await versions(runtime) == {"c0": 2, "c1": 1}


@pytest.mark.parametrize("known", [True, False], ids=["update", "insertion"])
async def test_who_was_overtaken_decides_again_alone(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    """Another process writes one of the documents between the load and the write: its effect, a
    different one, and ours are both there.
    """
    await deliver(runtime, schools(1))
    if known:
        await deliver(runtime, openings(3))
    original = AsyncCollection.bulk_write

    async def overtaken(self: AsyncCollection[Any], *args: Any, **kwargs: Any) -> Any:
        monkeypatch.setattr(AsyncCollection, "bulk_write", original)
        await deliver(runtime, [offered("c1")])
        return await original(self, *args, **kwargs)

    monkeypatch.setattr(AsyncCollection, "bulk_write", overtaken)
    ours = [withdrawal(f"c{at}") for at in range(3)] if known else openings(3)
    assert await deliver_together(runtime, ours, size=9) == [Outcome.APPLIED] * 3
    before = 1 if known else 0
    assert await versions(runtime) == {"c0": before + 1, "c1": before + 2, "c2": before + 1}
    row = await runtime.database[FACTS.collection].find_one({"_id": "c1"})
    assert row is not None
    assert [match["match_id"] for match in row["state"]["matches"]] == ["m1"]
    assert row["state"]["withdrawn_at" if known else "topic"] is not None


async def test_a_rule_that_fails_leaves_its_own_document_alone(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What fails goes the way of every failing record, with what stands behind it; all others are
    stored.
    """
    await deliver(runtime, schools(1))
    original = facts.apply_change

    def failing(fact: Any, change: Any, zone: str, now: Any) -> Any:
        if fact.fact_id == "c1":
            raise ValueError("a fault of this record")
        return original(fact, change, zone, now)

    monkeypatch.setattr(facts, "apply_change", failing)
    assert runtime.bulk_applier is not None
    records = openings(3)
    queues = [[delivery_of(sourced, at)] for at, sourced in enumerate(records)]
    settled = await runtime.bulk_applier.apply(queues)
    assert {delivery.record.offset for delivery, _ in settled} == {0, 2}
    assert await versions(runtime) == {"c0": 1, "c2": 1}


async def test_a_group_whose_write_fails_leaves_the_others_written(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    await deliver(runtime, schools(1))
    monkeypatch.setattr(bulk_apply, "GROUP_RECORDS", 1)
    original = AsyncCollection.bulk_write

    async def refused_once(self: AsyncCollection[Any], *args: Any, **kwargs: Any) -> Any:
        monkeypatch.setattr(AsyncCollection, "bulk_write", original)
        raise OperationFailure("a fault of this moment", 8)

    monkeypatch.setattr(AsyncCollection, "bulk_write", refused_once)
    assert runtime.bulk_applier is not None
    queues = [[delivery_of(sourced, at)] for at, sourced in enumerate(openings(3))]
    assert len(await runtime.bulk_applier.apply(queues)) == 2
    assert sorted((await versions(runtime)).values()) == [1, 1]


async def test_what_stands_behind_a_record_that_failed_waits_for_it(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Written without it, the later record's mark would make the earlier one look stale when its
    turn comes, and it would be lost.
    """
    await deliver(runtime, schools(1))
    original, fails = facts.apply_change, iter([True])

    def failing_once(fact: Any, change: Any, zone: str, now: Any) -> Any:
        if fact.fact_id == "c1" and next(fails, False):
            raise ValueError("a fault of this moment")
        return original(fact, change, zone, now)

    monkeypatch.setattr(facts, "apply_change", failing_once)
    assert (
        await deliver_together(runtime, [*openings(2), withdrawal("c1")], size=9)
        == [Outcome.APPLIED] * 3
    )
    row = await runtime.database[FACTS.collection].find_one({"_id": "c1"})
    assert row is not None
    assert (
        row["version"],
        row["state"]["topic"] is None,
        row["state"]["withdrawn_at"] is None,
    ) == (2, False, False)


async def test_of_an_unknown_school_nothing_is_settled_together(runtime: Runtime) -> None:
    await deliver(runtime, schools(1))
    assert runtime.bulk_applier is not None
    queues = [[delivery_of(sourced, at)] for at, sourced in enumerate(openings(4, schools=2))]
    settled = await runtime.bulk_applier.apply(queues)
    assert {delivery.record.offset for delivery, _ in settled} == {0, 2}


async def test_a_store_that_goes_away_while_a_batch_is_planned_is_asked_no_more(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each question would wait for its ten seconds: a batch of hundreds would stand still for an
    hour, and be ended as stuck.
    """
    await deliver(runtime, schools(1))
    asked = 0

    async def away(_self: Schools, _school_id: str) -> School:
        nonlocal asked
        asked += 1
        raise AutoReconnect("the connection ended")

    assert runtime.bulk_applier is not None
    monkeypatch.setattr(Schools, "require", away)
    queues = [[delivery_of(sourced, at)] for at, sourced in enumerate(openings(4))]
    assert (await runtime.bulk_applier.apply(queues), asked) == ([], 1)


async def test_a_fact_of_another_school_is_neither_read_nor_written(runtime: Runtime) -> None:
    """The same id in two schools: the second finds nothing, and may not write."""
    await deliver(runtime, schools(2))
    await deliver(runtime, openings(1))
    assert runtime.bulk_applier is not None
    stranger = Sourced(
        CASES, "c0", 9, CaseWithdrawn(school_id="s1", case_id="c0", withdrawn_at=after(9))
    )
    assert await runtime.bulk_applier.apply(
        [[delivery_of(stranger)], [delivery_of(withdrawal("c0"), 1)]]
    )
    row = await runtime.database[FACTS.collection].find_one({"_id": "c0"})
    assert row is not None
    assert (row["school_id"], row["version"]) == ("s0", 2)


@pytest.mark.parametrize("reached", [False, True])
async def test_a_write_without_an_answer_is_neither_lost_nor_doubled(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, reached: bool
) -> None:
    await deliver(runtime, schools(1))
    original = AsyncCollection.bulk_write

    async def cut(self: AsyncCollection[Any], *args: Any, **kwargs: Any) -> Any:
        if reached:
            await original(self, *args, **kwargs)
        raise AutoReconnect("the connection ended")

    monkeypatch.setattr(AsyncCollection, "bulk_write", cut)
    outcomes = await deliver_together(runtime, openings(5), size=9)
    assert set(outcomes) == {Outcome.IGNORED if reached else Outcome.APPLIED}
    assert await versions(runtime) == {f"c{at}": 1 for at in range(5)}
