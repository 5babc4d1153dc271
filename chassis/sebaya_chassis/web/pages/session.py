"""Who is signed in at this browser: one sealed cookie for the four services behind the one origin.

It holds what the provider said, and ends when the provider's word ends, at the latest after a
school day; signing out ends it for every copy of the cookie. Programs cannot use it: the JSON
routes take tokens only, so no form of a stranger reaches them by a cookie.
"""

import json
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Response

from sebaya_chassis.base.problems import Unauthenticated
from sebaya_chassis.storage.revoked_sessions import RevokedSessions
from sebaya_chassis.web.auth import Principal, SchoolPath, admit, admit_in_district
from sebaya_chassis.web.pages.encrypted_cookie import EncryptedCookie
from sebaya_chassis.web.pages.render import Cookie, Pages
from sebaya_contracts.words import Role

COOKIE = "sebaya_staff"
LONGEST_SECONDS = 8 * 3600


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in of one person at one browser."""

    session_id: str
    principal: Principal
    until: float


class Sessions:
    """Begins, reads and ends the sessions of this installation."""

    def __init__(self, secret: str) -> None:
        self._seal = EncryptedCookie(secret, COOKIE)

    def begin(self, pages: Pages, response: Response, principal: Principal, until: float) -> None:
        until = min(until, time.time() + LONGEST_SECONDS)
        word = {
            "id": secrets.token_urlsafe(16),
            "sub": principal.person_id,
            "name": principal.name,
            "roles": sorted(principal.roles),
            "schools": sorted(principal.schools),
            "until": until,
        }
        pages.set(response, Cookie(COOKIE, self._seal.seal(json.dumps(word)), "/", same_site="lax"))

    def end(self, pages: Pages, response: Response) -> None:
        pages.set(response, Cookie(COOKIE, None, "/", same_site="lax"))

    def of(self, request: Request) -> Session | None:
        """What the browser's cookie says; whether it was signed out elsewhere only the store knows."""
        opened = self._seal.open(request.cookies.get(COOKIE), LONGEST_SECONDS)
        word = json.loads(opened) if opened else None
        # One without an id was sealed by a release whose sessions could not be ended.
        if word is None or "id" not in word or word["until"] <= time.time():
            return None
        principal = Principal(
            word["sub"],
            frozenset(map(Role, word["roles"])),
            frozenset(word["schools"]),
            word["name"],
        )
        return Session(word["id"], principal, word["until"])


async def require_session(request: Request) -> Principal:
    """Raises Unauthenticated; while the store is away nobody is let in, since a session may have
    been signed out.
    """
    sessions: Sessions = request.app.state.sessions
    ended: RevokedSessions = request.app.state.ended_sessions
    session = sessions.of(request)
    if session is None or await ended.holds(session.session_id):
        raise Unauthenticated
    request.state.principal = session.principal
    return session.principal


SignedIn = Annotated[Principal, Depends(require_session)]


def require_staff(*roles: Role) -> Callable[..., Awaitable[Principal]]:
    """A dependency: somebody signed in with one of the roles, at the school of the path: the rule
    of the JSON routes.
    """

    async def check(school_id: SchoolPath, principal: SignedIn) -> Principal:
        return admit(principal, school_id, roles)

    return check


def require_district_staff(*roles: Role) -> Callable[..., Awaitable[Principal]]:
    """A dependency: somebody signed in with one of the roles who acts for every school."""

    async def check(principal: SignedIn) -> Principal:
        return admit_in_district(principal, roles)

    return check
