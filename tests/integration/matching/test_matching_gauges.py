"""Matching counts its promises again from the documents: what the code would never write is written
here by hand.
"""

from datetime import timedelta

import pytest
from prometheus_client import REGISTRY

from integration.matching.harness import MatchingHarness
from sebaya_chassis.storage.layout import AppliedSequence
from sebaya_chassis.storage.tenant_store import TenantCollection
from sebaya_contracts.district import School, SchoolDefined
from sebaya_contracts.envelope import Sequence
from sebaya_matching.collections import CASES, SUPPORTERS
from sebaya_matching.domain.enums import MatchEndReason, Stage
from store_commands import examined


def gauge(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, labels)


def breaches() -> tuple[float | None, float | None]:
    return gauge("sebaya_matching_breaches", promise="cap"), gauge(
        "sebaya_matching_breaches", promise="exclusion"
    )


@pytest.fixture
async def matched(harness: MatchingHarness) -> MatchingHarness:
    """One supporter with both slots taken."""
    await harness.enrol("sari", cap=2)
    await harness.wait_for_supporter("c1", "c2")
    await harness.run_round()
    return harness


async def measure(harness: MatchingHarness) -> None:
    await harness.composed.jobs.gauges.measure_stages()
    await harness.composed.jobs.gauges.measure_promises()


async def test_it_tells_how_cases_stand(matched: MatchingHarness) -> None:
    await matched.wait_for_supporter("c3")
    await matched.run_round()
    await measure(matched)
    assert [
        gauge("sebaya_matching_cases", stage=stage) for stage in ("waiting", "offered", "held")
    ] == [1, 2, 0]
    assert (gauge("sebaya_matching_oldest_waiting_seconds") or 0) > 0
    assert breaches() == (0, 0)


async def test_a_place_too_many_is_a_breach_and_a_lowered_cap_is_none(
    matched: MatchingHarness,
) -> None:
    await matched.change("sari", cap=1)
    await measure(matched)
    assert breaches() == (0, 0)
    rows = matched.composed.runtime.store(matched.school_id).collection(SUPPORTERS.collection)
    await rows.update({}, {"$set": {"state.slots.m-forged": "c-forged"}})
    await measure(matched)
    assert breaches() == (1, 0)
    await rows.update({}, {"$unset": {"state.slots.m-forged": ""}})
    await measure(matched)
    assert breaches() == (0, 0)


async def test_a_yes_above_a_lowered_cap_is_a_breach_and_one_before_it_is_none(
    matched: MatchingHarness,
) -> None:
    """Where no process had asked the rules: both offers stand, and are accepted."""
    await matched.accept("c1")
    await matched.accept("c2")
    await matched.change("sari", cap=1)
    await measure(matched)
    assert breaches() == (0, 0)
    later = await matched.now() + timedelta(seconds=1)
    await rows_of(matched).update({"_id": "c2"}, {"$set": {"state.match.accepted_at": later}})
    await measure(matched)
    assert breaches() == (1, 0)
    unanswered = {"state.match.accepted_at": None, "state.stage": Stage.OFFERED}
    await rows_of(matched).update({"_id": "c2"}, {"$set": unanswered})
    await measure(matched)
    assert breaches() == (1, 0)


@pytest.mark.parametrize(
    "parting", [MatchEndReason.DECLINED, MatchEndReason.LEFT, MatchEndReason.ENDED]
)
async def test_a_supporter_whom_the_case_has_left_behind_is_a_breach(
    matched: MatchingHarness, parting: MatchEndReason
) -> None:
    former = {
        "match_id": "m0",
        "supporter_id": "sari",
        "parting": parting,
        "parted_at": await matched.now(),
    }
    await rows_of(matched).update({"_id": "c1"}, {"$set": {"state.former": [former]}})
    await measure(matched)
    assert breaches() == (0, 1)


async def test_a_supporter_whom_the_student_excluded_is_a_breach_while_the_two_are_paired(
    matched: MatchingHarness,
) -> None:
    await rows_of(matched).update({"_id": "c1"}, {"$set": {"state.request.excluded": ["sari"]}})
    await measure(matched)
    assert breaches() == (0, 1)
    await rows_of(matched).update({"_id": "c1"}, {"$set": {"state.stage": Stage.CLOSED}})
    await measure(matched)
    assert breaches() == (0, 0)


async def test_an_offer_that_lapsed_may_be_made_again(matched: MatchingHarness) -> None:
    former = {
        "match_id": "m0",
        "supporter_id": "sari",
        "parting": MatchEndReason.LAPSED,
        "parted_at": await matched.now(),
    }
    await rows_of(matched).update({"_id": "c1"}, {"$set": {"state.former": [former]}})
    await measure(matched)
    assert breaches() == (0, 0)


async def test_the_look_reads_what_is_open_and_no_history(matched: MatchingHarness) -> None:
    for number in range(30):
        school = School(
            school_id=f"other-{number}",
            name="O",
            time_zone="Asia/Jakarta",
            country="ID",
            languages=("id",),
        )
        mark = AppliedSequence(f"district_schools_v1/{school.school_id}", Sequence(1, 1))
        await matched.composed.runtime.schools.apply(
            SchoolDefined(school_id=school.school_id, school=school), mark
        )
    ended = [
        {"_id": f"old-{n}", "school_id": matched.school_id, "state": {"stage": Stage.CLOSED}}
        for n in range(500)
    ]
    await matched.composed.runtime.database[CASES.collection].insert_many(ended)
    async with examined(matched.composed.runtime.database) as seen:
        await measure(matched)
    assert [plan for plan in seen.whole_collections if not plan.startswith("schools ")] == []
    assert seen.keys <= 31 * 14


def rows_of(harness: MatchingHarness) -> TenantCollection:
    return harness.composed.runtime.store(harness.school_id).collection(CASES.collection)
