"""The screen: reads what students and supporters write and says how urgently a human is needed.

A pure package: standard library only, no I/O, no clock. Rules in Indonesian and English: those of
`indonesian`, `english` and `shared` are built on the constructs of the Columbia-Suicide Severity
Rating Scale, those of `kinds` on what the danger is. `inflect` makes the forms of their words. They
catch words, not states of mind, and replace no human judgement.
"""

from .answers import SafetyAnswer, judge_answers
from .engine import screen
from .model import Construct, Level, Reason, Screening, Tag

VERSION = "2"
"""Of the rules. Raised with every change that can change a verdict, and kept beside the verdict."""

__all__ = [
    "VERSION",
    "Construct",
    "Level",
    "Reason",
    "SafetyAnswer",
    "Screening",
    "Tag",
    "judge_answers",
    "screen",
]
