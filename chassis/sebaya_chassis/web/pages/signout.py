"""Signing out: the session ends in this browser, in the store, and at the provider, in this
order.
"""

import json
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import RedirectResponse, Response

from sebaya_chassis.web.pages.csrf import FormStale
from sebaya_chassis.web.pages.encrypted_cookie import EncryptedCookie
from sebaya_chassis.web.pages.form import read_form
from sebaya_chassis.web.pages.provider import Provider
from sebaya_chassis.web.pages.render import HEADERS
from sebaya_chassis.web.pages.routes import PagesDependency, SubmittedForm, see_other
from sebaya_chassis.web.pages.staff_sessions import Sessions, forget_session, session_key_of
from sebaya_chassis.web.session_rules import SessionEnd

# The store may be away for this long, and the session can still be ended.
TICKET = "sebaya_signout"
TICKET_SECONDS = 600
SIGNED_OUT = "/signin/out"

router = APIRouter(include_in_schema=False)


@router.post("/signout")
async def sign_out(_form: SubmittedForm, request: Request, pages: PagesDependency) -> Response:
    """Take the session's cookie and the kept pages from the browser, asking no store.

    So the browser is signed out even while the store is away. The session itself ends next: the
    browser carries a sealed ticket, by a POST again, since no GET changes anything.
    """
    key = session_key_of(request)
    if key is None:
        response: Response = see_other(pages.link(SIGNED_OUT))
    else:
        ticket = ticket_seal_of(request).seal(json.dumps({"session": key}))
        response = RedirectResponse(
            pages.link(f"/signout/{ticket}"), status_code=307, headers=HEADERS
        )
    forget_session(pages, response)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@router.post("/signout/{ticket}")
async def end_session(
    request: Request, pages: PagesDependency, ticket: Annotated[str, Path(max_length=2000)]
) -> Response:
    """End the session of the ticket at all services, and lead on to the provider's own sign-out.

    The ticket is the proof: only a sign-out makes one. Raises FormStale, OnlyWords, Invalid.
    """
    await read_form(request)  # so that it can be sent once more, should the store be away
    opened = ticket_seal_of(request).open(ticket, TICKET_SECONDS)
    if opened is None:
        raise FormStale
    sessions: Sessions = request.app.state.sessions
    ended = await sessions.end(json.loads(opened)["session"], SessionEnd.SIGNED_OUT)
    provider: Provider = request.app.state.provider
    address = (
        await provider.end_session_url(ended.id_token, pages.origin + pages.link(SIGNED_OUT))
        if ended
        else None
    )
    return see_other(address or pages.link(SIGNED_OUT))


@router.get(SIGNED_OUT)
async def show_signed_out(request: Request, pages: PagesDependency) -> Response:
    return pages.show(request, "signed_out.html")


def ticket_seal_of(request: Request) -> EncryptedCookie:
    seal: EncryptedCookie = request.app.state.ticket_seal
    return seal
