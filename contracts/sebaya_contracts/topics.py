"""The topics: their writers and readers, how they are keyed, split and kept.

Partition counts are fixed at creation.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from types import UnionType
from typing import Literal, get_args

from sebaya_contracts import audit, district, escalation, evaluation, intake, matching
from sebaya_contracts.event import Event

Service = Literal["intake", "matching", "escalation", "evaluation"]
SERVICES: tuple[Service, ...] = get_args(Service)

# Six days: with the half-day segment below nothing a student wrote outlives a week in the broker.
SENSITIVE = timedelta(days=6)
SENSITIVE_SEGMENT = timedelta(hours=12)
YEARS = timedelta(days=5 * 365)


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic of the published language.

    `retention` None keeps the newest record of each key (compaction).
    """

    name: str
    events: UnionType | type[Event]
    writer: str
    key: Literal["school_id", "case_id"] = "school_id"
    partitions: int = 6
    retention: timedelta | None = YEARS
    segment: timedelta = timedelta(days=7)
    readers: tuple[Service, ...] = ()
    chains: tuple[Service, ...] = ()
    """The services that write where no single one does."""

    @property
    def types(self) -> Mapping[str, type[Event]]:
        """Its event types, by name."""
        return _types(self)

    def __hash__(self) -> int:
        """Hash by the name: a topic is looked up for each record."""
        return hash(self.name)

    def dead_letters(self, service: str) -> str:
        """Name the topic that keeps, whole, what `service` could not apply."""
        return f"{self.name}.{service}.dlq"

    def config(self) -> dict[str, str]:
        """Return the broker's settings for this topic."""
        common = {
            "segment.ms": milliseconds(self.segment),
            "message.timestamp.type": "LogAppendTime",
        }
        if self.retention is None:
            return common | {"cleanup.policy": "compact"}
        return common | {"cleanup.policy": "delete", "retention.ms": milliseconds(self.retention)}


@cache
def _types(topic: Topic) -> Mapping[str, type[Event]]:
    events = topic.events
    members: tuple[type[Event], ...] = (
        get_args(events) if isinstance(events, UnionType) else (events,)
    )
    return {member.kind(): member for member in members}


def milliseconds(span: timedelta) -> str:
    """Convert a span to whole milliseconds, as the broker's settings take them."""
    return str(int(span.total_seconds() * 1000))


SCHOOLS = Topic(
    "district.schools.v1",
    district.SchoolEvent,
    "district",
    partitions=1,
    retention=None,
    readers=SERVICES,
)
CASES = Topic(
    "intake.cases.v1", intake.CaseEvent, "intake", readers=("matching", "escalation", "evaluation")
)
MESSAGES = Topic(
    "intake.messages.v1",
    intake.MessageEvent,
    "intake",
    key="case_id",
    partitions=12,
    retention=SENSITIVE,
    segment=SENSITIVE_SEGMENT,
    readers=("escalation",),
)
MATCHES = Topic(
    "matching.matches.v1",
    matching.MatchEvent,
    "matching",
    readers=("intake", "escalation", "evaluation"),
)
SUPPORTERS = Topic(
    "matching.supporters.v1", matching.SupporterEvent, "matching", readers=("intake",)
)
VERDICTS = Topic(
    "escalation.verdicts.v1", escalation.VerdictEvent, "escalation", readers=("intake", "matching")
)
ALERTS = Topic(
    "escalation.alerts.v1",
    escalation.AlertEvent,
    "escalation",
    readers=("intake", "matching", "evaluation"),
)
COVERAGE = Topic(
    "escalation.coverage.v1",
    escalation.CoverageEvent,
    "escalation",
    partitions=1,
    retention=None,
    readers=("intake",),
)
AUDIT = Topic(
    "audit.heads.v1",
    audit.AuditEvent,
    "every service with a chain",
    partitions=1,
    chains=("intake", "matching", "escalation"),
)
RESPONSES = Topic(
    "evaluation.responses.v1",
    evaluation.ResponseEvent,
    "evaluation",
    retention=SENSITIVE,
    segment=SENSITIVE_SEGMENT,
)

TOPICS: tuple[Topic, ...] = (
    SCHOOLS,
    CASES,
    MESSAGES,
    MATCHES,
    SUPPORTERS,
    VERDICTS,
    ALERTS,
    COVERAGE,
    AUDIT,
    RESPONSES,
)

_BY_TYPE: dict[type[Event], Topic] = {
    kind: topic for topic in TOPICS for kind in topic.types.values()
}


def topic_of(event: Event | type[Event]) -> Topic:
    """Find the topic of an event. Raises KeyError for a type outside the published language."""
    return _BY_TYPE[event if isinstance(event, type) else type(event)]


def read_by(service: str) -> Iterable[Topic]:
    """List the topics that a service consumes."""
    return (topic for topic in TOPICS if service in topic.readers)


def written_by(service: str) -> Iterable[Topic]:
    """List the topics that a service publishes to, apart from its dead letters."""
    return (topic for topic in TOPICS if service == topic.writer or service in topic.chains)
