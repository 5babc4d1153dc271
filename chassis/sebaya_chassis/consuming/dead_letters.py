"""Dead letters: a record that cannot be applied goes, whole, to `<topic>.<service>.dlq`, and later
ones of its source document behind it.

Where each dead letter stands, and what became of it, is kept in the service's own store (`parked`),
one document a source document:

    {_id: "<topic>/<subject>", topic, subject, school_id,
     entries: [{at, reason, error, dead: [partition, offset], state, ...}]}
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sebaya_chassis.base.metrics import DEAD_LETTERS
from sebaya_chassis.base.security_events import SecurityReason, count_security_event
from sebaya_chassis.base.settings import ChassisSettings
from sebaya_chassis.consuming.delivery import UNKNOWN_TYPE, Delivery, Replay, position
from sebaya_chassis.outbox.producer import Producer
from sebaya_chassis.storage.database import Database, Document
from sebaya_contracts.envelope import Headers
from sebaya_contracts.topics import YEARS, Topic

COLLECTION = "parked"
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
        UNKNOWN_TYPE,
        "unknown_school",
        "handler_failed",
        "timeout",
        "kills_process",
        "behind_dead_letter",
    ),
)
# What no service of ours writes: it contradicts itself, or speaks of another school's document.
FORGED = frozenset(
    {"attribute_twice", "field_twice", "type_mismatch", "school_mismatch", "another_school"}
)
OPEN = ("parked", "replaying", "failed")


def dead_letter_topic(topic: Topic, service: str) -> Topic:
    """Describe a service's topic of dead letters: kept as long as the records it holds may be, and
    years where those are kept for ever.
    """
    return replace(
        topic, name=topic.dead_letters(service), partitions=1, retention=topic.retention or YEARS
    )


class DeadLetters:
    """The dead letters of one service, and which documents they hold up.

    The documents with dead letters are remembered, so that all others cost no question. A document
    is asked for again before a record waits behind it: its letters may have been brought back.
    """

    def __init__(
        self, database: Database, producer: Producer, service: str, settings: ChassisSettings
    ) -> None:
        self._parked = database[COLLECTION]
        self._producer = producer
        self._service = service
        self._settings = settings
        self._documents: set[str] = set()

    async def load_documents(self) -> None:
        """Load which documents have dead letters, those that other processes parked too."""
        open_ones: Document = {"entries.state": {"$in": OPEN}}
        self._documents |= {row["_id"] async for row in self._parked.find(open_ones, {"_id": 1})}

    def may_hold_up(self, delivery: Delivery) -> bool:
        """Tell whether a record's document is known to have had dead letters."""
        return _document_id(delivery) in self._documents

    async def holds_up(self, delivery: Delivery) -> bool:
        """Tell whether a record must wait behind a dead letter of its document."""
        if not self.may_hold_up(delivery):
            return False
        document_id = _document_id(delivery)
        waiting: Document = {"_id": document_id, "entries.state": {"$in": OPEN}}
        if await self._parked.find_one(waiting, {"_id": 1}) is not None:
            return True
        self._documents.discard(document_id)
        return False

    async def count_waiting(self) -> int:
        """Count the dead letters that were neither brought back nor dropped."""
        waits: Document = {"entries.state": {"$in": list(OPEN)}}
        rows = await self._parked.aggregate(
            [{"$match": waits}, {"$unwind": "$entries"}, {"$match": waits}, {"$count": "waiting"}]
        )
        return sum([row["waiting"] async for row in rows])

    async def park(self, delivery: Delivery, reason: str, error: str = "") -> None:
        """Send a record to the dead letters, and note it.

        May run again for the same record: the note is made once, and the command counts notes.
        """
        document_id, at = _document_id(delivery), position(delivery.record)
        if not await self._parked.find_one({"_id": document_id, "entries.at": at}, {"_id": 1}):
            dead = await self._send(delivery, reason)
            await self._note(delivery, _entry(at, reason, error, dead))
            DEAD_LETTERS.labels(self._service, delivery.topic.name, reason).inc()
            if reason in FORGED:
                count_security_event(self._service, SecurityReason.FORGED_EVENT)
        self._documents.add(document_id)

    async def _send(self, delivery: Delivery, reason: str) -> tuple[int, int]:
        record = delivery.record
        added = {
            "dlq_reason": reason,
            "dlq_topic": delivery.topic.name,
            "dlq_position": position(record),
        }
        headers: Headers = [
            *record.headers,
            *((name, text.encode()) for name, text in added.items()),
        ]
        topic = self._settings.topic(delivery.topic.dead_letters(self._service))
        return await self._producer.send(topic, record.key, record.value, headers)

    async def _note(self, delivery: Delivery, entry: Document) -> None:
        first: Document = {
            "topic": delivery.topic.name,
            "subject": delivery.subject,
            "school_id": delivery.school_id,
        }
        await self._parked.update_one(
            {"_id": _document_id(delivery), "entries.at": {"$ne": entry["at"]}},
            {"$push": {"entries": entry}, "$setOnInsert": first},
            upsert=True,
        )

    async def record_replay(self, replay: Replay, outcome: str, reason: str = "") -> None:
        """Note what became of a replayed dead letter: `applied`, `ignored` or `failed`."""
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


def _document_id(delivery: Delivery) -> str:
    return f"{delivery.topic.name}/{delivery.subject}"


def _entry(at: str, reason: str, error: str, dead: tuple[int, int]) -> Document:
    return {
        "at": at,
        "reason": reason,
        "error": error,
        "dead": list(dead),
        "state": "parked",
        "parked_at": datetime.now(UTC),
        "replays": 0,
    }
