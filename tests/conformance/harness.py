"""One suite for every handler of every service: whatever the delivery, the state comes out the
same.

A service provides a Scenario; the runs below deliver its events in every bad way that at-least-once
allows.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection

from sebaya_chassis.base.health import Heartbeat
from sebaya_chassis.base.settings import ChassisSettings
from sebaya_chassis.consuming.delivery import Delivery, read_delivery
from sebaya_chassis.consuming.document_queues import by_document
from sebaya_chassis.consuming.group_membership import group_of
from sebaya_chassis.consuming.outcome import Outcome
from sebaya_chassis.outbox.producer import Producer
from sebaya_chassis.service.runtime import Runtime
from sebaya_contracts.envelope import Attributes, Sequence, encode
from sebaya_contracts.event import Event
from sebaya_contracts.topics import Topic, read_by

WRITES = (
    "insert_one",
    "insert_many",
    "update_one",
    "update_many",
    "delete_one",
    "delete_many",
    "find_one_and_update",
    "bulk_write",
)


@dataclass(frozen=True, slots=True)
class Sourced:
    """An event and where it comes from: `number` counts within `subject`, the source document."""

    topic: Topic
    subject: str
    number: int
    event: Event


@dataclass(frozen=True, slots=True)
class Scenario:
    """What a service brings: events in an order that could have happened, and a comparable picture
    of the state afterwards.
    """

    service: str
    events: Callable[[], list[Sourced]]
    compose: Callable[[dict[str, Any]], Runtime]
    summary: Callable[[Runtime], Awaitable[object]]


def attributes_of(sourced: Sourced) -> Attributes:
    return Attributes(
        event_id=f"{sourced.topic.name}-{sourced.subject}-{sourced.number}",
        source=f"/{sourced.topic.writer}",
        type=sourced.event.kind(),
        subject=sourced.subject,
        school_id=sourced.event.school_id,
        sequence=Sequence(1, sourced.number),
        time=datetime.now(UTC),
    )


def key_of(sourced: Sourced) -> bytes:
    return str(getattr(sourced.event, sourced.topic.key)).encode()


def record_of(sourced: Sourced, offset: int = 0) -> "ConsumerRecord[bytes, bytes]":
    value = encode(sourced.event)
    headers = attributes_of(sourced).headers()
    return ConsumerRecord(
        sourced.topic.name,
        0,
        offset,
        0,
        1,
        key_of(sourced),
        value,
        None,
        len(key_of(sourced)),
        len(value),
        headers,
    )


def delivery_of(sourced: Sourced, offset: int = 0) -> Delivery:
    return read_delivery(sourced.topic, record_of(sourced, offset), Heartbeat("toy", "test"))


Way = Callable[[Runtime, list[Sourced]], Awaitable[list[Outcome]]]


async def deliver(runtime: Runtime, events: Iterable[Sourced]) -> list[Outcome]:
    """Straight to the service's processor, on the real store."""
    assert runtime.record_processor is not None
    return [
        await runtime.record_processor.process(delivery_of(sourced, at))
        for at, sourced in enumerate(events)
    ]


async def deliver_together(runtime: Runtime, events: list[Sourced], size: int = 7) -> list[Outcome]:
    """As a consumer does: fetch by fetch, together what can be written together, and the rest
    alone.
    """
    outcomes: list[Outcome] = []
    for start in range(0, len(events), size):
        outcomes += await _fetched(runtime, events[start : start + size], start)
    return outcomes


async def _fetched(runtime: Runtime, events: list[Sourced], first: int) -> list[Outcome]:
    """A topic of the harness has one partition, so that an offset is a record."""
    assert runtime.bulk_applier is not None and runtime.record_processor is not None
    deliveries = [delivery_of(sourced, first + at) for at, sourced in enumerate(events)]
    done = {
        delivery.record.offset: outcome
        for delivery, outcome in await runtime.bulk_applier.apply(by_document(deliveries))
    }
    for delivery in deliveries:
        if delivery.record.offset not in done:
            done[delivery.record.offset] = await runtime.record_processor.process(delivery)
    return [done[delivery.record.offset] for delivery in deliveries]


@asynccontextmanager
async def prepared(scenario: Scenario, settings: dict[str, Any]) -> AsyncIterator[Runtime]:
    """A service with its store and no loops."""
    runtime = scenario.compose(settings)
    await runtime.prepare()
    try:
        yield runtime
    finally:
        await runtime.close()


def shuffled(events: list[Sourced], seed: int) -> list[Sourced]:
    """Any order that keeps each source document's own (schools first: an event ahead of its school
    waits, which is tested elsewhere).
    """
    chance = random.Random(seed)
    first = [sourced for sourced in events if sourced.topic.name.startswith("district")]
    queues: dict[tuple[str, str], list[Sourced]] = {}
    for sourced in events:
        if sourced not in first:
            queues.setdefault((sourced.topic.name, sourced.subject), []).append(sourced)
    mixed: list[Sourced] = []
    while queues:
        chosen = chance.choice(sorted(queues))
        mixed.append(queues[chosen].pop(0))
        if not queues[chosen]:
            del queues[chosen]
    return first + mixed


def with_stale_copies(events: list[Sourced]) -> list[Sourced]:
    """After each event, all earlier ones of its document again: what a relay that slept through its
    lease does.
    """
    seen: dict[tuple[str, str], list[Sourced]] = {}
    out: list[Sourced] = []
    for sourced in events:
        earlier = seen.setdefault((sourced.topic.name, sourced.subject), [])
        out += [sourced, *earlier]
        earlier.append(sourced)
    return out


class Killed(BaseException):
    """The process ends here. No `except Exception` may stop it."""


@contextmanager
def killed_at_write(number: int, *, after: bool) -> Iterator[None]:
    """The `number`-th write of what runs inside dies: before it reached the store, or after the
    store had it.
    """
    left = number
    originals = {(AsyncCollection, name): getattr(AsyncCollection, name) for name in WRITES}
    originals[AsyncClientSession, "commit_transaction"] = AsyncClientSession.commit_transaction

    def dying(original: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def write(*args: Any, **kwargs: Any) -> Any:
            nonlocal left
            left -= 1
            if left == 0 and not after:
                raise Killed
            result = await original(*args, **kwargs)
            if left == 0:
                raise Killed
            return result

        return write

    for (owner, name), original in originals.items():
        setattr(owner, name, dying(original))
    try:
        yield
    finally:
        for (owner, name), original in originals.items():
            setattr(owner, name, original)


async def deliver_with_crashes(
    runtime: Runtime, events: Iterable[Sourced], *, after: bool, way: Way = deliver, size: int = 1
) -> int:
    """Each fetch of `size` events dies at its first write, then at its second …, until it gets
    through. How many deaths that were.
    """
    deaths = 0
    waiting = list(events)
    for start in range(0, len(waiting), size):
        number = 1
        while True:
            try:
                with killed_at_write(number, after=after):
                    await way(runtime, waiting[start : start + size])
            except Killed:
                deaths += 1
                number += 1
            else:
                break
    return deaths


async def publish(settings: ChassisSettings, events: Iterable[Sourced]) -> None:
    producer = Producer(settings.kafka_bootstrap_servers, "test")
    try:
        for sourced in events:
            await producer.send(
                settings.topic(sourced.topic.name),
                key_of(sourced),
                encode(sourced.event),
                attributes_of(sourced).headers(),
            )
    finally:
        await producer.stop()


async def all_consumed(settings: ChassisSettings, service: str) -> bool:
    """Whether the group has committed up to the end of every topic it reads."""
    async with onlooker(settings, service) as consumer:
        partitions = [
            TopicPartition(settings.topic(topic.name), number)
            for topic in read_by(service)
            for number in range(topic.partitions)
        ]
        ends = await consumer.end_offsets(partitions)
        committed = await asyncio.gather(
            *(consumer.committed(partition) for partition in partitions)
        )
        return all(
            (at or 0) >= ends[partition]
            for partition, at in zip(partitions, committed, strict=True)
        )


@asynccontextmanager
async def onlooker(settings: ChassisSettings, service: str) -> AsyncIterator[AIOKafkaConsumer]:
    """Sees what a service's group has committed, and is no member of it."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.kafka_bootstrap_servers,
        group_id=settings.topic(group_of(service)),
        enable_auto_commit=False,
    )
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()
