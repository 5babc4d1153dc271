"""Every text of a page is there in both languages."""

import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from sebaya_intake.pages.texts import line_texts

ROOMS = (
    "sebaya_chassis.web.pages",
    *(f"sebaya_{name}.pages" for name in ("intake", "matching", "escalation", "evaluation")),
)
ROOM = {name: Path(str(import_module(name).__file__)).parent for name in ROOMS}
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "marked": None}
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")


@cache
def texts_of(room: str) -> frozenset[str]:
    """What the templates and the closed lists of a room say."""
    return frozenset(_texts_of(room))


def _texts_of(room: str) -> Iterator[str]:
    folders = [ROOM[room]]
    if room == "sebaya_chassis.web.pages":  # the page on how a service stands is the service room's
        folders.append(ROOM[room].parents[1] / "service")
    for folder in folders:
        for _file, _line, message, _comments, _context in extract_from_dir(
            folder, METHODS, keywords=KEYWORDS
        ):
            yield message if isinstance(message, str) else message[0]
    if room == "sebaya_intake.pages":
        yield from line_texts()


def catalogue_of(room: str) -> Catalog:
    with (ROOM[room] / "locale" / "id" / "LC_MESSAGES" / "pages.po").open("rb") as file:
        return read_po(file, locale="id")


@pytest.mark.parametrize("room", ROOM)
def test_every_text_is_translated(room: str) -> None:
    known = catalogue_of(room)
    common = catalogue_of("sebaya_chassis.web.pages")
    texts = set(texts_of(room))
    assert texts, "the extraction finds the texts"
    missing = sorted(
        text
        for text in texts
        if not (
            (known.get(text) or common.get(text)) and (known.get(text) or common.get(text)).string
        )
    )
    assert missing == []


@pytest.mark.parametrize("room", ROOM)
def test_nothing_is_translated_that_no_page_says(room: str) -> None:
    assert (
        sorted(
            str(message.id)
            for message in catalogue_of(room)
            if message.id and message.id not in set(texts_of(room))
        )
        == []
    )


@pytest.mark.parametrize("room", ROOM)
def test_a_translation_keeps_the_names_of_what_is_filled_in(room: str) -> None:
    for message in catalogue_of(room):
        if isinstance(message.id, str) and message.id:
            assert set(PLACEHOLDER.findall(message.id)) == set(
                PLACEHOLDER.findall(str(message.string))
            ), message.id
