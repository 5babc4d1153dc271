"""Within a document one after another, documents side by side, and committed is exactly the
finished beginning.
"""

import asyncio
import gc
from typing import Any

import pytest
from aiokafka import ConsumerRecord, TopicPartition

from sebaya_chassis.base.health import Heartbeat
from sebaya_chassis.consuming.delivery import Delivery, read_delivery, subject_of
from sebaya_chassis.consuming.document_queues import (
    CancelledWork,
    FetchProgress,
    OnOwnFault,
    by_document,
    cancel_held,
    committable,
)
from sebaya_contracts.topics import CASES

ZERO, ONE = TopicPartition("t", 0), TopicPartition("t", 1)


def delivery(subject: str | None, offset: int, partition: int = 0, topic: str = "t") -> Delivery:
    headers: Any = [("ce_subject", subject.encode())] if subject is not None else []
    record = ConsumerRecord(topic, partition, offset, 0, 1, b"k", b"v", None, 1, 1, headers)
    return read_delivery(CASES, record, Heartbeat("toy", "test"))


def test_a_queue_is_one_document_of_one_topic_in_order() -> None:
    records = [
        delivery("a", 0),
        delivery("b", 1),
        delivery("a", 2),
        delivery("a", 0, topic="u"),
        delivery("b", 3),
    ]
    found = [[(d.record.topic, d.record.offset) for d in queue] for queue in by_document(records)]
    assert sorted(found) == [[("t", 0), ("t", 2)], [("t", 1), ("t", 3)], [("u", 0)]]


def test_records_without_a_document_hold_up_nobody() -> None:
    assert (
        len(by_document([delivery(None, 0), delivery(None, 1), delivery(None, 0, partition=1)]))
        == 3
    )
    assert subject_of(delivery(None, 7, partition=1).record) == b"1:7"


def fetch(*deliveries: Delivery) -> FetchProgress:
    by_partition: dict[TopicPartition, list[Delivery]] = {}
    for one in deliveries:
        by_partition.setdefault(one.partition, []).append(one)
    return FetchProgress(by_partition)


async def test_a_slow_document_holds_up_itself_alone() -> None:
    release = asyncio.Event()
    done: list[int] = []

    async def work(one: Delivery, _hold: OnOwnFault) -> None:
        if one.record.offset == 0:
            await release.wait()
        done.append(one.record.offset)
        if len(done) == 2:
            release.set()

    await fetch(delivery("a", 0), delivery("a", 1), delivery("b", 2), delivery("b", 3)).run_queues(
        work, 2
    )
    assert done == [2, 3, 0, 1]


async def test_records_that_are_done_leave_nothing_for_the_cycle_collector() -> None:
    """A collection stops everything for tens of milliseconds, an alert that has just come in
    too.
    """

    async def work(_one: Delivery, _hold: OnOwnFault) -> None:
        await asyncio.sleep(0)

    async def left(records: int) -> int:
        gc.collect()
        await fetch(*(delivery(f"d{number}", number) for number in range(records))).run_queues(
            work, 8
        )
        return gc.collect()

    gc.disable()
    try:
        few, many = await left(10), await left(200)
    finally:
        gc.enable()
    assert many <= few + 10


async def test_no_more_than_allowed_are_at_work_at_once() -> None:
    at_work = most = 0

    async def work(_one: Delivery, _hold: OnOwnFault) -> None:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        await asyncio.sleep(0)
        at_work -= 1

    await fetch(*(delivery(f"d{n}", n) for n in range(40))).run_queues(work, 4)
    assert most == 4


async def test_singly_is_one_after_another_in_the_order_of_the_fetch() -> None:
    done: list[tuple[int, int]] = []

    async def work(one: Delivery, _hold: OnOwnFault) -> None:
        await asyncio.sleep(0)
        done.append((one.record.partition, one.record.offset))

    one = fetch(delivery("a", 0), delivery("b", 1), delivery("c", 5, 1), delivery("a", 2))
    await one.run_singly(work, one.left())
    assert done == [(0, 0), (0, 1), (0, 2), (1, 5)]
    assert one.complete


@pytest.mark.parametrize(
    ("stuck", "committed"),
    [
        (set[int](), {ZERO: 14, ONE: 8}),
        ({10}, {ONE: 8}),
        ({12}, {ZERO: 12, ONE: 8}),
        ({13}, {ZERO: 13, ONE: 8}),
        ({7, 11}, {ZERO: 11}),
    ],
)
async def test_committed_is_the_finished_beginning_of_each_partition(
    stuck: set[int], committed: dict[TopicPartition, int]
) -> None:
    """What stands behind an unfinished record is done again, whatever it was: the marks make that
    harmless, a skip would lose it.
    """
    made = fetch(*(delivery(f"d{offset}", offset) for offset in range(10, 14)), delivery("e", 7, 1))
    others = asyncio.Semaphore(0)

    async def work(one: Delivery, _hold: OnOwnFault) -> None:
        if one.record.offset in stuck:
            await asyncio.Event().wait()
        others.release()

    running = asyncio.create_task(made.run_queues(work, 9))
    for _ in range(5 - len(stuck)):
        await others.acquire()
    await asyncio.sleep(0)
    assert made.committable() == committed
    running.cancel()
    await asyncio.wait({running})
    assert made.committable() == committed


async def test_gaps_in_the_offsets_are_no_unfinished_records() -> None:
    """A compacted topic or a transaction's marker leaves holes."""
    made = fetch(delivery("a", 3), delivery("b", 9))

    async def work(_one: Delivery, _hold: OnOwnFault) -> None:
        return

    await made.run_queues(work, 2)
    assert made.committable() == {ZERO: 10}


@pytest.mark.parametrize("singly", [True, False])
async def test_a_failure_ends_the_batch_and_is_not_committed(singly: bool) -> None:
    made = fetch(delivery("a", 0), delivery("a", 1), delivery("a", 2))

    async def work(one: Delivery, _hold: OnOwnFault) -> None:
        if one.record.offset == 1:
            raise RuntimeError("too many parked")

    with pytest.raises((RuntimeError, ExceptionGroup)):
        await (made.run_singly(work, made.left()) if singly else made.run_queues(work, 2))
    assert made.committable() == {ZERO: 1}


async def test_work_that_was_cancelled_from_within_is_a_failure() -> None:
    """A driver's future that was cancelled, say: the record is not done, and nobody would ever hear
    of it.
    """
    made, lost = (
        fetch(delivery("a", 0), delivery("b", 1)),
        asyncio.get_running_loop().create_future(),
    )
    lost.cancel()

    async def work(one: Delivery, _hold: OnOwnFault) -> None:
        if one.record.offset == 0:
            await lost

    with pytest.raises(ExceptionGroup) as failed:
        await made.run_queues(work, 2)
    assert failed.group_contains(CancelledWork)
    assert made.committable() == {}


async def test_a_record_that_fails_for_its_own_fault_holds_its_document_alone() -> None:
    """A record that fails again and again: the batch ends without it, what comes later for its
    document waits, all else is done.
    """
    mended = asyncio.Event()
    done: list[int] = []

    async def work(one: Delivery, hold: OnOwnFault) -> None:
        while one.record.offset == 0 and not mended.is_set():
            hold()
            await mended.wait()
        done.append(one.record.offset)

    first, second = (
        fetch(delivery("bad", 0), delivery("a", 1), delivery("bad", 2)),
        fetch(delivery("bad", 3), delivery("b", 4)),
    )
    await first.run_queues(work, 1)
    second.queue_behind([first])
    await second.run_queues(work, 1)
    assert (done, committable([first, second])) == ([1, 4], {})
    assert not first.complete
    mended.set()
    await asyncio.wait([queue.task for queue in first.held if queue.task is not None])
    assert (done, committable([first, second])) == ([1, 4, 0, 2, 3], {ZERO: 5})
    assert first.complete
    assert second.complete


async def test_no_more_documents_are_held_at_once_than_may_be() -> None:
    mended, tried = asyncio.Event(), asyncio.Semaphore(0)

    async def work(_one: Delivery, hold: OnOwnFault) -> None:
        hold()
        tried.release()
        await mended.wait()

    made = fetch(*(delivery(f"d{n}", n) for n in range(5)))
    made.may_hold = 2
    running = asyncio.create_task(made.run_queues(work, 5))
    for _ in range(5):
        await tried.acquire()
    await asyncio.wait({running}, timeout=0.05)
    assert len(made.held) == 2
    assert not running.done()
    mended.set()
    await running
    assert made.committable() == {ZERO: 5}


async def test_held_documents_of_a_lost_partition_are_given_up() -> None:
    async def work(one: Delivery, hold: OnOwnFault) -> None:
        hold()
        await asyncio.Event().wait()

    made = fetch(delivery("a", 0), delivery("b", 7, 1))
    await made.run_queues(work, 2)
    await cancel_held([made], {ZERO})
    assert [queue.partition for queue in made.held] == [ONE]
    await cancel_held([made], {ONE})
    assert made.committable() == {}
