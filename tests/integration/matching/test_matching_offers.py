"""Case and supporter change together: offers, answers, holds, withdrawals, and what a race or a
death in between may not do.
"""

import asyncio
from datetime import datetime, timedelta

import pytest

from conformance.harness import Killed, killed_at_write
from integration.matching.harness import Place, define_school
from sebaya_chassis.consuming.outcome import Outcome
from sebaya_contracts.words import CaseTopic, Level, SupporterState, WaitReason
from sebaya_matching.domain.assignment import ProposedOffer
from sebaya_matching.domain.enums import AlertState, MatchEndReason, Stage
from sebaya_matching.errors import NoSlot, NotWaiting
from support import eventually
from unit.matching.examples import LAPSE


async def offered(place: Place, case_id: str = "c1", supporter_id: str = "sari") -> str:
    await place.enrol(supporter_id)
    await place.wait_for_supporter(case_id)
    await place.place()
    return await place.match_of(case_id)


async def test_a_screened_case_is_offered_and_takes_a_slot(place: Place) -> None:
    match_id = await offered(place)
    assert (await place.case("c1")).stage is Stage.OFFERED
    assert (await place.supporter("sari")).slots == {match_id: "c1"}
    assert await place.told("c1") == ["MatchOffered"]


async def test_nothing_is_offered_before_the_openings_verdict_which_may_come_first(
    place: Place,
) -> None:
    await place.enrol("sari")
    await place.deliver(place.opened("c1"), place.verdict("c2"))
    await place.place()
    assert [(await place.case(case_id)).stage for case_id in ("c1", "c2")] == [
        Stage.PENDING,
        Stage.PENDING,
    ]
    await place.deliver(place.verdict("c1"), place.opened("c2"))
    await place.place()
    assert [(await place.case(case_id)).stage for case_id in ("c1", "c2")] == [
        Stage.OFFERED,
        Stage.OFFERED,
    ]


async def test_an_alert_after_an_offer_takes_it_back_and_frees_the_slot(place: Place) -> None:
    match_id = await offered(place)
    await place.deliver(place.alert("c1", level=Level.AMBER))
    case = await place.case("c1")
    assert (case.stage, case.match, (await place.supporter("sari")).slots) == (Stage.HELD, None, {})
    assert (await place.told("c1"))[1:] == ["MatchWithdrawn", "CaseHeld"]
    answer = await place.post(f"matches/{match_id}/accept", "sari")
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:sebaya:problem:case-held")
    await place.place()
    assert (await place.case("c1")).stage is Stage.HELD


async def test_alerts_before_the_case_hold_it_until_a_counsellor_gives_it_back(
    place: Place,
) -> None:
    await place.enrol("sari")
    await place.deliver(place.alert("c1"), place.verdict("c1", Level.RED, "a1"), place.opened("c1"))
    await place.place()
    assert (await place.case("c1")).stage is Stage.HELD
    await place.deliver(place.alert_closed("c1"))
    await place.place()
    assert (await place.case("c1")).stage is Stage.OFFERED
    assert await place.told("c1") == ["CaseHeld", "CaseReleased", "MatchOffered"]


async def test_an_alert_closed_before_its_raising_is_heard_of_holds_nothing(place: Place) -> None:
    await place.enrol("sari")
    await place.deliver(
        place.alert_closed("c1"), place.opened("c1"), place.verdict("c1", Level.RED, "a1")
    )
    assert (await place.deliver(place.alert("c1"))) == [Outcome.IGNORED]
    await place.place()
    assert (await place.case("c1")).stage is Stage.OFFERED


async def test_a_schools_unscreened_alert_names_no_case_and_holds_none(place: Place) -> None:
    await offered(place)
    alert = place.alert("c1")
    nobody = type(alert)(
        alert.topic,
        "a9",
        1,
        type(alert.event)(**{**_fields(alert.event), "case_id": None, "alert_id": "a9"}),
    )
    assert await place.deliver(nobody) == [Outcome.APPLIED]
    assert (await place.case("c1")).stage is Stage.OFFERED


def _fields(event: object) -> dict[str, object]:
    return {name: getattr(event, name) for name in event.__struct_fields__}  # type: ignore[attr-defined]


@pytest.mark.parametrize("ending", ["withdrawn", "erased"])
@pytest.mark.parametrize("accepted", [False, True])
async def test_the_students_leaving_frees_the_slot(
    place: Place, ending: str, accepted: bool
) -> None:
    await offered(place)
    if accepted:
        await place.accepted("c1")
    await place.deliver(getattr(place, ending)("c1"))
    assert (await place.supporter("sari")).slots == {}
    assert (await place.case("c1")).match is None
    assert (await place.told("c1"))[-1] == ("MatchClosed" if accepted else "MatchWithdrawn")


async def test_after_erasure_nothing_is_stored(place: Place) -> None:
    await offered(place)
    erasing = place.erased("c1")
    await place.deliver(erasing)
    before = await place.composed.runtime.database["cases"].find_one({"_id": "c1"})
    late = [
        place.verdict("c1", Level.RED, "a1"),
        place.alert("c1"),
        place.alert_closed("c1"),
        erasing,
    ]
    late.append(place.withdrawn("c1"))
    assert set(await place.deliver(*late)) == {Outcome.IGNORED}
    assert await place.composed.runtime.database["cases"].find_one({"_id": "c1"}) == before
    assert before is not None
    assert before["state"]["request"] is None
    assert before["state"]["former"] == []


async def test_a_rematch_finds_somebody_else_and_never_the_same(place: Place) -> None:
    match_id = await offered(place)
    await place.accepted("c1")
    await place.deliver(place.rematch("c1", match_id))
    await place.place()
    case = await place.case("c1")
    assert (case.stage, case.wait_reason) == (Stage.WAITING, WaitReason.ALL_EXCLUDED)
    await place.enrol("budi")
    await place.place()
    again = (await place.case("c1")).match
    assert again is not None
    assert again.supporter_id == "budi"
    assert (await place.supporter("sari")).slots == {}


async def test_an_offer_nobody_answers_lapses_and_goes_to_somebody_else(place: Place) -> None:
    await define_school(place.composed, "s1", offer_lapse_seconds=0.05)
    match_id = await offered(place)
    await place.enrol("budi")
    match = (await place.case("c1")).match
    assert match is not None
    await eventually(lambda: _past(place, match.lapses_at))
    answer = await place.post(f"matches/{match_id}/accept", "sari")
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:sebaya:problem:offer-gone")
    await define_school(place.composed, "s1", offer_lapse_seconds=3600.0, may_lend=False)
    await place.composed.jobs.matching_round.act("s1", ["c1"])
    case = await place.case("c1")
    assert case.match is not None
    assert (case.match.supporter_id, [former.parting for former in case.former]) == (
        "budi",
        [MatchEndReason.LAPSED],
    )
    assert await place.told("c1") == ["MatchOffered", "MatchLapsed", "MatchOffered"]
    assert (await place.supporter("sari")).slots == {}


async def _past(place: Place, moment: datetime) -> bool:
    return await place.now() > moment


async def test_why_a_case_waits_is_told_when_it_changes_and_tried_again_later(place: Place) -> None:
    await place.wait_for_supporter("c1")
    await place.place()
    await place.place()
    assert await place.told("c1") == ["CaseWaited"]
    document = await place.composed.runtime.database["cases"].find_one({"_id": "c1"})
    assert document is not None
    assert document["due_at"] > await place.now() + timedelta(seconds=20)
    await place.enrol("sari", languages=("en",))
    await place.place()
    assert await place.told("c1") == ["CaseWaited", "CaseWaited"]
    assert (await place.case("c1")).wait_reason is WaitReason.NO_SUPPORTER_FOR_LANGUAGE


async def waiting_and_taken(place: Place) -> tuple[str, str]:
    """Of two cases and one slot."""
    first = (await place.case("c1")).stage is Stage.WAITING
    return ("c1", "c2") if first else ("c2", "c1")


async def test_what_frees_a_slot_makes_a_waiting_case_due_at_once(place: Place) -> None:
    await place.enrol("sari", cap=1)
    await place.wait_for_supporter("c1", "c2")
    await place.place()
    waiting, taken = await waiting_and_taken(place)
    await place.deliver(place.withdrawn(taken))
    document = await place.composed.runtime.database["cases"].find_one({"_id": waiting})
    assert document is not None
    assert document["due_at"] <= await place.now()
    assert document["state"]["wait_reason"] == "all_busy"


async def test_a_slot_freed_during_a_try_is_not_overlooked(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The try has seen the supporter busy; the slot is freed before it puts the case off."""
    await place.enrol("sari", cap=1)
    await place.wait_for_supporter("c1", "c2")
    await place.place()
    waiting, taken = await waiting_and_taken(place)
    planned = type(place.composed.jobs.matching_round)._planned

    async def and_meanwhile(self: object, *args: object) -> object:
        plan = await planned(self, *args)  # type: ignore[arg-type]
        await place.deliver(place.withdrawn(taken))
        return plan

    monkeypatch.setattr(type(place.composed.jobs.matching_round), "_planned", and_meanwhile)
    await place.place()
    document = await place.composed.runtime.database["cases"].find_one({"_id": waiting})
    assert document is not None
    assert document["due_at"] <= await place.now()


async def test_lowering_a_cap_takes_nothing_away_and_lets_nothing_new_in(place: Place) -> None:
    await place.enrol("sari", cap=2)
    await place.wait_for_supporter("c1", "c2")
    await place.place()
    await place.accepted("c1")
    await place.change("sari", cap=1)
    await place.wait_for_supporter("c3")
    await place.place()
    assert (await place.supporter("sari")).taken == 2
    assert [(await place.case(case_id)).stage for case_id in ("c1", "c2", "c3")] == [
        Stage.MATCHED,
        Stage.OFFERED,
        Stage.WAITING,
    ]


@pytest.mark.parametrize(
    ("state", "stages"), [("paused", ["matched", "waiting"]), ("retired", ["waiting", "waiting"])]
)
async def test_who_is_no_longer_there_gives_back_offers_and_when_retired_matches_too(
    place: Place, state: str, stages: list[str]
) -> None:
    await place.enrol("sari", cap=2)
    await place.wait_for_supporter("c1", "c2")
    await place.place()
    await place.accepted("c1")
    await place.change("sari", state=SupporterState(state))
    assert [(await place.case(case_id)).stage.value for case_id in ("c1", "c2")] == stages
    assert (await place.supporter("sari")).taken == stages.count("matched")


async def test_the_rules_are_asked_again_when_the_offer_is_written(place: Place) -> None:
    await place.enrol("sari")
    await place.enrol("other", topics=(CaseTopic.GRIEF,))
    await place.wait_for_supporter("c1")
    with pytest.raises(NoSlot):
        await place.cases.offer("m1", ProposedOffer("c1", "other", ()), LAPSE)
    assert (await place.case("c1")).stage is Stage.WAITING
    assert (await place.supporter("other")).slots == {}


async def test_two_offers_of_one_case_at_once_make_one(place: Place) -> None:
    await place.enrol("sari", "budi")
    await place.wait_for_supporter("c1")
    both = await asyncio.gather(
        place.cases.offer("m1", ProposedOffer("c1", "sari", ()), LAPSE),
        place.cases.offer("m2", ProposedOffer("c1", "budi", ()), LAPSE),
        return_exceptions=True,
    )
    assert sorted(type(one) for one in both if one) == [NotWaiting]
    taken = [(await place.supporter(who)).taken for who in ("sari", "budi")]
    assert sorted(taken) == [0, 1]


async def test_hold_and_accept_at_once_end_one_way_or_the_other(place: Place) -> None:
    await place.enrol(*[f"p{n}" for n in range(10)], cap=1)
    await place.wait_for_supporter(*[f"c{n}" for n in range(10)])
    await place.place()
    seen = set()
    for number in range(10):
        match = (await place.case(f"c{number}")).match
        assert match is not None
        steps = [
            place.post(f"matches/{match.match_id}/accept", match.supporter_id),
            place.deliver(place.alert(f"c{number}", f"a{number}")),
        ]
        answer, *_ = (
            await asyncio.gather(*steps)
            if number % 2
            else reversed(await asyncio.gather(*reversed(steps)))
        )
        case = await place.case(f"c{number}")
        slots = (await place.supporter(match.supporter_id)).taken
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
    place: Place,
) -> None:
    await place.enrol("sari")
    await place.wait_for_supporter("c1")
    deaths = 0
    for after in (False, True):
        for number in (1, 2, 3):
            try:
                with killed_at_write(number, after=after):
                    await place.cases.offer(
                        f"m{number}{after}", ProposedOffer("c1", "sari", ()), LAPSE
                    )
            except Killed:
                deaths += 1
            except NotWaiting:
                continue
            match, slots = (await place.case("c1")).match, (await place.supporter("sari")).slots
            assert slots == ({match.match_id: "c1"} if match else {})
            taken = [
                entry["type"]
                for entry in await place.events("supporters")
                if entry["type"] == "SlotTaken"
            ]
            assert len(taken) == len(slots)
    assert deaths >= 5


async def test_a_death_between_the_writes_of_a_hold_is_made_good_by_the_next_delivery(
    place: Place,
) -> None:
    await offered(place)
    alert = place.alert("c1")
    for number in (1, 2, 3):
        with pytest.raises(Killed), killed_at_write(number, after=False):
            await place.deliver(alert)
        assert ((await place.case("c1")).stage, (await place.supporter("sari")).taken) == (
            Stage.OFFERED,
            1,
        )
    await place.deliver(alert)
    assert ((await place.case("c1")).stage, (await place.supporter("sari")).taken) == (
        Stage.HELD,
        0,
    )
