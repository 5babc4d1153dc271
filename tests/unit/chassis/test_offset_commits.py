"""How far a reader may go ahead of what the broker was told."""

import asyncio
from typing import Any, cast

import pytest
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from sebaya_chassis.base.health import Heartbeat
from sebaya_chassis.consuming import offset_commits
from sebaya_chassis.consuming.delivery import read_delivery
from sebaya_chassis.consuming.document_queues import FetchProgress
from sebaya_chassis.consuming.offset_commits import OffsetCommits
from sebaya_contracts.topics import CASES

PARTITION = TopicPartition("t", 0)
FETCH = 10


class Broker:
    """Takes commits once it is let; as much of the library's consumer as is asked."""

    def __init__(self) -> None:
        self.asked, self.answers = asyncio.Event(), asyncio.Event()
        self.told: list[int] = []

    def assignment(self) -> set[TopicPartition]:
        return {PARTITION}

    async def commit(self, offsets: dict[TopicPartition, int]) -> None:
        self.asked.set()
        await self.answers.wait()
        self.told.append(offsets[PARTITION])


def done(first: int, count: int) -> FetchProgress:
    records: list[Any] = [
        ConsumerRecord("t", 0, first + at, 0, 1, None, b"", None, 0, 0, ()) for at in range(count)
    ]
    deliveries = [read_delivery(CASES, record, Heartbeat("toy", "test")) for record in records]
    fetch = FetchProgress({PARTITION: deliveries})
    for delivery in deliveries:
        fetch.mark_done(delivery)
    return fetch


async def test_with_more_than_a_fetch_untold_nothing_further_is_begun(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What a dead reader can have had in hand are two fetches: one that is being told, and the
    next.
    """
    monkeypatch.setattr(offset_commits, "EVERY_SECONDS", 3600.0)
    broker, fetches = Broker(), [done(0, 1)]
    consumer = cast(AIOKafkaConsumer, broker)
    broker.answers.set()
    made = OffsetCommits("toy", "g", fetches, FETCH)
    await made.start_if_due(consumer)
    await made.finish()
    broker.answers.clear()
    broker.asked.clear()
    fetches.append(done(1, FETCH - 1))
    await made.start_if_due(consumer)
    assert not made.under_way, "a small one waits for its time"
    fetches.append(done(FETCH, FETCH))
    waiting = asyncio.create_task(made.start_if_due(consumer))
    await broker.asked.wait()
    await asyncio.wait({waiting}, timeout=0.2)
    assert not waiting.done()
    broker.answers.set()
    await waiting
    assert (broker.told, fetches) == ([1, 2 * FETCH], [])


async def test_a_whole_fetch_is_told_while_the_next_is_at_work() -> None:
    broker, fetches = Broker(), [done(0, FETCH)]
    consumer = cast(AIOKafkaConsumer, broker)
    made = OffsetCommits("toy", "g", fetches, FETCH)
    await asyncio.wait_for(made.start_if_due(consumer), 10)
    assert made.under_way
    broker.answers.set()
    await made.finish()
    assert (broker.told, fetches) == ([FETCH], [])
