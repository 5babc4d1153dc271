"""What is said of one offer, slot or supporter leaves its neighbours as they are."""

from dataclasses import replace

import pytest

from sebaya_contracts.matching import SlotFreed
from sebaya_contracts.words import WaitDetail, WaitReason
from sebaya_matching.domain import offers, supporter
from sebaya_matching.domain.case import FormerMatch, Wait
from sebaya_matching.domain.enums import MatchEndReason
from sebaya_matching.domain.supporter import change_profile
from unit.matching.examples import NOW, a_supporter, waiting_case

SLOTS = {"m1": "c1", "m2": "c2", "m3": "c3"}


@pytest.mark.parametrize("match_id", SLOTS)
def test_a_slot_is_freed_and_the_others_stay(match_id: str) -> None:
    after, (event,) = supporter.free_slot(a_supporter(slots=SLOTS, cap=3), match_id)
    assert after.slots == {name: case for name, case in SLOTS.items() if name != match_id}
    assert isinstance(event, SlotFreed)
    assert (event.match_id, event.case_id, event.taken) == (match_id, SLOTS[match_id], 2)


@pytest.mark.parametrize("match_id", SLOTS)
def test_a_former_match_is_found_by_its_id(match_id: str) -> None:
    former = tuple(FormerMatch(name, "sari", MatchEndReason.LAPSED, NOW) for name in SLOTS)
    found = replace(waiting_case(), former=former).find_former(match_id)
    assert found is not None and found.match_id == match_id
    assert replace(waiting_case(), former=former).find_former("m0") is None


@pytest.mark.parametrize("cap", [1, 2, 4, 5])
def test_a_cap_that_changes_is_remembered_where_it_fell(cap: int) -> None:
    one = a_supporter(slots=SLOTS, cap=3)
    after, _ = change_profile(one, replace(one.profile, cap=cap), NOW)
    assert after.over == max(0, 3 - cap)
    assert after.lowered_at == (NOW if cap < 3 else None)
    same, events = change_profile(one, one.profile, NOW)
    assert (same, events) == (one, ())


@pytest.mark.parametrize(
    "wait",
    [
        Wait(WaitReason.ALL_BUSY),
        Wait(WaitReason.ALL_BUSY, WaitDetail.ALL_RESTING),
        Wait(WaitReason.NO_COMMON_HOURS),
    ],
)
def test_a_wait_is_told_where_it_is_another(wait: Wait) -> None:
    for before in (
        Wait(WaitReason.ALL_BUSY),
        Wait(WaitReason.ALL_BUSY, WaitDetail.ALL_RESTING),
        Wait(WaitReason.NO_COMMON_HOURS),
    ):
        known = offers.keep_waiting(waiting_case(), before, NOW)[0]
        assert len(offers.keep_waiting(known, wait, NOW)[1]) == (wait != before)
