"""docs/tour.md leads to files and names that are there."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("contracts", "chassis", "cli", "services/*")
STOPS = sorted(
    set(
        re.findall(
            r"`(sebaya_\w+/[\w/]+\.py)(?:::([\w.]+))?`", (ROOT / "docs" / "tour.md").read_text()
        )
    )
)


def names_in(file: Path) -> set[str]:
    """List the functions and classes of a file, and the methods as `Class.method`."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    tops = [node for node in ast.parse(file.read_text()).body if isinstance(node, kinds)]
    members = {
        f"{top.name}.{node.name}"
        for top in tops
        if isinstance(top, ast.ClassDef)
        for node in top.body
        if isinstance(node, kinds)
    }
    return {top.name for top in tops} | members


def test_the_tour_has_stops() -> None:
    assert len(STOPS) > 40


@pytest.mark.parametrize(("file", "name"), STOPS)
def test_a_stop_is_there(file: str, name: str) -> None:
    found = [path for folder in FOLDERS for path in ROOT.glob(f"{folder}/{file}")]
    assert len(found) == 1
    assert not name or name in names_in(found[0])
