"""A store restored from a backup shows nothing until what students took back since then has been
taken back again.

`sebaya restored` marks it so: `{_id: "restored", epoch, done: false}` in `meta`. The ledger is what
lies outside of the store: the erasures in intake.cases.v1, which is kept for years. Every process
applies it for itself, as often as it must, before it answers requests.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from aiokafka import ConsumerRecord

from sebaya_chassis.base.health import Heartbeat
from sebaya_chassis.base.logs import get_logger
from sebaya_chassis.base.metrics import TAKEN_BACK
from sebaya_chassis.base.problems import UnknownSchool
from sebaya_chassis.base.settings import ChassisSettings
from sebaya_chassis.consuming.handlers import Handlers
from sebaya_chassis.consuming.topic_reader import records_to_end
from sebaya_chassis.storage import audit
from sebaya_chassis.storage.database import Database
from sebaya_chassis.storage.layout import AlreadyApplied, AppliedSequence
from sebaya_chassis.storage.tenant_store import SchoolStore
from sebaya_contracts.district import SchoolDefined
from sebaya_contracts.envelope import Malformed, attributes, decode
from sebaya_contracts.event import Event
from sebaya_contracts.intake import CaseErased
from sebaya_contracts.topics import CASES, SCHOOLS, Topic

log = get_logger()

META = "meta"
RESTORED = "restored"
# Schools first: an erasure belongs to one, and the backup may be older than it.
LEDGER: tuple[Topic, ...] = (SCHOOLS, CASES)
SHARED_KINDS: frozenset[type[Event]] = frozenset({SchoolDefined, CaseErased})

# Set in the one task that replays: for it the store is open already, for requests not yet.
replaying: ContextVar[bool] = ContextVar("taking_back", default=False)


async def mark_restored(database: Database, epoch: int) -> None:
    """Mark a store as restored: its documents count under this epoch from now on, and its service
    opens only after the ledger was applied.
    """
    await database[META].update_one({"_id": "epoch"}, {"$set": {"value": epoch}}, upsert=True)
    await database[META].update_one(
        {"_id": RESTORED}, {"$set": {"epoch": epoch, "done": False}}, upsert=True
    )


async def find_unfinished(database: Database) -> int | None:
    """Find a restore after which the ledger has not been applied to its end; return its epoch."""
    row: Mapping[str, Any] | None = await database[META].find_one({"_id": RESTORED, "done": False})
    return int(row["epoch"]) if row else None


async def mark_finished(database: Database, epoch: int) -> None:
    """Mark that the ledger has been applied to its end."""
    await database[META].update_one({"_id": RESTORED, "epoch": epoch}, {"$set": {"done": True}})


@dataclass(frozen=True, slots=True)
class ErasureReplay:
    """Replays the ledger on one service's store. Events of `kinds` go to their `handlers`; all of
    them may come twice.
    """

    service: str
    handlers: Handlers[Any]
    context_of: Callable[[str], Any]
    settings: ChassisSettings
    kinds: frozenset[type[Event]] = SHARED_KINDS

    async def run(self, heartbeat: Heartbeat) -> None:
        """Replay from the first record to where the topics end now. Raises what is transient; the
        caller begins anew then.
        """
        before = replaying.set(True)
        try:
            for topic in LEDGER:
                name = self.settings.topic(topic.name)
                broker, access = self.settings.kafka_bootstrap_servers, self.settings.kafka_access
                async for record in records_to_end(broker, name, topic.partitions, access):
                    heartbeat.turn()
                    await self._apply(topic, record)
        finally:
            replaying.reset(before)

    async def _apply(self, topic: Topic, record: "ConsumerRecord[bytes, bytes]") -> None:
        """What cannot be read is a dead letter of the topic's consumers; a school that is not known
        has no documents.
        """
        try:
            about = attributes(record.headers)
            kind = topic.types.get(about.type)
            handler = self.handlers.of(kind) if kind in self.kinds and kind is not None else None
            if handler is None:
                return
            event = decode(topic, about, record.value)
        except Malformed:
            return
        with suppress(AlreadyApplied, UnknownSchool):
            await handler(
                event,
                AppliedSequence.of(topic.name, about.subject, about.sequence),
                self.context_of(event.school_id),
            )
            TAKEN_BACK.labels(self.service, about.type).inc()


async def note_in_audit(store: SchoolStore, epoch: int) -> None:
    """Append to a school's audit chain that the store was restored: entries after the backup are
    gone, and its newest head is of a new epoch.
    """

    async def work(tx: SchoolStore) -> None:
        entry = {"what": "store_restored", "about": f"epoch-{epoch}"}
        if await tx.collection(audit.ENTRIES).find_one(entry) is None:
            await audit.append(tx, who="operator", **entry)

    await store.transaction(work)
