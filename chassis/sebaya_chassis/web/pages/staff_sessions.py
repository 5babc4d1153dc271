"""The session of a signed-in person: a random name in the browser's cookie, and all the rest in the
store that the four services share.

It lives while the provider's own session does, at the latest for a school day: the provider is
asked again every few minutes. Programs cannot use it: the JSON routes take tokens only, so no form
of a foreign site reaches them by a cookie.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from fastapi import Request, Response

from sebaya_chassis.base.metrics import SESSION_RENEWALS, SESSIONS_ENDED
from sebaya_chassis.storage.sessions import SessionStore, StoredSession
from sebaya_chassis.web.auth import Principal
from sebaya_chassis.web.pages.provider import Grant
from sebaya_chassis.web.pages.render import Cookie, Pages
from sebaya_chassis.web.pages.sealed_tokens import IssuedTokens, TokenSeal
from sebaya_chassis.web.session_rules import LONGEST_SECONDS, RenewalOutcome, SessionEnd
from sebaya_contracts.words import Role

COOKIE = "sebaya_staff"


@dataclass(frozen=True, slots=True)
class Ended:
    """A session that has ended, and the identity token that names it to the provider."""

    session: StoredSession
    id_token: str


class Sessions:
    """Starts, finds and ends the sessions of this installation."""

    def __init__(
        self, secret: str, store: SessionStore, service: str, now: Callable[[], datetime]
    ) -> None:
        self.store = store
        self.seal = TokenSeal(secret)
        self.now = now
        self.service = service

    async def start(
        self, request: Request, pages: Pages, response: Response, principal: Principal, grant: Grant
    ) -> None:
        """Start a session and set its cookie; one that this browser had before ends.

        With a refresh token it lives for eight hours at most; without one it ends with the identity
        token.
        """
        await self.end(session_key_of(request), SessionEnd.REPLACED)
        name = secrets.token_urlsafe(32)
        await self.store.create(self.begin(name, principal, grant))
        pages.set_cookie(response, Cookie(COOKIE, name, "/", same_site="lax"))

    def begin(self, name: str, principal: Principal, grant: Grant) -> StoredSession:
        """Build the session of a sign-in. `name` is what the browser holds."""
        now, key = self.now(), key_of(name)
        longest = now + timedelta(seconds=LONGEST_SECONDS)
        expiry = datetime.fromtimestamp(float(grant.claims["exp"]), UTC)
        tokens = IssuedTokens(
            grant.refresh_token, grant.id_token, str(grant.claims.get("nonce", ""))
        )
        return StoredSession(
            key=key,
            person_id=principal.person_id,
            name=principal.name,
            roles=tuple(sorted(principal.roles)),
            schools=tuple(sorted(principal.schools)),
            provider_session=str(grant.claims.get("sid", "")),
            renewed_at=now,
            until=longest if grant.refresh_token else min(longest, expiry),
            renewable=bool(grant.refresh_token),
            sealed=self.seal.seal(key, tokens),
        )

    async def find(self, request: Request) -> StoredSession | None:
        """Find the session of the browser's cookie. One read of the store."""
        key = session_key_of(request)
        return await self.store.find(key) if key else None

    async def end(self, key: str | None, why: SessionEnd) -> Ended | None:
        """End a session; None where there is none."""
        session = await self.store.end(key) if key else None
        if session is None:
            return None
        SESSIONS_ENDED.labels(self.service, why.value).inc()
        tokens = self.seal.open(session.key, session.sealed)
        return Ended(session, tokens.id_token if tokens else "")

    async def end_all_of(self, person_id: str, provider_session: str) -> Sequence[StoredSession]:
        """End the sessions that the provider has ended."""
        ended = await self.store.end_all_of(person_id, provider_session)
        SESSIONS_ENDED.labels(self.service, SessionEnd.PROVIDER.value).inc(len(ended))
        return ended


def create_session_series(service: str) -> None:
    """Create the series of a service, so that the first of a kind is an increase."""
    for outcome in RenewalOutcome:
        SESSION_RENEWALS.labels(service, outcome.value)
    for why in SessionEnd:
        SESSIONS_ENDED.labels(service, why.value)


def key_of(name: str) -> str:
    """Return the key of a session in the store: the digest of what the browser holds."""
    return sha256(name.encode()).hexdigest()


def session_key_of(request: Request) -> str | None:
    """Return the key of the browser's session, asking no store; None without a cookie."""
    name = request.cookies.get(COOKIE)
    return key_of(name) if name else None


def forget_session(pages: Pages, response: Response) -> None:
    """Remove the session's cookie from this browser."""
    pages.set_cookie(response, Cookie(COOKIE, None, "/", same_site="lax"))


def principal_in(session: StoredSession) -> Principal:
    """Return the person of a session, with the rights that were read last."""
    return Principal(
        session.person_id,
        frozenset(map(Role, session.roles)),
        frozenset(session.schools),
        session.name,
    )
