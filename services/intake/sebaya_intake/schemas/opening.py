"""A request for help as it is opened, and what comes back."""

from typing import Annotated

import msgspec
from pydantic import (
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
    CaseTopic,
    Door,
    Urgency,
    WorryReason,
)
from sebaya_intake.domain.case import CaseDraft, StudentState
from sebaya_intake.domain.consent import AGE_NOT_ASKED
from sebaya_intake.domain.crisis import OnCall
from sebaya_intake.schemas.contact_details import ContactDetailsRequest
from sebaya_intake.schemas.crisis import CrisisView
from sebaya_intake.schemas.fields import (
    Excluded,
    Hours,
    Language,
    Model,
    Preferred,
    ReturnPass,
    Text,
)
from sebaya_intake.schemas.messages import HANDING_ON


class SafetyRequest(Model):
    """The two safety questions; leaving one out is an answer too."""

    self_harm_thoughts: Answer | None = None
    danger_now: Answer | None = None

    def answers(self) -> SafetyAnswers:
        """Return the answers as the events carry them."""
        return SafetyAnswers(self_harm_thoughts=self.self_harm_thoughts, danger_now=self.danger_now)


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
    hours: Hours = Field(default=[])
    preferred_supporters: Preferred = Field(default=[])
    excluded_supporters: Excluded = Field(default=[])
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


class OpenedView(BaseModel):
    """The answer to an opening. The return code is shown here only."""

    case_id: str = Field(examples=["01926f0e-7c1e-7b32-9c8a-3f2f6d1f6a10"])
    return_code: str = Field(examples=["7K2M-9QXD-4T0B-ZC8R"])
    return_pass: ReturnPass
    state: StudentState
    crisis: CrisisView


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
