"""The routes that every service's pages share: files and the choice of language."""

import re
from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import RedirectResponse, Response

from sebaya_chassis.web.pages import assets, catalogue, csrf
from sebaya_chassis.web.pages.errors import ErrorPages
from sebaya_chassis.web.pages.form import Form, read_form
from sebaya_chassis.web.pages.render import HEADERS, Cookie, Pages

# A path of ours: nothing that a browser could read as another host.
PATH = re.compile(r"/(?!/)[A-Za-z0-9/_.-]*")
YEAR_SECONDS = 365 * 24 * 3600

router = APIRouter(include_in_schema=False)


async def get_pages(request: Request) -> Pages:
    """Get the pages of the app."""
    pages: Pages = request.app.state.pages
    return pages


PagesDependency = Annotated[Pages, Depends(get_pages)]


async def read_own_form(request: Request, pages: PagesDependency) -> Form:
    """Read the form of a request that came from our own page.

    Raises FromElsewhere, FormStale, OnlyWords, Invalid.
    """
    form = await read_form(request)
    pages.guard.check(request, form.one(csrf.FIELD))
    return form


SubmittedForm = Annotated[Form, Depends(read_own_form)]


def see_other(address: str) -> RedirectResponse:
    """Redirect by GET: going back in the browser does not send the form again."""
    return RedirectResponse(address, status_code=303, headers=HEADERS)


@router.post("/language")
async def keep_language(form: SubmittedForm, pages: PagesDependency) -> Response:
    """Keep the language chosen by hand, for all services behind the one origin."""
    back = form.one("back")
    response = see_other(pages.link(back if PATH.fullmatch(back) else "/"))
    if form.one("language") in catalogue.LANGUAGES:
        pages.set_cookie(response, language_cookie(form.one("language")))
    return response


def language_cookie(language: str) -> Cookie:
    """Make the cookie of a chosen language: for every service, for a year."""
    return Cookie(catalogue.COOKIE, language, "/", YEAR_SECONDS, "lax")


def add_pages(app: FastAPI, pages: Pages, own: APIRouter, problem_texts: Mapping[str, str]) -> None:
    """Add pages to an app; from now on a browser gets its errors as pages too."""
    app.state.pages = pages
    app.state.error_page = ErrorPages(pages, problem_texts)
    for each in (assets.router, router, own):
        app.include_router(each)
