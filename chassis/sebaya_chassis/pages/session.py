"""Who is signed in at this browser: one sealed cookie for the four services behind the one origin.

It holds what the provider said, and ends when the provider's word ends, at the latest after a school day. Programs cannot use it: the JSON
routes take tokens only, so no form of a stranger reaches them by a cookie.
"""

import json
import time
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request, Response

from sebaya_chassis.auth import Principal, SchoolPath, admit, admit_in_district
from sebaya_chassis.pages.render import Cookie, Pages
from sebaya_chassis.pages.seal import Seal
from sebaya_chassis.problems import Unauthenticated
from sebaya_contracts.words import Role

COOKIE = "sebaya_staff"
LONGEST_SECONDS = 8 * 3600


class Sessions:
    """Begins, reads and ends the sessions of this installation."""

    def __init__(self, secret: str) -> None:
        self._seal = Seal(secret, COOKIE)

    def begin(self, pages: Pages, response: Response, principal: Principal, until: float) -> None:
        until = min(until, time.time() + LONGEST_SECONDS)
        word = {
            "sub": principal.person_id,
            "name": principal.name,
            "roles": sorted(principal.roles),
            "schools": sorted(principal.schools),
            "until": until,
        }
        pages.set(response, Cookie(COOKIE, self._seal.seal(json.dumps(word)), "/", same_site="lax"))

    def end(self, pages: Pages, response: Response) -> None:
        pages.set(response, Cookie(COOKIE, None, "/", same_site="lax"))

    def principal(self, request: Request) -> Principal | None:
        opened = self._seal.open(request.cookies.get(COOKIE), LONGEST_SECONDS)
        word = json.loads(opened) if opened else None
        if word is None or word["until"] <= time.time():
            return None
        return Principal(word["sub"], frozenset(map(Role, word["roles"])), frozenset(word["schools"]), word["name"])


async def session_of(request: Request) -> Principal:
    """Raises Unauthenticated."""
    sessions: Sessions = request.app.state.sessions
    principal = sessions.principal(request)
    if principal is None:
        raise Unauthenticated
    request.state.principal = principal
    return principal


SignedIn = Annotated[Principal, Depends(session_of)]


def staff(*roles: Role) -> Callable[..., Awaitable[Principal]]:
    """A dependency: somebody signed in with one of the roles, at the school of the path: the rule of the JSON routes."""

    async def check(school_id: SchoolPath, principal: SignedIn) -> Principal:
        return admit(principal, school_id, roles)

    return check


def staff_of_district(*roles: Role) -> Callable[..., Awaitable[Principal]]:
    """A dependency: somebody signed in with one of the roles who acts for every school."""

    async def check(principal: SignedIn) -> Principal:
        return admit_in_district(principal, roles)

    return check
