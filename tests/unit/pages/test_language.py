"""The language of a page: chosen by hand, asked for by the browser, or had by the school."""

import pytest

from sebaya_chassis.web.pages.catalogue import choose_language

BOTH = ("id", "en")


@pytest.mark.parametrize(
    ("accept", "of_school", "language"),
    [
        ("in-ID,in;q=0.9,en-US;q=0.8", BOTH, "id"),
        ("en-US, id; q=0.9", BOTH, "en"),
        ("fr, en; q=0.3, id; q=0.9", BOTH, "id"),
        ("fr, en ; q = 0.3 , id ; q = 0.9", BOTH, "id"),
        ("en;q=0.3,id;Q=0.9", BOTH, "id"),
        ("en;q=0, id;q=0.1", BOTH, "id"),
        ("en;q=much, id", BOTH, "id"),
        ("jv,en-US;q=0.8", BOTH, "id"),
        ("jw-ID,en;q=0.8", BOTH, "id"),
        ("su;q=0.9,en;q=0.8", ("id",), "id"),
        ("ms-MY, en;q=0.5", BOTH, "id"),
        ("ms-MY, en;q=0.5", ("en",), "en"),
        ("ms-MY", (), "id"),
        ("fr", ("en",), "en"),
        ("", (), "id"),
        (None, ("en", "id"), "en"),
    ],
)
def test_a_browser_is_answered_in_what_it_can_read(
    accept: str | None, of_school: tuple[str, ...], language: str
) -> None:
    assert choose_language(None, accept, of_school) == language


def test_what_was_chosen_by_hand_goes_first_and_nonsense_does_not() -> None:
    assert choose_language("en", "id", ("id",)) == "en"
    assert choose_language("xx", "en", ("id",)) == "en"
