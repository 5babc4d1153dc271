"""After an unclean death: what may have killed a process is taken one record at a time.

A partition that its last owner did not give back may hold a record that kills whoever handles it.
What that owner can have had in its hands are the suspects: each is taken by itself, between two
stored marks (see attempts.py). All else of a fetch goes its usual way behind them.
"""

from collections.abc import Iterable, Mapping
from functools import partial

from aiokafka import TopicPartition

from sebaya_chassis.base.health import Heartbeat
from sebaya_chassis.base.logs import get_logger
from sebaya_chassis.base.retry import is_transient, retry_transient
from sebaya_chassis.consuming.crash_recovery import Attempt, Attempts
from sebaya_chassis.consuming.dead_letters import Record
from sebaya_contracts.topics import Topic

log = get_logger()


class Suspects:
    """Of the partitions that one consumer owns. `fetch` is the most records that it takes at once."""

    def __init__(self, attempts: Attempts, fetch: int, deaths_before_parking: int) -> None:
        self._attempts = attempts
        self._fetch = fetch
        self._deaths = deaths_before_parking
        self._fresh: set[TopicPartition] = set()
        # The last suspect offset of each partition that has any.
        self._last: dict[TopicPartition, int] = {}

    def assigned(self, partitions: Iterable[TopicPartition]) -> None:
        """Nothing is known of them yet: how they were left is asked when their first records are
        there.
        """
        self._fresh |= set(partitions)

    def fresh(self, partitions: Iterable[TopicPartition]) -> set[TopicPartition]:
        """Those that must be `taken` before their records are."""
        return self._fresh & set(partitions)

    async def take(
        self, partition: TopicPartition, topic: Topic, first: int, end: int | None, beat: Heartbeat
    ) -> None:
        """It is ours from now on: did its last owner die? `first` is the first offset that came,
        `end` where the partition ends now.
        """
        taken = await retry_transient(
            partial(self._attempts.take, topic.name, partition.partition), beat
        )
        if taken.unclean:
            self._last[partition] = self._last_suspect(taken, first, end)
        self._fresh.discard(partition)

    def _last_suspect(self, taken: Attempt, first: int, end: int | None) -> int:
        """A fetch that was being committed, and the next; further on if a document was held. What
        was written since is no suspect.
        """
        last = max(first + 2 * self._fetch - 1, taken.ahead_to)
        return last if end is None else min(last, end - 1)

    def of(self, records: Iterable[Record]) -> list[Record]:
        """Those of `records` that are to be taken one by one."""
        if not self._last:
            return []
        return [
            record
            for record in records
            if record.offset <= self._last.get(TopicPartition(record.topic, record.partition), -1)
        ]

    async def begin(self, topic: Topic, record: Record, beat: Heartbeat) -> bool:
        """Before a suspect's handler; True for one inside whose handler so many processes died that
        it has to be parked.
        """
        deaths = await retry_transient(
            partial(self._attempts.enter, topic.name, record.partition, record.offset), beat
        )
        return deaths >= self._deaths

    async def end(self, topic: Topic, record: Record, beat: Heartbeat) -> None:
        """After it: we are alive."""
        await retry_transient(
            partial(self._attempts.leave, topic.name, record.partition, record.offset), beat
        )

    async def go_ahead(self, topic: Topic, partition: int, last: int, beat: Heartbeat) -> None:
        """Ahead of a held document, up to `last`: the next owner must know what we may have had in
        our hands.
        """
        await retry_transient(partial(self._attempts.go_ahead, topic.name, partition, last), beat)

    async def give_back(self, partitions: Mapping[TopicPartition, Topic]) -> None:
        """In good order. One that was never taken keeps the mark that its last owner left."""
        taken = [
            (topic.name, partition.partition)
            for partition, topic in partitions.items()
            if partition not in self._fresh
        ]
        self._fresh -= partitions.keys()
        for partition in partitions:
            self._last.pop(partition, None)
        if not taken:
            return
        try:
            await self._attempts.give_back(taken)
        except Exception as error:
            if not is_transient(error):
                raise
            log.warning("give_back_failed", exc_info=error, count=len(taken))

    def left(self) -> None:
        """The group was left; what is assigned next begins anew."""
        self._fresh.clear()
