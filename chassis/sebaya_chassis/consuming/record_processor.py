"""One record after another: each takes effect once, or is parked with its reason.

The path of a record:
 1. a replay for another service, or a type without a handler here: skipped
 2. a record that cannot be read: parked
 3. a record of a document that has a dead letter: parked behind it, unless it only repeats what
    that document said before
 4. all else goes to its handler, which writes effect and mark at once; a mark that is there already
    means that the record was applied before
 5. what failed is tried again: for as long as it takes while the failure is transient, or else for
    `retry_seconds`; then it is parked. One that a process is lost with again and again is parked
    after `deaths_before_parking` of them
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from sebaya_chassis.base.logs import get_logger
from sebaya_chassis.base.metrics import RETRIES
from sebaya_chassis.base.problems import UnknownSchool
from sebaya_chassis.base.retry import backoff, is_transient, run_with_heartbeat
from sebaya_chassis.base.settings import ChassisSettings
from sebaya_chassis.base.tracing import continue_trace
from sebaya_chassis.consuming.dead_letters import DeadLetters
from sebaya_chassis.consuming.delivery import Delivery
from sebaya_chassis.consuming.document_queues import OnOwnFault, hold_nothing
from sebaya_chassis.consuming.handlers import Handlers, ProcessLost
from sebaya_chassis.consuming.outcome import Outcome
from sebaya_chassis.storage.documents import OfAnotherSchool
from sebaya_chassis.storage.layout import AlreadyApplied
from sebaya_contracts.district import SchoolDefined
from sebaya_contracts.envelope import Malformed

log = get_logger()

# A pause between two attempts at a record that fails for its own fault.
SHORTEST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.05, 2.0


class KnownSchools(Protocol):
    """This service's copy of the schools."""

    async def require(self, school_id: str) -> object:
        """Find a school. Raises UnknownSchool."""
        ...

    async def warm(self, school_ids: Iterable[str]) -> None:
        """Read these schools by one question, so that each is in memory when it is required."""
        ...


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a record is parked: the reason, and the name of the error where its handler raised."""

    reason: str
    error: str = ""


OnParked = Callable[[Delivery, str], Awaitable[None]]
"""Record and reason; awaited before the record is parked."""


async def only_park(_delivery: Delivery, _reason: str) -> None:
    """Leave it at parking: for services where that is all there is to do."""


@dataclass(slots=True)
class RecordProcessor:
    """Applies the records of one service, each by itself. `context_of` makes what a handler is
    given, for the school of its event.
    """

    service: str
    handlers: Handlers[Any]
    context_of: Callable[[str], Any]
    schools: KnownSchools
    dead_letters: DeadLetters
    settings: ChassisSettings
    on_parked: OnParked = only_park

    def skips(self, delivery: Delivery) -> bool:
        """Tell whether a record is for other services alone: there is nothing to do, not even to
        wait. One that cannot be read is for every service.
        """
        if delivery.replay is not None and delivery.replay.service != self.service:
            return True
        return delivery.kind is not None and self.handlers.of(delivery.kind) is None

    async def process(self, delivery: Delivery, on_own_fault: OnOwnFault = hold_nothing) -> Outcome:
        """Bring a record to its end. Never raises for the record's own fault.

        `on_own_fault` is called when only the record itself is wrong: no other document need wait
        for it.
        """
        if self.skips(delivery):
            return Outcome.SKIPPED
        result = await self._reject(delivery) or await self._apply(delivery, on_own_fault)
        if isinstance(result, Rejection):
            await self._park(delivery, result)
            return Outcome.PARKED
        return result

    async def park_killer(self, delivery: Delivery) -> Outcome:
        """Park a record that too many processes died in handling."""
        await self._park(delivery, Rejection(delivery.fault or "kills_process"))
        return Outcome.PARKED

    async def _reject(self, delivery: Delivery) -> Rejection | Outcome | None:
        """What keeps a record from its handler. A replay is not kept by the letter that it is, and
        one letter is enough for what is said again and again.
        """
        if delivery.fault:
            return Rejection(delivery.fault)
        if delivery.replay is None and await self.dead_letters.holds_up(delivery):
            return Outcome.IGNORED if _repeats(delivery) else Rejection("behind_dead_letter")
        return None

    async def _apply(self, delivery: Delivery, on_own_fault: OnOwnFault) -> Outcome | Rejection:
        """Try until the record is applied, or its time is over."""
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + self.settings.retry_seconds
        attempt = losses = 0
        while True:
            delivery.heartbeat.turn()
            try:
                return await self._apply_once(delivery)
            except Malformed as malformed:
                return Rejection(malformed.reason)
            except OfAnotherSchool:
                return Rejection("another_school")
            except Exception as error:  # noqa: BLE001 - retried, or parked with its name
                transient = is_transient(error)
                if isinstance(error, ProcessLost):
                    losses += 1
                    over = losses >= self.settings.deaths_before_parking
                else:
                    over = loop.time() >= give_up_at
                if over and not transient:
                    return Rejection(_reason_of(error), type(error).__name__)
                if not transient:
                    on_own_fault()
                await self._pause(delivery, error, attempt, transient=transient)
                if transient:
                    give_up_at = loop.time() + self.settings.retry_seconds
                attempt += 1

    async def _apply_once(self, delivery: Delivery) -> Outcome:
        header = delivery.header
        with continue_trace(header.traceparent, header.type):
            outcome = await self._handle(delivery)
        if delivery.replay is not None:
            await self.dead_letters.record_replay(delivery.replay, outcome.value)
        return outcome

    async def _handle(self, delivery: Delivery) -> Outcome:
        event = delivery.event()
        if not isinstance(event, SchoolDefined):
            await self.schools.require(event.school_id)
        handler = self.handlers.of(type(event))
        if handler is None:
            return Outcome.SKIPPED
        try:
            async with asyncio.timeout(self.settings.handler_timeout_seconds):
                await handler(event, delivery.mark(), self.context_of(event.school_id))
        except AlreadyApplied:
            return Outcome.IGNORED
        return Outcome.APPLIED

    async def _pause(
        self, delivery: Delivery, error: Exception, attempt: int, *, transient: bool
    ) -> None:
        cause = "away" if transient else "record"
        RETRIES.labels(self.service, delivery.topic.name, cause).inc()
        if attempt == 0:
            log.warning(
                "record_retried",
                exc_info=error,
                topic=delivery.topic.name,
                subject=delivery.subject,
                school_id=delivery.school_id,
            )
        longest = max(SHORTEST_PAUSE_SECONDS, self.settings.retry_seconds / 4)
        await asyncio.sleep(backoff(attempt, longest=min(LONGEST_PAUSE_SECONDS, longest)))

    async def _park(self, delivery: Delivery, rejection: Rejection) -> None:
        """For as long as it takes: a dead letter that could not be written must not be forgotten
        either.
        """
        attempt = 0
        while True:
            delivery.heartbeat.turn()
            try:
                return await self._park_once(delivery, rejection)
            except Exception as failure:
                if not (is_transient(failure) or isinstance(failure, TimeoutError)):
                    raise
                await asyncio.sleep(backoff(attempt))
                attempt += 1

    async def _park_once(self, delivery: Delivery, rejection: Rejection) -> None:
        """A replay is a dead letter already: only what became of it is noted."""
        reason = rejection.reason
        if delivery.replay is not None:
            await self.dead_letters.record_replay(delivery.replay, "failed", reason)
            return
        async with asyncio.timeout(self.settings.handler_timeout_seconds):
            await self.on_parked(delivery, reason)
        parking = self.dead_letters.park(delivery, reason, rejection.error)
        await run_with_heartbeat(parking, delivery.heartbeat)
        log.warning(
            "record_parked",
            topic=delivery.topic.name,
            reason=reason,
            subject=delivery.subject,
            offset=delivery.record.offset,
            error=rejection.error,
        )


def _repeats(delivery: Delivery) -> bool:
    try:
        return delivery.event().repeats
    except Malformed:
        return False


def _reason_of(error: Exception) -> str:
    if isinstance(error, ProcessLost):
        return error.reason
    if isinstance(error, UnknownSchool):
        return "unknown_school"
    return "timeout" if isinstance(error, TimeoutError) else "handler_failed"
