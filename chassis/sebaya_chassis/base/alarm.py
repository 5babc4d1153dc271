"""When a scan of due dates begins: at the next date that is known, or at once when it is woken."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime


class Alarm:
    """The alarm of one scan. What is noted while a scan is at work counts for the next one."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        """Make an alarm that goes by `now`, the store's time."""
        self._now = now
        self._changed = asyncio.Event()
        self._woken = False
        self._due: datetime | None = None
        self._rest_until = datetime.min.replace(tzinfo=UTC)

    def wake(self) -> None:
        """Start the alarm at once."""
        self._woken = True
        self._changed.set()

    def expect(self, due: datetime) -> None:
        """Schedule it for `due`, unless an earlier date is known; within a rest, for its end."""
        due = max(due, self._rest_until)
        if self._due is None or due < self._due:
            self._due = due
            self._changed.set()

    def rest(self, until: datetime) -> None:
        """Delay it until `until` for every date, known or not; a wake-up still starts it."""
        self._rest_until = until
        if self._due is not None:
            self._due = max(self._due, until)

    async def wait(self, longest: float) -> bool:
        """Wait until it rings, `longest` seconds at most; return whether it rang."""
        until = time.monotonic() + longest
        while not self.rings and (left := until - time.monotonic()) > 0:
            self._changed.clear()
            # Not wait_for: Python 3.11's forgets a cancellation that meets a finished wait, and the
            # loop would outlive its process's farewell.
            try:
                async with asyncio.timeout(min(left, self._seconds_to_due(left))):
                    await self._changed.wait()
            except TimeoutError:
                continue
        rang = self.rings
        self._woken, self._due = False, None
        return rang

    @property
    def rings(self) -> bool:
        """Whether a scan is to begin."""
        return self._woken or (self._due is not None and self._due <= self._now())

    def _seconds_to_due(self, otherwise: float) -> float:
        return otherwise if self._due is None else (self._due - self._now()).total_seconds()
