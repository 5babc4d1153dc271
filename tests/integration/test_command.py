"""The command as an operator types it: outcomes on standard output, refusals in one sentence with
exit code 1.
"""

import asyncio
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from conformance.harness import Sourced, attributes_of, publish
from sebaya_chassis.base.settings import ChassisSettings
from sebaya_chassis.outbox.producer import Producer
from sebaya_contracts.intake import CaseOpened, Preferences
from sebaya_contracts.topics import CASES
from sebaya_contracts.words import CaseTopic, Door
from sebaya_matching.main import compose
from sebaya_matching.settings import Settings
from servers import Servers
from support import environment, eventually, running

COMMAND = Path(sys.executable).with_name("sebaya")
DISTRICT = """
defaults:
  staff: [{person_id: bk, name: BK, roles: [counsellor], email: bk@school.example}]
schools:
  - {school_id: sma-1, name: One, time_zone: Asia/Jakarta, country: ID, languages: [id]}
  - {school_id: sma-2, name: Two, time_zone: Asia/Jakarta, country: ID, languages: [id]}
"""


async def sebaya(
    *words: str, given: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(
        subprocess.run,
        [COMMAND, *words],
        input=given,
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "COLUMNS": "200", **environment},
    )


def here(servers: Servers, prefix: str) -> dict[str, str]:
    return {
        "MONGODB_URI": servers.mongodb_uri,
        "KAFKA_BOOTSTRAP_SERVERS": servers.kafka,
        "SEBAYA_DATABASE_PREFIX": prefix,
        "SEBAYA_TOPIC_PREFIX": f"{prefix}.",
    }


async def test_the_screen_scores_lines() -> None:
    lines = [
        {"id": "a", "text": "aku suka pelajaran seni"},
        {"id": "b", "text": "aku mau bunuh diri malam ini"},
    ]
    done = await sebaya("screen", "score", given="\n".join(map(json.dumps, lines)) + "\n")
    first, second = map(json.loads, done.stdout.splitlines())
    assert (first["id"], first["level"], first["reasons"]) == ("a", "none", [])
    assert second["level"] == "imminent"
    assert all(
        0 <= start < end <= len(lines[1]["text"])
        for start, end in (reason["span"] for reason in second["reasons"])
    )


@pytest.mark.parametrize(
    ("line", "says"),
    [("{nope", "Line 2 is not JSON"), ('{"id": 1}', "Line 2 needs a field `text`")],
)
async def test_a_line_that_cannot_be_scored_is_named(line: str, says: str) -> None:
    done = await sebaya("screen", "score", given=f'{{"id": 0, "text": "halo"}}\n{line}\n')
    assert done.returncode == 1
    assert done.stderr.startswith(says)
    assert len(done.stdout.splitlines()) == 1, "what came before it was scored"


async def test_schools_are_applied_once_and_listed(
    servers: Servers, prefix: str, tmp_path: Path
) -> None:
    file = tmp_path / "district.yaml"
    file.write_text(DISTRICT)
    environment = here(servers, prefix)

    dry = await sebaya("school", "apply", str(file), "--dry-run", **environment)
    assert (dry.returncode, "Nothing was changed" in dry.stdout) == (0, True)
    first = await sebaya("school", "apply", str(file), **environment)
    assert "2 of 2 schools published" in first.stdout
    file.write_text(
        DISTRICT.replace("name: Two", "name: Dua").replace(
            "  - {school_id: sma-1", "  # - {school_id: sma-1"
        )
    )
    second = await sebaya("school", "apply", str(file), **environment)
    assert "1 of 1 schools published" in second.stdout
    assert "kept" in second.stdout
    listed = await sebaya("school", "list", **environment)
    assert [line.split()[:2] for line in listed.stdout.splitlines()] == [
        ["sma-1", "One"],
        ["sma-2", "Dua"],
    ]
    again = await sebaya("school", "apply", str(file), **environment)
    assert "0 of 1 schools published" in again.stdout


async def test_a_faulty_file_changes_nothing(servers: Servers, prefix: str, tmp_path: Path) -> None:
    file = tmp_path / "district.yaml"
    file.write_text(DISTRICT.replace("country: ID", "country: Indonesia", 1))
    done = await sebaya("school", "apply", str(file), **here(servers, prefix))
    assert done.returncode == 1
    assert "sma-1" in done.stderr
    assert "country" in done.stderr
    listed = await sebaya("school", "list", **here(servers, prefix))
    assert (listed.returncode, listed.stdout, listed.stderr) == (0, "", "")


async def test_crisis_lines_are_confirmed_by_one_command(servers: Servers, prefix: str) -> None:
    installation = here(servers, prefix)
    done = await sebaya("lines", "confirm", "ID", "SEJIWA", **installation)
    assert done.returncode == 0, done.stderr
    checked = {line.split()[1]: line.split()[-1] for line in done.stdout.splitlines()}
    assert checked.pop("SEJIWA").startswith("20")
    assert set(checked.values()) == {"yet"}
    listed = await sebaya("lines", "list", **installation)
    assert set(done.stdout.splitlines()) <= set(listed.stdout.splitlines())
    wrong = await sebaya("lines", "confirm", "ID", "SEJIW", **installation)
    assert (wrong.returncode, len(wrong.stderr.splitlines())) == (1, 1)


async def test_an_installation_that_does_not_answer_is_one_sentence(tmp_path: Path) -> None:
    closed = {"MONGODB_URI": "mongodb://127.0.0.1:1", "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"}
    done = await sebaya("dlq", "list", **closed)
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.strip().splitlines()) == 1


async def test_a_dead_letter_that_is_not_there_is_one_sentence(
    servers: Servers, prefix: str
) -> None:
    done = await sebaya("dlq", "show", "matching/intake.cases.v1/c1@0:0", **here(servers, prefix))
    assert done.returncode == 1
    assert done.stderr.startswith("There is no open dead letter")


async def test_dead_letters_are_listed_shown_replayed_and_dropped(
    servers: Servers, prefix: str, tmp_path: Path
) -> None:
    """An event ahead of its school parks; once the school is applied it comes back. A broken one is
    shown, fails again, is dropped.
    """
    installation = here(servers, prefix)
    file = tmp_path / "district.yaml"
    file.write_text(DISTRICT)
    composed = compose(Settings(**environment(servers, prefix)))
    async with running(composed.runtime, composed.app):
        await composed.runtime.prepared.wait()
        await publish(composed.runtime.settings, [opened("case-1")])
        await send_broken(composed.runtime.settings, opened("case-2"))

        async def listed() -> list[dict[str, str]]:
            return list(json.loads((await sebaya("dlq", "list", "--json", **installation)).stdout))

        async def both_parked() -> bool:
            return len(await listed()) == 2

        await eventually(both_parked, within=60, every=0.5)
        letters = {letter["reason"]: letter["number"] for letter in await listed()}
        assert set(letters) == {"unknown_school", "json"}

        shown = await sebaya("dlq", "show", letters["json"], **installation)
        assert "dlq_reason" in shown.stdout
        assert "PLANTED" not in shown.stdout + (await sebaya("dlq", "list", **installation)).stdout

        await sebaya("school", "apply", str(file), **installation)
        replayed = await sebaya("dlq", "replay", letters["unknown_school"], **installation)
        assert (replayed.returncode, replayed.stdout.split()[0]) == (0, "applied"), replayed.stderr
        again = await sebaya("dlq", "replay", letters["json"], **installation)
        assert (again.returncode, again.stdout.split()[0]) == (1, "failed")
        assert (await sebaya("dlq", "drop", letters["json"], **installation)).returncode == 0
        assert await listed() == []
        for words in (["list"], ["replay"], ["replay", "--dry-run"]):
            done = await sebaya("dlq", *words, **installation)
            assert (done.returncode, done.stdout) == (0, "No dead letters.\n"), words


def opened(case_id: str) -> Sourced:
    now = datetime.now(UTC)
    event = CaseOpened(
        school_id="sma-1",
        case_id=case_id,
        topic=CaseTopic.SCHOOL,
        door=Door.API,
        preferences=Preferences(language="id"),
        opening_message_id=f"{case_id}-m",
        consent_version="2026-1",
        consented_at=now,
        opened_at=now,
    )
    return Sourced(CASES, case_id, 1, event)


async def send_broken(settings: ChassisSettings, sourced: Sourced) -> None:
    producer = Producer(settings.kafka_bootstrap_servers, "test")
    try:
        await producer.send(
            settings.topic(CASES.name), b"sma-1", b'{"PLANTED', attributes_of(sourced).headers()
        )
    finally:
        await producer.stop()
