"""`sebaya instruments`: what ships is listed, a file is checked, answers are scored, and a refusal
names line and field.
"""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from sebaya_cli.main import app
from sebaya_evaluation.library import SHIPPED


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["instruments", *map(str, arguments)])


def answers(folder: Path, *rows: dict[str, object]) -> Path:
    file = folder / "answers.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in rows))
    return file


def test_the_list_names_licence_texts_and_what_can_raise_an_alert() -> None:
    lines = run("list").stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(SHIPPED)
    by_name = {line.split()[0]: line for line in lines}
    assert "can raise an alert: self-harm" in by_name["phq-9"]
    assert "no texts" in by_name["who-5"]
    assert "not validated" in by_name["sebaya-student"]


@pytest.mark.parametrize("name", SHIPPED)
def test_what_is_shown_is_a_file_that_can_be_checked(name: str, tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(run("show", name).stdout)
    assert run("check", file).stdout == run("check", name).stdout


def test_a_check_says_for_each_language_whether_it_may_be_asked() -> None:
    lines = run("check", "k6").stdout.splitlines()
    assert lines[0] == "k6 version 1: 6 items, no fault"
    assert lines[1] == "en: may be asked"
    assert lines[2].startswith("id: k6 version 1 has no texts in `id`: put your own in a copy")


def test_a_faulty_file_is_refused_with_every_fault(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    shown = run("show", "k6").stdout
    file.write_text(shown.replace("version: 1", "version: one").replace("higher: worse", "up: 1"))
    refused = run("check", file)
    assert refused.exit_code == 1
    assert "line 3: version: `one` is not a plain whole number" in refused.stderr
    assert "total.up: there is no such field" in refused.stderr


@pytest.mark.parametrize("command", [("show", "phq-8"), ("check", "phq-8")])
def test_an_instrument_that_does_not_ship_is_refused(command: tuple[str, str]) -> None:
    refused = run(*command)
    assert refused.exit_code == 1
    assert "phq-8" in refused.stderr
    assert "who-5, phq-9" in refused.stderr


def test_each_sheet_becomes_a_line_with_its_score(tmp_path: Path) -> None:
    options = dict.fromkeys(
        ("nervous", "control", "worry", "relax", "restless", "irritable"), "more-than-half"
    )
    sheets = answers(
        tmp_path,
        {"id": 7, "age": 15, "answers": {**options, "afraid": "not-at-all"}},
        {"id": "b", "answers": options},
    )
    first, second = map(json.loads, run("score", "gad-7", sheets).stdout.splitlines())
    assert (first["id"], first["total"]["score"], first["total"]["missing"]) == (7, 12.0, [])
    assert first["total"]["classes"] == {"severity": "moderate", "screen": "positive"}
    assert (second["total"]["score"], second["total"]["missing"]) == (None, ["afraid"])


def test_a_sentinel_answer_is_in_the_line(tmp_path: Path) -> None:
    sheets = answers(tmp_path, {"answers": {"self-harm": "nearly-every-day"}})
    scored = json.loads(run("score", "phq-9", sheets).stdout)
    assert scored["level"] == "red"
    assert scored["sentinels"] == [
        {"item": "self-harm", "option": "nearly-every-day", "level": "red"}
    ]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"answers": {"mood": 3}}, "Line 2: "),
        ({"answer": {}}, "Line 2: "),
        ({"answers": {"mood": "3", "moood": "not-at-all"}}, "Line 2: answers.mood: '3' is no opt"),
        ({"answers": {}, "age": 9}, "Line 2: age: phq-9 is not made for the age of 9."),
    ],
)
def test_a_sheet_that_is_not_right_is_refused_with_its_line(
    row: dict[str, object], says: str, tmp_path: Path
) -> None:
    refused = run("score", "phq-9", answers(tmp_path, {"answers": {}}, row))
    assert refused.exit_code == 1
    assert refused.stderr.startswith(says)
