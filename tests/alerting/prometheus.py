"""A real Prometheus with the rules of deploy/prometheus, looking every second at the processes of a
local stack.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml

from sebaya_cli.stack.ports import HOST, free_port
from sebaya_cli.stack.process import Child
from support import eventually

FILES = Path(__file__).parents[2] / "deploy" / "prometheus"
STARTED_WITHIN = 30.0


@dataclass(slots=True)
class Prometheus:
    """Questions to a running one."""

    web: httpx.AsyncClient

    async def ask(self, path: str, **query: str) -> Any:
        answer = (await self.web.get(path, params=query)).json()
        assert answer["status"] == "success", answer
        return answer["data"]

    async def query(self, expr: str) -> list[dict[str, Any]]:
        """The samples of an expression now."""
        return list((await self.ask("/api/v1/query", query=expr))["result"])

    async def names(self) -> set[str]:
        """Of every series it was ever given."""
        return set(await self.ask("/api/v1/label/__name__/values"))

    async def firing(self) -> set[str]:
        alerts = (await self.ask("/api/v1/alerts"))["alerts"]
        return {alert["labels"]["alertname"] for alert in alerts if alert["state"] == "firing"}

    async def series(self, matching: str) -> list[Mapping[str, str]]:
        return list(await self.ask("/api/v1/series", **{"match[]": matching}))


def configuration(targets: Sequence[str]) -> dict[str, Any]:
    """The one of deploy/prometheus, for other addresses and for people in a hurry."""
    config: dict[str, Any] = yaml.safe_load((FILES / "prometheus.yml").read_text())
    config["global"] = {
        "scrape_interval": "1s",
        "scrape_timeout": "1s",
        "evaluation_interval": "1s",
    }
    config["rule_files"] = [str(FILES / name) for name in config["rule_files"]]
    (job,) = config["scrape_configs"]
    job["static_configs"] = [{"targets": list(targets)}]
    return config


@asynccontextmanager
async def watching(folder: Path, targets: Sequence[str]) -> AsyncIterator[Prometheus]:
    """Until the end of the block. Raises StackProblem when it does not start."""
    binary = shutil.which("prometheus")
    assert binary is not None, (
        "Debian's package prometheus is needed here: apt-get install prometheus"
    )
    port = free_port()
    _write(folder, configuration(targets))
    flags = [
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address={HOST}:{port}",
    ]
    child = Child("prometheus", [binary, *flags], folder / "prometheus.log")
    child.start()
    try:
        async with httpx.AsyncClient(
            base_url=f"http://{HOST}:{port}", timeout=20.0, trust_env=False
        ) as web:
            await child.until(lambda: _ready(web), STARTED_WITHIN)
            yield Prometheus(web)
    finally:
        await child.stop()


def _write(folder: Path, config: dict[str, Any]) -> None:
    folder.mkdir()
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config))


async def _ready(web: httpx.AsyncClient) -> bool:
    try:
        return (await web.get("/-/ready")).is_success
    except httpx.TransportError:
        await asyncio.sleep(0.1)
        return False


async def fires(prometheus: Prometheus, alerts: frozenset[str], within: float) -> None:
    waited_for = set(alerts)

    async def all_of_them() -> bool:
        waited_for.difference_update(await prometheus.firing())
        return not waited_for

    try:
        await eventually(all_of_them, within=within, every=0.5)
    except AssertionError:
        raise AssertionError(f"not within {within} s: {sorted(waited_for)} fire") from None


async def clears(prometheus: Prometheus, alerts: frozenset[str], within: float) -> None:
    """All of them at one moment."""
    still: set[str] = set()

    async def none_of_them() -> bool:
        still.clear()
        still.update(alerts & await prometheus.firing())
        return not still

    try:
        await eventually(none_of_them, within=within, every=0.5)
    except AssertionError:
        raise AssertionError(f"not within {within} s: {sorted(still)} clear") from None
