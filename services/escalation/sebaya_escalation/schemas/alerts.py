"""What routes and pages take and give of alerts."""

from datetime import datetime
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
)

from sebaya_contracts.words import (
    AlertCause,
    AlertOutcome,
    Author,
    CaseTopic,
    Level,
    ReportReason,
    WorryReason,
)
from sebaya_escalation.commands.alerts import AlertListing, AlertRecord
from sebaya_escalation.domain.alert import Alert, Status, make_code
from sebaya_escalation.domain.case import Case, latest_activity
from sebaya_escalation.domain.page import Channel, Page, PageState
from sebaya_escalation.domain.review import ReviewAfter
from sebaya_escalation.domain.signal import ScreenReason, Signal
from sebaya_escalation.domain.timeline import Entry, Happening
from sebaya_escalation.domain.verdict import CaseActivity
from sebaya_escalation.schemas.identity import IdentityView
from sebaya_escalation.schemas.person import PersonId
from sebaya_escalation.screen.meaning import find_example

NOTE_LIMIT = 2000


def refuse_nul(text: str) -> str:
    """Return a text that can be stored. Raises ValueError for the character NUL."""
    if "\x00" in text:
        raise ValueError("must not contain the character NUL")
    return text


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be blank")
    return text


Note = Annotated[str, Field(max_length=NOTE_LIMIT), AfterValidator(refuse_nul)]
WrittenNote = Annotated[
    str,
    Field(min_length=1, max_length=NOTE_LIMIT),
    AfterValidator(refuse_nul),
    AfterValidator(_not_blank),
]


class NoteRequest(BaseModel):
    """A note for the colleagues that come next."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"text": "Sleeps at her aunt's."}]}
    )

    text: WrittenNote


class ReviewRequest(BaseModel):
    """A look after the student that was taken, and when the next one is due. The follow-ups after
    the closing of a red or imminent alert stand whatever is asked for here.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"after": "week", "text": "She is back in class."}]},
    )

    after: ReviewAfter | None = Field(
        None, description="Empty: no look but the follow-ups that stand; only for a closed alert"
    )
    reached: Annotated[bool, Field(strict=True)] = Field(
        True,
        description="False: the student could not be reached, and the text says what was tried",
    )
    text: Note = Field("", validate_default=True)

    @field_validator("text")
    @classmethod
    def _say_what_was_tried(cls, text: str, given: ValidationInfo) -> str:
        if given.data.get("reached") is False and not text.strip():
            raise ValueError("say what was tried to reach the student")
        return text


class LowerAlertRequest(BaseModel):
    """The new, lower level, and the reason for it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"level": "amber", "reason": "She quoted a song."}]},
    )

    level: Level
    reason: WrittenNote


class HandOverRequest(BaseModel):
    """The colleague that an alert goes to."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"to": "bk-2"}]})

    to: PersonId


class ExampleView(BaseModel):
    """A sentence of the screen's own examples, which no student wrote."""

    lang: str
    text: str


class WhyView(BaseModel):
    """A rule of the screen, and the characters `[start, end)` of the signal's text that it saw.

    `reads_like`: the nearest own examples, where the second stage raised it for its meaning.
    """

    rule: str
    # pydantic has a method of that name
    concept: str = Field(serialization_alias="construct")
    level: Level
    start: int
    end: int
    reads_like: list[ExampleView] = []

    @classmethod
    def of(cls, reason: ScreenReason) -> "WhyView":
        """Build the view of a reason; an example that ships no longer is left out."""
        found = (find_example(name) for name in reason.examples)
        return cls(
            rule=reason.rule,
            concept=reason.construct,
            level=reason.level,
            start=reason.start,
            end=reason.end,
            reads_like=[ExampleView(lang=one.lang, text=one.text) for one in found if one],
        )


class SignalView(BaseModel):
    """A signal with its words."""

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
    worry: WorryReason | None = Field(description="Why the peer calls an adult for the student")
    worried_supporter_id: str | None
    by_friend: bool = Field(False, description="`worry` is about a friend of the writer")

    @classmethod
    def of(cls, signal: Signal) -> "SignalView":
        """Build the view of a signal."""
        return cls(
            signal_id=signal.signal_id,
            level=signal.level,
            cause=signal.cause,
            posted_at=signal.posted_at,
            author=signal.author,
            text=signal.text,
            why=[WhyView.of(reason) for reason in signal.why],
            report=signal.report,
            reported_supporter_id=signal.reported_supporter_id,
            worry=signal.worry,
            worried_supporter_id=signal.worried_supporter_id,
            by_friend=signal.by_friend,
        )


class PageView(BaseModel):
    """One attempt to reach one person. `after_answer`: it was on its way when the alert was
    acknowledged.
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
        """Build the view of a page."""
        return cls(**{name: getattr(page, name) for name in cls.model_fields})


class EntryView(BaseModel):
    """One line of an alert's timeline: who did what when, and what the ladder met."""

    at: datetime
    what: Happening
    person_id: str | None
    about: str = Field(description="The other person, rung, cause, level or outcome it concerns")
    level: Level | None
    text: str

    @classmethod
    def of(cls, entry: Entry) -> "EntryView":
        """Build the view of an entry."""
        return cls(**{name: getattr(entry, name) for name in cls.model_fields})


class AlertView(BaseModel):
    """An alert without words. Its clocks: `next_step_at` while it is open, `contact_due_at` once it
    is acknowledged.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "alert_id": "0199b1c4-8c1e-7d60-9f0e-0d2f2a7d0001",
                    "code": "K7Q2M",
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
    code: str = Field(description="By which people speak of it; it stands in the subject of mails")
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
    worry: WorryReason | None = Field(
        None, description="The newest of why the peer called an adult for the student"
    )
    by_friend: bool = Field(False, description="The writer of the case worries about a friend")
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
    contacted_by: str | None = None
    review_due_at: datetime | None = Field(
        None, description="When somebody must look after the student again"
    )
    follow_ups_due: list[datetime] = Field(
        default_factory=list,
        description="The fixed moments after the closing that no look has met yet, the next first",
    )
    handed_over_at: datetime | None = None
    closed_by: str | None = None
    closed_at: datetime | None = None
    outcome: AlertOutcome | None = None
    peer_may_continue: bool | None = None

    @classmethod
    def of(cls, alert: Alert, now: datetime) -> "AlertView":
        """Build the view of an alert as it stands at `now`."""
        return cls(**_fields_of(alert, now))


def _fields_of(alert: Alert, now: datetime) -> dict[str, object]:
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
        "contacted_by",
        "handed_over_at",
        "closed_by",
        "closed_at",
        "outcome",
        "peer_may_continue",
    )
    return {name: getattr(alert, name) for name in (*same, *human)} | {
        "state": alert.status,
        "code": alert.code or make_code(alert.alert_id),
        "review_due_at": alert.review.due_at if alert.review else None,
        "follow_ups_due": list(alert.review.follow_ups) if alert.review else [],
        "signals": len(alert.signals),
        "reported": next(
            (signal.report for signal in reversed(alert.signals) if signal.report), None
        ),
        "worry": next((signal.worry for signal in reversed(alert.signals) if signal.worry), None),
        "by_friend": alert.about_friend,
        "waited_seconds": max(
            0.0, ((alert.acknowledged_at or now) - alert.raised_at).total_seconds()
        ),
        "acknowledged_by": alert.holder,
    }


class AlertList(BaseModel):
    """The most urgent first, then the oldest. `total` counts those that were not listed too."""

    alerts: list[AlertView]
    total: int

    @classmethod
    def of(cls, listing: AlertListing) -> "AlertList":
        """Build the view of some alerts."""
        return cls(
            alerts=[AlertView.of(one.state, one.now) for one in listing.alerts],
            total=listing.total,
        )


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
    def of(cls, case: Case, activity: CaseActivity) -> "CaseView":
        """Build the view of a case."""
        return cls(
            topic=activity.topic,
            opened_at=activity.opened_at,
            withdrawn_at=case.withdrawn_at,
            erased=case.erased,
            closed=case.erased or case.withdrawn_at is not None,
        )


class OtherAlert(AlertView):
    """Another alert of the same case, with what humans wrote of it and the pages."""

    note: str
    pages: list[PageView]
    timeline: list[EntryView]

    @classmethod
    def of_alert(cls, alert: Alert, pages: list[Page], now: datetime) -> "OtherAlert":
        """Build the view of an alert as it stands at `now`; `pages` may be of other ones too."""
        return cls(
            **_fields_of(alert, now),
            note=alert.note,
            pages=[PageView.of(page) for page in pages if page.alert_id == alert.alert_id],
            timeline=[EntryView.of(entry) for entry in alert.timeline],
        )


class AlertDetail(AlertView):
    """An alert with the words of its signals, the case, the pages, and the case's other alerts, the
    newest first. Reading it is an entry in the audit log.
    """

    case: CaseView | None
    student_last_came_at: datetime | None = Field(
        description="The newest of what the student did: wrote, asked for an adult, opened or "
        "withdrew. Reading alone leaves no trace"
    )
    identity: IdentityView | None
    words: list[SignalView]
    note: str
    pages: list[PageView]
    timeline: list[EntryView]
    others: list[OtherAlert]

    @classmethod
    def of_record(cls, record: AlertRecord) -> "AlertDetail":
        """Build the view of an alert and of all that is known around it."""
        alert, case = record.alert, record.case
        requests = [
            signal.posted_at
            for signal in alert.signals
            if signal.cause is AlertCause.ADULT_REQUESTED
        ]
        return cls(
            **_fields_of(alert, record.now),
            case=CaseView.of(case, record.activity) if case else None,
            student_last_came_at=latest_activity(
                case.withdrawn_at if case else None, record.activity.wrote_at, *requests
            ),
            identity=IdentityView.of(alert.identity) if alert.identity else None,
            words=[SignalView.of(signal) for signal in alert.signals],
            note=alert.note,
            pages=[PageView.of(page) for page in record.pages if page.alert_id == alert.alert_id],
            timeline=[EntryView.of(entry) for entry in alert.timeline],
            others=[
                OtherAlert.of_alert(other, record.pages, record.now) for other in record.others
            ],
        )
