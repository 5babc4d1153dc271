"""The student's own wishes: whom they would and would not like, and when they have time.

Supporters' names stand here alone, behind the code of a case.
"""

from fastapi import APIRouter, Response
from pydantic import ValidationError

from sebaya_chassis.web.pages.form import Form
from sebaya_chassis.web.pages.routes import SubmittedForm
from sebaya_intake import commands
from sebaya_intake.domain.supporter import Supporter
from sebaya_intake.errors import NoMatch, SupporterUnknown
from sebaya_intake.pages.browser_session import Browser, CurrentBrowser, show
from sebaya_intake.pages.student_case import case_view_of, current_case
from sebaya_intake.schemas.cases import WishesRequest, WishesView
from sebaya_intake.views import wishes_view

router = APIRouter(prefix="/s/{school_id}/me/wishes")


@router.get("")
async def show_wishes(browser: CurrentBrowser) -> Response:
    """Show the form, with what was chosen before."""
    if browser.code is None:
        return browser.redirect_to("/return")
    case = await current_case(browser)
    return await _show(browser, wishes_view(case.state, await _choices(browser)))


@router.post("")
async def change_wishes(form: SubmittedForm, browser: CurrentBrowser) -> Response:
    """Say the wishes anew. Where the search is over, the page of the case says how it stands."""
    case = await current_case(browser)
    try:
        wishes = WishesRequest.model_validate(_fields(form)).wishes()
        await commands.change_wishes(browser.context, case.state.case_id, wishes)
    except (SupporterUnknown, ValidationError):
        kept = wishes_view(case.state, await _choices(browser)).model_copy(update=_fields(form))
        return await _show(browser, kept, fault="preferred_supporters")
    except NoMatch:
        return browser.redirect_to("/me")
    return browser.redirect_to("/me")


def _fields(form: Form) -> dict[str, list[str]]:
    return {
        "hours": form.all("hours"),
        "preferred_supporters": [one for one in form.all("preferred") if one],
        "excluded_supporters": form.all("excluded"),
    }


async def _choices(browser: Browser) -> list[Supporter]:
    return await commands.list_choices(browser.context)


async def _show(browser: Browser, wishes: WishesView, fault: str | None = None) -> Response:
    view = await case_view_of(browser, await current_case(browser))
    status = 422 if fault else 200
    return show(browser, "wishes.html", view, status=status, wishes=wishes, fault=fault)
