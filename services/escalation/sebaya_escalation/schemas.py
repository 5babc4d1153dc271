"""What the API takes and gives."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from sebaya_chassis.base.timestamps import Timestamp
from sebaya_chassis.storage.audit import Verdict as AuditVerdict
from sebaya_contracts.district import Person
from sebaya_contracts.escalation import Interval
from sebaya_contracts.words import AlertCause, AlertOutcome, Author, CaseTopic, Level, ReportReason
from sebaya_escalation.domain.alert import Alert, Status
from sebaya_escalation.domain.case import Case, latest_activity
from sebaya_escalation.domain.identity import IdentityAnswer, IdentityInquiry, IdentityReason
from sebaya_escalation.domain.page import Channel, Page, PageState
from sebaya_escalation.domain.rota import is_reachable
from sebaya_escalation.domain.shifts import ShiftChange
from sebaya_escalation.domain.signal import Signal
from sebaya_escalation.domain.verdict import CaseActivity

NOTE_LIMIT = 2000


def _no_nul(text: str) -> str:
    if "\x00" in text:
        raise ValueError("must not contain the character NUL")
    return text


# As identity providers write subjects: without spaces, so it is no door for words.
PersonId = Annotated[str, Field(pattern=r"^[A-Za-z0-9:_.@|+=~/-]{1,64}$")]


class CloseAlertRequest(BaseModel):
    """How an alert ends. `version` is the `signals_version` of the alert as it was read."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "outcome": "supported",
                    "note": "Spoke with her.",
                    "peer_may_continue": True,
                    "version": 1,
                }
            ]
        },
    )

    outcome: AlertOutcome
    note: Annotated[str, Field(max_length=NOTE_LIMIT), AfterValidator(_no_nul)] = ""
    peer_may_continue: bool
    version: int = Field(ge=1, le=1_000_000)


class HandOverRequest(BaseModel):
    """To which colleague an alert goes."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"to": "bk-2"}]})

    to: PersonId


class AskIdentityRequest(BaseModel):
    """Why the counsellor must know who the student is."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"reason": "life_in_danger"}]}
    )

    reason: IdentityReason


class AnswerIdentityRequest(BaseModel):
    """What came of the question; a name has no place here."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"answer": "told_in_person"}]}
    )

    answer: IdentityAnswer


class WhyView(BaseModel):
    """A rule that spoke, and the characters `[start, end)` of the signal's text that it saw."""

    rule: str
    # pydantic has a method of that name
    concept: str = Field(serialization_alias="construct")
    level: Level
    start: int
    end: int


class SignalView(BaseModel):
    signal_id: str
    level: Level
    cause: AlertCause
    posted_at: datetime
    author: Author | None
    text: str
    why: list[WhyView]
    report: ReportReason | None = Field(
        description="What the student reported, for a wish for an adult that is a report"
    )
    reported_supporter_id: str | None

    @classmethod
    def of(cls, signal: Signal) -> "SignalView":
        why = [
            WhyView(rule=w.rule, concept=w.construct, level=w.level, start=w.start, end=w.end)
            for w in signal.why
        ]
        return cls(
            signal_id=signal.signal_id,
            level=signal.level,
            cause=signal.cause,
            posted_at=signal.posted_at,
            author=signal.author,
            text=signal.text,
            why=why,
            report=signal.report,
            reported_supporter_id=signal.reported_supporter_id,
        )


class PageView(BaseModel):
    """One attempt to reach one person. `after_answer`: it was on its way when somebody took the
    alert.
    """

    turn: int
    rung: int
    person_id: str
    channel: Channel
    state: PageState
    planned_at: datetime
    settled_at: datetime | None
    attempts: int
    reason: str
    after_answer: bool

    @classmethod
    def of(cls, page: Page) -> "PageView":
        return cls(**{name: getattr(page, name) for name in cls.model_fields})


class AlertView(BaseModel):
    """An alert without words. Its clocks: `next_step_at` while nobody has it, `contact_due_at` once
    somebody does.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "alert_id": "0199b1c4-8c1e-7d60-9f0e-0d2f2a7d0001",
                    "case_id": "0199b1c4-8c1e-7d60-9f0e-0d2f2a7d0002",
                    "episode": 1,
                    "level": "red",
                    "cause": "message",
                    "state": "open",
                    "raised_at": "2026-11-25T10:00:00Z",
                    "waited_seconds": 12.5,
                    "signals": 1,
                    "signals_version": 1,
                    "erased": False,
                    "turn": 1,
                    "next_step_at": "2026-11-25T10:15:00Z",
                }
            ]
        }
    )

    alert_id: str
    case_id: str | None = Field(
        description="Empty for the one alert of a school whose messages cannot be screened"
    )
    episode: int
    level: Level
    cause: AlertCause
    state: Status
    raised_at: datetime
    waited_seconds: float = Field(description="From the alert to its acknowledgement, or to now")
    signals: int
    signals_version: int
    reported: ReportReason | None = Field(
        None, description="The newest of what the student reported about a peer or the thread"
    )
    erased: bool = Field(
        description="The words are gone: the case was erased, or their time was over"
    )
    turn: int
    next_step_at: datetime | None = None
    acknowledged_by: str | None = Field(
        None, description="Who has it, or had it last, or to whom it was handed over"
    )
    acknowledged_at: datetime | None = None
    contact_due_at: datetime | None = None
    contacted_at: datetime | None = None
    handed_over_at: datetime | None = None
    closed_by: str | None = None
    closed_at: datetime | None = None
    outcome: AlertOutcome | None = None
    peer_may_continue: bool | None = None

    @classmethod
    def of(cls, alert: Alert, now: datetime) -> "AlertView":
        return cls(**_clocks(alert, now))


def _clocks(alert: Alert, now: datetime) -> dict[str, object]:
    same = (
        "alert_id",
        "case_id",
        "episode",
        "level",
        "cause",
        "raised_at",
        "signals_version",
        "erased",
        "turn",
        "next_step_at",
    )
    human = (
        "acknowledged_at",
        "contact_due_at",
        "contacted_at",
        "handed_over_at",
        "closed_by",
        "closed_at",
        "outcome",
        "peer_may_continue",
    )
    return {name: getattr(alert, name) for name in (*same, *human)} | {
        "state": alert.status,
        "signals": len(alert.signals),
        "reported": next(
            (signal.report for signal in reversed(alert.signals) if signal.report), None
        ),
        "waited_seconds": max(
            0.0, ((alert.acknowledged_at or now) - alert.raised_at).total_seconds()
        ),
        "acknowledged_by": alert.holder,
    }


class AlertList(BaseModel):
    """The most urgent first, then the oldest. `total` counts those that were not listed too."""

    alerts: list[AlertView]
    total: int


class IdentityView(BaseModel):
    """A counsellor's question who the student is. The answer is given in person; here stands only
    what came of it.
    """

    asked_by: str
    asked_at: datetime
    reason: IdentityReason
    answered_by: str | None
    answered_at: datetime | None
    answer: IdentityAnswer | None

    @classmethod
    def of(cls, request: IdentityInquiry) -> "IdentityView":
        return cls(**{name: getattr(request, name) for name in cls.model_fields})


class IdentityQuestion(BaseModel):
    """An open question, as a coordinator sees it: without words."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "alert_id": "0199b1c4-8c1e-7d60-9f0e-0d2f2a7d0001",
                    "case_id": "0199b1c4-8c1e-7d60-9f0e-0d2f2a7d0002",
                    "level": "imminent",
                    "reason": "life_in_danger",
                    "asked_by": "bk-1",
                    "asked_at": "2026-11-25T10:00:00Z",
                }
            ]
        }
    )

    alert_id: str
    case_id: str
    level: Level
    reason: IdentityReason
    asked_by: str
    asked_at: datetime

    @classmethod
    def of(cls, alert: Alert) -> "IdentityQuestion | None":
        if alert.identity is None or alert.case_id is None:
            return None
        asked = alert.identity
        about = {"alert_id": alert.alert_id, "case_id": alert.case_id, "level": alert.level}
        return cls(**about, reason=asked.reason, asked_by=asked.asked_by, asked_at=asked.asked_at)


class IdentityQuestions(BaseModel):
    """The longest open first."""

    questions: list[IdentityQuestion]


class CaseView(BaseModel):
    """What is known of the case here. A withdrawn case is closed: what came later did not open it
    again.
    """

    topic: CaseTopic | None
    opened_at: datetime | None
    withdrawn_at: datetime | None
    erased: bool
    closed: bool

    @classmethod
    def of(cls, case: Case, heard: CaseActivity) -> "CaseView":
        return cls(
            topic=heard.topic,
            opened_at=heard.opened_at,
            withdrawn_at=case.withdrawn_at,
            erased=case.erased,
            closed=case.erased or case.withdrawn_at is not None,
        )


class AlertDetail(AlertView):
    """An alert with the words of its signals, the case and the pages. Reading it is an entry in the
    audit log.
    """

    case: CaseView | None
    student_last_came_at: datetime | None = Field(
        description="The newest of what the student did: wrote, asked for an adult, opened or withdrew. Reading alone leaves no trace"
    )
    identity: IdentityView | None
    words: list[SignalView]
    note: str
    pages: list[PageView]

    @classmethod
    def told(
        cls,
        alert: Alert,
        case: CaseView | None,
        wrote_at: datetime | None,
        pages: list[Page],
        now: datetime,
    ) -> "AlertDetail":
        asked = [
            signal.posted_at
            for signal in alert.signals
            if signal.cause is AlertCause.ADULT_REQUESTED
        ]
        return cls(
            **_clocks(alert, now),
            case=case,
            student_last_came_at=latest_activity(
                case.withdrawn_at if case else None, wrote_at, *asked
            ),
            identity=IdentityView.of(alert.identity) if alert.identity else None,
            words=[SignalView.of(signal) for signal in alert.signals],
            note=alert.note,
            pages=[PageView.of(page) for page in pages],
        )


class OfferShiftRequest(BaseModel):
    """The duty of mine that runs at the instant `at`, and the colleague who shall take what is left
    of it.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"at": "2026-11-27T01:00:00Z", "to": "bk-2"}]},
    )

    at: Timestamp
    to: PersonId


class ShiftChangeView(BaseModel):
    """A change of duty, offered or agreed."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "change_id": "0199b1c4-8c1e-7d60-9f0e-0d2f2a7d0003",
                    "person_id": "bk-1",
                    "substitute_id": "bk-2",
                    "since": "2026-11-27T00:00:00Z",
                    "until": "2026-11-27T09:00:00Z",
                    "accepted_at": None,
                }
            ]
        }
    )

    change_id: str
    person_id: str
    substitute_id: str
    since: datetime
    until: datetime
    accepted_at: datetime | None

    @classmethod
    def of(cls, change: ShiftChange) -> "ShiftChangeView":
        return cls(**{name: getattr(change, name) for name in cls.model_fields})


class DutyView(BaseModel):
    """Who is on duty from when to when, changes included."""

    person_id: str
    name: str
    since: datetime
    until: datetime


class ShiftsView(BaseModel):
    """The duties of the next 14 days in order, and the changes that were offered or agreed."""

    duties: list[DutyView]
    changes: list[ShiftChangeView]


class OnCallPerson(BaseModel):
    person_id: str
    name: str
    reachable: bool

    @classmethod
    def of(cls, person: Person) -> "OnCallPerson":
        return cls(person_id=person.person_id, name=person.name, reachable=is_reachable(person))


class OnCall(BaseModel):
    """Who is on call at an instant: the same answer the pager gets."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "at": "2026-11-25T10:00:00Z",
                    "people": [{"person_id": "bk-1", "name": "Ibu Sari", "reachable": True}],
                }
            ]
        }
    )

    at: datetime
    people: list[OnCallPerson]


class IntervalView(BaseModel):
    """Half-open: at `until` it is over."""

    since: datetime
    until: datetime

    @classmethod
    def of(cls, interval: Interval) -> "IntervalView":
        return cls(since=interval.since, until=interval.until)


class CoverageView(BaseModel):
    """The next 14 days: when somebody who can be reached is on call, when nobody is, and who cannot
    be reached at all.
    """

    since: datetime
    until: datetime
    covered: list[IntervalView]
    gaps: list[IntervalView]
    without_contact: list[str]


class AuditView(BaseModel):
    """Whether the audit chain is whole. `fault` says what is damaged, and where."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"entries": 412, "intact": True, "fault": None}]}
    )

    entries: int
    intact: bool
    fault: str | None

    @classmethod
    def of(cls, verdict: AuditVerdict) -> "AuditView":
        return cls(entries=verdict.entries, intact=verdict.fault is None, fault=verdict.fault)


class WebhookKey(BaseModel):
    """What a school's receivers verify `Sebaya-Signature` with."""

    key: str
