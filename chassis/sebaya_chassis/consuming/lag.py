"""How far a consumer is behind, measured at the moment of asking: a loop that is stuck must not
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
from sebaya_chassis.consuming.aiokafka_position import next_offset
from sebaya_chassis.consuming.dead_letters import REASONS
from sebaya_chassis.consuming.document_queues import FetchProgress
from sebaya_chassis.consuming.outcome import Outcome
from sebaya_chassis.consuming.prefetch import Prefetch
from sebaya_contracts.topics import Topic

CAUSES = ("away", "record", "batch")


class Lag:
    """The gauges of one consumer.

    `fetches` are those that are not done, oldest first, `prefetch` what came behind them; both
    change under it.
    """

    def __init__(
        self,
        service: str,
        topics: Mapping[str, Topic],
        fetches: Sequence[FetchProgress],
        prefetch: Prefetch,
    ) -> None:
        self._service = service
        self._topics = topics
        self._fetches = fetches
        self._prefetch = prefetch
        # Since when the broker is known to have more of a topic than was ever fetched, by the
        # topic's name on this broker.
        self._behind: dict[str, float] = {}
        self.records = 0

    def create_series(self) -> None:
        """Create every series from the start: a rise from nothing is a rise that no alert sees."""
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

    def clear(self) -> None:
        """Set the gauges to nothing: the consumer reads no more, and a gauge that went on growing
        would say the opposite.
        """
        self.records = 0
        for topic in self._topics.values():
            LAG_SECONDS.labels(self._service, topic.name).set_function(float)
            PARTITIONS.labels(self._service, topic.name).set(0)

    def measure(self, client: AIOKafkaConsumer) -> None:
        """Measure what the broker is known to hold beyond what was fetched, and which partitions
        are ours.
        """
        behind, ours = dict.fromkeys(self._topics, 0), dict.fromkeys(self._topics, 0)
        for partition in client.assignment():
            ours[partition.topic] += 1
            end, position = client.highwater(partition) or 0, next_offset(client, partition) or 0
            behind[partition.topic] += max(0, end - position)
        self.records = sum(behind.values())
        for name, topic in self._topics.items():
            PARTITIONS.labels(self._service, topic.name).set(ours[name])
            LAG.labels(self._service, topic.name).set(behind[name])
            if not behind[name]:
                self._behind.pop(name, None)
            else:
                self._behind.setdefault(name, time.time())

    def note_fetched(self, names: set[str]) -> None:
        """Note that these topics move: what is in hand tells the age from here on."""
        for name in names:
            self._behind.pop(name, None)

    def longest_seconds(self) -> float:
        """Return the longest wait of all topics."""
        return max((self.seconds(name) for name in self._topics), default=0.0)

    def seconds(self, name: str) -> float:
        """Return how long the oldest record of a topic waits.

        By the broker's time of the oldest in hand; of what was never fetched, since it is known.
        """
        now = time.time()
        at_work = (one.record for fetch in self._fetches for one in fetch.oldest_left())
        in_hand = chain(self._prefetch.oldest(), at_work)
        waits: list[float] = [record.timestamp / 1000 for record in in_hand if record.topic == name]
        return max(0.0, now - min([now, *waits, *filter(None, [self._behind.get(name)])]))
