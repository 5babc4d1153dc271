"""Changes of duty: offered and accepted, never between two people, and part of every answer about
the people on call.
"""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from examples import examples
from sebaya_chassis.base.problems import NotFound
from sebaya_cli.doctor.duty import on_duty
from sebaya_contracts.district import Day, Person, School, Shift
from sebaya_contracts.words import Role
from sebaya_escalation.domain import shifts
from sebaya_escalation.domain.rota import find_covered, find_gaps, list_on_call
from sebaya_escalation.domain.shifts import ShiftChanges, apply_stand_ins
from sebaya_escalation.errors import CannotTakeOver, NotYourDuty, ShiftOfferGone

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
NONE = ShiftChanges("s1")


def person(name: str, role: Role = Role.COUNSELLOR, email: str | None = "x@s.test") -> Person:
    return Person(person_id=name, name=name, roles=(role,), email=email)


def shift(who: str, since: str, until: str) -> Shift:
    return Shift(person_id=who, days=tuple(Day), since=since, until=until)


SCHOOL = School(
    school_id="s1",
    name="S",
    time_zone="UTC",
    country="ID",
    languages=("id",),
    staff=(
        person("a"),
        person("b"),
        person("c"),
        person("head", Role.COORDINATOR),
        person("mute", email=None),
    ),
    rota=(shift("a", "08:00", "16:00"), shift("b", "16:00", "08:00")),
)


def after(changes: ShiftChanges) -> School:
    return apply_stand_ins(SCHOOL, changes.stand_ins)


def names(changes: ShiftChanges, at: datetime) -> list[str]:
    return [one.person_id for one in list_on_call(after(changes), at)]


def offered(
    to: str = "c",
    at: datetime = NOON,
    who: str = "a",
    before: ShiftChanges = NONE,
    change_id: str = "x",
) -> ShiftChanges:
    return shifts.offer(before, after(before), change_id, who, to, at, NOON)


def agreed(
    before: ShiftChanges, who: str = "c", change_id: str = "x", now: datetime = NOON
) -> ShiftChanges:
    return shifts.accept(before, after(before), change_id, who, now)


def test_until_the_colleague_says_yes_the_duty_stays_where_it_was() -> None:
    asked = offered()
    assert names(asked, NOON) == ["a"]
    taken = agreed(asked)
    assert [names(taken, NOON + hours * HOUR) for hours in (0, 3, 4, 24)] == [
        ["c"],
        ["c"],
        ["b"],
        ["a"],
    ]
    assert (
        find_gaps(
            find_covered(after(taken), NOON, NOON + 14 * 24 * HOUR), NOON, NOON + 14 * 24 * HOUR
        )
        == ()
    )


def test_a_later_duty_is_given_whole_and_a_running_one_from_now() -> None:
    tomorrow = offered(at=NOON + 24 * HOUR).changes[0]
    assert (tomorrow.since, tomorrow.until) == (NOON + 20 * HOUR, NOON + 28 * HOUR)
    assert offered().changes[0].since == NOON
    assert agreed(offered(), now=NOON + HOUR).changes[0].since == NOON + HOUR


def test_only_the_one_who_was_asked_says_yes_and_only_once_counts() -> None:
    for who in ("a", "b", "head"):
        with pytest.raises(NotFound):
            agreed(offered(), who)
    taken = agreed(offered())
    assert agreed(taken, now=NOON + HOUR) == taken
    with pytest.raises(ShiftOfferGone):
        shifts.decline(taken, "x", "c", NOON)
    with pytest.raises(ShiftOfferGone):
        agreed(offered(), now=NOON + 4 * HOUR)


def test_either_side_ends_an_offer_and_nobody_else() -> None:
    for who in ("a", "c"):
        assert shifts.decline(offered(), "x", who, NOON).changes == ()
    with pytest.raises(NotFound):
        shifts.decline(offered(), "x", "b", NOON)


@pytest.mark.parametrize("to", ["a", "head", "mute", "nobody"])
def test_a_duty_goes_to_no_one_but_another_counsellor_who_can_be_called(to: str) -> None:
    with pytest.raises(CannotTakeOver):
        offered(to)


def test_only_ones_own_duty_is_given_away() -> None:
    for who, at in (("b", NOON), ("c", NOON), ("a", NOON + 5 * HOUR), ("a", NOON - 24 * HOUR)):
        with pytest.raises(NotYourDuty):
            offered(to="c" if who != "c" else "b", who=who, at=at)


WHOLE_DAYS = (NOON, NOON + 14 * 24 * HOUR)


def is_covered(school: School) -> bool:
    return find_gaps(find_covered(school, *WHOLE_DAYS), *WHOLE_DAYS) == ()


def passed(before: ShiftChanges, who: str, to: str, change_id: str) -> ShiftChanges:
    """Offered by one and accepted by the other."""
    changed = agreed(offered(to, who=who, before=before, change_id=change_id), to, change_id)
    assert is_covered(after(changed))
    return changed


def test_what_was_taken_may_be_passed_on_and_back_as_often_as_it_is_agreed() -> None:
    changes, on_call = NONE, "a"
    for number, to in enumerate("bcacbabcba"):
        changes = passed(changes, on_call, to, f"change-{number}")
        on_call = to
        assert names(changes, NOON + HOUR) == [on_call]
    assert names(changes, NOON + 4 * HOUR) == ["b"], "the next duty is nobody else's matter"


def without(school: School, *left: str, **changed: Person) -> School:
    staff = tuple(
        changed.get(one.person_id, one) for one in school.staff if one.person_id not in left
    )
    return replace(school, staff=staff)


def test_a_chain_holds_without_its_middle() -> None:
    """The colleague that took a duty and passed it on leaves the school's file."""
    chain = passed(passed(NONE, "a", "b", "x"), "b", "c", "y")
    left = without(after(chain), "b")
    assert [one.person_id for one in list_on_call(left, NOON)] == ["c"]
    for gone in (without(after(chain), "c"), without(after(chain), c=person("c", email=None))):
        assert [one.person_id for one in list_on_call(gone, NOON)] == ["b"], "the last that can"
    ends = without(after(chain), "b", "c")
    assert [one.person_id for one in list_on_call(ends, NOON)] == ["a"]
    assert on_duty(left, NOON) == {"c"}


def test_a_duty_that_fell_back_may_be_passed_on_again() -> None:
    chain = passed(NONE, "a", "b", "x")
    smaller = without(SCHOOL, "b")
    asked = shifts.offer(
        chain, apply_stand_ins(smaller, chain.stand_ins), "y", "a", "c", NOON, NOON
    )
    taken = shifts.accept(asked, apply_stand_ins(smaller, asked.stand_ins), "y", "c", NOON)
    now = list_on_call(apply_stand_ins(smaller, taken.stand_ins), NOON)
    assert [one.person_id for one in now] == ["c"]


@examples(50)
@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=8), st.sets(st.sampled_from("abc")))
def test_however_a_duty_went_some_person_that_can_answer_has_it(
    hands: list[str], left: set[str]
) -> None:
    """As long as one of those that it went through is there; and the checker names the same."""
    changes, on_call = NONE, "a"
    for number, to in enumerate(hands):
        if to != on_call:
            changes = passed(changes, on_call, to, f"change-{number}")
            on_call = to
    then = without(after(changes), *left)
    found = [one.person_id for one in list_on_call(then, NOON)]
    stayed = [one for one in ("a", *hands) if one not in left]
    assert found == stayed[-1:]
    assert on_duty(then, NOON) == set(found)


def test_a_new_offer_of_the_same_hours_takes_the_place_of_the_old() -> None:
    both = offered("b", before=offered(), change_id="y")
    assert [change.change_id for change in both.changes] == ["y"]


def test_a_colleague_who_can_no_longer_be_called_cannot_say_yes() -> None:
    deaf = School(
        **{f: getattr(SCHOOL, f) for f in SCHOOL.__struct_fields__}
        | {"staff": (person("a"), person("c", email=None))}
    )
    with pytest.raises(CannotTakeOver):
        shifts.accept(offered(), deaf, "x", "c", NOON)


def test_what_is_long_over_is_forgotten() -> None:
    taken = agreed(offered())
    later = NOON + timedelta(days=3)
    kept = shifts.offer(taken, after(taken), "y", "a", "c", later, later)
    assert [change.change_id for change in kept.changes] == ["y"]
