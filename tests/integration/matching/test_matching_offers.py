"""Case and supporter change together: offers, answers, holds, withdrawals, and what a race or a
death in between may not do.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from prometheus_client import REGISTRY

from conformance.harness import Killed, Sourced, killed_at_write
from integration.matching.harness import MatchingHarness, define_school
from sebaya_chassis.consuming.outcome import Outcome
from sebaya_chassis.storage.schools import FRESH_SECONDS
from sebaya_contracts.district import SchoolDefined
from sebaya_contracts.topics import SCHOOLS
from sebaya_contracts.words import CaseTopic, Level, SupporterState, WaitDetail, WaitReason
from sebaya_matching import commands
from sebaya_matching.domain.assignment import ProposedOffer
from sebaya_matching.domain.enums import AlertState, MatchEndReason, Stage
from sebaya_matching.errors import NoSlot, NotWaiting
from support import eventually
from unit.matching.examples import LAPSE


async def offered(harness: MatchingHarness, case_id: str = "c1", supporter_id: str = "sari") -> str:
    await harness.enrol(supporter_id)
    await harness.wait_for_supporter(case_id)
    await harness.run_round()
    return await harness.match_of(case_id)


async def test_a_screened_case_is_offered_and_takes_a_slot(harness: MatchingHarness) -> None:
    match_id = await offered(harness)
    assert (await harness.case("c1")).stage is Stage.OFFERED
    assert (await harness.supporter("sari")).slots == {match_id: "c1"}
    assert await harness.event_types("c1") == ["MatchOffered"]


async def test_nothing_is_offered_before_the_openings_verdict_which_may_come_first(
    harness: MatchingHarness,
) -> None:
    await harness.enrol("sari")
    await harness.deliver(harness.opened("c1"), harness.verdict("c2"))
    await harness.run_round()
    assert [(await harness.case(case_id)).stage for case_id in ("c1", "c2")] == [
        Stage.PENDING,
        Stage.PENDING,
    ]
    await harness.deliver(harness.verdict("c1"), harness.opened("c2"))
    await harness.run_round()
    assert [(await harness.case(case_id)).stage for case_id in ("c1", "c2")] == [
        Stage.OFFERED,
        Stage.OFFERED,
    ]


async def test_an_alert_after_an_offer_takes_it_back_and_frees_the_slot(
    harness: MatchingHarness,
) -> None:
    match_id = await offered(harness)
    await harness.deliver(harness.alert("c1", level=Level.AMBER))
    case = await harness.case("c1")
    assert (case.stage, case.match, (await harness.supporter("sari")).slots) == (
        Stage.HELD,
        None,
        {},
    )
    assert (await harness.event_types("c1"))[1:] == ["MatchWithdrawn", "CaseHeld"]
    answer = await harness.post(f"matches/{match_id}/accept", "sari")
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:sebaya:problem:case-held")
    await harness.run_round()
    assert (await harness.case("c1")).stage is Stage.HELD


async def test_alerts_before_the_case_hold_it_until_a_counsellor_gives_it_back(
    harness: MatchingHarness,
) -> None:
    await harness.enrol("sari")
    await harness.deliver(
        harness.alert("c1"), harness.verdict("c1", Level.RED, "a1"), harness.opened("c1")
    )
    await harness.run_round()
    assert (await harness.case("c1")).stage is Stage.HELD
    await harness.deliver(harness.alert_closed("c1"))
    await harness.run_round()
    assert (await harness.case("c1")).stage is Stage.OFFERED
    assert await harness.event_types("c1") == ["CaseHeld", "CaseReleased", "MatchOffered"]


async def test_an_alert_closed_before_its_raising_is_heard_of_holds_nothing(
    harness: MatchingHarness,
) -> None:
    await harness.enrol("sari")
    await harness.deliver(
        harness.alert_closed("c1"), harness.opened("c1"), harness.verdict("c1", Level.RED, "a1")
    )
    assert (await harness.deliver(harness.alert("c1"))) == [Outcome.IGNORED]
    await harness.run_round()
    assert (await harness.case("c1")).stage is Stage.OFFERED


async def test_a_schools_unscreened_alert_names_no_case_and_holds_none(
    harness: MatchingHarness,
) -> None:
    await offered(harness)
    alert = harness.alert("c1")
    nobody = type(alert)(
        alert.topic,
        "a9",
        1,
        type(alert.event)(**{**_fields(alert.event), "case_id": None, "alert_id": "a9"}),
    )
    assert await harness.deliver(nobody) == [Outcome.APPLIED]
    assert (await harness.case("c1")).stage is Stage.OFFERED


def _fields(event: object) -> dict[str, object]:
    return {name: getattr(event, name) for name in event.__struct_fields__}  # type: ignore[attr-defined]


@pytest.mark.parametrize("ending", ["withdrawn", "erased"])
@pytest.mark.parametrize("accepted", [False, True])
async def test_the_students_leaving_frees_the_slot(
    harness: MatchingHarness, ending: str, accepted: bool
) -> None:
    await offered(harness)
    if accepted:
        await harness.accept("c1")
    await harness.deliver(getattr(harness, ending)("c1"))
    assert (await harness.supporter("sari")).slots == {}
    assert (await harness.case("c1")).match is None
    assert (await harness.event_types("c1"))[-1] == (
        "MatchClosed" if accepted else "MatchWithdrawn"
    )


async def test_after_erasure_nothing_is_stored(harness: MatchingHarness) -> None:
    await offered(harness)
    erasing = harness.erased("c1")
    await harness.deliver(erasing)
    before = await harness.composed.runtime.database["cases"].find_one({"_id": "c1"})
    late = [
        harness.verdict("c1", Level.RED, "a1"),
        harness.alert("c1"),
        harness.alert_closed("c1"),
        erasing,
    ]
    late.append(harness.withdrawn("c1"))
    assert set(await harness.deliver(*late)) == {Outcome.IGNORED}
    assert await harness.composed.runtime.database["cases"].find_one({"_id": "c1"}) == before
    assert before is not None
    assert before["state"]["request"] is None
    assert before["state"]["former"] == []


async def test_a_rematch_finds_somebody_else_and_never_the_same(harness: MatchingHarness) -> None:
    match_id = await offered(harness)
    await harness.accept("c1")
    await harness.deliver(harness.rematch("c1", match_id))
    await harness.run_round()
    case = await harness.case("c1")
    assert (case.stage, case.wait_reason, case.wait_detail) == (
        Stage.WAITING,
        WaitReason.ALL_EXCLUDED,
        WaitDetail.ALL_DECLINED,
    )
    await harness.enrol("budi")
    await harness.run_round()
    again = (await harness.case("c1")).match
    assert again is not None
    assert again.supporter_id == "budi"
    assert (await harness.supporter("sari")).slots == {}


async def test_an_offer_nobody_answers_lapses_and_goes_to_somebody_else(
    harness: MatchingHarness,
) -> None:
    await define_school(harness.composed, "s1", offer_lapse_seconds=0.05)
    match_id = await offered(harness)
    await harness.enrol("budi")
    match = (await harness.case("c1")).match
    assert match is not None
    await eventually(lambda: _past(harness, match.lapses_at))
    answer = await harness.post(f"matches/{match_id}/accept", "sari")
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:sebaya:problem:offer-gone")
    await define_school(harness.composed, "s1", offer_lapse_seconds=3600.0, may_lend=False)
    await harness.composed.jobs.matching_round.handle_due("s1", ["c1"])
    case = await harness.case("c1")
    assert case.match is not None
    assert (case.match.supporter_id, [former.parting for former in case.former]) == (
        "budi",
        [MatchEndReason.LAPSED],
    )
    assert await harness.event_types("c1") == ["MatchOffered", "MatchLapsed", "MatchOffered"]
    assert (await harness.supporter("sari")).slots == {}
    assert (await harness.supporter("sari")).unanswered == 1


async def _past(harness: MatchingHarness, moment: datetime) -> bool:
    return await harness.now() > moment


async def test_why_a_case_waits_is_told_when_it_changes_and_tried_again_later(
    harness: MatchingHarness,
) -> None:
    await harness.wait_for_supporter("c1")
    await harness.run_round()
    await harness.run_round()
    assert await harness.event_types("c1") == ["CaseWaited"]
    document = await harness.composed.runtime.database["cases"].find_one({"_id": "c1"})
    assert document is not None
    assert document["due_at"] > await harness.now() + timedelta(seconds=20)
    await harness.enrol("sari", languages=("en",))
    await harness.run_round()
    assert await harness.event_types("c1") == ["CaseWaited", "CaseWaited"]
    assert (await harness.case("c1")).wait_reason is WaitReason.NO_SUPPORTER_FOR_LANGUAGE


async def waiting_and_taken(harness: MatchingHarness) -> tuple[str, str]:
    """Of two cases and one slot."""
    first = (await harness.case("c1")).stage is Stage.WAITING
    return ("c1", "c2") if first else ("c2", "c1")


async def test_what_frees_a_slot_makes_a_waiting_case_due_at_once(harness: MatchingHarness) -> None:
    await harness.enrol("sari", cap=1)
    await harness.wait_for_supporter("c1", "c2")
    await harness.run_round()
    waiting, taken = await waiting_and_taken(harness)
    await harness.deliver(harness.withdrawn(taken))
    document = await harness.composed.runtime.database["cases"].find_one({"_id": waiting})
    assert document is not None
    assert document["due_at"] <= await harness.now()
    assert document["state"]["wait_reason"] == "all_busy"


async def test_a_slot_freed_during_a_try_is_not_overlooked(
    harness: MatchingHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The try has seen the supporter busy; the slot is freed before it puts the case off."""
    await harness.enrol("sari", cap=1)
    await harness.wait_for_supporter("c1", "c2")
    await harness.run_round()
    waiting, taken = await waiting_and_taken(harness)
    planned = type(harness.composed.jobs.matching_round)._plan

    async def and_meanwhile(self: object, *args: object) -> object:
        plan = await planned(self, *args)  # type: ignore[arg-type]
        await harness.deliver(harness.withdrawn(taken))
        return plan

    monkeypatch.setattr(type(harness.composed.jobs.matching_round), "_plan", and_meanwhile)
    await harness.run_round()
    document = await harness.composed.runtime.database["cases"].find_one({"_id": waiting})
    assert document is not None
    assert document["due_at"] <= await harness.now()


async def test_lowering_a_cap_takes_nothing_away_and_lets_nothing_new_in(
    harness: MatchingHarness,
) -> None:
    await harness.enrol("sari", cap=2)
    await harness.wait_for_supporter("c1", "c2")
    await harness.run_round()
    await harness.accept("c1")
    await harness.change("sari", cap=1)
    await harness.wait_for_supporter("c3")
    await harness.run_round()
    assert (await harness.supporter("sari")).taken == 1
    assert [(await harness.case(case_id)).stage for case_id in ("c1", "c2", "c3")] == [
        Stage.MATCHED,
        Stage.WAITING,
        Stage.WAITING,
    ]


async def test_of_three_open_offers_a_lowered_cap_leaves_the_oldest(
    harness: MatchingHarness,
) -> None:
    await harness.enrol("sari", cap=3)
    offered_as = []
    for case_id in ("c1", "c2", "c3"):
        await harness.wait_for_supporter(case_id)
        await harness.run_round()
        offered_as.append(await harness.match_of(case_id))
    await harness.change("sari", cap=1)
    answers = [await harness.post(f"matches/{one}/accept", "sari") for one in offered_as]
    assert [answer.status_code for answer in answers] == [200, 409, 409]
    assert (await harness.supporter("sari")).slots == {offered_as[0]: "c1"}
    await harness.composed.jobs.gauges.measure_promises()
    breaches = REGISTRY.get_sample_value("sebaya_matching_breaches", {"promise": "cap"})
    assert breaches == 0


async def test_an_offer_that_came_to_break_a_rule_falls_with_its_refused_yes(
    harness: MatchingHarness,
) -> None:
    """As if no process had judged it when the certificate ran out."""
    match_id = await offered(harness)
    rows = harness.school.collection("supporters")
    await rows.update({}, {"$set": {"state.profile.certified_until": await harness.now()}})
    answer = await harness.post(f"matches/{match_id}/accept", "sari")
    assert (answer.status_code, answer.json()["type"]) == (
        409,
        "urn:sebaya:problem:supporter-not-available",
    )
    case = await harness.case("c1")
    assert (case.stage, (await harness.supporter("sari")).slots) == (Stage.WAITING, {})
    assert case.due_at is not None
    assert case.due_at <= await harness.now()


async def test_the_clock_takes_back_what_a_certificate_no_longer_covers(
    harness: MatchingHarness,
) -> None:
    soon = await harness.now() + timedelta(seconds=1)
    await harness.enrol("sari", certified_until=soon)
    await harness.wait_for_supporter("c1")
    await harness.run_round()
    assert (await harness.case("c1")).due_at == soon.replace(
        microsecond=soon.microsecond // 1000 * 1000
    )
    await eventually(lambda: _past(harness, soon))
    await harness.composed.jobs.matching_round.handle_due("s1", ["c1"])
    assert (await harness.case("c1")).stage is Stage.WAITING
    assert (await harness.supporter("sari")).slots == {}


async def test_a_closed_school_takes_its_offers_back_and_makes_no_new_ones(
    harness: MatchingHarness,
) -> None:
    await offered(harness)
    school = await harness.composed.runtime.schools.require("s1")
    closed = SchoolDefined(school_id="s1", school=msgspec.structs.replace(school, active=False))
    await harness.deliver(Sourced(SCHOOLS, "s1", 9, closed))
    due = (await harness.school.collection("cases").find({"_id": "c1"}))[0]["due_at"]
    assert due <= await harness.now() + timedelta(seconds=FRESH_SECONDS)
    await harness.composed.jobs.matching_round.handle_due("s1", ["c1"])
    assert (await harness.case("c1")).stage is Stage.WAITING
    assert (await harness.supporter("sari")).slots == {}


async def test_risky_messages_do_not_make_a_case_grow(harness: MatchingHarness) -> None:
    await offered(harness)
    await harness.accept("c1")

    async def stored() -> dict[str, Any]:
        document = await harness.composed.runtime.database["cases"].find_one({"_id": "c1"})
        assert document is not None
        return {name: document[name] for name in ("state", "marks", "version")}

    await harness.deliver(harness.alert("c1"), harness.risky("c1", 1))
    before = await stored()
    await harness.deliver(*[harness.risky("c1", number) for number in range(2, 40)])
    assert await stored() == before
    await harness.deliver(harness.erased("c1"))
    assert await harness.deliver(harness.risky("c1", 40)) == [Outcome.IGNORED]


@pytest.mark.parametrize(
    ("state", "stages"), [("paused", ["matched", "waiting"]), ("retired", ["waiting", "waiting"])]
)
async def test_who_is_no_longer_there_gives_back_offers_and_when_retired_matches_too(
    harness: MatchingHarness, state: str, stages: list[str]
) -> None:
    await harness.enrol("sari", cap=2)
    await harness.wait_for_supporter("c1", "c2")
    await harness.run_round()
    await harness.accept("c1")
    await harness.change("sari", state=SupporterState(state))
    assert [(await harness.case(case_id)).stage.value for case_id in ("c1", "c2")] == stages
    assert (await harness.supporter("sari")).taken == stages.count("matched")


async def test_the_rules_are_asked_again_when_the_offer_is_written(
    harness: MatchingHarness,
) -> None:
    await harness.enrol("sari")
    await harness.enrol("other", topics=(CaseTopic.GRIEF,))
    await harness.wait_for_supporter("c1")
    with pytest.raises(NoSlot):
        await harness.cases.offer("m1", ProposedOffer("c1", "other", ()), LAPSE)
    assert (await harness.case("c1")).stage is Stage.WAITING
    assert (await harness.supporter("other")).slots == {}


async def test_two_offers_of_one_case_at_once_make_one(harness: MatchingHarness) -> None:
    await harness.enrol("sari", "budi")
    await harness.wait_for_supporter("c1")
    both = await asyncio.gather(
        harness.cases.offer("m1", ProposedOffer("c1", "sari", ()), LAPSE),
        harness.cases.offer("m2", ProposedOffer("c1", "budi", ()), LAPSE),
        return_exceptions=True,
    )
    assert sorted(type(one) for one in both if one) == [NotWaiting]
    taken = [(await harness.supporter(who)).taken for who in ("sari", "budi")]
    assert sorted(taken) == [0, 1]


async def test_hold_and_accept_at_once_end_one_way_or_the_other(harness: MatchingHarness) -> None:
    await harness.enrol(*[f"p{n}" for n in range(10)], cap=1)
    await harness.wait_for_supporter(*[f"c{n}" for n in range(10)])
    await harness.run_round()
    seen = set()
    for number in range(10):
        match = (await harness.case(f"c{number}")).match
        assert match is not None
        steps = [
            harness.post(f"matches/{match.match_id}/accept", match.supporter_id),
            harness.deliver(harness.alert(f"c{number}", f"a{number}")),
        ]
        answer, *_ = (
            await asyncio.gather(*steps)
            if number % 2
            else reversed(await asyncio.gather(*reversed(steps)))
        )
        case = await harness.case(f"c{number}")
        slots = (await harness.supporter(match.supporter_id)).taken
        seen.add(case.stage)
        if case.stage is Stage.MATCHED:
            assert (answer.status_code, slots, case.alerts) == (
                200,
                1,
                {f"a{number}": AlertState.OPEN},
            )
        else:
            assert (case.stage, answer.status_code, slots) == (Stage.HELD, 409, 0)
    assert seen <= {Stage.MATCHED, Stage.HELD}


async def test_a_death_between_the_writes_of_an_offer_leaves_nothing_half_done(
    harness: MatchingHarness,
) -> None:
    await harness.enrol("sari")
    await harness.wait_for_supporter("c1")
    deaths = 0
    for after in (False, True):
        for number in (1, 2, 3):
            try:
                with killed_at_write(number, after=after):
                    await harness.cases.offer(
                        f"m{number}{after}", ProposedOffer("c1", "sari", ()), LAPSE
                    )
            except Killed:
                deaths += 1
            except NotWaiting:
                continue
            match, slots = (await harness.case("c1")).match, (await harness.supporter("sari")).slots
            assert slots == ({match.match_id: "c1"} if match else {})
            taken = [
                entry["type"]
                for entry in await harness.events("supporters")
                if entry["type"] == "SlotTaken"
            ]
            assert len(taken) == len(slots)
    assert deaths >= 5


async def test_a_death_between_the_writes_of_a_hold_is_made_good_by_the_next_delivery(
    harness: MatchingHarness,
) -> None:
    await offered(harness)
    alert = harness.alert("c1")
    for number in (1, 2, 3):
        with pytest.raises(Killed), killed_at_write(number, after=False):
            await harness.deliver(alert)
        assert ((await harness.case("c1")).stage, (await harness.supporter("sari")).taken) == (
            Stage.OFFERED,
            1,
        )
    await harness.deliver(alert)
    assert ((await harness.case("c1")).stage, (await harness.supporter("sari")).taken) == (
        Stage.HELD,
        0,
    )


async def test_accepted_and_no_word_goes_its_way_until_the_supporter_writes(
    harness: MatchingHarness,
) -> None:
    await offered(harness)
    await harness.accept("c1")
    rows = harness.school.collection("cases")
    for days in (1, 2):
        past = await harness.now() - timedelta(seconds=1)
        await rows.update({}, {"$set": {"state.match.quiet_at": past}})
        await harness.composed.jobs.matching_round.handle_due("s1", ["c1"])
        case = await harness.case("c1")
        assert case.match is not None
        assert case.match.quiet_days == days
    await harness.composed.jobs.gauges.measure_silence()
    quiet = REGISTRY.get_sample_value("sebaya_matching_quiet_matches", {"school_days": "2"})
    assert quiet == 1
    assert [one.case_id for one in await commands.list_quiet(harness.school)] == ["c1"]
    await harness.deliver(harness.wrote("c1", await harness.now()))
    case = await harness.case("c1")
    assert (case.due_at, await commands.list_quiet(harness.school)) == (None, [])
    assert (await harness.event_types("c1"))[2:] == ["MatchQuiet", "MatchQuiet"]


async def test_a_student_who_is_handed_on_waits_and_an_adult_is_told(
    harness: MatchingHarness,
) -> None:
    match_id = await offered(harness)
    await harness.accept("c1")
    for _ in range(2):
        body = {"reason": "knows_student"}
        answer = await harness.post(f"matches/{match_id}/hand-on", "sari", body)
        assert (answer.status_code, answer.json()["state"]) == (200, "ended")
    assert (await harness.event_types("c1"))[2:] == ["MatchClosed", "StudentHandedOn"]
    assert (await harness.supporter("sari")).slots == {}
