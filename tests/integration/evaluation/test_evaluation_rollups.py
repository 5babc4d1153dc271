"""Facts become roll-ups: counted whole, once, whoever counts and whatever happens in between."""

import asyncio
from typing import Any

import pytest

from conformance import evaluation as scenario
from integration.evaluation.harness import Desk
from sebaya_chassis.base.problems import NotFound
from sebaya_chassis.storage.layout import AppliedSequence
from sebaya_chassis.storage.tenant_store import SchoolStore
from sebaya_contracts.envelope import Sequence
from sebaya_contracts.intake import CaseErased, CaseWithdrawn
from sebaya_contracts.words import Side
from sebaya_evaluation.domain import facts
from sebaya_evaluation.domain.feedback import create_response
from sebaya_evaluation.domain.periods import UNPLACED
from sebaya_evaluation.store import FACTS, RESPONSES, EvaluationStore
from support import eventually

OCTOBER = "2026-10"


def erasure(case_id: str, number: int = 2) -> tuple[CaseErased, AppliedSequence]:
    event = CaseErased(school_id="s1", case_id=case_id, erased_at=scenario.after(9000))
    return event, AppliedSequence.of("intake.cases.v1", case_id, Sequence(1, number))


async def erase(desk: Desk, case_id: str) -> None:
    event, mark = erasure(case_id)
    await desk.store().erase(case_id, facts.erase_case(event, "Asia/Jakarta"), mark)


async def test_the_write_of_a_fact_says_what_it_dirties_and_the_count_clears_it(desk: Desk) -> None:
    await desk.cases(4)
    assert await desk.store().dirty_periods() == {OCTOBER}
    assert await desk.store().oldest_dirty() is not None

    await desk.settle()

    assert await desk.store().dirty_periods() == set()
    assert await desk.store().oldest_dirty() is None
    found = (
        await desk.composed.runtime.store("s1").documents(FACTS).find({"due_at": {"$type": "date"}})
    )
    assert found == []
    total = await desk.total()
    assert [
        total.get_count(stage) for stage in ("asked", "offered", "matched", "met", "closed")
    ] == [4] * 5
    assert (total.waits["meet"].n, total.waits["meet"].total) == (4, 4 * 600)


async def test_a_fact_that_changes_while_it_is_counted_stays_dirty(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.cases(2, through=False)
    clear = EvaluationStore._clear

    async def late(self: EvaluationStore, period: str, seen: Any) -> None:
        monkeypatch.setattr(EvaluationStore, "_clear", clear)
        withdrawn = CaseWithdrawn(school_id="s1", case_id="s1-k0", withdrawn_at=scenario.after(300))
        await self.change(
            "s1-k0", facts.record_withdrawal(withdrawn), AppliedSequence("late", Sequence(1, 1))
        )
        await clear(self, period, seen)

    monkeypatch.setattr(EvaluationStore, "_clear", late)
    await desk.store().recompute(OCTOBER)

    dirty = await desk.composed.runtime.store("s1").documents(FACTS).find({"state.dirty": OCTOBER})
    assert [loaded.state.fact_id for loaded in dirty] == ["s1-k0"]
    await desk.settle()
    assert (await desk.total()).get_count("withdrawn") == 1


async def test_a_slow_count_does_not_overwrite_a_newer_one(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One worker has read the month and sleeps; more happens, another worker counts it; then the
    first goes on.
    """
    await desk.cases(2, through=False)
    recount = EvaluationStore._responses_to
    has_read, may_go_on = asyncio.Event(), asyncio.Event()

    async def slow(self: EvaluationStore, tx: SchoolStore, case_ids: Any) -> Any:
        if not has_read.is_set():
            has_read.set()
            await may_go_on.wait()
        return await recount(self, tx, case_ids)

    monkeypatch.setattr(EvaluationStore, "_responses_to", slow)
    first = asyncio.create_task(desk.store().recompute(OCTOBER))
    await has_read.wait()
    await desk.cases(3, through=False, name="later")
    await desk.store().recompute(OCTOBER)
    assert (await desk.total()).get_count("asked") == 5

    may_go_on.set()
    await first

    assert (await desk.total()).get_count("asked") == 5
    await desk.settle()
    assert (await desk.total()).get_count("asked") == 5


async def test_many_workers_at_once_end_with_the_right_numbers(desk: Desk) -> None:
    await desk.cases(6, through=False)

    await asyncio.gather(
        *(desk.store().recompute(OCTOBER) for _ in range(4)),
        desk.cases(6, name="more", through=False),
    )
    await desk.settle()

    assert (await desk.total()).get_count("asked") == 12
    assert await desk.store().dirty_periods() == set()


async def test_what_precedes_the_opening_is_counted_and_then_moves_to_its_month(desk: Desk) -> None:
    events = scenario.Numbering()
    scenario.matched(events, "s1", "s1-x", 10)
    await desk.deliver(events.events)
    await desk.settle()
    assert (await desk.store().tallies())[UNPLACED]["none"].get_count("matched") == 1

    opening = scenario.Numbering()
    opening.add(scenario.CASES, "s1-x", scenario.opened("s1", "s1-x", 5 * 24 * 60))
    await desk.deliver(opening.events)
    await desk.settle()

    tallies = await desk.store().tallies()
    assert tallies[UNPLACED] == {}
    assert tallies[OCTOBER]["loneliness"].get_count("matched") == 1


async def test_a_response_counts_for_the_month_of_its_case_whichever_comes_first(
    desk: Desk,
) -> None:
    await desk.respond("s1-k0", better=5, heard=2)
    await desk.settle()
    assert await desk.store().dirty_periods() == set()

    await desk.cases(2)
    await desk.respond("s1-k1", better=2)
    await desk.respond("s1-k1", Side.SUPPORTER, helped=4)
    await desk.settle()

    total = await desk.total()
    assert (
        total.get_count("feedback/student"),
        total.get_count("feedback/supporter"),
        total.get_count("improved"),
    ) == (
        2,
        1,
        1,
    )
    assert (total.answers["student/better"].n, total.answers["student/better"].total) == (2, 7)


async def test_erasure_takes_the_case_and_its_answers_out_of_every_number(desk: Desk) -> None:
    await desk.cases(3)
    response_id = await desk.respond("s1-k0", better=5)
    await desk.settle()
    await erase(desk, "s1-k0")
    await desk.settle()

    total = await desk.total()
    assert (
        total.get_count("asked"),
        total.get_count("improved"),
        total.get_count("erased"),
        total.get_count("feedback/student"),
    ) == (2, 0, 1, 0)
    kept = await desk.composed.runtime.store("s1").documents(RESPONSES).load(response_id)
    assert (kept.state.answers, kept.state.match_id, kept.state.erased) == ({}, "", True)
    fact = await desk.store().fact("s1-k0")
    assert fact is not None
    assert fact == facts.Fact("s1-k0", erased=True, period=OCTOBER)


async def test_nothing_is_stored_for_a_case_after_its_erasure(desk: Desk) -> None:
    await desk.cases(1, through=False)
    await erase(desk, "s1-k0")
    events = scenario.Numbering()
    scenario.matched(events, "s1", "s1-k0", 10)
    scenario.alerted(events, "s1", "s1-k0", "a9", 10)
    await desk.deliver(events.events)

    fact = await desk.store().fact("s1-k0")
    assert fact is not None
    assert (fact.matches, fact.alerts, fact.erased) == ((), (), True)


async def test_answers_that_slip_in_beside_an_erasure_are_erased_by_the_count(desk: Desk) -> None:
    """The response was checked before the erasure and stored after it."""
    await desk.cases(1)
    await erase(desk, "s1-k0")
    response_id = await desk.respond("s1-k0", better=5)

    await desk.settle()

    kept = (await desk.composed.runtime.store("s1").documents(RESPONSES).load(response_id)).state
    assert (kept.answers, kept.erased, kept.dirty_since) == ({}, True, None)
    with pytest.raises(NotFound):
        response, given = create_response(
            "s1", "s1-k0", "s1-k0-m", Side.STUDENT, {"better": 5}, scenario.after(0)
        )
        await desk.store().give(response, given)


async def test_a_school_that_moves_to_another_zone_is_counted_anew(desk: Desk) -> None:
    """A case ten minutes into October in Jakarta is still September's in UTC."""
    events = scenario.Numbering()
    events.add(scenario.CASES, "s1-x", scenario.opened("s1", "s1-x", 30))
    await desk.deliver(events.events)
    await desk.settle()
    assert set(await desk.store().tallies()) == {OCTOBER}

    moved = scenario.Numbering()
    school = scenario.School(
        school_id="s1", name="s1", time_zone="UTC", country="ID", languages=("id",)
    )
    moved.events.append(
        scenario.Sourced(
            scenario.SCHOOLS, "s1", 9, scenario.SchoolDefined(school_id="s1", school=school)
        ),
    )
    await desk.deliver(moved.events)

    tallies = await desk.store().tallies()
    assert tallies["2026-09"]["loneliness"].get_count("asked") == 1
    assert tallies[OCTOBER] == {}


async def test_a_rebuild_gives_the_same_numbers(desk: Desk) -> None:
    await desk.deliver(scenario.events())
    await desk.respond("s1-c0", better=4)
    await desk.settle()
    before = {school_id: await desk.store(school_id).tallies() for school_id in ("s1", "s2")}

    for school_id in before:
        rollups = desk.composed.runtime.store(school_id).collection("rollups")
        assert await rollups.delete_many({}) > 0
        await desk.store(school_id).rebuild()

    assert {school_id: await desk.store(school_id).tallies() for school_id in before} == before


async def test_two_first_events_of_a_case_at_once_are_both_kept(desk: Desk) -> None:
    """An upsert's race surfaces as failure: two first writes of one fact."""
    for round_ in range(10):
        case_id = f"s1-r{round_}"
        events = scenario.Numbering()
        events.add(scenario.CASES, case_id, scenario.opened("s1", case_id, 1))
        scenario.matched(events, "s1", case_id, 2)
        await asyncio.gather(desk.deliver(events.events[:1]), desk.deliver(events.events[1:2]))
        fact = await desk.store().fact(case_id)
        assert fact is not None
        assert fact.placed_at is not None
        assert len(fact.matches) == 1


async def test_the_gauges_show_what_waits_to_be_counted(desk: Desk) -> None:
    from sebaya_evaluation.metrics import OLDEST_DIRTY, ROLLUPS_DIRTY

    await desk.cases(1)

    async def waited() -> bool:
        await desk.composed.jobs.gauges.look()
        return OLDEST_DIRTY._value.get() > 0

    await eventually(waited)
    assert ROLLUPS_DIRTY._value.get() == 1
    await desk.settle()
    await desk.composed.jobs.gauges.look()
    assert (ROLLUPS_DIRTY._value.get(), OLDEST_DIRTY._value.get()) == (0, 0)
