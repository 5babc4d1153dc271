"""The thread for those who help: a supporter during the own match, a counsellor when an adult was
needed. Each read is audited.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ValidationError

from sebaya_chassis.web.auth import Principal
from sebaya_chassis.web.pages.render import Pages
from sebaya_chassis.web.pages.routes import PagesDependency, SubmittedForm, see_other
from sebaya_chassis.web.pages.session import require_staff
from sebaya_contracts.words import Role
from sebaya_intake.api import staff as helpers
from sebaya_intake.api.student import Before
from sebaya_intake.dependencies import CasePath, CurrentSchool, Intake, TheParts
from sebaya_intake.errors import IdempotencyKeyReused
from sebaya_intake.pages.opening_form import key_of, new_key
from sebaya_intake.schemas import PostMessageRequest

router = APIRouter(prefix="/s/{school_id}/cases/{case_id}")
Helper = Annotated[Principal, Depends(require_staff(Role.SUPPORTER, Role.COUNSELLOR))]


@router.get("")
async def thread(
    request: Request,
    who: Helper,
    case_id: CasePath,
    school: CurrentSchool,
    store: Intake,
    pages: PagesDependency,
    before: Before = None,
) -> Response:
    """A supporter sees what was written since the match began, a counsellor everything."""
    read = await helpers.read_case_thread(case_id, who, store, before)
    return pages.show(
        request,
        "case.html",
        school=school,
        principal=who,
        thread=read,
        key=new_key(),
        draft="",
        fault=False,
    )


@router.post("")
async def write(
    request: Request,
    form: SubmittedForm,
    who: Helper,
    case_id: CasePath,
    school: CurrentSchool,
    store: Intake,
    pages: PagesDependency,
    parts: TheParts,
) -> Response:
    """Words to the student; what a supporter writes is screened like what a student writes."""
    text = form.one("text")
    try:
        await helpers.post_case_message(
            case_id, PostMessageRequest(text=text), key_of(form), who, store, parts
        )
    except (ValidationError, IdempotencyKeyReused) as refused:
        read = await helpers.read_case_thread(case_id, who, store)
        fault = isinstance(refused, ValidationError)
        return pages.show(
            request,
            "case.html",
            status=422,
            school=school,
            principal=who,
            thread=read,
            key=new_key(),
            draft=text,
            fault=fault,
        )
    return see_other(_path(pages, school.school_id, case_id))


def _path(pages: Pages, school_id: str, case_id: str) -> str:
    return pages.link(f"/s/{school_id}/cases/{case_id}")
