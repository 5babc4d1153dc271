"""What goes in and out over HTTP. Every field has a limit; only openings and messages take text."""

from datetime import date, datetime
from functools import cache
from typing import Annotated, Literal, Self

import msgspec
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from sebaya_contracts.intake import Preferences, SafetyAnswers
from sebaya_contracts.words import (
    Answer,
    Author,
    CaseTopic,
    DetailsReason,
    Door,
    ReportReason,
    Urgency,
    WaitDetail,
    WaitReason,
    WorryReason,
)
from sebaya_intake.domain.adult_help import HelpStage, Pace
from sebaya_intake.domain.case import CaseDraft, StudentState, Wishes
from sebaya_intake.domain.case_link import LinkReason
from sebaya_intake.domain.consent import AGE_NOT_ASKED
from sebaya_intake.domain.crisis import CrisisReason, OnCall
from sebaya_intake.domain.crisis_lines import CrisisLine, Way
from sebaya_intake.domain.message import Message, MessageWords
from sebaya_intake.domain.projection import SearchNews
from sebaya_intake.domain.sealed_details import ContactDetails, DetailField, SafeTime
from sebaya_intake.domain.sealed_plan import PlanPart, SafetyPlan
from sebaya_intake.domain.setting_aside import AsideGroup

TEXT_LONGEST = 8000
# Said by a peer alone.
HANDING_ON = frozenset({WorryReason.TOO_HEAVY, WorryReason.KNOWS_STUDENT})


def _words(text: str) -> str:
    if "\x00" in text:
        raise ValueError("must not hold NUL characters")
    if not text.strip():
        raise ValueError("must hold some words")
    return text


Text = Annotated[
    str, StringConstraints(min_length=1, max_length=TEXT_LONGEST), AfterValidator(_words)
]
# Tokens without spaces: no way in for text that is not screened.
Hour = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
SupporterId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9:_.-]{1,64}$")]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$")]


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SafetyRequest(Model):
    """The two safety questions; leaving one out is an answer too."""

    self_harm_thoughts: Answer | None = None
    danger_now: Answer | None = None

    def answers(self) -> SafetyAnswers:
        """Return the answers as the events carry them."""
        return SafetyAnswers(self_harm_thoughts=self.self_harm_thoughts, danger_now=self.danger_now)


Hours = Annotated[list[Hour], Field(max_length=50)]
Preferred = Annotated[list[SupporterId], Field(max_length=20)]
Excluded = Annotated[list[SupporterId], Field(max_length=50)]


class ConsentRequest(Model):
    """Which consent text was agreed to, and at what age."""

    version: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,32}$")]
    age: Annotated[
        int, Field(ge=0, le=130, description="Not asked for where `door` is `friend`")
    ] = AGE_NOT_ASKED


# Letters, digits and what stands between them: no way in for text that is not screened.
LETTER = r"[A-Za-z\u00c0-\u024f\u0370-\u1fff]"
PersonName = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        max_length=60,
        pattern=rf"^{LETTER}+(?:[ '.\u2019-]{{1,2}}{LETTER}+){{0,6}}\.?$",
    ),
]
ClassName = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, max_length=16, pattern=r"^[A-Za-z0-9]+(?:[ ./-][A-Za-z0-9]+){0,3}$"
    ),
]
Number = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=5, max_length=24, pattern=r"^\+?[0-9][0-9 ().-]*$"
    ),
]


class ContactDetailsRequest(Model):
    """How the student may be found in danger; every part may be left out, but not all."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"name": "Putri A", "class_name": "XI IPA 2", "number": "0812 0000 0000"},
                {"class_name": "X-3", "safe_time": "breaks"},
            ]
        }
    )

    name: PersonName | None = None
    class_name: ClassName | None = None
    number: Number | None = None
    safe_time: SafeTime | None = None

    @model_validator(mode="after")
    def _ensure_something(self) -> Self:
        if not (self.name or self.class_name or self.number):
            raise ValueError("must hold a name, a class or a number")
        return self

    def details(self) -> ContactDetails:
        """Return the details as the use case takes them."""
        given = {name: getattr(self, name.value) for name in DetailField}
        return ContactDetails({name: str(text) for name, text in given.items() if text})


class OpenCaseRequest(Model):
    """A student's opening."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "topic": "loneliness",
                    "language": "id",
                    "text": "Sejak pindah sekolah aku makan siang sendirian terus.",
                    "safety": {"self_harm_thoughts": "no", "danger_now": "no"},
                    "hours": ["mon-lunch", "wed-lunch"],
                    "excluded_supporters": ["sup-3"],
                    "consent": {"version": "2026-1", "age": 15},
                    "urgency": "soon",
                    "door": "web",
                }
            ]
        }
    )

    topic: CaseTopic
    language: Language
    text: Text
    safety: SafetyRequest
    hours: Hours = []
    preferred_supporters: Preferred = []
    excluded_supporters: Excluded = []
    choosing: Annotated[
        bool,
        Field(
            description="No offer before `PUT …/me/wishes` has named whom the student would not "
            "like, for a day at most"
        ),
    ] = False
    consent: ConsentRequest
    urgency: Annotated[
        Urgency,
        Field(
            description="How soon somebody is needed: a place among those who wait. "
            "To call an adult: `POST …/me/adult`"
        ),
    ] = Urgency.CAN_WAIT
    door: Annotated[
        Door,
        Field(
            description="`friend`: out of worry about a friend. A counsellor is called, and no "
            "peer is ever offered the case"
        ),
    ] = Door.API
    worry: Annotated[
        WorryReason | None,
        Field(description="What worries most about the friend, where `door` is `friend`"),
    ] = None

    peer_may_read: Annotated[
        bool,
        Field(strict=True, description="The peer of a match may read `text` too"),
    ] = False

    contact_details: Annotated[
        ContactDetailsRequest | None,
        Field(description="How the student may be found in danger; kept sealed"),
    ] = None

    @field_validator("worry")
    @classmethod
    def ensure_about_friend(
        cls, worry: WorryReason | None, info: ValidationInfo
    ) -> WorryReason | None:
        """Refuse a worry without a friend, and what only a peer can say."""
        if worry is not None and info.data.get("door") is not Door.FRIEND:
            raise ValueError("goes with the door `friend` alone")
        if worry in HANDING_ON:
            raise ValueError("is for a peer that hands a student on")
        return worry

    def draft(self) -> CaseDraft:
        """Return the case that is asked for, as the use case takes it."""
        preferences = Preferences(
            language=self.language,
            hours=tuple(self.hours),
            preferred_supporters=tuple(self.preferred_supporters),
            excluded_supporters=tuple(self.excluded_supporters),
            choosing=self.choosing,
        )
        return CaseDraft(
            topic=self.topic,
            text=self.text,
            preferences=preferences,
            safety=self.safety.answers(),
            consent_version=self.consent.version,
            age=self.consent.age,
            urgency=self.urgency,
            door=self.door,
            worry=self.worry,
            peer_may_read=self.peer_may_read,
            details=self.contact_details.details() if self.contact_details else None,
        )

    def canonical_body(self) -> bytes:
        """Return the request in its one canonical form; by the digest of it a repeat is known."""
        body = self.model_dump(mode="json")
        # As it was written before there were these fields: a repeat is known across an upgrade.
        if not self.choosing:
            del body["choosing"]
        if self.worry is None:
            del body["worry"]
        if not self.peer_may_read:
            del body["peer_may_read"]
        if self.contact_details is None:
            del body["contact_details"]
        return msgspec.json.encode(body, order="sorted")


class LineView(BaseModel):
    """One way to reach help outside the school."""

    name: str
    way: Way
    contact: str
    about: str
    verified_on: date

    @classmethod
    def of(cls, line: CrisisLine) -> "LineView":
        return cls(
            name=line.name,
            way=line.way,
            contact=line.contact,
            about=line.about,
            verified_on=line.verified_on,
        )


class CrisisView(BaseModel):
    """The crisis lines, and whether they come first."""

    show_first: bool
    reason: CrisisReason | None
    lines: list[LineView]

    @classmethod
    def of(cls, reason: CrisisReason | None, lines: tuple[CrisisLine, ...]) -> "CrisisView":
        return _crisis_view(reason, lines)


@cache
def _crisis_view(reason: CrisisReason | None, lines: tuple[CrisisLine, ...]) -> CrisisView:
    """A country's lines change with a release only, and every answer shows them."""
    return CrisisView(
        show_first=reason is not None, reason=reason, lines=[LineView.of(line) for line in lines]
    )


ReturnPass = Annotated[
    str,
    Field(
        examples=["3q2-7wB9Q1x0aVn_LkT4m8Zs"],
        description="Kept beside the code, sent as `Return-Pass`",
    ),
]


class OpenedView(BaseModel):
    """The answer to an opening. The return code is shown here only."""

    case_id: str = Field(examples=["01926f0e-7c1e-7b32-9c8a-3f2f6d1f6a10"])
    return_code: str = Field(examples=["7K2M-9QXD-4T0B-ZC8R"])
    return_pass: ReturnPass
    state: StudentState
    crisis: CrisisView


class MatchView(BaseModel):
    """The supporter that was found."""

    match_id: str
    supporter_id: str
    display_name: str | None


class AdultHelpView(BaseModel):
    """What the school's adults do, while one is needed. `pace` says how soon one means to come, and
    `next_duty_at` when the next duty begins where no counsellor is on duty now.
    """

    stage: HelpStage
    pace: Pace
    counsellor: str | None = Field(description="The name of the counsellor that has it")
    waits_for_duty: bool
    next_duty_at: datetime | None


class DetailsOpeningView(BaseModel):
    """That a counsellor opened the contact details, and why."""

    opened_at: datetime
    reason: DetailsReason


class CaseView(BaseModel):
    """A case as its student sees it."""

    case_id: str
    return_pass: ReturnPass
    state: StudentState
    queued: bool = Field(
        False, description="It waits until the school's supporters have room: more was asked"
    )
    set_aside: bool = Field(
        False, description="The school took it for a prank; the next word or wish lets it go on"
    )
    opened_at: datetime | None
    opening_screened: bool
    wait_reason: WaitReason | None
    wait_detail: WaitDetail | None = None
    news: SearchNews | None = None
    choosing: bool = False
    may_wish: bool = False
    by_friend: bool = Field(False, description="Opened out of worry about a friend")
    peer_may_read: bool | None = Field(
        None,
        description="Whether the peer may read the first words; null where no peer can come to",
    )
    details_left_at: datetime | None = Field(
        None, description="When contact details were left; they are never shown here"
    )
    details_opened: list[DetailsOpeningView] = Field(
        [], description="When a counsellor opened them, as far as the student is told"
    )
    plan_written_at: datetime | None = Field(
        None, description="When a counsellor last wrote the safety plan; null where there is none"
    )
    match: MatchView | None
    adult_asked_at: datetime | None
    adult_came: bool
    adult_help: AdultHelpView | None
    reported_at: datetime | None
    reported: ReportReason | None
    withdrawn_at: datetime | None
    on_call: OnCall
    crisis: CrisisView


class SetAsideRequest(Model):
    """The time in which the requests came that are to be set aside together."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"since": "2026-11-30T03:10:00Z", "until": "2026-11-30T03:20:00Z"}]
        }
    )

    since: AwareDatetime
    until: Annotated[AwareDatetime, Field(description="12 hours after `since` at most, and over")]


class AsideGroupView(BaseModel):
    """Requests that were set aside together. `size` is how many; until `done` it may grow."""

    group_id: str
    since: datetime
    until: datetime
    made_at: datetime
    made_by: str
    size: int
    done: bool
    undone_at: datetime | None

    @classmethod
    def of(cls, group: AsideGroup) -> "AsideGroupView":
        """Show a group."""
        return cls(
            group_id=group.group_id,
            since=group.since,
            until=group.until,
            made_at=group.made_at,
            made_by=group.made_by,
            size=group.size,
            done=group.work_at is None,
            undone_at=group.undone_at,
        )


class HeardView(BaseModel):
    """The answer to a request that came with a code that was not looked at, right or wrong.

    A counsellor of the school is told that a student who could not be let in asks for an adult, and
    gets the words. It is not known here which student it is.
    """

    case_id: None = None
    on_call: OnCall
    crisis: CrisisView


class FirstWordsRequest(Model):
    """Whether the peer may read the first words."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"peer_may_read": True}]})

    peer_may_read: Annotated[bool, Field(strict=True)]


class ReportRequest(Model):
    """What is wrong, from a list."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "hurtful"}]})

    reason: ReportReason


CaseId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,64}$")]


class LinkRequest(Model):
    """The other case of the same student, and how that is known."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"case_id": "01926f0e-7c1e-7b32-9c8a-3f2f6d1f6a10", "reason": "student_said_so"}
            ]
        }
    )

    case_id: CaseId
    reason: Literal[LinkReason.STUDENT_SAID_SO, LinkReason.SAME_EVENTS, LinkReason.CODE_LOST]


class SeparateRequest(Model):
    """The case that is not the same student's after all."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"case_id": "01926f0e-7c1e-7b32-9c8a-3f2f6d1f6a10"}]}
    )

    case_id: CaseId


class LinkOwnRequest(Model):
    """The return code of the student's other case."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"return_code": "7K2M-9QXD-4T0B-ZC8R"}]}
    )

    return_code: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z ._\u2010-\u2015-]{1,64}$")]


class PostMessageRequest(Model):
    """Words to be added to the thread."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"text": "Terima kasih, besok jam tiga bisa."}]}
    )

    text: Text


class PostStaffMessageRequest(PostMessageRequest):
    """Words of a peer or a counsellor."""

    for_staff: Annotated[
        bool,
        Field(
            strict=True,
            description="Between the peer and the counsellors alone, not for the student",
        ),
    ] = False


class WorryRequest(Model):
    """Why the peer calls an adult, and what the counsellors should know."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "self_harm", "text": "Dia bicara soal mati."}]}
    )

    reason: WorryReason
    text: Text | None = None

    def words(self, idempotency_key: str) -> MessageWords | None:
        """Return the words for the counsellors; None where nothing was written."""
        return MessageWords(self.text, idempotency_key, for_staff=True) if self.text else None


class OpenDetailsRequest(Model):
    """Why a counsellor opens the contact details, and whether the student is told of it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "life_in_danger"}]})

    reason: DetailsReason
    student_told: Annotated[
        bool,
        Field(strict=True, description="False only where it would endanger the student"),
    ] = True


class ContactDetailsView(BaseModel):
    """What the student left, opened for a counsellor."""

    case_id: str
    name: str | None = None
    class_name: str | None = None
    number: str | None = None
    safe_time: SafeTime | None = None

    @classmethod
    def of(cls, case_id: str, details: ContactDetails) -> "ContactDetailsView":
        """Build the view of opened details."""
        return cls.model_validate(
            {"case_id": case_id, **{name.value: text for name, text in details.fields.items()}}
        )


class AdultCalledView(BaseModel):
    """An adult is called; when it was asked for."""

    case_id: str
    called_at: datetime | None


class MessagePostedView(BaseModel):
    message_id: str


class MessageView(BaseModel):
    """One entry of a thread."""

    message_id: str
    author: Author
    mine: bool
    text: str
    posted_at: datetime
    opening: bool = False
    for_staff: bool = Field(False, description="Between the peer and the counsellors alone")
    linked: bool = Field(False, description="It stands in another case of the same student")
    hidden_from_peer: bool = Field(
        False, description="In the student's own thread: the peer does not see it"
    )

    @classmethod
    def of(
        cls, message: Message, *, mine: bool, linked: bool, hidden_from_peer: bool = False
    ) -> "MessageView | None":
        if message.author is None or message.posted_at is None:
            return None
        return cls(
            message_id=message.message_id,
            author=message.author,
            mine=mine,
            text=message.text,
            posted_at=message.posted_at,
            for_staff=message.for_staff,
            linked=linked,
            hidden_from_peer=hidden_from_peer,
        )


class LinkView(BaseModel):
    """A case that is read as one timeline with this one, since it is the same student's."""

    case_id: str
    reason: LinkReason
    linked_at: datetime


class ThreadView(BaseModel):
    """A stretch of a thread, oldest first. `earlier`: ask again with `before` = the first id."""

    case_id: str
    messages: list[MessageView]
    earlier: bool
    by_friend: bool = Field(False, description="Opened out of worry about a friend")
    linked: list[LinkView] = []


class ErasedView(BaseModel):
    """The case is gone; within moments so are its words."""

    case_id: str
    erased_at: datetime


class FeedbackTokenView(BaseModel):
    """A short-lived token for the feedback form."""

    token: str
    match_id: str
    expires_at: datetime


class SupporterView(BaseModel):
    supporter_id: str
    display_name: str


class WishesRequest(Model):
    """What a student wishes of the search; it replaces what was said before."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"hours": ["mon-lunch"], "excluded_supporters": ["sup-3"]}]}
    )

    hours: Hours = []
    preferred_supporters: Preferred = []
    excluded_supporters: Excluded = []

    def wishes(self) -> Wishes:
        """Return the wishes as the use case takes them."""
        return Wishes(
            tuple(self.hours), tuple(self.preferred_supporters), tuple(self.excluded_supporters)
        )


class WishesView(BaseModel):
    """What a student wishes, and the supporters that they may name. `choosing`: no offer is made
    before they have said so.
    """

    hours: list[str]
    preferred_supporters: list[str]
    excluded_supporters: list[str]
    choosing: bool
    supporters: list[SupporterView]


class ConsentView(BaseModel):
    """What is agreed to, by language, and from which age alone."""

    version: str
    youngest: int
    oldest: int
    self_consent_age: int
    meaning: dict[str, list[str]]
    meaning_for_friends: dict[str, list[str]]


class SchoolView(BaseModel):
    """What a student needs to know before asking."""

    school_id: str
    name: str
    languages: list[str]
    topics: list[CaseTopic]
    consent: ConsentView
    on_call: OnCall
    crisis: CrisisView


# One step of a plan is some lines; the whole fits on a telephone.
PLAN_PART_LONGEST = 1000
PlanText = Annotated[
    str,
    StringConstraints(min_length=1, max_length=PLAN_PART_LONGEST),
    AfterValidator(_words),
]


class SafetyPlanRequest(Model):
    """The steps of a safety plan; every one may be left out, but not all."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "warning_signs": "I stop answering my friends",
                    "alone": "Walk round the field; listen to music",
                    "helpers": "My aunt, in the evening",
                }
            ]
        }
    )

    warning_signs: PlanText | None = None
    alone: PlanText | None = None
    company: PlanText | None = None
    helpers: PlanText | None = None
    safer: PlanText | None = None

    @model_validator(mode="after")
    def _ensure_something(self) -> Self:
        if not any(getattr(self, part.value) for part in PlanPart):
            raise ValueError("must hold at least one step")
        return self

    def plan(self) -> SafetyPlan:
        """Return the plan as the use case takes it."""
        given = {part: getattr(self, part.value) for part in PlanPart}
        return SafetyPlan({part: text for part, text in given.items() if text})


class SafetyPlanView(BaseModel):
    """A safety plan as its student and the counsellors read it."""

    written_at: datetime | None
    warning_signs: str | None = None
    alone: str | None = None
    company: str | None = None
    helpers: str | None = None
    safer: str | None = None

    @classmethod
    def of(cls, plan: SafetyPlan | None, written_at: datetime | None) -> "SafetyPlanView":
        """Build the view; empty where there is no plan yet."""
        parts = plan.parts if plan else {}
        return cls.model_validate(
            {"written_at": written_at, **{part.value: text for part, text in parts.items()}}
        )
