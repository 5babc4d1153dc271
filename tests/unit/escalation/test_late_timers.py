"""A timer may come late, a bound may be passed by more than one, each rung has its own wait."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sebaya_contracts.district import Ladder, Rung
from sebaya_contracts.words import Level, OpenAgainCause
from sebaya_escalation.domain import alert as domain
from sebaya_escalation.domain import closing as closings
from sebaya_escalation.domain import page as pages
from sebaya_escalation.domain.barring import BarReason, add_bars
from sebaya_escalation.domain.ladder import (
    ROUND_AT_LEAST,
    compute_overdue_seconds,
    leave_failed_rung,
    open_if_contact_overdue,
    take_review_step,
    take_step,
)
from sebaya_escalation.domain.page import PageKind, PageState
from sebaya_escalation.domain.queue import QueueEntry, sort_queue
from sebaya_escalation.domain.review import Review
from unit.escalation.examples import a_school
from unit.escalation.test_alert import NOW, SCHOOL, SECOND, closing, raised, signal, taken_by
from unit.escalation.test_notice import PAGE

INSTANT = timedelta(microseconds=1)
WAITS = (10.0, 200.0, 3000.0)
UNEVEN = Ladder(
    rungs=tuple(
        Rung(who=(who,), wait_seconds=wait) for who, wait in zip("aba", WAITS, strict=True)
    ),
    contact_within_seconds=1000,
)
STEPS = a_school(ladders={Level.RED: UNEVEN})


@pytest.mark.parametrize("late", [timedelta(0), INSTANT, timedelta(hours=9)])
def test_a_page_that_is_due_is_sent_however_late(late: timedelta) -> None:
    due = PAGE.due_at
    assert due is not None
    assert PAGE.sendable(due + late)
    assert not PAGE.sendable(due - INSTANT)
    held = pages.claim_page(PAGE, "t", 20 * SECOND, due)
    assert (held.attempts, held.sending_until) == (1, due + 20 * SECOND)
    assert held.sendable(due + 20 * SECOND + late)
    for state in (PageState.SENT, PageState.UNKNOWN, PageState.DROPPED, PageState.FAILED):
        over = replace(held, state=state, settled_at=due)
        assert not over.sendable(due + timedelta(days=1))


def test_each_rung_of_a_ladder_is_waited_for_as_it_says() -> None:
    alert, now, waits = raised(), NOW, []
    for _ in range(4):
        step = take_step(alert, STEPS, "s.test", now)
        assert step.alert.next_step_at is not None
        waits.append((step.alert.next_step_at - now).total_seconds())
        alert, now = step.alert, step.alert.next_step_at
    assert waits == [*WAITS, WAITS[0]]


def test_each_rung_of_a_look_is_waited_for_as_it_says() -> None:
    held = domain.record_contact(taken_by(raised(), "a"), "a", SCHOOL, NOW).alert
    review, waits = Review(NOW), []
    for _ in range(3):
        after = take_review_step(held, review, STEPS, "s.test", NOW).alert.review
        assert after is not None and after.next_at is not None
        waits.append((after.next_at - NOW).total_seconds())
        review = after
    assert waits == [WAITS[0], WAITS[0], WAITS[1]], "the holder is waited for as the first rung is"


def test_one_that_is_barred_is_called_for_no_step_news_or_look() -> None:
    held = domain.record_contact(taken_by(raised(), "a"), "a", SCHOOL, NOW).alert
    barred = replace(held, bars=add_bars((), ["a"], BarReason.NAMED))
    review = take_review_step(barred, Review(NOW), STEPS, "s.test", NOW)
    assert {page.person_id for page in review.pages} == {"b"}


@pytest.mark.parametrize("late", [timedelta(0), SECOND, timedelta(days=1)])
def test_a_contact_is_overdue_from_its_moment_on(late: timedelta) -> None:
    held = taken_by(raised(), "a")
    due = held.contact_due_at
    assert due is not None
    assert open_if_contact_overdue(held, due - INSTANT).alert == held
    again = open_if_contact_overdue(held, due + late)
    assert (again.alert.paging, again.alert.contact_due_at) == (True, None)
    assert [event.cause for event in again.events] == [OpenAgainCause.CONTACT_OVERDUE]  # type: ignore[union-attr]
    assert again.alert.rung == max(held.rung, 0)


@pytest.mark.parametrize(("seconds", "overdue"), [(0, 0), (9, 0), (10, 0), (11, 1), (5000, 4990)])
def test_overdue_is_what_is_past_the_wait_of_the_first_rung(seconds: int, overdue: float) -> None:
    assert compute_overdue_seconds(STEPS, Level.RED, NOW, NOW + seconds * SECOND) == overdue


def test_a_rung_that_failed_whole_is_left_where_the_ladder_still_stands_at_it() -> None:
    stepped = take_step(raised(), STEPS, "s.test", NOW).alert
    assert leave_failed_rung(stepped, 1, 0, NOW + SECOND).next_step_at == NOW + SECOND
    for turn, rung in ((1, 1), (1, -1), (2, 0), (0, 0)):
        assert leave_failed_rung(stepped, turn, rung, NOW + SECOND) == stepped
    taken = taken_by(stepped, "a")
    assert leave_failed_rung(taken, 1, 0, NOW + SECOND) == taken


def test_a_reopened_alert_begins_the_next_turn_at_its_first_rung() -> None:
    held = domain.record_contact(taken_by(raised(), "a"), "a", SCHOOL, NOW).alert
    over = closings.close(held, "a", closing(1), SCHOOL, NOW).alert
    again = closings.reopen(over, "b", "x", NOW + SECOND).alert
    assert (again.turn, again.rung, again.status) == (over.turn + 1, 0, domain.Status.OPEN)
    assert (again.next_step_at, again.open_since, again.owed_since) == (NOW + SECOND,) * 3


def test_a_turn_is_counted_by_one() -> None:
    held = taken_by(raised(), "a")
    again = domain.open_again(held, OpenAgainCause.NEW_SIGNAL, NOW, rung=2).alert
    assert (again.turn, again.rung, again.tell_at) == (held.turn + 1, 2, NOW)
    nobody = domain.open_again(replace(held, holder=None), OpenAgainCause.ROSE, NOW).alert
    assert nobody.tell_at is None


def test_a_round_that_reached_no_person_waits_half_a_minute() -> None:
    empty = a_school(staff=(), ladders={Level.RED: UNEVEN})
    step = take_step(raised(), empty, "s.test", NOW)
    assert step.pages == ()
    assert step.alert.next_step_at == NOW + ROUND_AT_LEAST
    assert step.alert.turn == 2


def test_the_queue_goes_by_what_is_due_then_by_level_then_by_age() -> None:
    def entry(due: int | None, level: Level, age: int) -> QueueEntry:
        at = None if due is None else NOW + due * SECOND
        alert = replace(raised(level), next_step_at=at, raised_at=NOW - age * SECOND)
        return QueueEntry(SCHOOL, alert)

    order = [
        entry(None, Level.AMBER, 0),
        entry(1, Level.AMBER, 0),
        entry(2, Level.IMMINENT, 0),
        entry(2, Level.RED, 9),
        entry(2, Level.RED, 1),
        entry(3, Level.IMMINENT, 99),
    ]
    assert sort_queue(reversed(order)) == order


@pytest.mark.parametrize("seconds", [0, 1, 299])
def test_a_students_answers_are_told_once_in_five_minutes(seconds: int) -> None:
    held = taken_by(raised(), "a")
    first = domain.note_student(held, domain.Happening.ANSWERED, NOW)
    soon = NOW + seconds * SECOND
    assert domain.note_student(first, domain.Happening.ANSWERED, soon) == first
    for later in (300, 301):
        told = domain.note_student(first, domain.Happening.ANSWERED, NOW + later * SECOND)
        assert told.tell_at == NOW + later * SECOND
    assert domain.note_student(first, domain.Happening.WITHDREW, soon).tell_at == soon
    assert domain.note_student(raised(), domain.Happening.ANSWERED, NOW) == raised()


def test_a_signal_of_the_level_that_is_known_says_nothing_new_and_a_graver_one_does() -> None:
    alert = raised(Level.RED)
    (known,) = alert.signals
    for level in (Level.AMBER, Level.RED):
        assert domain.join_signal(alert, replace(known, level=level), NOW).alert == alert
    graver = domain.join_signal(alert, replace(known, level=Level.IMMINENT), NOW).alert
    assert ([one.level for one in graver.signals], graver.level) == (
        [Level.IMMINENT],
        Level.IMMINENT,
    )
    lower = domain.join_signal(alert, signal("m2", Level.AMBER), NOW).alert
    assert (lower.level, lower.signals_version) == (Level.RED, alert.signals_version + 1)


def test_news_is_told_by_mail_of_its_own_kind() -> None:
    news = domain.join_signal(taken_by(raised(), "a"), signal("m2", Level.RED), NOW).alert
    told = take_step(news, STEPS, "s.test", NOW)
    assert [(page.kind, page.turn, page.rung) for page in told.pages] == [
        (PageKind.NEWS, pages.NO_TURN, domain.HOLDER_RUNG)
    ]


@pytest.mark.parametrize(("after", "due"), [(0, 1000), (989, 1000), (990, 1000), (991, 1001)])
def test_a_late_answer_has_the_wait_of_the_first_rung_for_its_contact(after: int, due: int) -> None:
    taken = domain.acknowledge(raised(), "a", STEPS, NOW + after * SECOND).alert
    assert taken.contact_due_at == NOW + due * SECOND
