"""Each row of the threat model names tests, and they are there."""

import re

import pytest

from deploy.test_rules import ROOT

PAGE = (ROOT / "docs" / "threats.md").read_text()
ROWS = [
    line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| who |")
]
NAMED = sorted(set(re.findall(r"`([\w/]+\.py)::(\w+)`", PAGE)))


def test_every_row_names_a_test() -> None:
    assert len(ROWS) >= 15
    assert [
        row for row in ROWS if not re.search(r"`[\w/]+\.py::test_\w+` ?,?", row.rsplit("| ", 1)[-1])
    ] == []


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_the_test_is_there(file: str, name: str) -> None:
    assert re.search(rf"^(async )?def {name}\(", (ROOT / "tests" / file).read_text(), re.MULTILINE)
