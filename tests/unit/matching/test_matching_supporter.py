"""The slots of a supporter, and the talks that are owed to them."""

from datetime import timedelta

import pytest

from sebaya_contracts.matching import SlotFreed, SlotTaken
from sebaya_contracts.words import SupporterState
from sebaya_matching.domain import supporter
from sebaya_matching.errors import NoSlot
from unit.matching.examples import NOW, a_profile, a_supporter

DAY = timedelta(days=1)


def test_slots_are_taken_up_to_the_cap_and_freed_by_their_match() -> None:
    one, events = supporter.take_slot(a_supporter(cap=1), "m1", "c1", NOW)
    assert isinstance(events[0], SlotTaken)
    assert (events[0].taken, events[0].cap, one.free) == (1, 1, 0)
    with pytest.raises(NoSlot):
        supporter.take_slot(one, "m2", "c2", NOW)
    none, events = supporter.free_slot(one, "m1")
    assert isinstance(events[0], SlotFreed)
    assert (events[0].taken, none.slots) == (0, {})
    assert supporter.free_slot(none, "m1") == (none, ())


@pytest.mark.parametrize(
    "profile",
    [{"state": state} for state in SupporterState if state != "active"]
    + [{"certified_until": None}, {"certified_until": NOW}],
)
def test_only_the_active_and_certified_take_a_case(profile: dict[str, object]) -> None:
    with pytest.raises(NoSlot):
        supporter.take_slot(a_supporter(**profile), "m1", "c1", NOW)


def test_a_cap_below_what_is_taken_takes_nothing_away() -> None:
    two = a_supporter(slots={"m1": "c1", "m2": "c2"}, cap=2)
    lowered, events = supporter.change_profile(two, a_profile(cap=1), NOW)
    assert (lowered.slots, lowered.free, [event.kind() for event in events]) == (
        two.slots,
        0,
        ["SupporterProfiled"],
    )


def test_what_a_lowered_cap_left_above_it_is_known_until_it_is_freed() -> None:
    lowered, _ = supporter.change_profile(
        a_supporter(slots={"m1": "c1", "m2": "c2", "m3": "c3"}, cap=3), a_profile(cap=1), NOW
    )
    renamed, _ = supporter.change_profile(lowered, a_profile(cap=1, display_name="Other"), NOW)
    one_less, _ = supporter.free_slot(renamed, "m1")
    fits, _ = supporter.free_slot(one_less, "m2")
    assert [one.over for one in (lowered, renamed, one_less, fits)] == [2, 2, 1, 0]
    assert supporter.change_profile(lowered, a_profile(cap=3), NOW)[0].over == 0


def test_a_change_that_changes_nothing_is_not_told() -> None:
    assert supporter.change_profile(a_supporter(), a_profile(), NOW) == (a_supporter(), ())


def test_a_debrief_is_owed_once_an_alert_until_a_counsellor_has_talked() -> None:
    owed = supporter.owe_debrief(a_supporter(), "a1", NOW)
    assert [one.alert_id for one in owed.debriefs_owed] == ["a1"]
    assert supporter.owe_debrief(owed, "a1", NOW + DAY) == owed, "told again, it is no second one"
    two = supporter.owe_debrief(owed, "a2", NOW + DAY)
    assert [one.owed_at for one in two.debriefs_owed] == [NOW, NOW + DAY], "the oldest first"
    held = supporter.hold_debriefs(two, NOW + 2 * DAY)
    assert held.debriefs_owed == ()
    assert supporter.owe_debrief(held, "a1", NOW + 3 * DAY) == held, "told again after the talk"
    assert supporter.hold_debriefs(held, NOW + 4 * DAY) == held, "the first talk's time stays"


def test_of_the_debriefs_that_were_held_only_the_last_are_remembered() -> None:
    one = a_supporter()
    for number in range(supporter.DEBRIEFS_REMEMBERED + 5):
        one = supporter.hold_debriefs(supporter.owe_debrief(one, f"a{number}", NOW), NOW)
    waits = supporter.owe_debrief(one, "next", NOW)
    assert len(waits.debriefs) == supporter.DEBRIEFS_REMEMBERED + 1
    assert [each.alert_id for each in waits.debriefs_owed] == ["next"]
    assert waits.debriefs[0].alert_id == "a5"
