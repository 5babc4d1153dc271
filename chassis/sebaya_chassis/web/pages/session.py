"""The session of a signed-in person: one sealed cookie for the four services behind the one origin.

It holds the provider's claims and ends with them, at the latest after a school day; signing out
ends it for every copy of the cookie. Programs cannot use it: the JSON routes take tokens only, so
no form of a foreign site reaches them by a cookie.
"""

import json
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Response

from sebaya_chassis.base.problems import Forbidden, Unauthenticated
from sebaya_chassis.storage.revoked_sessions import RevokedSessions
from sebaya_chassis.web.auth import Principal, SchoolPath, admit, admit_in_district
from sebaya_chassis.web.pages.encrypted_cookie import EncryptedCookie
from sebaya_chassis.web.pages.render import Cookie, Pages
from sebaya_contracts.words import Role

COOKIE = "sebaya_staff"
LONGEST_SECONDS = 8 * 3600
# Browsers drop a cookie of more than 4,096 bytes with its name and attributes, without a word
# (RFC 6265, 6.1).
MOST_COOKIE_BYTES = 3_900


class TooManySchools(Forbidden):
    """A person's schools fit into no session."""

    slug = "too-many-schools"
    title = "This account names more schools than fit; its schools claim may say * for all of them"


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in of one person at one browser."""

    session_id: str
    principal: Principal
    until: float


class Sessions:
    """Starts, reads and ends the sessions of this installation."""

    def __init__(self, secret: str) -> None:
        self._seal = EncryptedCookie(secret, COOKIE)

    def start(self, pages: Pages, response: Response, principal: Principal, until: float) -> None:
        """Set the session's cookie; it ends at `until` (Unix seconds), at the latest in 8 hours.

        Raises TooManySchools.
        """
        until = min(until, time.time() + LONGEST_SECONDS)
        claims = {
            "id": secrets.token_urlsafe(16),
            "sub": principal.person_id,
            "name": principal.name,
            "roles": sorted(principal.roles),
            "schools": sorted(principal.schools),
            "until": until,
        }
        sealed = self._seal.seal(json.dumps(claims, separators=(",", ":")))
        if len(sealed) > MOST_COOKIE_BYTES:
            raise TooManySchools
        pages.set_cookie(response, Cookie(COOKIE, sealed, "/", same_site="lax"))

    def end(self, pages: Pages, response: Response) -> None:
        """Remove the session's cookie from this browser."""
        pages.set_cookie(response, Cookie(COOKIE, None, "/", same_site="lax"))

    def read(self, request: Request) -> Session | None:
        """Read the browser's cookie. Whether it was signed out elsewhere, only the store knows."""
        opened = self._seal.open(request.cookies.get(COOKIE), LONGEST_SECONDS)
        claims = json.loads(opened) if opened else None
        # One without an id was sealed by a release whose sessions could not be ended.
        if claims is None or "id" not in claims or claims["until"] <= time.time():
            return None
        principal = Principal(
            claims["sub"],
            frozenset(map(Role, claims["roles"])),
            frozenset(claims["schools"]),
            claims["name"],
        )
        return Session(claims["id"], principal, claims["until"])


async def require_session(request: Request) -> Principal:
    """Return the person of the browser's session. Raises Unauthenticated.

    While the store is away every session is refused, since it may have been signed out.
    """
    sessions: Sessions = request.app.state.sessions
    revoked: RevokedSessions = request.app.state.ended_sessions
    session = sessions.read(request)
    if session is None or await revoked.contains(session.session_id):
        raise Unauthenticated
    request.state.principal = session.principal
    return session.principal


SignedIn = Annotated[Principal, Depends(require_session)]


def require_staff(*roles: Role) -> Callable[..., Awaitable[Principal]]:
    """Require a session with one of the roles at the school of the path, as a dependency.

    The rule is that of the JSON routes (`admit`).
    """

    async def check(school_id: SchoolPath, principal: SignedIn) -> Principal:
        return admit(principal, school_id, roles)

    return check


def require_district_staff(*roles: Role) -> Callable[..., Awaitable[Principal]]:
    """Require a session with one of the roles for the whole district, as a dependency."""

    async def check(principal: SignedIn) -> Principal:
        return admit_in_district(principal, roles)

    return check
