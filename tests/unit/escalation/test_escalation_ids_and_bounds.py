"""An id is equal or another, whichever comes first in the alphabet; and the last moment counts."""

from dataclasses import replace
from datetime import timedelta

import pytest
from msgspec.structs import replace as with_fields

from sebaya_chassis.base.problems import NotFound
from sebaya_contracts.district import ON_CALL, Ladder, Rung, StandIn, Substitution
from sebaya_contracts.intake import MessagePosted
from sebaya_contracts.words import Author, Level
from sebaya_escalation import screen
from sebaya_escalation.domain import alert as domain
from sebaya_escalation.domain import care, holding, shifts
from sebaya_escalation.domain import closing as closings
from sebaya_escalation.domain.coverage import compute_coverage
from sebaya_escalation.domain.duty_gaps import count_duty_gaps
from sebaya_escalation.domain.identity import (
    IdentityAnswer,
    IdentityReason,
    answer_inquiry,
    open_inquiry,
)
from sebaya_escalation.domain.judgement import judge_message
from sebaya_escalation.domain.ladder import is_wanted, take_review_step, wait_for_school
from sebaya_escalation.domain.page import PageKind
from sebaya_escalation.domain.review import (
    HOLDER,
    ROUND_AGAIN,
    Review,
    ReviewAfter,
    leave_rung,
    plan_review,
)
from sebaya_escalation.domain.rota import list_on_call, list_unreachable
from sebaya_escalation.domain.shifts import ShiftChanges, apply_stand_ins
from sebaya_escalation.errors import (
    AlertTaken,
    AlreadyAnswered,
    NotAsked,
    NotLower,
    NotYourDuty,
    SecondPersonNeeded,
    SignalsUnseen,
)
from sebaya_escalation.screen.meaning import MEANING_RULE
from unit.escalation import test_shifts
from unit.escalation.test_alert import NOW, SCHOOL, SECOND, closing, raised, signal, taken_by
from unit.escalation.test_notice import PAGE
from unit.escalation.test_shifts import HOUR, NOON, offered

INSTANT = timedelta(microseconds=1)
OTHERS = ["0-first", "z-last"]


@pytest.mark.parametrize("who", OTHERS)
def test_an_alert_of_another_person_is_lowered_handed_over_or_taken_by_no_one_else(
    who: str,
) -> None:
    held = taken_by(raised(), "a")
    with pytest.raises(AlertTaken):
        care.lower(held, who, Level.AMBER, "x", SCHOOL, NOW)
    with pytest.raises(AlertTaken):
        holding.hand_over(held, who, "b", SCHOOL, NOW)
    with pytest.raises(AlertTaken):
        domain.acknowledge(held, who, SCHOOL, NOW)
    assert holding.take_over(held, who, SCHOOL, NOW).alert.holder == who


@pytest.mark.parametrize("who", OTHERS)
def test_a_second_person_answers_for_an_identity(who: str) -> None:
    asked = open_inquiry(None, "bk", IdentityReason.LIFE_IN_DANGER, NOW)
    answered = answer_inquiry(asked, who, IdentityAnswer.NOT_KNOWN, NOW + SECOND)
    assert (answered.answered_by, answered.answered_at, answered.open) == (who, NOW + SECOND, False)
    assert open_inquiry(asked, who, IdentityReason.MEETING_AGREED, NOW) == asked
    assert open_inquiry(answered, who, IdentityReason.MEETING_AGREED, NOW).asked_by == who
    with pytest.raises(SecondPersonNeeded):
        answer_inquiry(asked, "bk", IdentityAnswer.NOT_KNOWN, NOW)
    with pytest.raises(AlreadyAnswered):
        answer_inquiry(answered, who, IdentityAnswer.NOT_KNOWN, NOW)
    with pytest.raises(NotAsked):
        answer_inquiry(None, who, IdentityAnswer.NOT_KNOWN, NOW)


def test_a_lowered_alert_owes_its_contact_by_the_new_level_and_never_sooner_than_before() -> None:
    held = taken_by(raised(Level.IMMINENT), "a")
    assert held.contact_due_at == NOW + 300 * SECOND
    assert care.lower(held, "a", Level.RED, "x", SCHOOL, NOW).alert.contact_due_at == (
        NOW + 1000 * SECOND
    )
    late = replace(held, contact_due_at=NOW + 5000 * SECOND)
    assert care.lower(late, "a", Level.RED, "x", SCHOOL, NOW).alert.contact_due_at == (
        NOW + 5000 * SECOND
    )
    again = replace(held, owed_since=NOW + 100 * SECOND)
    assert care.lower(again, "a", Level.RED, "x", SCHOOL, NOW).alert.contact_due_at == (
        NOW + 1100 * SECOND
    )
    met = replace(held, contact_due_at=None)
    assert care.lower(met, "a", Level.RED, "x", SCHOOL, NOW).alert.contact_due_at is None
    red = taken_by(raised(Level.RED), "a")
    for level in (Level.NONE, Level.RED, Level.IMMINENT):
        with pytest.raises(NotLower):
            care.lower(red, "a", level, "x", SCHOOL, NOW)


def test_each_look_has_the_next_number_and_a_round_waits_four_hours_or_its_rung() -> None:
    first = plan_review(None, ReviewAfter.DAY, NOW)
    second = plan_review(first, ReviewAfter.WEEK, NOW)
    third = plan_review(second, ReviewAfter.MONTH, NOW)
    assert [one.number for one in (first, second, third)] == [1, 2, 3]
    assert [one.due_at - NOW for one in (first, second, third)] == [
        timedelta(hours=24),
        timedelta(days=7),
        timedelta(days=30),
    ]
    last = replace(first, rung=1)
    for wait, until in ((SECOND, ROUND_AGAIN), (2 * ROUND_AGAIN, 2 * ROUND_AGAIN)):
        again = leave_rung(last, 2, wait, NOW)
        assert (again.rung, again.round, again.next_at) == (HOLDER, 2, NOW + until)
    on = leave_rung(first, 2, SECOND, NOW)
    assert (on.rung, on.round, on.next_at) == (0, 1, NOW + SECOND)
    assert leave_rung(on, 2, SECOND, NOW).rung == 1


def test_the_pages_of_a_look_go_by_its_number_and_its_round() -> None:
    held = domain.record_contact(taken_by(raised(), "a"), "a", SCHOOL, NOW).alert
    ids = set()
    for review in (Review(NOW), Review(NOW, number=2), Review(NOW, round=2)):
        (page,) = take_review_step(held, review, SCHOOL, "s.test", NOW).pages
        assert page.page_id.startswith(review.page_prefix(held.alert_id))
        ids.add(page.page_id)
    assert len(ids) == 3


def test_while_a_school_is_not_known_what_is_due_is_put_off_and_nothing_else() -> None:
    later = NOW + 60 * SECOND
    met = domain.record_contact(taken_by(raised(), "a"), "a", SCHOOL, NOW).alert
    due = NOW + timedelta(days=1)
    for moment in (due, due + SECOND):
        review = wait_for_school(met, moment + 60 * SECOND, moment).alert.review
        assert review is not None and review.next_at == moment + 60 * SECOND
    early = wait_for_school(met, due, due - INSTANT).alert.review
    assert early is not None and early.next_at is None
    over = closings.close(met, "a", closing(1), SCHOOL, NOW).alert
    assert over.review is not None
    put_off = wait_for_school(over, over.review.due_at + SECOND, over.review.due_at)
    assert put_off.alert.review == replace(over.review, next_at=over.review.due_at + SECOND)
    assert (put_off.events, put_off.alert.next_step_at) == ((), over.next_step_at)
    waiting = wait_for_school(raised(), later, NOW).alert
    assert (waiting.next_step_at, waiting.tell_at) == (later, None)
    news = domain.join_signal(taken_by(raised(), "a"), signal("m2", Level.RED), NOW).alert
    assert news.tell_at == NOW
    assert wait_for_school(news, later, NOW).alert.tell_at == later


@pytest.mark.parametrize(
    ("since", "until", "first"),
    [(0, 8, "c"), (0, 4, "c"), (-4, 0, "a"), (1, 8, "a"), (-4, 1, "c")],
)
def test_a_stand_in_has_the_duty_from_the_first_moment_up_to_the_last(
    since: int, until: int, first: str
) -> None:
    stands = StandIn(
        person_id="a",
        substitute_id="c",
        since=NOON + since * HOUR,
        until=NOON + until * HOUR,
    )
    school = apply_stand_ins(test_shifts.SCHOOL, (stands,))
    assert [one.person_id for one in list_on_call(school, NOON)] == [first]


@pytest.mark.parametrize(("first", "second"), [("b", "c"), ("c", "b")])
def test_of_two_substitutes_for_one_person_the_later_in_the_file_counts(
    first: str, second: str
) -> None:
    swaps = tuple(
        Substitution(person_id="a", substitute_id=who, since=NOON, until=NOON + HOUR)
        for who in (first, second)
    )
    school = with_fields(test_shifts.SCHOOL, substitutions=swaps)
    assert [one.person_id for one in list_on_call(school, NOON)] == [second]


def test_coverage_tells_of_two_weeks_from_now_on() -> None:
    told = compute_coverage(test_shifts.SCHOOL, HOUR, 3 * HOUR, NOON)
    (covered,) = told.covered
    assert (covered.since, covered.until) == (NOON, NOON + timedelta(days=14))
    assert (told.published_at, told.next_at, told.expires_at) == (
        NOON,
        NOON + HOUR,
        NOON + 3 * HOUR,
    )


def test_a_duty_that_has_just_ended_is_given_to_no_one() -> None:
    end = NOON + 4 * HOUR
    for now in (end, end + HOUR):
        with pytest.raises(NotYourDuty):
            shifts.offer(ShiftChanges("s1"), test_shifts.SCHOOL, "x", "a", "c", NOON, now)
    last = shifts.offer(ShiftChanges("s1"), test_shifts.SCHOOL, "x", "a", "c", NOON, end - INSTANT)
    assert (last.changes[0].since, last.changes[0].until) == (end - INSTANT, end)


def test_a_school_that_is_not_active_has_no_gap_until_tomorrow() -> None:
    shut = with_fields(test_shifts.SCHOOL, active=False)
    told = count_duty_gaps(shut, NOON)
    assert (told.gaps, told.uncovered, told.unreachable) == (0, False, 0)
    assert told.until == NOON + timedelta(days=1)


def test_an_offer_of_other_hours_leaves_the_one_before() -> None:
    day = 24 * HOUR
    for first, second in ((NOON, NOON + day), (NOON + day, NOON), (NOON + day, NOON + 2 * day)):
        both = offered(at=second, before=offered(at=first), change_id="y")
        assert {change.change_id for change in both.changes} == {"x", "y"}
    again = offered("b", at=NOON + day, before=offered(at=NOON + day), change_id="y")
    assert [change.change_id for change in again.changes] == ["y"]


@pytest.mark.parametrize(("hours", "overlaps"), [(-4, False), (-3, True), (3, True), (4, False)])
def test_hours_that_only_touch_are_other_hours(hours: int, overlaps: bool) -> None:
    one = offered().changes[0]
    moved = replace(one, since=one.since + hours * HOUR, until=one.until + hours * HOUR)
    before = ShiftChanges("s1", (replace(moved, change_id="old"),))
    after = shifts.offer(before, test_shifts.SCHOOL, "new", "a", "c", NOON, NOON)
    assert ("old" not in {change.change_id for change in after.changes}) is overlaps


def test_an_offer_of_a_colleague_or_one_that_was_taken_stays_beside_mine() -> None:
    other = replace(offered().changes[0], person_id="b", change_id="of-b")
    taken = replace(offered().changes[0], accepted_at=NOON, change_id="taken")
    before = ShiftChanges("s1", (other, taken))
    after = shifts.offer(before, test_shifts.SCHOOL, "x", "a", "c", NOON, NOON)
    assert [change.change_id for change in after.changes] == ["of-b", "taken", "x"]


def test_examples_stand_by_the_reason_of_the_second_stage_alone() -> None:
    reasons = [
        screen.Reason(rule, screen.Construct.SELF_HARM, screen.Level.RED, 0, 1)
        for rule in ("aaa", MEANING_RULE, "zzz")
    ]
    posted = MessagePosted(
        school_id="s1",
        case_id="c1",
        message_id="m1",
        author=Author.STUDENT,
        text="x",
        posted_at=NOW,
        opening=False,
        safety=None,
    )
    read = replace(screen.screen("x"), level=screen.Level.RED, reasons=tuple(reasons))
    judged = judge_message(posted, read, "v1", ("e1",))
    assert [one.examples for one in judged.reasons] == [(), ("e1",), ()]


@pytest.mark.parametrize("who", OTHERS)
def test_a_ladder_that_counts_on_a_stranger_is_listed_and_the_rota_itself_is_not(who: str) -> None:
    rungs = tuple(Rung(who=(name,), wait_seconds=60) for name in (ON_CALL, who, "a"))
    ladders = {Level.RED: Ladder(rungs=rungs, contact_within_seconds=60)}
    assert list_unreachable(with_fields(test_shifts.SCHOOL, ladders=ladders)) == (who,)


@pytest.mark.parametrize("version", [0, 2])
def test_only_what_was_read_to_its_end_is_closed(version: int) -> None:
    with pytest.raises(SignalsUnseen):
        closings.close(taken_by(raised(), "a"), "a", closing(version), SCHOOL, NOW)


@pytest.mark.parametrize("who", OTHERS)
def test_news_is_for_the_holder_and_no_other(who: str) -> None:
    held = taken_by(raised(), "a")
    for person_id, wanted in (("a", True), (who, False)):
        page = replace(PAGE, kind=PageKind.NEWS, person_id=person_id)
        assert is_wanted(page, held) is wanted


@pytest.mark.parametrize("who", OTHERS)
def test_an_offer_of_another_person_is_none_of_mine(who: str) -> None:
    other = replace(offered().changes[0], person_id=who, change_id="other")
    before = ShiftChanges("s1", (other,))
    after = shifts.offer(before, test_shifts.SCHOOL, "x", "a", "c", NOON, NOON)
    assert [change.change_id for change in after.changes] == ["other", "x"]
    for change_id in ("other", "x"):
        assert after.find(change_id).change_id == change_id
        assert change_id not in {one.change_id for one in after.without(change_id)}
        assert len(after.without(change_id)) == 1
    for person_id in ("a", who):
        with pytest.raises(NotFound):
            shifts.accept(after, test_shifts.SCHOOL, "x", person_id, NOON)


@pytest.mark.parametrize("name", ["m0", "m1", "m2"])
def test_a_signal_is_known_by_its_id(name: str) -> None:
    alert = raised(Level.AMBER)
    first = alert.signals[0]
    middle = replace(alert, signals=(replace(first, signal_id="m1"),))
    joined = domain.join_signal(middle, signal(name, Level.AMBER), NOW).alert
    assert {one.signal_id for one in joined.signals} == {"m1", name}
    assert (joined == middle) is (name == "m1")
