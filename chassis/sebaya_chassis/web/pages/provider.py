"""The district's OpenID provider, as a browser's sign-in uses it: authorization code with PKCE.

Authlib prepares the requests and the proof of this client; they are sent by the HTTP client of the
rest of the code. The identity token is verified like every other token.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from sebaya_chassis.base.logs import get_logger
from sebaya_chassis.base.problems import Unauthenticated, Unavailable
from sebaya_chassis.base.settings import ChassisSettings
from sebaya_chassis.web.auth import AWAY, Verifier

log = get_logger()

DISCOVERED_SECONDS = 600.0
TIMEOUT_SECONDS = 5.0
# With it the address stays within the 4,096 bytes that Keycloak reads.
LONGEST_HINT = 3_000
FORM_HEADERS = {
    "Accept": "application/json",
    "Content-Type": "application/x-www-form-urlencoded;charset=UTF-8",
}


class SignInFailed(Unauthenticated):
    """The provider's answer is not right, or belongs to no sign-in that began in this browser."""

    slug = "sign-in-failed"
    title = "Signing in did not work; please try again"


class RenewalRefused(Unauthenticated):
    """The provider says that a session of its own is over, or that the person is gone."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What the provider issued.

    `claims` are the verified ones of `id_token`; both are empty where a renewal brought no identity
    token. `refresh_token` is empty where the session cannot be renewed.
    """

    claims: Mapping[str, Any]
    id_token: str
    refresh_token: str


@dataclass(slots=True)
class Provider:
    """The district's OpenID provider, as it describes itself."""

    settings: ChassisSettings
    redirect_uri: str
    verifier: Verifier
    _found: Mapping[str, Any] | None = None
    _found_at: float = 0.0
    _client: httpx.AsyncClient | None = None

    @classmethod
    def of(cls, settings: ChassisSettings) -> "Provider":
        """Build the provider of these settings; nothing is asked of it yet."""
        verifier = Verifier(settings.oidc_issuer, settings.oidc_client_id, settings.oidc_jwks_url)
        return cls(settings, f"{settings.origin}{settings.root_path}/signin/done", verifier)

    async def authorization_url(self, *, verifier: str, nonce: str, state: str) -> str:
        """Return the address that asks the provider to sign a person in. Raises Unavailable."""
        address: str = prepare_grant_uri(
            await self.endpoint("authorization_endpoint"),
            client_id=self.settings.oidc_client_id,
            response_type="code",
            redirect_uri=self.redirect_uri,
            scope=self.settings.oidc_scope,
            state=state,
            nonce=nonce,
            code_challenge=create_s256_code_challenge(verifier),
            code_challenge_method="S256",
            # Not every provider ends its own session with ours: the next person at a shared
            # computer must not be taken for the last one.
            **({"prompt": "login"} | self.settings.oidc_parameters),
        )
        return address

    async def exchange(self, code: str, *, verifier: str, nonce: str) -> Grant:
        """Exchange a code for what the provider issues. Raises SignInFailed, Unauthenticated,
        Unavailable.
        """
        token = await self._ask_for_token(
            "authorization_code",
            redirect_uri=self.redirect_uri,
            code=code,
            code_verifier=verifier,
        )
        if "error" in token:
            raise SignInFailed
        id_token = str(token.get("id_token", ""))
        claims = await self.verifier.claims(id_token)
        if claims.get("nonce") != nonce:
            raise SignInFailed
        return Grant(claims, id_token, str(token.get("refresh_token", "")))

    async def renew(self, refresh_token: str, *, person_id: str, nonce: str) -> Grant:
        """Renew a session by its refresh token, once.

        Raises RenewalRefused; Unavailable while the provider is away or answers with anything else
        than yes or no, such as that it does not know this client.
        """
        token = await self._ask_for_token("refresh_token", refresh_token=refresh_token)
        error = str(token.get("error", ""))
        if error == "invalid_grant":
            raise RenewalRefused
        if error:
            log.warning("renewal_not_answered", reason=error)
            raise Unavailable(AWAY)
        # OpenID Connect Core 12.2: no identity token need come, and one that comes names the same
        # person, and the same nonce or none. RFC 6749, 6: without a new one the old one stays good.
        id_token = str(token.get("id_token", ""))
        claims = await self.verifier.claims(id_token) if id_token else {}
        if claims and (claims["sub"] != person_id or claims.get("nonce", nonce) != nonce):
            raise RenewalRefused
        return Grant(claims, id_token, str(token.get("refresh_token") or refresh_token))

    async def end_session_url(self, id_token: str, back: str) -> str | None:
        """Return the address that ends the provider's own session (RP-Initiated Logout 1.0).

        It leads `back` to a page of ours. None where the provider has no such address, or is away.
        """
        try:
            address = await self.endpoint("end_session_endpoint")
        except Unavailable:
            return None
        query = {"client_id": self.settings.oidc_client_id, "post_logout_redirect_uri": back}
        # A token with many claims makes an address that servers refuse; without it the provider
        # asks the person first.
        if len(id_token) <= LONGEST_HINT:
            query["id_token_hint"] = id_token
        return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"

    async def endpoint(self, name: str) -> str:
        """Return an address that the provider publishes.

        Raises Unavailable while the provider is away, or its answer names no such address.
        """
        if self._found is None or time.monotonic() - self._found_at > DISCOVERED_SECONDS:
            try:
                answer = await self._http().get(
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

    async def close(self) -> None:
        """Close the connections to the provider."""
        if self._client is not None:
            await self._client.aclose()

    def _http(self) -> httpx.AsyncClient:
        # Made once: reading the certificates of all authorities holds the event loop for 20 ms.
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=TIMEOUT_SECONDS)
        return self._client

    async def _ask_for_token(self, grant_type: str, **fields: str) -> Mapping[str, Any]:
        """Ask the token endpoint; an error in the provider's own words is returned as it is."""
        body = prepare_token_request(grant_type, **fields)
        address, headers, body = self._client_auth().prepare(
            "POST", await self.endpoint("token_endpoint"), dict(FORM_HEADERS), body
        )
        try:
            return _token_of(await self._http().post(address, content=body, headers=headers))
        except (httpx.HTTPError, httpx.InvalidURL):
            raise Unavailable(AWAY) from None

    def _client_auth(self) -> ClientAuth:
        secret = self.settings.oidc_client_secret
        return ClientAuth(
            self.settings.oidc_client_id,
            secret.get_secret_value() if secret else None,
            "client_secret_basic" if secret else "none",
        )


def _token_of(answer: httpx.Response) -> Mapping[str, Any]:
    """Return the token of an answer, or its error.

    Raises SignInFailed, httpx.HTTPStatusError for a provider that answers with neither.
    """
    if answer.status_code >= 500:
        answer.raise_for_status()
    try:
        token = answer.json()
    except ValueError:
        token = None
    if not isinstance(token, dict):
        answer.raise_for_status()
        raise SignInFailed
    return token
