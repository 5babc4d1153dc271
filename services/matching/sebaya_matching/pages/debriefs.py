"""A counsellor's page: the supporters to whom a talk is owed after a grave alert."""

from fastapi import APIRouter, Request, Response

from sebaya_chassis.web.pages.routes import PagesDependency, SubmittedForm, see_other
from sebaya_matching import commands
from sebaya_matching.dependencies import (
    CounsellorSession,
    RequestedSchool,
    RequestedStore,
    SupporterPath,
)
from sebaya_matching.schemas.supporters import DebriefView

router = APIRouter(prefix="/s/{school_id}/debriefs")


@router.get("")
async def show_debriefs(
    request: Request,
    counsellor: CounsellorSession,
    store: RequestedStore,
    school: RequestedSchool,
    pages: PagesDependency,
) -> Response:
    """Show to which supporters a talk is owed. It names no student."""
    owed = DebriefView.list_of(await commands.list_owed_debriefs(store))
    return pages.show(request, "debriefs.html", school=school, principal=counsellor, owed=owed)


@router.post("/{supporter_id}/held")
async def hold_debriefs(
    _form: SubmittedForm,
    counsellor: CounsellorSession,
    store: RequestedStore,
    pages: PagesDependency,
    supporter_id: SupporterPath,
) -> Response:
    """Note that the counsellor has talked with a supporter."""
    await commands.hold_debriefs(store, counsellor.person_id, supporter_id)
    return see_other(pages.link(f"/s/{store.school_id}/debriefs"))
