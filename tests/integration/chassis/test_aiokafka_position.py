"""What is read of aiokafka's private state says what the library's own, slower words say."""

from collections.abc import AsyncIterator

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from sebaya_chassis.consuming.aiokafka_position import is_read_to_end, next_offset
from sebaya_chassis.outbox.producer import Producer
from sebaya_chassis.outbox.topics import make_topics
from sebaya_contracts.topics import CASES
from servers import Servers
from support import eventually


@pytest.fixture
async def partition(servers: Servers, prefix: str) -> TopicPartition:
    """Of a topic with three records, all in this one."""
    name = f"{prefix}.{CASES.name}"
    await make_topics(servers.kafka, [(name, CASES)], 1)
    producer = Producer(servers.kafka, "test")
    sent = [await producer.send(name, b"s1", b"{}", []) for _ in range(3)]
    await producer.stop()
    return TopicPartition(name, sent[0][0])


@pytest.fixture
async def client(servers: Servers) -> AsyncIterator[AIOKafkaConsumer]:
    made = AIOKafkaConsumer(
        bootstrap_servers=servers.kafka, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    await made.start()
    yield made
    await made.stop()


async def test_a_position_is_the_next_record_that_is_fetched(
    client: AIOKafkaConsumer, partition: TopicPartition
) -> None:
    client.assign([partition])
    assert await client.position(partition) == next_offset(client, partition) == 0
    await client.getmany(partition, timeout_ms=10_000, max_records=2)
    assert next_offset(client, partition) == await client.position(partition) == 2
    assert not is_read_to_end(client, partition)
    await client.getmany(partition, timeout_ms=10_000)
    assert next_offset(client, partition) == await client.position(partition) == 3
    assert is_read_to_end(client, partition)


async def test_the_end_moves_on_with_what_is_written(
    servers: Servers, client: AIOKafkaConsumer, partition: TopicPartition
) -> None:
    client.assign([partition])
    await client.getmany(partition, timeout_ms=10_000)
    producer = Producer(servers.kafka, "test")
    await producer.send(partition.topic, b"s1", b"{}", [])
    await producer.stop()

    async def learned() -> bool:
        await client.getmany(partition, timeout_ms=100)
        return next_offset(client, partition) == 4

    await eventually(learned)
    assert is_read_to_end(client, partition)


async def test_what_is_not_known_is_none(
    client: AIOKafkaConsumer, partition: TopicPartition
) -> None:
    """Before anything is assigned, for a partition of another reader, and after it went there."""
    assert next_offset(client, partition) is None
    client.assign([partition])
    other = TopicPartition(partition.topic, (partition.partition + 1) % CASES.partitions)
    assert next_offset(client, other) is None
    client.assign([other])
    assert next_offset(client, partition) is None
    assert not is_read_to_end(client, partition)
