"""What runs inside the process of the second stage: the model, loaded once, and what it says."""

from dataclasses import dataclass
from functools import cache

from sebaya_escalation.screen import Screening
from sebaya_escalation.screen.meaning import MeaningModel, ModelUnavailable, raise_by_meaning


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read in a text: by the rules, and by meaning where `meaning` names its weights.

    `examples` are the ids of own examples that it reads like, where meaning raised it.
    """

    screening: Screening
    meaning: str = ""
    examples: tuple[str, ...] = ()


@cache
def load_model() -> MeaningModel | None:
    """Load the model of this process; None where it cannot be used on this machine."""
    try:
        return MeaningModel.load()
    except ModelUnavailable:
        return None


def read_meaning(text: str, rules: Screening) -> Reading:
    """Raise what the rules said where the text means more. Raises ModelUnavailable."""
    model = load_model()
    if model is None:
        raise ModelUnavailable
    judged = model.judge(text, rules)
    raised = raise_by_meaning(rules, judged)
    if raised is rules:
        return Reading(rules, model.version)
    return Reading(raised, model.version, tuple(example.id for example in judged.examples))
