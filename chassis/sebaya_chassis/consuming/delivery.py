"""A record as it was delivered, with what its headers say of it.

The headers are read once, before the data: a record that is not for this service, or that waits
behind a dead letter, costs no decoding.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from aiokafka import ConsumerRecord, TopicPartition
from msgspec import Struct

from sebaya_chassis.base.health import Heartbeat
from sebaya_chassis.storage.layout import AppliedSequence
from sebaya_contracts.envelope import Attributes, Malformed, attributes, decode
from sebaya_contracts.event import Event
from sebaya_contracts.topics import Topic

REPLAY_HEADER = "sebaya_replay"
SUBJECT_HEADER = "ce_subject"
UNKNOWN_TYPE = "unknown_type"

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
        """Return the header of a record that is sent again."""
        return REPLAY_HEADER, "|".join((self.service, self.park_id, self.at)).encode()


def replay_of(headers: Iterable[tuple[str, bytes]]) -> Replay | None:
    """Find the replay's header; None where there is none, or none that can be read."""
    for name, value in headers:
        if name == REPLAY_HEADER:
            parts = value.decode(errors="replace").split("|")
            return Replay(*parts) if len(parts) == 3 else None
    return None


def position(record: Record) -> str:
    """Name where a record stands in its topic: `partition:offset`."""
    return f"{record.partition}:{record.offset}"


class Delivery(Struct, frozen=True):
    """One record, and what its headers say.

    `attributes` is None where they cannot be read; `kind` is None there, and where the topic knows
    no such type. `fault` is then the reason for which no handler can be given the record.
    """

    topic: Topic
    record: Record
    heartbeat: Heartbeat
    """Of the loop that is held up while the record is at work."""
    replay: Replay | None
    attributes: Attributes | None
    kind: type[Event] | None
    fault: str

    @property
    def subject(self) -> str:
        """Name the source document; by the record's own position where that cannot be read."""
        return self.attributes.subject if self.attributes else position(self.record)

    @property
    def school_id(self) -> str:
        """Name the school of the headers; empty where they cannot be read."""
        return self.attributes.school_id if self.attributes else ""

    @property
    def document(self) -> tuple[str, bytes]:
        """Identify the source document of the topic: what the records of one queue share."""
        return self.record.topic, subject_of(self.record)

    @property
    def partition(self) -> TopicPartition:
        """Name the partition that it came from, as it is called on this broker."""
        return TopicPartition(self.record.topic, self.record.partition)

    @property
    def header(self) -> Attributes:
        """Return the attributes. Raises Malformed where they cannot be read."""
        if self.attributes is None:
            raise Malformed(self.fault, "the headers cannot be read")
        return self.attributes

    def mark(self) -> AppliedSequence:
        """Make the mark that is written with the event's effect. Raises Malformed."""
        header = self.header
        return AppliedSequence.of(self.topic.name, header.subject, header.sequence)

    def event(self) -> Event:
        """Decode the data. Raises Malformed."""
        return decode(self.topic, self.header, self.record.value)


def read_delivery(topic: Topic, record: Record, heartbeat: Heartbeat) -> Delivery:
    """Read a record's headers; never raises for what is wrong with them."""
    replay = replay_of(record.headers)
    try:
        found = attributes(record.headers)
    except Malformed as malformed:
        return Delivery(topic, record, heartbeat, replay, None, None, malformed.reason)
    kind = topic.types.get(found.type)
    fault = "" if kind is not None else UNKNOWN_TYPE
    return Delivery(topic, record, heartbeat, replay, found, kind, fault)


def subject_of(record: Record) -> bytes:
    """Find the source document in the header; a record without one is a document of its own."""
    for name, value in record.headers:
        if name == SUBJECT_HEADER:
            return bytes(value)
    return position(record).encode()
