"""From plain characters to words that know where they stood.

Undoes what hides a word: repeated letters, digits for letters, separators and spaces inside a word,
missing spaces between words. Every step keeps the place of each word in the original, and every
step is linear in the length of the text.
"""

import re
from collections.abc import Iterator
from enum import IntEnum
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple, Protocol

from .characters import Plain, undisguise


class Pause(IntEnum):
    """What stands before a word."""

    NONE = 0
    COMMA = 1
    LINE = 2
    SENTENCE = 3
    PARAGRAPH = 4


class Word(NamedTuple):
    """A plain word, at `[start, end)` of the original text."""

    form: str
    start: int
    end: int
    pause: Pause


class Vocabulary(Protocol):
    """What the normaliser must know of the languages."""

    def __hash__(self) -> int: ...

    def knows(self, form: str) -> bool:
        """A word of either language that the tables name."""

    def warns(self, form: str) -> bool:
        """A known word that carries a signal."""

    def begins(self, form: str) -> bool:
        """Some word that carries a signal begins with these letters."""

    def squeezed(self, form: str) -> str | None:
        """The known word that reads `form` once doubled letters are single."""


def words_of(text: str, vocabulary: Vocabulary) -> list[Word]:
    """The words of a text, disguises undone, in order."""
    return list(_Reader(undisguise(text), vocabulary).words())


_PIECE = re.compile(
    r"([^\W_]+(?:'[^\W_]+)*)([\W_]*)"
)  # and the gap behind it: a gap looked for in front would be read once for each of its characters
_REPEATED = re.compile(r"(.)\1+")
_SENTENCE_END = re.compile(r"[.!?;…][\"'”’)\]*_]*\s|[.!?;…]+$")
_TRAILING_OFF = re.compile(r"\.\.|…")  # the sentence goes on
_DIGITS_AS_LETTERS = tuple(
    str.maketrans("013457@$!|€", letters) for letters in ("oieastasiie", "oleastaslle")
)
_SYMBOLS = frozenset("@$!|€")

# "b.u.n.u.h" is read by its single letters; a word cut in more pieces is not a word any more.
_PIECES_JOINED = 6
_LONGEST_JOINED = 18
_SHORTEST_JOINED = 4
_SURE_JOINED = (
    5  # this long, a joined word counts although one of its pieces is a word itself ("bu nuh")
)
_LETTERS_IN_A_ROW = 3
_WIDEST_GAP = 3
_WORDS_RUN_TOGETHER = 24  # longer than any word: read for words inside even when parts stay unread
_LONGEST_WORD = 16
_SHORTEST_SIGNAL = 3


class _Reader:
    """One pass over the pieces of a text, kept as lists side by side: an object for each word costs
    more than reading it.
    """

    def __init__(self, plain: Plain, vocabulary: Vocabulary) -> None:
        self._plain = plain
        self._vocabulary = vocabulary
        found = _PIECE.findall(plain.text)
        first = _PIECE.search(plain.text)
        self._forms: list[str] = [form for form, _ in found]
        self._gaps: list[str] = [
            "",
            *(gap for _, gap in found),
        ]  # what stands before each; the last is the text's end
        self._starts = list(
            accumulate(
                (len(form) + len(gap) for form, gap in found), initial=first.start() if first else 0
            )
        )
        self._known = [vocabulary.knows(form) for form in self._forms]

    def words(self) -> Iterator[Word]:
        known, alone, gaps = self._known, self._alone(), self._gaps
        starts, ends = self._plain.starts, self._plain.ends
        at = 0
        disguised = False
        while at < len(alone):
            count = 1 if alone[at] else self._joined(at, disguised)
            disguised = count > 1
            pause = (
                Pause.NONE
                if gaps[at] == " " and at
                else _pause(gaps[at])
                if at
                else Pause.PARAGRAPH
            )
            if known[at] and not disguised:
                form, start = self._forms[at], self._starts[at]
                yield Word(form, starts[start], ends[start + len(form) - 1], pause)
            elif disguised:
                yield from self._read(at, count, pause)
            else:
                yield from self._read_one(at, pause)
            at += count

    def _alone(self) -> list[bool]:
        """Where there is nothing to join: the end, a plain word before a plain word, or letters
        that begin no word of concern.
        """
        begins = self._vocabulary.begins
        alone = [
            len(form) > 1
            and ((known and after and gap not in _SYMBOLS) or (form.isalpha() and not begins(form)))
            for form, known, after, gap in zip(
                self._forms, self._known, self._known[1:], self._gaps[1:], strict=False
            )
        ]
        return [*alone, len(self._forms[-1]) > 1] if self._forms else []

    def _joined(self, at: int, disguised: bool) -> int:
        """How many pieces from here make up one word."""
        form = self._forms[at]
        count = self._single_letters(at) if len(form) == 1 else 1
        return (
            max(count, self._longest_join(at, disguised))
            if any(map(self._vocabulary.begins, _spellings(form)))
            else count
        )

    def _single_letters(self, at: int) -> int:
        """How many single letters in a row begin here; no word goes on in the next paragraph."""
        end = at
        while (
            end < len(self._forms)
            and len(self._forms[end]) == 1
            and (end == at or self._is_narrow(self._gaps[end]))
        ):
            end += 1
        count = end - at
        return count if count >= _LETTERS_IN_A_ROW else 1

    @staticmethod
    def _is_narrow(gap: str) -> bool:
        return len(gap) <= _WIDEST_GAP and _pause(gap) < Pause.PARAGRAPH

    def _longest_join(self, at: int, disguised: bool) -> int:
        form, unknown, spaced, best = self._forms[at], int(not self._known[at]), False, 1
        for count, piece in enumerate(self._forms[at + 1 : at + _PIECES_JOINED], start=2):
            gap = self._gaps[at + count - 1]
            if len(form) + len(piece) > _LONGEST_JOINED or _ends_sentence(gap):
                break
            spaced = spaced or not gap.strip()
            unknown += not self._known[at + count - 1]
            form += _bridge(gap) + piece
            allowed = unknown == count or (
                unknown and (disguised or not spaced or len(form) >= _SURE_JOINED)
            )
            if (
                allowed
                and len(form) >= (_SHORTEST_SIGNAL if _bridge(gap) else _SHORTEST_JOINED)
                and self._hides(form)
            ):
                best = count
        return best

    def _hides(self, form: str) -> bool:
        return any(self._vocabulary.warns(candidate) for candidate in _spellings(form))

    def _read_one(self, at: int, pause: Pause) -> Iterator[Word]:
        begin = self._starts[at]
        for word, start, end in _reading_of(self._forms[at], self._vocabulary):
            yield Word(
                word, self._plain.starts[begin + start], self._plain.ends[begin + end - 1], pause
            )
            pause = Pause.NONE

    def _read(self, at: int, count: int, pause: Pause) -> Iterator[Word]:
        """The words in `count` pieces that belong together."""
        form, places = self._spelt(at, count)
        for word, start, end in _reading_of(form, self._vocabulary):
            yield Word(
                word, self._plain.starts[places[start]], self._plain.ends[places[end - 1]], pause
            )
            pause = Pause.NONE

    def _spelt(self, at: int, count: int) -> tuple[str, list[int]]:
        form = ""
        places: list[int] = []
        for piece in range(at, at + count):
            bridge = _bridge(self._gaps[piece]) if piece > at else ""
            form += bridge + self._forms[piece]
            start = self._starts[piece]
            places += range(start - len(bridge), start + len(self._forms[piece]))
        return form, places


def _bridge(gap: str) -> str:
    """A single symbol between letters that stands for a letter, as in `m@ti`."""
    return gap if gap in _SYMBOLS else ""


def _ends_sentence(gap: str) -> bool:
    return "\n\n" in gap or (len(gap) > 1 and _SENTENCE_END.search(gap) is not None)


def _pause(gap: str) -> Pause:
    # Nearly every gap of a text is one of a dozen; whoever types a row of a thousand dots must not
    # fill the memory.
    return _short_pause(gap) if len(gap) <= _WIDEST_GAP else _any_pause(gap)


@lru_cache(maxsize=4096)
def _short_pause(gap: str) -> Pause:
    return _any_pause(gap)


def _any_pause(gap: str) -> Pause:
    if gap.count("\n") > 1:
        return Pause.PARAGRAPH
    if _SENTENCE_END.search(gap) and any(map(str.isspace, gap)):
        return Pause.LINE if _TRAILING_OFF.search(gap) else Pause.SENTENCE
    if "\n" in gap:
        return Pause.LINE
    return Pause.COMMA if "," in gap else Pause.NONE


_Reading = tuple[tuple[str, int, int], ...]


def _spellings(form: str) -> tuple[str, ...]:
    """The form itself and what its digits may stand for."""
    if form.isalpha() or form.isdigit():
        return (form,)
    return (form, *(form.translate(table) for table in _DIGITS_AS_LETTERS))


def _reading(form: str, vocabulary: Vocabulary) -> _Reading:
    """The known words a form stands for; the form itself where it stands for none."""
    whole = (0, len(form))
    if form.endswith("2") and vocabulary.knows(form[:-1]):  # "tiba2", "mati2an" is left alone
        return ((form[:-1], *whole),)
    for spelling in _spellings(form):
        for candidate in (spelling, spelling.replace("'", "")):
            if vocabulary.knows(candidate):
                return ((candidate, *whole),)
            if _REPEATED.search(candidate) and (
                single := vocabulary.squeezed(_REPEATED.sub(r"\1", candidate))
            ):
                return ((single, *whole),)
        if reading := _apart(spelling, vocabulary):
            return reading
    return ((form, *whole),)


def _reading_of(form: str, vocabulary: Vocabulary) -> _Reading:
    return (
        _reading_of_a_word(form, vocabulary)
        if len(form) <= _WORDS_RUN_TOGETHER
        else _reading(form, vocabulary)
    )


@lru_cache(maxsize=16384)
def _reading_of_a_word(form: str, vocabulary: Vocabulary) -> _Reading:
    return _reading(form, vocabulary)


_UNREAD = 3  # an unread letter costs more than a word, so that words win


def _apart(form: str, vocabulary: Vocabulary) -> _Reading:
    """Words written together, such as "pengenmati": the fewest known words that cover the form and
    carry a signal.
    """
    if not any(
        vocabulary.begins(form[at : at + _SHORTEST_SIGNAL])
        for at in range(len(form) - _SHORTEST_SIGNAL + 1)
    ):
        return ()
    pieces = _cheapest_cover(form, vocabulary)
    warning = [
        form[start:end] for start, end, read in pieces if read and vocabulary.warns(form[start:end])
    ]
    covered = all(read for _, _, read in pieces)
    if not warning or not (covered or len(form) > _WORDS_RUN_TOGETHER):
        return ()
    if len(pieces) < _LETTERS_IN_A_ROW and max(map(len, warning)) < _SHORTEST_JOINED:
        return ()
    return tuple((form[start:end], start, end) for start, end, _ in pieces)


def _cheapest_cover(form: str, vocabulary: Vocabulary) -> list[tuple[int, int, bool]]:
    cost = [0] * (len(form) + 1)
    begin = [0] * (len(form) + 1)
    read = [False] * (len(form) + 1)
    for end in range(1, len(form) + 1):
        cost[end], begin[end], read[end] = cost[end - 1] + _UNREAD, end - 1, False
        for start in range(max(0, end - _LONGEST_WORD), end):
            if (
                cost[start] + 1 < cost[end]
                and _may_stand(form[start:end], start)
                and vocabulary.knows(form[start:end])
            ):
                cost[end], begin[end], read[end] = cost[start] + 1, start, True
    pieces = []
    end = len(form)
    while end:
        pieces.append((begin[end], end, read[end]))
        end = begin[end]
    return pieces[::-1]


def _may_stand(word: str, start: int) -> bool:
    return len(word) > 1 or (word == "i" and start == 0)
