"""The routes for programs: coordinators keep the supporters, supporters answer their offers."""

from typing import Annotated

from fastapi import APIRouter, Query, status

from sebaya_chassis.base.problems import (
    Forbidden,
    Invalid,
    NotFound,
    Unauthenticated,
    Unavailable,
    UnknownSchool,
)
from sebaya_chassis.web.problems import problems
from sebaya_chassis.web.routes import Route
from sebaya_matching import commands
from sebaya_matching.dependencies import (
    CoordinatorToken,
    CounsellorToken,
    MatchPath,
    RequestedSchool,
    RequestedStore,
    SupporterPath,
    SupporterToken,
)
from sebaya_matching.errors import (
    CaseHeld,
    MeetingImpossible,
    NoActiveMatch,
    NotAvailable,
    OfferGone,
    SupporterExists,
)
from sebaya_matching.schemas.matches import (
    CloseMatchRequest,
    DeclineRequest,
    HandOnRequest,
    MatchView,
    MeetingRequest,
    OfferView,
    WaitingView,
)
from sebaya_matching.schemas.supporters import (
    ChangeSupporterRequest,
    DebriefView,
    EnrolSupporterRequest,
    HoursRequest,
    SupporterView,
)

Limit = Annotated[int, Query(ge=1, le=500)]

EVERYWHERE = (Unauthenticated, Forbidden, UnknownSchool, Unavailable)
router = APIRouter(
    prefix="/schools/{school_id}", responses=problems(*EVERYWHERE, Invalid), route_class=Route
)


@router.post(
    "/supporters",
    status_code=status.HTTP_201_CREATED,
    tags=["coordinator"],
    responses=problems(SupporterExists),
)
async def enrol_supporter(
    coordinator: CoordinatorToken, school: RequestedStore, body: EnrolSupporterRequest
) -> SupporterView:
    """Enrol a supporter. The same request again gives the same answer."""
    return SupporterView.of(
        await commands.enrol_supporter(
            school, coordinator.person_id, body.supporter_id, body.profile()
        )
    )


@router.patch("/supporters/{supporter_id}", tags=["coordinator"], responses=problems(NotFound))
async def change_supporter(
    coordinator: CoordinatorToken,
    school: RequestedStore,
    supporter_id: SupporterPath,
    body: ChangeSupporterRequest,
) -> SupporterView:
    """Change a supporter. One that is no longer active or certified gives open offers back; one
    that retires, their matches too.
    """
    return SupporterView.of(
        await commands.change_supporter(school, coordinator.person_id, supporter_id, body.edit)
    )


@router.get("/supporters", tags=["coordinator"])
async def list_supporters(
    _coordinator: CoordinatorToken, school: RequestedStore
) -> list[SupporterView]:
    """List the school's supporters and their slots."""
    return [SupporterView.of(one) for one in await commands.list_supporters(school)]


@router.get("/waiting", tags=["coordinator"])
async def list_waiting(
    _coordinator: CoordinatorToken, school: RequestedStore, limit: Limit = 200
) -> list[WaitingView]:
    """List the cases that wait for a supporter, longest wait first, and why they wait."""
    return WaitingView.list_of(await commands.list_waiting(school, limit))


@router.get("/debriefs", tags=["counsellor"])
async def list_debriefs(_counsellor: CounsellorToken, school: RequestedStore) -> list[DebriefView]:
    """List the supporters to whom a talk is owed after a red or imminent alert, the one owed for
    longest first. Nothing is offered to them before.
    """
    return DebriefView.list_of(await commands.list_owed_debriefs(school))


@router.post(
    "/supporters/{supporter_id}/debrief", tags=["counsellor"], responses=problems(NotFound)
)
async def hold_debriefs(
    counsellor: CounsellorToken, school: RequestedStore, supporter_id: SupporterPath
) -> SupporterView:
    """Say that you have talked with a supporter. Offers may come to them again."""
    return SupporterView.of(
        await commands.hold_debriefs(school, counsellor.person_id, supporter_id)
    )


@router.get("/offers", tags=["supporter"])
async def list_offers(supporter: SupporterToken, school: RequestedStore) -> list[OfferView]:
    """List your open offers."""
    return OfferView.list_of(await commands.list_offers(school, supporter.person_id))


@router.get("/matches", tags=["supporter"])
async def list_matches(
    supporter: SupporterToken, school: RequestedStore, limit: Limit = 200
) -> list[MatchView]:
    """List your matches, active and ended."""
    cases = await commands.list_matches(school, supporter.person_id, limit)
    return MatchView.list_of(cases, supporter.person_id)


@router.post(
    "/matches/{match_id}/accept",
    tags=["supporter"],
    responses=problems(NotFound, CaseHeld, OfferGone, NotAvailable),
)
async def accept_offer(
    supporter: SupporterToken,
    school: RequestedStore,
    description: RequestedSchool,
    match_id: MatchPath,
) -> MatchView:
    """Accept an offer. Accepting it again gives the same answer."""
    case = await commands.accept_offer(school, description, supporter.person_id, match_id)
    return MatchView.of(case, match_id)


@router.post(
    "/matches/{match_id}/decline",
    tags=["supporter"],
    responses=problems(NotFound, CaseHeld, OfferGone),
)
async def decline_offer(
    supporter: SupporterToken, school: RequestedStore, match_id: MatchPath, body: DeclineRequest
) -> MatchView:
    """Refuse an offer. You are not asked for this case again."""
    case = await commands.decline_offer(school, supporter.person_id, match_id, body.reason)
    return MatchView.of(case, match_id)


@router.post(
    "/matches/{match_id}/meetings",
    tags=["supporter"],
    responses=problems(NotFound, NoActiveMatch, MeetingImpossible),
)
async def log_meeting(
    supporter: SupporterToken, school: RequestedStore, match_id: MatchPath, body: MeetingRequest
) -> MatchView:
    """Note that the two of you met."""
    case = await commands.log_meeting(school, supporter.person_id, match_id, body.met_at)
    return MatchView.of(case, match_id)


@router.post(
    "/matches/{match_id}/hand-on", tags=["supporter"], responses=problems(NotFound, NoActiveMatch)
)
async def hand_on_student(
    supporter: SupporterToken, school: RequestedStore, match_id: MatchPath, body: HandOnRequest
) -> MatchView:
    """Hand your student on to another supporter. An adult of the school hears why."""
    case = await commands.hand_on_student(school, supporter.person_id, match_id, body.reason)
    return MatchView.of(case, match_id)


@router.post(
    "/matches/{match_id}/close", tags=["supporter"], responses=problems(NotFound, NoActiveMatch)
)
async def close_match(
    supporter: SupporterToken, school: RequestedStore, match_id: MatchPath, body: CloseMatchRequest
) -> MatchView:
    """End a match."""
    case = await commands.close_match(school, supporter.person_id, match_id, body.end)
    return MatchView.of(case, match_id)


@router.post("/supporters/me/here", tags=["supporter"], responses=problems(NotFound))
async def end_rest(supporter: SupporterToken, school: RequestedStore) -> SupporterView:
    """Say that you are there again, after offers that you did not answer."""
    return SupporterView.of(await commands.end_rest(school, supporter.person_id))


@router.put("/supporters/me/hours", tags=["supporter"], responses=problems(NotFound))
async def set_hours(
    supporter: SupporterToken, school: RequestedStore, body: HoursRequest
) -> SupporterView:
    """Say when you have time. An open offer at other hours goes back."""
    return SupporterView.of(
        await commands.set_hours(school, supporter.person_id, tuple(body.hours))
    )


@router.post("/supporters/me/pause", tags=["supporter"], responses=problems(NotFound, NotAvailable))
async def pause(supporter: SupporterToken, school: RequestedStore) -> SupporterView:
    """Take a break: your open offers go to others, your matches stay. A coordinator ends it."""
    return SupporterView.of(await commands.pause_supporter(school, supporter.person_id))
