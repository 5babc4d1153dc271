"""The local issuer in a browser: one click signs in as one of the people of the demo.

The page is marked as a demo; it never runs in production.
"""

import hmac
import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Protocol

from authlib.common.security import generate_token
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from fastapi import APIRouter, FastAPI, Query, Request
from fastapi.responses import JSONResponse, Response
from starlette.datastructures import URL

from sebaya_chassis.base.problems import FieldError, Invalid, Problem
from sebaya_chassis.web.pages.encrypted_cookie import EncryptedCookie
from sebaya_chassis.web.pages.form import Form, read_form
from sebaya_chassis.web.pages.render import Pages, PageSettings
from sebaya_chassis.web.pages.routes import SubmittedForm, add_pages, see_other
from sebaya_contracts.words import Role

CODE_SECONDS = 60
LIFETIME_SECONDS = 8 * 3600
IDENTITY_SECONDS = 300
PARAMETERS = ("client_id", "redirect_uri", "state", "nonce", "code_challenge")
NO_STORE = {"Cache-Control": "no-store"}


class DemoPerson(Protocol):
    """A person of the demo, offered for signing in."""

    person_id: str
    name: str
    roles: list[Role]
    schools: list[str]
    note: dict[str, str]


class Signer(Protocol):
    """Signs the tokens of a person of the demo."""

    def token(self, wanted: Any, **claims: Any) -> str:
        """Sign an access token."""
        ...

    def identity_token(self, wanted: Any, **claims: Any) -> str:
        """Sign an identity token."""
        ...


class OneTimeTokens:
    """Sealed tokens that are good once: codes for a minute, refresh tokens for a school day."""

    def __init__(self, secret: str, purpose: str, seconds: float) -> None:
        self._seal = EncryptedCookie(secret, purpose)
        self._seconds = seconds
        self._spent: dict[str, float] = {}

    def issue(self, content: Mapping[str, Any]) -> str:
        """Issue a token that stands for its content."""
        return self._seal.seal(json.dumps(content))

    def spend(
        self, token: str, fits: Callable[[Mapping[str, Any]], bool]
    ) -> Mapping[str, Any] | None:
        """Exchange a token for its content; None where it is spent, lapsed or foreign.

        Where the content does not fit, the token stays good.
        """
        now = time.monotonic()
        for old in [old for old, until in self._spent.items() if until < now]:
            del self._spent[old]
        opened = self._seal.open(token, self._seconds)
        content: dict[str, Any] = json.loads(opened) if opened else {}
        if not content or token in self._spent or not fits(content):
            return None
        self._spent[token] = now + self._seconds + 1
        return content


def _belongs(form: Form, authorization: Mapping[str, Any]) -> bool:
    """Tell whether the client of a form holds the verifier (PKCE), and names itself as before."""
    if any(form.one(name) != authorization[name] for name in ("client_id", "redirect_uri")):
        return False
    challenge = create_s256_code_challenge(form.one("code_verifier"))
    return hmac.compare_digest(challenge, authorization["code_challenge"])


class Grants:
    """What is issued at the token endpoint: for a code, and again for a refresh token."""

    def __init__(self, secret: str, signer: Signer, people: Sequence[DemoPerson]) -> None:
        self._signer = signer
        self._people = people
        self.codes = OneTimeTokens(secret, "issuer-code", CODE_SECONDS)
        self.refresh_tokens = OneTimeTokens(secret, "issuer-refresh", LIFETIME_SECONDS)

    def exchange_code(self, form: Form) -> Mapping[str, Any] | None:
        """Exchange a code for tokens; None where it is not good."""
        asked = self.codes.spend(form.one("code"), lambda asked: _belongs(form, asked))
        if asked is None:
            return None
        return self._issue({"sid": generate_token(22), **asked}, nonce=asked["nonce"])

    def renew(self, form: Form) -> Mapping[str, Any] | None:
        """Exchange a refresh token for new tokens; None where it is not good."""
        asked = self.refresh_tokens.spend(
            form.one("refresh_token"), lambda asked: form.one("client_id") == asked["client_id"]
        )
        return self._issue(asked) if asked else None

    def _issue(self, asked: Mapping[str, Any], **claims: str) -> Mapping[str, Any] | None:
        """Issue tokens for the person of an authorization; None where there is none any more."""
        number = asked["person"]
        if number >= len(self._people):
            return None
        person = self._people[number]
        claims |= {"aud": asked["client_id"], "sid": asked["sid"]}
        expiry = int(time.time()) + IDENTITY_SECONDS
        return {
            "access_token": self._signer.token(person),
            "id_token": self._signer.identity_token(person, exp=expiry, **claims),
            "refresh_token": self.refresh_tokens.issue(asked),
            "token_type": "Bearer",
            "expires_in": LIFETIME_SECONDS,
        }


def add_issuer_pages(
    app: FastAPI, settings: PageSettings, signer: Signer, people: Sequence[DemoPerson]
) -> None:
    """Add the page that offers the people of the demo, and the exchange of its codes."""
    pages = Pages("sebaya_chassis.web.pages", settings, {})
    grants = Grants(settings.secret_key.get_secret_value(), signer, people)
    router = APIRouter(include_in_schema=False)
    _add_choice(router, pages, grants.codes, settings.origin, people)
    _add_exchange(router, grants)
    add_pages(app, pages, router, {})
    app.add_exception_handler(Problem, _show_problem)


def _add_choice(
    router: APIRouter,
    pages: Pages,
    codes: OneTimeTokens,
    origin: str,
    people: Sequence[DemoPerson],
) -> None:
    @router.get("/authorize")
    async def offer_people(
        request: Request, code_challenge_method: Annotated[str, Query(pattern="^S256$")]
    ) -> Response:
        asked = _authorization(dict(request.query_params), origin)
        return pages.show(
            request, "issuer.html", people=list(enumerate(people)), asked=asked, origin=origin
        )

    @router.post("/authorize")
    async def choose_person(form: SubmittedForm) -> Response:
        asked = _authorization({name: form.one(name) for name in PARAMETERS}, origin)
        number = form.one("person")
        if not number.isdecimal() or int(number) >= len(people):
            raise Invalid(
                errors=[FieldError(field="person", message="Not one of the people of the demo")]
            )
        code = codes.issue({**asked, "person": int(number)})
        return see_other(
            str(URL(asked["redirect_uri"]).include_query_params(code=code, state=asked["state"]))
        )


def _add_exchange(router: APIRouter, grants: Grants) -> None:
    @router.post("/oidc/token")
    async def exchange(request: Request) -> Response:
        form = await read_form(request)
        renews = form.one("grant_type") == "refresh_token"
        answer = grants.renew(form) if renews else grants.exchange_code(form)
        if answer is None:
            return JSONResponse({"error": "invalid_grant"}, status_code=400, headers=NO_STORE)
        return JSONResponse(answer, headers=NO_STORE)


def _authorization(parameters: Mapping[str, str], origin: str) -> dict[str, str]:
    """Return the parameters of an authorization request.

    Raises Invalid for an address outside our own origin, and for a request without PKCE.
    """
    wrong = [name for name in PARAMETERS if not parameters.get(name)]
    if not parameters.get("redirect_uri", "").startswith(f"{origin}/"):
        wrong.append("redirect_uri")
    if wrong:
        raise Invalid(
            errors=[
                FieldError(field=name, message="Missing, or not of this installation")
                for name in wrong
            ]
        )
    return {name: parameters[name] for name in PARAMETERS}


async def _show_problem(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, Problem)  # noqa: S101 - what the handler was registered for
    shown: Response = await request.app.state.error_page(request, problem, {}, problem.headers())
    return shown
