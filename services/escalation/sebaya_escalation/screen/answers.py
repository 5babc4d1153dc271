"""The two safety answers that open a case, judged without any text."""

from enum import StrEnum

from .model import Level


class SafetyAnswer(StrEnum):
    YES = "yes"
    NO = "no"
    UNSURE = "unsure"
    PREFER_NOT_TO_SAY = "prefer_not_to_say"


def judge_answers(danger_now: str | None, self_harm_thoughts: str | None) -> Level:
    """How urgently a human is needed, from "Are you in danger right now?" and "Do you think of
    hurting yourself?".

    A project rule in the spirit of the C-SSRS screener, not a scale: danger now is red, with
    thoughts of self-harm imminent; thoughts of self-harm alone are red; unsure and prefer not to
    say are amber. A question left unanswered (None) counts as unsure. Raises ValueError for a word
    that is no answer.
    """
    danger, thoughts = _answer(danger_now), _answer(self_harm_thoughts)
    if danger is SafetyAnswer.YES:
        return Level.IMMINENT if thoughts is SafetyAnswer.YES else Level.RED
    if thoughts is SafetyAnswer.YES:
        return Level.RED
    return Level.NONE if danger is thoughts is SafetyAnswer.NO else Level.AMBER


def _answer(given: str | None) -> SafetyAnswer:
    return SafetyAnswer.UNSURE if given is None else SafetyAnswer(given)
