"""A coordinator's forms to enrol a supporter and to change one. What is wrong stands beside its
field, and nothing typed is lost.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ValidationError

from sebaya_chassis.storage.tenant_store import SchoolStore
from sebaya_chassis.web.auth import Principal
from sebaya_chassis.web.pages.form import Form, field_faults
from sebaya_chassis.web.pages.render import Pages
from sebaya_chassis.web.pages.routes import PagesDependency, SubmittedForm, see_other
from sebaya_contracts.district import School
from sebaya_matching import commands
from sebaya_matching.dependencies import (
    CoordinatorSession,
    RequestedSchool,
    RequestedStore,
    SupporterPath,
)
from sebaya_matching.domain.supporter import Supporter
from sebaya_matching.errors import SupporterExists
from sebaya_matching.schemas.supporters import (
    ChangeSupporterRequest,
    EnrolSupporterRequest,
    SupporterView,
)

router = APIRouter(prefix="/s/{school_id}/supporters")
SEVERAL = ("topics", "languages", "hours")


@dataclass(frozen=True, slots=True)
class EnrolmentContext:
    """What each of the forms stands on: the coordinator, and the school of the path."""

    request: Request
    coordinator: Principal
    store: SchoolStore
    school: School
    pages: Pages


async def current_context(
    request: Request,
    coordinator: CoordinatorSession,
    store: RequestedStore,
    school: RequestedSchool,
    pages: PagesDependency,
) -> EnrolmentContext:
    """Collect what a form stands on. Raises what its parts raise."""
    return EnrolmentContext(request, coordinator, store, school, pages)


CurrentContext = Annotated[EnrolmentContext, Depends(current_context)]


@router.get("")
async def show_enrol_form(context: CurrentContext) -> Response:
    """Show the empty form."""
    return _enrol_form(context, Form(), {})


@router.post("")
async def enrol_supporter(form: SubmittedForm, context: CurrentContext) -> Response:
    """Enrol a supporter."""
    try:
        body = EnrolSupporterRequest.model_validate(_enrol_fields(form, context.school))
        await commands.enrol_supporter(
            context.store, context.coordinator.person_id, body.supporter_id, body.profile()
        )
    except ValidationError as error:
        return _enrol_form(context, form, field_faults(error))
    except SupporterExists:
        return _enrol_form(context, form, {"supporter_id": "taken"})
    return _to_waiting(context)


@router.get("/{supporter_id}")
async def show_change_form(supporter_id: SupporterPath, context: CurrentContext) -> Response:
    """Show a supporter's form. Raises NotFound."""
    known = await commands.load_supporter(context.store, supporter_id)
    return _change_form(context, known)


@router.post("/{supporter_id}")
async def change_supporter(
    form: SubmittedForm, supporter_id: SupporterPath, context: CurrentContext
) -> Response:
    """Change the certificate, the slots and the state; a certificate left empty is withdrawn.
    Raises NotFound.
    """
    fields = {
        **form.filled("cap", "state"),
        # A page that was open before it asked for hours says nothing about them.
        **({"hours": form.all("hours")} if form.one("hours_shown") else {}),
        "certified_until": _end_of(form.one("certified_until"), context.school),
    }
    try:
        body = ChangeSupporterRequest.model_validate(fields)
    except ValidationError as error:
        known = await commands.load_supporter(context.store, supporter_id)
        return _change_form(context, known, form, field_faults(error))
    await commands.change_supporter(
        context.store, context.coordinator.person_id, supporter_id, body.edit
    )
    return _to_waiting(context)


def _enrol_fields(form: Form, school: School) -> Mapping[str, Any]:
    one = form.filled("supporter_id", "display_name", "cap", "state")
    return {
        **one,
        **{name: form.all(name) for name in SEVERAL},
        "certified_until": _end_of(form.one("certified_until"), school),
    }


def _end_of(day: str, school: School) -> datetime | str | None:
    """The last second of a day at the school, which still counts. What is no day is left for the
    model to refuse.
    """
    try:
        return (
            datetime.combine(
                date.fromisoformat(day), time(23, 59, 59), ZoneInfo(school.time_zone)
            ).astimezone(UTC)
            if day
            else None
        )
    except (ValueError, OverflowError):
        return day


def _enrol_form(context: EnrolmentContext, form: Form, found: Mapping[str, str]) -> Response:
    status = 422 if found else 200
    return context.pages.show(
        context.request,
        "enrol.html",
        status=status,
        school=context.school,
        principal=context.coordinator,
        form=form,
        faults=found,
        path=_path(context.school),
    )


def _change_form(
    context: EnrolmentContext,
    known: Supporter,
    form: Form | None = None,
    found: Mapping[str, str] | None = None,
) -> Response:
    supporter = SupporterView.of(known)
    until = (
        supporter.certified_until.astimezone(ZoneInfo(context.school.time_zone)).date().isoformat()
        if supporter.certified_until
        else ""
    )
    stored = {
        "cap": str(supporter.cap),
        "state": supporter.state.value,
        "certified_until": until,
    }
    fields: Mapping[str, Any] = {name: form.one(name) for name in stored} if form else stored
    hours = form.all("hours") if form and form.one("hours_shown") else supporter.hours
    status = 422 if found else 200
    return context.pages.show(
        context.request,
        "renew.html",
        status=status,
        school=context.school,
        principal=context.coordinator,
        one=supporter,
        fields={**fields, "hours": hours},
        faults=found or {},
        path=_path(context.school),
    )


def _path(school: School) -> str:
    return f"/s/{school.school_id}/supporters"


def _to_waiting(context: EnrolmentContext) -> Response:
    return see_other(context.pages.link(f"/s/{context.school.school_id}/waiting"))
