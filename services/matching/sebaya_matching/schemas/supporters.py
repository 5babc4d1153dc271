"""Supporters as they are enrolled, changed and shown, with the talks owed to them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    model_validator,
)

from sebaya_contracts.words import (
    CaseTopic,
    SupporterState,
)
from sebaya_matching.domain.supporter import FIRST_CAP, Profile, Supporter
from sebaya_matching.schemas.fields import (
    Cap,
    DisplayName,
    Hours,
    Languages,
    Second,
    StrictRequest,
    SupporterId,
    Topics,
)

PROFILE_EXAMPLE: dict[str, Any] = {
    "display_name": "Sari",
    "topics": ["loneliness", "friendship"],
    "languages": ["id", "en"],
    "hours": ["mon-lunch", "wed-lunch"],
    "cap": 3,
    "certified_until": "2027-06-30T00:00:00Z",
    "state": "active",
}


class EnrolSupporterRequest(StrictRequest):
    """A supporter to enrol. The first language is the one they speak best."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"supporter_id": "sari", **PROFILE_EXAMPLE}]},
    )

    supporter_id: SupporterId
    display_name: DisplayName
    topics: Topics
    languages: Languages
    hours: Hours = Field(default=[])
    cap: Annotated[
        Cap | None, Field(description="Left out: 1, and 2 once a match was completed")
    ] = None
    certified_until: Second | None = None
    state: SupporterState = SupporterState.APPLIED

    def profile(self) -> Profile:
        """Build the profile of the new supporter."""
        given = self.model_dump(exclude={"supporter_id"})
        chosen = given.pop("cap")
        cap = {"cap": FIRST_CAP, "cap_chosen": False} if chosen is None else {"cap": chosen}
        return _edited(Profile("", (), ()), given | cap)


class ChangeSupporterRequest(StrictRequest):
    """The fields to change; what is left out stays. Only `certified_until` may be null: the
    certificate is taken back.
    """

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"cap": 2, "state": "paused"}]}
    )

    display_name: DisplayName | None = None
    topics: Topics | None = None
    languages: Languages | None = None
    hours: Hours | None = None
    cap: Cap | None = None
    certified_until: Second | None = None
    state: SupporterState | None = None

    @model_validator(mode="after")
    def _refuse_nulls(self) -> Self:
        empty = [
            name
            for name in self.model_fields_set
            if name != "certified_until" and getattr(self, name) is None
        ]
        if empty:
            raise ValueError(f"{', '.join(sorted(empty))} may be left out, but not null")
        return self

    def edit(self, profile: Profile) -> Profile:
        """Change the fields of a profile that the request names."""
        given = self.model_dump(exclude_unset=True)
        return _edited(profile, given | ({"cap_chosen": True} if "cap" in given else {}))


def _edited(profile: Profile, changes: dict[str, Any]) -> Profile:
    known = {name: getattr(profile, name) for name in Profile.__dataclass_fields__}
    frozen = {
        name: tuple(value) if isinstance(value, list) else value for name, value in changes.items()
    }
    return Profile(**known | frozen)


class HoursRequest(StrictRequest):
    """The hours at which a supporter has time; none means at any time."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"hours": ["mon-lunch"]}]}
    )

    hours: Hours


class SupporterView(BaseModel):
    """A supporter, and how many of their slots are taken."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"supporter_id": "sari", **PROFILE_EXAMPLE, "taken": 1, "free": 2}]
        }
    )

    supporter_id: str
    display_name: str
    topics: list[CaseTopic]
    languages: list[str]
    hours: list[str]
    cap: int
    certified_until: datetime | None
    state: SupporterState
    taken: int
    free: int
    unanswered: int = 0
    rests_until: datetime | None = None
    debrief_owed_since: datetime | None = Field(
        None,
        description="Since when a talk with a counsellor is owed; nothing is offered before it",
    )

    @classmethod
    def of(cls, supporter: Supporter) -> Self:
        """Show a supporter."""
        profile = {name: getattr(supporter.profile, name) for name in Profile.__dataclass_fields__}
        lists = {name: list(value) for name, value in profile.items() if isinstance(value, tuple)}
        return cls(
            supporter_id=supporter.supporter_id,
            taken=supporter.taken,
            free=supporter.free,
            unanswered=supporter.unanswered,
            rests_until=supporter.rests_until,
            debrief_owed_since=next((one.owed_at for one in supporter.debriefs_owed), None),
            **profile | lists,
        )


class DebriefView(BaseModel):
    """A talk that a counsellor owes to a supporter. It names no student and no alert."""

    supporter_id: str
    display_name: str
    owed_since: datetime
    alerts: int = Field(description="After how many alerts it is owed")

    @classmethod
    def list_of(cls, supporters: Iterable[Supporter]) -> list[Self]:
        """Show those to whom one is owed."""
        return [
            cls(
                supporter_id=one.supporter_id,
                display_name=one.profile.display_name,
                owed_since=one.debriefs_owed[0].owed_at,
                alerts=len(one.debriefs_owed),
            )
            for one in supporters
        ]
