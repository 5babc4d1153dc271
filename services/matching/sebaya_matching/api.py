"""The HTTP side: coordinators keep the supporters, supporters answer their offers."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, status

from sebaya_chassis.base.problems import (
    Forbidden,
    Invalid,
    NotFound,
    Unauthenticated,
    Unavailable,
    UnknownSchool,
)
from sebaya_chassis.storage.tenant_store import SchoolStore
from sebaya_chassis.web.auth import Principal, SchoolPath, require_role
from sebaya_chassis.web.problems import problems
from sebaya_chassis.web.routes import Route
from sebaya_contracts.words import Role, SupporterState
from sebaya_matching.dependencies import dependencies_of
from sebaya_matching.domain import offers
from sebaya_matching.domain.case import Case
from sebaya_matching.domain.lifecycle import Decision
from sebaya_matching.domain.supporter import Profile
from sebaya_matching.errors import (
    CaseHeld,
    MeetingImpossible,
    NoActiveMatch,
    NotAvailable,
    OfferGone,
    SupporterExists,
)
from sebaya_matching.schemas import (
    ID,
    ChangeSupporterRequest,
    CloseMatchRequest,
    DeclineRequest,
    EnrolSupporterRequest,
    MatchView,
    MeetingRequest,
    OfferView,
    SupporterView,
    WaitingView,
)
from sebaya_matching.store import CaseStore, SupporterStore

LISTED = 500
# The most supporters a school's list shows; the largest schools have a tenth of it.
SUPPORTERS_LISTED = 2000


async def school_of(request: Request, school_id: SchoolPath) -> SchoolStore:
    """The store of the path's school. Raises UnknownSchool."""
    runtime = (await dependencies_of(request)).runtime
    store = runtime.store(school_id)
    await runtime.schools.require(school_id)
    return store


Coordinator = Annotated[Principal, Depends(require_role(Role.COORDINATOR))]
Peer = Annotated[Principal, Depends(require_role(Role.SUPPORTER))]
School = Annotated[SchoolStore, Depends(school_of)]
MatchPath = Annotated[str, Path(pattern=ID, description="The match")]
SupporterPath = Annotated[str, Path(pattern=ID, description="The supporter")]
Limit = Annotated[int, Query(ge=1, le=LISTED)]

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
    who: Coordinator, school: School, body: EnrolSupporterRequest
) -> SupporterView:
    """Enrol a supporter. The same request again gives the same answer."""
    return SupporterView.of(
        await SupporterStore(school).enrol(body.supporter_id, who.person_id, body.profile())
    )


@router.patch("/supporters/{supporter_id}", tags=["coordinator"], responses=problems(NotFound))
async def change_supporter(
    who: Coordinator, school: School, supporter_id: SupporterPath, body: ChangeSupporterRequest
) -> SupporterView:
    """Change a supporter. Whoever is no longer active or certified gives open offers back; who
    retires, their matches too.
    """
    return SupporterView.of(
        await SupporterStore(school).change(
            supporter_id, who.person_id, "supporter_changed", body.edit
        )
    )


@router.get("/supporters", tags=["coordinator"])
async def list_supporters(_who: Coordinator, school: School) -> list[SupporterView]:
    """The school's supporters and their places."""
    return [
        SupporterView.of(one.state) for one in await SupporterStore(school).all(SUPPORTERS_LISTED)
    ]


@router.get("/waiting", tags=["coordinator"])
async def list_waiting(_who: Coordinator, school: School, limit: Limit = 200) -> list[WaitingView]:
    """The cases that wait for a supporter, longest wait first, and why they wait."""
    return [view for one in await CaseStore(school).waiting(limit) if (view := WaitingView.of(one))]


@router.get("/offers", tags=["supporter"])
async def list_offers(who: Peer, school: School) -> list[OfferView]:
    """Your open offers."""
    return [
        view
        for one in await CaseStore(school).offered_to(who.person_id)
        if (view := OfferView.of(one))
    ]


@router.get("/matches", tags=["supporter"])
async def list_matches(who: Peer, school: School, limit: Limit = 200) -> list[MatchView]:
    """Your matches, active and ended."""
    found = await CaseStore(school).matched_with(who.person_id, limit)
    return [view for one in found for view in MatchView.list_of(one.state, who.person_id)]


@router.post(
    "/matches/{match_id}/accept",
    tags=["supporter"],
    responses=problems(NotFound, CaseHeld, OfferGone, NotAvailable),
)
async def accept_offer(who: Peer, school: School, match_id: MatchPath) -> MatchView:
    """Say yes to an offer. Saying it again gives the same answer."""
    taker = (await SupporterStore(school).load(who.person_id)).state
    case = await CaseStore(school).decide_match(
        match_id, lambda case, now: offers.accept(case, match_id, taker, now)
    )
    return MatchView.of(case, match_id)


@router.post(
    "/matches/{match_id}/decline",
    tags=["supporter"],
    responses=problems(NotFound, CaseHeld, OfferGone),
)
async def decline_offer(
    who: Peer, school: School, match_id: MatchPath, body: DeclineRequest
) -> MatchView:
    """Say no to an offer. You are not asked for this case again."""
    case = await CaseStore(school).decide_match(
        match_id, lambda case, now: offers.decline(case, match_id, who.person_id, body.reason, now)
    )
    return MatchView.of(case, match_id)


@router.post(
    "/matches/{match_id}/meetings",
    tags=["supporter"],
    responses=problems(NotFound, NoActiveMatch, MeetingImpossible),
)
async def log_meeting(
    who: Peer, school: School, match_id: MatchPath, body: MeetingRequest
) -> MatchView:
    """Note that the two of you met."""

    def met(case: Case, now: datetime) -> Decision:
        return offers.log_meeting(case, match_id, who.person_id, body.met_at or now, now)

    return MatchView.of(await CaseStore(school).decide_match(match_id, met), match_id)


@router.post(
    "/matches/{match_id}/close", tags=["supporter"], responses=problems(NotFound, NoActiveMatch)
)
async def close_match(
    who: Peer, school: School, match_id: MatchPath, body: CloseMatchRequest
) -> MatchView:
    """End a match."""
    case = await CaseStore(school).decide_match(
        match_id, lambda case, now: offers.close_match(case, match_id, who.person_id, body.end, now)
    )
    return MatchView.of(case, match_id)


@router.post("/supporters/me/pause", tags=["supporter"], responses=problems(NotFound, NotAvailable))
async def pause(who: Peer, school: School) -> SupporterView:
    """Take a break: your open offers go to others, your matches stay. A coordinator ends the break."""

    def paused(profile: Profile) -> Profile:
        if profile.state not in {SupporterState.ACTIVE, SupporterState.PAUSED}:
            raise NotAvailable
        return replace(profile, state=SupporterState.PAUSED)

    return SupporterView.of(
        await SupporterStore(school).change(
            who.person_id, who.person_id, "supporter_paused", paused
        )
    )
