"""The reasons of the screen, in the words that it saw."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sebaya_escalation.schemas.alerts import WhyView


def examples_in(language: str, reasons: Sequence[WhyView]) -> list[str]:
    """List the own examples that a text reads like, those of a language and each once."""
    texts = (one.text for why in reasons for one in why.reads_like if one.lang == language)
    return list(dict.fromkeys(texts))


class Stretch(NamedTuple):
    """A stretch of a text, and whether a rule of the screen saw it."""

    text: str
    seen: bool


def split_at_reasons(text: str, reasons: Sequence[WhyView]) -> Iterator[Stretch]:
    """Split a text where reasons begin and end: all of it, in order, nothing twice, however the
    reasons overlap.
    """
    at = 0
    for start, end in sorted((max(0, why.start), min(len(text), why.end)) for why in reasons):
        if end <= at:
            continue
        if start > at:
            yield Stretch(text[at:start], seen=False)
        yield Stretch(text[max(start, at) : end], seen=True)
        at = end
    if at < len(text):
        yield Stretch(text[at:], seen=False)
