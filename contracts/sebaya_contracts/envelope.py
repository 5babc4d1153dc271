"""CloudEvents 1.0 in Kafka's binary mode: attributes as `ce_*` headers, the data as JSON."""

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple, Self

import msgspec

from sebaya_contracts.district import SCHOOL_ID_PATTERN
from sebaya_contracts.event import Event
from sebaya_contracts.topics import Topic

TYPE_HEADER = "ce_type"
_SCHOOL_FIELD = b'"school_id"'
CONTENT_TYPE = b"application/json"
# Ids only: a subject becomes part of a field's path in the readers' stores.
_SUBJECT = re.compile(r"^[A-Za-z0-9:_-]{1,160}$")
_SCHOOL = re.compile(SCHOOL_ID_PATTERN)

Headers = list[tuple[str, bytes]]


class Sequence(NamedTuple):
    """The number of an event in its document, under the epoch of the store that wrote it.

    Compares as a pair.
    """

    epoch: int
    number: int

    def __str__(self) -> str:
        # CloudEvents' sequence extension wants text that sorts as it counts.
        return f"{self.epoch:06d}.{self.number:012d}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` gives. Raises ValueError for anything but two numbers."""
        epoch, _, number = text.partition(".")
        return cls(int(epoch), int(number))


class Malformed(ValueError):
    """A record that no reader can understand.

    `reason` is one of a closed list, for metrics; the message is for people.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Attributes(msgspec.Struct, frozen=True):
    """Where an event comes from: read from the headers alone, before the data."""

    event_id: str
    source: str
    type: str
    subject: str
    school_id: str
    sequence: Sequence
    time: datetime
    traceparent: str | None = None

    def headers(self) -> Headers:
        """Return the record's headers."""
        named: Headers = [
            ("ce_specversion", b"1.0"),
            ("ce_id", self.event_id.encode()),
            ("ce_source", self.source.encode()),
            (TYPE_HEADER, self.type.encode()),
            ("ce_subject", self.subject.encode()),
            ("ce_schoolid", self.school_id.encode()),
            ("ce_sequence", str(self.sequence).encode()),
            ("ce_time", self.time.astimezone(UTC).isoformat().encode()),
            ("content-type", CONTENT_TYPE),
        ]
        return [*named, ("traceparent", self.traceparent.encode())] if self.traceparent else named


def type_of(headers: Iterable[tuple[str, bytes]]) -> str:
    """Read the type that a record claims; empty where it claims none.

    Cheap and unchecked: `attributes` decides whether the record is in good order.
    """
    return next(
        (
            value.decode(errors="replace")
            for name, value in headers
            if name == TYPE_HEADER and value
        ),
        "",
    )


def attributes(headers: Iterable[tuple[str, bytes]]) -> Attributes:
    """Read a record's attributes from its headers.

    Raises Malformed when one is missing, is there twice or cannot be read.
    """
    listed = [(name, value) for name, value in headers if value is not None]
    given = dict(listed)
    if len(given) < len(listed):
        _refuse_twice([name for name, _ in listed])
    trace = given.get("traceparent")
    try:
        return Attributes(
            event_id=given["ce_id"].decode(),
            source=given["ce_source"].decode(),
            type=given[TYPE_HEADER].decode(),
            subject=_matching(_SUBJECT, given["ce_subject"]),
            school_id=_matching(_SCHOOL, given["ce_schoolid"]),
            sequence=Sequence.parse(given["ce_sequence"].decode()),
            time=datetime.fromisoformat(given["ce_time"].decode()),
            traceparent=trace.decode() if trace is not None else None,
        )
    except KeyError as missing:
        raise Malformed("attribute_missing", f"the header {missing.args[0]} is missing") from None
    except ValueError:
        raise Malformed("attribute_unreadable", "a ce_ header cannot be read") from None


def _refuse_twice(names: list[str]) -> None:
    """Of two attributes of one name each reader would take another. Headers that are no attributes
    may come more than once.
    """
    twice = [name for name in names if name.startswith("ce_") and names.count(name) > 1]
    if twice:
        raise Malformed("attribute_twice", f"the header {twice[0]} is there twice")


def _matching(pattern: re.Pattern[str], value: bytes) -> str:
    text = value.decode()
    if not pattern.fullmatch(text):
        raise ValueError(pattern.pattern)
    return text


@cache
def _decoder(topic: Topic) -> msgspec.json.Decoder[Event]:
    return msgspec.json.Decoder(topic.events)


def encode(event: Event) -> bytes:
    """Encode the data of a record."""
    return msgspec.json.encode(event)


def decode(topic: Topic, about: Attributes, value: bytes | None) -> Event:
    """Decode the event of a record of a type that the topic knows.

    Raises Malformed when the data is not JSON, does not fit its type, or names another type or
    school than its headers, or two of them.
    """
    data = value or b""
    try:
        event = _decoder(topic).decode(data)
    except msgspec.ValidationError:
        raise Malformed("schema", f"the data does not fit {about.type}") from None
    except msgspec.DecodeError:
        raise Malformed("json", "the data is not JSON") from None
    if event.kind() != about.type:
        raise Malformed("type_mismatch", f"the header says {about.type}, the data {event.kind()}")
    if event.school_id != about.school_id:
        raise Malformed("school_mismatch", "the school of the header is not the school of the data")
    if data.count(_SCHOOL_FIELD) != 1:
        _refuse_fields_twice(data)
    return event


def _refuse_fields_twice(data: bytes) -> None:
    """The decoder takes the last of two fields of one name; only where a second school may be named
    is it worth the time to look.
    """

    def once(pairs: list[tuple[str, Any]]) -> None:
        if len({name for name, _ in pairs}) < len(pairs):
            raise Malformed("field_twice", "a field of the data is there twice")

    json.loads(data, object_pairs_hook=once)
