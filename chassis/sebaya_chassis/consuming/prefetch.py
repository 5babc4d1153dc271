"""What came while earlier records were at work: the beginning of the next fetch.

The library keeps one answer of the broker and asks for the next when that has been taken. Left to
itself it holds the first record that comes after a fetch, alone, and all that come behind it wait
for two fetches' work instead of one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from aiokafka import TopicPartition

from sebaya_chassis.consuming.delivery import Record

FetchedRecords = dict[TopicPartition, list[Record]]


@dataclass(slots=True)
class Prefetch:
    """At most a fetch of records, none of them begun."""

    most: int
    _records: FetchedRecords = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """Tell whether nothing came."""
        return not self._records

    @property
    def room(self) -> int:
        """Count the records that it still takes."""
        return self.most - sum(len(records) for records in self._records.values())

    def add(self, found: Mapping[TopicPartition, Sequence[Record]]) -> None:
        """Add what came, behind what is there."""
        for partition, records in found.items():
            self._records.setdefault(partition, []).extend(records)

    def take_all(self) -> FetchedRecords:
        """Take all records; they are in the caller's hands now."""
        records, self._records = self._records, {}
        return records

    def forget(self, partitions: Iterable[TopicPartition]) -> None:
        """Forget partitions that go to another reader, or come again."""
        for partition in partitions:
            self._records.pop(partition, None)

    def oldest(self) -> Iterator[Record]:
        """List the first record of each partition."""
        return (records[0] for records in self._records.values())
