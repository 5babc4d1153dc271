"""A look is called for whatever became of its ladder; a contact meets no later word."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sebaya_contracts.words import Level
from sebaya_escalation.domain import alert as domain
from sebaya_escalation.domain import closing as closings
from sebaya_escalation.domain import holding
from sebaya_escalation.domain.alert import Alert, Status
from sebaya_escalation.domain.ladder import is_wanted, take_review_step
from sebaya_escalation.domain.page import Page
from sebaya_escalation.domain.review import HOLDER, Review
from unit.escalation.examples import a_ladder, a_school
from unit.escalation.test_alert import NOW, SCHOOL, SECOND, closing, raised, signal, taken_by

SHORT = a_school(ladders={Level.RED: a_ladder("a", "b")})
DAY = timedelta(days=1)


def met(alert: Alert) -> Alert:
    return domain.record_contact(alert, "a", SCHOOL, NOW).alert


def look(alert: Alert) -> tuple[Alert, tuple[Page, ...]]:
    assert alert.review is not None and alert.review_step_at is not None
    step = take_review_step(alert, alert.review, SHORT, "s.test", alert.review_step_at)
    return step.alert, step.pages


@pytest.mark.parametrize("rung", [2, 3, 7])
def test_a_look_goes_on_though_its_ladder_became_shorter(rung: int) -> None:
    review = Review(NOW, rung=rung, next_at=NOW + SECOND)
    after, pages = look(replace(met(taken_by(raised(), "a")), review=review))
    assert [page.person_id for page in pages] == ["a"]
    assert after.review is not None
    assert (after.review.round, after.review.rung) == (2, HOLDER + 1)


def test_no_two_looks_of_an_alert_share_a_page_though_it_was_opened_again() -> None:
    first = met(taken_by(raised(), "a"))
    called, before = look(first)
    closed = closings.close(called, "a", closing(1), SHORT, NOW + DAY).alert
    opened = closings.reopen(closed, "b", "She wrote again.", NOW + 2 * DAY).alert
    again = domain.record_contact(opened, "a", SHORT, NOW + 2 * DAY).alert
    after, pages = look(again)
    assert before and pages
    assert not {page.page_id for page in before} & {page.page_id for page in pages}
    assert all(is_wanted(page, after) for page in pages)


def test_a_contact_before_a_word_does_not_meet_it_though_the_alert_changes_hands() -> None:
    handed = holding.hand_over(met(taken_by(raised(), "a")), "a", "b", SCHOOL, NOW).alert
    assert (handed.status, handed.contacted_at) == (Status.OPEN, NOW)
    later = NOW + 60 * SECOND
    joined = domain.join_signal(handed, signal("m2", Level.RED), later).alert
    assert (joined.contacted_at, joined.owed_since) == (None, later)
    taken = domain.acknowledge(joined, "b", SCHOOL, later).alert
    assert taken.contact_due_at is not None and taken.contact_due_at > later
