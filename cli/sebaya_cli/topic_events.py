"""A topic read from its beginning to where it ends now, as any program outside the services can."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from aiokafka import AIOKafkaConsumer, TopicPartition

from sebaya_chassis.consuming.topic_reader import records_to_end
from sebaya_cli.installation import Installation
from sebaya_contracts.envelope import Attributes, Malformed, attributes, decode
from sebaya_contracts.event import Event
from sebaya_contracts.topics import Topic


@dataclass(frozen=True, slots=True)
class TopicEvent:
    """One readable record.

    `at` is the broker's time of appending, `position` its `partition:offset`.
    """

    about: Attributes
    event: Event
    at: datetime
    position: str = ""


async def read(where: Installation, topic: Topic) -> AsyncIterator[TopicEvent]:
    """Read every event, partition by partition; the same one may come more than once.

    What cannot be read is a service's dead letter, not ours.
    """
    async for record in records_to_end(
        where.kafka, where.topic(topic.name), topic.partitions, where.access
    ):
        try:
            about = attributes(record.headers)
            event = decode(topic, about, record.value)
        except Malformed:
            continue
        yield TopicEvent(
            about,
            event,
            datetime.fromtimestamp(record.timestamp / 1000, UTC),
            f"{record.partition}:{record.offset}",
        )


@dataclass(frozen=True, slots=True)
class TopicState:
    """Of some topics: those the broker does not have, and those that no longer hold everything
    since their creation.
    """

    missing: tuple[str, ...]
    trimmed: frozenset[str]


async def topic_state(where: Installation, topics: Sequence[Topic]) -> TopicState:
    """Describe topics before they are read: to read one that is not there would wait for it."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=where.kafka, enable_auto_commit=False, **where.access.arguments()
    )
    try:
        await consumer.start()
        there = await consumer.topics()
        here = [topic for topic in topics if where.topic(topic.name) in there]
        partitions = [
            TopicPartition(where.topic(topic.name), number)
            for topic in here
            for number in range(topic.partitions)
        ]
        begins = await consumer.beginning_offsets(partitions)
    finally:
        await consumer.stop()
    cut = {partition.topic for partition, offset in begins.items() if offset}
    return TopicState(
        missing=tuple(where.topic(topic.name) for topic in topics if topic not in here),
        trimmed=frozenset(topic.name for topic in here if where.topic(topic.name) in cut),
    )


async def distinct_events(where: Installation, topic: Topic) -> list[TopicEvent]:
    """List each event once, in the order of its source documents' sequences."""
    found = {seen.about.event_id: seen async for seen in read(where, topic)}
    return sorted(found.values(), key=lambda seen: (seen.about.subject, seen.about.sequence))
