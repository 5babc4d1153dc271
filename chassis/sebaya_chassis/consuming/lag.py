"""How far a consumer is behind, told at the moment somebody asks: a loop that is stuck must not
look as it did before.
"""

import time
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import chain

from aiokafka import AIOKafkaConsumer

from sebaya_chassis.base.metrics import (
    DEAD_LETTERS,
    LAG,
    LAG_SECONDS,
    PARTITIONS,
    PARTITIONS_EXPECTED,
    RECORDS,
    RETRIES,
)
from sebaya_chassis.consuming.dead_letters import REASONS
from sebaya_chassis.consuming.document_queues import Batch
from sebaya_chassis.consuming.outcome import Outcome
from sebaya_chassis.consuming.prefetch import Prefetch
from sebaya_chassis.consuming.schools_first import position
from sebaya_contracts.topics import Topic

CAUSES = ("away", "record", "batch")


class Lag:
    """The gauges of one consumer. `fetches` are those that are not done, oldest first, `ahead` what
    came behind; they change under it.
    """

    def __init__(
        self, service: str, topics: Mapping[str, Topic], fetches: Sequence[Batch], ahead: Prefetch
    ) -> None:
        self._service = service
        self._topics = topics
        self._open = fetches
        self._ahead = ahead
        # Since when the broker is known to have more of a topic than was ever fetched, by the
        # topic's name on this broker.
        self._behind: dict[str, float] = {}
        self.records = 0

    def begin(self) -> None:
        """What can be counted exists from the start: a rise from nothing is a rise that nobody
        sees.
        """
        for name, topic in self._topics.items():
            PARTITIONS_EXPECTED.labels(self._service, topic.name).set(topic.partitions)
            PARTITIONS.labels(self._service, topic.name).set(0)
            LAG_SECONDS.labels(self._service, topic.name).set_function(partial(self.seconds, name))
            for outcome in Outcome:
                RECORDS.labels(self._service, topic.name, outcome.value)
            for cause in CAUSES:
                RETRIES.labels(self._service, topic.name, cause)
            for reason in REASONS:
                DEAD_LETTERS.labels(self._service, topic.name, reason)

    def end(self) -> None:
        """It reads nothing any more, and a gauge that went on growing would say the opposite."""
        self.records = 0
        for topic in self._topics.values():
            LAG_SECONDS.labels(self._service, topic.name).set_function(float)
            PARTITIONS.labels(self._service, topic.name).set(0)

    def look(self, consumer: AIOKafkaConsumer) -> None:
        """What the broker is known to hold beyond what was fetched, and which partitions are ours."""
        behind, ours = dict.fromkeys(self._topics, 0), dict.fromkeys(self._topics, 0)
        for partition in consumer.assignment():
            ours[partition.topic] += 1
            behind[partition.topic] += max(
                0, (consumer.highwater(partition) or 0) - (position(consumer, partition) or 0)
            )
        self.records = sum(behind.values())
        for name, topic in self._topics.items():
            PARTITIONS.labels(self._service, topic.name).set(ours[name])
            LAG.labels(self._service, topic.name).set(behind[name])
            if not behind[name]:
                self._behind.pop(name, None)
            else:
                self._behind.setdefault(name, time.time())

    def fetched(self, names: set[str]) -> None:
        """It moves: what is open tells the age from here on."""
        for name in names:
            self._behind.pop(name, None)

    def longest(self) -> float:
        """Of all its topics."""
        return max((self.seconds(name) for name in self._topics), default=0.0)

    def seconds(self, name: str) -> float:
        """By the broker's time of the oldest record in hand; of what was never fetched, since we
        know of it.
        """
        now = time.time()
        in_hand = chain(self._ahead.oldest(), *(batch.oldest() for batch in self._open))
        waits: list[float] = [record.timestamp / 1000 for record in in_hand if record.topic == name]
        return max(0.0, now - min([now, *waits, *filter(None, [self._behind.get(name)])]))
