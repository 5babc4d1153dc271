"""Startup, live and ready. Live asks no dependency: it only looks whether the loops still turn."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sebaya_chassis.base.logs import describe_task, get_logger
from sebaya_chassis.base.metrics import LOOP_AGE

log = get_logger()

# A new process that finds its store needs less than a second; one that does not must answer by
# then, with its own 503 and its lines.
PREPARED_WITHIN = 5.0


@dataclass(slots=True)
class Heartbeat:
    """The pulse of one loop. Waiting and retrying beat too: only being stuck does not."""

    service: str
    loop: str
    turned_at: float = field(default_factory=time.monotonic)
    task: "asyncio.Task[Any] | None" = None
    """The task that turned it last."""

    def turn(self) -> None:
        """Record that the loop turned.

        Raises CancelledError in a task that was cancelled and did not notice. Python 3.11's
        wait_for forgets a cancellation that meets a finished wait, and the drivers call it; the
        loop would outlive its process.
        """
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise asyncio.CancelledError
        self.task, self.turned_at = task, time.monotonic()

    @property
    def age(self) -> float:
        """Return the seconds since the loop last turned."""
        return time.monotonic() - self.turned_at


@dataclass(slots=True)
class Health:
    """The three answers of a process.

    Readiness does not depend on MongoDB: intake's own 503, with the crisis lines, must reach the
    student. But a process that has just started leaves requests to the others until it is
    `prepared`, for a few seconds at most.
    """

    service: str
    live_seconds: float
    started: bool = False
    prepared: bool = False
    draining: bool = False
    notes: dict[str, Callable[[], str]] = field(default_factory=dict)
    """What readiness tells of the process besides, by name."""
    _began: float = field(default_factory=time.monotonic)
    _beats: list[Heartbeat] = field(default_factory=list)

    def register(self, loop: str) -> Heartbeat:
        """Watch a loop from now on, by the heartbeat that it turns."""
        beat = Heartbeat(self.service, loop)
        self._beats.append(beat)
        LOOP_AGE.labels(self.service, loop).set_function(lambda: beat.age)
        return beat

    def forget(self, beat: Heartbeat) -> None:
        """Forget a loop that has done its work: its age would grow for ever and alarm."""
        self._beats.remove(beat)
        LOOP_AGE.remove(self.service, beat.loop)

    @property
    def live(self) -> bool:
        """Whether every loop turns."""
        return not self.stuck

    @property
    def ready(self) -> bool:
        """Whether the process takes requests."""
        opened = self.prepared or time.monotonic() - self._began > PREPARED_WITHIN
        return self.started and opened and not self.draining

    @property
    def stuck(self) -> list[str]:
        """Name the loops that have not turned in time."""
        return [beat.loop for beat in self._beats if self._is_stuck(beat)]

    def log_stuck(self) -> None:
        """Log each stuck loop with the place where it stands.

        A supervisor that ends the process for it leaves no other trace.
        """
        for beat in self._beats:
            if self._is_stuck(beat):
                place = describe_task(beat.task) if beat.task is not None else ""
                log.error("loop_stuck", loop=beat.loop, seconds=round(beat.age), where=place)

    def _is_stuck(self, beat: Heartbeat) -> bool:
        return beat.age > self.live_seconds
