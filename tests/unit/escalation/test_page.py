"""The life of a page: when its sender must act on it, and how long it waits for its retry."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sebaya_escalation.domain.page import (
    Channel,
    Page,
    PageState,
    claim_page,
    drop_page,
    make_news_id,
    make_page_id,
    mark_failed,
    mark_sent,
    mark_unknown,
    retry_or_fail,
)

NOW = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
INSTANT = timedelta(microseconds=1)
LEASE = 20 * SECOND
PAGE = Page("s1", "al/1/0/a/email", "al", 1, 0, "a", Channel.EMAIL, "<m@s.test>", NOW)


def test_a_new_page_is_due_from_its_moment_on() -> None:
    assert PAGE.due_at == NOW
    assert PAGE.sendable(NOW) and not PAGE.sendable(NOW - INSTANT)


@pytest.mark.parametrize(("attempt", "seconds"), [(1, 2), (2, 6), (3, 18)])
def test_a_page_that_waits_for_its_retry_is_not_sent_before(attempt: int, seconds: int) -> None:
    """A hiccup of the mail server is two, six, eighteen seconds long."""
    page = claim_page(replace(PAGE, attempts=attempt - 1), "t", LEASE, NOW)
    waiting = retry_or_fail(page, "smtp_451", NOW)
    assert (waiting.state, waiting.attempts) == (PageState.PENDING, attempt)
    assert (waiting.reason, waiting.token) == ("smtp_451", None)
    assert waiting.due_at == NOW + seconds * SECOND
    assert not waiting.sendable(NOW + seconds * SECOND - INSTANT)
    assert waiting.sendable(NOW + seconds * SECOND)


def test_the_fourth_failure_is_the_last_and_the_ladder_is_told_once() -> None:
    failed = retry_or_fail(claim_page(replace(PAGE, attempts=3), "t", LEASE, NOW), "tls", NOW)
    assert failed == replace(
        claim_page(replace(PAGE, attempts=3), "t", LEASE, NOW),
        state=PageState.FAILED,
        settled_at=NOW,
        reason="tls",
    )
    assert failed.due_at == NOW and not failed.sendable(NOW)
    assert replace(failed, told=True).due_at is None
    assert mark_failed(PAGE, "no_address", NOW).state is PageState.FAILED


def test_a_claim_holds_for_its_lease() -> None:
    claimed = claim_page(PAGE, "mine", LEASE, NOW)
    assert (claimed.state, claimed.token, claimed.attempts) == (PageState.SENDING, "mine", 1)
    assert claimed.due_at == NOW + LEASE
    assert not claimed.sendable(NOW + LEASE - INSTANT) and claimed.sendable(NOW + LEASE)


@pytest.mark.parametrize(
    "page",
    [
        mark_sent(PAGE, NOW, after_answer=False),
        mark_sent(PAGE, NOW, after_answer=True),
        mark_unknown(PAGE, "no_answer", NOW),
        drop_page(PAGE, NOW),
    ],
    ids=["sent", "sent after the answer", "unknown", "dropped"],
)
def test_what_is_settled_is_never_due_again(page: Page) -> None:
    assert page.settled_at == NOW
    assert page.due_at is None and not page.sendable(NOW + 999 * SECOND)
    assert page.attempts == 0 and not page.told


def test_only_a_page_that_was_on_the_wire_says_that_the_answer_came_first() -> None:
    assert mark_sent(PAGE, NOW, after_answer=True).after_answer
    assert not mark_sent(PAGE, NOW, after_answer=False).after_answer
    assert not PAGE.after_answer


def test_one_step_and_one_piece_of_news_plan_one_page_each() -> None:
    assert make_page_id("al", 2, 1, "a", Channel.EMAIL) == "al/2/1/a/email"
    assert make_news_id("al", "v", "a", Channel.WEBHOOK) == "al/news/v/a/webhook"
