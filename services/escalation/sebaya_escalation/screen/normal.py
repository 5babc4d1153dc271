"""From a text as typed to plain words that know where they stood.

Undoes what hides a word: compatibility forms, invisible characters, look-alike letters, markup,
capitals, repeated letters, digits for letters, separators and spaces inside a word, missing spaces
between words. Every step keeps the place of each character in the original, and every step is
linear in the length of the text.
"""

import html
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple, Protocol


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


@dataclass(frozen=True, slots=True)
class _Plain:
    """Plain characters; character i came from `[starts[i], ends[i])`."""

    text: str
    starts: "range | list[int]"
    ends: "range | list[int]"


def words_of(text: str, vocabulary: Vocabulary) -> list[Word]:
    """The words of a text, disguises undone, in order."""
    return list(_Reader(_plain(text), vocabulary).words())


# --- characters
# ------------------------------------------------------------

# each pair: look-alikes, and the Latin letters they pass for, one for one
_LOOKALIKE_ROWS = (
    ("АВЕКМНОРСТУХІЈЅҮ", "ABEKMHOPCTYXIJSY"),  # Cyrillic capitals
    ("авекмнорстухіјѕпгԁһԛԝӏү", "abekmhopctyxijsnrdhqwly"),
    ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX"),  # Greek capitals
    ("αβεικνορτυχηωγϲ", "abeikvoptuxnwyc"),
    ("օսհոց", "ouhng"),  # Armenian
    ("ɑɡıøłđħŧðɪʟɴʀʏʙɢʜ", "agioldhtdilnrybgh"),  # Latin with another shape
    ("ᴀᴄᴅᴇᴊᴋᴍᴏᴘᴛᴜᴠᴡᴢ", "acdejkmoptuvwz"),
    ("’‘ʼ`´", "'''''"),
)
_LOOKALIKES = {shown: meant for row in _LOOKALIKE_ROWS for shown, meant in zip(*row, strict=True)}
_BLANKS = {
    "\u2800": " ",
    "\u3164": "",
    "\u115f": "",
    "\u1160": "",
    "\uffa0": "",
    "\u17b4": "",
    "\u17b5": "",
}
_PICTURES = {
    "🔪": "emoknife",
    "🗡": "emoknife",
    "🔫": "emogun",
    "🪒": "emoblade",
    "💊": "emopill",
    "🩸": "emoblood",
    "😂": "emolol",
    "🤣": "emolol",
    "😹": "emolol",
}  # read as words of their own, which no letters spell
_LETTERS_IN_BOXES = ((0x1F150, 26), (0x1F170, 26), (0x1F1E6, 26))

_INLINE = (
    "b|i|u|s|em|strong|span|a|small|big|sub|sup|del|ins|mark|code|tt|font|wbr|color|size|url"
    "|spoiler"
)
_BLOCK = "p|br|hr|div|li|ul|ol|td|tr|h[1-6]|blockquote"
_MARKUP = re.compile(
    rf"(?P<nothing><!--[^<>]{{0,40}}-->|</?(?:{_INLINE})(?:\s[^<>]{{0,200}})?/?>|\[/?(?:{_INLINE})(?:=[^\[\]]{{0,80}})?\])"
    rf"|(?P<space></?(?:{_BLOCK})(?:\s[^<>]{{0,200}})?\s?/?>)"
    r"|(?P<entity>&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});)",
    re.IGNORECASE,
)


def unmask(text: str) -> "tuple[str, Sequence[int], Sequence[int]]":
    """Undo disguised characters and markup for a reader of whole sentences.

    Returns the text to read, and for each of its characters the `start` and `end` in the original.
    A text without disguise comes back as it is, capitals and emoji included.
    """
    if not _MARKUP.search(text) and not any(map(_is_disguise, set(text))):
        return text, range(len(text)), range(1, len(text) + 1)
    plain = _plain(text)
    return plain.text, plain.starts, plain.ends


_QUOTES = frozenset("’‘ʼ`´")
_JOINS_EMOJI = "\u200d"


def _is_disguise(character: str) -> bool:
    """Tell whether a character passes for another, is invisible, or is a compatibility form."""
    if character.isascii() or character in _QUOTES or character == _JOINS_EMOJI:
        return False
    hidden = unicodedata.category(character) == "Cf" or character in _BLANKS
    letter = unicodedata.normalize("NFKC", character)
    return hidden or character in _LOOKALIKES or (letter != character and letter.isascii())


def _plain(text: str) -> _Plain:
    if text.isascii() and not _MARKUP.search(text):
        return _Plain(text.lower(), range(len(text)), range(1, len(text) + 1))
    characters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for shown, start, end in _unmarked(text):
        folded = [shown.lower()] if shown.isascii() else [_fold(character) for character in shown]
        characters += folded
        if end - start != len(shown):
            _place(starts, ends, [(start, end)] * sum(map(len, folded)))
        elif shown.isascii() or all(len(part) == 1 for part in folded):
            starts += range(start, end)
            ends += range(start + 1, end + 1)
        else:
            _place(
                starts,
                ends,
                [
                    (start + offset, start + offset + 1)
                    for offset, part in enumerate(folded)
                    for _ in part
                ],
            )
    return _Plain("".join(characters), starts, ends)


def _place(starts: list[int], ends: list[int], places: list[tuple[int, int]]) -> None:
    starts += [start for start, _ in places]
    ends += [end for _, end in places]


def _unmarked(text: str) -> Iterator[tuple[str, int, int]]:
    """Stretches of the text as a reader sees them, with their place."""
    at = 0
    for mark in _MARKUP.finditer(text):
        yield text[at : mark.start()], at, mark.start()
        if mark["space"]:
            yield " ", mark.start(), mark.end()
        elif mark["entity"]:
            yield html.unescape(mark[0]), mark.start(), mark.end()
        at = mark.end()
    yield text[at:], at, len(text)


@lru_cache(maxsize=8192)
def _fold(character: str) -> str:
    if character in _BLANKS:
        return _BLANKS[character]
    if character in _PICTURES:
        return f" {_PICTURES[character]} "
    if boxed := _boxed(character):
        return boxed
    kept = "".join(
        _LOOKALIKES.get(part, part)
        for part in unicodedata.normalize("NFKD", character)
        if unicodedata.category(part) not in _UNSEEN
    )
    return kept.casefold()


_UNSEEN = frozenset({"Mn", "Me", "Cf", "Cn", "Co", "Cs"})


def _boxed(character: str) -> str:
    return next(
        (
            chr(ord("a") + ord(character) - base)
            for base, count in _LETTERS_IN_BOXES
            if base <= ord(character) < base + count
        ),
        "",
    )


# --- words
# ------------------------------------------------------------

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

    def __init__(self, plain: _Plain, vocabulary: Vocabulary) -> None:
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
