"""Over- and under-stemming: stemming never decides alone. Crying is not winning; colloquial endings
equal their formal twins.
"""

import pytest

from sebaya_escalation.screen import Level, screen


@pytest.mark.parametrize(
    ("colloquial", "formal"),
    [
        ("aku suka nyakitin diri sendiri", "aku suka menyakiti diri sendiri"),
        ("aku mau ngakhirin hidup", "aku mau mengakhiri hidup"),
        ("gue pengen akhirin idup", "saya ingin mengakhiri hidup"),
        ("bapak mukulin aku", "bapak memukuli aku"),
        ("gue ngelukain diri sendiri", "saya melukai diri sendiri"),
        ("dia mau ngebunuh aku, dia ngancem", "dia mau membunuh aku, dia mengancam"),
    ],
)
def test_a_colloquial_ending_equals_its_formal_twin(colloquial: str, formal: str) -> None:
    assert screen(colloquial).level is screen(formal).level > Level.NONE


@pytest.mark.parametrize(
    "text",
    [
        "aku menangis terus",
        "aku menang lomba",
        "materi ujiannya banyak",
        "otomatis pintunya nutup",
        "matikan lampunya",
        "hematin uang jajan",
        "matahari terbit",
        "beri ikan ke kucing",
        "memberikan sumbangan",
        "pembunuh di novel itu ternyata gurunya",
        "hidupkan mesinnya",
        "gantungan kunci baru",
        "skilled players and a deadline",
        "diet sehat",
        "the audience died down",
    ],
)
def test_a_word_that_only_looks_alike_is_no_signal(text: str) -> None:
    assert screen(text).level is Level.NONE


@pytest.mark.parametrize(
    "text", ["pengenmatiaja", "akupengenmati", "killmyself i want to killmyself"]
)
def test_words_written_together_are_read_apart_by_whole_words(text: str) -> None:
    assert screen(text).level >= Level.AMBER


@pytest.mark.parametrize(
    "abbreviation", ["pgn", "pen", "pngn", "pengin", "pingin", "mw", "mau", "pengen", "kepengen"]
)
def test_an_abbreviated_wish_is_the_wish(abbreviation: str) -> None:
    assert screen(f"aku {abbreviation} mati").level is Level.AMBER
    assert screen(f"gw {abbreviation} bundir").level is Level.RED
