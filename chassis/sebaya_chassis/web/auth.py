"""The caller of a JSON route: bearer tokens of the district's OpenID provider.

PyJWT verifies them against the provider's published keys.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

import httpx
import jwt
from fastapi import Depends, Path, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from sebaya_chassis.base.logs import get_logger
from sebaya_chassis.base.problems import (
    Forbidden,
    ForeignSchool,
    LeftSchool,
    Unauthenticated,
    Unavailable,
    WrongToken,
)
from sebaya_chassis.storage.schools import Schools
from sebaya_chassis.web.claims import EVERY_SCHOOL, ClaimNames, read_roles, read_schools
from sebaya_contracts.district import SCHOOL_ID_PATTERN, School
from sebaya_contracts.words import Role

log = get_logger()

# Asymmetric only: a token "signed" with none or with a public key as HMAC secret is refused before
# its key is looked up.
ALGORITHMS = ["ES256", "RS256", "EdDSA"]
REQUIRED_CLAIMS = ("exp", "iat", "sub", "iss", "aud")
# Clocks of provider and service differ a little.
LEEWAY_SECONDS = 10
# An unknown key id asks the provider again, but not more often than this over all callers.
REFRESH_SECONDS = 10.0
# A provider that is away is asked again after this; in between no request queues for its time-outs.
AWAY_SECONDS = 1.0
AWAY = "Signing in cannot be checked right now; please try again in a moment"

# What marks a token by itself: RFC 9068 names the header's type, Keycloak writes a `typ` of its own
# among the claims, OpenID Connect Core 2 puts these claims into identity tokens only.
ACCESS_TOKEN_TYPES = frozenset({"at+jwt", "application/at+jwt"})
ACCESS_TOKEN_CLAIMS = frozenset({"scope", "scp", "client_id"})
IDENTITY_TOKEN_CLAIMS = frozenset({"nonce", "at_hash", "c_hash"})

bearer = HTTPBearer(
    auto_error=False, scheme_name="staff", description="A token of the district's OpenID provider"
)


@dataclass(frozen=True, slots=True)
class Principal:
    """A signed-in person. `schools` holds `*` for people of the whole district."""

    person_id: str
    roles: frozenset[Role]
    schools: frozenset[str]
    name: str = ""

    def at(self, school_id: str) -> bool:
        """Tell whether the person works at that school."""
        return school_id in self.schools or EVERY_SCHOOL in self.schools


@dataclass(slots=True)
class Verifier:
    """Verifies tokens of one issuer for one audience.

    `client_id` is that of signing in by browser: where it is the audience too, an identity token
    has the audience of an access token, and only what proves to be an access token is taken.
    """

    issuer: str
    audience: str
    jwks_url: str | None = None
    client_id: str | None = None
    names: ClaimNames = field(default_factory=ClaimNames)
    _keys: dict[str, Any] = field(default_factory=dict)
    _refreshed_at: float = float("-inf")
    _away_at: float = float("-inf")
    _refreshing: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def principal(self, token: str) -> Principal:
        """Return the person that an access token names.

        Raises Unauthenticated for every token that is not exactly right, without the reason, and
        for an identity token; Unavailable.
        """
        claims = await self.claims(token)
        if not self._is_access_token(jwt.get_unverified_header(token), claims):
            log.warning("identity_token_refused", audience=self.audience)
            raise WrongToken
        return principal_of(claims, self.names)

    def _is_access_token(self, header: Mapping[str, Any], claims: Mapping[str, Any]) -> bool:
        if claims.keys() & IDENTITY_TOKEN_CLAIMS:
            return False
        if "typ" in claims:
            return str(claims["typ"]).lower() == "bearer"
        if str(header.get("typ", "")).lower() in ACCESS_TOKEN_TYPES:
            return True
        return self.audience != self.client_id or bool(claims.keys() & ACCESS_TOKEN_CLAIMS)

    async def claims(
        self, token: str, required: Sequence[str] = REQUIRED_CLAIMS
    ) -> Mapping[str, Any]:
        """Verify a token and return its claims. Raises Unauthenticated, Unavailable."""
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
                options={"require": list(required)},
            )
        except jwt.ExpiredSignatureError:
            raise Unauthenticated from None
        except (jwt.PyJWTError, ValueError, TypeError):
            raise WrongToken from None
        return claims

    async def _key(self, kid: object) -> Any:
        # A token that names no key is never worth a question to the provider.
        if not isinstance(kid, str) or not kid:
            raise WrongToken
        if kid not in self._keys:
            await self._refresh()
        if kid not in self._keys:
            raise WrongToken
        return self._keys[kid]

    async def _refresh(self) -> None:
        async with self._refreshing:
            if time.monotonic() - self._refreshed_at < REFRESH_SECONDS:
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
            self._refreshed_at = time.monotonic()
            self._keys = {key.key_id: key for key in keys if key.key_id}

    async def _discovered(self, client: httpx.AsyncClient) -> str:
        answer = await client.get(f"{self.issuer}/.well-known/openid-configuration")
        answer.raise_for_status()
        return str(answer.json()["jwks_uri"])


def principal_of(claims: Mapping[str, Any], names: ClaimNames) -> Principal:
    """Read the person from a verified token's claims; unknown roles are ignored."""
    return Principal(
        person_id=str(claims["sub"]),
        roles=frozenset(map(Role, read_roles(claims, names).known)),
        schools=read_schools(claims, names).known,
        name=str(claims.get("name", "")),
    )


def admit(principal: Principal, school_id: str, roles: Container[Role]) -> Principal:
    """Admit a person with one of the roles at this school.

    Raises ForeignSchool for another school's people, Forbidden for other roles.
    """
    if not principal.at(school_id):
        raise ForeignSchool
    if not any(role in roles for role in principal.roles):
        raise Forbidden
    return principal


def admit_in_district(principal: Principal, roles: Container[Role]) -> Principal:
    """Admit a person with one of the roles for the whole district. Raises Forbidden."""
    if EVERY_SCHOOL not in principal.schools or not any(role in roles for role in principal.roles):
        raise Forbidden
    return principal


async def refuse_leaver(request: Request, principal: Principal, school_id: str) -> None:
    """Refuse a person that the district's file has named at this school and names no longer.

    What the provider still says of the person does not count. Raises LeftSchool.
    """
    schools: Schools = request.app.state.known_schools
    if principal.person_id in await schools.leavers(school_id):
        raise LeftSchool


def list_own_schools(principal: Principal, schools: Iterable[School]) -> list[School]:
    """List the schools that a person's rights name and that the person has not left."""
    return [
        school
        for school in schools
        if principal.at(school.school_id) and principal.person_id not in school.leavers
    ]


def admit_anywhere(principal: Principal, roles: Container[Role]) -> Principal:
    """Admit a person with one of the roles, at whatever schools. Raises Forbidden."""
    if not principal.schools or not any(role in roles for role in principal.roles):
        raise Forbidden
    return principal


async def authenticate(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
) -> Principal:
    """Authenticate the caller by its bearer token. Raises Unauthenticated, Unavailable."""
    if credentials is None:
        raise Unauthenticated
    verifier: Verifier = request.app.state.verifier
    principal = await verifier.principal(credentials.credentials)
    request.state.principal = principal
    return principal


SchoolPath = Annotated[
    str, Path(pattern=SCHOOL_ID_PATTERN, description="The school", examples=["sma-1"])
]


def require_role(*roles: Role) -> Callable[[Request, str, Principal], Awaitable[Principal]]:
    """Require a token with one of the roles at the school of the path, as a dependency.

    Another school's people get NotFound.
    """

    async def check(
        request: Request,
        school_id: SchoolPath,
        principal: Annotated[Principal, Depends(authenticate)],
    ) -> Principal:
        admitted = admit(principal, school_id, roles)
        await refuse_leaver(request, admitted, school_id)
        return admitted

    return check


def require_district_role(*roles: Role) -> Callable[..., Awaitable[Principal]]:
    """Require a token with one of the roles for the whole district, as a dependency."""

    async def check(principal: Annotated[Principal, Depends(authenticate)]) -> Principal:
        return admit_in_district(principal, roles)

    return check
