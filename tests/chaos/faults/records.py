"""Faults of delivery: records that come again, in another order, or that nobody can read. The topic
is the target.
"""

import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from msgspec.structs import replace

from chaos.faults.base import Fault
from sebaya_chassis.base.ids import new_id
from sebaya_cli.doctor import ForgedRecord
from sebaya_contracts.envelope import Attributes, Sequence, attributes
from sebaya_contracts.escalation import AlertRaised, MessageScreened
from sebaya_contracts.event import Event
from sebaya_contracts.intake import CaseWithdrawn
from sebaya_contracts.matching import MatchOffered, SupporterProfiled
from sebaya_contracts.topics import ALERTS, CASES, MATCHES, SUPPORTERS, TOPICS, VERDICTS, Topic

BY_NAME = {topic.name: topic for topic in TOPICS}
# Types that every reader of the topic handles: what they cannot read, each of them has to park.
HANDLED: dict[Topic, type[Event]] = {
    CASES: CaseWithdrawn,
    VERDICTS: MessageScreened,
    ALERTS: AlertRaised,
    MATCHES: MatchOffered,
    SUPPORTERS: SupporterProfiled,
}
# Readers that make nothing of that type: they want others of the topic.
PASSED_OVER = {MATCHES: {"escalation"}}
SORTS = ("bad JSON", "schema break", "unknown type", "foreign school")
NOWHERE = "school-of-nobody"
# Among so many of the last records of a partition one is looked for that can be sent again as
# another school's.
SEARCHED = 100


class _Records(Fault):
    @property
    def topic(self) -> Topic:
        return BY_NAME[self.order.target]

    @property
    def parts(self) -> list[str]:
        return ["kafka"]  # records are sent while it is there

    @property
    def chance(self) -> random.Random:
        return random.Random(self.order.options["seed"])

    @asynccontextmanager
    async def producer(self) -> AsyncIterator[AIOKafkaProducer]:
        producer = AIOKafkaProducer(bootstrap_servers=self.field.where.kafka, acks="all")
        try:
            await producer.start()
            yield producer
        finally:
            await producer.stop()

    async def last(self, number: int) -> list[ConsumerRecord]:
        """The last records of one partition, whichever has some, beginning at a random one."""
        name = self.field.where.topic(self.topic.name)
        partitions = [TopicPartition(name, partition) for partition in range(self.topic.partitions)]
        self.chance.shuffle(partitions)
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.field.where.kafka, enable_auto_commit=False
        )
        try:
            await consumer.start()
            ends = await consumer.end_offsets(partitions)
            partition = max(partitions, key=lambda one: min(number, ends[one]))
            return await _tail(consumer, partition, ends[partition], number)
        finally:
            await consumer.stop()


async def _tail(
    consumer: AIOKafkaConsumer, partition: TopicPartition, end: int, number: int
) -> list[ConsumerRecord]:
    consumer.assign([partition])
    begin = max(0, end - number)
    consumer.seek(partition, begin)
    records: list[ConsumerRecord] = []
    while begin + len(records) < end:
        records += (await consumer.getmany(partition, timeout_ms=500)).get(partition, [])
    return records[: end - begin]


class Again(_Records):
    """Exact copies of the last records, as a relay sends them that was frozen past its lease."""

    async def inject(self) -> None:
        await self._send(await self.last(self.order.options["number"]))

    async def _send(self, records: list[ConsumerRecord]) -> None:
        self.happened = bool(records)
        self.detail = f"{len(records)} records"
        async with self.producer() as producer:
            for one in records:
                await producer.send_and_wait(
                    one.topic,
                    value=one.value,
                    key=one.key,
                    headers=list(one.headers),
                    partition=one.partition,
                )


class OutOfOrder(Again):
    """The same from the newest back to the oldest: e1, e2, e2, e1."""

    async def inject(self) -> None:
        await self._send((await self.last(self.order.options["number"]))[::-1])


class PoisonFlood(_Records):
    """Records that nobody can apply, among those that everybody waits for. What was sent is kept
    for the checker.
    """

    async def inject(self) -> None:
        sort = self.order.options["sort"]
        sample = (
            handled_by_all(self.topic, await self.last(SEARCHED))[-1:]
            if sort == "foreign school"
            else []
        )
        if sort == "foreign school" and not sample:
            self.happened = False
            return
        self.detail = f"{self.order.options['number']} x {sort}"
        async with self.producer() as producer:
            for _ in range(self.order.options["number"]):
                await self._poison(producer, sort, sample)

    async def _poison(
        self, producer: AIOKafkaProducer, sort: str, sample: list[ConsumerRecord]
    ) -> None:
        about, value = self._forged(sort, sample)
        sent = await producer.send_and_wait(
            self.field.where.topic(self.topic.name),
            value=value,
            key=self._key(),
            headers=about.headers(),
        )
        parked_by = () if sort == "unknown type" else readers_of(self.topic)
        self.field.poison.append(
            ForgedRecord(self.topic.name, sent.partition, sent.offset, parked_by)
        )

    def _key(self) -> bytes:
        return self.chance.choice(self.field.district).school_id.encode()

    def _forged(self, sort: str, sample: list[ConsumerRecord]) -> tuple[Attributes, bytes]:
        if sort == "foreign school":
            about = replace(
                attributes(sample[0].headers),
                school_id=NOWHERE,
                subject=new_id(),
                event_id=new_id(),
            )
            return about, _moved(sample[0].value)
        kind = "nobody.knows.this" if sort == "unknown type" else HANDLED[self.topic].kind()
        return self._attributes(
            kind
        ), b"{not JSON" if sort == "bad JSON" else f'{{"type": "{kind}"}}'.encode()

    def _attributes(self, kind: str) -> Attributes:
        school: Any = self.chance.choice(self.field.district)
        return Attributes(
            new_id(), "/forged", kind, new_id(), school.school_id, Sequence(1, 1), datetime.now(UTC)
        )


def readers_of(topic: Topic) -> tuple[str, ...]:
    """Those that would have applied the type that is forged."""
    return tuple(name for name in topic.readers if name not in PASSED_OVER.get(topic, ()))


def handled_by_all(topic: Topic, records: list[ConsumerRecord]) -> list[ConsumerRecord]:
    """Of another type a reader may make nothing at all, whatever school it names: it parks what it
    would have applied.
    """
    return [
        record for record in records if attributes(record.headers).type == HANDLED[topic].kind()
    ]


def _moved(value: bytes) -> bytes:
    """The data as it was, but of another school."""
    return json.dumps(json.loads(value) | {"school_id": NOWHERE}).encode()


__all__ = ["HANDLED", "SORTS", "Again", "OutOfOrder", "PoisonFlood"]
