"""An opening or a message without a verdict is published again, as its second attempt; and a timer
looks at a case when the first of its dates comes.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sebaya_contracts.intake import MessagePosted, Preferences, SafetyAnswers
from sebaya_contracts.words import Answer, Author, CaseTopic, Door, Level, Urgency
from sebaya_intake.domain import case as cases
from sebaya_intake.domain import message as messages
from sebaya_intake.domain.case import Case, Digests, Opening
from sebaya_intake.domain.consent import Consent
from sebaya_intake.domain.message import Message, MessageDraft
from sebaya_intake.domain.screening import Outbox, Screening, VerdictTimeout, start_screening
from sebaya_intake.errors import IdempotencyKeyReused

T = datetime(2026, 3, 2, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
INSTANT = timedelta(microseconds=1)
TIMEOUT = VerdictTimeout(MINUTE, 60 * MINUTE)
PUBLISHED = Outbox(waiting=0, published_at=T)
OPENING = Opening(
    message_id="m1",
    text="words",
    topic=CaseTopic.GRIEF,
    door=Door.WEB,
    preferences=Preferences(language="id"),
    safety=SafetyAnswers(danger_now=Answer.NO),
    consent=Consent("7", 15, T),
    opened_at=T,
    crisis_reason=None,
    urgency=Urgency.SOON,
)
NEW = cases.new_case("s1", "c1", OPENING, Digests("i", "b", "h"), TIMEOUT)
DRAFT = MessageDraft("m2", Author.SUPPORTER, "sup-1", "more words", "i", "b")


def test_the_first_publication_is_of_the_opening_alone() -> None:
    (event,) = NEW.events
    assert isinstance(event, MessagePosted)
    assert (event.opening, event.attempt, event.author) == (True, 1, Author.STUDENT)
    assert (event.message_id, event.text, event.safety) == ("m1", "words", OPENING.safety)
    told = NEW.announcement
    assert (told.consent_version, told.consented_at, told.urgency) == ("7", T, Urgency.SOON)
    case = NEW.case
    assert (case.last_posted_at, case.student_posted_at, case.read_at) == (T, T, None)
    assert (case.words_until, case.adult_asked_at) == (T + DAY, None)
    assert (case.idempotency, case.body, case.code_hash) == ("i", "b", "h")
    assert not case.screened


def test_an_opening_without_a_verdict_is_published_a_second_time() -> None:
    early, nothing = cases.republish_if_overdue(NEW.case, PUBLISHED, TIMEOUT, T + MINUTE - INSTANT)
    assert (early, nothing) == (NEW.case, ())
    case, (event,) = cases.republish_if_overdue(NEW.case, PUBLISHED, TIMEOUT, T + MINUTE)
    assert event == replace_attempt(NEW.events[0], 2)
    assert case.screening == Screening(asked_at=T + MINUTE, look_at=T + 3 * MINUTE, attempt=2)


def replace_attempt(event: object, attempt: int) -> MessagePosted:
    assert isinstance(event, MessagePosted)
    fields = {name: getattr(event, name) for name in event.__struct_fields__}
    return MessagePosted(**fields | {"attempt": attempt})


@pytest.mark.parametrize(
    "case",
    [
        replace(NEW.case, screening=None),
        replace(NEW.case, opening=None),
        replace(NEW.case, opening=replace(OPENING, text="")),
        cases.record_verdict(NEW.case, Level.NONE, T),
    ],
    ids=["never screened", "known by events", "words gone", "judged"],
)
def test_without_words_or_with_a_verdict_nothing_is_published_again(case: Case) -> None:
    assert cases.republish_if_overdue(case, PUBLISHED, TIMEOUT, T + DAY) == (case, ())


def test_a_verdict_that_overtakes_what_it_judges_is_kept() -> None:
    bare = cases.record_verdict(Case("c1", "s1"), Level.RED, T)
    assert bare.screened and bare.screening is not None
    assert (bare.screening.level, bare.screening.screened_at) == (Level.RED, T)
    message = messages.record_verdict(Message("m2", "c1", "s1"), Level.AMBER, T)
    assert message.screening is not None and message.screening.level is Level.AMBER
    assert messages.message_events(message) == ()


def test_a_message_without_a_verdict_is_published_a_second_time() -> None:
    message, (first,) = messages.new_message(NEW.case, DRAFT, TIMEOUT, T)
    assert (first.attempt, first.author, first.text) == (1, Author.SUPPORTER, "more words")
    assert not (first.opening or first.for_staff or message.for_staff)
    assert message.screening == start_screening(T, TIMEOUT)
    assert messages.next_due(message) == T + MINUTE
    assert messages.republish_if_overdue(message, PUBLISHED, TIMEOUT, T) == (message, ())
    again, (second,) = messages.republish_if_overdue(message, PUBLISHED, TIMEOUT, T + MINUTE)
    assert second == replace_attempt(first, 2)
    assert messages.next_due(again) == T + 3 * MINUTE
    bare = replace(message, screening=None)
    assert messages.republish_if_overdue(bare, PUBLISHED, TIMEOUT, T + DAY) == (bare, ())
    assert messages.next_due(bare) is None
    (unscreened,) = messages.message_events(bare)
    assert unscreened.attempt == 1


@pytest.mark.parametrize("missing", [{"author": None}, {"posted_at": None}])
def test_a_message_known_by_its_verdict_alone_has_no_event(missing: dict[str, None]) -> None:
    message, _ = messages.new_message(NEW.case, DRAFT, TIMEOUT, T)
    assert messages.message_events(replace(message, **missing)) == ()  # type: ignore[arg-type]


def test_words_between_peer_and_counsellor_say_so_wherever_they_go() -> None:
    message, (event,) = messages.new_message(NEW.case, replace(DRAFT, for_staff=True), TIMEOUT, T)
    assert message.for_staff and event.for_staff
    plain = messages.MessageWords("words", "key")
    assert plain.canonical_body() != replace(plain, for_staff=True).canonical_body()
    assert plain.for_staff is False and "SECRET" not in repr(replace(plain, own_code="SECRET"))


def test_a_timer_looks_at_the_first_date_of_a_case() -> None:
    assert cases.next_due(NEW.case) == T + MINUTE
    judged = cases.record_verdict(NEW.case, Level.NONE, T)
    assert cases.next_due(judged) == T + DAY
    assert cases.next_due(replace(judged, words_end=T + 2 * MINUTE)) == T + 2 * MINUTE
    assert cases.next_due(replace(judged, words_until=None)) is None
    assert cases.next_due(Case("c1", "s1")) is None


def test_a_key_posts_the_same_words_once_and_refuses_others() -> None:
    message, _ = messages.new_message(NEW.case, DRAFT, TIMEOUT, T)
    assert messages.require_same_words(message, DRAFT) is message
    with pytest.raises(IdempotencyKeyReused):
        messages.require_same_words(message, replace(DRAFT, body="others"))
