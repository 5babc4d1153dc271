"""What a process measures of broker and store by the clock, so that an outage is seen where nothing
happens for days.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable

from aiokafka.errors import KafkaError

from sebaya_chassis.base.health import Health, Heartbeat
from sebaya_chassis.base.metrics import (
    BROKER_UNANSWERED,
    COMMITS,
    CONFLICTS,
    DEAD_LETTERS_WAITING,
    LEASES_LOST,
    PUBLISH_FAILURES,
    PUBLISHED,
    READY,
    STORE_AWAY,
    STORE_BEHIND,
    STORE_UNANSWERED,
    TIMER_DELAY,
    TIMERS_FIRED,
)
from sebaya_chassis.base.retry import pause, repeat_every
from sebaya_chassis.base.settings import RunRole
from sebaya_chassis.consuming.dead_letters import DeadLetters
from sebaya_chassis.outbox.producer import Producer
from sebaya_chassis.storage.clock import StoreClock
from sebaya_chassis.storage.schools import Schools
from sebaya_contracts.topics import written_by

# Half of what an alert waits for.
ASK_BROKER_SECONDS = 5.0
# aiokafka itself waits 40 s for each broker: longer than a loop may stand still.
ANSWER_SECONDS = 10.0
MEASURE_SECONDS = 10.0


class Gauges:
    """The gauges that every service has. Those of outages are calculated at the moment of asking,
    whatever a loop may be waiting for.
    """

    def __init__(
        self,
        service: str,
        producer: Producer,
        dead_letters: DeadLetters,
        schools: Schools,
        leave_note: Callable[[], Awaitable[None]],
    ) -> None:
        """Make the gauges of one process; `leave_note` writes into the store how far it is."""
        self._service = service
        self._producer = producer
        self._dead_letters = dead_letters
        self._schools = schools
        self._leave_note = leave_note
        self._answered_at = time.monotonic()

    def create_series(
        self, role: RunRole, clock: StoreClock, health: Health, collections: Iterable[str]
    ) -> None:
        """Create every series from the start: a rise from nothing is a rise that no alert sees."""
        READY.labels(self._service, role.value).set_function(lambda: float(health.ready))
        STORE_UNANSWERED.labels(self._service).set_function(lambda: clock.age)
        BROKER_UNANSWERED.labels(self._service).set_function(
            lambda: time.monotonic() - self._answered_at
        )
        STORE_BEHIND.labels(self._service).set(0)
        for counter in (PUBLISH_FAILURES, LEASES_LOST, STORE_AWAY):
            counter.labels(self._service)
        for outcome in ("done", "failed"):
            COMMITS.labels(self._service, outcome)
        for collection in collections:
            CONFLICTS.labels(self._service, collection)
        for topic in written_by(self._service):
            for name in topic.types:
                PUBLISHED.labels(self._service, name)

    def create_timer_series(self, name: str) -> None:
        """Create the series of one timer."""
        for outcome in ("acted", "failed"):
            TIMERS_FIRED.labels(self._service, name, outcome)
        TIMER_DELAY.labels(self._service, name)

    async def watch_broker(self, heartbeat: Heartbeat) -> None:
        """Ask the broker again and again: the age of its last answer is a gauge."""
        while True:
            heartbeat.turn()
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    await self._producer.reach()
            except (KafkaError, OSError):
                pass  # the age of the last answer tells it
            else:
                self._answered_at = time.monotonic()
            await pause(ASK_BROKER_SECONDS, heartbeat)

    async def run(self, heartbeat: Heartbeat) -> None:
        """Measure the store again and again."""
        await repeat_every(self.measure, MEASURE_SECONDS, heartbeat)

    async def measure(self) -> None:
        """Measure what stands in the store. Raises what the driver raises when it is away."""
        await self._schools.measure()
        DEAD_LETTERS_WAITING.labels(self._service).set(await self._dead_letters.count_waiting())
        await self._leave_note()
