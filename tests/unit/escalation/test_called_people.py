"""No person is called to what they may not open: every rung, every role, every kind of page."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain, combinations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples import examples
from sebaya_cli.doctor.ladders import Demand
from sebaya_contracts.district import ON_CALL, Day, Ladder, Person, Rung, School, Shift
from sebaya_contracts.words import AlertCause, Level, Role
from sebaya_escalation.domain import alert as domain
from sebaya_escalation.domain import holding
from sebaya_escalation.domain.alert import Alert
from sebaya_escalation.domain.barring import BarReason, add_bars
from sebaya_escalation.domain.ladder import (
    call_coordinators,
    is_wanted,
    take_review_step,
    take_step,
)
from sebaya_escalation.domain.page import OPENED_BY, Page, PageKind
from sebaya_escalation.domain.review import ReviewAfter, plan_review
from sebaya_escalation.domain.school_ladder import choose_ladder
from sebaya_escalation.domain.signal import Signal
from unit.escalation.examples import a_person, a_school

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
LEVELS = [Level.AMBER, Level.RED, Level.IMMINENT]
ROLES = list(chain.from_iterable(combinations(Role, number) for number in range(len(Role) + 1)))
# One person for each set of roles; each of them on duty.
STAFF = tuple(a_person(f"p{number}", *roles) for number, roles in enumerate(ROLES))
ROTA = tuple(
    Shift(person_id=one.person_id, days=tuple(Day), since="00:00", until="24:00") for one in STAFF
)
NAMES = [ON_CALL, *(one.person_id for one in STAFF)]
MAY = {one.person_id for one in STAFF if Role.COUNSELLOR in one.roles}


def raised(level: Level) -> Alert:
    return domain.raise_alert(
        "s1", "al", "c1", 1, Signal("m1", level, AlertCause.MESSAGE, NOW, text="words"), NOW
    ).alert


def paged(alert: Alert, school: School, steps: int) -> list[Page]:
    found: list[Page] = []
    now = NOW
    for _ in range(steps):
        done = take_step(alert, school, "s.test", now)
        found += done.pages
        alert, now = done.alert, done.alert.next_step_at or now
    return found


def called(alert: Alert, school: School, steps: int) -> list[Page]:
    """The pages that call for an answer."""
    return [page for page in paged(alert, school, steps) if page.kind is not PageKind.UNANSWERED]


def told(alert: Alert, school: School, steps: int) -> list[str]:
    """Who hears that nobody answered, in their order."""
    pages = paged(alert, school, steps)
    return [page.person_id for page in pages if page.kind is PageKind.UNANSWERED]


@pytest.mark.parametrize("level", LEVELS)
def test_the_ladder_of_a_school_without_one_calls_counsellors_alone(level: Level) -> None:
    school = a_school(staff=STAFF, rota=ROTA)
    rungs = choose_ladder(school, level).rungs
    assert {who for rung in rungs for who in rung.who} == {ON_CALL, *MAY}
    assert {page.person_id for page in called(raised(level), school, 2 * len(rungs))} == MAY


@examples(60)
@given(
    st.sampled_from(LEVELS),
    st.lists(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3), min_size=1, max_size=4),
)
def test_whatever_the_rungs_are_each_person_called_may_open_it(
    level: Level, rungs: list[list[str]]
) -> None:
    """A file is refused for such a rung; a role that was taken away later leaves one behind. The
    checker reckons the same.
    """
    ladder = Ladder(
        rungs=tuple(Rung(who=tuple(who), wait_seconds=60) for who in rungs),
        contact_within_seconds=3600,
    )
    school = a_school(staff=STAFF, rota=ROTA, ladders={level: ladder})
    named = {who for rung in rungs for who in rung}
    able = MAY if ON_CALL in named else MAY & named
    assert {one.person_id for one in called(raised(level), school, len(rungs) + 1)} == able
    demand = Demand(school)
    assert set().union(*(demand.reached(level, rung, NOW) for rung in ladder.rungs)) == able


@pytest.mark.parametrize("roles", ROLES)
def test_a_holder_that_lost_the_role_is_called_no_more_and_the_ladder_goes_on(
    roles: tuple[Role, ...],
) -> None:
    school = a_school(staff=(a_person("b", Role.COUNSELLOR), a_person("a", *roles)))
    held = domain.acknowledge(raised(Level.RED), "a", school, NOW).alert
    news = domain.join_signal(
        held, Signal("m2", Level.RED, AlertCause.MESSAGE, NOW, text="more"), NOW
    ).alert
    may = Role.COUNSELLOR in roles
    told = take_step(news, school, "s.test", NOW)
    assert {page.person_id for page in told.pages} == ({"a"} if may else {"b"})
    assert told.alert.paging is not may
    review = plan_review(None, ReviewAfter.DAY, NOW)
    looks = take_review_step(held, review, school, "s.test", NOW + timedelta(days=1))
    assert {page.person_id for page in looks.pages} == ({"a"} if may else {"b"})
    people = {one.person_id for one in holding.list_colleagues(school, "x")}
    assert people == ({"a", "b"} if may else {"b"})


def test_of_opened_contact_details_hears_only_a_coordinator() -> None:
    school = a_school(staff=STAFF)
    pages = call_coordinators(raised(Level.RED), "al/details/1", school, "s.test", NOW)
    assert {page.person_id for page in pages} == {
        one.person_id for one in STAFF if Role.COORDINATOR in one.roles
    }


def test_of_each_kind_of_page_it_is_said_which_role_may_open_it() -> None:
    assert set(OPENED_BY) == set(PageKind)


def test_a_reachable_person_without_a_role_is_no_person_to_call() -> None:
    school = a_school(staff=(Person(person_id="h", name="H", email="h@s.test"),))
    assert called(raised(Level.IMMINENT), school, 3) == []


def with_ladder(*rungs: tuple[str, ...]) -> School:
    """A duty of `a`, colleagues `b` and `c`, and a coordinator."""
    ladder = Ladder(
        rungs=tuple(Rung(who=who, wait_seconds=60) for who in rungs), contact_within_seconds=3600
    )
    counsellors = tuple(a_person(name, Role.COUNSELLOR) for name in "abc")
    duty = Shift(person_id="a", days=tuple(Day), since="00:00", until="24:00")
    return a_school(
        staff=(*counsellors, a_person("w", Role.COORDINATOR)),
        rota=(duty,),
        ladders=dict.fromkeys(LEVELS, ladder),
    )


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    ("rungs", "barred", "people"),
    [
        ([(ON_CALL,)], {"a"}, {"b", "c"}),
        ([(ON_CALL,), ("a",)], {"a"}, {"b", "c"}),
        ([(ON_CALL, "b")], {"a", "b"}, {"c"}),
        ([(ON_CALL,)], {"a", "b", "c"}, set()),
        ([(ON_CALL,), ("b",)], {"a"}, {"b"}),
        ([(ON_CALL,)], {"b"}, {"a"}),
    ],
)
def test_where_the_ladder_reaches_only_people_that_are_barred_their_colleagues_are_called(
    level: Level, rungs: list[tuple[str, ...]], barred: set[str], people: set[str]
) -> None:
    """Else a student that names the one on duty would be left with nobody. Of a look it holds too,
    and the checker reckons the same.
    """
    school = with_ladder(*rungs)
    bars = add_bars((), tuple(barred), BarReason.NAMED)
    alert = replace(raised(level), bars=bars)
    assert {page.person_id for page in called(alert, school, len(rungs))} == people
    first = take_step(alert, school, "s.test", NOW)
    assert first.reaches_people is bool(people), "at once, not in a later round"
    review = plan_review(None, ReviewAfter.DAY, NOW)
    found: set[str] = set()
    looked = alert
    for day in range(len(rungs) + 2):
        done = take_review_step(looked, review, school, "s.test", NOW + timedelta(days=1 + day))
        found |= {page.person_id for page in done.pages}
        looked = done.alert
        assert looked.review is not None
        review = looked.review
    assert found == people
    demand = Demand(school, barred=frozenset(barred))
    rung = first.events[-1].rung if people else 0
    assert demand.reached(level, school.ladders[level].rungs[rung], NOW) == (
        people if people else set()
    )


def test_where_nobody_is_on_duty_and_nobody_is_barred_the_ladder_stays_what_its_school_chose() -> (
    None
):
    school = msgspec.structs.replace(with_ladder((ON_CALL,)), rota=())
    assert called(raised(Level.RED), school, 3) == []


@pytest.mark.parametrize("level", LEVELS)
def test_once_a_whole_round_is_unanswered_the_coordinators_hear_of_it_once(level: Level) -> None:
    """With a ladder of its own or without; each time that the alert waits anew."""
    own, default = with_ladder((ON_CALL,), ("b",)), a_school(staff=STAFF, rota=ROTA)
    assert told(raised(level), own, 2) == [], "the last rung still has its time"
    assert told(raised(level), own, 3) == told(raised(level), own, 9) == ["w"]
    coordinators = [one.person_id for one in STAFF if Role.COORDINATOR in one.roles]
    assert told(raised(level), default, 9) == coordinators
    later = replace(
        raised(level), coordinators_told_at=NOW - timedelta(days=1), open_since=NOW, turn=4
    )
    assert told(later, own, 9) == ["w"]


def test_where_nobody_can_be_called_the_coordinators_hear_of_it_at_once_unless_barred() -> None:
    school = with_ladder((ON_CALL,))
    nobody = add_bars((), ("a", "b", "c"), BarReason.NAMED)
    first = take_step(replace(raised(Level.RED), bars=nobody), school, "s.test", NOW)
    assert [(one.person_id, one.kind) for one in first.pages] == [("w", PageKind.UNANSWERED)]
    assert (first.events, first.reaches_people) == ((), False)
    everybody = add_bars(nobody, ("w",), BarReason.NAMED)
    assert told(replace(raised(Level.RED), bars=everybody), school, 9) == []


def test_what_a_coordinator_would_hear_falls_when_somebody_answers() -> None:
    school = with_ladder((ON_CALL,))
    pages = paged(raised(Level.RED), school, 2)
    page = next(one for one in pages if one.kind is PageKind.UNANSWERED)
    assert is_wanted(page, raised(Level.RED))
    assert not is_wanted(page, domain.acknowledge(raised(Level.RED), "a", school, NOW).alert)
