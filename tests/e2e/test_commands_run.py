"""`sebaya up` and `sebaya demo` as a newcomer types them."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import httpx

from sebaya_cli.stack.ports import free_port, in_use, kept_ports
from support import eventually

COMMAND = str(Path(sys.executable).with_name("sebaya"))
ALONE = {
    name: value
    for name, value in os.environ.items()
    if name not in {"MONGODB_URI", "KAFKA_BOOTSTRAP_SERVERS"}
}


async def started(data: Path, port: int) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(COMMAND, "up", "--data", str(data), "--port", str(port), "--pace", "5"),
        env=ALONE | {"COLUMNS": "160"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


async def until_said(process: asyncio.subprocess.Process, words: str) -> str:
    """What was printed up to and with a line that holds the words."""
    assert process.stdout is not None
    said = ""
    async with asyncio.timeout(180):
        while words not in said:
            line = await process.stdout.readline()
            assert line, f"it ended before it said {words!r}:\n{said}"
            said += line.decode()
    return said


async def stopped(process: asyncio.subprocess.Process) -> str:
    process.send_signal(signal.SIGINT)
    out, _ = await asyncio.wait_for(process.communicate(), 90)
    return out.decode()


async def cases(port: int) -> int:
    """What evaluation counts, asked like anybody would."""
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=20
    ) as web:
        wanted = {"person_id": "operator", "roles": ["operator"], "schools": ["*"]}
        token = (await web.post("/issuer/token", json=wanted)).json()["access_token"]
        answer = await web.get(
            "/evaluation/operations/totals", headers={"Authorization": f"Bearer {token}"}
        )
        return int(answer.json()["cases"])


async def test_up_shows_where_things_are_stops_cleanly_and_comes_back_on_the_same_data(
    tmp_path: Path,
) -> None:
    data, port = tmp_path / "data", free_port()
    first = await started(data, port)
    said = await until_said(first, "Ctrl-C stops everything")
    assert f"http://127.0.0.1:{port}/intake/docs" in said
    assert "/metrics" in said

    async def some_cases() -> bool:
        return await cases(port) >= 3

    await eventually(some_cases, within=60, every=1)
    known = await cases(port)
    assert "Everything is stopped" in await stopped(first)
    assert first.returncode == 0
    assert not [name for name, kept in kept_ports(data / "ports.json").items() if in_use(kept)], (
        "a process was left"
    )

    second = await started(data, port)
    await until_said(second, "Ctrl-C stops everything")
    assert await cases(port) >= known
    await stopped(second)
    assert second.returncode == 0


async def test_a_port_in_use_is_one_sentence_before_anything_starts(tmp_path: Path) -> None:
    server = await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    process = await started(tmp_path / "data", port)
    out, _ = await asyncio.wait_for(process.communicate(), 60)
    server.close()
    assert process.returncode == 1
    assert str(port) in out.decode()
    assert "--port" in out.decode()
    assert not (tmp_path / "data" / "kafka").exists()


async def test_the_demo_checks_itself(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(COMMAND, "demo", "--seconds", "12", "--pace", "3", "--json"),
        env=ALONE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 240)
    report = json.loads(out)
    assert process.returncode == 0, (report, err.decode())
    assert report["right"]
    assert report["opened"] >= 3
    assert all(line["right"] for line in report["lines"])
