"""The file a first look begins with: it comes up whole and healthy, works through its entrance, is
watched, and goes down cleanly.
"""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from compose.engine import Engine
from compose.images import COMPOSE, override
from sebaya_cli.api_client import read_body, sign_in
from sebaya_cli.demo.retrying import RetryingTransport
from sebaya_cli.stack.ports import HOST, free_port
from sebaya_contracts.topics import SERVICES
from support import eventually

OURS = {f"{service}-{role}" for service in SERVICES for role in ("api", "worker")}
PROJECT = "sebaya-test"


@dataclass(frozen=True, slots=True)
class Up:
    """A project that is up."""

    engine: Engine
    files: tuple[Path, ...]
    origin: str
    prometheus: str

    def compose(self, *arguments: str, check: bool = True) -> str:
        return self.engine.compose(
            "--project-name", PROJECT, *arguments, described=self.files, check=check
        )

    def containers(self) -> dict[str, Any]:
        ids = self.compose("ps", "--all", "--quiet").split()
        found = json.loads(self.engine.docker("inspect", *ids))
        return {
            container["Config"]["Labels"]["com.docker.compose.service"]: container
            for container in found
        }


@pytest.fixture(scope="module")
def up(docker: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    folder = tmp_path_factory.mktemp("compose")
    ports = {name: free_port() for name in ("ORIGIN", "PROMETHEUS", "GRAFANA", "MAIL")}
    with pytest.MonkeyPatch.context() as environ:
        for name, port in ports.items():
            environ.setenv(f"SEBAYA_{name}_PORT", str(port))
        environ.setenv("SEBAYA_TAG", "test")
        files = (COMPOSE, override(docker, folder))
        made = Up(
            docker,
            files,
            f"http://{HOST}:{ports['ORIGIN']}",
            f"http://{HOST}:{ports['PROMETHEUS']}",
        )
        try:
            made.compose("build", "--quiet")
            made.compose("up", "--wait", "--detach", "--wait-timeout", "300")
            yield made
        except BaseException:
            print(
                made.compose("ps", "--all", check=False),
                made.compose("logs", "--tail", "40", check=False),
            )
            raise
        finally:
            made.compose("down", "--volumes", "--timeout", "60", check=False)


def test_everything_is_up_and_healthy_and_the_bootstrap_is_done(up: Up) -> None:
    containers = up.containers()
    assert containers.keys() >= OURS
    assert containers["bootstrap"]["State"]["ExitCode"] == 0
    for name in (*OURS, "issuer", "kafka"):
        state = containers[name]["State"]
        assert state.get("Health", {}).get("Status") == "healthy", (name, state)


def test_a_container_of_ours_may_do_little(up: Up) -> None:
    for name, container in up.containers().items():
        if name in {*OURS, "issuer", "bootstrap"}:
            config, host = container["Config"], container["HostConfig"]
            assert config["User"] == "10001:10001", name
            assert host["Init"] is True, "or a signal is lost before Python listens"
            assert host["ReadonlyRootfs"] and not host["Privileged"], name
            assert host["CapDrop"] == ["ALL"], name
            assert "no-new-privileges:true" in host["SecurityOpt"], name
            assert config["Cmd"][0] == "python", "the process itself, without a shell before it"
            assert config["Labels"]["org.opencontainers.image.title"].startswith("sebaya-")


@asynccontextmanager
async def demo(up: Up, seconds: int) -> AsyncIterator["asyncio.Task[tuple[int | None, str, str]]"]:
    """The demo's people at work while the block runs; the task gives how it ended and what it
    printed.
    """
    command = [
        str(Path(sys.executable).with_name("sebaya")),
        "demo",
        "--against",
        up.origin,
        "--pace",
        "2",
        "--json",
    ]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *command, "--seconds", str(seconds), stdout=pipe, stderr=pipe
    )

    async def ended() -> tuple[int | None, str, str]:
        out, err = await asyncio.wait_for(process.communicate(), 300)
        return process.returncode, out.decode(), err.decode()

    try:
        yield asyncio.create_task(ended())
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_the_demo_passes_through_the_entrance(up: Up) -> None:
    async with demo(up, seconds=15) as playing:
        code, out, err = await playing
    assert code == 0, (out, err)
    report = json.loads(out)
    assert report["right"] and report["opened"] >= 5


async def test_people_outlast_an_api_that_is_restarted(up: Up) -> None:
    """There is no second one here: for some seconds the entrance has nobody to ask."""
    before = await cases(up)
    async with demo(up, seconds=25) as playing:

        async def at_work() -> bool:
            assert not playing.done(), playing.result()
            return await cases(up) > before

        await eventually(at_work, within=60, every=0.5)
        await asyncio.to_thread(
            up.compose, "restart", "--timeout", "60", "matching-api", "intake-api"
        )
        assert not playing.done(), playing.result()
        code, out, err = await playing
    assert code == 0, (out, err)
    report = json.loads(out)
    assert report["right"] and sum(report["sent_again"].values()) > 0


async def cases(up: Up) -> int:
    """As evaluation counts them."""
    async with httpx.AsyncClient(
        base_url=up.origin, transport=RetryingTransport(), trust_env=False
    ) as web:
        auth = await sign_in(web, "operator", ["operator"], ["*"])
        return int(read_body(await web.get("/evaluation/operations/totals", headers=auth))["cases"])


async def test_prometheus_sees_every_process_and_has_the_rules(up: Up) -> None:
    async with httpx.AsyncClient(base_url=up.prometheus, trust_env=False) as web:

        async def all_seen() -> bool:
            targets = (await web.get("/api/v1/targets")).json()["data"]["activeTargets"]
            return len(targets) == len(OURS) and all(target["health"] == "up" for target in targets)

        await eventually(all_seen, within=60, every=1)
        groups = (await web.get("/api/v1/rules")).json()["data"]["groups"]
        assert {group["name"] for group in groups} == {"events", "safety", "servers"}


def test_the_bootstrap_may_run_again(up: Up) -> None:
    assert "0 schools were published" in up.compose("run", "--rm", "--no-deps", "bootstrap")


def test_a_service_may_touch_its_own_store_alone(up: Up) -> None:
    """MongoDB asks for a name, and each name opens one database."""
    settings = yaml.safe_load(up.compose("config"))["services"]["matching-worker"]["environment"]
    ask = (
        "import sys\nfrom pymongo import MongoClient\nfrom pymongo.errors import OperationFailure\n"
        "client = MongoClient(sys.argv[1])\nprint('own', "
        "client['sebaya_matching']['cases'].find_one() is not None)\n"
        "try:\n    client['sebaya_intake']['cases'].find_one()\nexcept OperationFailure as "
        "refused:\n    print('refused', refused.code)\n"
    )
    said = up.compose("exec", "-T", "matching-worker", "python", "-c", ask, settings["MONGODB_URI"])
    assert said.splitlines() == ["own True", "refused 13"]


def test_a_worker_that_is_told_to_stop_leaves_cleanly(up: Up) -> None:
    """The signal reaches the process, and it has gone long before it would be killed."""
    up.compose("stop", "--timeout", "60", "matching-worker", "intake-api")
    containers = up.containers()
    assert {
        name: containers[name]["State"]["ExitCode"] for name in ("matching-worker", "intake-api")
    } == {
        "matching-worker": 0,
        "intake-api": 0,
    }


def test_a_worker_that_has_just_been_started_leaves_when_it_is_told(up: Up) -> None:
    """It still imports, and has no ear of its own yet."""
    up.compose("start", "matching-worker")
    up.compose("stop", "--timeout", "60", "matching-worker")
    assert up.containers()["matching-worker"]["State"]["ExitCode"] in {0, 128 + signal.SIGTERM}
