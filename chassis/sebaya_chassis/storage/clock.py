"""The store's time. `now` for every rule is MongoDB's, so that a stepped clock of one replica moves
no deadline.
"""

import time
from datetime import UTC, datetime, timedelta

from pymongo.asynchronous.database import AsyncDatabase

from sebaya_chassis.base.health import Heartbeat
from sebaya_chassis.base.retry import repeat_every

# A crystal drifts about 1 s a day; ten seconds between readings keep the estimate within a
# millisecond or so.
READING_SECONDS = 10.0


class StoreClock:
    """An estimate of the store's time between readings: the last reading plus what the monotonic
    clock has counted since.

    Used where no document is read, such as the first write of a case; a decision on a document
    takes `$$NOW`, read with it.
    """

    def __init__(self) -> None:
        self._read_at = time.monotonic()
        self._reading = datetime.now(UTC)

    def now(self) -> datetime:
        """Return the estimate: aware, UTC, in milliseconds (what the store keeps)."""
        moment = self._reading + timedelta(seconds=time.monotonic() - self._read_at)
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    @property
    def age(self) -> float:
        """Return the seconds since the store last answered."""
        return time.monotonic() - self._read_at

    async def read(self, database: AsyncDatabase[dict[str, object]]) -> None:
        """Ask the store for its time. Raises what the driver raises when it is away."""
        before = time.monotonic()
        hello = await database.command("hello", codec_options=database.codec_options)
        after = time.monotonic()
        self._read_at = (before + after) / 2
        self._reading = hello["localTime"]

    async def run(self, database: AsyncDatabase[dict[str, object]], beat: Heartbeat) -> None:
        """Read the time again and again; while the store is away the last estimate goes on."""
        await repeat_every(lambda: self.read(database), READING_SECONDS, beat)
