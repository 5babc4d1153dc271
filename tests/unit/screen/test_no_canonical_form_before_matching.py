"""No canonical form before matching: the same sentence written with tricks has the same level, and
shown are the original words.
"""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples import examples
from sebaya_escalation.screen import Level, screen

PLAIN = {
    "aku mau bunuh diri": Level.RED,
    "aku pengen mati": Level.AMBER,
    "aku nyilet tangan lagi": Level.RED,
    "malam ini aku mau bunuh diri": Level.IMMINENT,
    "i want to kill myself": Level.RED,
    "i want to die": Level.AMBER,
}
LOOKALIKE = str.maketrans("aeiou", "аеіоս")  # Cyrillic and Armenian
GREEK = str.maketrans("aiknou", "αικηου")
DIGITS = str.maketrans("ei", "31")

DISGUISES: dict[str, Callable[[str], str]] = {
    "capitals": str.upper,
    "full width": lambda text: "".join(
        chr(ord(letter) + 0xFEE0) if letter.isalpha() else letter for letter in text
    ),
    "mathematical letters": lambda text: "".join(
        chr(0x1D41A + ord(letter) - ord("a")) if letter.isalpha() else letter for letter in text
    ),
    "letters in boxes": lambda text: "".join(
        chr(0x1F170 + ord(letter) - ord("a")) if letter.isalpha() else letter for letter in text
    ),
    "accents": lambda text: text.replace("a", "á").replace("u", "u\u0308"),
    "zero width": "\u200b".join,
    "soft hyphens": lambda text: text.replace("u", "u\u00ad").replace("i", "i\u00ad"),
    "variation selectors": lambda text: text.replace("i", "i\ufe0f"),
    "hangul fillers": lambda text: text.replace("i", "i\u3164"),
    "braille blanks": lambda text: text.replace(" ", "\u2800"),
    "no-break spaces": lambda text: text.replace(" ", "\u00a0"),
    "cyrillic": lambda text: text.translate(LOOKALIKE),
    "greek": lambda text: text.translate(GREEK),
    "digits": lambda text: text.translate(DIGITS),
    "repeated letters": lambda text: text.replace("i", "iiii").replace("a", "aaa"),
    "markup inside": lambda text: text.replace("i", "<b>i</b>"),
    "bulletin board markup": lambda text: text.replace("i", "[i]i[/i]"),
    "comments inside": lambda text: text.replace("i", "<!-- x -->i"),
    "entities": lambda text: text.replace("i", "&#105;").replace(" ", "&nbsp;"),
    "stars inside": lambda text: text.replace("i", "**i**"),
    "dots between letters": lambda text: " ".join(".".join(word) for word in text.split()),
    "dashes between letters": lambda text: " ".join("-".join(word) for word in text.split()),
    "spaces between letters": lambda text: "  ".join(" ".join(word) for word in text.split()),
    "no spaces": lambda text: text.replace(" ", ""),
    "underscores for spaces": lambda text: text.replace(" ", "_"),
    "dots for spaces": lambda text: text.replace(" ", "."),
    "many spaces": lambda text: text.replace(" ", "   "),
    "line breaks": lambda text: text.replace(" ", "\n"),
    "hashtag": lambda text: "#" + text.replace(" ", ""),
}


@pytest.mark.parametrize("disguise", DISGUISES)
@pytest.mark.parametrize("text", PLAIN)
def test_a_disguise_does_not_change_the_level(text: str, disguise: str) -> None:
    assert screen(text).level is PLAIN[text]
    assert screen(DISGUISES[disguise](text)).level is PLAIN[text]


@pytest.mark.parametrize(
    "text",
    [
        "aku mau bun.uh di.ri",
        "aku mau bu nuh di ri",
        "aku mau b*u*n*u*h diri",
        "gw mau bund1r",
        "aku mau bunuh d!ri",
        "i want to k1ll my self",
        "i want to ki ll myself",
    ],
)
def test_a_word_cut_in_pieces_is_still_the_word(text: str) -> None:
    assert screen(text).level is Level.RED


@given(st.data())
@examples(100)
def test_invisible_characters_anywhere_change_nothing(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(sorted(PLAIN)))
    at = data.draw(st.lists(st.integers(0, len(text)), max_size=8))
    mark = data.draw(
        st.sampled_from(
            ["\u200b", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u034f", "\u202e", "\U000e0041"]
        )
    )
    hidden = "".join(
        mark * at.count(place) + letter for place, letter in enumerate(text)
    ) + mark * at.count(len(text))

    assert screen(hidden).level is PLAIN[text]


def test_the_reason_points_at_the_words_as_they_were_typed() -> None:
    text = "Halo kak. aku mau <b>bu</b>n\u200buh dіri ya"
    reason = screen(text).reasons[0]

    assert text[reason.start : reason.end] == "aku mau <b>bu</b>n\u200buh dіri"[4:]


@pytest.mark.parametrize(
    "text",
    [
        "a < b & c > d",
        "[1] lihat catatan",
        "1 2 3 4 5",
        "a b c d",
        "www.sekolah.id/a_b-c",
        "m@il: a@b.id",
        "w.k.w.k",
    ],
)
def test_odd_but_harmless_writing_stays_harmless(text: str) -> None:
    assert screen(text).level is Level.NONE
