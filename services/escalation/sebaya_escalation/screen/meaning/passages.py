"""Where a long text is cut into passages, so that one decisive sentence is read by itself too.

Every sentence is in at least one passage, however long the text is: nothing is left out.
"""

import re
from dataclasses import dataclass

# Shorter texts are read whole and only whole.
WHOLE_WORDS = 24
# A passage of two sentences keeps "I said I would not. But tonight I will." together.
SENTENCES = 2
# A longer letter gets longer passages, not more of them, and they overlap no more: so every
# character of it is embedded once.
MOST_PASSAGES = 16
_SENTENCE = re.compile(r"[^.!?\n…]+(?:[.!?…]+|\n+|$)")
# Without a full stop people write on for a whole page.
LONGEST_SENTENCE_WORDS = 40


@dataclass(frozen=True, slots=True)
class Passage:
    """Characters `[start, end)` of a text."""

    text: str
    start: int
    end: int


def cut_passages(text: str) -> list[Passage]:
    """Cut a text of more than WHOLE_WORDS words into overlapping passages, others into none."""
    if len(text.split()) <= WHOLE_WORDS:
        return []
    sentences = [part for span in _sentences(text) for part in _split_run_on(text, *span)]
    if len(sentences) < 2:
        return []
    if len(sentences) <= MOST_PASSAGES + 1:
        width, step = SENTENCES, 1
    else:
        width = step = -(-len(sentences) // MOST_PASSAGES)
    return [
        _passage(text, sentences[at : at + width])
        for at in range(0, max(1, len(sentences) - width + step), step)
    ]


def _sentences(text: str) -> list[tuple[int, int]]:
    return [found.span() for found in _SENTENCE.finditer(text) if found.group().strip()]


def _split_run_on(text: str, start: int, end: int) -> list[tuple[int, int]]:
    words = list(re.finditer(r"\S+", text[start:end]))
    if len(words) <= LONGEST_SENTENCE_WORDS:
        return [(start, end)]
    half = LONGEST_SENTENCE_WORDS // 2
    groups = [words[at : at + half] for at in range(0, len(words), half)]
    return [(start + group[0].start(), start + group[-1].end()) for group in groups]


def _passage(text: str, sentences: list[tuple[int, int]]) -> Passage:
    start, end = sentences[0][0], sentences[-1][1]
    return Passage(text[start:end].strip(), start, end)
