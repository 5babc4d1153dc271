"""What the API takes and gives."""

import unicodedata
from collections.abc import Iterable
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

from sebaya_chassis.base.problems import NotFound
from sebaya_chassis.base.timestamps import Timestamp
from sebaya_chassis.storage.layout import LoadedDocument
from sebaya_contracts.words import (
    CaseTopic,
    DeclineReason,
    MatchEnd,
    SupporterState,
    Urgency,
    WaitDetail,
    WaitReason,
    WorryReason,
)
from sebaya_matching.domain.case import Case, FormerMatch, Match
from sebaya_matching.domain.enums import MatchEndReason, ScoreReason
from sebaya_matching.domain.supporter import FIRST_CAP, Profile, Supporter


def _to_the_second(moment: datetime) -> datetime:
    """The store keeps milliseconds and UTC; what is compared later must be what was stored."""
    return moment.astimezone(UTC).replace(microsecond=0)


def _unique(values: list[Any]) -> list[Any]:
    if len(set(values)) != len(values):
        raise ValueError("each may be named once")
    return values


ID = r"^[A-Za-z0-9_-]{1,64}$"
SupporterId = Annotated[str, StringConstraints(pattern=ID)]
# What turns text round, breaks lines or is no character would let a name show as another; joiners
# stay, names and emoji need them.
_INVISIBLE = {"Cc", "Zl", "Zp", "Cs", "Co", "Cn"}
_DIRECTION_MARKS = frozenset(
    "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\u00ad"
)


def _visible(name: str) -> str:
    if any(
        letter in _DIRECTION_MARKS or unicodedata.category(letter) in _INVISIBLE for letter in name
    ):
        raise ValueError(
            "must hold no control characters and nothing that turns the direction of text"
        )
    if not any(unicodedata.category(letter)[0] in "LNS" for letter in name):
        raise ValueError("must hold something that can be seen")
    return name


DisplayName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=80),
    AfterValidator(_visible),
]
Language = Annotated[
    str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35)
]
Hour = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
Topics = Annotated[
    list[CaseTopic], Field(min_length=1, max_length=len(CaseTopic)), AfterValidator(_unique)
]
Languages = Annotated[list[Language], Field(min_length=1, max_length=10), AfterValidator(_unique)]
Hours = Annotated[list[Hour], Field(max_length=50), AfterValidator(_unique)]
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


class StrictRequest(BaseModel):
    """A request that may hold no other field."""

    model_config = ConfigDict(extra="forbid")


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
    hours: Hours = []
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


class DeclineRequest(StrictRequest):
    """Why not, from a list."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"reason": "no_time"}]}
    )

    reason: DeclineReason


class HandOnRequest(StrictRequest):
    """Why the student is handed on, from a list; an adult hears it."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"reason": "too_heavy"}]}
    )

    reason: Literal[WorryReason.TOO_HEAVY, WorryReason.KNOWS_STUDENT]


class MeetingRequest(StrictRequest):
    """When the two met; now, if it is left out. The same time twice is one meeting."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"met_at": "2026-03-04T04:30:00Z"}]}
    )

    met_at: Second | None = None


class CloseMatchRequest(StrictRequest):
    """How it ended. After `supporter_left` and `no_show` the case waits for another supporter;
    otherwise the case ends too.
    """

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"end": "completed"}]}
    )

    end: Literal[
        MatchEnd.COMPLETED, MatchEnd.NO_SHOW, MatchEnd.STUDENT_LEFT, MatchEnd.SUPPORTER_LEFT
    ]


_OFFER: dict[str, Any] = {
    "match_id": "0198c0de-0000-7000-8000-000000000001",
    "case_id": "0198c0de-0000-7000-8000-000000000002",
    "topic": "loneliness",
    "language": "id",
    "hours": ["mon-lunch"],
}


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


class WaitingView(BaseModel):
    """A case that waits for a supporter; `reason` is null until it was tried. Its age counts from
    the opening.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "case_id": _OFFER["case_id"],
                    "topic": "grief",
                    "since": "2026-03-02T01:00:00Z",
                    "reason": "no_supporter_for_topic",
                    "age_seconds": 5400.0,
                    "urgency": "soon",
                }
            ]
        }
    )

    case_id: str
    topic: CaseTopic
    since: datetime
    reason: WaitReason | None
    detail: WaitDetail | None = None
    age_seconds: float
    urgency: Urgency

    @classmethod
    def of(cls, loaded: LoadedDocument[Case]) -> Self | None:
        """Show a waiting case; None for one without a request."""
        case = loaded.state
        if case.request is None or case.aged_since is None:
            return None
        age = max(0.0, (loaded.now - case.aged_since).total_seconds())
        return cls(
            case_id=case.case_id,
            topic=case.request.topic,
            since=case.aged_since,
            reason=case.wait_reason,
            detail=case.wait_detail,
            age_seconds=age,
            urgency=case.request.urgency,
        )

    @classmethod
    def list_of(cls, found: Iterable[LoadedDocument[Case]]) -> list[Self]:
        """Show the waiting cases, in their order."""
        return [view for loaded in found if (view := cls.of(loaded))]


class OfferView(BaseModel):
    """An open offer: what it is about and why it came to you. Never the student's words, nor their
    name.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    **_OFFER,
                    "reasons": ["preferred", "common_hours"],
                    "offered_at": "2026-03-02T01:00:00Z",
                    "lapses_at": "2026-03-03T01:00:00Z",
                }
            ]
        }
    )

    match_id: str
    case_id: str
    topic: CaseTopic
    language: str
    hours: list[str]
    reasons: list[ScoreReason]
    offered_at: datetime
    lapses_at: datetime

    @classmethod
    def of(cls, loaded: LoadedDocument[Case]) -> Self | None:
        """Show an open offer; None once its time is over, even before the timer has come by."""
        case, match = loaded.state, loaded.state.match
        if case.request is None or match is None or match.judged_at <= loaded.now:
            return None
        return cls(
            match_id=match.match_id,
            case_id=case.case_id,
            topic=case.request.topic,
            language=case.request.language,
            hours=list(case.request.hours),
            reasons=list(match.reasons),
            offered_at=match.offered_at,
            lapses_at=match.lapses_at,
        )

    @classmethod
    def list_of(cls, found: Iterable[LoadedDocument[Case]]) -> list[Self]:
        """Show the offers that are still open."""
        return [view for loaded in found if (view := cls.of(loaded))]


class MatchView(BaseModel):
    """One of your matches: active or ended; after a decline, declined."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "match_id": _OFFER["match_id"],
                    "case_id": _OFFER["case_id"],
                    "state": "active",
                    "accepted_at": "2026-03-02T02:00:00Z",
                    "meetings": 1,
                    "end": None,
                    "ended_at": None,
                }
            ]
        }
    )

    match_id: str
    case_id: str
    state: Literal["active", "ended", "declined"]
    accepted_at: datetime | None
    topic: CaseTopic | None = Field(None, description="Of an active match: what it is about")
    meetings: int = 0
    quiet_days: int = 0
    end: MatchEnd | None = None
    ended_at: datetime | None = None

    @classmethod
    def of(cls, case: Case, match_id: str) -> Self:
        """Show one match of a case. Raises NotFound where the case was erased meanwhile."""
        former = case.find_former(match_id)
        if former is not None:
            return cls._over(case, former)
        if case.match is None:
            raise NotFound
        return cls._active(case, case.match)

    @classmethod
    def list_of(cls, cases: Iterable[Case], supporter_id: str) -> list[Self]:
        """Show the matches that this supporter accepted, of each case the active one first."""
        return [view for case in cases for view in cls._of_case(case, supporter_id)]

    @classmethod
    def _of_case(cls, case: Case, supporter_id: str) -> list[Self]:
        over = [
            cls._over(case, one)
            for one in case.former
            if one.supporter_id == supporter_id and one.accepted_at is not None
        ]
        match = case.match
        if match is None or match.supporter_id != supporter_id or match.accepted_at is None:
            return over
        return [cls._active(case, match), *over]

    @classmethod
    def _active(cls, case: Case, match: Match) -> Self:
        return cls(
            match_id=match.match_id,
            topic=case.request.topic if case.request else None,
            case_id=case.case_id,
            state="active",
            accepted_at=match.accepted_at,
            meetings=len(match.meetings),
            quiet_days=match.quiet_days,
        )

    @classmethod
    def _over(cls, case: Case, former: FormerMatch) -> Self:
        state: Literal["ended", "declined"] = (
            "declined" if former.parting is MatchEndReason.DECLINED else "ended"
        )
        return cls(
            match_id=former.match_id,
            case_id=case.case_id,
            state=state,
            accepted_at=former.accepted_at,
            end=former.end,
            ended_at=former.parted_at,
        )
