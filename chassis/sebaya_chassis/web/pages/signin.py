"""Signing in at the district's OpenID provider, signing out everywhere, and the start pages."""

import json
import re
from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple

from authlib.common.security import generate_token
from fastapi import APIRouter, FastAPI, Path, Query, Request
from fastapi.responses import RedirectResponse, Response

from sebaya_chassis.base.logs import get_logger
from sebaya_chassis.base.settings import ChassisSettings
from sebaya_chassis.storage.revoked_sessions import RevokedSessions
from sebaya_chassis.storage.schools import Schools
from sebaya_chassis.web.auth import Principal, principal_of
from sebaya_chassis.web.claims import EVERY_SCHOOL, ClaimNames, read_roles, read_schools
from sebaya_chassis.web.pages.csrf import FormStale
from sebaya_chassis.web.pages.encrypted_cookie import EncryptedCookie
from sebaya_chassis.web.pages.form import read_form
from sebaya_chassis.web.pages.provider import Provider, SignInFailed
from sebaya_chassis.web.pages.render import HEADERS, Cookie, Pages
from sebaya_chassis.web.pages.routes import PATH, PagesDependency, SubmittedForm, see_other
from sebaya_chassis.web.pages.session import Sessions, SignedIn
from sebaya_chassis.web.pages.texts import marked
from sebaya_contracts.topics import SERVICES
from sebaya_contracts.words import Role

# One a sign-in, so that two tabs may sign in at once: the name ends with the sign-in's state.
COOKIE = "sebaya_signin"
STATE = re.compile(r"[A-Za-z0-9]{30}")
# Shows what the provider says of a person, in place of the page that was asked for.
CLAIMS_PAGE = "/signin/claims"
# A slow sign-in with a second factor; a browser that comes back later begins anew.
SIGN_IN_SECONDS = 600
# A service whose store is away may be asked again for this long to end the session.
TICKET = "sebaya_signout"
TICKET_SECONDS = 600
# A service that does not answer ends the way. Where words of students are shown, a session ends
# before that can happen elsewhere.
SIGN_OUT_ORDER = sorted(SERVICES, key=lambda service: service not in {"intake", "escalation"})


class StartPage(NamedTuple):
    """A page where the work of a role begins."""

    title: str
    service: str
    path: str


# By role, at each school of a person.
START_PAGES: Mapping[Role, tuple[StartPage, ...]] = {
    Role.SUPPORTER: (StartPage(marked("My people"), "matching", "/s/{school_id}/mine"),),
    Role.COUNSELLOR: (StartPage(marked("Alerts"), "escalation", "/s/{school_id}/alerts"),),
    Role.COORDINATOR: (
        StartPage(marked("Waiting list"), "matching", "/s/{school_id}/waiting"),
        StartPage(marked("Who is this student?"), "escalation", "/s/{school_id}/questions"),
        StartPage(marked("Report"), "evaluation", "/s/{school_id}/report"),
    ),
    Role.DISTRICT_LEAD: (StartPage(marked("Report"), "evaluation", "/s/{school_id}/report"),),
}
# The same for people of the whole district.
DISTRICT_START_PAGES: Mapping[Role, StartPage] = {
    Role.DISTRICT_LEAD: StartPage(marked("Report"), "evaluation", "/district"),
    Role.OPERATOR: StartPage(marked("All schools together"), "evaluation", "/operations"),
}


router = APIRouter(include_in_schema=False)
log = get_logger()


@router.get("/signin")
async def sign_in(
    request: Request, pages: PagesDependency, back: Annotated[str, Query(max_length=500)] = "/home"
) -> Response:
    """Send the browser to the provider. Raises Unavailable.

    What must fit together when its answer comes is sealed in a cookie of this browser.
    """
    sign_in = {
        "verifier": generate_token(64),
        "nonce": generate_token(32),
        "state": generate_token(),
        "back": back if PATH.fullmatch(back) else "/home",
    }
    address = await provider_of(request).authorization_url(
        verifier=sign_in["verifier"], nonce=sign_in["nonce"], state=sign_in["state"]
    )
    response = see_other(address)
    pages.set_cookie(
        response,
        _sign_in_cookie(pages, sign_in["state"], seal_of(request).seal(json.dumps(sign_in))),
    )
    return response


def _sign_in_cookie(pages: Pages, state: str, sealed: str | None) -> Cookie:
    return Cookie(f"{COOKIE}_{state}", sealed, pages.link("/signin"), SIGN_IN_SECONDS, "lax")


@router.get("/signin/done")
async def finish_sign_in(
    request: Request,
    pages: PagesDependency,
    state: Annotated[str, Query(max_length=500)] = "",
    code: Annotated[str, Query(max_length=4000)] = "",
) -> Response:
    """Start the session of a browser that comes back from the provider.

    Where the claims give no role or no school, or they were asked for, a page shows them instead.
    Raises SignInFailed, TooManySchools, Unavailable.
    """
    if not code or not STATE.fullmatch(state):
        raise SignInFailed
    opened = seal_of(request).open(request.cookies.get(f"{COOKIE}_{state}"), SIGN_IN_SECONDS)
    sign_in = json.loads(opened) if opened else {}
    if sign_in.get("state") != state:
        raise SignInFailed
    claims = await provider_of(request).exchange(
        code, verifier=sign_in["verifier"], nonce=sign_in["nonce"]
    )
    names: ClaimNames = request.app.state.claim_names
    principal = principal_of(claims, names)
    usable = bool(principal.roles and principal.schools)
    if usable and sign_in["back"] != CLAIMS_PAGE:
        response: Response = see_other(pages.link(sign_in["back"]))
    else:
        response = _show_claims(request, pages, claims, names, usable=usable)
    if usable:
        _start_session(request, pages, response, principal, float(claims["exp"]))
    pages.set_cookie(response, _sign_in_cookie(pages, state, None))
    return response


def _start_session(
    request: Request, pages: Pages, response: Response, principal: Principal, until: float
) -> None:
    sessions: Sessions = request.app.state.sessions
    sessions.start(pages, response, principal, until)


def _show_claims(
    request: Request, pages: Pages, claims: Mapping[str, Any], names: ClaimNames, *, usable: bool
) -> Response:
    """Show what came in a person's identity token, and what was made of it."""
    roles, schools = read_roles(claims, names), read_schools(claims, names)
    if not usable:
        log.warning(
            "sign_in_without_access",
            roles_claim=roles.claim,
            roles_known=sorted(roles.known),
            roles_ignored=len(roles.ignored),
            roles_shape=roles.shape,
            schools_claim=schools.claim,
            schools_known=len(schools.known),
            schools_ignored=len(schools.ignored),
            schools_shape=schools.shape,
        )
    return pages.show(
        request,
        "claims.html",
        status=200 if usable else 403,
        usable=usable,
        readings=[(marked("Roles"), roles), (marked("Schools"), schools)],
        claims=sorted((name, json.dumps(value)) for name, value in claims.items()),
    )


@router.get("/signin/claims")
async def ask_for_claims(pages: PagesDependency) -> Response:
    """Sign in once more, to the page that shows which claims came."""
    return see_other(pages.link(f"/signin?back={CLAIMS_PAGE}"))


@router.post("/signout")
async def sign_out(_form: SubmittedForm, request: Request, pages: PagesDependency) -> Response:
    """Take the session's cookie and the kept pages from the browser, asking no store.

    So the browser is signed out even while the store is away. The session itself ends at each
    service in turn, this one first, which is known to answer: the browser carries a sealed ticket
    to the next.
    """
    sessions: Sessions = request.app.state.sessions
    session = sessions.read(request)
    rest = [
        pages.root,
        *(
            f"/{service}"
            for service in SIGN_OUT_ORDER
            if pages.root and f"/{service}" != pages.root
        ),
    ]
    response = (
        _next_service(request, session.session_id, session.until, rest, pages.root)
        if session
        else _to_signed_out(pages.root)
    )
    sessions.end(pages, response)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@router.post("/signout/{ticket}")
async def end_session(request: Request, ticket: Annotated[str, Path(max_length=2000)]) -> Response:
    """End the session of the ticket at this service, and pass the ticket to the next.

    The ticket is the proof: only a sign-out makes one. Raises FormStale, OnlyWords, Invalid.
    """
    await read_form(request)  # so that it can be sent once more, should the store be away
    opened = ticket_seal_of(request).open(ticket, TICKET_SECONDS)
    if opened is None:
        raise FormStale
    claims = json.loads(opened)
    revoked: RevokedSessions = request.app.state.ended_sessions
    await revoked.revoke(claims["session"], claims["until"])
    return _next_service(
        request, claims["session"], claims["until"], claims["rest"], claims["home"]
    )


def _next_service(
    request: Request, session_id: str, until: float, rest: list[str], home: str
) -> Response:
    """Send the browser to the next service, by a POST again: no GET changes anything."""
    if not rest:
        return _to_signed_out(home)
    claims = {"session": session_id, "until": until, "rest": rest[1:], "home": home}
    ticket = ticket_seal_of(request).seal(json.dumps(claims))
    return RedirectResponse(f"{rest[0]}/signout/{ticket}", status_code=307, headers=HEADERS)


def _to_signed_out(home: str) -> Response:
    return see_other(f"{home}/signin/out")


@router.get("/signin/out")
async def show_signed_out(request: Request, pages: PagesDependency) -> Response:
    return pages.show(request, "signed_out.html")


@router.get("/home")
async def show_start_pages(
    request: Request, principal: SignedIn, pages: PagesDependency
) -> Response:
    """List the start pages of a person's roles and schools; go there when it is one only."""
    schools: Schools = request.app.state.known_schools
    places = [
        (page.title, "", pages.link_to_service(page.service, page.path))
        for role, page in DISTRICT_START_PAGES.items()
        if role in principal.roles and EVERY_SCHOOL in principal.schools
    ]
    places += [
        (
            page.title,
            school.name,
            pages.link_to_service(page.service, page.path.format(school_id=school.school_id)),
        )
        for school in await schools.all()
        if principal.at(school.school_id)
        for role, start_pages in START_PAGES.items()
        if role in principal.roles
        for page in start_pages
    ]
    if len(places) == 1:
        return see_other(places[0][2])
    return pages.show(request, "home.html", principal=principal, places=places)


def provider_of(request: Request) -> Provider:
    provider: Provider = request.app.state.provider
    return provider


def seal_of(request: Request) -> EncryptedCookie:
    seal: EncryptedCookie = request.app.state.signin_seal
    return seal


def ticket_seal_of(request: Request) -> EncryptedCookie:
    seal: EncryptedCookie = request.app.state.ticket_seal
    return seal


def add_sign_in(
    app: FastAPI, settings: ChassisSettings, schools: Schools, ended: RevokedSessions
) -> None:
    """Add signing in and out, and the start pages, to an app that has pages."""
    secret = settings.secret_key.get_secret_value()
    app.state.sessions = Sessions(secret)
    app.state.ended_sessions = ended
    app.state.signin_seal = EncryptedCookie(secret, COOKIE)
    app.state.ticket_seal = EncryptedCookie(secret, TICKET)
    app.state.provider = Provider.of(settings)
    app.state.claim_names = ClaimNames.of(settings)
    app.state.known_schools = schools
    app.include_router(router)
