"""Context lowers a signal by one step and never deletes it."""

import pytest

from sebaya_escalation.screen import Level, Tag, screen


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("aku nggak mau bunuh diri", Tag.NEGATED),
        ("aku nggak pernah kepikiran bunuh diri", Tag.NEGATED),
        ("I'm not suicidal", Tag.NEGATED),
        ("I will never kill myself", Tag.NEGATED),
        ("aku dulu nyakitin diri sendiri", Tag.PAST),
        ("I used to cut myself", Tag.PAST),
        ("temanku mau bunuh diri", Tag.OTHER_PERSON),
        ("temen aku mau bunuh diri", Tag.OTHER_PERSON),
        ("katanya mau bunuh diri", Tag.OTHER_PERSON),
        ("my friend wants to kill herself", Tag.OTHER_PERSON),
        ("tugas ini bikin mau bunuh diri wkwk", Tag.HYPERBOLE),
        ("imma kill myself lol", Tag.HYPERBOLE),
        ("dia bilang aku harus mau bunuh diri", Tag.QUOTE),
        ("di film itu tokohnya mau bunuh diri", Tag.NEWS),
        ("in the movie he tries to kill himself", Tag.NEWS),
    ],
)
def test_a_tag_lowers_red_to_amber_and_no_further(text: str, tag: Tag) -> None:
    screening = screen(text)

    assert screening.level is Level.AMBER
    assert tag in frozenset().union(*(reason.tags for reason in screening.reasons))


def test_tags_together_still_lower_by_one_step() -> None:
    assert screen("di film itu temannya dulu nggak mau bunuh diri wkwk").level is Level.AMBER


def test_amber_is_the_floor() -> None:
    assert screen("temanku pengen mati").level is Level.AMBER
    assert [level.lowered() for level in Level] == [Level.NONE, Level.AMBER, Level.AMBER, Level.RED]


def test_a_friend_in_danger_tonight_is_red() -> None:
    assert screen("Sahabatku bilang malam ini dia mau bunuh diri").level is Level.RED
    assert screen("My best friend is going to kill herself tonight").level is Level.RED


@pytest.mark.parametrize(
    "text",
    [
        "capek sama ibu, mau bunuh diri",
        "dia bikin aku mau bunuh diri",
        "because of him I want to kill myself",
    ],
)
def test_someone_the_writer_suffers_from_is_not_the_one_at_risk(text: str) -> None:
    assert screen(text).level is Level.RED


@pytest.mark.parametrize(
    "text",
    [
        "ayah suka mukul aku",
        "om pernah megang paha aku",
        "he said he would leak it, my uncle touched me",
    ],
)
def test_the_one_who_does_harm_does_not_make_it_a_third_persons_story(text: str) -> None:
    assert screen(text).level is Level.RED


def test_a_softening_word_in_another_sentence_or_line_does_not_reach_over() -> None:
    assert screen("Kemarin nonton film. Aku mau bunuh diri. Wkwk lucu.").level is Level.RED
    assert screen("temanku jahat\nmau bunuh diri aja").level is Level.RED
