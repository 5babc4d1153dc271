"""The screen: reads what students and supporters write and says how urgently a human is needed.

A pure package: standard library only, no I/O, no clock. It is a first, honest set of rules in
Indonesian and English, built on the constructs of the Columbia-Suicide Severity Rating Scale; it
catches words, not states of mind, and replaces nobody's judgement.
"""

from .answers import SafetyAnswer, judge_answers
from .engine import screen
from .model import Construct, Level, Reason, Screening, Tag

VERSION = "1"
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
