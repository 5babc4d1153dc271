"""Return codes: 80 bits, the same for the same request, found however they are typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sebaya_intake.keys import ALPHABET, MASK, Keys, mask_codes, normalise_code

KEYS = Keys("a secret of the installation")


def test_a_code_has_eighty_bits_in_four_groups() -> None:
    code = KEYS.derive_return_code("s1", "key-0000000000000001")
    groups = code.split("-")
    assert [len(group) for group in groups] == [4, 4, 4, 4]
    assert set("".join(groups)) <= set(ALPHABET)
    assert len(ALPHABET) == 32


def test_every_place_of_a_code_takes_every_letter() -> None:
    codes = [
        KEYS.derive_return_code("s1", f"key-{number:016}").replace("-", "")
        for number in range(2000)
    ]
    assert len(set(codes)) == 2000
    for place in range(16):
        assert {code[place] for code in codes} == set(ALPHABET)


def test_the_code_depends_on_secret_school_and_key() -> None:
    code = KEYS.derive_return_code("s1", "key-0000000000000001")
    assert code == Keys("a secret of the installation").derive_return_code(
        "s1", "key-0000000000000001"
    )
    assert code != Keys("another secret").derive_return_code("s1", "key-0000000000000001")
    assert code != KEYS.derive_return_code("s2", "key-0000000000000001")
    assert code != KEYS.derive_return_code("s1", "key-0000000000000002")


@given(st.text(alphabet=ALPHABET, min_size=16, max_size=16), st.randoms())
def test_a_code_is_found_however_it_is_typed(code: str, chance: object) -> None:
    typed = ""
    for letter in code:
        alike = {"0": "0Oo", "1": "1IiLl"}.get(letter, letter + letter.lower())
        typed += chance.choice(alike) + chance.choice(["", "", " ", "-", "–", " - "])  # type: ignore[attr-defined]
    assert normalise_code(typed) == code
    assert KEYS.hash_code("s1", typed) == KEYS.hash_code("s1", code)


@pytest.mark.parametrize(
    "typed", ["", "-", "0" * 15, "0" * 17, "U" * 16, "é" * 16, "0" * 15 + "\x00"]
)
def test_what_is_no_code_has_no_hash(typed: str) -> None:
    assert KEYS.hash_code("s1", typed) is None


def test_what_is_kept_gives_nothing_away() -> None:
    code = KEYS.derive_return_code("s1", "key-0000000000000001")
    kept = KEYS.hash_code("s1", code)
    assert kept is not None and normalise_code(code) not in kept.upper()
    assert kept != KEYS.hash_code("s2", code)
    assert "secret" not in repr(KEYS)


CODE = "7K2M-9QXD-4T0B-ZC8R"


@pytest.mark.parametrize(
    "written",
    [
        CODE,
        CODE.lower(),
        CODE.replace("-", " "),
        CODE.replace("-", ""),
        CODE.replace("-", " / "),
        CODE.replace("0", "o"),
        "7 K 2 M 9 Q X D 4 T 0 B Z C 8 R",
    ],
)
def test_a_students_own_code_is_masked_however_it_is_written(written: str) -> None:
    text = f"Kodeku {written}, tolong aku. Lagi: {written}"
    assert mask_codes(text, CODE) == f"Kodeku {MASK}, tolong aku. Lagi: {MASK}"


def test_what_looks_like_a_code_as_it_was_shown_is_masked_wherever_it_comes_from() -> None:
    assert mask_codes(f"Kode lamaku {CODE}.") == f"Kode lamaku {MASK}."


@pytest.mark.parametrize(
    "text",
    [
        "Aku mau mati malam ini, obatnya sudah ada 20 butir.",
        "SAMA-SAMA-KAMU-SAJA",
        "0812-3456-7890",
        "tanggal 2026-11-30 jam 19-20",
        "",
    ],
)
def test_no_word_of_a_student_is_taken_for_a_code(text: str) -> None:
    assert mask_codes(text, CODE) == text


@given(st.text(max_size=80))
def test_a_text_without_a_code_stays_as_it_is(text: str) -> None:
    if "-" not in text:
        assert mask_codes(text, CODE) == text
