"""The provider's back channel: it says that a session of its own is over, and ours end with it."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from jwt import get_unverified_header

from sebaya_chassis.base.problems import Problem, Unauthenticated
from sebaya_chassis.web.logout_token import REQUIRED, LogoutToken, read_logout_token
from sebaya_chassis.web.pages.form import read_form
from sebaya_chassis.web.pages.provider import Provider
from sebaya_chassis.web.pages.renewal import SessionRenewer
from sebaya_chassis.web.pages.staff_sessions import Sessions
from sebaya_chassis.web.refusals import Refusals
from sebaya_chassis.web.session_rules import Withdrawal

NO_STORE = {"Cache-Control": "no-store"}

router = APIRouter(include_in_schema=False)


@router.post("/signin/backchannel-logout")
async def end_provider_session(request: Request) -> Response:
    """End the sessions that a logout token names (Back-Channel Logout 1.0, 2.5 to 2.8).

    200 where they are over, 400 for what is no logout token of ours or was followed before. Raises
    Unavailable, and what the driver raises; the provider may then send it again.
    """
    try:
        token = await _read(request)
    except Unauthenticated as problem:
        refusals: Refusals = request.app.state.refusals
        refusals.note(request, problem)
        return _refusal("This is no logout token of the district's provider")
    except Problem as problem:
        if problem.status >= 500:
            raise
        return _refusal("logout_token is missing")
    sessions: Sessions = request.app.state.sessions
    if not await sessions.store.note_logout_token(token.name, token.until):
        return _refusal("This logout token was followed before")
    try:
        ended = await sessions.end_all_of(token.person_id, token.provider_session)
    except Exception:
        await sessions.store.forget_logout_token(token.name)
        raise
    renewer: SessionRenewer = request.app.state.session_renewer
    for session in ended:
        renewer.note_withdrawn(session.person_id, session.schools, Withdrawal.PROVIDER_LOGOUT)
    return Response(status_code=200, headers=NO_STORE)


async def _read(request: Request) -> LogoutToken:
    """Read the token of a request. Raises WrongToken, Unauthenticated, Unavailable, OnlyWords."""
    sent = (await read_form(request)).one("logout_token")
    provider: Provider = request.app.state.provider
    claims = await provider.verifier.claims(sent, REQUIRED)
    return read_logout_token(get_unverified_header(sent), claims)


def _refusal(description: str) -> JSONResponse:
    body = {"error": "invalid_request", "error_description": description}
    return JSONResponse(body, status_code=400, headers=NO_STORE)
