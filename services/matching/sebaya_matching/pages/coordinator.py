"""A coordinator's page: the waiting list with its waits and reasons; the supporters, their slots,
and the certificates that lapse soon.
"""

from datetime import timedelta

from fastapi import APIRouter, Request, Response

from sebaya_chassis.web.pages.routes import PagesDependency
from sebaya_matching import commands
from sebaya_matching.dependencies import CoordinatorSession, RequestedSchool, RequestedStore
from sebaya_matching.schemas.matches import WaitingView
from sebaya_matching.schemas.supporters import SupporterView

router = APIRouter(prefix="/s/{school_id}/waiting")
# A new course takes a month to arrange.
LAPSES_SOON = timedelta(days=30)
WAITING_SHOWN = 200


@router.get("")
async def show_waiting_list(
    request: Request,
    coordinator: CoordinatorSession,
    store: RequestedStore,
    school: RequestedSchool,
    pages: PagesDependency,
) -> Response:
    """Show both lists, without a student's words."""
    supporters = [SupporterView.of(one) for one in await commands.list_supporters(store)]
    soon = store.now() + LAPSES_SOON
    lapsing = {
        one.supporter_id
        for one in supporters
        if one.certified_until is not None and one.certified_until < soon
    }
    waiting = WaitingView.list_of(await commands.list_waiting(store, WAITING_SHOWN))
    return pages.show(
        request,
        "waiting.html",
        school=school,
        principal=coordinator,
        waiting=waiting,
        quiet=await commands.list_quiet(store),
        names={one.supporter_id: one.display_name for one in supporters},
        supporters=supporters,
        lapsing=lapsing,
    )
