"""Whoever gets the district's schools reads them to their end before anything that speaks of them.

A reader that begins with years of records would else meet the cases first, try each until it gives
up, and park them as of no known school.
"""

import time
from collections.abc import Set as AbstractSet

from aiokafka import AIOKafkaConsumer, TopicPartition

from sebaya_chassis.consuming.prefetch import FetchedRecords

# A partition of schools that nobody leads must not hold everything else for ever.
LONGEST_SECONDS = 30.0
POLL_MS = 50


class SchoolsFirst:
    """The partitions of schools that were assigned and have not been read to their end."""

    def __init__(self, topic: str) -> None:
        self._topic = topic
        self._waiting: set[TopicPartition] = set()
        self._until = 0.0

    def assigned(self, partitions: AbstractSet[TopicPartition]) -> None:
        self._waiting |= {partition for partition in partitions if partition.topic == self._topic}
        self._until = time.monotonic() + LONGEST_SECONDS

    def revoked(self, partitions: AbstractSet[TopicPartition]) -> None:
        self._waiting -= partitions

    def left(self, consumer: AIOKafkaConsumer) -> set[TopicPartition]:
        """What is to be fetched alone now; nothing once all was read."""
        if self._waiting:
            self._waiting = {
                one
                for one in self._waiting
                if time.monotonic() < self._until and not _read_to_end(consumer, one)
            }
        return self._waiting

    def alone(self, consumer: AIOKafkaConsumer, found: FetchedRecords) -> FetchedRecords:
        """Of a fetch the schools, while there are any; the others' records come again when those
        are done.

        They may have been assigned while we were asking for all, and a new school's first case may
        lie in one fetch with it.
        """
        schools = {
            partition: records
            for partition, records in found.items()
            if partition.topic == self._topic
        }
        if not schools and not self.left(consumer):
            return found
        for partition in found.keys() - schools.keys():
            consumer.seek(partition, found[partition][0].offset)
        return schools


def position(consumer: AIOKafkaConsumer, partition: TopicPartition) -> int | None:
    """The next offset that is fetched; None until that is known."""
    state = consumer._subscription.subscription.assignment.state_value(partition)
    return state.position if state is not None and state.has_valid_position else None


def _read_to_end(consumer: AIOKafkaConsumer, partition: TopicPartition) -> bool:
    end, next_one = consumer.highwater(partition), position(consumer, partition)
    return end is not None and next_one is not None and next_one >= end
