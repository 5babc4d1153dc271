"""Both stages on one text: the rules explain and decide, meaning may only raise."""

from dataclasses import replace

from .engine import screen_rules
from .meaning.embedder import Embedder
from .meaning.heads import Heads, Meaning
from .model import Construct, Level, Reason, Screening

MEANING_RULE = "meaning"
# Of a level's span of scores; keeps every score of a level below the next level's.
_FLOORS = {Level.NONE: 0.0, Level.AMBER: 0.4, Level.RED: 0.7, Level.IMMINENT: 0.9}
_SPANS = {Level.NONE: 0.39, Level.AMBER: 0.29, Level.RED: 0.19, Level.IMMINENT: 0.1}


def raise_by_meaning(text: str, by_rules: Screening, heads: Heads, embedder: Embedder) -> Screening:
    """Raise what the rules said where the text means more; nothing is ever lowered.

    The score is the level's floor, and above it how sure the heads are that a human is needed.
    """
    meaning = heads.judge(text, by_rules.level, embedder)
    level = max(by_rules.level, meaning.level)
    reasons = by_rules.reasons
    if meaning.level > by_rules.level:
        reasons = (_make_reason(meaning), *reasons)
    sure = max(meaning.probabilities[0], by_rules.score if by_rules.level > Level.NONE else 0.0)
    score = round(_FLOORS[level] + _SPANS[level] * sure, 4)
    return replace(by_rules, level=level, score=score, reasons=reasons)


def screen(text: str, heads: Heads | None = None, embedder: Embedder | None = None) -> Screening:
    """Screen a text by both stages; by the rules alone where the second stage is not there."""
    by_rules = screen_rules(text)
    if heads is None or embedder is None:
        return by_rules
    return raise_by_meaning(text, by_rules, heads, embedder)


def _make_reason(meaning: Meaning) -> Reason:
    construct = meaning.construct or Construct.SUICIDAL_THOUGHTS
    return Reason(MEANING_RULE, construct, meaning.level, meaning.start, meaning.end)
