"""The form, a response, and the link that a student answers by."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import jwt
import pytest

from sebaya_chassis.base.problems import Invalid
from sebaya_chassis.web import feedback_link
from sebaya_chassis.web.feedback_link import FeedbackLinkInvalid
from sebaya_contracts.words import Side
from sebaya_evaluation.domain.feedback import (
    QUESTIONS,
    build_response_id,
    check_answers,
    create_response,
    erase_response,
    is_improved,
)

SECRET = "a test's secret, long enough to be one"
NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)


def issued(now: datetime | None = None, secret: str = SECRET) -> str:
    when = now or datetime.now(UTC)
    return feedback_link.issue(secret, school_id="s1", case_id="c1", match_id="m1", now=when).token


def test_a_link_says_whose_answers_it_takes() -> None:
    link = feedback_link.read(SECRET, issued())

    assert (link.school_id, link.case_id, link.match_id, link.side) == (
        "s1",
        "c1",
        "m1",
        Side.STUDENT,
    )


def test_a_link_ends() -> None:
    old = datetime.now(UTC) - feedback_link.LIFETIME - timedelta(minutes=1)
    with pytest.raises(FeedbackLinkInvalid):
        feedback_link.read(SECRET, issued(old))


@pytest.mark.parametrize(
    "token", ["", "x", issued(secret="another secret, long enough too"), issued()[:-4] + "AAAA"]
)
def test_a_link_that_is_not_ours_is_refused(token: str) -> None:
    with pytest.raises(FeedbackLinkInvalid):
        feedback_link.read(SECRET, token)


@pytest.mark.parametrize(
    "change", [{"aud": "other"}, {"side": "counsellor"}, {"exp": None}, {"match_id": None}]
)
def test_a_link_must_say_everything(change: dict[str, str | None]) -> None:
    claims = jwt.decode(issued(), options={"verify_signature": False}) | change
    key = feedback_link._key(SECRET)
    forged = jwt.encode(
        {name: value for name, value in claims.items() if value is not None}, key, algorithm="HS256"
    )
    with pytest.raises(FeedbackLinkInvalid):
        feedback_link.read(SECRET, forged)


def test_the_key_is_not_the_secret_itself() -> None:
    claims = jwt.decode(issued(), options={"verify_signature": False})
    with pytest.raises(FeedbackLinkInvalid):
        feedback_link.read(SECRET, jwt.encode(claims, SECRET, algorithm="HS256"))
    with pytest.raises(FeedbackLinkInvalid):
        feedback_link.read(SECRET, jwt.encode(claims, "", algorithm="none"))


@pytest.mark.parametrize(
    "answers", [{}, {"burdened": 3}, {"heard": 0}, {"heard": 6}, {"heard": 3, "comment": 1}]
)
def test_only_options_of_the_form_are_answers(answers: dict[str, int]) -> None:
    with pytest.raises(Invalid):
        check_answers(Side.STUDENT, answers)


def test_a_question_may_be_left_out() -> None:
    check_answers(Side.STUDENT, {"better": 1})
    response, event = create_response("s1", "c1", "m1", Side.STUDENT, {"better": 1}, NOW)
    assert response.answers == event.answers == {"better": 1}


def test_one_response_a_match_and_side() -> None:
    student, _ = create_response("s1", "c1", "m1", Side.STUDENT, {"heard": 1}, NOW)
    again, given = create_response(
        "s1", "c1", "m1", Side.STUDENT, {"heard": 5}, NOW + timedelta(days=1)
    )
    supporter, _ = create_response("s1", "c1", "m1", Side.SUPPORTER, {"helped": 1}, NOW)

    assert student.response_id == again.response_id == given.response_id != supporter.response_id
    assert build_response_id("s2", "m1", Side.STUDENT) != student.response_id


def test_better_from_four_on_counts_as_improved() -> None:
    student, _ = create_response("s1", "c1", "m1", Side.STUDENT, {"better": 4}, NOW)

    assert is_improved(student)
    assert not is_improved(replace(student, answers={"better": 3}))
    assert not is_improved(replace(student, answers={"heard": 5}))
    assert not is_improved(replace(student, side=Side.SUPPORTER))


def test_a_tombstone_keeps_no_answer() -> None:
    student, _ = create_response("s1", "c1", "m1", Side.STUDENT, {"better": 4}, NOW)
    gone, _ = erase_response(student, NOW)

    assert (gone.answers, gone.match_id, gone.given_at, gone.erased) == ({}, "", None, True)


def test_every_question_is_asked_in_both_languages() -> None:
    for questions in QUESTIONS.values():
        assert 4 <= len(questions) <= 5
        for question in questions:
            for texts in (question.text, question.lowest, question.highest):
                assert set(texts) == {"id", "en"}
