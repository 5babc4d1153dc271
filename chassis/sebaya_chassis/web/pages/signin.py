"""Signing in at the district's OpenID provider, and the start pages."""

import json
import re
from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple

from authlib.common.security import generate_token
from fastapi import APIRouter, FastAPI, Query, Request
from fastapi.responses import Response

from sebaya_chassis.base.logs import get_logger
from sebaya_chassis.base.settings import ChassisSettings
from sebaya_chassis.storage.schools import Schools
from sebaya_chassis.web.auth import list_own_schools, principal_of
from sebaya_chassis.web.claims import EVERY_SCHOOL, ClaimNames, read_roles, read_schools
from sebaya_chassis.web.pages.backchannel import router as backchannel_router
from sebaya_chassis.web.pages.encrypted_cookie import EncryptedCookie
from sebaya_chassis.web.pages.provider import Provider, SignInFailed
from sebaya_chassis.web.pages.render import Cookie, Pages
from sebaya_chassis.web.pages.renewal import OnWithdrawn, SessionRenewer
from sebaya_chassis.web.pages.routes import PATH, PagesDependency, see_other
from sebaya_chassis.web.pages.session import SignedIn
from sebaya_chassis.web.pages.signout import TICKET
from sebaya_chassis.web.pages.signout import router as sign_out_router
from sebaya_chassis.web.pages.staff_sessions import Sessions
from sebaya_chassis.web.pages.texts import marked
from sebaya_contracts.words import Role

# One a sign-in, so that two tabs may sign in at once: the name ends with the sign-in's state.
COOKIE = "sebaya_signin"
STATE = re.compile(r"[A-Za-z0-9]{30}")
# Shows what the provider says of a person, in place of the page that was asked for.
CLAIMS_PAGE = "/signin/claims"
# A slow sign-in with a second factor; a browser that comes back later begins anew.
SIGN_IN_SECONDS = 600


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

# For a counsellor of more than one school.
QUEUE = StartPage(marked("Alerts of all your schools"), "escalation", "/queue")


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
    Raises SignInFailed, Unavailable.
    """
    if not code or not STATE.fullmatch(state):
        raise SignInFailed
    opened = seal_of(request).open(request.cookies.get(f"{COOKIE}_{state}"), SIGN_IN_SECONDS)
    sign_in = json.loads(opened) if opened else {}
    if sign_in.get("state") != state:
        raise SignInFailed
    grant = await provider_of(request).exchange(
        code, verifier=sign_in["verifier"], nonce=sign_in["nonce"]
    )
    names: ClaimNames = request.app.state.claim_names
    principal = principal_of(grant.claims, names)
    usable = bool(principal.roles and principal.schools)
    if usable and sign_in["back"] != CLAIMS_PAGE:
        response: Response = see_other(pages.link(sign_in["back"]))
    else:
        response = _show_claims(request, pages, grant.claims, names, usable=usable)
    if usable:
        sessions: Sessions = request.app.state.sessions
        await sessions.start(request, pages, response, principal, grant)
    pages.set_cookie(response, _sign_in_cookie(pages, state, None))
    return response


def _show_claims(
    request: Request, pages: Pages, claims: Mapping[str, Any], names: ClaimNames, *, usable: bool
) -> Response:
    """Show what came in a person's identity token, and what was made of it."""
    roles, schools = read_roles(claims, names), read_schools(claims, names)
    if not usable:
        log.warning(
            "sign_in_without_access",
            roles_claim=roles.claim,
            roles_known="+".join(sorted(roles.known)),
            roles_ignored=len(roles.ignored),
            roles_shape=roles.shape.replace(" ", "_"),
            schools_claim=schools.claim,
            schools_known=len(schools.known),
            schools_ignored=len(schools.ignored),
            schools_shape=schools.shape.replace(" ", "_"),
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


@router.get("/home")
async def show_start_pages(
    request: Request, principal: SignedIn, pages: PagesDependency
) -> Response:
    """List the start pages of a person's roles and schools; go there when it is one only."""
    known: Schools = request.app.state.known_schools
    schools = list_own_schools(principal, await known.all())
    places: list[tuple[str, str | None, str]] = [
        (page.title, "", pages.link_to_service(page.service, page.path))
        for role, page in DISTRICT_START_PAGES.items()
        if role in principal.roles and EVERY_SCHOOL in principal.schools
    ]
    if Role.COUNSELLOR in principal.roles and len(schools) > 1:
        places.append((QUEUE.title, None, pages.link_to_service(QUEUE.service, QUEUE.path)))
    places += [
        (
            page.title,
            school.name,
            pages.link_to_service(page.service, page.path.format(school_id=school.school_id)),
        )
        for school in schools
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


def add_sign_in(
    app: FastAPI,
    settings: ChassisSettings,
    schools: Schools,
    sessions: Sessions,
    on_withdrawn: OnWithdrawn,
) -> None:
    """Add signing in and out, and the start pages, to an app that has pages."""
    secret = settings.secret_key.get_secret_value()
    provider, names = Provider.of(settings), ClaimNames.of(settings)
    app.state.sessions = sessions
    app.state.session_renewer = SessionRenewer(sessions, provider, names, on_withdrawn)
    app.state.signin_seal = EncryptedCookie(secret, COOKIE)
    app.state.ticket_seal = EncryptedCookie(secret, TICKET)
    app.state.provider = provider
    app.state.claim_names = names
    app.state.known_schools = schools
    for each in (router, sign_out_router, backchannel_router):
        app.include_router(each)
