"""A supporter's page: offers without the student's words, matches, and one tap for a break or for
handing a student on.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from sebaya_chassis.base.problems import FieldError, Invalid, NotFound
from sebaya_chassis.storage.tenant_store import SchoolStore
from sebaya_chassis.web.auth import Principal
from sebaya_chassis.web.pages.render import Pages
from sebaya_chassis.web.pages.routes import PagesDependency, SubmittedForm, see_other
from sebaya_contracts.words import MatchEnd
from sebaya_matching import commands
from sebaya_matching.dependencies import (
    MatchPath,
    RequestedSchool,
    RequestedStore,
    SupporterSession,
)
from sebaya_matching.domain.supporter import Supporter
from sebaya_matching.schemas import CloseMatchRequest, DeclineRequest, MatchView, OfferView

router = APIRouter(prefix="/s/{school_id}/mine")
MATCHES_SHOWN = 50
ChoiceT = TypeVar("ChoiceT", DeclineRequest, CloseMatchRequest)


@router.get("")
async def show_page(
    request: Request,
    supporter: SupporterSession,
    store: RequestedStore,
    school: RequestedSchool,
    pages: PagesDependency,
) -> Response:
    """Show a supporter's offers, matches and break."""
    shown = await _live_parts(supporter, store)
    live, _ = pages.render_part(request, "mine_live.html", school=school, **shown)
    own = await _find_supporter(store, supporter)
    return pages.show(request, "mine.html", school=school, principal=supporter, live=live, own=own)


@router.get("/live")
async def show_live_part(
    request: Request,
    supporter: SupporterSession,
    store: RequestedStore,
    school: RequestedSchool,
    pages: PagesDependency,
) -> Response:
    """Show the part of the page that changes by itself."""
    shown = await _live_parts(supporter, store)
    return pages.show_live(request, "mine_live.html", school=school, **shown)


@router.post("/{match_id}/accept")
async def accept_offer(
    _form: SubmittedForm,
    supporter: SupporterSession,
    store: RequestedStore,
    match_id: MatchPath,
    pages: PagesDependency,
) -> Response:
    """Accept an offer: the thread is open from now on."""
    await commands.accept_offer(store, supporter.person_id, match_id)
    return _back(pages, store)


@router.post("/{match_id}/decline")
async def decline_offer(
    form: SubmittedForm,
    supporter: SupporterSession,
    store: RequestedStore,
    match_id: MatchPath,
    pages: PagesDependency,
) -> Response:
    """Decline an offer, with a reason from the list."""
    chosen = _choose(DeclineRequest, "reason", form.one("reason"))
    await commands.decline_offer(store, supporter.person_id, match_id, chosen.reason)
    return _back(pages, store)


@router.post("/{match_id}/meetings")
async def log_meeting(
    _form: SubmittedForm,
    supporter: SupporterSession,
    store: RequestedStore,
    match_id: MatchPath,
    pages: PagesDependency,
) -> Response:
    """Log that the two met just now."""
    await commands.log_meeting(store, supporter.person_id, match_id, None)
    return _back(pages, store)


@router.post("/{match_id}/close")
async def close_match(
    form: SubmittedForm,
    supporter: SupporterSession,
    store: RequestedStore,
    match_id: MatchPath,
    pages: PagesDependency,
) -> Response:
    """Close a match, with an end from the list."""
    chosen = _choose(CloseMatchRequest, "end", form.one("end"))
    await commands.close_match(store, supporter.person_id, match_id, chosen.end)
    return _back(pages, store)


@router.post("/{match_id}/too-heavy")
async def hand_on_student(
    _form: SubmittedForm,
    supporter: SupporterSession,
    store: RequestedStore,
    match_id: MatchPath,
    pages: PagesDependency,
) -> Response:
    """Pass the student on to another supporter, at once and without a question."""
    await commands.close_match(store, supporter.person_id, match_id, MatchEnd.SUPPORTER_LEFT)
    return _back(pages, store)


@router.post("/pause")
async def take_break(
    _form: SubmittedForm,
    supporter: SupporterSession,
    store: RequestedStore,
    pages: PagesDependency,
) -> Response:
    """Take a break: offers go to others, matches stay."""
    await commands.pause_supporter(store, supporter.person_id)
    return _back(pages, store)


def _choose(request: type[ChoiceT], field: str, value: str) -> ChoiceT:
    """Raises Invalid for what is not on the list."""
    try:
        return request.model_validate({field: value})
    except ValidationError:
        raise Invalid(
            errors=[FieldError(field=field, message="Choose one from the list")]
        ) from None


async def _live_parts(supporter: Principal, store: SchoolStore) -> Mapping[str, Any]:
    person_id = supporter.person_id
    matches = await commands.list_matches(store, person_id, MATCHES_SHOWN)
    return {
        "offers": OfferView.list_of(await commands.list_offers(store, person_id)),
        "matches": MatchView.list_of(matches, person_id),
        "path": f"/s/{store.school_id}/mine",
    }


async def _find_supporter(store: SchoolStore, supporter: Principal) -> Supporter | None:
    """None for one that is not enrolled yet."""
    try:
        return await commands.load_supporter(store, supporter.person_id)
    except NotFound:
        return None


def _back(pages: Pages, store: SchoolStore) -> Response:
    return see_other(pages.link(f"/s/{store.school_id}/mine"))
