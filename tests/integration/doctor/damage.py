"""One thing broken at a time: a document of a store, put back afterwards, or a topic in which some
records are not as they were.
"""

import secrets
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from integration.doctor.healthy import District
from sebaya_chassis.storage.database import connect
from sebaya_cli.installation import Installation
from sebaya_cli.topic_events import TopicEvent, read
from sebaya_contracts.envelope import encode
from sebaya_contracts.event import Event
from sebaya_contracts.topics import Topic

Document = dict[str, Any]
Change = Callable[[TopicEvent], Iterable[TopicEvent]]


@asynccontextmanager
async def broken(
    district: District, service: str, collection: str, wanted: Document, change: Document | None
) -> AsyncIterator[Document]:
    """The one document that fits, changed (None: gone) inside, and as it was again outside."""
    client = connect(district.where.mongodb_uri)
    rows = client[district.where.database(service)][collection]
    try:
        before = await rows.find_one(wanted, sort=[("_id", -1)])
        assert before, f"{service} has no such {collection}: {wanted}"
        await (
            rows.delete_one({"_id": before["_id"]})
            if change is None
            else rows.update_one({"_id": before["_id"]}, change)
        )
        try:
            yield before
        finally:
            await rows.replace_one({"_id": before["_id"]}, before, upsert=True)
    finally:
        await client.close()


@asynccontextmanager
async def added(
    district: District, service: str, collection: str, like: Document | None, change: Document
) -> AsyncIterator[Document]:
    """One more document, a changed copy of one that is there or a new one; gone again outside."""
    client = connect(district.where.mongodb_uri)
    rows = client[district.where.database(service)][collection]
    try:
        before = await rows.find_one(like) if like else {}
        new = with_changes(before or {}, change)
        await rows.insert_one(new)
        try:
            yield new
        finally:
            await rows.delete_one({"_id": new["_id"]})
    finally:
        await client.close()


def with_changes(before: Document, change: Document) -> Document:
    """`change` names fields by their paths."""
    new: Document = {
        name: dict(value) if isinstance(value, dict) else value for name, value in before.items()
    }
    for path, value in change.items():
        *way, last = path.split(".")
        place = new
        for name in way:
            place = place[name]
        place[last] = value
    return new


class Rewritten(Installation):
    """The same installation, one of whose topics is another."""

    __slots__ = ("other", "plain")

    def topic(self, name: str) -> str:
        return self.other if name == self.plain else f"{self.topic_prefix}{name}"


@asynccontextmanager
async def rewritten(
    district: District, topic: Topic, change: Change
) -> AsyncIterator[Installation]:
    """The installation with a copy of one topic: `change` says what becomes of each record. The
    broker's times are kept.
    """
    here = district.where
    where = Rewritten(here.mongodb_uri, here.kafka, here.database_prefix, here.topic_prefix)
    object.__setattr__(where, "plain", topic.name)
    object.__setattr__(
        where, "other", f"{here.topic_prefix}copy-{secrets.token_hex(3)}-of-{topic.name}"
    )
    admin = AIOKafkaAdminClient(bootstrap_servers=here.kafka)
    await admin.start()
    try:
        await admin.create_topics(
            [
                NewTopic(
                    where.topic(topic.name), num_partitions=topic.partitions, replication_factor=1
                )
            ]
        )
        await _copy(here, where, topic, change)
        yield where
    finally:
        await admin.delete_topics([where.topic(topic.name)])
        await admin.close()


async def _copy(here: Installation, there: Installation, topic: Topic, change: Change) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=here.kafka)
    await producer.start()
    try:
        async for seen in read(here, topic):
            for one in change(seen):
                key = str(getattr(one.event, topic.key)).encode()
                moment = int(one.at.timestamp() * 1000)
                await producer.send_and_wait(
                    there.topic(topic.name),
                    encode(one.event),
                    key=key,
                    headers=one.about.headers(),
                    timestamp_ms=moment,
                )
    finally:
        await producer.stop()


def without(fits: Callable[[Event], bool]) -> Change:
    return lambda seen: [] if fits(seen.event) else [seen]


def changing(fits: Callable[[Event], bool], change: Callable[[Any], Event]) -> Change:
    return lambda seen: [replace(seen, event=change(seen.event))] if fits(seen.event) else [seen]


def later(fits: Callable[[Event], bool], moment: datetime) -> Change:
    """As if the broker had it only then."""
    return lambda seen: [replace(seen, at=moment)] if fits(seen.event) else [seen]


def followed_by(fits: Callable[[Event], bool], more: Callable[[Any], Event]) -> Change:
    """One more event of the same document after those that fit."""

    def change(seen: TopicEvent) -> Iterable[TopicEvent]:
        if not fits(seen.event):
            return [seen]
        number = seen.about.sequence._replace(number=seen.about.sequence.number + 1)
        about = msgspec.structs.replace(
            seen.about, sequence=number, event_id=f"{seen.about.event_id}-more"
        )
        return [
            seen,
            replace(
                seen,
                event=more(seen.event),
                about=about,
            ),
        ]

    return change
