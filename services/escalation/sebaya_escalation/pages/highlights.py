"""The reasons of the screen, in the words that it saw."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sebaya_escalation.schemas import WhyView


class Piece(NamedTuple):
    """A stretch of a text, and whether a rule saw it."""

    text: str
    seen: bool


def pieces(text: str, reasons: Sequence[WhyView]) -> Iterator[Piece]:
    """The whole text, in order, nothing twice, however the reasons overlap."""
    at = 0
    for start, end in sorted((max(0, why.start), min(len(text), why.end)) for why in reasons):
        if end <= at:
            continue
        if start > at:
            yield Piece(text[at:start], seen=False)
        yield Piece(text[max(start, at) : end], seen=True)
        at = end
    if at < len(text):
        yield Piece(text[at:], seen=False)
