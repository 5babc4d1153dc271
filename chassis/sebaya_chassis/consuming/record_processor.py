"""One record: read the header, find the handler, apply, and say what became of it. Never raises for
a record's own fault.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sebaya_chassis.base.health import Heartbeat
from sebaya_chassis.base.logs import get_logger
from sebaya_chassis.base.metrics import RETRIES
from sebaya_chassis.base.problems import UnknownSchool
from sebaya_chassis.base.retry import backoff, is_transient, run_with_heartbeat
from sebaya_chassis.base.settings import ChassisSettings
from sebaya_chassis.base.tracing import continue_trace
from sebaya_chassis.consuming.bulk_apply import PlannedRecord, apply_in_bulk, take_leading_records
from sebaya_chassis.consuming.dead_letters import DeadLetters, Record, Replay, replay_of
from sebaya_chassis.consuming.document_queues import hold_document
from sebaya_chassis.consuming.handlers import Handlers
from sebaya_chassis.consuming.outcome import Outcome
from sebaya_chassis.storage.documents import OfAnotherSchool
from sebaya_chassis.storage.layout import AlreadyApplied, AppliedSequence
from sebaya_contracts.district import SchoolDefined
from sebaya_contracts.envelope import Attributes, Malformed, attributes, decode, type_of
from sebaya_contracts.event import Event
from sebaya_contracts.topics import Topic

log = get_logger()


class KnownSchools(Protocol):
    async def require(self, school_id: str) -> object: ...

    async def warm(self, school_ids: Iterable[str]) -> None: ...


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record that no handler can be given: why, and as much as its headers told."""

    reason: str
    subject: str
    school_id: str


OnParked = Callable[[Topic, Record, str, str], Awaitable[None]]
"""topic, record, school_id (may be empty), reason; awaited before the record is parked."""


async def nothing_more(_topic: Topic, _record: Record, _school_id: str, _reason: str) -> None:
    """For services where parking is all there is to do."""


@dataclass(slots=True)
class RecordProcessor:
    """Applies the records of one service."""

    service: str
    handlers: Handlers[Any]
    stores: Callable[[str], Any]
    schools: KnownSchools
    parked: DeadLetters
    settings: ChassisSettings
    on_parked: OnParked = nothing_more

    async def together(
        self, lanes: Iterable[tuple[Topic, Sequence[Record]]], blocked: set[str]
    ) -> list[tuple[Topic, Record, Outcome]]:
        """What of a fetch could be written at once, and what became of it; each lane is one source
        document's records in order.

        All else is for `apply`: what is skipped costs nothing there, and what is wrong with a
        record is its own affair.
        """
        read = [
            (topic, [(record, self._plannable(topic, record, blocked)) for record in records])
            for topic, records in lanes
        ]
        try:
            await self.schools.warm(
                {about.school_id for _, lane in read for _, about in lane if about is not None}
            )
            planned = await self._planned(read)
        except Exception as error:
            # The store is away for all of them: another question would wait as long as this one
            # did.
            if not is_transient(error):
                raise
            return []
        together = take_leading_records(planned)
        if not together:
            return []
        settled = await apply_in_bulk(self.service, together, self.settings.handler_timeout_seconds)
        return [(one.topic, one.record, outcome) for one, outcome in settled]

    async def _planned(
        self, read: Iterable[tuple[Topic, Sequence[tuple[Record, Attributes | None]]]]
    ) -> list[list[PlannedRecord]]:
        """Of each lane the beginning that can be written together. Raises what may heal."""
        doors: dict[str, Any] = {}
        planned: list[list[PlannedRecord]] = []
        for number, (topic, lane) in enumerate(read):
            planned.append([])
            for record, about in lane:
                one = (
                    await self._plan(topic, record, about, number, doors)
                    if about is not None
                    else None
                )
                if one is None:
                    break
                planned[-1].append(one)
        return planned

    def _plannable(self, topic: Topic, record: Record, blocked: set[str]) -> Attributes | None:
        """None for a record that must be applied alone, and says there why."""
        read = self._read(topic, record)
        if isinstance(read, Unreadable) or replay_of(record.headers) is not None:
            return None
        about, kind = read
        if self.handlers.planner(kind) is None or f"{topic.name}/{about.subject}" in blocked:
            return None
        return about

    async def _plan(
        self, topic: Topic, record: Record, about: Attributes, lane: int, doors: dict[str, Any]
    ) -> PlannedRecord | None:
        planner = self.handlers.planner(topic.types[about.type])
        if planner is None:
            return None
        try:
            event = decode(topic, about, record.value)
            if event.school_id not in doors:
                await self.schools.require(event.school_id)
                doors[event.school_id] = self.stores(event.school_id)
            step = await planner(event, doors[event.school_id])
        except Exception as error:
            if is_transient(error):
                raise
            return None  # it raises again where it is applied alone, and is retried or parked there
        return PlannedRecord(
            topic,
            record,
            about,
            AppliedSequence.of(topic.name, about.subject, about.sequence),
            step,
            lane,
        )

    async def apply(
        self, topic: Topic, record: Record, beat: Heartbeat, blocked: set[str]
    ) -> Outcome:
        """The record's end. `blocked` are the documents with dead letters, as `<topic>/<subject>`;
        parking adds to it.
        """
        replay = replay_of(record.headers)
        if replay is not None and replay.service != self.service:
            return Outcome.SKIPPED
        read = self._read(topic, record)
        if isinstance(read, Unreadable):
            return await self._give_up(topic, record, read, beat, blocked, replay)
        about, kind = read
        if self.handlers.of(kind) is None:
            return Outcome.SKIPPED
        if replay is None and await self._waits_behind(topic, about.subject, blocked):
            return await self._give_up(
                topic,
                record,
                Unreadable("behind_dead_letter", about.subject, about.school_id),
                beat,
                blocked,
                None,
            )
        return await self._until_settled(topic, record, about, beat, blocked, replay)

    def is_for_others(self, topic: Topic, record: Record) -> bool:
        """Of a type that this service has no handler for, and in good order: there is nothing to
        do, not even to wait.
        """
        kind = topic.types.get(type_of(record.headers))
        if kind is None or self.handlers.of(kind) is not None:
            return False
        return not isinstance(self._read(topic, record), Unreadable)

    def _read(self, topic: Topic, record: Record) -> tuple[Attributes, type[Event]] | Unreadable:
        """From the header alone: what is not for us costs no decoding."""
        try:
            about = attributes(record.headers)
        except Malformed as malformed:
            return Unreadable(malformed.reason, f"{record.partition}:{record.offset}", "")
        kind = topic.types.get(about.type)
        if kind is None:
            return Unreadable("unknown_type", about.subject, about.school_id)
        return about, kind

    async def _waits_behind(self, topic: Topic, subject: str, blocked: set[str]) -> bool:
        name = f"{topic.name}/{subject}"
        if name not in blocked:
            return False
        if await self.parked.queued_behind(topic, subject):
            return True
        blocked.discard(name)
        return False

    async def _until_settled(
        self,
        topic: Topic,
        record: Record,
        about: Attributes,
        beat: Heartbeat,
        blocked: set[str],
        replay: Replay | None,
    ) -> Outcome:
        """What may heal is tried for as long as it takes; what is wrong with this record, for
        `retry_seconds`.
        """
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + self.settings.retry_seconds
        attempt = 0
        while True:
            beat.turn()
            try:
                with continue_trace(about.traceparent, about.type):
                    outcome = await self._once(topic, record, about)
                if replay is not None:
                    await self.parked.settle(replay, outcome.value)
            except Malformed as malformed:
                return await self._give_up(
                    topic,
                    record,
                    Unreadable(malformed.reason, about.subject, about.school_id),
                    beat,
                    blocked,
                    replay,
                )
            except OfAnotherSchool:
                why = Unreadable("another_school", about.subject, about.school_id)
                return await self._give_up(topic, record, why, beat, blocked, replay)
            except Exception as error:  # noqa: BLE001 - every error ends here: retried, or parked with its name
                healing = is_transient(error)
                if not healing and loop.time() >= give_up_at:
                    why = Unreadable(_reason(error), about.subject, about.school_id)
                    return await self._give_up(
                        topic, record, why, beat, blocked, replay, type(error).__name__
                    )
                if not healing:
                    hold_document()
                await self._before_retry(topic, about, error, attempt, healing=healing)
                if healing:
                    give_up_at = loop.time() + self.settings.retry_seconds
                attempt += 1
            else:
                return outcome

    async def _once(self, topic: Topic, record: Record, about: Attributes) -> Outcome:
        event = decode(topic, about, record.value)
        if not isinstance(event, SchoolDefined):
            await self.schools.require(event.school_id)
        handler = self.handlers.of(type(event))
        if handler is None:
            return Outcome.SKIPPED
        mark = AppliedSequence.of(topic.name, about.subject, about.sequence)
        try:
            async with asyncio.timeout(self.settings.handler_timeout_seconds):
                await handler(event, mark, self.stores(event.school_id))
        except AlreadyApplied:
            return Outcome.IGNORED
        return Outcome.APPLIED

    async def _before_retry(
        self, topic: Topic, about: Attributes, error: Exception, attempt: int, *, healing: bool
    ) -> None:
        RETRIES.labels(self.service, topic.name, "away" if healing else "record").inc()
        if attempt == 0:
            log.warning(
                "record_retried",
                exc_info=error,
                topic=topic.name,
                subject=about.subject,
                school_id=about.school_id,
            )
        await asyncio.sleep(
            backoff(attempt, longest=min(2.0, max(0.05, self.settings.retry_seconds / 4)))
        )

    async def _give_up(
        self,
        topic: Topic,
        record: Record,
        why: Unreadable,
        beat: Heartbeat,
        blocked: set[str],
        replay: Replay | None,
        error: str = "",
    ) -> Outcome:
        """Park, for as long as it takes: a dead letter that could not be written must not be
        forgotten either.
        """
        attempt = 0
        while True:
            beat.turn()
            try:
                if replay is not None:
                    await self.parked.settle(replay, "failed", why.reason)
                    return Outcome.PARKED
                async with asyncio.timeout(self.settings.handler_timeout_seconds):
                    await self.on_parked(topic, record, why.school_id, why.reason)
                park = self.parked.park(
                    topic,
                    record,
                    subject=why.subject,
                    school_id=why.school_id,
                    reason=why.reason,
                    error=error,
                )
                name = await run_with_heartbeat(park, beat)
            except Exception as failure:
                if not (is_transient(failure) or isinstance(failure, TimeoutError)):
                    raise
                await asyncio.sleep(backoff(attempt))
                attempt += 1
            else:
                blocked.add(name)
                log.warning(
                    "record_parked",
                    topic=topic.name,
                    reason=why.reason,
                    subject=why.subject,
                    offset=record.offset,
                    error=error,
                )
                return Outcome.PARKED

    async def park_killer(
        self, topic: Topic, record: Record, beat: Heartbeat, blocked: set[str]
    ) -> Outcome:
        """A record inside whose handler the process died too often."""
        read = self._read(topic, record)
        why = (
            read
            if isinstance(read, Unreadable)
            else Unreadable("kills_process", read[0].subject, read[0].school_id)
        )
        return await self._give_up(topic, record, why, beat, blocked, replay_of(record.headers))


def _reason(error: Exception) -> str:
    if isinstance(error, UnknownSchool):
        return "unknown_school"
    return "timeout" if isinstance(error, TimeoutError) else "handler_failed"
