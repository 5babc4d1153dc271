"""Whether a record kills its process: after an unclean death records are taken singly, each with a
stored attempt mark.

One document a partition, `{_id: "<topic>/<partition>", owned, at, died_in}`: `owned` is true
between taking the partition and giving it back in good order, `at` is the offset inside whose
handler the process is at this moment. Only a death there counts against a record, and it stays
counted while others are at work: what was done before it in its batch was not committed, and comes
again first.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from pymongo import ReturnDocument

from sebaya_chassis.storage.database import Database

COLLECTION = "attempts"


@dataclass(frozen=True, slots=True)
class Attempt:
    """How a partition was found: in good order, or as its last owner died."""

    unclean: bool
    ahead_to: int = 0
    """How far an owner had gone on ahead of a document that was held."""


class Attempts:
    """The attempt marks of one service."""

    def __init__(self, database: Database) -> None:
        self._attempts = database[COLLECTION]

    async def take(self, topic: str, partition: int) -> Attempt:
        before = await self._attempts.find_one_and_update(
            {"_id": _name(topic, partition)}, {"$set": {"owned": True}}, upsert=True
        )
        return Attempt(bool(before and before.get("owned")), int((before or {}).get("ahead_to", 0)))

    async def go_ahead(self, topic: str, partition: int, offset: int) -> None:
        """Before records up to `offset` are handled while an earlier one is held: should we die,
        they are among the suspects.
        """
        await self._attempts.update_one(
            {"_id": _name(topic, partition)}, {"$max": {"ahead_to": offset}}, upsert=True
        )

    async def give_back(self, partitions: Iterable[tuple[str, int]]) -> None:
        """Of topic and number; by one write, for a whole group waits for a member that hands over."""
        names = [_name(topic, partition) for topic, partition in partitions]
        await self._attempts.update_many({"_id": {"$in": names}}, {"$set": {"owned": False}})

    async def enter(self, topic: str, partition: int, offset: int) -> int:
        """Before a record's handler. How many processes have died inside it so far."""
        died = {"$cond": [{"$isNumber": "$at"}, ["$at"], []]}
        now = await self._attempts.find_one_and_update(
            {"_id": _name(topic, partition)},
            [
                {
                    "$set": {
                        "died_in": {"$concatArrays": [{"$ifNull": ["$died_in", []]}, died]},
                        "at": offset,
                    }
                }
            ],
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )
        return list(now["died_in"]).count(offset) if now else 0

    async def leave(self, topic: str, partition: int, offset: int) -> None:
        """After it: it did not kill us, or it was parked."""
        await self._attempts.update_one(
            {"_id": _name(topic, partition)}, {"$set": {"at": None}, "$pull": {"died_in": offset}}
        )


def _name(topic: str, partition: int) -> str:
    return f"{topic}/{partition}"
