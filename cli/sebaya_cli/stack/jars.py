"""The jars of Kafka: fetched once into the cache, each checked against the lock file."""

import asyncio
import hashlib
import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sebaya_cli.stack.folder import CACHE, SETTINGS, exclusive
from sebaya_cli.stack.preflight import StackProblem

VERSION = "4.4.0"
KAFKA = f"kafka-{VERSION}"
AT_ONCE = 6
REPOSITORY = (
    "SEBAYA_MAVEN_REPOSITORY"  # a mirror of Maven Central, for networks that have only that
)


@dataclass(frozen=True, slots=True)
class Jar:
    """One line of the lock file."""

    group: str
    artifact: str
    version: str
    sha256: str

    @classmethod
    def parse(cls, line: str) -> "Jar":
        coordinates, sha256 = line.split()
        group, artifact, version = coordinates.split(":")
        return cls(group, artifact, version, sha256)

    @property
    def name(self) -> str:
        return f"{self.artifact}-{self.version}.jar"

    def intact(self, path: Path) -> bool:
        return path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == self.sha256


def locked_jars() -> list[Jar]:
    """Read the lock file."""
    return [
        Jar.parse(line) for line in (SETTINGS / f"{KAFKA}.lock").read_text().splitlines() if line
    ]


async def class_path(report: Callable[[str], None], cache: Path = CACHE) -> str:
    """Fetch the jars of the lock file that are missing or broken, and return the class path."""
    folder = cache / KAFKA
    folder.mkdir(parents=True, exist_ok=True)
    jars = locked_jars()
    async with exclusive(cache / f"{KAFKA}.fetching"):
        missing = await asyncio.to_thread(_missing, jars, folder)
        if missing:
            await _fetch_all(missing, folder, report)
    return os.pathsep.join(str(folder / jar.name) for jar in jars)


def _missing(jars: Sequence[Jar], folder: Path) -> list[Jar]:
    return [jar for jar in jars if not jar.intact(folder / jar.name)]


async def _fetch_all(jars: Sequence[Jar], folder: Path, report: Callable[[str], None]) -> None:
    report(f"Fetching {len(jars)} jars of Kafka {VERSION} (43 MB in all, once) …")
    turns = asyncio.Semaphore(AT_ONCE)
    done = 0

    async def fetch(jar: Jar) -> None:
        nonlocal done
        async with turns:
            await asyncio.to_thread(_fetch, jar, folder)
        done += 1
        if done % 15 == 0:
            report(f"  {done} of {len(jars)} jars")

    try:
        async with asyncio.TaskGroup() as tasks:
            for jar in jars:
                tasks.create_task(fetch(jar))
    except* StackProblem as problems:
        raise problems.exceptions[0] from None


def _fetch(jar: Jar, folder: Path) -> None:
    """Fetch one jar, under a temporary name until it is known to be whole."""
    with tempfile.TemporaryDirectory(dir=folder, prefix=".fetching-") as temporary:
        try:
            fetched = _download(jar, Path(temporary))
        except (RuntimeError, OSError) as reason:  # requests' errors are OSErrors
            raise StackProblem(
                f"Could not fetch {jar.name} for Kafka ({type(reason).__name__}). Check the "
                f"network (HTTPS_PROXY, or {REPOSITORY} "
                "for a mirror of Maven Central) and start again: what is there already is kept. "
                "Or give a running Kafka by KAFKA_BOOTSTRAP_SERVERS."
            ) from reason
        if not jar.intact(fetched):
            raise StackProblem(
                f"{jar.name} as fetched differs from its checksum in the lock file and was not "
                "used. Start again later."
            )
        fetched.replace(folder / jar.name)


def _download(jar: Jar, into: Path) -> Path:
    # Half a second that only the first start needs.
    from jgo.maven import MavenContext, PythonResolver  # noqa: PLC0415

    mirror = os.environ.get(REPOSITORY)
    context = MavenContext(
        PythonResolver(),
        repo_cache=into,
        remote_repos={"mirror": mirror} if mirror else None,
        timeout=30,
    )
    fetched: Path = (
        context.project(jar.group, jar.artifact).at_version(jar.version).artifact().resolve()
    )
    return fetched
