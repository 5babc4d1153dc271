"""Only a token that is exactly right opens a door, and only those of its roles and schools. The
keys come from a real issuer.
"""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from fastapi import Depends, FastAPI

from sebaya_chassis.base.health import Health
from sebaya_chassis.base.settings import Environment
from sebaya_chassis.web import auth
from sebaya_chassis.web.app import create_app
from sebaya_chassis.web.auth import Principal, Verifier, require_district_role, require_role
from sebaya_chassis.web.claims import ClaimNames
from sebaya_chassis.web.issuer import (
    KEY_ID,
    IssuerSettings,
    LocalIssuer,
    TokenRequest,
    create_issuer_app,
    load_key,
)
from sebaya_contracts.words import Role
from support import ISSUER

Serve = Callable[[FastAPI], Awaitable[str]]

WANTED = TokenRequest(
    person_id="counsellor-1", name="C", roles=[Role.COUNSELLOR], schools=["sma-1"]
)
# Fixed instants: they name tests, and every worker of a run must give a test the same name.
LONG_AGO, FAR_AHEAD = 1_000_000_000, 32_503_680_000
HMAC_SECRET = b"a secret long enough for HS256, thirty-two bytes"


@dataclass
class Door:
    """A service with a few guarded routes, the issuer it trusts, and what was asked of that
    issuer.
    """

    client: httpx.AsyncClient
    issuer: LocalIssuer
    key: ec.EllipticCurvePrivateKey
    verifier: Verifier
    asked: list[str]

    async def status(self, token: str | None = None, path: str = "/schools/sma-1/alerts") -> int:
        headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
        return (await self.client.get(path, headers=headers)).status_code


class Staff:
    """What the district's file says of people who have left."""

    async def leavers(self, school_id: str) -> frozenset[str]:
        return frozenset({"counsellor-gone"} if school_id == "sma-1" else ())


def service(verifier: Verifier) -> FastAPI:
    app = create_app("toy", "Toy", "", Health("toy", 60), 1024, "")
    app.state.verifier = verifier
    app.state.known_schools = Staff()

    @app.get("/schools/{school_id}/alerts")
    async def alerts(
        person: Annotated[Principal, Depends(require_role(Role.COUNSELLOR, Role.DISTRICT_LEAD))],
    ) -> str:
        return person.person_id

    @app.get("/district/report")
    async def report(
        person: Annotated[Principal, Depends(require_district_role(Role.DISTRICT_LEAD))],
    ) -> str:
        return person.person_id

    return app


@pytest.fixture
async def door(serve: Serve) -> AsyncIterator[Door]:
    """The issuer's address is known only once it listens, so the app is put together around it
    afterwards.
    """
    asked: list[str] = []
    outer = FastAPI()
    base = await serve(outer)
    key = load_key(None)
    issuer = LocalIssuer(base, "sebaya", key)

    @outer.get("/.well-known/openid-configuration")
    async def configuration() -> dict[str, str]:
        asked.append("configuration")
        return {"issuer": base, "jwks_uri": f"{base}/jwks"}

    @outer.get("/jwks")
    async def jwks() -> dict[str, Any]:
        asked.append("jwks")
        # A careless provider that publishes a symmetric key must not make its holders everybody.
        secret = {
            "kty": "oct",
            "kid": "shared",
            "alg": "HS256",
            "k": base64.urlsafe_b64encode(HMAC_SECRET).rstrip(b"=").decode(),
        }
        published = issuer.jwks()
        return {"keys": [*published["keys"], secret]}

    verifier = Verifier(base, "sebaya")
    transport = httpx.ASGITransport(app=service(verifier), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield Door(client, issuer, key, verifier, asked)


async def test_a_right_token_opens_and_the_keys_are_asked_for_once(door: Door) -> None:
    token = door.issuer.token(WANTED)
    assert await asyncio.gather(*(door.status(token) for _ in range(10))) == [200] * 10
    assert door.asked == ["configuration", "jwks"]


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "http://another"},
        {"aud": "another"},
        {"aud": ["another", "third"]},
        {"exp": LONG_AGO},
        {"exp": None},
        {"iat": FAR_AHEAD},
        {"nbf": FAR_AHEAD},
        {"sub": None},
        {"sub": 7},
        {"nonce": "of a sign-in"},
        {"typ": "ID"},
        {"typ": "Refresh"},
    ],
    ids=str,
)
async def test_one_wrong_claim_closes_every_door(door: Door, claims: dict[str, Any]) -> None:
    assert await door.status(door.issuer.token(WANTED, **claims)) == 401


@pytest.mark.parametrize("missing", ["exp", "iat", "sub", "iss", "aud"])
async def test_a_missing_claim_closes_every_door(door: Door, missing: str) -> None:
    claims = jwt.decode(door.issuer.token(WANTED), options={"verify_signature": False})
    del claims[missing]
    assert (
        await door.status(jwt.encode(claims, door.key, algorithm="ES256", headers={"kid": KEY_ID}))
        == 401
    )


async def test_a_school_is_a_whole_word(door: Door) -> None:
    """Read letter by letter, `sma-1` would open the school `s`."""
    token = door.issuer.token(WANTED, schools="sma-1")
    assert await door.status(token, "/schools/s/alerts") == 404
    assert await door.status(token, "/schools/sma-1/alerts") == 200


async def test_an_identity_token_opens_no_route(door: Door) -> None:
    """Client and audience have one name by default: the audience alone tells nothing."""
    identity = door.issuer.identity_token(WANTED)
    assert await door.status(identity) == 200, "another client's audience is enough"
    door.verifier.client_id = "sebaya"
    assert await door.status(identity) == 401
    assert await door.status(door.issuer.identity_token(WANTED, nonce="n")) == 401
    assert await door.status(door.issuer.identity_token(WANTED, scope="openid")) == 200
    assert await door.status(door.issuer.identity_token(WANTED, typ="Bearer")) == 200
    assert await door.status(door.issuer.token(WANTED)) == 200


async def test_roles_stand_where_the_settings_say(door: Door) -> None:
    door.verifier.names = ClaimNames(
        "realm_access.roles", "groups", {"Guru BK": Role.COUNSELLOR}, {"20100123": "sma-1"}
    )
    nested = {"realm_access": {"roles": ["Guru BK", "offline_access"]}, "groups": ["20100123"]}
    assert await door.status(door.issuer.token(WANTED, **nested)) == 200
    assert await door.status(door.issuer.token(WANTED)) == 404, "never both silently"


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "e30.e30.", "é", "a" * 8000])
async def test_what_is_no_token_closes_every_door(door: Door, token: str) -> None:
    headers = {b"Authorization": f"Bearer {token}".encode()}
    assert (await door.client.get("/schools/sma-1/alerts", headers=headers)).status_code == 401


async def test_no_token_or_another_scheme_closes_every_door(door: Door) -> None:
    assert await door.status() == 401
    answer = await door.client.get("/schools/sma-1/alerts", headers={"Authorization": "Basic YTpi"})
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")


def claims_of(door: Door) -> dict[str, Any]:
    found: dict[str, Any] = jwt.decode(
        door.issuer.token(WANTED), options={"verify_signature": False}
    )
    return found


def _part(content: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


async def test_the_public_key_is_no_secret(door: Door) -> None:
    """HS256 with the published key as its secret: the classic confusion."""
    public = door.key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    signing = f"{_part({'alg': 'HS256', 'typ': 'JWT', 'kid': KEY_ID})}.{_part(claims_of(door))}"
    signature = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(
        signing.encode(), public
    )
    token = f"{signing}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"
    assert await door.status(token) == 401


async def test_a_shared_secret_is_refused_even_if_the_provider_publishes_it(door: Door) -> None:
    assert (
        await door.status(
            jwt.encode(claims_of(door), HMAC_SECRET, algorithm="HS256", headers={"kid": "shared"})
        )
        == 401
    )


async def test_an_unsigned_token_is_refused(door: Door) -> None:
    assert (
        await door.status(
            f"{_part({'alg': 'none', 'typ': 'JWT', 'kid': KEY_ID})}.{_part(claims_of(door))}."
        )
        == 401
    )
    assert (
        await door.status(
            jwt.encode(claims_of(door), "", algorithm="none", headers={"kid": KEY_ID})
        )
        == 401
    )


async def test_another_key_under_the_known_name_is_refused(door: Door) -> None:
    assert (
        await door.status(
            jwt.encode(claims_of(door), load_key(None), algorithm="ES256", headers={"kid": KEY_ID})
        )
        == 401
    )


async def test_a_changed_token_is_refused(door: Door) -> None:
    head, _, signature = door.issuer.token(WANTED).split(".")
    assert (
        await door.status(f"{head}.{_part(claims_of(door) | {'schools': ['*']})}.{signature}")
        == 401
    )


async def test_unknown_keys_ask_the_issuer_again_but_not_each_time(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    unknown = jwt.encode(claims_of(door), load_key(None), algorithm="ES256", headers={"kid": "new"})
    assert await asyncio.gather(*(door.status(unknown) for _ in range(20))) == [401] * 20
    assert door.asked.count("jwks") == 1
    monkeypatch.setattr(auth, "REFRESH_SECONDS", 0.0)
    assert await door.status(unknown) == 401
    assert door.asked.count("jwks") == 2


TABLE = [
    ([Role.COUNSELLOR], ["sma-1"], "/schools/sma-1/alerts", 200),
    ([Role.COUNSELLOR], ["sma-1", "sma-2"], "/schools/sma-2/alerts", 200),
    ([Role.COUNSELLOR], ["sma-2"], "/schools/sma-1/alerts", 404),
    ([Role.COUNSELLOR], [], "/schools/sma-1/alerts", 404),
    ([Role.SUPPORTER], ["sma-2"], "/schools/sma-1/alerts", 404),
    ([Role.SUPPORTER], ["sma-1"], "/schools/sma-1/alerts", 403),
    ([], ["sma-1"], "/schools/sma-1/alerts", 403),
    ([Role.SUPPORTER, Role.COUNSELLOR], ["sma-1"], "/schools/sma-1/alerts", 200),
    ([Role.DISTRICT_LEAD], ["*"], "/schools/sma-1/alerts", 200),
    ([Role.OPERATOR], ["*"], "/schools/sma-1/alerts", 403),
    ([Role.DISTRICT_LEAD], ["*"], "/district/report", 200),
    ([Role.DISTRICT_LEAD], ["sma-1"], "/district/report", 403),
    ([Role.COUNSELLOR], ["*"], "/district/report", 403),
]
ODD_CLAIMS: list[tuple[dict[str, Any], int]] = [
    ({"roles": ["headmaster"]}, 403),
    ({"roles": ["counsellor", "offline_access"]}, 200),
    ({"roles": "counsellor"}, 200),
    ({"roles": "counsellor supporter"}, 403),
    ({"roles": {"counsellor": True}}, 403),
    ({"roles": ["counsellor", 7, None]}, 200),
    ({"roles": None}, 403),
    ({"schools": "*"}, 200),
    ({"schools": ["SMA 1", "sma-1"]}, 200),
    ({"schools": [["sma-1"]]}, 404),
    ({"schools": {"sma-1": True}}, 404),
    ({"schools": None}, 404),
]


@pytest.mark.parametrize(("claims", "status"), ODD_CLAIMS, ids=str)
async def test_odd_claims_give_what_is_known_in_them(
    door: Door, claims: dict[str, Any], status: int
) -> None:
    assert await door.status(door.issuer.token(WANTED, **claims)) == status


@pytest.mark.parametrize(("roles", "schools", "path", "status"), TABLE)
async def test_roles_and_schools(
    door: Door, roles: list[Role], schools: list[str], path: str, status: int
) -> None:
    assert (
        await door.status(
            door.issuer.token(TokenRequest(person_id="p", roles=roles, schools=schools)), path
        )
        == status
    )


async def test_a_person_that_left_a_school_is_refused_there_and_nowhere_else(door: Door) -> None:
    """What the provider still says does not count."""
    gone = WANTED.model_copy(update={"person_id": "counsellor-gone", "schools": ["sma-1", "sma-2"]})
    token = door.issuer.token(gone)
    assert await door.status(token) == 403
    assert await door.status(token, "/schools/sma-2/alerts") == 200
    assert await door.status(door.issuer.token(WANTED)) == 200


async def test_an_issuer_that_is_away_is_no_fault_of_the_caller(
    door: Door, unused_tcp_port: int
) -> None:
    away = Verifier(f"http://127.0.0.1:{unused_tcp_port}", "sebaya")
    transport = httpx.ASGITransport(app=service(away), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.get(
            "/schools/sma-1/alerts",
            headers={"Authorization": f"Bearer {door.issuer.token(WANTED)}"},
        )
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:sebaya:problem:unavailable")


async def test_nobody_queues_for_the_time_outs_of_an_issuer_that_hangs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Twenty forged key names must not keep a real person waiting twenty time-outs."""
    asked = 0

    async def hanging(_client: httpx.AsyncClient, _url: str) -> httpx.Response:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0)
        raise httpx.ConnectTimeout("too long")

    monkeypatch.setattr(httpx.AsyncClient, "get", hanging)
    verifier = Verifier(ISSUER, "sebaya")
    token = LocalIssuer(ISSUER, "sebaya", load_key(None)).token(WANTED)
    ends = await asyncio.gather(
        *(verifier.principal(token) for _ in range(20)), return_exceptions=True
    )
    assert {type(end).__name__ for end in ends} == {"Unavailable"}
    assert asked == 1


@pytest.mark.parametrize(
    "published", [[], {"keys": []}, {"keys": "x"}, "no JSON object", {"keys": [{"kty": "new"}]}]
)
async def test_an_issuer_that_answers_nonsense_is_as_good_as_away(
    serve: Serve, published: Any
) -> None:
    app = FastAPI()

    @app.get("/jwks")
    async def jwks() -> Any:
        return published

    base = await serve(app)
    verifier = Verifier(base, "sebaya", f"{base}/jwks")
    transport = httpx.ASGITransport(app=service(verifier), raise_app_exceptions=False)
    token = LocalIssuer(base, "sebaya", load_key(None)).token(WANTED)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        assert (
            await client.get("/schools/sma-1/alerts", headers={"Authorization": f"Bearer {token}"})
        ).status_code == 503


async def test_the_local_issuers_tokens_are_taken_by_its_own_description(serve: Serve) -> None:
    outer = FastAPI()
    base = await serve(outer)
    outer.mount(
        "/", create_issuer_app(IssuerSettings(environment=Environment.LOCAL, oidc_issuer=base))
    )
    async with httpx.AsyncClient(base_url=base) as client:
        body = {"person_id": "counsellor-1", "roles": ["counsellor"], "schools": ["sma-1"]}
        token = (await client.post("/token", json=body)).json()["access_token"]
    principal = await Verifier(base, "sebaya").principal(token)
    assert principal == Principal(
        "counsellor-1", frozenset({Role.COUNSELLOR}), frozenset({"sma-1"})
    )


def test_the_local_issuer_refuses_production() -> None:
    with pytest.raises(RuntimeError, match="does not run in production"):
        create_issuer_app(IssuerSettings(oidc_issuer=ISSUER))
