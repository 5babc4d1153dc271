"""Dead letters: a record that cannot be applied goes, whole, to `<topic>.<service>.dlq`, and later
ones of its document queue behind it.

Where each dead letter stands, and what became of it, is kept in the service's own store (`parked`),
one document a source document:

    {_id: "<topic>/<subject>", topic, subject, school_id, entries: [{at, reason, error, dead: [partition, offset], state, ...}]}
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeAlias

from aiokafka import ConsumerRecord

from sebaya_chassis.base.metrics import DEAD_LETTERS
from sebaya_chassis.base.settings import ChassisSettings
from sebaya_chassis.outbox.producer import Producer
from sebaya_chassis.storage.database import Database, Document
from sebaya_contracts.envelope import Headers
from sebaya_contracts.topics import YEARS, Topic

COLLECTION = "parked"
REPLAY_HEADER = "sebaya_replay"
# Why a record is parked: the reasons of sebaya_contracts.envelope.Malformed, and of applying.
REASONS = (
    *(
        "attribute_missing",
        "attribute_unreadable",
        "json",
        "schema",
        "type_mismatch",
        "school_mismatch",
    ),
    *(
        "unknown_type",
        "unknown_school",
        "handler_failed",
        "timeout",
        "kills_process",
        "behind_dead_letter",
    ),
)
OPEN = ("parked", "replaying", "failed")

Record: TypeAlias = "ConsumerRecord[bytes, bytes]"


@dataclass(frozen=True, slots=True)
class Replay:
    """What a replayed record says of itself: for which service, and which dead letter it is
    (`park_id` and `at`).
    """

    service: str
    park_id: str
    at: str

    def header(self) -> tuple[str, bytes]:
        return REPLAY_HEADER, "|".join((self.service, self.park_id, self.at)).encode()


def replay_of(headers: Iterable[tuple[str, bytes]]) -> Replay | None:
    for name, value in headers:
        if name == REPLAY_HEADER:
            parts = value.decode(errors="replace").split("|")
            return Replay(*parts) if len(parts) == 3 else None
    return None


def position(record: Record) -> str:
    """Where a record stands in its topic: `partition:offset`."""
    return f"{record.partition}:{record.offset}"


def dead_letter_topic(topic: Topic, service: str) -> Topic:
    """Kept as long as the records it holds may be; years where those are kept for ever."""
    return replace(
        topic, name=topic.dead_letters(service), partitions=1, retention=topic.retention or YEARS
    )


class DeadLetters:
    """The dead letters of one service."""

    def __init__(
        self, database: Database, producer: Producer, service: str, settings: ChassisSettings
    ) -> None:
        self._parked = database[COLLECTION]
        self._producer = producer
        self._service = service
        self._settings = settings

    async def queued_behind(self, topic: Topic, subject: str) -> bool:
        """Whether a record of this document must wait behind a dead letter."""
        return (
            await self._parked.find_one(
                {"_id": f"{topic.name}/{subject}", "entries.state": {"$in": OPEN}}, {"_id": 1}
            )
            is not None
        )

    async def subjects(self) -> set[str]:
        """The documents with dead letters, as `<topic>/<subject>`: what a consumer remembers so
        that others cost no look-up.
        """
        return {
            row["_id"]
            async for row in self._parked.find({"entries.state": {"$in": OPEN}}, {"_id": 1})
        }

    async def waiting(self) -> int:
        """How many dead letters nobody has brought back or dropped."""
        waits: Document = {"entries.state": {"$in": list(OPEN)}}
        rows = await self._parked.aggregate(
            [{"$match": waits}, {"$unwind": "$entries"}, {"$match": waits}, {"$count": "waiting"}]
        )
        return sum([row["waiting"] async for row in rows])

    async def park(
        self,
        topic: Topic,
        record: Record,
        *,
        subject: str,
        school_id: str,
        reason: str,
        error: str = "",
    ) -> str:
        """Record and note of it. May run again for the same record: the note is made once, and the
        command counts notes.
        """
        park_id = f"{topic.name}/{subject}"
        at = position(record)
        if await self._parked.find_one({"_id": park_id, "entries.at": at}, {"_id": 1}):
            return park_id
        dead = await self._producer.send(
            self._settings.topic(topic.dead_letters(self._service)),
            record.key,
            record.value,
            self._headers(topic, record, reason),
        )
        entry = {
            "at": at,
            "reason": reason,
            "error": error,
            "dead": list(dead),
            "state": "parked",
            "parked_at": datetime.now(UTC),
            "replays": 0,
        }
        await self._parked.update_one(
            {"_id": park_id, "entries.at": {"$ne": at}},
            {
                "$push": {"entries": entry},
                "$setOnInsert": {"topic": topic.name, "subject": subject, "school_id": school_id},
            },
            upsert=True,
        )
        DEAD_LETTERS.labels(self._service, topic.name, reason).inc()
        return park_id

    def _headers(self, topic: Topic, record: Record, reason: str) -> Headers:
        added = {"dlq_reason": reason, "dlq_topic": topic.name, "dlq_position": position(record)}
        return [*record.headers, *((name, text.encode()) for name, text in added.items())]

    async def settle(self, replay: Replay, outcome: str, reason: str = "") -> None:
        """What became of a replayed dead letter: `applied`, `ignored` or `failed`."""
        changes: dict[str, Any] = {
            "entries.$.state": outcome,
            "entries.$.settled_at": datetime.now(UTC),
        }
        if reason:
            changes["entries.$.reason"] = reason
        await self._parked.update_one(
            {"_id": replay.park_id, "entries.at": replay.at},
            {"$set": changes, "$inc": {"entries.$.replays": 1}},
        )
