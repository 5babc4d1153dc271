"""The safety plan: read on the student's page, written on a counsellor's together with them."""

from typing import Any

from fastapi import APIRouter, Response
from pydantic import ValidationError

from sebaya_chassis.web.pages.form import Form
from sebaya_chassis.web.pages.routes import SubmittedForm, see_other
from sebaya_intake import plan
from sebaya_intake.domain.sealed_plan import PlanPart
from sebaya_intake.errors import NoPlan, UnknownCode
from sebaya_intake.pages.browser_session import CurrentBrowser, show
from sebaya_intake.pages.staff_thread import CounsellorsThread, StaffThread
from sebaya_intake.pages.student_case import case_view_of, current_case
from sebaya_intake.schemas.safety_plan import SafetyPlanRequest

router = APIRouter(prefix="/s/{school_id}")


@router.get("/me/plan")
async def show_own_plan(browser: CurrentBrowser) -> Response:
    """Show the plan, the lines first. Where there is none, the request itself."""
    if browser.code is None:
        return browser.redirect_to("/return")
    try:
        case = await current_case(browser)
        sealed, plain = await plan.read_own_plan(browser.context, case.state)
    except (UnknownCode, NoPlan):
        return browser.redirect_to("/me")
    view = await case_view_of(browser, case)
    return show(browser, "plan.html", view, parts=plain.parts, written_at=sealed.written_at)


@router.post("/me/plan/away")
async def take_plan_away(_form: SubmittedForm, browser: CurrentBrowser) -> Response:
    """Take the plan away."""
    case = await current_case(browser)
    await plan.take_plan_away(browser.context, case.state.case_id)
    return browser.redirect_to("/me")


@router.get("/cases/{case_id}/plan")
async def show_plan(thread: CounsellorsThread) -> Response:
    """Show a counsellor the plan, to be changed."""
    return await _show(thread)


@router.post("/cases/{case_id}/plan")
async def write_plan(form: SubmittedForm, thread: CounsellorsThread) -> Response:
    """Keep the plan. What is refused stays in its field."""
    given = {part.value: form.one(part.value).strip() or None for part in PlanPart}
    try:
        wanted = SafetyPlanRequest.model_validate(given)
    except ValidationError as error:
        return await _show(thread, status=422, form=form, faults=_faults(error))
    await plan.write_plan(thread.context, thread.case_id, thread.principal.person_id, wanted.plan())
    return see_other(thread.pages.link(f"{thread.path}/plan?kept=yes"))


def _faults(error: ValidationError) -> set[str]:
    return {str(one["loc"][0]) if one["loc"] else "plan" for one in error.errors()}


async def _show(thread: StaffThread, status: int = 200, **shown: Any) -> Response:
    case, plain = await plan.read_plan_as_counsellor(
        thread.context, thread.case_id, thread.principal.person_id
    )
    form: Form | None = shown.get("form")
    parts = plain.parts if plain else {}
    return thread.pages.show(
        thread.request,
        "case_plan.html",
        status=status,
        school=thread.context.school,
        principal=thread.principal,
        path=thread.path,
        texts={part: form.one(part.value) if form else parts.get(part, "") for part in PlanPart},
        faults=shown.get("faults", set()),
        written_at=case.plan.written_at if case.plan else None,
        kept=thread.request.query_params.get("kept") == "yes",
    )
