"""Overdue on the ladder: an alert that no person answered within its first rung, and a contact that
was not made in time.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sebaya_contracts.district import Ladder, Rung
from sebaya_contracts.words import AlertCause, AlertOutcome, Level
from sebaya_escalation.domain.alert import Alert, Status, acknowledge, raise_alert, record_contact
from sebaya_escalation.domain.closing import AlertClosing, close
from sebaya_escalation.domain.ladder import (
    compute_overdue_seconds,
    open_if_contact_overdue,
    wait_for_school,
)
from sebaya_escalation.domain.review import ReviewAfter
from sebaya_escalation.domain.signal import Signal
from unit.escalation.examples import a_school

NOW = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
INSTANT = timedelta(microseconds=1)
SCHOOL = a_school(
    ladders={
        Level.RED: Ladder(
            rungs=(Rung(who=("a",), wait_seconds=100), Rung(who=("a",), wait_seconds=7)),
            contact_within_seconds=1000,
        )
    }
)


def raised() -> Alert:
    signal = Signal("m1", Level.RED, AlertCause.MESSAGE, NOW)
    return raise_alert("s1", "al", "c1", 1, signal, NOW).alert


@pytest.mark.parametrize(
    ("waited", "overdue"), [(0, 0), (99, 0), (100, 0), (100.5, 0.5), (160, 60), (-5, 0)]
)
def test_an_alert_is_overdue_past_the_wait_of_its_first_rung(waited: float, overdue: float) -> None:
    found = compute_overdue_seconds(SCHOOL, Level.RED, NOW, NOW + waited * SECOND)
    assert found == overdue


def held() -> Alert:
    return acknowledge(replace(raised(), rung=1), "a", SCHOOL, NOW).alert


def test_a_contact_is_overdue_at_its_deadline_and_no_instant_before() -> None:
    due = NOW + 1000 * SECOND
    assert held().contact_due_at == due
    assert open_if_contact_overdue(held(), due - INSTANT).alert == held()
    opened = open_if_contact_overdue(held(), due)
    assert opened.alert.status is Status.OPEN and opened.alert.contact_due_at is None
    assert (opened.alert.rung, opened.alert.next_step_at, opened.alert.tell_at) == (1, due, due)
    assert len(opened.events) == 1


def test_a_hand_over_that_was_overdue_goes_on_with_the_first_rung() -> None:
    late = open_if_contact_overdue(replace(held(), rung=-1), NOW + 1000 * SECOND).alert
    assert late.rung == 0


def test_where_the_ladder_runs_an_overdue_contact_only_takes_its_next_step() -> None:
    running = replace(held(), status=Status.OPEN, next_step_at=NOW + 9999 * SECOND, turn=3)
    step = open_if_contact_overdue(running, NOW + 1000 * SECOND)
    assert step.events == () and step.alert.turn == 3
    assert step.alert.next_step_at == NOW + 1000 * SECOND
    assert step.alert.contact_due_at is None


def test_what_is_closed_or_was_contacted_is_never_overdue() -> None:
    closing = AlertClosing(
        1, AlertOutcome.SUPPORTED, "note", peer_may_continue=True, review_after=ReviewAfter.WEEK
    )
    met = record_contact(held(), "a", SCHOOL, NOW).alert
    closed = close(met, "a", closing, SCHOOL, NOW).alert
    still = replace(closed, contact_due_at=NOW)
    for alert in (still, replace(held(), contact_due_at=None)):
        assert open_if_contact_overdue(alert, NOW + 9999 * SECOND).alert == alert


@pytest.mark.parametrize("told", [None, NOW])
def test_without_its_school_a_step_waits_and_news_with_it(told: datetime | None) -> None:
    until = NOW + 60 * SECOND
    step = wait_for_school(replace(raised(), tell_at=told), until, NOW)
    assert step.alert.next_step_at == until
    assert step.alert.tell_at == (until if told else None)
    assert (step.pages, step.events) == ((), ())
