"""`sebaya restored`: what must happen between restoring stores from a backup and starting their
services.

For each service, in this order; run again it does all of it again, which does no harm:
 1. refuse while its group has members: a running process would go on writing under the old epoch;
    one that was killed is soon none
 2. wind its group back, so that it reads again what its store has forgotten (marks make the rest
    harmless)
 3. raise its store's epoch above every one that its events ever bore, and mark the store: its doors
    open after the ledger of erasures

Then every session of staff is ended: one that was signed out since the backup would be there again.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from sebaya_chassis.consuming import crash_recovery
from sebaya_chassis.consuming.topic_reader import records_to_end
from sebaya_chassis.service.restore import mark_restored
from sebaya_chassis.service.store_setup import read_epoch
from sebaya_chassis.storage.database import connect, open_database
from sebaya_chassis.storage.sessions import SessionStore
from sebaya_cli.installation import Installation
from sebaya_cli.refusal import Refusal
from sebaya_contracts.envelope import Malformed, attributes
from sebaya_contracts.topics import AUDIT, TOPICS, Topic, read_by

WITHOUT_MEMBERS = ("Empty", "Dead")
# A process that was killed stays a member for its session (10 s), and so does one that a backup of
# the broker itself remembers.
FORGOTTEN_WITHIN = 15.0


@dataclass(frozen=True, slots=True)
class RestoredService:
    """One service that may start. `rewound` counts the records it will read again."""

    service: str
    epoch: int
    rewound: int


async def restore_services(
    where: Installation,
    services: Sequence[str],
    since: datetime | None,
    patience: float = FORGOTTEN_WITHIN,
) -> AsyncIterator[RestoredService]:
    """Prepare restored services to start, one after the other.

    Raises Refusal before anything is changed when one of the services still runs.
    """
    for service in services:
        await _refuse_running(where, service, patience)
    client = connect(where.mongodb_uri)
    try:
        for service in services:
            rewound = await _wind_back(where, service, since)
            store = open_database(client, where.database(service))
            await store[crash_recovery.COLLECTION].delete_many({})
            epoch = max(await read_epoch(store), await _highest_epoch(where, service)) + 1
            await mark_restored(store, epoch)
            yield RestoredService(service, epoch, rewound)
        # A session that ended after the backup must not be there again.
        await SessionStore.of(client, where.database_prefix).end_all()
    finally:
        await client.close()


def _group(where: Installation, service: str) -> str:
    return f"{where.topic_prefix}sebaya.{service}"


async def _refuse_running(where: Installation, service: str, patience: float) -> None:
    give_up_at = time.monotonic() + patience
    admin = AIOKafkaAdminClient(bootstrap_servers=where.kafka, **where.access.arguments())
    try:
        await admin.start()
        while await _has_members(admin, _group(where, service)):
            if time.monotonic() > give_up_at:
                raise Refusal(
                    f"{service} is still running. Stop every process of it, restore its store, "
                    "then run this again."
                )
            await asyncio.sleep(0.5)
    finally:
        await admin.close()


async def _has_members(admin: AIOKafkaAdminClient, group: str) -> bool:
    answers = await admin.describe_consumer_groups([group])
    return any(
        state not in WITHOUT_MEMBERS
        for answer in answers
        for _error, _group_id, state, *_rest in answer.groups
    )


async def _wind_back(where: Installation, service: str, since: datetime | None) -> int:
    """Wind the group back to the first record appended at or after `since`, or to the first; return
    how many records that is.
    """
    every = [
        TopicPartition(where.topic(topic.name), number)
        for topic in read_by(service)
        for number in range(topic.partitions)
    ]
    consumer = AIOKafkaConsumer(
        bootstrap_servers=where.kafka,
        group_id=_group(where, service),
        enable_auto_commit=False,
        **where.access.arguments(),
    )
    try:
        await consumer.start()
        consumer.assign(every)
        ends = await consumer.end_offsets(every)
        start = await _start(consumer, every, ends, since)
        await consumer.commit(start)
    finally:
        await consumer.stop()
    return sum(ends[partition] - start[partition] for partition in every)


async def _start(
    consumer: AIOKafkaConsumer,
    every: list[TopicPartition],
    ends: dict[TopicPartition, int],
    since: datetime | None,
) -> dict[TopicPartition, int]:
    if since is None:
        return dict(await consumer.beginning_offsets(every))
    found = await consumer.offsets_for_times(dict.fromkeys(every, int(since.timestamp() * 1000)))
    return {
        partition: found[partition].offset if found[partition] else ends[partition]
        for partition in every
    }


async def _highest_epoch(where: Installation, service: str) -> int:
    """Return the highest epoch that was published: the store may be older than its last restore."""
    highest = 0
    for topic in _written_by(service):
        async for record in records_to_end(
            where.kafka, where.topic(topic.name), topic.partitions, where.access
        ):
            try:
                about = attributes(record.headers)
            except Malformed:
                continue
            if about.source == f"/{service}":
                highest = max(highest, about.sequence.epoch)
    return highest


def _written_by(service: str) -> list[Topic]:
    return [topic for topic in TOPICS if topic.writer == service] + [AUDIT]
