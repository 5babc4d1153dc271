"""A supervised child: its own process group, its log in a file, a bounded stop, and no life after
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
LOOK_AGAIN = 0.05
LAST_LINES = 8
TAIL_BYTES = 8192


def python(*arguments: str) -> list[str]:
    """A command for this interpreter that finds the packages and nothing of the folder it runs in."""
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
    _told_to_stop: bool = False

    def start(self) -> None:
        """Start the process; whether it answers is for `until` to find out."""
        self._told_to_stop = False
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
        """The exit code, or None while it runs or before it was started."""
        return self._process.poll() if self._process else None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    async def until(self, answers: Callable[[], Awaitable[bool]], within: float) -> None:
        """Return when `answers` says yes; StackProblem when the process ends first or takes too
        long.
        """
        deadline = time.monotonic() + within
        while not await answers():
            if not self.running:
                raise StackProblem(self.obituary())
            if time.monotonic() > deadline:
                raise StackProblem(
                    f"{self.name} did not answer within {within:.0f} s. {self._log_end()}"
                )
            await asyncio.sleep(LOOK_AGAIN)

    async def finished(self, within: float) -> None:
        """Return once it has ended well by itself; StackProblem otherwise."""
        deadline = time.monotonic() + within
        while self.running:
            if time.monotonic() > deadline:
                self.kill()
                raise StackProblem(
                    f"{self.name} did not finish within {within:.0f} s. {self._log_end()}"
                )
            await asyncio.sleep(LOOK_AGAIN)
        if self.code != 0:
            raise StackProblem(self.obituary())

    @property
    def deserted(self) -> bool:
        """It has ended though nobody told it to."""
        return self._process is not None and not self._told_to_stop and not self.running

    async def stop(self) -> str | None:
        """Ask it to end, then make it; the answer is a sentence if it did not end by itself in
        time, or not cleanly.
        """
        self._told_to_stop = True
        if self._process is None:
            return None
        self._signal(signal.SIGTERM)
        self.resume()  # a frozen one hears nothing
        deadline = time.monotonic() + self.stop_within
        while self.running:
            if time.monotonic() > deadline:
                self.kill()
                return f"{self.name} did not stop within {self.stop_within:g} s and was killed."
            await asyncio.sleep(LOOK_AGAIN / 5)
        return None if self._process.returncode in self.clean_codes else self.obituary()

    def pause(self) -> None:
        """Freeze it where it is, as a starved or swapped-out machine would, until `resume`."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it the hard way, as a crash would; a frozen one too."""
        self._told_to_stop = True
        if self._process is not None:
            self._signal(signal.SIGKILL)
            self._process.wait()

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self.running:
            os.killpg(self._process.pid, number)

    def obituary(self) -> str:
        """One sentence on how it ended, with the end of its log."""
        return f"{self.name} ended with code {self.code}. {self._log_end()}"

    def _log_end(self) -> str:
        with self.log.open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - TAIL_BYTES))
            lines = log.read().decode(errors="replace").splitlines()
        shown = "\n  ".join(lines[-LAST_LINES:])
        return (
            f"Its log, {self.log}, ends:\n  {shown}" if shown else f"Its log, {self.log}, is empty."
        )
