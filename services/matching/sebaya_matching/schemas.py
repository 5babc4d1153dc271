"""What the API takes."""

import unicodedata
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from sebaya_chassis.base.timestamps import Timestamp
from sebaya_contracts.words import CaseTopic, DeclineReason, MatchEnd, SupporterState
from sebaya_matching.domain.supporter import Profile


def _to_the_second(moment: datetime) -> datetime:
    """The store keeps milliseconds and UTC; what is compared later must be what was stored."""
    return moment.astimezone(UTC).replace(microsecond=0)


def _once(values: list[Any]) -> list[Any]:
    if len(set(values)) != len(values):
        raise ValueError("each may be named once")
    return values


ID = r"^[A-Za-z0-9_-]{1,64}$"
SupporterId = Annotated[str, StringConstraints(pattern=ID)]
# What turns text round, breaks lines or is no character would let a name show as another; joiners
# stay, names and emoji need them.
_UNSHOWN = {"Cc", "Zl", "Zp", "Cs", "Co", "Cn"}
_TURNING = frozenset(
    "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\u00ad"
)


def _shown(name: str) -> str:
    if any(letter in _TURNING or unicodedata.category(letter) in _UNSHOWN for letter in name):
        raise ValueError(
            "must hold no control characters and nothing that turns the direction of text"
        )
    if not any(unicodedata.category(letter)[0] in "LNS" for letter in name):
        raise ValueError("must hold something that can be seen")
    return name


DisplayName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=80),
    AfterValidator(_shown),
]
Language = Annotated[
    str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35)
]
Hour = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
Topics = Annotated[
    list[CaseTopic], Field(min_length=1, max_length=len(CaseTopic)), AfterValidator(_once)
]
Languages = Annotated[list[Language], Field(min_length=1, max_length=10), AfterValidator(_once)]
Hours = Annotated[list[Hour], Field(max_length=50), AfterValidator(_once)]
Cap = Annotated[int, Field(ge=1, le=10)]
Second = Annotated[Timestamp, AfterValidator(_to_the_second)]

PROFILE_EXAMPLE: dict[str, Any] = {
    "display_name": "Sari",
    "topics": ["loneliness", "friendship"],
    "languages": ["id", "en"],
    "hours": ["mon-lunch", "wed-lunch"],
    "cap": 3,
    "certified_until": "2027-06-30T00:00:00Z",
    "state": "active",
}


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class EnrolSupporterRequest(Body):
    """A supporter to enrol. The first language is the one they speak best."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"supporter_id": "sari", **PROFILE_EXAMPLE}]},
    )

    supporter_id: SupporterId
    display_name: DisplayName
    topics: Topics
    languages: Languages
    hours: Hours = []
    cap: Cap = 3
    certified_until: Second | None = None
    state: SupporterState = SupporterState.APPLIED

    def profile(self) -> Profile:
        return _edited(Profile("", (), ()), self.model_dump(exclude={"supporter_id"}))


class ChangeSupporterRequest(Body):
    """What shall be different; what is not named stays. Only `certified_until` may be null: the
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
    def _nothing_emptied(self) -> Self:
        empty = [
            name
            for name in self.model_fields_set
            if name != "certified_until" and getattr(self, name) is None
        ]
        if empty:
            raise ValueError(f"{', '.join(sorted(empty))} may be left out, but not null")
        return self

    def edit(self, profile: Profile) -> Profile:
        return _edited(profile, self.model_dump(exclude_unset=True))


def _edited(profile: Profile, changes: dict[str, Any]) -> Profile:
    known = {name: getattr(profile, name) for name in Profile.__dataclass_fields__}
    frozen = {
        name: tuple(value) if isinstance(value, list) else value for name, value in changes.items()
    }
    return Profile(**known | frozen)


class DeclineRequest(Body):
    """Why not, from a list."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"reason": "no_time"}]}
    )

    reason: DeclineReason


class MeetingRequest(Body):
    """When the two met; now, if it is left out. The same time told twice is one meeting."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"met_at": "2026-03-04T04:30:00Z"}]}
    )

    met_at: Second | None = None


class CloseMatchRequest(Body):
    """How it ended. After `supporter_left` the case waits for somebody else; otherwise the case
    ends too.
    """

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"end": "completed"}]}
    )

    end: Literal[
        MatchEnd.COMPLETED, MatchEnd.NO_SHOW, MatchEnd.STUDENT_LEFT, MatchEnd.SUPPORTER_LEFT
    ]
