"""A store that is behind its topics was restored from a backup, and `sebaya restored` was
forgotten: its service does not open on it.

The broker knows better in two ways, and both are asked:
 1. what the service itself has published: each event's document must be there, and must have made
    that many events
 2. the erasures that it has consumed: each must be marked in the case's document, if there is one

The newest records of each partition are enough, since a backup lacks the newest first. Never behind
is a store that is ahead (an outbox that waits), a topic that is empty, cut by its retention or made
anew, a record that no reader could apply, and what an earlier epoch wrote (`sebaya restored` raises
it).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from aiokafka import ConsumerRecord

from sebaya_chassis.base.settings import ChassisSettings
from sebaya_chassis.consuming import dead_letters
from sebaya_chassis.consuming.group_membership import group_of
from sebaya_chassis.consuming.topic_tails import open_tails, read_committed
from sebaya_chassis.storage import schools
from sebaya_chassis.storage.database import Database, Document
from sebaya_chassis.storage.layout import AppliedSequence, CollectionSpec
from sebaya_contracts.envelope import Attributes, Malformed, attributes, decode
from sebaya_contracts.event import Event
from sebaya_contracts.intake import CaseErased
from sebaya_contracts.topics import CASES, SENSITIVE, Topic, written_by

# Of each partition. The first that is newer than a backup is among them unless so many came after
# it that the rest tells as well.
NEWEST = 200
# Some documents are removed after thirty days; what is gone for that reason is not missing.
MISSED_FOR = timedelta(days=29)


class StoreBehind(Exception):
    """The store lacks what the broker shows to have been in it."""

    def __init__(self, service: str, topic: str, about: Attributes) -> None:
        super().__init__(
            f"The store of {service} is older than what it has published or erased ({topic}), as "
            f"after a restore from a backup: it stays closed until `sebaya restored --service "
            f"{service}` was run."
        )
        self.topic = topic
        self.subject = about.subject


@dataclass(frozen=True, slots=True)
class SeenRecord:
    """A record in good order."""

    topic: Topic
    about: Attributes
    appended_at: datetime
    partition: tuple[str, int]
    offset: int

    @property
    def source(self) -> str:
        """The service that it says it is from."""
        return self.about.source


@dataclass(slots=True)
class StoreCheck:
    """Compares a service's store with the heads of its topics. `kinds` are the event types that
    the service handles.
    """

    service: str
    settings: ChassisSettings
    database: Database
    collections: Sequence[CollectionSpec[Any]]
    kinds: frozenset[type[Event]] = frozenset()

    async def ensure_whole(self, epoch: int) -> None:
        """Ensure that the store, whose epoch is given, is not behind.

        Raises StoreBehind, and KafkaError while the broker is away.
        """
        own = {self.settings.topic(topic.name): topic for topic in checked_topics(self.service)}
        ledger = {self.settings.topic(CASES.name): CASES} if CaseErased in self.kinds else {}
        async with open_tails(
            self.settings.kafka_bootstrap_servers, self.settings.kafka_access
        ) as tails:
            published = await tails.read(_partitions(own), NEWEST)
            cases = await tails.read(_partitions(ledger), NEWEST)
        erased = [
            one for one in list_readable(cases, ledger) if one.about.type == CaseErased.kind()
        ]
        if not published and not erased:
            return
        known = frozenset(await self.database[schools.COLLECTION].distinct("_id"))
        mine = (one for one in list_readable(published, own) if one.source == f"/{self.service}")
        await self._ensure_published(list_newest(mine, known), epoch)
        if erased:
            await self._ensure_erased(list_newest(await self._consumed(erased), known))

    async def _consumed(self, seen: Sequence[SeenRecord]) -> list[SeenRecord]:
        """List those that the service's group has committed."""
        committed = await read_committed(
            self.settings.kafka_bootstrap_servers,
            f"{self.settings.topic_prefix}{group_of(self.service)}",
            self.settings.kafka_access,
        )
        return [one for one in seen if one.offset < committed.get(one.partition, 0)]

    async def _ensure_published(self, seen: Sequence[SeenRecord], epoch: int) -> None:
        current = [one for one in seen if one.about.sequence.epoch >= epoch]
        found = await self._find([one.about.subject for one in current], {"number": 1})
        missed_since = datetime.now(UTC) - MISSED_FOR
        for one in current:
            stored = found.get(one.about.subject, [])
            made = max((row["number"] for row in stored), default=None)
            behind = (
                one.appended_at > missed_since if made is None else made < one.about.sequence.number
            )
            forged = any(row["school_id"] != one.about.school_id for row in stored)
            if not forged and (behind or one.about.sequence.epoch > epoch):
                raise StoreBehind(self.service, one.topic.name, one.about)

    async def _ensure_erased(self, seen: Sequence[SeenRecord]) -> None:
        marks = [
            AppliedSequence.of(CASES.name, one.about.subject, one.about.sequence) for one in seen
        ]
        found = await self._find([one.about.subject for one in seen], {"marks": 1})
        parked = await self._parked([one.about.subject for one in seen])
        for one, mark in zip(seen, marks, strict=True):
            stored = found.get(one.about.subject, [])
            forged = any(row["school_id"] != one.about.school_id for row in stored)
            applied = any(row["marks"].get(mark.source, "") >= str(mark.sequence) for row in stored)
            if stored and not (applied or forged or one.about.subject in parked):
                raise StoreBehind(self.service, one.topic.name, one.about)

    async def _find(self, subjects: list[str], fields: Document) -> dict[str, list[Document]]:
        """Find the documents of these ids, of whatever collection."""
        found: dict[str, list[Document]] = {}
        if not subjects:
            return found
        for spec in self.collections:
            rows = self.database[spec.collection].find(
                {"_id": {"$in": subjects}}, {"school_id": 1, **fields}
            )
            async for row in rows:
                found.setdefault(str(row["_id"]), []).append(row)
        return found

    async def _parked(self, subjects: list[str]) -> set[str]:
        """Find the cases with a dead letter, of whatever state: it was never applied."""
        ids = [f"{CASES.name}/{subject}" for subject in subjects]
        rows = self.database[dead_letters.COLLECTION].find({"_id": {"$in": ids}}, {"subject": 1})
        return {str(row["subject"]) async for row in rows}


def checked_topics(service: str) -> list[Topic]:
    """List the topics that a service compares its store with, of those it writes: the lasting ones,
    which hold no words of a student and which it may read for this.
    """
    return [topic for topic in written_by(service) if topic.retention != SENSITIVE]


def _partitions(topics: Mapping[str, Topic]) -> dict[str, int]:
    return {name: topic.partitions for name, topic in topics.items()}


def list_readable(
    records: Iterable["ConsumerRecord[bytes, bytes]"], topics: Mapping[str, Topic]
) -> Iterator[SeenRecord]:
    """List the records in good order; any other is a dead letter of its readers."""
    for record in records:
        topic = topics[record.topic]
        try:
            about = attributes(record.headers)
            decode(topic, about, record.value)
        except Malformed:
            continue
        appended_at = datetime.fromtimestamp(record.timestamp / 1000, UTC)
        at = (record.topic, record.partition)
        yield SeenRecord(topic, about, appended_at, at, record.offset)


def list_newest(records: Iterable[SeenRecord], known: frozenset[str]) -> list[SeenRecord]:
    """List the newest record of each document, of known schools: of any other nothing is stored."""
    newest: dict[tuple[str, str], SeenRecord] = {}
    for one in records:
        key = (one.topic.name, one.about.subject)
        if one.about.school_id in known and (
            key not in newest or newest[key].about.sequence < one.about.sequence
        ):
            newest[key] = one
    return list(newest.values())
