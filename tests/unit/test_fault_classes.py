"""docs/faults.md names the tests of each class of fault. What it names is there."""

import re
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parents[1]
PAGE = TESTS.parent / "docs" / "faults.md"
# `test_file` or `folder`, and after a colon the beginnings of its tests' names, one after a comma.
NAMED = re.compile(
    r"`(?P<where>[a-z_/]*(?:test_\w+|unit/screen))`(?::(?P<tests>(?:(?!\n- |\n\n)[^`])*))?"
)


def named() -> Iterator[tuple[str, str]]:
    """Place, and the beginning of a name; empty where the page names a whole place."""
    for found in NAMED.finditer(PAGE.read_text()):
        for beginning in (found["tests"] or "").split(",") or [""]:
            yield (
                found["where"],
                re.sub(r"[^a-z0-9]+", "_", beginning.split("…")[0].lower()).strip("_"),
            )


def names_in(where: str) -> list[str]:
    """Of a file, or of all files of a folder."""
    files = [file for file in TESTS.rglob("test_*.py") if f"/{where}" in str(file.with_suffix(""))]
    return [
        name
        for file in files
        for name in re.findall(r"^(?:async )?def test_(\w+)", file.read_text(), re.MULTILINE)
    ]


def test_every_class_that_is_met_names_its_tests() -> None:
    met = PAGE.read_text().split("## Waiting")[0]
    rows = met.split("\n- **")[1:]
    assert len(rows) > 30
    assert [row for row in rows if not NAMED.search(row)] == []


def test_what_the_page_names_is_there() -> None:
    places = {where: names_in(where) for where, _ in named()}
    assert [where for where, names in places.items() if not names] == []
    assert [
        (where, begins)
        for where, begins in named()
        if not any(name.startswith(begins) for name in places[where])
    ] == []
