"""Errors as pages. Programs get problem details; a person gets a sentence, and their words back."""

from collections.abc import Mapping
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from sebaya_chassis.base.problems import (
    Forbidden,
    LeftSchool,
    NotFound,
    Problem,
    TooLarge,
    TooSlow,
    Unauthenticated,
    Unavailable,
    UnknownSchool,
)
from sebaya_chassis.web.pages import csrf
from sebaya_chassis.web.pages.csrf import FormStale, FromElsewhere
from sebaya_chassis.web.pages.form import Form, OnlyWords, read_form
from sebaya_chassis.web.pages.provider import SignInFailed
from sebaya_chassis.web.pages.render import Pages
from sebaya_chassis.web.pages.texts import marked

TEXTS: dict[str, str] = {
    NotFound.slug: marked("There is nothing here"),
    UnknownSchool.slug: marked("We do not know this school"),
    Unauthenticated.slug: marked("Please sign in first"),
    Forbidden.slug: marked("This page is not for your role"),
    LeftSchool.slug: marked("You no longer work at this school, so its pages are closed to you"),
    TooLarge.slug: marked(
        "That was more than fits into one message. Go back and send it in two parts"
    ),
    TooSlow.slug: marked("Your message did not arrive whole. Please try once more"),
    Unavailable.slug: marked("We cannot save this right now. Please try again in a moment"),
    OnlyWords.slug: marked(
        "Photos and files cannot be sent here: they can say more about you than you want. "
        "Please use words"
    ),
    FromElsewhere.slug: marked("This was not sent from our own page, so nothing was done"),
    SignInFailed.slug: marked("Signing in did not work. Please try again"),
    FormStale.slug: marked(
        "This page was open for a long time. Nothing was sent yet: "
        "please press the button once more"
    ),
}
OURS = marked("Something went wrong on our side")
THEIRS = marked("That does not work right now")
# After these the same form may be sent once more as it is.
SEND_AGAIN = frozenset({Unavailable.slug, TooSlow.slug, FormStale.slug, Unauthenticated.slug})
NEVER_AGAIN = {csrf.FIELD}


class ErrorPages:
    """Answers a problem with a page. `texts` are a service's own sentences for its own problems."""

    def __init__(self, pages: Pages, texts: Mapping[str, str]) -> None:
        self._pages = pages
        self._texts = TEXTS | dict(texts)

    async def __call__(
        self,
        request: Request,
        problem: Problem,
        extra: Mapping[str, Any],
        headers: Mapping[str, str],
    ) -> HTMLResponse:
        status = int(problem.status)
        again = await _find_form(request) if problem.slug in SEND_AGAIN else None
        return self._pages.show(
            request,
            "error.html",
            status=status,
            slug=problem.slug,
            headers=headers,
            said=self._texts.get(problem.slug, OURS if status >= 500 else THEIRS),
            again=[(name, value) for name, value in again.fields if name not in NEVER_AGAIN]
            if again
            else None,
            **extra,
        )


async def _find_form(request: Request) -> Form | None:
    """Find the form of a request, also of one that was refused before its form was read."""
    if request.method == "POST" and not hasattr(request.state, "form"):
        try:
            return await read_form(request)
        except Problem:
            return None
    return getattr(request.state, "form", None)
