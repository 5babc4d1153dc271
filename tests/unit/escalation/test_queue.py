"""The queue over all schools: what is due next stands first, whatever its level."""

from dataclasses import replace
from datetime import timedelta

from sebaya_contracts.words import Level
from sebaya_escalation.domain.alert import Alert
from sebaya_escalation.domain.queue import DueStep, QueueEntry, sort_queue
from unit.escalation.test_alert import NOW, SCHOOL, raised, taken_by
from unit.escalation.test_care import closed, met


def named(alert: Alert, alert_id: str, **changes: object) -> QueueEntry:
    return QueueEntry(SCHOOL, replace(alert, alert_id=alert_id, **changes))


def test_each_state_has_its_own_next_step() -> None:
    waiting, taken, spoken = raised(), taken_by(raised(), "a"), met()
    assert spoken.review is not None
    assert [named(one, "x").next_step for one in (waiting, taken, spoken)] == [
        (DueStep.CALL, waiting.next_step_at),
        (DueStep.CONTACT, taken.contact_due_at),
        (DueStep.REVIEW, spoken.review.due_at),
    ]


def test_of_a_closed_alert_the_follow_up_is_due_though_no_contact_was_made() -> None:
    unreached = replace(closed(), contacted_at=None)
    assert named(unreached, "x").next_step == (DueStep.REVIEW, NOW + timedelta(days=1))


def test_what_is_due_next_stands_first_and_what_has_no_date_before_it() -> None:
    soon, later = NOW + timedelta(minutes=1), NOW + timedelta(minutes=2)
    amber = named(raised(), "amber", level=Level.AMBER, next_step_at=soon)
    red = named(raised(), "red", level=Level.RED, next_step_at=soon)
    contact = named(taken_by(raised(), "a"), "contact", contact_due_at=later)
    look = named(met(), "look")
    undated = named(met(), "undated", review=None)
    assert [one.alert.alert_id for one in sort_queue([look, contact, amber, undated, red])] == [
        "undated",
        "red",
        "amber",
        "contact",
        "look",
    ]


def test_of_two_that_are_due_together_the_older_stands_first() -> None:
    older = named(raised(), "older", raised_at=NOW - timedelta(hours=1))
    newer = named(raised(), "newer")
    assert [one.alert.alert_id for one in sort_queue([newer, older])] == ["older", "newer"]
