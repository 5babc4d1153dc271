"""A coordinator's page: who waits, how long and why; the supporters, their places, and whose
certificate is about to lapse.
"""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from sebaya_chassis.web.auth import Principal
from sebaya_chassis.web.pages.routes import PagesDependency
from sebaya_chassis.web.pages.session import require_staff
from sebaya_contracts.words import Role
from sebaya_matching import api
from sebaya_matching.api import School
from sebaya_matching.pages.supporter import Record

router = APIRouter(prefix="/s/{school_id}/waiting")
Coordinator = Annotated[Principal, Depends(require_staff(Role.COORDINATOR))]
# A new course takes a month to arrange.
LAPSES_SOON = timedelta(days=30)


@router.get("")
async def waiting(
    request: Request, who: Coordinator, school: School, record: Record, pages: PagesDependency
) -> Response:
    """Both lists; nobody's words."""
    supporters = await api.list_supporters(who, school)
    soon = school.now() + LAPSES_SOON
    lapsing = {
        one.supporter_id
        for one in supporters
        if one.certified_until is not None and one.certified_until < soon
    }
    shown = await api.list_waiting(who, school)
    return pages.show(
        request,
        "waiting.html",
        school=record,
        principal=who,
        waiting=shown,
        supporters=supporters,
        lapsing=lapsing,
    )
