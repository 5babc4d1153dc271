"""A local OpenID provider for trying and testing: it signs any token that is asked for.

It refuses to start in production.
"""

import json
import os
import secrets
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jwt
import uvicorn
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from fastapi import FastAPI
from pydantic import BaseModel, Field, SecretStr, TypeAdapter
from pydantic_settings import BaseSettings, SettingsConfigDict

from sebaya_chassis.base.settings import Environment
from sebaya_chassis.web.docs_page import serve_docs
from sebaya_chassis.web.pages.issuer_pages import add_issuer_pages
from sebaya_chassis.web.root_path import RootPath
from sebaya_contracts.words import Role

KEY_ID = "local"
LIFETIME_SECONDS = 8 * 3600


class IssuerSettings(BaseSettings):
    """The settings of the local issuer.

    The key file is made on first use, so that tokens outlive a restart.
    """

    model_config = SettingsConfigDict(env_prefix="SEBAYA_", extra="ignore", frozen=True)

    environment: Environment = Environment.PRODUCTION
    host: str = "127.0.0.1"
    port: int = 8010
    root_path: str = ""
    oidc_issuer: str
    oidc_audience: str = "sebaya"
    issuer_key_file: Path | None = None
    # A JSON list of the people to offer for signing in with one click; without it, one person a
    # role at every school.
    issuer_people_file: Path | None = None
    origin: str = "http://127.0.0.1:8080"
    secret_key: SecretStr = Field(default_factory=lambda: SecretStr(secrets.token_urlsafe()))


class TokenRequest(BaseModel):
    """The person that a token shall name."""

    person_id: str = Field(examples=["counsellor-1"], min_length=1, max_length=64)
    name: str = ""
    roles: list[Role] = Field(examples=[["counsellor"]])
    schools: list[str] = Field(examples=[["sma-1"]])


class OfferedPerson(TokenRequest):
    """A person that is offered for signing in; `note` says what waits for them, by language."""

    note: dict[str, str] = {}


def load_people(file: Path | None) -> list[OfferedPerson]:
    """Load the people that are offered for signing in with one click."""
    if file is not None:
        return TypeAdapter(list[OfferedPerson]).validate_json(file.read_bytes())
    return [
        OfferedPerson(
            person_id=role.value, name=role.value.replace("_", " "), roles=[role], schools=["*"]
        )
        for role in Role
    ]


class Token(BaseModel):
    access_token: str
    token_type: str = "Bearer"  # noqa: S105 - the scheme, not a secret
    expires_in: int = LIFETIME_SECONDS


class LocalIssuer:
    """Signs with one ES256 key."""

    def __init__(self, issuer: str, audience: str, key: ec.EllipticCurvePrivateKey) -> None:
        self._issuer = issuer
        self._audience = audience
        self._key = key

    def token(self, wanted: TokenRequest, **claims: Any) -> str:
        """Sign an access token; `claims` replaces any claim, for tests of what must be refused."""
        return self._sign(wanted, "at+jwt", claims)

    def identity_token(self, wanted: TokenRequest, **claims: Any) -> str:
        """Sign an identity token: for one client, never taken by a JSON route."""
        return self._sign(wanted, "JWT", claims)

    def _sign(self, wanted: TokenRequest, kind: str, claims: Mapping[str, Any]) -> str:
        now = int(time.time())
        body = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": wanted.person_id,
            "name": wanted.name,
            "roles": [role.value for role in wanted.roles],
            "schools": wanted.schools,
            "iat": now,
            "exp": now + LIFETIME_SECONDS,
        }
        headers = {"kid": KEY_ID, "typ": kind}
        return jwt.encode(body | dict(claims), self._key, algorithm="ES256", headers=headers)

    def jwks(self) -> dict[str, Any]:
        """Return the public key as a JWK set."""
        key = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(self._key.public_key()))
        return {"keys": [key | {"kid": KEY_ID, "use": "sig", "alg": "ES256"}]}


def load_key(file: Path | None) -> ec.EllipticCurvePrivateKey:
    """Load the key of the file, made there on first use; make a passing one without a file."""
    if file is not None and file.exists():
        key = serialization.load_pem_private_key(file.read_bytes(), None)
        if isinstance(key, ec.EllipticCurvePrivateKey):
            return key
    key = ec.generate_private_key(ec.SECP256R1())
    if file is not None:
        pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            out.write(pem)
    return key


def create_issuer_app(settings: IssuerSettings) -> FastAPI:
    """Create the issuer's app. Raises RuntimeError in production."""
    if settings.environment is Environment.PRODUCTION:
        raise RuntimeError(
            "The local issuer gives everybody every role and does not run in production; "
            "set SEBAYA_OIDC_ISSUER to yours."
        )
    issuer = LocalIssuer(
        settings.oidc_issuer, settings.oidc_audience, load_key(settings.issuer_key_file)
    )
    app = FastAPI(
        title="Sebaya local issuer",
        description="For trying and testing only.",
        version="1",
        docs_url=None,
        redoc_url=None,
    )
    app.add_middleware(RootPath, root_path=settings.root_path)
    serve_docs(app)

    @app.get("/.well-known/openid-configuration")
    async def configuration() -> dict[str, Any]:
        return _discovery(settings.oidc_issuer)

    @app.get("/jwks")
    async def jwks() -> dict[str, Any]:
        return issuer.jwks()

    @app.post("/token")
    async def token(wanted: TokenRequest) -> Token:
        return Token(access_token=issuer.token(wanted))

    app.state.people = load_people(settings.issuer_people_file)
    add_issuer_pages(app, settings, issuer, app.state.people)

    @app.get("/health/ready")
    async def ready() -> dict[str, bool]:
        return {"ready": True}

    return app


def _discovery(base: str) -> dict[str, Any]:
    return {
        "issuer": base,
        "jwks_uri": f"{base}/jwks",
        "authorization_endpoint": f"{base}/authorize",
        "token_endpoint": f"{base}/oidc/token",
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
    }


def main() -> None:
    settings = IssuerSettings()
    try:
        app = create_issuer_app(settings)
    except RuntimeError as refusal:
        sys.exit(str(refusal))
    uvicorn.run(app, host=settings.host, port=settings.port, log_config=None, access_log=False)


if __name__ == "__main__":
    main()
