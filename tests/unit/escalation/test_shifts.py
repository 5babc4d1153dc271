"""Changes of duty: offered and accepted, never between two people, and part of every answer about
the people on call.
"""

from datetime import UTC, datetime, timedelta

import pytest

from sebaya_chassis.base.problems import NotFound
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


def test_what_was_taken_may_be_passed_on_but_not_back() -> None:
    taken = agreed(offered())
    with pytest.raises(CannotTakeOver):
        offered("a", who="c", before=taken, change_id="y")
    on = agreed(offered("b", who="c", before=taken, change_id="y"), "b", "y", NOON + HOUR)
    assert names(on, NOON + 2 * HOUR) == ["b"]


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
