"""Facts become roll-ups: counted whole, once, whoever counts and whatever happens in between."""

import asyncio
from typing import Any

import pytest

from conformance import evaluation as scenario
from integration.evaluation.harness import EvaluationHarness
from sebaya_chassis.base.problems import NotFound
from sebaya_chassis.storage.layout import AppliedSequence
from sebaya_chassis.storage.tenant_store import SchoolStore
from sebaya_contracts.envelope import Sequence
from sebaya_contracts.intake import CaseErased, CaseWithdrawn
from sebaya_contracts.words import Side
from sebaya_evaluation.collections import FACTS, RESPONSES
from sebaya_evaluation.domain import facts
from sebaya_evaluation.domain.feedback import create_response
from sebaya_evaluation.domain.periods import UNPLACED
from sebaya_evaluation.store import EvaluationStore
from support import eventually

OCTOBER = "2026-10"


def erasure(case_id: str, number: int = 2) -> tuple[CaseErased, AppliedSequence]:
    event = CaseErased(school_id="s1", case_id=case_id, erased_at=scenario.after(9000))
    return event, AppliedSequence.of("intake.cases.v1", case_id, Sequence(1, number))


async def erase(harness: EvaluationHarness, case_id: str) -> None:
    event, mark = erasure(case_id)
    await harness.store().erase_case(case_id, facts.erase_case(event, "Asia/Jakarta"), mark)


async def test_the_write_of_a_fact_says_what_it_dirties_and_the_count_clears_it(
    harness: EvaluationHarness,
) -> None:
    await harness.cases(4)
    assert await harness.store().list_dirty_periods() == {OCTOBER}
    assert await harness.store().find_oldest_dirty() is not None

    await harness.count_dirty()

    assert await harness.store().list_dirty_periods() == set()
    assert await harness.store().find_oldest_dirty() is None
    found = (
        await harness.composed.runtime.store("s1")
        .documents(FACTS)
        .find({"due_at": {"$type": "date"}})
    )
    assert found == []
    total = await harness.total()
    assert [
        total.get_count(stage) for stage in ("asked", "offered", "matched", "met", "closed")
    ] == [4] * 5
    assert (total.waits["meet"].n, total.waits["meet"].total) == (4, 4 * 600)


async def test_a_fact_that_changes_while_it_is_counted_stays_dirty(
    harness: EvaluationHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    await harness.cases(2, through=False)
    clear = EvaluationStore._clear

    async def late(self: EvaluationStore, period: str, seen: Any) -> None:
        monkeypatch.setattr(EvaluationStore, "_clear", clear)
        withdrawn = CaseWithdrawn(school_id="s1", case_id="s1-k0", withdrawn_at=scenario.after(300))
        change = await self.prepare_change("s1-k0", facts.record_withdrawal(withdrawn))
        await change.apply(AppliedSequence("late", Sequence(1, 1)))
        await clear(self, period, seen)

    monkeypatch.setattr(EvaluationStore, "_clear", late)
    await harness.store().recount(OCTOBER)

    dirty = (
        await harness.composed.runtime.store("s1").documents(FACTS).find({"state.dirty": OCTOBER})
    )
    assert [loaded.state.fact_id for loaded in dirty] == ["s1-k0"]
    await harness.count_dirty()
    assert (await harness.total()).get_count("withdrawn") == 1


async def test_a_slow_count_does_not_overwrite_a_newer_one(
    harness: EvaluationHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One worker has read the month and sleeps; more happens, another worker counts it; then the
    first goes on.
    """
    await harness.cases(2, through=False)
    recount = EvaluationStore._responses_to
    has_read, may_go_on = asyncio.Event(), asyncio.Event()

    async def slow(self: EvaluationStore, tx: SchoolStore, case_ids: Any) -> Any:
        if not has_read.is_set():
            has_read.set()
            await may_go_on.wait()
        return await recount(self, tx, case_ids)

    monkeypatch.setattr(EvaluationStore, "_responses_to", slow)
    first = asyncio.create_task(harness.store().recount(OCTOBER))
    await has_read.wait()
    await harness.cases(3, through=False, name="later")
    await harness.store().recount(OCTOBER)
    assert (await harness.total()).get_count("asked") == 5

    may_go_on.set()
    await first

    assert (await harness.total()).get_count("asked") == 5
    await harness.count_dirty()
    assert (await harness.total()).get_count("asked") == 5


async def test_many_workers_at_once_end_with_the_right_numbers(harness: EvaluationHarness) -> None:
    await harness.cases(6, through=False)

    await asyncio.gather(
        *(harness.store().recount(OCTOBER) for _ in range(4)),
        harness.cases(6, name="more", through=False),
    )
    await harness.count_dirty()

    assert (await harness.total()).get_count("asked") == 12
    assert await harness.store().list_dirty_periods() == set()


async def test_what_precedes_the_opening_is_counted_and_then_moves_to_its_month(
    harness: EvaluationHarness,
) -> None:
    events = scenario.Numbering()
    scenario.matched(events, "s1", "s1-x", 10)
    await harness.deliver(events.events)
    await harness.count_dirty()
    assert (await harness.store().load_tallies())[UNPLACED]["none"].get_count("matched") == 1

    opening = scenario.Numbering()
    opening.add(scenario.CASES, "s1-x", scenario.opened("s1", "s1-x", 5 * 24 * 60))
    await harness.deliver(opening.events)
    await harness.count_dirty()

    tallies = await harness.store().load_tallies()
    assert tallies[UNPLACED] == {}
    assert tallies[OCTOBER]["loneliness"].get_count("matched") == 1


async def test_a_response_counts_for_the_month_of_its_case_whichever_comes_first(
    harness: EvaluationHarness,
) -> None:
    await harness.respond("s1-k0", better=5, heard=2)
    await harness.count_dirty()
    assert await harness.store().list_dirty_periods() == set()

    await harness.cases(2)
    await harness.respond("s1-k1", better=2)
    await harness.respond("s1-k1", Side.SUPPORTER, helped=4)
    await harness.count_dirty()

    total = await harness.total()
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


async def test_erasure_takes_the_case_and_its_answers_out_of_every_number(
    harness: EvaluationHarness,
) -> None:
    await harness.cases(3)
    response_id = await harness.respond("s1-k0", better=5)
    await harness.count_dirty()
    await erase(harness, "s1-k0")
    await harness.count_dirty()

    total = await harness.total()
    assert (
        total.get_count("asked"),
        total.get_count("improved"),
        total.get_count("erased"),
        total.get_count("feedback/student"),
    ) == (2, 0, 1, 0)
    kept = await harness.composed.runtime.store("s1").documents(RESPONSES).load(response_id)
    assert (kept.state.answers, kept.state.match_id, kept.state.erased) == ({}, "", True)
    fact = await harness.store().find_fact("s1-k0")
    assert fact is not None
    assert fact == facts.Fact("s1-k0", erased=True, period=OCTOBER)


async def test_nothing_is_stored_for_a_case_after_its_erasure(harness: EvaluationHarness) -> None:
    await harness.cases(1, through=False)
    await erase(harness, "s1-k0")
    events = scenario.Numbering()
    scenario.matched(events, "s1", "s1-k0", 10)
    scenario.alerted(events, "s1", "s1-k0", "a9", 10)
    await harness.deliver(events.events)

    fact = await harness.store().find_fact("s1-k0")
    assert fact is not None
    assert (fact.matches, fact.alerts, fact.erased) == ((), (), True)


async def test_answers_that_slip_in_beside_an_erasure_are_erased_by_the_count(
    harness: EvaluationHarness,
) -> None:
    """The response was checked before the erasure and stored after it."""
    await harness.cases(1)
    await erase(harness, "s1-k0")
    response_id = await harness.respond("s1-k0", better=5)

    await harness.count_dirty()

    kept = (await harness.composed.runtime.store("s1").documents(RESPONSES).load(response_id)).state
    assert (kept.answers, kept.erased, kept.dirty_since) == ({}, True, None)
    with pytest.raises(NotFound):
        response, given = create_response(
            "s1", "s1-k0", "s1-k0-m", Side.STUDENT, {"better": 5}, scenario.after(0)
        )
        await harness.store().create_response(response, given)


async def test_a_school_that_moves_to_another_zone_is_counted_anew(
    harness: EvaluationHarness,
) -> None:
    """A case ten minutes into October in Jakarta is still September's in UTC."""
    events = scenario.Numbering()
    events.add(scenario.CASES, "s1-x", scenario.opened("s1", "s1-x", 30))
    await harness.deliver(events.events)
    await harness.count_dirty()
    assert set(await harness.store().load_tallies()) == {OCTOBER}

    moved = scenario.Numbering()
    school = scenario.School(
        school_id="s1", name="s1", time_zone="UTC", country="ID", languages=("id",)
    )
    moved.events.append(
        scenario.Sourced(
            scenario.SCHOOLS, "s1", 9, scenario.SchoolDefined(school_id="s1", school=school)
        ),
    )
    await harness.deliver(moved.events)

    tallies = await harness.store().load_tallies()
    assert tallies["2026-09"]["loneliness"].get_count("asked") == 1
    assert tallies[OCTOBER] == {}


async def test_a_rebuild_gives_the_same_numbers(harness: EvaluationHarness) -> None:
    await harness.deliver(scenario.events())
    await harness.respond("s1-c0", better=4)
    await harness.count_dirty()
    before = {
        school_id: await harness.store(school_id).load_tallies() for school_id in ("s1", "s2")
    }

    for school_id in before:
        rollups = harness.composed.runtime.store(school_id).collection("rollups")
        assert await rollups.delete_many({}) > 0
        await harness.store(school_id).rebuild()

    assert {
        school_id: await harness.store(school_id).load_tallies() for school_id in before
    } == before


async def test_two_first_events_of_a_case_at_once_are_both_kept(harness: EvaluationHarness) -> None:
    """An upsert's race surfaces as failure: two first writes of one fact."""
    for round_ in range(10):
        case_id = f"s1-r{round_}"
        events = scenario.Numbering()
        events.add(scenario.CASES, case_id, scenario.opened("s1", case_id, 1))
        scenario.matched(events, "s1", case_id, 2)
        await asyncio.gather(
            harness.deliver(events.events[:1]), harness.deliver(events.events[1:2])
        )
        fact = await harness.store().find_fact(case_id)
        assert fact is not None
        assert fact.placed_at is not None
        assert len(fact.matches) == 1


async def test_the_gauges_show_what_waits_to_be_counted(harness: EvaluationHarness) -> None:
    from sebaya_evaluation.metrics import OLDEST_DIRTY, ROLLUPS_DIRTY

    await harness.cases(1)

    async def waited() -> bool:
        await harness.composed.jobs.gauges.measure()
        return OLDEST_DIRTY._value.get() > 0

    await eventually(waited)
    assert ROLLUPS_DIRTY._value.get() == 1
    await harness.count_dirty()
    await harness.composed.jobs.gauges.measure()
    assert (ROLLUPS_DIRTY._value.get(), OLDEST_DIRTY._value.get()) == (0, 0)
