"""A store restored from a backup shows nothing until what students took back since then has been
taken back again.

`sebaya restored` marks it so: `{_id: "restored", epoch, done: false}` in `meta`. The ledger is what
lies outside of the store: the erasures in intake.cases.v1, which is kept for years. Every process
applies it for itself, as often as it must, before its doors open.
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
EVERYBODYS: frozenset[type[Event]] = frozenset({SchoolDefined, CaseErased})

# Set in the one task that takes back: for it the store is open already, for requests not yet.
at_work: ContextVar[bool] = ContextVar("taking_back", default=False)


async def mark_restored(database: Database, epoch: int) -> None:
    """From now on the store's documents count under this epoch, and its service opens only after
    the ledger was applied.
    """
    await database[META].update_one({"_id": "epoch"}, {"$set": {"value": epoch}}, upsert=True)
    await database[META].update_one(
        {"_id": RESTORED}, {"$set": {"epoch": epoch, "done": False}}, upsert=True
    )


async def unfinished(database: Database) -> int | None:
    """The epoch of a restore whose ledger has not been applied to the end."""
    row: Mapping[str, Any] | None = await database[META].find_one({"_id": RESTORED, "done": False})
    return int(row["epoch"]) if row else None


async def finish(database: Database, epoch: int) -> None:
    await database[META].update_one({"_id": RESTORED, "epoch": epoch}, {"$set": {"done": True}})


@dataclass(frozen=True, slots=True)
class ErasureReplay:
    """Applies the ledger to one service's store. `kinds` of `handlers` are applied; all of them may
    come twice.
    """

    service: str
    handlers: Handlers[Any]
    context_of: Callable[[str], Any]
    settings: ChassisSettings
    kinds: frozenset[type[Event]] = EVERYBODYS

    async def run(self, beat: Heartbeat) -> None:
        """From the first record to where the topics end now. Raises what may heal; it begins anew
        then.
        """
        open_for_us = at_work.set(True)
        try:
            for topic in LEDGER:
                name = self.settings.topic(topic.name)
                broker, access = self.settings.kafka_bootstrap_servers, self.settings.kafka_access
                async for record in records_to_end(broker, name, topic.partitions, access):
                    beat.turn()
                    await self._apply(topic, record)
        finally:
            at_work.reset(open_for_us)

    async def _apply(self, topic: Topic, record: "ConsumerRecord[bytes, bytes]") -> None:
        """What cannot be read is the dead letter of whoever consumes the topic; a school that
        nobody knows has no documents.
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


async def note(store: SchoolStore, epoch: int) -> None:
    """The chain of a school says that it was restored: entries after the backup are gone, and its
    newest head is of a new epoch.
    """

    async def work(tx: SchoolStore) -> None:
        told = {"what": "store_restored", "about": f"epoch-{epoch}"}
        if await tx.collection(audit.ENTRIES).find_one(told) is None:
            await audit.append(tx, who="operator", **told)

    await store.transaction(work)
