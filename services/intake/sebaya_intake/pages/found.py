"""How a student may be found in danger: left and taken away on the student's page, opened by a
counsellor on the thread's.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import ValidationError

from sebaya_chassis.web.auth import Principal
from sebaya_chassis.web.pages.routes import SubmittedForm
from sebaya_chassis.web.pages.session import require_staff
from sebaya_contracts.words import Role
from sebaya_intake import found
from sebaya_intake.errors import NoContactDetails, NoUrgentAlert
from sebaya_intake.pages.browser_session import CurrentBrowser
from sebaya_intake.pages.opening_form import details_fields
from sebaya_intake.pages.staff_thread import CurrentThread
from sebaya_intake.pages.student_case import current_case, show_case_again
from sebaya_intake.schemas.contact_details import (
    ContactDetailsRequest,
    ContactDetailsView,
    OpenDetailsRequest,
)

router = APIRouter(prefix="/s/{school_id}")
Counsellor = Annotated[Principal, Depends(require_staff(Role.COUNSELLOR))]


@router.post("/me/found")
async def leave_details(form: SubmittedForm, browser: CurrentBrowser) -> Response:
    """Leave contact details. What is refused stays in its field."""
    case = await current_case(browser)
    try:
        request = ContactDetailsRequest.model_validate(details_fields(form))
    except ValidationError:
        return await show_case_again(browser, case, form=form, fault="found")
    await found.leave_details(browser.context, case.state.case_id, request.details())
    return browser.redirect_to("/me#found")


@router.post("/me/found/away")
async def take_details_away(_form: SubmittedForm, browser: CurrentBrowser) -> Response:
    """Take the contact details away."""
    case = await current_case(browser)
    await found.take_details_away(browser.context, case.state.case_id)
    return browser.redirect_to("/me#found")


@router.post("/cases/{case_id}/found")
async def open_details(
    form: SubmittedForm, thread: CurrentThread, counsellor: Counsellor
) -> Response:
    """Open the details for a counsellor, shown on this one page. Without a reason, or where the
    alert is over meanwhile, the thread says so.
    """
    try:
        opening = OpenDetailsRequest.model_validate(
            {"reason": form.one("reason"), "student_told": not form.one("untold")}
        )
        details = await found.open_details(
            thread.context,
            thread.case_id,
            counsellor.person_id,
            opening.reason,
            student_told=opening.student_told,
        )
    except (ValidationError, NoUrgentAlert, NoContactDetails):
        return await thread.show(status=422, form=form, fault="found")
    return await thread.show(details=ContactDetailsView.of(thread.case_id, details))
