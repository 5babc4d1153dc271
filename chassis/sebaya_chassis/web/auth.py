"""Who is asking: bearer tokens of the district's OpenID provider, verified by PyJWT against its
published keys.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Container, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

import httpx
import jwt
from fastapi import Depends, Path, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from sebaya_chassis.base.problems import Forbidden, NotFound, Unauthenticated, Unavailable
from sebaya_contracts.words import Role

# Asymmetric only: a token "signed" with none or with a public key as HMAC secret is refused before
# its key is looked up.
ALGORITHMS = ["ES256", "RS256", "EdDSA"]
EVERY_SCHOOL = "*"
# Clocks of provider and service differ a little.
LEEWAY_SECONDS = 10
# An unknown key id asks the provider again, but not more often than this, whoever sends them.
REFRESH_SECONDS = 10.0
# A provider that is away is asked again after this; in between nobody waits in a queue for its
# time-outs.
AWAY_SECONDS = 1.0
AWAY = "Signing in cannot be checked right now; please try again in a moment"

bearer = HTTPBearer(
    auto_error=False, scheme_name="staff", description="A token of the district's OpenID provider"
)


@dataclass(frozen=True, slots=True)
class Principal:
    """A signed-in person. `schools` may hold `*` for those who act for the whole district."""

    person_id: str
    roles: frozenset[Role]
    schools: frozenset[str]
    name: str = ""

    def at(self, school_id: str) -> bool:
        return school_id in self.schools or EVERY_SCHOOL in self.schools


@dataclass(slots=True)
class Verifier:
    """Verifies tokens of one issuer for one audience."""

    issuer: str
    audience: str
    jwks_url: str | None = None
    _keys: dict[str, Any] = field(default_factory=dict)
    _asked_at: float = float("-inf")
    _away_at: float = float("-inf")
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def principal(self, token: str) -> Principal:
        """Raises Unauthenticated for every token that is not exactly right, without saying what was
        wrong with it.
        """
        return principal_of(await self.claims(token))

    async def claims(self, token: str) -> Mapping[str, Any]:
        """What a token that is exactly right says. Raises Unauthenticated."""
        try:
            header = jwt.get_unverified_header(token)
            key = await self._key(header.get("kid"))
            claims: Mapping[str, Any] = jwt.decode(
                token,
                key,
                algorithms=ALGORITHMS,
                issuer=self.issuer,
                audience=self.audience,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iat", "sub", "iss", "aud"]},
            )
        except (jwt.PyJWTError, ValueError, TypeError):
            raise Unauthenticated from None
        return claims

    async def _key(self, kid: object) -> Any:
        # A token that names no key is never worth a question to the provider.
        if not isinstance(kid, str) or not kid:
            raise Unauthenticated
        if kid not in self._keys:
            await self._refresh()
        if kid not in self._keys:
            raise Unauthenticated
        return self._keys[kid]

    async def _refresh(self) -> None:
        async with self._asking:
            if time.monotonic() - self._asked_at < REFRESH_SECONDS:
                return
            if time.monotonic() - self._away_at < AWAY_SECONDS:
                raise Unavailable(AWAY)
            try:
                async with httpx.AsyncClient(timeout=5.0) as client:
                    answer = await client.get(self.jwks_url or await self._discovered(client))
                    answer.raise_for_status()
                    keys = jwt.PyJWKSet.from_dict(answer.json()).keys
            except (
                httpx.HTTPError,
                httpx.InvalidURL,
                ValueError,
                LookupError,
                TypeError,
                AttributeError,
                jwt.PyJWTError,
            ):
                # Away, or its answer is not what a provider answers.
                self._away_at = time.monotonic()
                raise Unavailable(AWAY) from None
            self._asked_at = time.monotonic()
            self._keys = {key.key_id: key for key in keys if key.key_id}

    async def _discovered(self, client: httpx.AsyncClient) -> str:
        answer = await client.get(f"{self.issuer}/.well-known/openid-configuration")
        answer.raise_for_status()
        return str(answer.json()["jwks_uri"])


def principal_of(claims: Mapping[str, Any]) -> Principal:
    """Whom the claims of a verified token name. Raises Unauthenticated for roles that nobody knows."""
    try:
        return Principal(
            person_id=str(claims["sub"]),
            roles=frozenset(map(Role, _several(claims, "roles"))),
            schools=frozenset(_several(claims, "schools")),
            name=str(claims.get("name", "")),
        )
    except (ValueError, TypeError):
        raise Unauthenticated from None


def admit(principal: Principal, school_id: str, roles: Container[Role]) -> Principal:
    """Somebody with one of the roles, at this school. Another school's people find nothing there.
    Raises NotFound, Forbidden.
    """
    if not principal.at(school_id):
        raise NotFound
    if not any(role in roles for role in principal.roles):
        raise Forbidden
    return principal


def admit_in_district(principal: Principal, roles: Container[Role]) -> Principal:
    """Somebody with one of the roles who acts for every school. Raises Forbidden."""
    if EVERY_SCHOOL not in principal.schools or not any(role in roles for role in principal.roles):
        raise Forbidden
    return principal


def _several(claims: Mapping[str, Any], name: str) -> list[str]:
    """A list of words. A single text is refused: read letter by letter, `sma-1` would open a school
    named `s`.
    """
    words = claims.get(name, [])
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise TypeError(name)
    return words


async def authenticate(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
) -> Principal:
    """Anybody with a valid token."""
    if credentials is None:
        raise Unauthenticated
    verifier: Verifier = request.app.state.verifier
    return await verifier.principal(credentials.credentials)


SchoolPath = Annotated[
    str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$", description="The school", examples=["sma-1"])
]


def require_role(*roles: Role) -> Callable[..., Awaitable[Principal]]:
    """A dependency: somebody with one of the roles, at the school of the path. Another school's
    people find nothing there.
    """

    async def check(
        school_id: SchoolPath, principal: Annotated[Principal, Depends(authenticate)]
    ) -> Principal:
        return admit(principal, school_id, roles)

    return check


def require_district_role(*roles: Role) -> Callable[..., Awaitable[Principal]]:
    """A dependency: somebody with one of the roles who acts for every school."""

    async def check(principal: Annotated[Principal, Depends(authenticate)]) -> Principal:
        return admit_in_district(principal, roles)

    return check
