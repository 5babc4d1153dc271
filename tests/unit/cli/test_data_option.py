"""Every command that speaks to an installation finds the one whose data it is told of."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from sebaya_cli.main import app

ARGUMENTS = {
    "school apply": ["FILE"],
    "lines confirm": ["ID"],
    "dlq show": ["a/b@0:1"],
    "dlq drop": ["a/b@0:1"],
    # One of its own, removed afterwards, or that of an origin; and texts alone.
    "demo": None,
    "screen score": None,
    "screen evaluate": None,
    # It writes a file, and asks nobody.
    "keys add": None,
    "instruments list": None,
    "instruments show": None,
    "instruments check": None,
    "instruments score": None,
    "instruments change": None,
    # It starts what the others find.
    "up": None,
}
DISTRICT = """
schools:
  - {school_id: s1, name: S, time_zone: Asia/Jakarta, country: ID, languages: [id],
     staff: [{person_id: bk, name: BK, roles: [counsellor], email: bk@s.test}]}
"""


def commands(group: typer.Typer, before: str = "") -> Iterator[str]:
    for command in group.registered_commands:
        assert command.callback is not None
        yield f"{before}{command.name or command.callback.__name__}"
    for inner in group.registered_groups:
        assert inner.typer_instance is not None
        yield from commands(inner.typer_instance, f"{inner.name} ")


EVERY = sorted(commands(app))


def test_the_commands_are_known() -> None:
    assert set(ARGUMENTS) <= set(EVERY)
    assert "doctor" in EVERY and "dlq replay" in EVERY


@pytest.mark.parametrize("words", [one for one in EVERY if ARGUMENTS.get(one, []) is not None])
def test_a_command_looks_where_it_is_told_and_says_so_in_one_sentence(
    words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("MONGODB_URI", "KAFKA_BOOTSTRAP_SERVERS"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "district.yaml").write_text(DISTRICT)
    given = [
        one.replace("FILE", str(tmp_path / "district.yaml")) for one in ARGUMENTS.get(words) or []
    ]
    done = CliRunner().invoke(app, [*words.split(), *given, "--data", str(tmp_path / "elsewhere")])
    assert (done.exit_code, done.stdout) == (1, "")
    assert f"none runs on the data in {tmp_path / 'elsewhere'} " in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
