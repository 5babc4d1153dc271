"""The district's OpenID provider, as a browser's sign-in uses it: authorization code with PKCE.

Authlib prepares the two requests and the proof of this client; they are sent by the HTTP client of
the rest of the code. The identity token is verified like every other token.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from sebaya_chassis.base.problems import Unauthenticated, Unavailable
from sebaya_chassis.base.settings import ChassisSettings
from sebaya_chassis.web.auth import AWAY, Verifier

DISCOVERED_SECONDS = 600.0
TIMEOUT_SECONDS = 5.0
SCOPE = "openid profile"
FORM_HEADERS = {
    "Accept": "application/json",
    "Content-Type": "application/x-www-form-urlencoded;charset=UTF-8",
}


class SignInFailed(Unauthenticated):
    """The provider's answer is not right, or belongs to no sign-in that began in this browser."""

    slug = "sign-in-failed"
    title = "Signing in did not work; please try again"


@dataclass(slots=True)
class Provider:
    """The district's OpenID provider, as it describes itself."""

    settings: ChassisSettings
    redirect_uri: str
    verifier: Verifier
    _found: Mapping[str, Any] | None = None
    _found_at: float = 0.0

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
            scope=SCOPE,
            state=state,
            nonce=nonce,
            # Signing out here ends no session at the provider: the next person at a shared
            # computer must not be taken for the last one.
            prompt="login",
            code_challenge=create_s256_code_challenge(verifier),
            code_challenge_method="S256",
        )
        return address

    async def exchange(self, code: str, *, verifier: str, nonce: str) -> Mapping[str, Any]:
        """Exchange a code for the verified claims of its identity token.

        Raises SignInFailed, Unauthenticated, Unavailable.
        """
        token = await self._token(code, verifier)
        claims = await self.verifier.claims(str(token.get("id_token", "")))
        if claims.get("nonce") != nonce:
            raise SignInFailed
        return claims

    async def endpoint(self, name: str) -> str:
        """Return an address that the provider publishes.

        Raises Unavailable while the provider is away, or its answer names no such address.
        """
        if self._found is None or time.monotonic() - self._found_at > DISCOVERED_SECONDS:
            try:
                async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS) as client:
                    answer = await client.get(
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

    async def _token(self, code: str, verifier: str) -> Mapping[str, Any]:
        body = prepare_token_request(
            "authorization_code",
            redirect_uri=self.redirect_uri,
            code=code,
            code_verifier=verifier,
        )
        address, headers, body = self._client_auth().prepare(
            "POST", await self.endpoint("token_endpoint"), dict(FORM_HEADERS), body
        )
        try:
            async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS) as client:
                answer = await client.post(address, content=body, headers=headers)
            return _token_of(answer)
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
    """Return the token of an answer; an error of the provider's own words is a failed sign-in.

    Raises SignInFailed, httpx.HTTPStatusError for a provider that answers with no token at all.
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
    if "error" in token:
        raise SignInFailed
    return token
