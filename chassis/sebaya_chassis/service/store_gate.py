"""The gate before a service's store: shut while the store is behind its topics.

While the broker is away the gate is open all the same, since help goes first; the store is compared
as soon as it answers, and a process that then finds it behind ends, and finds the gate shut at its
next start. A gate that was shut is opened by a comparison alone.
"""

import asyncio
import sys

from aiokafka.errors import KafkaConnectionError, KafkaError

from sebaya_chassis.base.health import Heartbeat
from sebaya_chassis.base.logs import get_logger
from sebaya_chassis.base.metrics import STORE_BEHIND
from sebaya_chassis.base.retry import pause
from sebaya_chassis.service.store_check import StoreBehind, StoreCheck
from sebaya_chassis.storage.writer import Writer

log = get_logger()

# The newest records of some topics: tens of milliseconds, and seconds of a busy broker. One that
# answers nothing for so long counts as away.
COMPARED_WITHIN = 15.0
# A shut gate is tried again so often: it opens by itself after `sebaya restored`.
TRIED_AGAIN = 2.0


class StoreGate:
    """Opens a store once it was compared with its topics."""

    def __init__(self, check: StoreCheck, writer: Writer) -> None:
        self._check = check
        self._writer = writer
        self._behind: StoreBehind | None = None
        self.compared = False

    async def compare(self) -> None:
        """Compare the store, or leave it for later while the broker is away. Raises StoreBehind."""
        try:
            async with asyncio.timeout(COMPARED_WITHIN):
                await self._ensure_whole()
        except (KafkaError, TimeoutError, OSError) as away:
            log.warning("store_not_compared", exc_info=away)
            if self._behind is not None:
                raise self._behind from away
        else:
            self.compared = True
            STORE_BEHIND.labels(self._check.service).set(0)

    async def _ensure_whole(self) -> None:
        """Ask again a broker that answers and cannot tell yet, as one that has just started."""
        while True:
            try:
                await self._check.ensure_whole(self._writer.epoch)
            except KafkaConnectionError:
                raise
            except KafkaError:
                await asyncio.sleep(0.5)
            else:
                return

    async def shut(self, behind: StoreBehind) -> None:
        """Keep the gate shut for a moment, and say why."""
        self._say(behind)
        await asyncio.sleep(TRIED_AGAIN)

    def _say(self, behind: StoreBehind) -> None:
        """Say once what is to be done, in a sentence beside the log, which holds none."""
        if self._behind is None:
            sys.stderr.write(f"{behind}\n")
        self._behind = behind
        STORE_BEHIND.labels(self._check.service).set(1)
        log.error("store_behind", topic=behind.topic, subject=behind.subject)

    async def compare_later(self, heartbeat: Heartbeat) -> None:
        """Compare once the broker answers. Raises StoreBehind, which ends the process."""
        while True:
            try:
                if not self.compared:
                    await self.compare()
            except StoreBehind as behind:
                self._say(behind)
                raise
            await pause(TRIED_AGAIN, heartbeat)
