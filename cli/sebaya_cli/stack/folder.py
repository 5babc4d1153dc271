"""The data folder of a stack: its lock, the place of each part, and the secrets it keeps."""

import asyncio
import base64
import fcntl
import os
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sebaya_cli.stack.preflight import StackProblem, lock_problem

PROJECT = Path(__file__).resolve().parents[3]
SETTINGS = PROJECT / "deploy" / "local"
CACHE = PROJECT / ".sebaya" / "cache"

# children of a stack that was just killed hold the lock for the instant until the kernel has ended
# them
LOCK_PATIENCE = 1.5


@dataclass(frozen=True, slots=True)
class DataFolder:
    """Where each part of a stack keeps its data."""

    root: Path

    @property
    def kafka(self) -> Path:
        return self.root / "kafka"

    @property
    def mongo(self) -> Path:
        return self.root / "mongo"

    @property
    def caddy(self) -> Path:
        return self.root / "caddy"

    @property
    def mail(self) -> Path:
        return self.root / "mail"

    @property
    def ports(self) -> Path:
        return self.root / "ports.json"

    @property
    def visitor(self) -> Path:
        """The file that notes what was made for the demo's visitor, with students' codes."""
        return self.root / "visitor.json"

    @property
    def about(self) -> Path:
        """The file that says what wrote this folder: its layout and the versions of its servers."""
        return self.root / "about.json"

    def log(self, name: str) -> Path:
        return self.root / "logs" / f"{name}.log"

    def secret(self, name: str) -> str:
        """Read a random secret, made once and readable by its owner alone."""
        path = self.root / name
        if not path.exists():
            write_whole(path, secrets.token_urlsafe(32), mode=0o600)
        return path.read_text()

    def master_keys(self) -> Path:
        """Find the file of the master keys (`id:key` a line), made once and readable by its owner
        alone.
        """
        path = self.root / "master_keys"
        if not path.exists():
            key = base64.b64encode(secrets.token_bytes(32)).decode()
            write_whole(path, f"first:{key}\n", mode=0o600)
        return path

    @asynccontextmanager
    async def hold(self) -> AsyncIterator[int]:
        """Hold the folder for this stack alone.

        The descriptor may be passed on to children, which then hold it too.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        try:
            async with exclusive(self.root / "lock", within=LOCK_PATIENCE) as descriptor:
                yield descriptor
        except LockHeld:
            raise StackProblem(lock_problem(self.root)) from None


class LockHeld(Exception):
    """Another process keeps the lock."""


@asynccontextmanager
async def exclusive(path: Path, within: float | None = None) -> AsyncIterator[int]:
    """Hold an exclusive lock on a file, waiting at most `within` seconds (LockHeld).

    It is a flock: it ends with its last holder, even a killed one.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        await _acquire(descriptor, within)
        yield descriptor
    finally:
        os.close(descriptor)


async def _acquire(descriptor: int, within: float | None) -> None:
    deadline = None if within is None else time.monotonic() + within
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if deadline is not None and time.monotonic() > deadline:
                raise LockHeld from None
        await asyncio.sleep(0.05)


def write_whole(path: Path, content: str | bytes, mode: int = 0o644) -> None:
    """Write a file so that no reader ever sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content.encode() if isinstance(content, str) else content)
    temporary.replace(path)
