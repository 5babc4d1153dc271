"""A supporter's page: offers without the student's words, matches, and one tap for a break or for
handing on.
"""

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ValidationError

from sebaya_chassis.base.problems import FieldError, Invalid, NotFound
from sebaya_chassis.web.auth import Principal, SchoolPath
from sebaya_chassis.web.pages.render import Pages
from sebaya_chassis.web.pages.routes import PagesDependency, SubmittedForm, see_other
from sebaya_chassis.web.pages.session import require_staff
from sebaya_contracts.district import School as SchoolRecord
from sebaya_contracts.words import MatchEnd, Role
from sebaya_matching import api
from sebaya_matching.api import MatchPath, School
from sebaya_matching.dependencies import dependencies_of
from sebaya_matching.schemas import CloseMatchRequest, DeclineRequest, MeetingRequest
from sebaya_matching.store import SupporterStore

router = APIRouter(prefix="/s/{school_id}/mine")
Peer = Annotated[Principal, Depends(require_staff(Role.SUPPORTER))]
MATCHES_SHOWN = 50
Body = TypeVar("Body", DeclineRequest, CloseMatchRequest)


async def record_of(request: Request, school_id: SchoolPath) -> SchoolRecord:
    """Raises UnknownSchool."""
    return await (await dependencies_of(request)).runtime.schools.require(school_id)


Record = Annotated[SchoolRecord, Depends(record_of)]


@router.get("")
async def mine(
    request: Request, who: Peer, school: School, record: Record, pages: PagesDependency
) -> Response:
    """My offers, my matches, and my break."""
    live, _ = pages.render_part(
        request, "mine_live.html", school=record, **await _seen(who, school)
    )
    own = await _own(school, who)
    return pages.show(request, "mine.html", school=record, principal=who, live=live, own=own)


@router.get("/live")
async def live(
    request: Request, who: Peer, school: School, record: Record, pages: PagesDependency
) -> Response:
    """What changes by itself."""
    return pages.show_live(request, "mine_live.html", school=record, **await _seen(who, school))


@router.post("/{match_id}/accept")
async def accept(
    _form: SubmittedForm, who: Peer, school: School, match_id: MatchPath, pages: PagesDependency
) -> Response:
    """Yes: the thread opens from now on."""
    await api.accept_offer(who, school, match_id)
    return _back(pages, school.school_id)


@router.post("/{match_id}/decline")
async def decline(
    form: SubmittedForm, who: Peer, school: School, match_id: MatchPath, pages: PagesDependency
) -> Response:
    """No, with a reason from the list."""
    await api.decline_offer(
        who, school, match_id, _chosen(DeclineRequest, "reason", form.one("reason"))
    )
    return _back(pages, school.school_id)


@router.post("/{match_id}/meetings")
async def met(
    _form: SubmittedForm, who: Peer, school: School, match_id: MatchPath, pages: PagesDependency
) -> Response:
    """We met just now."""
    await api.log_meeting(who, school, match_id, MeetingRequest())
    return _back(pages, school.school_id)


@router.post("/{match_id}/close")
async def close(
    form: SubmittedForm, who: Peer, school: School, match_id: MatchPath, pages: PagesDependency
) -> Response:
    """It is over."""
    await api.close_match(who, school, match_id, _chosen(CloseMatchRequest, "end", form.one("end")))
    return _back(pages, school.school_id)


@router.post("/{match_id}/too-heavy")
async def too_heavy(
    _form: SubmittedForm, who: Peer, school: School, match_id: MatchPath, pages: PagesDependency
) -> Response:
    """It goes to somebody else, at once and without a question."""
    await api.close_match(who, school, match_id, CloseMatchRequest(end=MatchEnd.SUPPORTER_LEFT))
    return _back(pages, school.school_id)


@router.post("/pause")
async def pause(
    _form: SubmittedForm, who: Peer, school: School, pages: PagesDependency
) -> Response:
    """A break: offers go to others, matches stay."""
    await api.pause(who, school)
    return _back(pages, school.school_id)


def _chosen(body: type[Body], name: str, value: str) -> Body:
    """Raises Invalid for what is not on the list."""
    try:
        return body.model_validate({name: value})
    except ValidationError:
        raise Invalid(errors=[FieldError(field=name, message="Choose one from the list")]) from None


async def _seen(who: Principal, school: School) -> Mapping[str, Any]:
    return {
        "offers": await api.list_offers(who, school),
        "matches": await api.list_matches(who, school, MATCHES_SHOWN),
        "path": f"/s/{school.school_id}/mine",
    }


async def _own(school: School, who: Principal) -> Any:
    """The supporter's own profile; None for somebody who is not yet enrolled."""
    try:
        return (await SupporterStore(school).load(who.person_id)).state
    except NotFound:
        return None


def _back(pages: Pages, school_id: str) -> Response:
    return see_other(pages.link(f"/s/{school_id}/mine"))
