"""One contender as a process of its own: `evaluation_worker NAME MONGODB KAFKA CORNER EVENTS
[--no-end] [--profile FILE]`.

All three are timed by the same clock: from the first fetch that brought something to the commit
after which all is committed.
"""

import argparse
import asyncio
import cProfile
import json
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import uvloop
from aiokafka import AIOKafkaConsumer, TopicPartition
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.middlewares import AckPolicy
from pymongo import IndexModel, UpdateOne

from sebaya_chassis.base.gc_tuning import tune_gc
from sebaya_chassis.base.settings import Environment
from sebaya_chassis.consuming.delivery import Record
from sebaya_chassis.service.store_setup import DOCUMENT_INDEXES
from sebaya_chassis.storage.database import Database, connect, open_database
from sebaya_contracts.envelope import attributes, decode
from sebaya_contracts.topics import Topic, read_by
from sebaya_evaluation.collections import FACTS, INDEXES
from sebaya_evaluation.main import compose
from sebaya_evaluation.settings import Settings

BATCH = 500
TOPICS = {topic.name: topic for topic in read_by("evaluation")}


@dataclass
class Clock:
    """Watches the consumer of whoever is measured."""

    events: int
    over: asyncio.Event = field(default_factory=asyncio.Event)
    began: float = 0.0
    ended: float = 0.0
    fetches: int = 0
    commits: int = 0
    taken: dict[TopicPartition, int] = field(default_factory=dict)

    def took(self, records: list[Record]) -> None:
        """Schools come first and are not counted."""
        counted = [record for record in records if "district" not in record.topic]
        if not counted:
            return
        self.began = self.began or time.monotonic()
        self.fetches += 1
        for record in counted:
            self.taken[TopicPartition(record.topic, record.partition)] = record.offset + 1

    def committed(self) -> None:
        self.commits += 1 if self.began else 0
        self.ended = time.monotonic()
        if sum(self.taken.values()) >= self.events:
            self.over.set()

    def told(self) -> dict[str, float]:
        return {
            "events_per_second": self.events / (self.ended - self.began),
            "records_a_getmany": self.events / self.fetches,
            "commits_a_getmany": self.commits / self.fetches,
        }


def watched(clock: Clock) -> None:
    """The same few lines around every contender's calls of aiokafka."""
    many, one, commit = AIOKafkaConsumer.getmany, AIOKafkaConsumer.getone, AIOKafkaConsumer.commit

    async def getmany(self: AIOKafkaConsumer, *args: Any, **kwargs: Any) -> Any:
        found = await many(self, *args, **kwargs)
        clock.took([record for records in found.values() for record in records])
        return found

    async def getone(self: AIOKafkaConsumer, *args: Any, **kwargs: Any) -> Any:
        found = await one(self, *args, **kwargs)
        clock.took([found])
        return found

    async def committing(self: AIOKafkaConsumer, *args: Any, **kwargs: Any) -> None:
        await commit(self, *args, **kwargs)
        clock.committed()

    AIOKafkaConsumer.getmany, AIOKafkaConsumer.getone, AIOKafkaConsumer.commit = (
        getmany,
        getone,
        committing,
    )


@dataclass(frozen=True, slots=True)
class Given:
    mongodb_uri: str
    kafka: str
    corner: str

    def topic(self, name: str) -> Topic:
        return TOPICS[name.removeprefix(f"{self.corner}.")]

    @property
    def names(self) -> list[str]:
        return [f"{self.corner}.{name}" for name in TOPICS if not name.startswith("district")]

    @property
    def settings(self) -> Settings:
        return Settings(
            environment=Environment.LOCAL,
            mongodb_uri=self.mongodb_uri,
            kafka_bootstrap_servers=self.kafka,
            database_prefix=self.corner,
            topic_prefix=f"{self.corner}.",
            topic_replicas=1,
            secret_key="a secret of the bench, and of nothing else",
            oidc_issuer="http://issuer.test",
            batch_records=BATCH,
            session_timeout_ms=3000,
        )


async def indexed(given: Given) -> Database:
    """The same store for all: evaluation's own database with its indexes."""
    db = open_database(connect(given.mongodb_uri), f"{given.corner}_evaluation")
    models: list[IndexModel] = [*DOCUMENT_INDEXES, *INDEXES[FACTS.collection]]
    await db[FACTS.collection].create_indexes(models)
    return db


def effect(topic: Topic, record: Record) -> UpdateOne:
    """What one who makes no promises writes: the event's fields into its case, and how many there
    have been.
    """
    about = attributes(record.headers)
    event: Any = decode(topic, about, record.value)
    return UpdateOne(
        {"_id": event.case_id, "school_id": event.school_id},
        {
            "$set": {f"state.{name}": getattr(event, name) for name in _fields(type(event))},
            "$inc": {"version": 1},
        },
        upsert=True,
    )


def _fields(kind: Any) -> list[str]:
    return [
        name
        for name in kind.__struct_fields__
        if name.endswith("_at") or name in ("topic", "door", "match_id", "supporter_id")
    ]


async def bare(given: Given, over: asyncio.Event) -> None:
    db = await indexed(given)
    consumer = AIOKafkaConsumer(
        *given.names,
        bootstrap_servers=given.kafka,
        group_id=f"{given.corner}.bare",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        session_timeout_ms=3000,
    )
    await consumer.start()
    while not over.is_set():
        found = await consumer.getmany(timeout_ms=500, max_records=BATCH)
        if found:
            writes = [
                effect(given.topic(record.topic), record)
                for records in found.values()
                for record in records
            ]
            await db[FACTS.collection].bulk_write(writes, ordered=False)
            await consumer.commit(
                {partition: records[-1].offset + 1 for partition, records in found.items()}
            )
    await consumer.stop()


async def faststream(given: Given, over: asyncio.Event) -> None:
    db = await indexed(given)
    broker = KafkaBroker(given.kafka, logger=None)

    @broker.subscriber(
        *given.names,
        group_id=f"{given.corner}.faststream",
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.ACK,
        session_timeout_ms=3000,
    )
    async def store(_body: Any, message: KafkaMessage) -> None:
        record: Any = message.raw_message
        await db[FACTS.collection].bulk_write(
            [effect(given.topic(record.topic), record)], ordered=False
        )

    await broker.start()
    await over.wait()
    await broker.stop()


async def ours(given: Given, over: asyncio.Event) -> None:
    """The service as it is, but for the recount of roll-ups, which is no part of storing an
    event.
    """
    runtime = compose(given.settings).runtime
    runtime.without_loops()
    tune_gc()  # as sebaya_chassis.service.runtime.serve does it
    async with runtime.lifespan(None):  # type: ignore[arg-type]
        await over.wait()


WORKERS: dict[str, Callable[[Given, asyncio.Event], Awaitable[None]]] = {
    "ours": ours,
    "bare": bare,
    "faststream": faststream,
}


async def work(worker: str, given: Given, events: int, *, ends: bool) -> dict[str, float]:
    clock = Clock(events)
    watched(clock)
    await WORKERS[worker](given, clock.over if ends else asyncio.Event())
    return clock.told()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("worker", choices=WORKERS)
    for name in ("mongodb_uri", "kafka", "corner"):
        parser.add_argument(name)
    parser.add_argument("events", type=int)
    parser.add_argument("--no-end", action="store_true")
    parser.add_argument("--profile")
    args = parser.parse_args()
    logging.disable(logging.WARNING)
    given = Given(args.mongodb_uri, args.kafka, args.corner)
    running = work(args.worker, given, args.events, ends=not args.no_end)
    if args.profile:
        with cProfile.Profile() as profile:
            told = asyncio.run(running)
        profile.dump_stats(args.profile)
    else:
        told = uvloop.run(running)
    print(json.dumps(told))


if __name__ == "__main__":
    main()
