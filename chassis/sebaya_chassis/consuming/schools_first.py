"""The district's schools are read to their end before anything that speaks of them.

A reader that begins with years of records would else meet the cases first, try each until it gives
up, and park them as of no known school.
"""

import time
from collections.abc import Set as AbstractSet

from aiokafka import AIOKafkaConsumer, TopicPartition

from sebaya_chassis.consuming.aiokafka_position import is_read_to_end
from sebaya_chassis.consuming.prefetch import FetchedRecords

# A partition of schools without a leader must not hold everything else for ever.
LONGEST_SECONDS = 30.0
POLL_MS = 50


class SchoolsFirst:
    """The partitions of schools that were assigned and have not been read to their end."""

    def __init__(self, topic: str) -> None:
        self._topic = topic
        self._unread: set[TopicPartition] = set()
        self._until = 0.0

    def note_assigned(self, partitions: AbstractSet[TopicPartition]) -> None:
        """Note new partitions; those of schools are to be read first."""
        self._unread |= {partition for partition in partitions if partition.topic == self._topic}
        self._until = time.monotonic() + LONGEST_SECONDS

    def forget(self, partitions: AbstractSet[TopicPartition]) -> None:
        """Forget partitions that were revoked."""
        self._unread -= partitions

    def unread(self, client: AIOKafkaConsumer) -> set[TopicPartition]:
        """Return what is to be fetched alone now; nothing once all was read."""
        if self._unread:
            self._unread = {
                partition
                for partition in self._unread
                if time.monotonic() < self._until and not is_read_to_end(client, partition)
            }
        return self._unread

    def keep_schools(self, client: AIOKafkaConsumer, found: FetchedRecords) -> FetchedRecords:
        """Keep of a fetch the schools, while there are any; the others' records come again when
        those are done.

        They may have been assigned while all was being fetched, and a new school's first case may
        lie in one fetch with it.
        """
        schools = {
            partition: records
            for partition, records in found.items()
            if partition.topic == self._topic
        }
        if not schools and not self.unread(client):
            return found
        for partition in found.keys() - schools.keys():
            client.seek(partition, found[partition][0].offset)
        return schools
