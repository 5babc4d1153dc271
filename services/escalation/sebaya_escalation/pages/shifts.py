"""A counsellor's duties: who is on now, mine of the next two weeks, and changes that colleagues
agree on among themselves.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ValidationError

from sebaya_chassis.web.auth import Principal, SchoolPath
from sebaya_chassis.web.pages.form import Form
from sebaya_chassis.web.pages.routes import PagesDependency, SubmittedForm, see_other
from sebaya_chassis.web.pages.session import require_staff
from sebaya_contracts.words import Role
from sebaya_escalation import api
from sebaya_escalation.api import ChangeId, Coverage, Store
from sebaya_escalation.domain.alert import list_colleagues
from sebaya_escalation.errors import CannotTakeOver
from sebaya_escalation.pages.names import names_of
from sebaya_escalation.schemas import OfferShiftRequest

router = APIRouter(prefix="/s/{school_id}/shifts")
Counsellor = Annotated[Principal, Depends(require_staff(Role.COUNSELLOR))]


@router.get("")
async def shifts(
    request: Request, who: Counsellor, store: Store, pages: PagesDependency
) -> Response:
    """My duties and who is on now."""
    return await _shifts(request, who, store, pages, Form())


@router.post("")
async def offer(
    request: Request, form: SubmittedForm, who: Counsellor, store: Store, pages: PagesDependency
) -> Response:
    """A colleague is asked to take one of mine. Whoever cannot is said beside the field."""
    try:
        await api.offer_shift(
            OfferShiftRequest.model_validate({"at": form.one("at"), "to": form.one("to")}),
            who,
            store,
        )
    except (ValidationError, CannotTakeOver):
        return await _shifts(request, who, store, pages, form, status=422)
    return _back(pages, store.school_id)


@router.post("/{change_id}/accept")
async def accept(
    _form: SubmittedForm,
    school_id: SchoolPath,
    change_id: ChangeId,
    who: Counsellor,
    store: Store,
    coverage: Coverage,
    pages: PagesDependency,
) -> Response:
    """I take it."""
    await api.accept_shift(change_id, who, store, coverage)
    return _back(pages, school_id)


@router.post("/{change_id}/decline")
async def decline(
    _form: SubmittedForm,
    school_id: SchoolPath,
    change_id: ChangeId,
    who: Counsellor,
    store: Store,
    pages: PagesDependency,
) -> Response:
    """I cannot; or, of what I offered, never mind."""
    await api.decline_shift(change_id, who, store)
    return _back(pages, school_id)


async def _shifts(
    request: Request,
    who: Principal,
    store: Store,
    pages: PagesDependency,
    form: Form,
    *,
    status: int = 200,
) -> Response:
    school, planned, now = (
        await store.school(),
        await api.list_shifts(who, store),
        store.store.now(),
    )
    names = names_of(school)
    return pages.show(
        request,
        "shifts.html",
        status=status,
        school=school,
        principal=who,
        on_call=await api.who_is_on_call(who, store),
        mine=[duty for duty in planned.duties if duty.person_id == who.person_id],
        asked=[
            change
            for change in planned.changes
            if change.substitute_id == who.person_id and change.accepted_at is None
        ],
        offered=[
            change
            for change in planned.changes
            if change.person_id == who.person_id and change.accepted_at is None
        ],
        agreed=[change for change in planned.changes if change.accepted_at],
        colleagues=list_colleagues(school, who.person_id),
        names=names,
        now=now,
        form=form,
        path=f"/s/{store.school_id}/shifts",
    )


def _back(pages: PagesDependency, school_id: str) -> Response:
    return see_other(pages.link(f"/s/{school_id}/shifts"))
