"""After the contact nobody is forgotten: a next look always has a date, and pages people when
nobody takes it; what counsellors write is read by those who come next.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from sebaya_contracts.escalation import AlertAcknowledged, AlertLowered
from sebaya_contracts.words import Level
from sebaya_escalation.domain import alert as domain
from sebaya_escalation.domain import care, holding
from sebaya_escalation.domain import closing as closings
from sebaya_escalation.domain.alert import Alert, Status
from sebaya_escalation.domain.closing import wipe_words
from sebaya_escalation.domain.ladder import is_wanted, take_review_step
from sebaya_escalation.domain.page import PageKind
from sebaya_escalation.domain.review import ROUND_AGAIN, ReviewAfter
from sebaya_escalation.domain.timeline import Happening
from sebaya_escalation.errors import (
    AlertIsClosed,
    AlertNotTaken,
    AlertTaken,
    ContactMissing,
    NotLower,
)
from unit.escalation.test_alert import (
    NOW,
    SCHOOL,
    SECOND,
    closing,
    described,
    handed,
    raised,
    signal,
    taken_by,
)

DAY = timedelta(days=1)


def met() -> Alert:
    return domain.record_contact(taken_by(raised(), "a"), "a", SCHOOL, NOW).alert


def looked(alert: Alert, after: ReviewAfter | None = ReviewAfter.WEEK) -> Alert:
    return care.record_review(alert, "b", after, "fine", NOW + DAY).alert


def called(alert: Alert) -> tuple[Alert, list[str]]:
    assert alert.review is not None
    step = take_review_step(alert, alert.review, SCHOOL, "s.test", alert.review.step_at)
    assert {page.kind for page in step.pages} <= {PageKind.REVIEW}
    assert step.events == ()
    return step.alert, [page.person_id for page in step.pages]


def test_a_contact_sets_the_next_look_and_every_look_the_one_after() -> None:
    alert = met()
    assert alert.due_at == NOW + DAY
    alert = looked(alert)
    assert alert.due_at == NOW + DAY + timedelta(days=7)
    assert looked(alert, ReviewAfter.MONTH).due_at == NOW + DAY + timedelta(days=30)
    assert looked(alert, None).due_at == NOW + 2 * DAY, "an alert that is not closed has a next one"
    with pytest.raises(ContactMissing):
        looked(taken_by(raised(), "a"))


def test_a_look_that_nobody_takes_calls_the_holder_then_the_ladder_and_opens_nothing() -> None:
    alert, people, moments = met(), [], []
    for _ in range(5):
        assert alert.review is not None
        moments.append(alert.review.step_at - NOW - DAY)
        alert, here = called(alert)
        people.append(here)
    assert people == [["a"], ["a"], ["b"], ["h"], ["a"]]
    assert moments[:4] == [timedelta(0), 100 * SECOND, 200 * SECOND, 300 * SECOND]
    assert moments[4] == 300 * SECOND + ROUND_AGAIN
    assert alert.status is Status.ACKNOWLEDGED


def test_a_look_calls_nobody_who_is_barred_and_is_tried_again_when_nobody_is_there() -> None:
    alert = met()
    barred = replace(alert, holder=None, bars=holding.step_out(alert, "a", NOW).alert.bars)
    assert called(barred)[1] == ["b"]
    assert alert.review is not None
    empty = take_review_step(alert, alert.review, described(staff=()), "d", NOW + DAY)
    assert empty.pages == ()
    assert empty.alert.due_at is not None
    assert empty.alert.due_at > NOW + DAY


def test_a_page_for_a_look_has_a_purpose_until_the_look_is_taken() -> None:
    alert = met()
    assert alert.review is not None
    (page,) = take_review_step(alert, alert.review, SCHOOL, "d", NOW + DAY).pages
    assert is_wanted(page, alert)
    assert not is_wanted(page, looked(alert))


def test_a_closed_amber_alert_is_looked_after_as_its_counsellor_says() -> None:
    amber = replace(looked(met()), level=Level.AMBER)
    over = closings.close(amber, "a", closing(1), SCHOOL, NOW).alert
    assert over.due_at == NOW + timedelta(days=7)
    assert called(over)[1] == ["a"]
    done = looked(over, None)
    assert (done.review, done.due_at) == (None, done.wipe_at)


def test_words_end_in_every_state_and_new_words_have_a_time_of_their_own() -> None:
    keep = timedelta(days=SCHOOL.policies.retention_days)
    for alert in (taken_by(raised(), "a"), met(), domain.with_end(raised(), SCHOOL, NOW)):
        assert alert.wipe_at == NOW + keep
        wiped = wipe_words(alert)
        assert "words" not in repr(wiped.signals)
        assert wiped.status is alert.status
        assert wiped.wipe_at is None
        again = domain.join_signal(wiped, signal("m2", Level.RED), NOW + keep).alert
        assert domain.with_end(again, SCHOOL, NOW + keep).wipe_at == NOW + 2 * keep


def test_a_colleague_takes_over_from_a_holder_who_is_away_and_no_deadline_moves() -> None:
    held = taken_by(raised(), "left-the-school")
    over = holding.take_over(held, "b", SCHOOL, NOW + SECOND)
    assert (over.alert.holder, over.alert.contact_due_at) == ("b", held.contact_due_at)
    assert [type(event) for event in over.events] == [AlertAcknowledged]
    assert holding.take_over(over.alert, "b", SCHOOL, NOW).events == ()
    with pytest.raises(AlertNotTaken):
        holding.take_over(raised(), "b", SCHOOL, NOW)
    with pytest.raises(AlertIsClosed):
        holding.take_over(
            closings.close(held, "a", closing(1), SCHOOL, NOW).alert, "b", SCHOOL, NOW
        )


def test_only_the_human_that_holds_an_alert_lowers_it_with_a_reason() -> None:
    held = taken_by(raised(Level.IMMINENT), "a")
    low = care.lower(held, "a", Level.RED, "a song", SCHOOL, NOW)
    assert (low.alert.level, [type(one) for one in low.events]) == (Level.RED, [AlertLowered])
    assert low.alert.contact_due_at == NOW + 1000 * SECOND
    assert low.alert.timeline[-1].text == "a song"
    for level in (Level.NONE, Level.IMMINENT):
        with pytest.raises(NotLower):
            care.lower(held, "a", level, "x", SCHOOL, NOW)
    with pytest.raises(AlertTaken):
        care.lower(held, "b", Level.RED, "x", SCHOOL, NOW)
    with pytest.raises(AlertNotTaken):
        care.lower(raised(Level.RED), "a", Level.AMBER, "x", SCHOOL, NOW)
    rose = domain.join_signal(low.alert, signal("m2", Level.IMMINENT), NOW).alert
    assert (rose.level, rose.status) == (Level.IMMINENT, Status.OPEN)


def test_notes_and_who_did_what_stand_in_the_timeline_and_the_words_end() -> None:
    alert = handed(taken_by(raised(), "a"))
    alert = care.add_note(alert, "a", "sleeps at her aunt's", NOW).alert
    told = [(entry.what, entry.person_id, entry.about) for entry in alert.timeline]
    assert told == [
        (Happening.RAISED, None, "message"),
        (Happening.ACKNOWLEDGED, "a", ""),
        (Happening.HANDED_OVER, "a", "b"),
        (Happening.OPENED_AGAIN, None, "handed_over"),
        (Happening.NOTED, "a", ""),
    ]
    assert "aunt" not in repr(wipe_words(alert))


def closed() -> Alert:
    return closings.close(met(), "a", closing(1), SCHOOL, NOW).alert


def looked_at(alert: Alert, at: timedelta, after: ReviewAfter | None = None) -> Alert:
    return care.record_review(alert, "b", after, "fine", NOW + at).alert


def standing(alert: Alert) -> list[timedelta]:
    return [moment - NOW for moment in alert.review.follow_ups] if alert.review else []


def test_each_follow_up_is_met_by_one_look_and_the_next_stands_at_its_own_moment() -> None:
    alert, later = closed(), timedelta(hours=5)
    for moment, left in ((DAY, [7 * DAY, 30 * DAY]), (7 * DAY, [30 * DAY]), (30 * DAY, [])):
        assert alert.review is not None
        assert alert.review.due_at == NOW + moment, "a late look moves none that comes after it"
        alert = looked_at(alert, moment + later)
        assert standing(alert) == left
    assert alert.review is None


def test_a_follow_up_is_met_from_twelve_hours_before_and_not_earlier() -> None:
    half, moment = timedelta(hours=12), timedelta(microseconds=1)
    assert standing(looked_at(closed(), half)) == [7 * DAY, 30 * DAY]
    early = looked_at(closed(), half - moment)
    assert standing(early) == [DAY, 7 * DAY, 30 * DAY]
    assert early.review is not None
    assert early.review.due_at == NOW + DAY
    assert standing(looked_at(closed(), 8 * DAY)) == [30 * DAY], "one look meets all that are past"


def test_a_look_that_is_asked_for_comes_before_a_follow_up_and_never_puts_it_off() -> None:
    for after, due in (
        (ReviewAfter.DAY, 2 * DAY),
        (ReviewAfter.WEEK, 7 * DAY),
        (ReviewAfter.MONTH, 7 * DAY),
        (None, 7 * DAY),
    ):
        alert = looked_at(closed(), DAY, after)
        assert alert.review is not None
        assert alert.review.due_at == NOW + due
        assert standing(alert) == [7 * DAY, 30 * DAY]


def test_a_follow_up_that_nobody_meets_calls_the_holder_then_the_ladder_and_still_stands() -> None:
    alert, people = closed(), []
    for _ in range(4):
        alert, here = called(alert)
        people.append(here)
    assert people == [["a"], ["a"], ["b"], ["h"]]
    assert standing(alert) == [DAY, 7 * DAY, 30 * DAY]
    assert alert.status is Status.CLOSED


def test_a_student_that_could_not_be_reached_is_told_apart_in_the_timeline() -> None:
    tried = care.record_review(closed(), "b", None, "rang twice", NOW + DAY, reached=False).alert
    assert (tried.timeline[-1].what, tried.timeline[-1].text) == (Happening.TRIED, "rang twice")
    assert standing(tried) == [7 * DAY, 30 * DAY]
