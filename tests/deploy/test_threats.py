"""Each row of the threat model names tests, and they are there."""

import re

import pytest

from deploy.test_rules import ROOT

PAGE = (ROOT / "docs" / "threats.md").read_text()
# What stands against each threat, up to the first heading: what follows is not guarded.
GUARDED = PAGE[: PAGE.index("\n## ")]
ROWS = re.findall(r"^- \*\*.*?(?=^- \*\*|\Z)", GUARDED, re.MULTILINE | re.DOTALL)
NAMED = sorted(set(re.findall(r"`([\w/]+\.py)::(\w+)`", PAGE)))


def test_every_row_names_a_test() -> None:
    assert len(ROWS) >= 15
    assert [
        row for row in ROWS if not re.search(r"^  - `[\w/]+\.py::test_\w+`", row, re.MULTILINE)
    ] == []


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_the_test_is_there(file: str, name: str) -> None:
    assert re.search(rf"^(async )?def {name}\(", (ROOT / "tests" / file).read_text(), re.MULTILINE)
