"""A supervised child process: its own group, its log in a file, a bounded stop, and no life after
its parent.
"""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sebaya_cli.stack.preflight import StackProblem

LAUNCH = Path(__file__).with_name("launch.py")
POLL_SECONDS = 0.05
LAST_LINES = 8
TAIL_BYTES = 8192


def python(*arguments: str) -> list[str]:
    """Make a command for this interpreter that finds the packages and nothing of its folder."""
    return [sys.executable, "-P", *arguments]


@dataclass
class Child:
    """One process of the stack.

    The kernel ties a child to the thread that started it, so start children from a thread that
    lives as long as they should.
    """

    name: str
    command: Sequence[str]
    log: Path
    env: Mapping[str, str] = field(default_factory=dict)
    clean_codes: frozenset[int] = frozenset({0, -signal.SIGTERM})
    stop_within: float = 10.0
    keep_open: tuple[
        int, ...
    ] = ()  # file descriptors the child holds too, such as the lock of the data folder

    _process: subprocess.Popen[bytes] | None = None
    _stopping: bool = False

    def start(self) -> None:
        """Start the process; whether it answers is for `until` to find out."""
        self._stopping = False
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists():
            self.log.replace(self.log.with_suffix(".previous.log"))
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(LAUNCH), str(os.getpid()), *self.command],
                env={**os.environ, **self.env},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.log.parent,
                process_group=0,
                pass_fds=self.keep_open,
            )

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def code(self) -> int | None:
        """The exit code; None while it runs or before it was started."""
        return self._process.poll() if self._process else None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    async def until(self, answers: Callable[[], Awaitable[bool]], within: float) -> None:
        """Wait until `answers` says yes; raise StackProblem when it ends first or is too slow."""
        deadline = time.monotonic() + within
        while not await answers():
            if not self.running:
                raise StackProblem(self.describe_end())
            if time.monotonic() > deadline:
                raise StackProblem(
                    f"{self.name} did not answer within {within:.0f} s. {self._log_end()}"
                )
            await asyncio.sleep(POLL_SECONDS)

    async def finished(self, within: float) -> None:
        """Wait until it has ended well by itself; raise StackProblem otherwise."""
        deadline = time.monotonic() + within
        while self.running:
            if time.monotonic() > deadline:
                self.kill()
                raise StackProblem(
                    f"{self.name} did not finish within {within:.0f} s. {self._log_end()}"
                )
            await asyncio.sleep(POLL_SECONDS)
        if self.code != 0:
            raise StackProblem(self.describe_end())

    @property
    def ended_unasked(self) -> bool:
        """Whether it has ended though it was not stopped."""
        return self._process is not None and not self._stopping and not self.running

    async def stop(self) -> str | None:
        """Stop it, by force when it takes too long.

        Return a sentence if it did not end by itself in time, or not cleanly.
        """
        self._stopping = True
        if self._process is None:
            return None
        self._signal(signal.SIGTERM)
        self.resume()  # a frozen one hears nothing
        deadline = time.monotonic() + self.stop_within
        while self.running:
            if time.monotonic() > deadline:
                self.kill()
                return f"{self.name} did not stop within {self.stop_within:g} s and was killed."
            await asyncio.sleep(POLL_SECONDS / 5)
        return None if self._process.returncode in self.clean_codes else self.describe_end()

    def pause(self) -> None:
        """Freeze it where it is, as a starved or swapped-out machine would, until `resume`."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it the hard way, as a crash would; a frozen one too."""
        self._stopping = True
        if self._process is not None:
            self._signal(signal.SIGKILL)
            self._process.wait()

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self.running:
            os.killpg(self._process.pid, number)

    def describe_end(self) -> str:
        """Describe in one sentence how it ended, with the end of its log."""
        return f"{self.name} ended with code {self.code}. {self._log_end()}"

    def _log_end(self) -> str:
        with self.log.open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - TAIL_BYTES))
            lines = log.read().decode(errors="replace").splitlines()
        shown = "\n  ".join(lines[-LAST_LINES:])
        return (
            f"Its log, {self.log}, ends:\n  {shown}" if shown else f"Its log, {self.log}, is empty."
        )
