"""The local issuer in a browser: one click signs in as one of the people of the demo.

The page is marked as a demo; it never runs in production.
"""

import hmac
import json
import time
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Protocol

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
PARAMETERS = ("client_id", "redirect_uri", "state", "nonce", "code_challenge")
NO_STORE = {"Cache-Control": "no-store"}


class DemoPerson(Protocol):
    """A person of the demo, offered for signing in."""

    person_id: str
    name: str
    roles: list[Role]
    schools: list[str]


class Signer(Protocol):
    """Signs the tokens of a person of the demo."""

    def token(self, wanted: Any, **claims: Any) -> str:
        """Sign an access token."""
        ...

    def identity_token(self, wanted: Any, **claims: Any) -> str:
        """Sign an identity token."""
        ...


class AuthorizationCodes:
    """Codes that stand for a chosen person; each is exchanged once, within a minute."""

    def __init__(self, secret: str) -> None:
        self._seal = EncryptedCookie(secret, "issuer-code")
        self._spent: dict[str, float] = {}

    def issue(self, authorization: Mapping[str, str], person: int) -> str:
        """Issue the code of an authorization request, for the person of that number."""
        return self._seal.seal(json.dumps({**authorization, "person": person}))

    def exchange(self, form: Form) -> Mapping[str, Any] | None:
        """Exchange a code for its authorization; None where it is spent, lapsed or foreign.

        The client must hold the verifier (PKCE), and name the same client and address.
        """
        code, now = form.one("code"), time.monotonic()
        for old in [old for old, until in self._spent.items() if until < now]:
            del self._spent[old]
        opened = self._seal.open(code, CODE_SECONDS)
        authorization: dict[str, Any] = json.loads(opened) if opened else {}
        if not authorization or code in self._spent or not _belongs(form, authorization):
            return None
        self._spent[code] = now + CODE_SECONDS + 1
        return authorization


def _belongs(form: Form, authorization: Mapping[str, Any]) -> bool:
    if any(form.one(name) != authorization[name] for name in ("client_id", "redirect_uri")):
        return False
    challenge = create_s256_code_challenge(form.one("code_verifier"))
    return hmac.compare_digest(challenge, authorization["code_challenge"])


def add_issuer_pages(
    app: FastAPI, settings: PageSettings, signer: Signer, people: Sequence[DemoPerson]
) -> None:
    """Add the page that offers the people of the demo, and the exchange of its codes."""
    pages = Pages("sebaya_chassis.web.pages", settings, {})
    codes = AuthorizationCodes(settings.secret_key.get_secret_value())
    router = APIRouter(include_in_schema=False)
    _add_choice(router, pages, codes, settings.origin, people)
    _add_exchange(router, codes, signer, people)
    add_pages(app, pages, router, {})
    app.add_exception_handler(Problem, _show_problem)


def _add_choice(
    router: APIRouter,
    pages: Pages,
    codes: AuthorizationCodes,
    origin: str,
    people: Sequence[DemoPerson],
) -> None:
    @router.get("/authorize")
    async def offer_people(
        request: Request, code_challenge_method: Annotated[str, Query(pattern="^S256$")]
    ) -> Response:
        asked = _authorization(dict(request.query_params), origin)
        return pages.show(request, "issuer.html", people=list(enumerate(people)), asked=asked)

    @router.post("/authorize")
    async def choose_person(form: SubmittedForm) -> Response:
        asked = _authorization({name: form.one(name) for name in PARAMETERS}, origin)
        number = form.one("person")
        if not number.isdecimal() or int(number) >= len(people):
            raise Invalid(
                errors=[FieldError(field="person", message="Not one of the people of the demo")]
            )
        code = codes.issue(asked, int(number))
        return see_other(
            str(URL(asked["redirect_uri"]).include_query_params(code=code, state=asked["state"]))
        )


def _add_exchange(
    router: APIRouter, codes: AuthorizationCodes, signer: Signer, people: Sequence[DemoPerson]
) -> None:
    @router.post("/oidc/token")
    async def exchange(request: Request) -> Response:
        asked = codes.exchange(await read_form(request))
        if asked is None:
            return JSONResponse({"error": "invalid_grant"}, status_code=400, headers=NO_STORE)
        person = people[asked["person"]]
        answer = {
            "access_token": signer.token(person),
            "id_token": signer.identity_token(person, aud=asked["client_id"], nonce=asked["nonce"]),
            "token_type": "Bearer",
            "expires_in": LIFETIME_SECONDS,
        }
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
