"""The two safety answers, every sheet of them."""

from itertools import product

import pytest

from sebaya_escalation.screen import Level, SafetyAnswer, judge_answers

ANSWERS = [*SafetyAnswer, None]


@pytest.mark.parametrize(("danger", "thoughts"), list(product(ANSWERS, ANSWERS)))
def test_every_sheet_of_answers(danger: SafetyAnswer | None, thoughts: SafetyAnswer | None) -> None:
    yes = [danger, thoughts].count(SafetyAnswer.YES)
    calm = danger is thoughts is SafetyAnswer.NO
    expected = (
        Level.IMMINENT if yes == 2 else Level.RED if yes else Level.NONE if calm else Level.AMBER
    )

    assert judge_answers(danger, thoughts) is expected


def test_an_unanswered_question_is_no_reassurance() -> None:
    assert judge_answers(None, "no") is judge_answers("unsure", "no") is Level.AMBER


def test_a_word_that_is_no_answer_is_refused() -> None:
    with pytest.raises(ValueError, match="maybe"):
        judge_answers("maybe", "no")
