"""The slots of a supporter."""

import pytest

from sebaya_contracts.matching import SlotFreed, SlotTaken
from sebaya_contracts.words import SupporterState
from sebaya_matching.domain import supporter
from sebaya_matching.errors import NoSlot
from unit.matching.examples import NOW, a_profile, a_supporter


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
