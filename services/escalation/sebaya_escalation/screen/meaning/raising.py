"""Both stages together: the rules explain and decide, meaning may only raise."""

from dataclasses import replace

from ..model import Construct, Level, Reason, Screening
from .judgement import Judgement

MEANING_RULE = "meaning"
# The score of a level, and a little above it how sure the heads are that a human is needed. Among
# texts of one level most that a rule names stand above: they are more often right.
_FLOORS = {Level.NONE: 0.0, Level.AMBER: 0.4, Level.RED: 0.7, Level.IMMINENT: 0.9}
_SPAN = 0.02


def raise_by_meaning(rules: Screening, judged: Judgement) -> Screening:
    """Raise what the rules said where the text means more; return `rules` where it does not."""
    if judged.level <= rules.level:
        return rules
    level = judged.level
    construct = judged.construct or Construct.SUICIDAL_THOUGHTS
    reason = Reason(MEANING_RULE, construct, level, judged.start, judged.end)
    score = round(_FLOORS[level] + _SPAN * judged.probability, 4)
    return replace(rules, level=level, score=score, reasons=(reason, *rules.reasons))
