"""What the API gives."""

from datetime import datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict

from sebaya_chassis.storage.documents import LoadedDocument
from sebaya_contracts.words import CaseTopic, MatchEnd, SupporterState, Urgency, WaitReason
from sebaya_matching.domain.case import Case, FormerMatch, Match
from sebaya_matching.domain.enums import MatchEndReason, ScoreReason
from sebaya_matching.domain.supporter import Profile, Supporter
from sebaya_matching.schemas import PROFILE_EXAMPLE

_OFFER: dict[str, Any] = {
    "match_id": "0198c0de-0000-7000-8000-000000000001",
    "case_id": "0198c0de-0000-7000-8000-000000000002",
    "topic": "loneliness",
    "language": "id",
    "hours": ["mon-lunch"],
}


class SupporterView(BaseModel):
    """A supporter, and how many of their places are taken."""

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

    @classmethod
    def of(cls, supporter: Supporter) -> Self:
        profile = {name: getattr(supporter.profile, name) for name in Profile.__dataclass_fields__}
        lists = {name: list(value) for name, value in profile.items() if isinstance(value, tuple)}
        return cls(
            supporter_id=supporter.supporter_id,
            taken=supporter.taken,
            free=supporter.free,
            **profile | lists,
        )


class WaitingView(BaseModel):
    """A case that waits for a supporter; `reason` is null until it was tried."""

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
    age_seconds: float
    urgency: Urgency

    @classmethod
    def of(cls, loaded: LoadedDocument[Case]) -> Self | None:
        case = loaded.state
        if case.request is None or case.since is None:
            return None
        age = max(0.0, (loaded.now - case.since).total_seconds())
        return cls(
            case_id=case.case_id,
            topic=case.request.topic,
            since=case.since,
            reason=case.wait_reason,
            age_seconds=age,
            urgency=case.request.urgency,
        )


class OfferView(BaseModel):
    """An open offer: what it is about and why it came to you. Never the student's words, nor who
    they are.
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
        """None for an offer whose time is over, even where the timer has not come by yet."""
        case, match = loaded.state, loaded.state.match
        if case.request is None or match is None or match.lapses_at <= loaded.now:
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
    meetings: int = 0
    end: MatchEnd | None = None
    ended_at: datetime | None = None

    @classmethod
    def active(cls, case: Case, match: Match) -> Self:
        return cls(
            match_id=match.match_id,
            case_id=case.case_id,
            state="active",
            accepted_at=match.accepted_at,
            meetings=len(match.meetings),
        )

    @classmethod
    def over(cls, case: Case, former: FormerMatch) -> Self:
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
