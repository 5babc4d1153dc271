"""A coordinator enrols a supporter, and renews what runs out. What is wrong stands beside its
field, and nothing typed is lost.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ValidationError

from sebaya_chassis.web.auth import Principal
from sebaya_chassis.web.pages.form import Form, field_faults
from sebaya_chassis.web.pages.render import Pages
from sebaya_chassis.web.pages.routes import PagesDependency, SubmittedForm, see_other
from sebaya_chassis.web.pages.session import require_staff
from sebaya_contracts.district import School as SchoolRecord
from sebaya_contracts.words import Role
from sebaya_matching import api
from sebaya_matching.api import School, SupporterPath
from sebaya_matching.errors import SupporterExists
from sebaya_matching.pages.supporter import Record
from sebaya_matching.schemas import ChangeSupporterRequest, EnrolSupporterRequest, SupporterView
from sebaya_matching.store import SupporterStore

router = APIRouter(prefix="/s/{school_id}/supporters")
Coordinator = Annotated[Principal, Depends(require_staff(Role.COORDINATOR))]
SEVERAL = ("topics", "languages")


@router.get("")
async def before_enrolling(
    request: Request, who: Coordinator, school: School, record: Record, pages: PagesDependency
) -> Response:
    """The empty form."""
    return _enrolling(request, who, record, pages, Form(), {})


@router.post("")
async def enrol(
    request: Request,
    form: SubmittedForm,
    who: Coordinator,
    school: School,
    record: Record,
    pages: PagesDependency,
) -> Response:
    """A new supporter."""
    try:
        await api.enrol_supporter(
            who, school, EnrolSupporterRequest.model_validate(_told(form, record))
        )
    except ValidationError as error:
        return _enrolling(request, who, record, pages, form, field_faults(error))
    except SupporterExists:
        return _enrolling(request, who, record, pages, form, {"supporter_id": "taken"})
    return _back(pages, record.school_id)


@router.get("/{supporter_id}")
async def before_changing(
    request: Request,
    who: Coordinator,
    school: School,
    record: Record,
    supporter_id: SupporterPath,
    pages: PagesDependency,
) -> Response:
    """What is known of one. Raises NotFound."""
    return await _changing(request, who, school, record, pages, supporter_id)


@router.post("/{supporter_id}")
async def change(
    request: Request,
    form: SubmittedForm,
    who: Coordinator,
    school: School,
    record: Record,
    supporter_id: SupporterPath,
    pages: PagesDependency,
) -> Response:
    """The certificate, the places, the state. A certificate left empty is taken back. Raises
    NotFound.
    """
    body = {
        **form.filled("cap", "state"),
        "certified_until": _end_of(form.one("certified_until"), record),
    }
    try:
        await api.change_supporter(
            who, school, supporter_id, ChangeSupporterRequest.model_validate(body)
        )
    except ValidationError as error:
        return await _changing(
            request, who, school, record, pages, supporter_id, form, field_faults(error)
        )
    return _back(pages, record.school_id)


def _told(form: Form, school: SchoolRecord) -> Mapping[str, Any]:
    one = form.filled("supporter_id", "display_name", "cap", "state")
    return {
        **one,
        **{name: form.all(name) for name in SEVERAL},
        "certified_until": _end_of(form.one("certified_until"), school),
    }


def _end_of(day: str, school: SchoolRecord) -> datetime | str | None:
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


def _enrolling(
    request: Request,
    who: Principal,
    record: SchoolRecord,
    pages: Pages,
    form: Form,
    found: Mapping[str, str],
) -> Response:
    status = 422 if found else 200
    return pages.show(
        request,
        "enrol.html",
        status=status,
        school=record,
        principal=who,
        form=form,
        faults=found,
        path=_path(record),
    )


async def _changing(
    request: Request,
    who: Principal,
    school: School,
    record: SchoolRecord,
    pages: Pages,
    supporter_id: str,
    form: Form | None = None,
    found: Mapping[str, str] | None = None,
) -> Response:
    known = SupporterView.of((await SupporterStore(school).load(supporter_id)).state)
    until = (
        known.certified_until.astimezone(ZoneInfo(record.time_zone)).date().isoformat()
        if known.certified_until
        else ""
    )
    stands = {"cap": str(known.cap), "state": known.state.value, "certified_until": until}
    given = {name: form.one(name) for name in stands} if form else stands
    status = 422 if found else 200
    return pages.show(
        request,
        "renew.html",
        status=status,
        school=record,
        principal=who,
        one=known,
        given=given,
        faults=found or {},
        path=_path(record),
    )


def _path(record: SchoolRecord) -> str:
    return f"/s/{record.school_id}/supporters"


def _back(pages: Pages, school_id: str) -> Response:
    return see_other(pages.link(f"/s/{school_id}/waiting"))
