"""The local issuer in a browser: one click signs in as one of the people of the demo. Marked as a
demo on the page; never in production.
"""

import hmac
import json
import time
from collections.abc import Sequence
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
ASKED = ("client_id", "redirect_uri", "state", "nonce", "code_challenge")
NO_STORE = {"Cache-Control": "no-store"}


class Person(Protocol):
    """Somebody who may be signed in as."""

    person_id: str
    name: str
    roles: list[Role]
    schools: list[str]


class Signer(Protocol):
    """Whoever signs the identity of such a person."""

    def token(self, wanted: Any, **claims: Any) -> str: ...


def add(app: FastAPI, settings: PageSettings, signer: Signer, people: Sequence[Person]) -> None:
    """The page that asks who to be, and the exchange of its code."""
    pages = Pages("sebaya_chassis.web.pages", settings, {})
    seal = EncryptedCookie(settings.secret_key.get_secret_value(), "issuer-code")
    spent: dict[str, float] = {}
    router = APIRouter(include_in_schema=False)

    def asked_for(given: dict[str, str]) -> dict[str, str]:
        """Raises Invalid for an address outside our own origin, and for a request without PKCE."""
        wrong = [name for name in ASKED if not given.get(name)]
        if not given.get("redirect_uri", "").startswith(f"{settings.origin}/"):
            wrong.append("redirect_uri")
        if wrong:
            raise Invalid(
                errors=[
                    FieldError(field=name, message="Missing, or not of this installation")
                    for name in wrong
                ]
            )
        return {name: given[name] for name in ASKED}

    @router.get("/authorize")
    async def who(
        request: Request, code_challenge_method: Annotated[str, Query(pattern="^S256$")]
    ) -> Response:
        asked = asked_for(dict(request.query_params))
        return pages.show(request, "issuer.html", people=list(enumerate(people)), asked=asked)

    @router.post("/authorize")
    async def be(form: SubmittedForm) -> Response:
        asked = asked_for({name: form.one(name) for name in ASKED})
        number = form.one("person")
        if not number.isdecimal() or int(number) >= len(people):
            raise Invalid(
                errors=[FieldError(field="person", message="Not one of the people of the demo")]
            )
        code = seal.seal(json.dumps(asked | {"person": int(number)}))
        return see_other(
            str(URL(asked["redirect_uri"]).include_query_params(code=code, state=asked["state"]))
        )

    @router.post("/oidc/token")
    async def exchange(request: Request) -> Response:
        form = await read_form(request)
        asked = _opened(seal, form)
        now = time.monotonic()
        for code in [code for code, until in spent.items() if until < now]:
            del spent[code]
        if asked is None or form.one("code") in spent:
            return JSONResponse({"error": "invalid_grant"}, status_code=400, headers=NO_STORE)
        spent[form.one("code")] = now + CODE_SECONDS + 1
        signed = signer.token(people[asked["person"]], aud=asked["client_id"], nonce=asked["nonce"])
        answer = {
            "access_token": signed,
            "id_token": signed,
            "token_type": "Bearer",
            "expires_in": LIFETIME_SECONDS,
        }
        return JSONResponse(answer, headers=NO_STORE)

    add_pages(app, pages, router, {})
    app.add_exception_handler(Problem, _told)


def _opened(seal: EncryptedCookie, form: Form) -> dict[str, Any] | None:
    """What the code was made for, if whoever brings it holds the verifier, and names the same
    client and address.
    """
    opened = seal.open(form.one("code"), CODE_SECONDS)
    asked: dict[str, Any] = json.loads(opened) if opened else {}
    if not asked or any(form.one(name) != asked[name] for name in ("client_id", "redirect_uri")):
        return None
    challenge = create_s256_code_challenge(form.one("code_verifier"))
    return asked if hmac.compare_digest(challenge, asked["code_challenge"]) else None


async def _told(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, Problem)  # noqa: S101 - what the handler was registered for
    shown: Response = await request.app.state.error_page(request, problem, {}, problem.headers())
    return shown
