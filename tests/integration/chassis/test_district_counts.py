"""Counts over all schools: right, by one query, and nothing but counts; and the list of schools,
which is read again only where it changed.
"""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from sample_service import COUNTED, SCHOOL, Counted
from sebaya_chassis.base.problems import UnknownSchool
from sebaya_chassis.service.runtime import Runtime
from sebaya_chassis.storage.layout import AppliedSequence
from sebaya_chassis.storage.schools import Schools
from sebaya_chassis.storage.tenant_guard import CrossesSchools
from sebaya_contracts.district import School, SchoolDefined
from sebaya_contracts.envelope import Sequence
from store_commands import commands, examined

NAME = COUNTED.collection
MANY = 30


@pytest.fixture
async def counted(runtime: Runtime) -> Runtime:
    """In each of many schools one that was counted twice and one, due, that never was."""
    now = runtime.writer.clock.now()
    for number in range(MANY):
        documents = runtime.store(f"s{number}").documents(COUNTED)
        await documents.create(Counted(f"a{number}", times=2))
        await documents.create(Counted(f"b{number}", due_at=now + timedelta(minutes=number)))
    return runtime


async def test_a_group_is_a_row_by_one_query_however_many_schools(counted: Runtime) -> None:
    with commands(counted.database) as sent:
        rows = await counted.counts.group(
            NAME,
            {"state.times": {"$gt": 0}},
            ("school_id",),
            {"many": {"$sum": 1}, "most": {"$max": "$state.times"}},
        )
    assert sent == [f"aggregate {NAME}"]
    assert sorted(rows, key=str) == sorted(
        ({"school_id": f"s{number}", "many": 1, "most": 2} for number in range(MANY)), key=str
    )


async def test_a_count_and_the_earliest_time(counted: Runtime) -> None:
    first = await counted.store("s0").documents(COUNTED).load("b0")
    assert await counted.counts.count(NAME, {"state.times": 2}) == MANY
    assert await counted.counts.count(NAME, {"state.times": 3}) == 0
    async with examined(counted.database) as seen:
        assert await counted.counts.earliest(NAME, "due_at") == first.state.due_at
        assert await counted.counts.earliest(NAME, "outbox_since") is None
    assert seen.whole_collections == []
    assert seen.keys <= 2


@pytest.mark.parametrize(
    "value",
    [
        {"$push": "$state"},
        {"$first": "$$ROOT"},
        {"$addToSet": "$_id"},
        {"$sum": 1, "$push": "$state"},
    ],
)
async def test_what_collects_documents_is_refused(counted: Runtime, value: dict[str, Any]) -> None:
    with pytest.raises(CrossesSchools):
        await counted.counts.group(NAME, {}, (), {"shown": value})


@pytest.mark.parametrize("shown", ["$state", "$$ROOT", "$state.case_id", "$outbox"])
async def test_a_document_or_a_text_does_not_come_out_as_a_value(
    counted: Runtime, shown: str
) -> None:
    with pytest.raises(CrossesSchools):
        await counted.counts.group(NAME, {}, (), {"shown": {"$max": shown}})


async def test_a_text_does_not_come_out_as_a_key(counted: Runtime) -> None:
    await counted.store("s1").documents(COUNTED).create(Counted("I feel so alone"))
    with pytest.raises(CrossesSchools):
        await counted.counts.group(NAME, {}, ("state.case_id",), {"many": {"$sum": 1}})
    with pytest.raises(CrossesSchools):
        await counted.counts.group(NAME, {}, ("state",), {"many": {"$sum": 1}})


async def test_another_collection_is_out_of_reach(counted: Runtime) -> None:
    joined = {"$expr": {"$lookup": {"from": "schools"}}}
    with pytest.raises(CrossesSchools):
        await counted.counts.count(NAME, joined)


async def _describe(runtime: Runtime, school_id: str, name: str, number: int) -> None:
    described = School(
        school_id=school_id,
        name=name,
        time_zone=SCHOOL.time_zone,
        country=SCHOOL.country,
        languages=SCHOOL.languages,
    )
    await runtime.schools.apply(
        SchoolDefined(school_id=school_id, school=described),
        AppliedSequence(f"district_schools_v1/{school_id}", Sequence(1, number)),
    )


async def test_the_list_of_schools_is_read_again_only_where_it_changed(runtime: Runtime) -> None:
    for number in range(150):
        await _describe(runtime, f"s{number:03}", "first", 1)
    before = await runtime.schools.all()
    assert [school.school_id for school in before] == [f"s{number:03}" for number in range(150)]
    again = await runtime.schools.all()
    assert all(one is other for one, other in zip(before, again, strict=True))
    await _describe(runtime, "s007", "second", 2)
    await _describe(runtime, "s150", "new", 1)
    with commands(runtime.database) as sent:
        after = await runtime.schools.all()
    assert sent.count("find schools") == 2
    assert [school.name for school in after if school.name != "first"] == ["second", "new"]
    assert sum(one is other for one, other in zip(before, after, strict=False)) == 149


async def test_schools_in_use_are_compared_with_the_store_by_one_query(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process stores a change; this one sees it at its next look, whatever the number of
    schools that it knows.
    """
    schools = [f"s{number:03}" for number in range(150)]
    for school_id in [*schools, "gone"]:
        await _describe(runtime, school_id, "first", 1)
    other = Schools(runtime.database, "toy")
    await other.warm([*schools, "gone"])
    before = [await other.require(school_id) for school_id in schools]
    await _describe(runtime, "s007", "second", 2)
    await runtime.database["schools"].delete_one({"_id": "gone"})
    monkeypatch.setattr(other, "_compared_at", float("-inf"))
    with commands(runtime.database) as sent:
        after = [await other.require(school_id) for school_id in schools]
    assert sent == ["find schools", "find schools"], "all sequences, then the one that changed"
    assert [school.name for school in after if school.name != "first"] == ["second"]
    assert sum(one is same for one, same in zip(before, after, strict=True)) == 149
    with pytest.raises(UnknownSchool):
        await other.require("gone")


async def test_twenty_at_once_refresh_the_schools_once(runtime: Runtime) -> None:
    await _describe(runtime, "s1", "first", 1)
    other = Schools(runtime.database, "toy")
    await other.require("s1")
    other._compared_at = float("-inf")
    with commands(runtime.database) as sent:
        await asyncio.gather(*(other.require("s1") for _ in range(20)))
    assert sent == ["find schools"]
