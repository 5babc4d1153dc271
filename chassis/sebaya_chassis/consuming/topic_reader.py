"""A whole topic, read once and outside of any group: for what is rebuilt or checked from it."""

from collections.abc import AsyncIterator

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from sebaya_chassis.base.kafka_access import OPEN, KafkaAccess


async def records_to_end(
    bootstrap: str, name: str, partitions: int, access: KafkaAccess = OPEN
) -> AsyncIterator["ConsumerRecord[bytes, bytes]"]:
    """Read a topic from its first record to where it ends now. Order is kept within a partition.

    Raises KafkaError.
    """
    every = [TopicPartition(name, number) for number in range(partitions)]
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        **access.arguments(),
    )
    try:
        await consumer.start()
        consumer.assign(every)
        ends = await consumer.end_offsets(every)
        await consumer.seek_to_beginning(*every)
        waiting = set(every)
        while waiting := {
            partition
            for partition in waiting
            if await consumer.position(partition) < ends[partition]
        }:
            for records in (await consumer.getmany(*waiting, timeout_ms=500)).values():
                for record in records:
                    yield record
    finally:
        await consumer.stop()
