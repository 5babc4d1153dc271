"""Tokens at every service: whatever is not exactly right is 401, in problem details, with the
scheme to use.
"""

import base64
import hmac
import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from fastapi import FastAPI

from authorization.district_fixture import OURS, World, world_of
from sebaya_chassis.web import auth
from sebaya_chassis.web.auth import Verifier
from sebaya_chassis.web.issuer import KEY_ID, LocalIssuer, TokenRequest, load_key
from sebaya_contracts.words import Role
from servers import Servers
from support import ISSUER, served

# A route of each service that asks for somebody signed in.
GUARDED = {
    "intake": f"/schools/{OURS}/cases/c1/messages",
    "matching": f"/schools/{OURS}/supporters",
    "escalation": f"/schools/{OURS}/alerts",
    "evaluation": f"/schools/{OURS}/report",
}
pytestmark = pytest.mark.asyncio(loop_scope="module")

WANTED = TokenRequest(person_id="p", roles=list(Role), schools=[OURS, "*"])


class Provider:
    """The district's OpenID provider, on a real port: keys that come, go and are asked for."""

    def __init__(self) -> None:
        self.keys: list[dict[str, Any]] = []
        self.asked = 0
        self.app = FastAPI()
        self.app.add_api_route("/jwks", self.answer)

    async def answer(self) -> dict[str, Any]:
        self.asked += 1
        return {"keys": self.keys}


def signed(key: Any, algorithm: str, kid: str | None = KEY_ID, **claims: Any) -> str:
    now = int(time.time())
    body = {
        "iss": ISSUER,
        "aud": "sebaya",
        "sub": "p",
        "roles": [role.value for role in Role],
        "schools": ["*", OURS],
    }
    whole = {
        name: value
        for name, value in (body | {"iat": now, "exp": now + 600} | claims).items()
        if value is not None
    }
    return jwt.encode(
        whole, key, algorithm=algorithm, headers={"kid": kid} if kid is not None else {}
    )


def unsigned(header: dict[str, Any], claims: dict[str, Any], signature: bytes = b"") -> str:
    def part(value: bytes) -> str:
        return base64.urlsafe_b64encode(value).rstrip(b"=").decode()

    return ".".join(
        (part(json.dumps(header).encode()), part(json.dumps(claims).encode()), part(signature))
    )


def bad_tokens(issuer: LocalIssuer) -> Iterator[tuple[str, str]]:
    good = issuer.token(WANTED)
    claims = jwt.decode(good, options={"verify_signature": False})
    public = issuer._key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    now = int(time.time())
    for none in ("none", "None", "NONE", ""):
        yield f"algorithm {none!r}", unsigned({"alg": none, "kid": KEY_ID, "typ": "JWT"}, claims)
    for algorithm, digest in (("HS256", "sha256"), ("HS512", "sha512")):
        head = unsigned({"alg": algorithm, "kid": KEY_ID}, claims).rsplit(".", 1)[0]
        mac = (
            base64.urlsafe_b64encode(hmac.digest(public, head.encode(), digest))
            .rstrip(b"=")
            .decode()
        )
        yield f"{algorithm} with the public key", f"{head}.{mac}"
    yield "another key", signed(ec.generate_private_key(ec.SECP256R1()), "ES256")
    yield "another curve", signed(ec.generate_private_key(ec.SECP384R1()), "ES384")
    yield "another kind of key", signed(rsa.generate_private_key(65537, 2048), "RS256")
    yield (
        "key in the token",
        jwt.encode(
            claims,
            ec.generate_private_key(ec.SECP256R1()),
            "ES256",
            {"kid": KEY_ID, "jwk": issuer.jwks()["keys"][0]},
        ),
    )
    yield "no kid", signed(issuer._key, "ES256", None)
    yield "empty kid", signed(issuer._key, "ES256", "")
    yield "unknown kid", signed(issuer._key, "ES256", "../../etc/passwd")
    yield "another issuer", issuer.token(WANTED, iss="http://another")
    yield "another audience", issuer.token(WANTED, aud="feedback")
    yield "expired", issuer.token(WANTED, exp=now - 3600)
    yield "not yet", issuer.token(WANTED, nbf=now + 3600)
    yield "from the future", issuer.token(WANTED, iat=now + 3600)
    yield "no expiry", signed(issuer._key, "ES256", exp=None)
    yield "no issuer", signed(issuer._key, "ES256", iss=None)
    yield "no audience", signed(issuer._key, "ES256", aud=None)
    yield "no subject", signed(issuer._key, "ES256", sub=None)
    yield "changed", good[:-8] + ("A" * 8)
    yield "cut", good.rsplit(".", 1)[0] + "."
    yield "two parts", good.rsplit(".", 1)[0]
    yield "no token at all", "x"
    yield "empty", ""


async def test_every_service_refuses_every_wrong_token_alike(servers: Servers, prefix: str) -> None:
    async with world_of(servers, prefix) as world:
        wrong = []
        for what, token in bad_tokens(world.issuer):
            for service, path in GUARDED.items():
                answer = await world.web[service].get(
                    path, headers={"Authorization": f"Bearer {token}"}
                )
                if not refused(answer):
                    wrong.append((what, service, answer.status_code))
        for headers in (
            {},
            {"Authorization": "Basic cDpw"},
            {"Authorization": world.issuer.token(WANTED)},
        ):
            for service, path in GUARDED.items():
                if not refused(await world.web[service].get(path, headers=headers)):
                    wrong.append((str(headers)[:30], service, 0))
        for service, path in GUARDED.items():
            token = world.issuer.token(WANTED)
            if not refused(
                await world.web[service].get(
                    path, params={"access_token": token}, headers={"Cookie": f"token={token}"}
                )
            ):
                wrong.append(("beside the header", service, 0))
        assert wrong == []
        for service, path in GUARDED.items():
            answer = await world.web[service].get(
                path, headers={"Authorization": f"Bearer {world.issuer.token(WANTED)}"}
            )
            assert answer.status_code in {200, 404}, (service, answer.status_code)


def refused(answer: httpx.Response) -> bool:
    return (
        answer.status_code == 401
        and answer.headers["content-type"] == "application/problem+json"
        and answer.headers["www-authenticate"] == 'Bearer realm="sebaya"'
        and answer.json()["type"] == "urn:sebaya:problem:unauthenticated"
    )


async def test_a_student_is_told_which_credential_is_missing(world: World) -> None:
    missing = await world.web["intake"].get(f"/schools/{OURS}/me")
    assert (missing.status_code, missing.headers["www-authenticate"]) == (
        401,
        'Return-Code realm="sebaya"',
    )
    path = f"/schools/{OURS}/feedback"
    link = await world.web["evaluation"].post(
        path, json={"answers": {"heard": 5}}, headers={"Feedback-Token": "x"}
    )
    assert (link.status_code, link.headers["www-authenticate"]) == (
        401,
        'Feedback-Token realm="sebaya"',
    )


async def test_a_new_key_counts_without_a_restart_and_a_withdrawn_one_ends(
    servers: Servers, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unknown key ids ask the provider again, and no more than once in a while, whoever sends
    them.
    """
    monkeypatch.setattr(auth, "REFRESH_SECONDS", 3600.0)
    provider, old, new = Provider(), load_key(None), load_key(None)
    async with served(provider.app) as address, world_of(servers, prefix) as world:
        for service, path in GUARDED.items():
            provider.asked = 0
            verifier = world.apps[service].state.verifier = Verifier(
                ISSUER, "sebaya", f"{address}/jwks"
            )

            async def status(key: Any, kid: str, service: str = service, path: str = path) -> int:
                headers = {"Authorization": f"Bearer {signed(key, 'ES256', kid)}"}
                return (await world.web[service].get(path, headers=headers)).status_code

            provider.keys = [published(old, "old")]
            assert await status(old, "old") != 401
            assert [await status(new, f"made-up-{number}") for number in range(20)] == [401] * 20
            assert provider.asked == 1
            provider.keys = [published(new, "new")]
            verifier._refreshed_at = float("-inf")  # the time is over
            assert await status(new, "new") != 401
            assert await status(old, "old") == 401
            assert provider.asked == 2


def published(key: Any, kid: str) -> dict[str, Any]:
    return json.loads(jwt.algorithms.ECAlgorithm.to_jwk(key.public_key())) | {
        "kid": kid,
        "use": "sig",
        "alg": "ES256",
    }
