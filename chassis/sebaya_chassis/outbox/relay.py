"""The relay brings events from the outboxes of documents to the broker.

The order that loses nothing and keeps each document's events in order:
 1. claim the document by a lease token (a new document is born with one)
 2. of each topic send its oldest event, wait for the acknowledgement, then the next; stop there at
    the first failure
 3. pull exactly what was acknowledged, where the token is still ours; many documents by one write
    where that empties them (acknowledger)
 4. look again: what was written meanwhile goes out under the same lease
 5. let go, only when the outbox is empty or a send failed

A relay that was paused past its lease publishes again (e1, e2, e1): consumers keep a mark for each
source document.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from aiokafka.errors import KafkaError
from pymongo import ReturnDocument
from pymongo.errors import PyMongoError

from sebaya_chassis.base.background import run_until_cancelled
from sebaya_chassis.base.health import Heartbeat
from sebaya_chassis.base.ids import new_id
from sebaya_chassis.base.logs import get_logger
from sebaya_chassis.base.metrics import (
    LEASES_LOST,
    PUBLISH_FAILURES,
    PUBLISHED,
)
from sebaya_chassis.base.settings import ChassisSettings
from sebaya_chassis.outbox.acknowledger import AcknowledgedOutbox, Acknowledger
from sebaya_chassis.outbox.late_releases import LateReleases
from sebaya_chassis.outbox.producer import Producer
from sebaya_chassis.outbox.sweep import Sweep
from sebaya_chassis.storage.database import Database, Document
from sebaya_chassis.storage.layout import OUTBOX_AND_WITHHELD
from sebaya_chassis.storage.writer import DocumentRef, Lease, Writer
from sebaya_contracts.envelope import Attributes
from sebaya_contracts.envelope import Sequence as EventSequence

log = get_logger()

# A document that finds the queue full is left to the sweep.
QUEUE = 10_000
# Lanes that ask the store at once: MongoDB's pool has 100 connections, and the API needs its share.
# Most documents need none of it, for they are born under a lease and emptied together.
STORE_LANES = 32

PublishRequest = tuple[DocumentRef, list[dict[str, Any]], Lease | None]


class Relay:
    """The relay of one process. `notify_relay` is called after a write and never waits; `run` is
    the background work.
    """

    def __init__(
        self,
        database: Database,
        writer: Writer,
        producer: Producer,
        collections: Sequence[str],
        settings: ChassisSettings,
    ) -> None:
        self._database = database
        self._writer = writer
        self._producer = producer
        self._settings = settings
        self._queue: asyncio.Queue[PublishRequest] = asyncio.Queue(QUEUE)
        # Two sends of one document to one topic must never be in flight, not even across a lost
        # lease of our own.
        self._busy: set[DocumentRef] = set()
        self._acknowledger = Acknowledger(database, writer.service)
        self._late = LateReleases(database)
        self._again: set[DocumentRef] = set()
        self._at_store = asyncio.Semaphore(STORE_LANES)
        self.sweep = Sweep(
            database, writer, collections, settings.sweep_seconds, self._publish_later
        )

    def notify_relay(
        self, ref: DocumentRef, entries: list[dict[str, Any]], lease: Lease | None
    ) -> None:
        """Queue a document that was written; where the queue is full the sweep finds it."""
        if lease and lease.withheld:
            self._late.expect(ref)
        try:
            self._queue.put_nowait((ref, entries, lease))
        except asyncio.QueueFull:
            self.sweep.hurry()

    def _publish_later(self, ref: DocumentRef) -> None:
        self.notify_relay(ref, [], None)

    async def run(self, beat: Heartbeat) -> None:
        """Publish until cancelled. What is unfinished then stays in its outbox."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(run_until_cancelled(self.sweep.run(beat), "sweeps"))
                tasks.create_task(run_until_cancelled(self._acknowledger.run(), "pulls"))
                for _ in range(self._settings.relay_lanes):
                    tasks.create_task(run_until_cancelled(self._publish_queued(), "lane"))
        finally:
            await self._late.finish()

    async def _publish_queued(self) -> None:
        while True:
            ref, entries, lease = await self._queue.get()
            if ref in self._busy:
                self._again.add(ref)
                continue
            self._busy.add(ref)
            try:
                await self._publish(ref, entries, lease)
            except PyMongoError as error:
                self.sweep.note_store_error(error)
            finally:
                self._busy.discard(ref)
                # Written after the last look: without this it would wait for the sweep.
                if ref in self._again:
                    self._again.discard(ref)
                    self._publish_later(ref)

    async def _publish(
        self, ref: DocumentRef, entries: list[dict[str, Any]], lease: Lease | None
    ) -> None:
        token, withheld = (lease.token, lease.withheld) if lease else (None, 0)
        if token is None:
            token = new_id()
            async with self._at_store:
                entries = await self._claim(ref, token)
        while entries:
            acknowledged = await self._send(ref, entries)
            failed = len(acknowledged) < len(entries)
            if failed:
                self.sweep.hurry()
            sent = AcknowledgedOutbox(ref, token, len(entries) - withheld, withheld > 0)
            if not failed and await self._acknowledger.empty(sent):
                self._late.settle(ref)
                return
            async with self._at_store:
                left = await self._pull(sent, acknowledged, let_go=failed)
            if left is None:
                LEASES_LOST.labels(self._writer.service).inc()
                self.sweep.hurry()
                return
            self._late.settle(ref)
            entries, withheld = [] if failed else left, 0

    async def _claim(self, ref: DocumentRef, token: str) -> list[dict[str, Any]]:
        """The outbox, if no other process holds the document."""
        now = self._writer.clock.now()
        claimed = await self._database[ref.collection].find_one_and_update(
            {
                "_id": ref.identity,
                "school_id": ref.school_id,
                "outbox_since": {"$exists": True},
                "$or": [{"lease": {"$exists": False}}, {"lease.until": {"$lt": now}}],
            },
            {
                "$set": {
                    "lease": {
                        "token": token,
                        "until": now + timedelta(seconds=self._settings.relay_lease_seconds),
                    }
                }
            },
            projection={"outbox": 1},
            return_document=ReturnDocument.AFTER,
        )
        return claimed["outbox"] if claimed else []

    async def _send(self, ref: DocumentRef, entries: list[dict[str, Any]]) -> list[str]:
        """Ids of what the broker has. A reader of two topics can know no order between them, so
        none waits for another.
        """
        by_topic: dict[str, list[dict[str, Any]]] = {}
        for entry in entries:
            by_topic.setdefault(entry["topic"], []).append(entry)
        if len(by_topic) == 1:
            return await self._send_in_order(ref, entries)
        async with asyncio.TaskGroup() as topics:
            sent = [
                topics.create_task(self._send_in_order(ref, of_topic))
                for of_topic in by_topic.values()
            ]
        return [entry_id for done in sent for entry_id in done.result()]

    async def _send_in_order(self, ref: DocumentRef, entries: list[dict[str, Any]]) -> list[str]:
        """Of one topic. Entries are pushed in order, so the array is oldest first."""
        acknowledged: list[str] = []
        for entry in entries:
            try:
                await self._producer.send(
                    self._settings.topic(entry["topic"]),
                    entry["key"].encode(),
                    entry["data"],
                    self._attributes(ref, entry).headers(),
                )
            except KafkaError as error:
                PUBLISH_FAILURES.labels(self._writer.service).inc()
                log.warning("publish_failed", exc_info=error, topic=entry["topic"])
                break
            PUBLISHED.labels(self._writer.service, entry["type"]).inc()
            acknowledged.append(entry["id"])
        return acknowledged

    def _attributes(self, ref: DocumentRef, entry: dict[str, Any]) -> Attributes:
        return Attributes(
            event_id=entry["id"],
            source=f"/{self._writer.service}",
            type=entry["type"],
            subject=ref.identity,
            school_id=ref.school_id,
            sequence=EventSequence.parse(entry["sequence"]),
            time=entry["time"],
            traceparent=entry["traceparent"],
        )

    async def _pull(
        self, sent: AcknowledgedOutbox, acknowledged: list[str], *, let_go: bool
    ) -> list[dict[str, Any]] | None:
        """Pull what was acknowledged and, in the same write, look whether to go on. None: the lease
        had gone to another process.
        """
        ref = sent.ref
        left: Document = {
            "$filter": {
                "input": OUTBOX_AND_WITHHELD if sent.released else "$outbox",
                "cond": {"$not": {"$in": ["$$this.id", acknowledged]}},
            }
        }
        empty: Document = {"$eq": ["$outbox", []]}
        changed: Document = {
            "outbox": left,
            **({"published_at": "$$NOW"} if acknowledged else {}),
            **({"withheld": "$$REMOVE"} if sent.released else {}),
        }
        done = await self._database[ref.collection].find_one_and_update(
            {"_id": ref.identity, "school_id": ref.school_id, "lease.token": sent.token},
            [
                {"$set": changed},
                {
                    "$set": {
                        "outbox_since": {"$cond": [empty, "$$REMOVE", {"$first": "$outbox.time"}]},
                        "lease": "$$REMOVE" if let_go else {"$cond": [empty, "$$REMOVE", "$lease"]},
                    }
                },
            ],
            projection={"outbox": 1},
            return_document=ReturnDocument.AFTER,
        )
        return done["outbox"] if done else None
