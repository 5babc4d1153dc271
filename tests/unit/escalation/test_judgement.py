"""The border to the screen: its levels are the contract's; the higher judgement counts."""

from datetime import UTC, datetime

import pytest

from sebaya_contracts.intake import MessagePosted, SafetyAnswers
from sebaya_contracts.words import AlertCause, Answer, Author, Level
from sebaya_escalation import screen
from sebaya_escalation.domain import judgement
from sebaya_escalation.domain.judgement import Judgement, make_signal

CALM = "aku suka main bola"
HIGH = "aku sering menyakiti diri sendiri"
IN_DANGER = SafetyAnswers(self_harm_thoughts=Answer.YES, danger_now=Answer.YES)
SAFE = SafetyAnswers(self_harm_thoughts=Answer.NO, danger_now=Answer.NO)


def message(
    text: str, safety: SafetyAnswers | None = None, author: Author = Author.STUDENT
) -> MessagePosted:
    return MessagePosted(
        school_id="s1",
        case_id="c1",
        message_id="m1",
        author=author,
        text=text,
        posted_at=datetime(2026, 11, 25, tzinfo=UTC),
        opening=safety is not None,
        safety=safety,
    )


def judge_message(posted: MessagePosted) -> Judgement:
    return judgement.judge_message(posted, screen.screen(posted.text))


def test_every_level_of_the_screen_is_one_of_the_contract() -> None:
    assert [level.value for level in screen.Level] == [level.value for level in Level]


@pytest.mark.parametrize(
    ("text", "safety", "level", "cause"),
    [
        (CALM, None, Level.NONE, AlertCause.MESSAGE),
        (HIGH, None, Level.RED, AlertCause.MESSAGE),
        (HIGH, SAFE, Level.RED, AlertCause.MESSAGE),
        (CALM, IN_DANGER, Level.IMMINENT, AlertCause.SAFETY_ANSWERS),
        (HIGH, IN_DANGER, Level.IMMINENT, AlertCause.SAFETY_ANSWERS),
    ],
)
def test_the_higher_of_words_and_answers_counts(
    text: str, safety: SafetyAnswers | None, level: Level, cause: AlertCause
) -> None:
    judged = judge_message(message(text, safety))
    assert (judged.level, judged.cause) == (level, cause)


def test_the_reasons_point_into_the_words_whatever_the_cause() -> None:
    posted = message(HIGH, IN_DANGER)
    signal = make_signal(posted, judge_message(posted))
    assert signal.why
    assert all(HIGH[reason.start : reason.end].strip() for reason in signal.why)
    assert {type(reason.level) for reason in signal.why} == {Level}


def test_a_counsellors_words_call_for_nobody() -> None:
    posted = message(HIGH, author=Author.COUNSELLOR)
    judged = judge_message(posted)
    assert judged.level is Level.RED
    assert not judged.calls_for_a_human(posted)


@pytest.mark.parametrize(
    ("text", "told"),
    [("Bu Ratna memukulku", True), ("Miss Ratna touched me", True), (HIGH, False), (CALM, False)],
)
def test_harm_by_a_person_is_told_from_other_danger(text: str, told: bool) -> None:
    assert judge_message(message(text)).tells_of_harm is told
