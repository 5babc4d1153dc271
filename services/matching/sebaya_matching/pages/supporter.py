"""A supporter's page: offers without the student's words, matches, and one tap for a break or for
handing a student on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ValidationError

from sebaya_chassis.base.problems import FieldError, Invalid, NotFound
from sebaya_chassis.storage.tenant_store import SchoolStore
from sebaya_chassis.web.auth import Principal
from sebaya_chassis.web.pages.render import Pages
from sebaya_chassis.web.pages.routes import PagesDependency, SubmittedForm, see_other
from sebaya_contracts.words import WorryReason
from sebaya_matching import commands
from sebaya_matching.dependencies import (
    MatchPath,
    RequestedSchool,
    RequestedStore,
    SupporterSession,
)
from sebaya_matching.domain.supporter import Supporter
from sebaya_matching.schemas.matches import CloseMatchRequest, DeclineRequest, MatchView, OfferView
from sebaya_matching.schemas.supporters import HoursRequest

router = APIRouter(prefix="/s/{school_id}/mine")
MATCHES_SHOWN = 50
ChoiceT = TypeVar("ChoiceT", DeclineRequest, CloseMatchRequest)


@dataclass(frozen=True, slots=True)
class SupporterContext:
    """What each button of the page stands on: its supporter, and the school of the path."""

    supporter: Principal
    store: SchoolStore
    pages: Pages

    @property
    def person_id(self) -> str:
        """The supporter's id."""
        return self.supporter.person_id

    def return_to_page(self) -> Response:
        """Redirect to the supporter's page, which shows what has changed."""
        return see_other(self.pages.link(f"/s/{self.store.school_id}/mine"))


async def current_supporter(
    supporter: SupporterSession, store: RequestedStore, pages: PagesDependency
) -> SupporterContext:
    """Collect what a button of the page stands on. Raises what its parts raise."""
    return SupporterContext(supporter, store, pages)


CurrentSupporter = Annotated[SupporterContext, Depends(current_supporter)]


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
    context: CurrentSupporter,
    school: RequestedSchool,
    match_id: MatchPath,
) -> Response:
    """Accept an offer: the thread is open from now on."""
    await commands.accept_offer(context.store, school, context.person_id, match_id)
    return context.return_to_page()


@router.post("/{match_id}/decline")
async def decline_offer(
    form: SubmittedForm, context: CurrentSupporter, match_id: MatchPath
) -> Response:
    """Decline an offer, with a reason from the list."""
    chosen = _choose(DeclineRequest, "reason", form.one("reason"))
    await commands.decline_offer(context.store, context.person_id, match_id, chosen.reason)
    return context.return_to_page()


@router.post("/{match_id}/meetings")
async def log_meeting(
    _form: SubmittedForm, context: CurrentSupporter, match_id: MatchPath
) -> Response:
    """Log that the two met just now."""
    await commands.log_meeting(context.store, context.person_id, match_id, None)
    return context.return_to_page()


@router.post("/{match_id}/close")
async def close_match(
    form: SubmittedForm, context: CurrentSupporter, match_id: MatchPath
) -> Response:
    """Close a match, with an end from the list."""
    chosen = _choose(CloseMatchRequest, "end", form.one("end"))
    await commands.close_match(context.store, context.person_id, match_id, chosen.end)
    return context.return_to_page()


@router.post("/{match_id}/too-heavy")
async def hand_on_student(
    _form: SubmittedForm, context: CurrentSupporter, match_id: MatchPath
) -> Response:
    """Pass the student on to another supporter; a counsellor hears that it was too heavy."""
    return await _hand_on(context, match_id, WorryReason.TOO_HEAVY)


@router.post("/{match_id}/known")
async def hand_on_known_student(
    _form: SubmittedForm, context: CurrentSupporter, match_id: MatchPath
) -> Response:
    """Pass on a student that the supporter may know; a counsellor hears of it."""
    return await _hand_on(context, match_id, WorryReason.KNOWS_STUDENT)


async def _hand_on(context: SupporterContext, match_id: str, worry: WorryReason) -> Response:
    await commands.hand_on_student(context.store, context.person_id, match_id, worry)
    return context.return_to_page()


@router.post("/here")
async def end_rest(_form: SubmittedForm, context: CurrentSupporter) -> Response:
    """Say that the supporter is there again: offers may come at once."""
    await commands.end_rest(context.store, context.person_id)
    return context.return_to_page()


@router.post("/hours")
async def set_hours(form: SubmittedForm, context: CurrentSupporter) -> Response:
    """Set when the supporter has time. Raises Invalid for what is no hour."""
    try:
        wanted = HoursRequest(hours=form.all("hours"))
    except ValidationError:
        raise Invalid(errors=[FieldError(field="hours", message="Choose from the list")]) from None
    await commands.set_hours(context.store, context.person_id, tuple(wanted.hours))
    return context.return_to_page()


@router.post("/pause")
async def take_break(_form: SubmittedForm, context: CurrentSupporter) -> Response:
    """Take a break: offers go to others, matches stay."""
    await commands.pause_supporter(context.store, context.person_id)
    return context.return_to_page()


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
