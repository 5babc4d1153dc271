"""A registry of images on this machine, from Debian's package: what gives an image the digest that
a district names it by.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import yaml

from sebaya_cli.stack.ports import HOST, free_port
from sebaya_cli.stack.process import Child

STARTED_WITHIN = 30.0


@asynccontextmanager
async def registry(folder: Path) -> AsyncIterator[str]:
    """Its address, until the end of the block. An engine takes one on this machine without TLS."""
    program = shutil.which("docker-registry")
    assert program is not None, (
        "Debian's package docker-registry is needed here: apt-get install docker-registry"
    )
    address = f"{HOST}:{free_port()}"
    _write(folder, address)
    child = Child(
        "registry", [program, "serve", str(folder / "config.yml")], folder / "registry.log"
    )
    child.start()
    try:
        async with httpx.AsyncClient(base_url=f"http://{address}", trust_env=False) as web:
            await child.until(lambda: _answers(web), STARTED_WITHIN)
        yield address
    finally:
        await child.stop()


def _write(folder: Path, address: str) -> None:
    folder.mkdir()
    settings = {
        "version": "0.1",
        "storage": {"filesystem": {"rootdirectory": str(folder / "data")}},
        "http": {"addr": address},
    }
    (folder / "config.yml").write_text(yaml.safe_dump(settings))


async def _answers(web: httpx.AsyncClient) -> bool:
    try:
        return (await web.get("/v2/")).is_success
    except httpx.TransportError:
        await asyncio.sleep(0.1)
        return False
