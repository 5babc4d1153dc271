"""Silence is remembered, waking hours count, and a rest ends."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sebaya_contracts.district import Day
from sebaya_contracts.matching import CaseWaited, MatchQuiet, StudentHandedOn
from sebaya_contracts.words import CaseTopic, MatchEnd, WaitDetail, WaitReason, WorryReason
from sebaya_matching.domain import offers, supporter
from sebaya_matching.domain.assignment import assign
from sebaya_matching.domain.case import Case, FormerMatch, Wait
from sebaya_matching.domain.enums import MatchEndReason, ScoreReason, Stage
from sebaya_matching.domain.supporter import Supporter
from sebaya_matching.domain.waking import add_school_days, find_lapse
from sebaya_matching.schemas.supporters import EnrolSupporterRequest
from unit.matching.examples import NOW, a_profile, a_school, a_supporter, waiting_case

HOUR = timedelta(hours=1)
JAKARTA = ZoneInfo("Asia/Jakarta")


def at(hour: int, day: int = 2, minute: int = 0) -> datetime:
    """In March 2026; the 2nd is a Monday."""
    return datetime(2026, 3, day, hour, minute, tzinfo=JAKARTA).astimezone(UTC)


@pytest.mark.parametrize(
    ("lapse", "offered_at", "lapses_at"),
    [
        (4 * HOUR, at(9), at(13)),
        (4 * HOUR, at(20), at(9, day=3)),
        (4 * HOUR, at(2), at(10)),
        (4 * HOUR, at(17), at(21)),
        (24 * HOUR, at(20), at(20, day=3)),
        (28 * HOUR, at(20), at(9, day=4)),
        (23 * HOUR, at(20), at(20, day=3)),
        (timedelta(minutes=5), at(23), at(23, minute=5)),
    ],
)
def test_a_night_is_no_silence(lapse: timedelta, offered_at: datetime, lapses_at: datetime) -> None:
    assert find_lapse(a_school(lapse), offered_at) == lapses_at


def test_a_school_says_when_it_is_awake_and_a_day_without_a_night_is_all_awake() -> None:
    early = a_school(waking_from="05:00", waking_until="17:30")
    assert find_lapse(early, at(17)) == at(8, day=3, minute=30)
    assert find_lapse(a_school(waking_from="00:00", waking_until="00:00"), at(23)) == at(3, day=3)


def test_waking_hours_hold_across_a_change_of_the_clocks() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    evening = datetime(2026, 3, 28, 20, tzinfo=berlin).astimezone(UTC)
    morning = datetime(2026, 3, 29, 9, tzinfo=berlin).astimezone(UTC)
    assert find_lapse(a_school(zone="Europe/Berlin"), evening) == morning


def test_school_days_leave_the_weekend_out() -> None:
    friday = at(10, day=6)
    assert add_school_days(a_school(), friday, 1) == at(10, day=9)
    assert add_school_days(a_school(), friday, 3) == at(10, day=11)
    six = a_school(school_days=(*tuple(Day)[:6],))
    assert add_school_days(six, friday, 1) == at(10, day=7)
    assert add_school_days(a_school(school_days=()), friday, 1) == at(10, day=7)


def silent(times: int, who: str = "sari") -> Supporter:
    one = a_supporter(who)
    for _ in range(times):
        one = supporter.note_silence(one, NOW)
    return one


def test_who_does_not_answer_is_asked_after_all_others_and_rests_from_the_second_time() -> None:
    answering = a_supporter("budi", slots={"m0": "c0"})
    plan = assign([waiting_case()], [silent(1), answering], NOW)
    assert [one.supporter_id for one in plan.offers] == ["budi"]
    assert [one.supporter_id for one in assign([waiting_case()], [silent(1)], NOW).offers] == [
        "sari"
    ]
    plan = assign([waiting_case()], [silent(2)], NOW)
    assert plan.waits == (("c1", Wait(WaitReason.ALL_BUSY, WaitDetail.ALL_RESTING)),)


@pytest.mark.parametrize(("times", "days"), [(2, 1), (3, 2), (4, 4), (6, 16), (40, 16)])
def test_a_rest_doubles_and_ends(times: int, days: int) -> None:
    until = NOW + timedelta(days=days)
    one = silent(times)
    assert one.rests(until - timedelta(seconds=1))
    assert not one.rests(until)


def test_an_answer_ends_the_silence_yes_or_no() -> None:
    assert supporter.note_answer(silent(5)) == a_supporter("sari")
    said_no = FormerMatch("m1", "sari", MatchEndReason.DECLINED, NOW)
    holding = replace(silent(2), slots={"m1": "c1"})
    after, events = supporter.end_match(holding, "m1", said_no)
    assert (after.unanswered, after.slots, len(events)) == (0, {}, 1)
    lapsed = FormerMatch("m1", "sari", MatchEndReason.LAPSED, NOW)
    assert supporter.end_match(holding, "m1", lapsed)[0].unanswered == 2


def test_an_open_offer_may_be_answered_by_who_rests() -> None:
    case = offers.offer(waiting_case(), "m1", a_supporter(), (), 24 * HOUR, NOW)[0]
    resting = replace(silent(3), slots={"m1": "c1"})
    assert offers.accept(case, "m1", resting, NOW)[1] != ()
    assert offers.judge(case, resting, NOW)[0].match is not None


def with_former(*former: FormerMatch, **request: Any) -> Case:
    return replace(waiting_case(**request), former=former)


def test_who_let_two_offers_of_a_case_lapse_is_not_asked_a_third_time() -> None:
    lapses = [FormerMatch(f"m{n}", "sari", MatchEndReason.LAPSED, NOW) for n in range(2)]
    assert assign([with_former(lapses[0])], [a_supporter("sari")], NOW).offers != ()
    plan = assign([with_former(*lapses)], [a_supporter("sari")], NOW)
    assert plan.waits == (("c1", Wait(WaitReason.ALL_BUSY, WaitDetail.ALL_RESTING)),)


def test_who_said_no_and_who_was_excluded_are_different_words() -> None:
    said_no = FormerMatch("m1", "sari", MatchEndReason.DECLINED, NOW)
    sari = [a_supporter("sari")]
    declined = assign([with_former(said_no)], sari, NOW).waits[0][1]
    excluded = assign([waiting_case(excluded=("sari",))], sari, NOW).waits[0][1]
    assert declined == Wait(WaitReason.ALL_EXCLUDED, WaitDetail.ALL_DECLINED)
    assert excluded == Wait(WaitReason.ALL_EXCLUDED)
    _, (event,) = offers.keep_waiting(waiting_case(), declined, NOW)
    assert isinstance(event, CaseWaited)
    assert event.detail is WaitDetail.ALL_DECLINED
    known = offers.keep_waiting(waiting_case(), declined, NOW)[0]
    assert offers.keep_waiting(known, excluded, NOW)[1] != ()


def test_a_supporter_of_many_topics_reads_that_it_is_one_of_theirs() -> None:
    plan = assign([waiting_case()], [a_supporter(topics=tuple(CaseTopic))], NOW)
    assert ScoreReason.TOPIC_EXPERTISE in plan.offers[0].reasons


def test_a_case_that_lost_its_match_goes_before_one_that_was_opened_later() -> None:
    again = replace(waiting_case("again", opened_at=NOW - timedelta(days=9)), since=NOW)
    later = replace(waiting_case("later", opened_at=NOW - timedelta(days=2)), since=NOW)
    plan = assign([later, again], [a_supporter(cap=1)], NOW)
    assert [one.case_id for one in plan.offers] == ["again"]


def test_a_cap_that_was_not_chosen_is_one_and_two_after_a_match_was_completed() -> None:
    wanted = {
        "supporter_id": "sari",
        "display_name": "Sari",
        "topics": ["grief"],
        "languages": ["id"],
    }
    profile = EnrolSupporterRequest.model_validate(wanted).profile()
    assert (profile.cap, profile.cap_chosen) == (1, False)
    beginner = replace(a_supporter("sari", slots={"m1": "c1"}), profile=profile)
    done = FormerMatch("m1", "sari", MatchEndReason.ENDED, NOW, NOW, MatchEnd.COMPLETED)
    grown, events = supporter.end_match(beginner, "m1", done)
    assert (grown.profile.cap, [event.kind() for event in events]) == (
        2,
        ["SlotFreed", "SupporterProfiled"],
    )
    left = replace(done, end=MatchEnd.STUDENT_LEFT)
    assert supporter.end_match(beginner, "m1", left)[0].profile.cap == 1
    chosen = EnrolSupporterRequest.model_validate(wanted | {"cap": 1}).profile()
    kept = replace(beginner, profile=chosen)
    assert supporter.end_match(kept, "m1", done)[0].profile.cap == 1
    assert a_profile().cap_chosen


def accepted(now: datetime) -> Case:
    """A match, accepted at that time."""
    case = offers.offer(waiting_case(), "m1", a_supporter(), (), 24 * HOUR, now)[0]
    holding = a_supporter(slots={"m1": "c1"})
    return offers.accept(case, "m1", holding, now, add_school_days(a_school(), now, 1))[0]


def test_accepted_and_no_word_reminds_tells_the_coordinator_and_offers_another() -> None:
    friday = at(10, day=6)
    case, told = accepted(friday), []
    for _ in range(3):
        assert case.due_at is not None
        assert offers.note_quiet(case, a_school(), case.due_at - HOUR) == (case, ())
        when = case.due_at
        case, (event,) = offers.note_quiet(case, a_school(), when)
        assert isinstance(event, MatchQuiet)
        told.append((when, event.school_days))
    assert told == [(at(10, day=9), 1), (at(10, day=10), 2), (at(10, day=11), 3)]
    assert case.due_at is None


def test_a_word_or_a_meeting_ends_the_silence_and_an_older_word_does_not() -> None:
    monday = at(10)
    case, _ = offers.note_quiet(accepted(monday), a_school(), at(10, day=3))
    assert case.match is not None
    assert case.match.quiet_days == 1
    assert offers.note_words(case, monday - HOUR) == (case, ())
    assert offers.note_words(case, None) == (case, ())
    for heard, _ in (
        offers.note_words(case, at(11, day=3)),
        offers.log_meeting(case, "m1", "sari", at(11, day=3), at(12, day=3)),
    ):
        assert heard.match is not None
        assert (heard.due_at, heard.match.quiet_days) == (None, 0)
        assert offers.note_quiet(heard, a_school(), at(10, day=9)) == (heard, ())


@pytest.mark.parametrize("worry", [WorryReason.TOO_HEAVY, WorryReason.KNOWS_STUDENT])
def test_an_adult_hears_why_a_student_is_handed_on_once(worry: WorryReason) -> None:
    case, events = offers.hand_on(accepted(NOW), "m1", "sari", worry, NOW)
    assert (case.stage, case.excluded) == (Stage.WAITING, {"sari"})
    assert [event.kind() for event in events] == ["MatchClosed", "StudentHandedOn"]
    assert isinstance(events[1], StudentHandedOn)
    assert events[1].worry is worry
    assert offers.hand_on(case, "m1", "sari", worry, NOW) == (case, ())
