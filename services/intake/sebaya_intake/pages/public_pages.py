"""Before and at the opening: which school, what this is and what is seen by which role, the four
steps, and the code.
"""

from collections.abc import Sequence
from dataclasses import replace

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError
from starlette.background import BackgroundTask

from sebaya_chassis.base.problems import Invalid, Unavailable
from sebaya_chassis.web.auth import SchoolPath
from sebaya_chassis.web.pages.catalogue import LANGUAGES
from sebaya_chassis.web.pages.render import NEUTRAL
from sebaya_chassis.web.pages.routes import (
    PagesDependency,
    SubmittedForm,
    language_cookie,
    see_other,
)
from sebaya_contracts.district import School
from sebaya_intake import commands
from sebaya_intake.dependencies import CurrentDependencies
from sebaya_intake.domain.crisis import CrisisReason
from sebaya_intake.domain.crisis_lines import lines_for
from sebaya_intake.errors import CaseGone, ConsentNeeded, IdempotencyKeyReused, SchoolFull
from sebaya_intake.keys import normalise_code
from sebaya_intake.pages import student_case
from sebaya_intake.pages.browser_session import (
    Browser,
    CurrentBrowser,
    CurrentSchoolView,
    forget_codes,
    show,
)
from sebaya_intake.pages.opening_form import OpeningForm, key_of, new_key, parse_request
from sebaya_intake.schemas.cases import CaseView
from sebaya_intake.schemas.crisis import CrisisView
from sebaya_intake.schemas.opening import SchoolView

router = APIRouter()
KEPT_CHARACTERS = 4


@router.get("/")
async def choose_school(
    request: Request, pages: PagesDependency, dependencies: CurrentDependencies
) -> Response:
    """Show the schools to choose from. Raises Unavailable."""
    runtime = dependencies.runtime
    if not runtime.prepared.is_set():
        raise Unavailable
    schools = [school for school in await runtime.schools.all() if school.active]
    return pages.show(
        request,
        "schools.html",
        schools=schools,
        crisis=CrisisView.of(None, lines_for(_one_country(schools))),
    )


def _one_country(schools: Sequence[School]) -> str | None:
    countries = {school.country for school in schools}
    return countries.pop() if len(countries) == 1 else None


@router.get("/s/{school_id}")
async def show_landing(browser: CurrentBrowser, view: CurrentSchoolView) -> Response:
    """Show what this is and what is seen by which role, before anything is asked."""
    return show(browser, "landing.html", view, sitting=browser.code is not None)


@router.get("/s/{school_id}/help")
async def show_help(browser: CurrentBrowser, view: CurrentSchoolView) -> Response:
    """Show the lines alone, first: where a student's page of another service leads."""
    lines = lines_for(browser.context.school.country)
    crisis = CrisisView.of(view.crisis.reason or CrisisReason.YOUR_ANSWERS, lines)
    return show(browser, "help.html", view, crisis=crisis, folded=None)


@router.get("/s/{school_id}/ask")
async def show_form(browser: CurrentBrowser, view: CurrentSchoolView, anew: str = "") -> Response:
    """Show the four steps, empty; but first the code of the request that was just made here.

    Within a sitting it leads back to the request that is open here, unless another is wanted.
    """
    if browser.new_code is not None:
        return browser.redirect_to("/code")
    if browser.code is not None and not anew:
        return browser.redirect_to("/me")
    return show(browser, "ask.html", view, opening=OpeningForm(new_key()))


@router.post("/s/{school_id}/ask")
async def submit_form(
    form: SubmittedForm, browser: CurrentBrowser, view: CurrentSchoolView
) -> Response:
    """Open a case. Whatever is refused, the form comes back with every word in it."""
    opening = OpeningForm(key_of(form), form)
    if form.one("language"):
        return _in_another_language(browser, view, opening)
    try:
        case = parse_request(
            form, browser.pages.language(browser.request, browser.context.school), view
        )
        draft = replace(case.draft(), wants_adult=opening.asks_for_adult)
        opened = await commands.open_case(
            browser.context, draft, opening.key, case.canonical_body()
        )
    except IdempotencyKeyReused:
        return await show_earlier_case(browser, opening)
    except SchoolFull as problem:
        return _show_full(browser, view, opening.with_faults(problem))
    except (ValidationError, Invalid, ConsentNeeded, CaseGone) as problem:
        return show(browser, "ask.html", view, status=422, opening=opening.with_faults(problem))
    response = keep_opened(browser, opened.return_code)
    response.background = BackgroundTask(commands.note_answered, opened)
    return response


def _show_full(browser: Browser, view: SchoolView, opening: OpeningForm) -> Response:
    """The form with every word, and the lines and the door to an adult above it."""
    lines = lines_for(browser.context.school.country)
    crisis = CrisisView.of(view.crisis.reason or CrisisReason.YOUR_ANSWERS, lines)
    status, key = int(SchoolFull.status), new_key()
    return show(
        browser, "ask.html", view, status=status, opening=opening, crisis=crisis, adult_key=key
    )


def keep_opened(browser: Browser, code: str) -> Response:
    """Keep the case that was opened here, and redirect to its code."""
    response = browser.redirect_to("/code")
    browser.keep_code(response, code)
    browser.keep_new_code(response, code)
    return response


async def show_earlier_case(browser: Browser, opening: OpeningForm) -> Response:
    """These steps were sent once already, with other words: their request is shown, and the new
    words lie ready as a message to it.
    """
    context = browser.context
    code = context.keys.derive_return_code(context.school.school_id, opening.key)
    return await student_case.open_in_browser(browser, code, draft=opening.one("text"))


def _in_another_language(browser: Browser, view: SchoolView, opening: OpeningForm) -> Response:
    language = opening.one("language")
    known = language in LANGUAGES
    response = show(
        browser, "ask.html", view, opening=opening, language=language if known else None
    )
    if known:
        browser.pages.set_cookie(response, language_cookie(language))
    return response


@router.get("/s/{school_id}/code")
async def show_code(browser: CurrentBrowser) -> Response:
    """Show the code, until it is confirmed or too old."""
    code = browser.new_code
    if code is None:
        return browser.redirect_to("/me" if browser.code else "")
    view = await student_case.view_of_code(browser, code)
    return _show_code(browser, view, code)


def _show_code(browser: Browser, view: CaseView, code: str, *, status: int = 200) -> Response:
    """The lines take one row each here, whatever they come for: the code stands on the first
    screen of a small phone.
    """
    folded = view.crisis.reason
    return show(
        browser, "code.html", view, status=status, code=code, fault=status != 200, folded=folded
    )


@router.post("/s/{school_id}/code")
async def confirm_code(form: SubmittedForm, browser: CurrentBrowser) -> Response:
    """Confirm that the code was kept: its last four characters, from where it was written down."""
    code = browser.new_code
    if code is None:
        return browser.redirect_to("/me")
    if not _ends_alike(code, form.one("last")):
        view = await student_case.view_of_code(browser, code)
        return _show_code(browser, view, code, status=422)
    response = browser.redirect_to("/me")
    browser.forget_new_code(response)
    return response


def _ends_alike(code: str, last: str) -> bool:
    whole = normalise_code(code) or ""
    return normalise_code(whole[:-KEPT_CHARACTERS] + last.strip()) == whole


@router.post("/s/{school_id}/leave")
async def leave(school_id: SchoolPath, request: Request, pages: PagesDependency) -> Response:
    """Leave at once, whatever else is broken: it asks neither the store nor for a token.

    The next user of this browser finds nothing.
    """
    response = see_other(NEUTRAL[pages.language(request)])
    forget_codes(pages, response, school_id)
    return response
