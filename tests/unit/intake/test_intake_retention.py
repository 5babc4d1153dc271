"""The retention's clock: it runs from the last word of any author, a check that finds the words
unhandled postpones their end, and the end leaves no word and no time at which one was written.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sebaya_contracts.intake import Preferences, SafetyAnswers
from sebaya_contracts.words import Answer, Author, CaseTopic, Door, Level
from sebaya_intake.domain.case import Case, Opening, next_due, record_message
from sebaya_intake.domain.consent import Consent
from sebaya_intake.domain.crisis import CrisisReason
from sebaya_intake.domain.projection import AlertState, CaseProjection
from sebaya_intake.domain.retention import (
    check_retention,
    has_unread,
    is_handled,
    is_over,
    mark_read,
)
from sebaya_intake.domain.screening import Screening

T = datetime(2026, 3, 2, 8, tzinfo=UTC)
DAY = timedelta(days=1)
INSTANT = timedelta(microseconds=1)
KEPT_FOR = 40 * DAY
SCREENED = Screening(asked_at=T, look_at=None, level=Level.NONE, screened_at=T)
OPENING = Opening(
    message_id="m1",
    text="words",
    topic=CaseTopic.GRIEF,
    door=Door.WEB,
    preferences=Preferences(language="id", hours=("mon",), excluded_supporters=("sup-9",)),
    safety=SafetyAnswers(self_harm_thoughts=Answer.YES),
    consent=Consent("1", 15, T),
    opened_at=T,
    crisis_reason=CrisisReason.YOUR_ANSWERS,
)
# The student's last words are of the moment T, and staff have read them.
HANDLED = Case(
    case_id="c1",
    school_id="s1",
    opening=OPENING,
    screening=SCREENED,
    last_posted_at=T,
    student_posted_at=T,
    read_at=T,
    words_until=T + DAY,
)
UNHANDLED = {
    "unread": replace(HANDLED, read_at=T - INSTANT),
    "never read": replace(HANDLED, read_at=None),
    "unscreened": replace(HANDLED, screening=replace(SCREENED, level=None)),
    "never screened": replace(HANDLED, screening=None),
    "open alert": replace(HANDLED, view=CaseProjection(alerts={"a": AlertState.OPEN})),
    "taken alert": replace(
        HANDLED,
        view=CaseProjection(alerts={"a": AlertState.CLOSED, "b": AlertState.ACKNOWLEDGED}),
    ),
}


def test_what_is_read_screened_and_without_an_open_alert_is_handled() -> None:
    assert is_handled(HANDLED)
    assert is_handled(replace(HANDLED, view=CaseProjection(alerts={"a": AlertState.CLOSED})))


@pytest.mark.parametrize("case", UNHANDLED.values(), ids=UNHANDLED)
def test_what_is_unread_unscreened_or_under_an_alert_is_not(case: Case) -> None:
    assert not is_handled(case)


def test_what_staff_alone_wrote_asks_for_no_reader() -> None:
    assert not has_unread(replace(HANDLED, student_posted_at=None, read_at=None))
    unread = replace(HANDLED, student_posted_at=T + DAY)
    assert has_unread(unread)
    assert not has_unread(mark_read(unread, T + DAY))


def test_words_are_over_at_the_end_of_what_the_school_keeps_and_no_instant_before() -> None:
    assert is_over(HANDLED, KEPT_FOR, T + KEPT_FOR)
    assert not is_over(HANDLED, KEPT_FOR, T + KEPT_FOR - INSTANT)
    assert not is_over(replace(HANDLED, last_posted_at=None), KEPT_FOR, T + 10 * KEPT_FOR)


def test_before_its_time_and_without_words_no_check_changes_anything() -> None:
    assert check_retention(HANDLED, timedelta(0), T + DAY - INSTANT) == HANDLED
    gone = replace(HANDLED, words_until=None)
    assert check_retention(gone, timedelta(0), T + 99 * DAY) == gone


@pytest.mark.parametrize(
    ("checked_on", "next_on"),
    [(1, 31), (9, 39), (10, 40), (11, 40), (39, 40)],
)
def test_a_check_comes_each_month_and_at_the_end(checked_on: int, next_on: int) -> None:
    case = check_retention(HANDLED, KEPT_FOR, T + checked_on * DAY)
    assert case == replace(HANDLED, words_until=T + next_on * DAY)


def test_handled_words_end_at_their_time() -> None:
    case = check_retention(HANDLED, KEPT_FOR, T + KEPT_FOR)
    assert (case.words_until, case.words_end) == (None, T + KEPT_FOR)
    assert next_due(case) == T + KEPT_FOR, "the messages are still to be wiped"


@pytest.mark.parametrize("case", UNHANDLED.values(), ids=UNHANDLED)
def test_unhandled_words_are_looked_at_each_week_for_ninety_days_at_most(case: Case) -> None:
    last, checks = T + KEPT_FOR + 90 * DAY, []
    now = T + KEPT_FOR
    while case.words_until is not None:
        checks.append(now)
        case = check_retention(case, KEPT_FOR, now)
        now = case.words_until or now
    weeks = [T + KEPT_FOR + 7 * week * DAY for week in range(13)]
    assert checks == [*weeks, last]
    assert case.words_end == last
    assert check_retention(UNHANDLED["unread"], KEPT_FOR, last - INSTANT).words_until == last


def test_words_of_which_no_time_is_known_are_kept_from_the_check_on() -> None:
    known_by_events = replace(HANDLED, last_posted_at=None)
    case = check_retention(known_by_events, KEPT_FOR, T + DAY)
    assert case.words_until == T + 31 * DAY and case.words_end is None


def test_the_end_leaves_no_word_no_answer_and_no_time_of_one() -> None:
    waiting = replace(HANDLED, screening=Screening(asked_at=T, look_at=T + 200 * DAY))
    case = check_retention(waiting, KEPT_FOR, T + 200 * DAY)
    assert case.opening == replace(
        OPENING,
        text="",
        preferences=Preferences(language="id"),
        safety=SafetyAnswers(),
        crisis_reason=None,
    )
    assert case.screening is not None and case.screening.look_at is None
    assert (case.last_posted_at, case.student_posted_at, case.read_at) == (None, None, None)
    assert (case.case_id, case.school_id) == ("c1", "s1")


def test_a_case_known_by_events_alone_ends_too() -> None:
    bare = replace(HANDLED, opening=None, screening=None)
    case = check_retention(bare, KEPT_FOR, T + 130 * DAY)
    assert (case.opening, case.screening, case.words_end) == (None, None, T + 130 * DAY)


@pytest.mark.parametrize("author", list(Author))
def test_new_words_of_any_author_begin_the_clock_anew(author: Author) -> None:
    ended = check_retention(HANDLED, KEPT_FOR, T + KEPT_FOR)
    written = T + 50 * DAY
    case = record_message(ended, author, written)
    assert (case.last_posted_at, case.words_until) == (written, written + DAY)
    assert case.student_posted_at == (written if author is Author.STUDENT else None)
    assert case.read_at == (None if author is Author.STUDENT else written)
    again = record_message(case, author, written + DAY)
    assert (again.last_posted_at, again.words_until) == (written + DAY, written + DAY)
    aside = record_message(ended, author, written, for_staff=True)
    assert (aside.last_posted_at, aside.words_until) == (written, written + DAY)
