"""A process that is asked to end does so at any moment, also while it is still getting ready, and
as the first of its container.
"""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from deploy.rendering import environment, named, overlay, pod_of
from deploy.test_settings import NOWHERE
from sebaya_cli.stack.ports import HOST, free_port
from sebaya_contracts.topics import SERVICES
from servers import Servers
from support import eventually

# Of what every service imports, one of the first that is a file of its own to the kernel.
EARLY = "_pydantic_core"
HERE = {"SEBAYA_HOST": HOST, "SEBAYA_KAFKA_SECURITY": "none", "PATH": os.environ["PATH"]}
NAMESPACE = (
    "unshare",
    "--pid",
    "--fork",
    "--kill-child",
    *(() if os.geteuid() == 0 else ("--user", "--map-root-user")),
)


def first_of_its_container() -> Sequence[str]:
    """The kernel gives the first process of a namespace only those signals that it handles itself.

    Where nobody may make a namespace, a process that is born deaf to the signal comes closest.
    """
    allowed = subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False).returncode == 0
    return NAMESPACE if allowed else ("env", "--ignore-signal=TERM")


@asynccontextmanager
async def started(
    service: str, log: Path, **more: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    made = named(overlay("trial"), "Deployment", f"{service}-worker")
    told = (
        environment(overlay("trial"), made)
        | NOWHERE
        | HERE
        | {"SEBAYA_PORT": str(free_port())}
        | more
    )
    (container,) = pod_of(made)["containers"]
    command = [*first_of_its_container(), sys.executable, *container["command"][1:]]
    with log.open("w") as out:
        process = await asyncio.create_subprocess_exec(*command, env=told, stdout=out, stderr=out)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def itself(starter: int) -> int | None:
    """The service's own process, once it imports."""
    children = Path(f"/proc/{starter}/task/{starter}/children").read_text().split()
    pid = int(children[0]) if children else starter
    return pid if EARLY in Path(f"/proc/{pid}/maps").read_text() else None


@pytest.mark.parametrize("service", SERVICES)
async def test_a_process_that_still_imports_ends_when_it_is_asked(
    service: str, tmp_path: Path
) -> None:
    async with started(service, tmp_path / "log") as process:
        asked: list[int] = []

        async def importing() -> bool:
            asked.extend(filter(None, [itself(process.pid)]))
            return bool(asked)

        await eventually(importing, within=60, every=0.01)
        os.kill(asked[0], signal.SIGTERM)
        await asyncio.wait_for(process.wait(), 20)
        assert process.returncode == 0, (tmp_path / "log").read_text()


async def test_a_process_whose_loop_has_failed_tells_whoever_supervises_it(
    servers: Servers, tmp_path: Path
) -> None:
    """A store that refuses its user will not heal by waiting."""
    refused = servers.mongodb_uri.replace("mongodb://", "mongodb://nobody:wrong@")
    async with started("matching", tmp_path / "log", MONGODB_URI=refused) as process:
        await asyncio.wait_for(process.wait(), 60)
        assert "work_failed" in (tmp_path / "log").read_text()
        assert process.returncode == 1
