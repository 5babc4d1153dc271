"""How old what waits is: by what is in hand, and by what the broker is known to have beyond it."""

import time
from dataclasses import dataclass, field

import pytest
from aiokafka import ConsumerRecord, TopicPartition

from sebaya_chassis.base.health import Heartbeat
from sebaya_chassis.consuming import lag
from sebaya_chassis.consuming.delivery import Delivery, read_delivery
from sebaya_chassis.consuming.document_queues import FetchProgress
from sebaya_chassis.consuming.lag import Lag
from sebaya_chassis.consuming.prefetch import Prefetch
from sebaya_contracts.topics import CASES

NAME = CASES.name
PARTITION = TopicPartition(NAME, 0)


@dataclass
class Broker:
    """As much of aiokafka's consumer as is asked."""

    end: int = 0
    read: int = 0
    ours: set[TopicPartition] = field(default_factory=lambda: {PARTITION})

    def assignment(self) -> set[TopicPartition]:
        return self.ours

    def highwater(self, _partition: TopicPartition) -> int:
        return self.end


@pytest.fixture(autouse=True)
def position(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lag, "next_offset", lambda consumer, _partition: consumer.read)


def record(offset: int, age: float) -> "ConsumerRecord[bytes, bytes]":
    stamp = int((time.time() - age) * 1000)
    return ConsumerRecord(NAME, 0, offset, stamp, 1, None, b"", 0, 0, 0, [])


def delivery(offset: int, age: float) -> Delivery:
    return read_delivery(CASES, record(offset, age), Heartbeat("toy", "test"))


def test_the_oldest_that_is_not_done_counts_whatever_is_done_behind_it() -> None:
    first, second = delivery(0, age=100), delivery(1, age=50)
    fetch = FetchProgress({PARTITION: [first, second]})
    ages = Lag("toy", {NAME: CASES}, [fetch], Prefetch(9))
    fetch.mark_done(second)
    assert ages.seconds(NAME) == pytest.approx(100, abs=2)
    fetch.mark_done(first)
    assert ages.seconds(NAME) == 0


def test_of_several_fetches_the_oldest_counts() -> None:
    ages = Lag(
        "toy",
        {NAME: CASES},
        [
            FetchProgress({PARTITION: [delivery(0, age=30)]}),
            FetchProgress({PARTITION: [delivery(1, age=10)]}),
        ],
        Prefetch(9),
    )
    assert ages.seconds(NAME) == pytest.approx(30, abs=2)
    assert ages.seconds("another topic") == 0


def test_what_was_read_ahead_ages_though_another_topic_is_at_work() -> None:
    ahead = Prefetch(9)
    ages = Lag("toy", {NAME: CASES}, [], ahead)
    ahead.add({PARTITION: [record(0, age=40), record(1, age=20)]})
    assert ages.seconds(NAME) == pytest.approx(40, abs=2)
    ahead.take_all()
    assert ages.seconds(NAME) == 0


def test_what_was_never_fetched_ages_from_when_it_is_known_until_something_is_fetched_or_all_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = time.time()
    monkeypatch.setattr(lag.time, "time", lambda: now)
    broker, ages = Broker(end=7, read=3), Lag("toy", {NAME: CASES}, [], Prefetch(9))
    ages.measure(broker)
    now += 60
    ages.measure(broker)
    assert ages.seconds(NAME) == 60
    ages.note_fetched({NAME})
    assert ages.seconds(NAME) == 0
    ages.measure(broker)
    now += 5
    assert ages.seconds(NAME) == 5
    broker.read = 7
    ages.measure(broker)
    assert ages.seconds(NAME) == 0
