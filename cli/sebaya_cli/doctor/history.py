"""The topics, read once from their beginnings: what each document went through, kept as small as
the promises allow.

Each document's events come in its own order; a copy, early or late, is passed over. Texts are never
kept.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from sebaya_cli.doctor.alert_history import Alerts
from sebaya_cli.doctor.match_history import Matches
from sebaya_cli.doctor.sequence_numbers import SequenceNumbers
from sebaya_cli.doctor.slot_history import Slots
from sebaya_cli.doctor.stores import store_time
from sebaya_cli.installation import Installation
from sebaya_cli.refusal import Refusal
from sebaya_cli.topic_events import TopicEvent, read, topic_state
from sebaya_contracts.audit import AuditChained
from sebaya_contracts.district import School, SchoolDefined
from sebaya_contracts.envelope import Sequence
from sebaya_contracts.escalation import MessageScreened
from sebaya_contracts.evaluation import FeedbackGiven, WaveAnswered
from sebaya_contracts.intake import (
    AdultRequested,
    CaseErased,
    CaseOpened,
    CaseWithdrawn,
    MessagePosted,
    PreferencesChanged,
)
from sebaya_contracts.topics import (
    ALERTS,
    AUDIT,
    CASES,
    COVERAGE,
    MATCHES,
    MESSAGES,
    RESPONSES,
    SCHOOLS,
    SUPPORTERS,
    VERDICTS,
    Topic,
)
from sebaya_contracts.words import Author, Level

# What follows from something is read before what it follows from: then the cause of all that was
# read is there to be found.
ORDER = (
    RESPONSES,
    SUPPORTERS,
    MATCHES,
    ALERTS,
    VERDICTS,
    MESSAGES,
    CASES,
    AUDIT,
    COVERAGE,
    SCHOOLS,
)


def silent(_: str) -> None:
    """Reports nothing."""


@dataclass(frozen=True, slots=True)
class Opened:
    """`at` is when the broker had it."""

    school_id: str
    at: datetime
    opening_message_id: str
    excluded: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Posted:
    school_id: str
    case_id: str
    at: datetime
    by_counsellor: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """`at` is when the broker had it first."""

    school_id: str
    case_id: str
    level: Level
    alert_id: str | None
    opening: bool
    at: datetime


@dataclass(slots=True)
class History:
    """What all topics say."""

    began: datetime
    """The store's time before the first topic was read."""
    opened: dict[str, Opened] = field(default_factory=dict)
    withdrawn: set[str] = field(default_factory=set)
    erased: set[str] = field(default_factory=set)
    adults: dict[str, datetime] = field(default_factory=dict)
    """Cases whose student wanted an adult, and since when the broker knows."""
    posted: dict[str, Posted] = field(default_factory=dict)
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    alerts: Alerts = field(default_factory=Alerts)
    matches: Matches = field(default_factory=Matches)
    slots: Slots = field(default_factory=Slots)
    responses: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    schools: dict[str, tuple[School, datetime]] = field(default_factory=dict)
    heads: dict[tuple[str, str], AuditChained] = field(default_factory=dict)
    numbers: SequenceNumbers = field(default_factory=SequenceNumbers)
    touched: dict[str, datetime] = field(default_factory=dict)
    """When the broker last had anything about a case."""
    _marks: dict[tuple[str, str, str], Sequence] = field(default_factory=dict)

    @classmethod
    async def read(
        cls,
        where: Installation,
        forged: set[tuple[str, str]] | None = None,
        say: Callable[[str], None] = silent,
    ) -> "History":
        """Read every topic. Raises Refusal where one is not there.

        `forged` are records, by topic and position, that no service wrote.
        """
        stand = await topic_state(where, ORDER)
        if stand.missing:
            raise Refusal(
                f"The topic {stand.missing[0]} is not there: start every service once, or check "
                "the addresses given."
            )
        history = cls(began=await store_time(where))
        for topic in ORDER:
            say(f"reading {topic.name}")
            async for seen in read(where, topic):
                if (topic.name, seen.position) not in (forged or ()):
                    history.see(topic, seen, whole=topic.name not in stand.trimmed)
        return history

    def see(self, topic: Topic, seen: TopicEvent, *, whole: bool) -> None:
        self.numbers.see(topic, seen, whole=whole)
        key = (topic.name, seen.about.source, seen.about.subject)
        if seen.about.sequence <= self._marks.get(key, (0, 0)):
            return
        self._marks[key] = seen.about.sequence
        self._note(seen)

    def _note(self, seen: TopicEvent) -> None:
        event = seen.event
        case_id = getattr(event, "case_id", None)
        if case_id:
            self.touched[case_id] = max(seen.at, self.touched.get(case_id, seen.at))
        match event:
            case (
                CaseOpened()
                | PreferencesChanged()
                | CaseWithdrawn()
                | CaseErased()
                | AdultRequested()
            ):
                self._of_case(event, seen)
            case MessagePosted():
                by_counsellor = event.author is Author.COUNSELLOR and not event.opening
                self.posted.setdefault(
                    event.message_id, Posted(event.school_id, event.case_id, seen.at, by_counsellor)
                )
            case MessageScreened():
                said = Verdict(
                    event.school_id,
                    event.case_id,
                    event.level,
                    event.alert_id,
                    event.opening,
                    seen.at,
                )
                self.verdicts.setdefault(event.message_id, said)
            case FeedbackGiven() | WaveAnswered():
                self.responses[event.response_id] = (event.case_id, seen.at)
            case SchoolDefined():
                self.schools[event.school_id] = (event.school, seen.at)
            case AuditChained():
                self._head(event)
            case _:
                self.alerts.see(seen)
                self.matches.see(seen)
                self.slots.see(seen)

    def _of_case(
        self,
        event: CaseOpened | PreferencesChanged | CaseWithdrawn | CaseErased | AdultRequested,
        seen: TopicEvent,
    ) -> None:
        match event:
            case CaseOpened():
                excluded = event.preferences.excluded_supporters
                self.opened[event.case_id] = Opened(
                    event.school_id, seen.at, event.opening_message_id, excluded
                )
            case PreferencesChanged():
                self._wish(event)
            case CaseWithdrawn():
                self.withdrawn.add(event.case_id)
            case CaseErased():
                self.erased.add(event.case_id)
            case AdultRequested():
                self.adults[event.case_id] = seen.at

    def _wish(self, event: PreferencesChanged) -> None:
        """An offer may come before the event by which its supporter was excluded, or after the one
        by which no longer: what counts was excluded from the opening on.
        """
        opened = self.opened.get(event.case_id)
        if opened is not None:
            still = set(event.preferences.excluded_supporters)
            kept = tuple(one for one in opened.excluded if one in still)
            self.opened[event.case_id] = replace(opened, excluded=kept)

    def _head(self, event: AuditChained) -> None:
        key = (event.service, event.school_id)
        if key not in self.heads or self.heads[key].number < event.number:
            self.heads[key] = event
