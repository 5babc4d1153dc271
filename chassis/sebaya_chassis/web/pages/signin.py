"""Signing in at the district's OpenID provider: code and PKCE by Authlib; its identity token is
verified like every other.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple
from urllib.parse import urlsplit

import httpx
from authlib.common.errors import AuthlibBaseError
from authlib.common.security import generate_token
from authlib.integrations.httpx_client import AsyncOAuth2Client
from fastapi import APIRouter, FastAPI, Path, Query, Request
from fastapi.responses import RedirectResponse, Response

from sebaya_chassis.base.problems import Unauthenticated, Unavailable
from sebaya_chassis.base.settings import ChassisSettings
from sebaya_chassis.storage.revoked_sessions import RevokedSessions
from sebaya_chassis.storage.schools import Schools
from sebaya_chassis.web.auth import AWAY, EVERY_SCHOOL, Verifier, principal_of
from sebaya_chassis.web.pages.csrf import FormStale
from sebaya_chassis.web.pages.encrypted_cookie import EncryptedCookie
from sebaya_chassis.web.pages.form import read_form
from sebaya_chassis.web.pages.render import HEADERS, Cookie
from sebaya_chassis.web.pages.routes import PATH, PagesDependency, SubmittedForm, see_other
from sebaya_chassis.web.pages.session import Sessions, SignedIn
from sebaya_chassis.web.pages.texts import marked
from sebaya_contracts.topics import SERVICES
from sebaya_contracts.words import Role

COOKIE = "sebaya_signin"
# A slow sign-in with a second factor; whoever comes back later begins anew.
PATIENCE_SECONDS = 600
DISCOVERED_SECONDS = 600.0
# A service whose store is away may be asked again for this long to end the session.
TICKET = "sebaya_signout"
TICKET_SECONDS = 600
# A service that does not answer ends the way. Where words of students are shown, a session ends
# before that can happen elsewhere.
WORDS_FIRST = sorted(SERVICES, key=lambda service: service not in {"intake", "escalation"})
SCOPE = "openid profile"


class Home(NamedTuple):
    """A page where somebody's work begins."""

    title: str
    service: str
    path: str


# By role, at each of one's schools.
HOMES: Mapping[Role, tuple[Home, ...]] = {
    Role.SUPPORTER: (Home(marked("My people"), "matching", "/s/{school_id}/mine"),),
    Role.COUNSELLOR: (Home(marked("Alerts"), "escalation", "/s/{school_id}/alerts"),),
    Role.COORDINATOR: (
        Home(marked("Waiting list"), "matching", "/s/{school_id}/waiting"),
        Home(marked("Who is this student?"), "escalation", "/s/{school_id}/questions"),
        Home(marked("Report"), "evaluation", "/s/{school_id}/report"),
    ),
    Role.DISTRICT_LEAD: (Home(marked("Report"), "evaluation", "/s/{school_id}/report"),),
}
# The same for those who act for every school.
DISTRICT_HOMES: Mapping[Role, Home] = {
    Role.DISTRICT_LEAD: Home(marked("Report"), "evaluation", "/district"),
    Role.OPERATOR: Home(marked("All schools together"), "evaluation", "/operations"),
}


class SignInFailed(Unauthenticated):
    """The provider's answer does not belong to a sign-in that began in this browser, or is not
    right.
    """

    slug = "sign-in-failed"
    title = "Signing in did not work; please try again"


@dataclass(slots=True)
class Provider:
    """The district's OpenID provider, as it describes itself."""

    settings: ChassisSettings
    redirect_uri: str
    verifier: Verifier
    _found: Mapping[str, Any] | None = None
    _found_at: float = 0.0

    @classmethod
    def of(cls, settings: ChassisSettings) -> "Provider":
        verifier = Verifier(settings.oidc_issuer, settings.oidc_client_id, settings.oidc_jwks_url)
        return cls(settings, f"{settings.origin}{settings.root_path}/signin/done", verifier)

    def client(self) -> AsyncOAuth2Client:
        secret = self.settings.oidc_client_secret
        return AsyncOAuth2Client(
            client_id=self.settings.oidc_client_id,
            client_secret=secret.get_secret_value() if secret else None,
            token_endpoint_auth_method="client_secret_basic" if secret else "none",
            scope=SCOPE,
            redirect_uri=self.redirect_uri,
            code_challenge_method="S256",
            timeout=5.0,
        )

    async def endpoint(self, name: str) -> str:
        """Raises Unavailable while the provider is away or says nonsense."""
        if self._found is None or time.monotonic() - self._found_at > DISCOVERED_SECONDS:
            try:
                async with httpx.AsyncClient(timeout=5.0) as client:
                    answer = await client.get(
                        f"{self.settings.oidc_issuer}/.well-known/openid-configuration"
                    )
                    answer.raise_for_status()
                    self._found, self._found_at = dict(answer.json()), time.monotonic()
            except (httpx.HTTPError, httpx.InvalidURL, ValueError, TypeError):
                raise Unavailable(AWAY) from None
        address = str(self._found.get(name, ""))
        if urlsplit(address).scheme not in {"http", "https"}:
            raise Unavailable(AWAY)
        return address


router = APIRouter(include_in_schema=False)


@router.get("/signin")
async def sign_in(
    request: Request, pages: PagesDependency, back: Annotated[str, Query(max_length=500)] = "/home"
) -> Response:
    """To the provider. What must fit together when its answer comes is sealed in a cookie of this
    browser. Raises Unavailable.
    """
    provider, seal = provider_of(request), seal_of(request)
    begun = {
        "verifier": generate_token(64),
        "nonce": generate_token(32),
        "back": back if PATH.fullmatch(back) else "/home",
    }
    async with provider.client() as client:
        address, state = client.create_authorization_url(
            await provider.endpoint("authorization_endpoint"),
            code_verifier=begun["verifier"],
            nonce=begun["nonce"],
            # Signing out here ends no session at the provider: whoever comes next at a shared
            # computer must not be taken for the last one.
            prompt="login",
        )
    response = see_other(address)
    cookie = Cookie(
        COOKIE,
        seal.seal(json.dumps(begun | {"state": state})),
        pages.link("/signin"),
        PATIENCE_SECONDS,
        "lax",
    )
    pages.set(response, cookie)
    return response


@router.get("/signin/done")
async def signed_in(
    request: Request,
    pages: PagesDependency,
    state: Annotated[str, Query(max_length=500)] = "",
    code: Annotated[str, Query(max_length=4000)] = "",
) -> Response:
    """Back from the provider. Raises SignInFailed, Unavailable."""
    opened = seal_of(request).open(request.cookies.get(COOKIE), PATIENCE_SECONDS)
    begun = json.loads(opened) if opened else {}
    if not code or not state or begun.get("state") != state:
        raise SignInFailed
    claims = await _claims(provider_of(request), code, begun)
    response = see_other(pages.link(begun["back"]))
    sessions: Sessions = request.app.state.sessions
    sessions.begin(pages, response, principal_of(claims), float(claims["exp"]))
    pages.set(response, Cookie(COOKIE, None, pages.link("/signin"), same_site="lax"))
    return response


async def _claims(provider: Provider, code: str, begun: Mapping[str, str]) -> Mapping[str, Any]:
    endpoint = await provider.endpoint("token_endpoint")
    try:
        async with provider.client() as client:
            token = await client.fetch_token(
                endpoint,
                code=code,
                code_verifier=begun["verifier"],
                grant_type="authorization_code",
            )
    except httpx.HTTPError:
        raise Unavailable(AWAY) from None
    except (AuthlibBaseError, ValueError):
        raise SignInFailed from None
    claims = await provider.verifier.claims(str(token.get("id_token", "")))
    if claims.get("nonce") != begun["nonce"]:
        raise SignInFailed
    return claims


@router.post("/signout")
async def sign_out(_form: SubmittedForm, request: Request, pages: PagesDependency) -> Response:
    """Asks no store, so the browser is signed out whatever else is broken; what it had kept of the
    pages goes too.

    The session itself ends at each service in turn, this one first, which is known to answer: the
    browser carries a sealed ticket onward.
    """
    sessions: Sessions = request.app.state.sessions
    session = sessions.of(request)
    rest = [
        pages.root,
        *(f"/{service}" for service in WORDS_FIRST if pages.root and f"/{service}" != pages.root),
    ]
    response = (
        _onward(request, session.session_id, session.until, rest, pages.root)
        if session
        else _is_out(pages.root)
    )
    sessions.end(pages, response)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@router.post("/signout/{ticket}")
async def sign_out_too(request: Request, ticket: Annotated[str, Path(max_length=2000)]) -> Response:
    """Ends the session of the ticket here. It is the proof: only a sign-out makes one. Raises
    FormStale, OnlyWords, Invalid.
    """
    await read_form(request)  # so that it can be sent once more, should the store be away
    opened = ticket_seal_of(request).open(ticket, TICKET_SECONDS)
    if opened is None:
        raise FormStale
    told = json.loads(opened)
    ended: RevokedSessions = request.app.state.ended_sessions
    await ended.end(told["session"], told["until"])
    return _onward(request, told["session"], told["until"], told["rest"], told["home"])


def _onward(
    request: Request, session_id: str, until: float, rest: list[str], home: str
) -> Response:
    """To the next service that has not yet heard of it, by a POST again: no GET changes anything."""
    if not rest:
        return _is_out(home)
    told = {"session": session_id, "until": until, "rest": rest[1:], "home": home}
    ticket = ticket_seal_of(request).seal(json.dumps(told))
    return RedirectResponse(f"{rest[0]}/signout/{ticket}", status_code=307, headers=HEADERS)


def _is_out(home: str) -> Response:
    return see_other(f"{home}/signin/out")


@router.get("/signin/out")
async def signed_out(request: Request, pages: PagesDependency) -> Response:
    return pages.show(request, "signed_out.html")


@router.get("/home")
async def home(request: Request, principal: SignedIn, pages: PagesDependency) -> Response:
    """The work of each of one's roles at each of one's schools; straight there when there is one
    only.
    """
    schools: Schools = request.app.state.known_schools
    places = [
        (home.title, "", pages.across(home.service, home.path))
        for role, home in DISTRICT_HOMES.items()
        if role in principal.roles and EVERY_SCHOOL in principal.schools
    ]
    places += [
        (
            home.title,
            school.name,
            pages.across(home.service, home.path.format(school_id=school.school_id)),
        )
        for school in await schools.all()
        if principal.at(school.school_id)
        for role, homes in HOMES.items()
        if role in principal.roles
        for home in homes
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
    """From now on staff and supporters may sign in at this service, and are signed in at all."""
    secret = settings.secret_key.get_secret_value()
    app.state.sessions = Sessions(secret)
    app.state.ended_sessions = ended
    app.state.signin_seal = EncryptedCookie(secret, COOKIE)
    app.state.ticket_seal = EncryptedCookie(secret, TICKET)
    app.state.provider = Provider.of(settings)
    app.state.known_schools = schools
    app.include_router(router)
