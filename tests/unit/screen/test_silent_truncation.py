"""Silent truncation: a long letter is read to its end, in time that grows with its length and no
faster.
"""

import sys
from types import FrameType

import pytest

from sebaya_escalation.screen import Level, screen

ORDINARY = (
    "Hari ini kelas kami pergi ke perpustakaan. Aku duduk di dekat jendela dan membaca "
    "buku tentang laut. "
    "Setelah itu ada pelajaran olahraga, lalu makan siang. The bus was late again, so I "
    "walked home with my brother. "
)
DECISIVE = {
    "Aku pengen mati.": Level.AMBER,
    "Aku mau bunuh diri.": Level.RED,
    "My uncle touched me.": Level.RED,
    "Malam ini aku mau bunuh diri.": Level.IMMINENT,
}
LETTERS = 20_000


def _letter(sentence: str, place: float) -> str:
    filling = ORDINARY * (LETTERS // len(ORDINARY))
    cut = filling.index(". ", min(int(len(filling) * place), len(filling) - 3)) + 2
    return filling[:cut] + sentence + " " + filling[cut:]


@pytest.mark.parametrize("place", [0, 0.5, 1], ids=["start", "middle", "end"])
@pytest.mark.parametrize("sentence", DECISIVE)
def test_a_long_letter_has_the_level_of_its_decisive_sentence(sentence: str, place: float) -> None:
    text = _letter(sentence, place)
    screening = screen(text)

    assert screening.level is screen(sentence).level is DECISIVE[sentence]
    assert text[screening.reasons[0].start : screening.reasons[0].end] in sentence


def test_a_letter_without_any_full_stop_is_read_to_its_end() -> None:
    assert screen("dan hari ini biasa saja " * 2_000 + "aku mau bunuh diri").level is Level.RED


def test_a_letter_without_any_space_is_read_to_its_end() -> None:
    assert screen("hariinibiasasaja" * 500 + "akumaubunuhdiri").level is Level.RED


def test_the_ordinary_letter_itself_is_no_signal() -> None:
    assert screen(ORDINARY * 100).level is Level.NONE


WORST = {
    "ordinary": ORDINARY,
    "signals": "aku mau bunuh diri i want to kill myself ga mau hidup lagi ",
    "one letter": "a",
    "single letters": "a b ",
    "no spaces": "akumaumati",
    "symbols": "m@",
    "dots": "b.u",
    "tags never closed": "<b ",
    "brackets": "[b=",
    "ampersands": "&a",
    "wishes without end": "pengen ",
    "negations": "ga mau ",
    "quotes": "dia bilang ",
    "full stops": "a. ",
}


@pytest.mark.parametrize("name", WORST)
def test_the_work_grows_with_the_length_and_no_faster(name: str) -> None:
    short, long = (WORST[name] * (size // len(WORST[name])) for size in (1_500, 6_000))
    screen(short)  # caches filled
    assert _calls(long) <= 4.6 * _calls(short) + 1_000


def _calls(text: str) -> int:
    """Function calls made, Python's and built-in: a measure that no busy machine disturbs."""
    count = 0

    def counted(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        screen(text)
    finally:
        sys.setprofile(before)
    return count
