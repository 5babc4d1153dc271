"""An id is equal or another, whichever comes first in the alphabet; and the last moment counts."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from sebaya_chassis.base.problems import NotFound
from sebaya_contracts import matching as events
from sebaya_contracts.words import DeclineReason, MatchEnd
from sebaya_matching.domain import lifecycle, offers
from sebaya_matching.domain.assignment import solve
from sebaya_matching.domain.case import Case, FormerMatch
from sebaya_matching.domain.enums import MatchEndReason, Stage
from sebaya_matching.domain.waking import add_school_days, find_lapse
from sebaya_matching.errors import MeetingImpossible, NoActiveMatch, OfferGone
from unit.matching.examples import LAPSE, NOW, a_school, a_supporter, waiting_case
from unit.matching.test_matching_silence import at

HOUR = timedelta(hours=1)
INSTANT = timedelta(microseconds=1)
SARI = a_supporter("sari")
OFFERED = offers.offer(waiting_case(), "m1", SARI, (), LAPSE, NOW)[0]
MATCHED = offers.accept(OFFERED, "m1", SARI, NOW, NOW + HOUR)[0]
OTHER_MATCHES = ["m0", "m2"]
OTHER_PEOPLE = ["alif", "zaki"]


@pytest.mark.parametrize("match_id", OTHER_MATCHES)
def test_another_match_is_no_persons_here(match_id: str) -> None:
    assert lifecycle.rematch(MATCHED, match_id, NOW) == (MATCHED, ())
    assert offers.replace_retired(MATCHED, match_id, NOW) == (MATCHED, ())
    assert offers.find_broken_rule(OFFERED, match_id, a_supporter("sari", cap=0), NOW) is None
    with pytest.raises(NotFound):
        offers.decline(OFFERED, match_id, "sari", DeclineReason.OTHER, NOW)
    with pytest.raises(NotFound):
        offers.close_match(MATCHED, match_id, "sari", MatchEnd.COMPLETED, NOW)


@pytest.mark.parametrize("who", OTHER_PEOPLE)
def test_another_persons_match_is_not_there(who: str) -> None:
    for case in (OFFERED, MATCHED):
        with pytest.raises(NotFound):
            offers.ensure_match_owner(case, "m1", who)
    over, _ = offers.close_match(MATCHED, "m1", "sari", MatchEnd.COMPLETED, NOW)
    offers.ensure_match_owner(over, "m1", "sari")
    with pytest.raises(NotFound):
        offers.ensure_match_owner(over, "m1", who)


def test_a_match_that_is_over_is_no_active_one() -> None:
    over, _ = offers.close_match(MATCHED, "m1", "sari", MatchEnd.COMPLETED, NOW)
    with pytest.raises(NoActiveMatch):
        offers.close_match(over, "m1", "sari", MatchEnd.NO_SHOW, NOW)
    with pytest.raises(NoActiveMatch):
        offers.close_match(OFFERED, "m1", "sari", MatchEnd.COMPLETED, NOW)
    with pytest.raises(NoActiveMatch):
        offers.log_meeting(OFFERED, "m1", "sari", NOW, NOW)


def test_an_offer_lapses_at_its_instant_and_not_before_it() -> None:
    assert offers.lapse(OFFERED, NOW + LAPSE)[0].stage is Stage.WAITING
    assert offers.lapse(OFFERED, NOW + LAPSE - INSTANT) == (OFFERED, ())
    for late in (LAPSE, 2 * LAPSE):
        with pytest.raises(OfferGone):
            offers.accept(OFFERED, "m1", SARI, NOW + late)


@pytest.mark.parametrize("late", [timedelta(0), HOUR, timedelta(days=3)])
def test_silence_is_noted_by_a_timer_that_comes_late_too(late: timedelta) -> None:
    after, (event,) = offers.note_quiet(MATCHED, a_school(), NOW + HOUR + late)
    assert isinstance(event, events.MatchQuiet) and event.school_days == 1
    assert after.match is not None and after.match.quiet_at is not None
    assert offers.note_quiet(MATCHED, a_school(), NOW + HOUR - INSTANT) == (MATCHED, ())


def test_a_choice_of_supporters_ends_at_its_day_or_later() -> None:
    request = waiting_case(choosing=True).request
    assert request is not None
    case = Case("c1", "s1", request=request)
    begins = request.opened_at + timedelta(days=1)
    for late in (timedelta(0), HOUR):
        begun = lifecycle.begin_search(case, begins + late)[0].request
        assert begun is not None and not begun.choosing
    assert lifecycle.begin_search(case, begins - INSTANT) == (case, ())


def test_of_words_that_arrive_in_any_order_the_newest_says_whether_a_peer_goes_on() -> None:
    def decide(case: Case, *, hours: int, may: bool) -> Case:
        return lifecycle.change_peer_decision(
            case, "a1", NOW, peer_may_continue=may, changed_at=NOW + hours * HOUR
        )[0]

    def refuse(case: Case, *, hours: int) -> Case:
        return lifecycle.close_alert(
            case, "a1", NOW, peer_may_continue=False, closed_at=NOW + hours * HOUR
        )[0]

    case = waiting_case()
    assert refuse(decide(case, hours=2, may=True), hours=1).referred is False
    assert refuse(decide(case, hours=1, may=True), hours=2).referred is True
    assert refuse(decide(case, hours=1, may=True), hours=1).referred is False
    assert decide(refuse(case, hours=2), hours=1, may=True).referred is True
    assert decide(refuse(case, hours=1), hours=2, may=True).referred is False
    known = decide(case, hours=2, may=False)
    assert decide(known, hours=2, may=True) == known
    assert decide(known, hours=1, may=True) == known
    twice = refuse(refuse(case, hours=3), hours=1)
    assert twice.refused_at == NOW + 3 * HOUR


@pytest.mark.parametrize(
    ("times", "silent"), [(0, set()), (1, set()), (2, {"sari"}), (3, {"sari"})]
)
def test_from_the_second_lapse_on_a_supporter_is_not_asked(times: int, silent: set[str]) -> None:
    former = tuple(
        FormerMatch(f"m{number}", "sari", MatchEndReason.LAPSED, NOW) for number in range(times)
    )
    case = replace(waiting_case(), former=former)
    assert (case.silent, case.lapsed) == (silent, {"sari"} if times else set())


def test_a_worse_fit_below_zero_is_still_told_from_a_better_one() -> None:
    allowed = np.ones((1, 2), dtype=bool)
    assert solve(np.array([[-50.0, -10.0]]), allowed, [1, 1]) == [(0, 1)]
    assert solve(np.array([[-10.0, -50.0]]), allowed, [1, 1]) == [(0, 0)]
    assert solve(np.array([[50.0, 10.0]]), allowed, [1, 1]) == [(0, 0)]


def test_what_is_left_of_a_wait_goes_on_when_the_school_wakes() -> None:
    """Of four hours, one is over in the evening: three are left for the morning."""
    school = a_school(4 * HOUR)
    assert find_lapse(school, at(20)) == at(9, day=3)
    assert find_lapse(school, at(17)) == at(21), "to the last minute of the evening"
    assert find_lapse(school, at(17, minute=1)) == at(6, day=3, minute=1)
    assert find_lapse(school, at(21)) == at(10, day=3), "the evening is over at nine"
    assert find_lapse(school, at(6)) == at(10)
    night = a_school(4 * HOUR, waking_from="20:00", waking_until="02:00")
    assert find_lapse(night, at(1)) == at(5), "where none is left between the hours, all day counts"


def test_a_wait_of_less_than_an_hour_is_counted_by_the_wall() -> None:
    assert find_lapse(a_school(HOUR - timedelta(minutes=1)), at(23)) == at(23, minute=59)
    assert find_lapse(a_school(HOUR), at(23)) == at(7, day=3)


def test_no_school_day_later_is_now() -> None:
    assert add_school_days(a_school(), at(10), 0) == at(10)
    assert add_school_days(a_school(), at(10), 5) == at(10, day=9)


def test_a_rule_of_the_student_is_heard_whether_or_not_the_match_was_accepted() -> None:
    wishes = {"language": "id", "excluded_supporters": ("sari",)}
    for case in (OFFERED, MATCHED):
        after, (event, *_) = lifecycle.change_wishes(case, _wishes(**wishes), NOW)
        assert (after.match, after.stage) == (None, Stage.WAITING)
        expected = events.MatchClosed if case is MATCHED else events.MatchWithdrawn
        assert isinstance(event, expected)
    same = replace(MATCHED, request=None)
    assert lifecycle.change_wishes(same, _wishes(**wishes), NOW) == (same, ())


def _wishes(**more: object) -> lifecycle.Preferences:
    return lifecycle.Preferences(**more)  # type: ignore[arg-type]


@pytest.mark.parametrize("late", [timedelta(0), HOUR, timedelta(days=9)])
def test_an_offer_that_lapsed_is_judged_as_lapsed_however_late(late: timedelta) -> None:
    now, gone = NOW + LAPSE + late, a_supporter("sari", cap=0)
    assert offers.judge(OFFERED, SARI, now)[0].lapsed == {"sari"}
    assert offers.find_broken_rule(OFFERED, "m1", gone, now) is None
    assert offers.apply_policy(OFFERED, a_school(HOUR), now) == (OFFERED, ())
    assert offers.lapse(OFFERED, now)[0].lapsed == {"sari"}


@pytest.mark.parametrize(("cap", "busy"), [(0, True), (1, True), (2, True), (3, False), (4, False)])
def test_over_the_cap_is_busy_and_takes_no_slot(cap: int, busy: bool) -> None:
    one = a_supporter(slots={"m1": "c1", "m2": "c2"}, cap=cap)
    assert one.is_busy_beside("m9") is busy
    assert one.is_busy_beside("m1") is (cap <= 1)
    assert (one.free == 0) is busy


@pytest.mark.parametrize(("minutes", "met"), [(-3, False), (-2, True), (62, True), (63, False)])
def test_a_meeting_lies_in_the_match(minutes: int, met: bool) -> None:
    at_, now = NOW + minutes * HOUR / 60, NOW + HOUR
    if met:
        assert len(offers.log_meeting(MATCHED, "m1", "sari", at_, now)[1]) == 1
    else:
        with pytest.raises(MeetingImpossible):
            offers.log_meeting(MATCHED, "m1", "sari", at_, now)
