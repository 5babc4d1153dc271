"""Before and at the door: which school, what this is and who sees what, the four steps, and the
code.
"""

from collections.abc import Sequence

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from sebaya_chassis.base.problems import Invalid, Unavailable
from sebaya_chassis.web.auth import SchoolPath
from sebaya_chassis.web.pages.catalogue import LANGUAGES
from sebaya_chassis.web.pages.form import Form
from sebaya_chassis.web.pages.render import NEUTRAL
from sebaya_chassis.web.pages.routes import (
    PagesDependency,
    SubmittedForm,
    language_cookie,
    see_other,
)
from sebaya_contracts.district import School
from sebaya_intake.api import opening, student
from sebaya_intake.dependencies import TheParts
from sebaya_intake.domain.crisis import CrisisReason
from sebaya_intake.domain.crisis_lines import lines_for
from sebaya_intake.errors import CaseGone, ConsentNeeded, IdempotencyKeyReused
from sebaya_intake.keys import normalised
from sebaya_intake.pages import student_case
from sebaya_intake.pages.browser_session import Browser, Described, Here, forget, show
from sebaya_intake.pages.opening_form import Asked, key_of, new_key, told, wanted
from sebaya_intake.schemas import CrisisView, OpenedView, SchoolView

router = APIRouter()
KEPT_CHARACTERS = 4


@router.get("/")
async def schools(request: Request, pages: PagesDependency, parts: TheParts) -> Response:
    """Which school. Raises Unavailable."""
    if not parts.runtime.prepared.is_set():
        raise Unavailable
    there = [school for school in await parts.runtime.schools.all() if school.active]
    return pages.show(
        request,
        "schools.html",
        schools=there,
        crisis=CrisisView.of(None, lines_for(_one_country(there))),
    )


def _one_country(schools: Sequence[School]) -> str | None:
    countries = {school.country for school in schools}
    return countries.pop() if len(countries) == 1 else None


@router.get("/s/{school_id}")
async def landing(here: Here, view: Described) -> Response:
    """What this is and who sees what, before anything is asked."""
    return show(here, "landing.html", view)


@router.get("/s/{school_id}/help")
async def help_now(here: Here, view: Described) -> Response:
    """The lines alone, first: where a student's page of another service leads."""
    lines = lines_for(here.at.school.country)
    return show(
        here,
        "help.html",
        view,
        crisis=CrisisView.of(view.crisis.reason or CrisisReason.YOUR_ANSWERS, lines),
    )


@router.get("/s/{school_id}/ask")
async def ask(here: Here, view: Described) -> Response:
    """The four steps, empty; but first the code of the request that was just made here."""
    if here.new_code is not None:
        return see_other(here.pages.link(f"{here.path}/code"))
    return show(here, "ask.html", view, asked=Asked(new_key()))


@router.post("/s/{school_id}/ask")
async def open_case(form: SubmittedForm, here: Here, view: Described) -> Response:
    """The opening. Whatever is refused, the form comes back with every word in it."""
    asked = Asked(key_of(form), form)
    if form.one("language"):
        return _in_another_language(here, view, asked)
    try:
        body = wanted(form, here.pages.language(here.request, here.at.school), view)
        opened = await opening.open_case(body, asked.key, here.at, here.request)
    except IdempotencyKeyReused:
        return await _sent_before(here, form, asked.key)
    except (ValidationError, Invalid, ConsentNeeded, CaseGone) as problem:
        return show(here, "ask.html", view, status=422, asked=told(asked, problem))
    if asked.adult_today:
        await _asks_for_adult(here, opened)
    response = see_other(here.pages.link(f"{here.path}/code"))
    here.opens(response, opened.return_code)
    here.shows_new(response, opened.return_code)
    return response


async def _asks_for_adult(here: Browser, opened: OpenedView) -> None:
    case = await here.at.store.case(opened.case_id)
    await student.ask_for_adult(case, here.at.school, here.at.store, here.at.parts)


async def _sent_before(here: Browser, form: Form, key: str) -> Response:
    """These steps were sent once already, with other words: their request is shown, and the new
    words lie ready as a message to it.
    """
    return await student_case.opened_with(
        here, here.at.parts.keys.return_code(here.at.school.school_id, key), draft=form.one("text")
    )


def _in_another_language(here: Browser, view: SchoolView, asked: Asked) -> Response:
    language = asked.one("language")
    response = show(
        here, "ask.html", view, asked=asked, language=language if language in LANGUAGES else None
    )
    if language in LANGUAGES:
        here.pages.set(response, language_cookie(language))
    return response


@router.get("/s/{school_id}/code")
async def see_code(here: Here) -> Response:
    """The code, until it is confirmed or too old."""
    code = here.new_code
    if code is None:
        return see_other(here.pages.link(f"{here.path}/me" if here.code else here.path))
    return show(here, "code.html", await student_case.case_of(here, code), code=code, fault=False)


@router.post("/s/{school_id}/code")
async def kept_code(form: SubmittedForm, here: Here) -> Response:
    """Whether the code was kept: its last four characters, from where it was written down."""
    code = here.new_code
    if code is None:
        return see_other(here.pages.link(f"{here.path}/me"))
    if not _ends_alike(code, form.one("last")):
        return show(
            here,
            "code.html",
            await student_case.case_of(here, code),
            status=422,
            code=code,
            fault=True,
        )
    response = see_other(here.pages.link(f"{here.path}/me"))
    here.forgets_new(response)
    return response


def _ends_alike(code: str, last: str) -> bool:
    whole = normalised(code) or ""
    return normalised(whole[:-KEPT_CHARACTERS] + last.strip()) == whole


@router.post("/s/{school_id}/leave")
async def leave(school_id: SchoolPath, request: Request, pages: PagesDependency) -> Response:
    """Away from here at once, whatever else is broken: it asks neither the store nor for a token.
    Whoever comes next finds nothing.
    """
    response = see_other(NEUTRAL[pages.language(request)])
    forget(pages, response, school_id)
    return response
