"""A counsellor's duties: the people on duty now, mine of the next two weeks, and changes that
colleagues agree on among themselves.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ValidationError

from sebaya_chassis.web.auth import Principal, SchoolPath
from sebaya_chassis.web.pages.form import Form
from sebaya_chassis.web.pages.render import Pages
from sebaya_chassis.web.pages.routes import PagesDependency, SubmittedForm, see_other
from sebaya_chassis.web.pages.session import require_staff
from sebaya_contracts.words import Role
from sebaya_escalation.commands import shifts
from sebaya_escalation.dependencies import CurrentDependencies, CurrentStore, ShiftChangePath
from sebaya_escalation.domain.holding import list_colleagues
from sebaya_escalation.errors import CannotTakeOver
from sebaya_escalation.pages.names import names_by_id
from sebaya_escalation.schemas.shifts import OfferShiftRequest, OnCall
from sebaya_escalation.store import EscalationStore

router = APIRouter(prefix="/s/{school_id}/shifts")
Counsellor = Annotated[Principal, Depends(require_staff(Role.COUNSELLOR))]


@router.get("")
async def show_shifts(
    request: Request, principal: Counsellor, store: CurrentStore, pages: PagesDependency
) -> Response:
    """Show my duties and the people on duty now."""
    return await _show_shifts(request, principal, store, pages, Form())


@router.post("")
async def offer(
    request: Request,
    form: SubmittedForm,
    principal: Counsellor,
    store: CurrentStore,
    pages: PagesDependency,
) -> Response:
    """Ask a colleague to take a duty; one that cannot take it is a fault beside the field."""
    try:
        offering = OfferShiftRequest.model_validate({"at": form.one("at"), "to": form.one("to")})
        await shifts.offer_shift(store, principal.person_id, offering.at, offering.to)
    except (ValidationError, CannotTakeOver):
        return await _show_shifts(request, principal, store, pages, form, status=422)
    return _to_shifts(pages, store.school_id)


@router.post("/{change_id}/accept")
async def accept(
    _form: SubmittedForm,
    school_id: SchoolPath,
    change_id: ShiftChangePath,
    principal: Counsellor,
    store: CurrentStore,
    dependencies: CurrentDependencies,
    pages: PagesDependency,
) -> Response:
    """Accept a colleague's duty."""
    await shifts.accept_shift(store, dependencies.coverage, change_id, principal.person_id)
    return _to_shifts(pages, school_id)


@router.post("/{change_id}/decline")
async def decline(
    _form: SubmittedForm,
    school_id: SchoolPath,
    change_id: ShiftChangePath,
    principal: Counsellor,
    store: CurrentStore,
    pages: PagesDependency,
) -> Response:
    """Decline a colleague's offer, or take back my own."""
    await shifts.decline_shift(store, change_id, principal.person_id)
    return _to_shifts(pages, school_id)


async def _show_shifts(
    request: Request,
    principal: Principal,
    store: EscalationStore,
    pages: Pages,
    form: Form,
    *,
    status: int = 200,
) -> Response:
    school, plan, now = await store.school(), await shifts.list_shifts(store), store.now()
    me, open_offers = principal.person_id, [one for one in plan.changes if not one.accepted_at]
    return pages.show(
        request,
        "shifts.html",
        status=status,
        school=school,
        principal=principal,
        on_call=OnCall.of(await shifts.find_on_call(store)),
        mine=[duty for duty in plan.duties if duty.person_id == me],
        asked=[change for change in open_offers if change.substitute_id == me],
        offered=[change for change in open_offers if change.person_id == me],
        agreed=[change for change in plan.changes if change.accepted_at],
        colleagues=list_colleagues(school, me),
        names=names_by_id(school),
        now=now,
        form=form,
        path=f"/s/{store.school_id}/shifts",
    )


def _to_shifts(pages: Pages, school_id: str) -> Response:
    return see_other(pages.link(f"/s/{school_id}/shifts"))
