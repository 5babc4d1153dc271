"""After an unclean death, what may have killed the process is taken one record at a time.

A partition that its last owner did not give back may hold a record that kills its process. What
that owner can have had in its hands are the suspects: each is taken by itself, between two stored
marks. All else of a fetch goes its usual way behind them.

One document a partition, `{_id: "<topic>/<partition>", owned, at, died_in, ahead_to}`: `owned` is
true between taking the partition and giving it back in good order, `at` is the offset of the record
that is being handled at this moment. Only a death there counts against a record, and it stays
counted while others are at work: what was done before it in its fetch was not committed, and comes
again first.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from aiokafka import TopicPartition
from pymongo import ReturnDocument

from sebaya_chassis.base.health import Heartbeat
from sebaya_chassis.base.logs import get_logger
from sebaya_chassis.base.retry import is_transient, retry_transient
from sebaya_chassis.consuming.delivery import Delivery
from sebaya_chassis.storage.database import Database
from sebaya_contracts.topics import Topic

log = get_logger()

COLLECTION = "attempts"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class TakenPartition:
    """How a partition was found: in good order, or as its last owner died."""

    unclean: bool
    ahead_to: int = 0
    """How far an owner had gone on ahead of a document that was held."""


class AttemptMarks:
    """The attempt marks of one service, in its store."""

    def __init__(self, database: Database) -> None:
        self._attempts = database[COLLECTION]

    async def take(self, topic: str, partition: int) -> TakenPartition:
        """Mark a partition as owned, and return how it was found."""
        before = await self._attempts.find_one_and_update(
            {"_id": _name(topic, partition)}, {"$set": {"owned": True}}, upsert=True
        )
        found = before or {}
        return TakenPartition(bool(found.get("owned")), int(found.get("ahead_to", 0)))

    async def go_ahead(self, topic: str, partition: int, offset: int) -> None:
        """Mark that records up to `offset` are handled while an earlier one is held: should the
        process die, they are among the suspects.
        """
        await self._attempts.update_one(
            {"_id": _name(topic, partition)}, {"$max": {"ahead_to": offset}}, upsert=True
        )

    async def give_back(self, partitions: Iterable[tuple[str, int]]) -> None:
        """Mark partitions (topic and number) as left in good order; by one write, for a whole group
        waits for a member that hands over.
        """
        names = [_name(topic, partition) for topic, partition in partitions]
        await self._attempts.update_many({"_id": {"$in": names}}, {"$set": {"owned": False}})

    async def enter(self, topic: str, partition: int, offset: int) -> int:
        """Mark a record before its handler; return how many processes have died inside it."""
        died = {"$cond": [{"$isNumber": "$at"}, ["$at"], []]}
        died_in = {"$concatArrays": [{"$ifNull": ["$died_in", []]}, died]}
        now = await self._attempts.find_one_and_update(
            {"_id": _name(topic, partition)},
            [{"$set": {"died_in": died_in, "at": offset}}],
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )
        return list(now["died_in"]).count(offset) if now else 0

    async def leave(self, topic: str, partition: int, offset: int) -> None:
        """Clear a record's mark after its handler: it killed no process, or it was parked."""
        await self._attempts.update_one(
            {"_id": _name(topic, partition)}, {"$set": {"at": None}, "$pull": {"died_in": offset}}
        )


class Suspects:
    """The suspects of the partitions that one consumer owns. `fetch` is the most records that it
    takes at once.
    """

    def __init__(self, marks: AttemptMarks, fetch: int, deaths_before_parking: int) -> None:
        self._marks = marks
        self._fetch = fetch
        self._deaths = deaths_before_parking
        self._untaken: set[TopicPartition] = set()
        # The last suspect offset of each partition that has any.
        self._last: dict[TopicPartition, int] = {}

    def note_assigned(self, partitions: Iterable[TopicPartition]) -> None:
        """Note new partitions: how they were left is read when their first records are there."""
        self._untaken |= set(partitions)

    def untaken(self, partitions: Iterable[TopicPartition]) -> set[TopicPartition]:
        """Select the partitions that must be taken before their records are."""
        return self._untaken & set(partitions)

    async def take(
        self,
        partition: TopicPartition,
        topic: Topic,
        first: int,
        end: int | None,
        heartbeat: Heartbeat,
    ) -> None:
        """Take a partition, and learn whether its last owner died. `first` is the first offset that
        came, `end` where the partition ends now.
        """
        take = partial(self._marks.take, topic.name, partition.partition)
        taken = await retry_transient(take, heartbeat)
        if taken.unclean:
            self._last[partition] = self._last_suspect(taken, first, end)
        self._untaken.discard(partition)

    def _last_suspect(self, taken: TakenPartition, first: int, end: int | None) -> int:
        """A fetch that was being committed, and the next; further on if a document was held. What
        was written since is no suspect.
        """
        last = max(first + 2 * self._fetch - 1, taken.ahead_to)
        return last if end is None else min(last, end - 1)

    def among(self, deliveries: Iterable[Delivery]) -> list[Delivery]:
        """Select the records that are to be taken one by one."""
        if not self._last:
            return []
        return [one for one in deliveries if one.record.offset <= self._last.get(one.partition, -1)]

    async def enter(self, delivery: Delivery) -> bool:
        """Mark a suspect before its handler. Return True for one that has to be parked, since so
        many processes died while they handled it.
        """
        return await self._mark(self._marks.enter, delivery) >= self._deaths

    async def leave(self, delivery: Delivery) -> None:
        """Clear a suspect's mark after its handler: the process is alive."""
        await self._mark(self._marks.leave, delivery)

    async def _mark(self, mark: Callable[[str, int, int], Awaitable[T]], delivery: Delivery) -> T:
        record = delivery.record
        call = partial(mark, delivery.topic.name, record.partition, record.offset)
        return await retry_transient(call, delivery.heartbeat)

    async def go_ahead(self, last: Delivery) -> None:
        """Mark that records up to this one are handled ahead of a held document."""
        await self._mark(self._marks.go_ahead, last)

    async def give_back(self, partitions: Mapping[TopicPartition, Topic]) -> None:
        """Give partitions back in good order. One that was never taken keeps the mark that its last
        owner left.
        """
        taken = [
            (topic.name, partition.partition)
            for partition, topic in partitions.items()
            if partition not in self._untaken
        ]
        self._untaken -= partitions.keys()
        for partition in partitions:
            self._last.pop(partition, None)
        if not taken:
            return
        try:
            await self._marks.give_back(taken)
        except Exception as error:
            if not is_transient(error):
                raise
            log.warning("give_back_failed", exc_info=error, count=len(taken))

    def forget(self) -> None:
        """Forget what was assigned: the group was left, and the next assignment begins anew."""
        self._untaken.clear()


def _name(topic: str, partition: int) -> str:
    return f"{topic}/{partition}"
