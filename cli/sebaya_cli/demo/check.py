"""The demo's own audit, from outside: what the people did against what topics and stores hold, to
the unit.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from sebaya_cli.demo.people import Student
from sebaya_cli.doctor.finding import Finding
from sebaya_cli.installation import Installation
from sebaya_cli.topic_events import TopicEvent, distinct_events
from sebaya_contracts.escalation import AlertRaised
from sebaya_contracts.evaluation import FeedbackGiven
from sebaya_contracts.event import Event
from sebaya_contracts.intake import AdultRequested, CaseOpened, MessagePosted
from sebaya_contracts.matching import MatchAccepted
from sebaya_contracts.topics import ALERTS, CASES, MATCHES, MESSAGES, RESPONSES

E = TypeVar("E", bound=Event)

ENDS = {
    "waiting": "waiting",
    "offered": "waiting",
    "matched": "matched",
    "closed": "matched",
    "with_counsellor": "with a counsellor",
    "withdrawn": "withdrawn",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing compared."""

    what: str
    expected: int
    found: int

    @property
    def right(self) -> bool:
        return self.expected == self.found


@dataclass(frozen=True, slots=True)
class Events:
    """All events of an installation, each once."""

    cases: list[TopicEvent]
    messages: list[TopicEvent]
    alerts: list[TopicEvent]
    matches: list[TopicEvent]
    responses: list[TopicEvent]

    @classmethod
    async def read(cls, where: Installation) -> "Events":
        return cls(
            *[
                await distinct_events(where, topic)
                for topic in (CASES, MESSAGES, ALERTS, MATCHES, RESPONSES)
            ]
        )


def of(kind: type[E], seen: Iterable[TopicEvent]) -> list[tuple[E, TopicEvent]]:
    return [(one.event, one) for one in seen if isinstance(one.event, kind)]


def topic_lines(
    events: Events, opened: int, messages: int, feedback: int, adults: int = 0
) -> list[Line]:
    """Compare what the broker holds with what was answered 202."""
    return [
        Line(
            "cases opened, in the topic",
            opened,
            len({event.case_id for event, _ in of(CaseOpened, events.cases)}),
        ),
        Line(
            "messages, in the topic",
            opened + messages,
            len({event.message_id for event, _ in of(MessagePosted, events.messages)}),
        ),
        Line(
            "feedback given, in the topic",
            feedback,
            len({event.response_id for event, _ in of(FeedbackGiven, events.responses)}),
        ),
        Line("wishes for an adult, in the topic", adults, len(of(AdultRequested, events.cases))),
    ]


def promise_lines(findings: Iterable[Finding]) -> list[Line]:
    """Make one line of each promise that the checker examined."""
    return [Line(finding.promise, 0, len(finding.wrong)) for finding in findings]


def alerted(events: Events) -> set[str]:
    """List the cases that have or had an alert."""
    return {event.case_id for event, _ in of(AlertRaised, events.alerts) if event.case_id}


async def outcomes(students: Iterable[Student]) -> Counter[str]:
    """Count where each case stands, as its student sees it.

    `unsettled` is none of the ends a case may be in.
    """
    ends: Counter[str] = Counter()
    for student in list(students):
        seen = await student.look()
        end = ENDS.get(seen["state"], "unsettled")
        if end == "waiting" and seen["state"] == "waiting" and not seen["wait_reason"]:
            end = "unsettled"
        ends[end] += 1
    return ends


def evaluation_lines(
    events: Events, totals: dict[str, Any], opened: int, feedback: Counter[str]
) -> list[Line]:
    """Compare evaluation's totals with what was sent, and with the other services' topics."""
    raised = {(event.school_id, event.alert_id) for event, _ in of(AlertRaised, events.alerts)}
    matched = {event.case_id for event, _ in of(MatchAccepted, events.matches)}
    return [
        Line("cases, by evaluation", opened, totals["cases"]),
        Line("cases matched, by evaluation", len(matched), totals["matched"]),
        Line(
            "alerts raised, by evaluation",
            len(raised),
            sum(level["raised"] for level in totals["alerts"].values()),
        ),
        *(
            Line(
                f"feedback of {side}s, by evaluation",
                feedback[side],
                totals["feedback"].get(side, 0),
            )
            for side in ("student", "supporter")
        ),
    ]
