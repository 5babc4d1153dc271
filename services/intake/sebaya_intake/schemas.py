"""What goes in and out over HTTP. Every field has a limit; only openings and messages take text."""

from datetime import date, datetime
from functools import cache
from typing import Annotated, Literal

import msgspec
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)

from sebaya_contracts.intake import Preferences, SafetyAnswers
from sebaya_contracts.words import (
    Answer,
    Author,
    CaseTopic,
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
        )

    def canonical_body(self) -> bytes:
        """Return the request in its one canonical form; by the digest of it a repeat is known."""
        body = self.model_dump(mode="json")
        # As it was written before there were these fields: a repeat is known across an upgrade.
        if not self.choosing:
            del body["choosing"]
        if self.worry is None:
            del body["worry"]
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


class CaseView(BaseModel):
    """A case as its student sees it."""

    case_id: str
    return_pass: ReturnPass
    state: StudentState
    opened_at: datetime | None
    opening_screened: bool
    wait_reason: WaitReason | None
    wait_detail: WaitDetail | None = None
    news: SearchNews | None = None
    choosing: bool = False
    may_wish: bool = False
    by_friend: bool = Field(False, description="Opened out of worry about a friend")
    match: MatchView | None
    adult_asked_at: datetime | None
    adult_came: bool
    adult_help: AdultHelpView | None
    reported_at: datetime | None
    reported: ReportReason | None
    withdrawn_at: datetime | None
    on_call: OnCall
    crisis: CrisisView


class HeardView(BaseModel):
    """The answer to a request that came with a code that was not looked at, right or wrong.

    A counsellor of the school is told that a student who could not be let in asks for an adult, and
    gets the words. It is not known here which student it is.
    """

    case_id: None = None
    on_call: OnCall
    crisis: CrisisView


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

    @classmethod
    def of(cls, message: Message, *, mine: bool, linked: bool) -> "MessageView | None":
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
