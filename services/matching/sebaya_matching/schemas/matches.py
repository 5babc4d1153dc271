"""What a supporter is offered, answers and does, and who waits."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
)

from sebaya_chassis.base.problems import NotFound
from sebaya_chassis.storage.layout import LoadedDocument
from sebaya_contracts.words import (
    CaseTopic,
    DeclineReason,
    MatchEnd,
    Urgency,
    WaitDetail,
    WaitReason,
    WorryReason,
)
from sebaya_matching.domain.case import Case, FormerMatch, Match
from sebaya_matching.domain.enums import MatchEndReason, ScoreReason
from sebaya_matching.schemas.fields import Second, StrictRequest


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
