"""The newest records of topics, read outside of any group's work: for what is compared with
them.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from sebaya_chassis.base.kafka_access import OPEN, KafkaAccess


@dataclass(frozen=True, slots=True)
class TopicTails:
    """Reads where topics end; they are given by name, each with the number of its partitions."""

    _consumer: AIOKafkaConsumer

    async def read(
        self, topics: Mapping[str, int], most: int
    ) -> list["ConsumerRecord[bytes, bytes]"]:
        """Read the last records of each partition, `most` of each at most, in their order.

        A topic that is not there has none. Raises KafkaError.
        """
        every = await self._partitions(topics)
        if not every:
            return []
        begins = await self._consumer.beginning_offsets(every)
        ends = await self._consumer.end_offsets(every)
        starts = {one: max(begins[one], ends[one] - most) for one in every}
        waiting = {one for one in every if starts[one] < ends[one]}
        if not waiting:
            return []
        self._consumer.assign(list(waiting))
        for one in waiting:
            self._consumer.seek(one, starts[one])
        return await self._read_to(ends, waiting)

    async def _read_to(
        self, ends: Mapping[TopicPartition, int], waiting: set[TopicPartition]
    ) -> list["ConsumerRecord[bytes, bytes]"]:
        found: list[ConsumerRecord[bytes, bytes]] = []
        while waiting := {one for one in waiting if await self._consumer.position(one) < ends[one]}:
            for records in (await self._consumer.getmany(*waiting, timeout_ms=200)).values():
                found += records
        return found

    async def _partitions(self, topics: Mapping[str, int]) -> list[TopicPartition]:
        there = await self._consumer.topics()
        every = [
            TopicPartition(name, number)
            for name, partitions in topics.items()
            if name in there
            for number in range(partitions)
        ]
        if every:
            self._consumer.assign(every)
        return every


@asynccontextmanager
async def open_tails(bootstrap: str, access: KafkaAccess = OPEN) -> AsyncIterator[TopicTails]:
    """Open a reader of tails, of no group. Raises KafkaError."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        **access.arguments(),
    )
    try:
        await consumer.start()
        yield TopicTails(consumer)
    finally:
        await consumer.stop()


async def read_committed(
    bootstrap: str, group: str, access: KafkaAccess = OPEN
) -> dict[tuple[str, int], int]:
    """Read how far a group has committed, by topic and partition. Raises KafkaError.

    A topic that was deleted takes the offsets of its groups with it.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, **access.arguments())
    try:
        await admin.start()
        found = await admin.list_consumer_group_offsets(group)
    finally:
        await admin.close()
    return {(one.topic, one.partition): int(at.offset) for one, at in found.items()}
