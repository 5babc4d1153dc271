"""The demo's requests: the screen reaches what their author expects."""

import json
from collections import Counter
from pathlib import Path

import sebaya_cli
from sebaya_escalation.screen import Level, screen

TEXTS = [
    json.loads(line)
    for line in (Path(sebaya_cli.__file__).parent / "demo" / "texts.jsonl")
    .read_text("utf-8")
    .splitlines()
]
TOPICS = {
    "loneliness",
    "bullying",
    "family",
    "school",
    "friendship",
    "relationship",
    "grief",
    "anxiety",
    "body_image",
    "identity",
    "other",
}


def test_the_screen_reaches_the_authors_level_on_nearly_all() -> None:
    wrong = [
        text["id"] for text in TEXTS if screen(text["text"]).level is not Level(text["expect"])
    ]

    assert len(wrong) <= 0.05 * len(TEXTS), wrong


def test_no_risky_request_is_taken_for_less() -> None:
    assert [
        text["id"] for text in TEXTS if screen(text["text"]).level < Level(text["expect"])
    ] == []


def test_the_requests_are_as_mixed_as_a_school() -> None:
    languages = Counter(text["lang"] for text in TEXTS)
    risky = sum(text["expect"] != "none" for text in TEXTS)

    assert (
        len(TEXTS)
        == len({text["id"] for text in TEXTS})
        == len({text["text"] for text in TEXTS})
        >= 220
    )
    assert {text["topic"] for text in TEXTS} == TOPICS
    assert 0.55 <= languages["id"] / len(TEXTS) <= 0.65
    assert 0.1 <= risky / len(TEXTS) <= 0.2
