"""The door of a student that worries about a friend: what may happen is said first, no name is
asked for, and a counsellor is called.
"""

from fastapi import APIRouter, Response
from pydantic import ValidationError
from starlette.background import BackgroundTask

from sebaya_chassis.base.problems import Invalid
from sebaya_chassis.web.pages.form import Form
from sebaya_chassis.web.pages.routes import SubmittedForm
from sebaya_contracts.words import CaseTopic, Door
from sebaya_intake import commands
from sebaya_intake.errors import CaseGone, IdempotencyKeyReused
from sebaya_intake.pages.browser_session import Browser, CurrentBrowser, CurrentSchoolView, show
from sebaya_intake.pages.opening_form import OpeningForm, key_of, new_key
from sebaya_intake.pages.public_pages import keep_opened, show_earlier_case
from sebaya_intake.schemas.opening import OpenCaseRequest, SchoolView

router = APIRouter(prefix="/s/{school_id}/friend")


@router.get("")
async def show_form(browser: CurrentBrowser, view: CurrentSchoolView) -> Response:
    """Show what may happen, and the form; but first the code of what was just sent here."""
    if browser.new_code is not None:
        return browser.redirect_to("/code")
    return show(browser, "friend.html", view, opening=OpeningForm(new_key()))


@router.post("")
async def tell_counsellor(
    form: SubmittedForm, browser: CurrentBrowser, view: CurrentSchoolView
) -> Response:
    """Open a case about a friend. Whatever is refused, the form comes back with every word."""
    opening = OpeningForm(key_of(form), form)
    try:
        case = _parse_request(form, browser, view)
        opened = await commands.open_case(
            browser.context, case.draft(), opening.key, case.canonical_body()
        )
    except IdempotencyKeyReused:
        return await show_earlier_case(browser, opening)
    except (ValidationError, Invalid, CaseGone) as problem:
        return show(browser, "friend.html", view, status=422, opening=opening.with_faults(problem))
    response = keep_opened(browser, opened.return_code)
    response.background = BackgroundTask(commands.note_answered, opened)
    return response


def _parse_request(form: Form, browser: Browser, view: SchoolView) -> OpenCaseRequest:
    """Return the request that the form means. Raises ValidationError."""
    return OpenCaseRequest.model_validate(
        {
            "topic": CaseTopic.OTHER,
            "language": browser.pages.language(browser.request, browser.context.school),
            "text": form.one("text"),
            "safety": {},
            "consent": {"version": form.one("consent_version") or view.consent.version},
            "door": Door.FRIEND,
            "worry": form.one("worry") or None,
        }
    )
