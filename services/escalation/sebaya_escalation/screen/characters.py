"""From characters as typed to plain ones that know where they stood.

Undoes what hides a letter: compatibility forms, invisible characters, look-alike letters, markup
and capitals. Every step keeps the place of each character in the original, and every step is linear
in the length of the text.
"""

import html
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Plain:
    """Plain characters; character i came from `[starts[i], ends[i])`."""

    text: str
    starts: "range | list[int]"
    ends: "range | list[int]"


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
    plain = undisguise(text)
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


def undisguise(text: str) -> Plain:
    """Undo disguised characters and markup, and make all letters small."""
    if text.isascii() and not _MARKUP.search(text):
        return Plain(text.lower(), range(len(text)), range(1, len(text) + 1))
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
    return Plain("".join(characters), starts, ends)


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
