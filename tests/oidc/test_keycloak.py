"""Signing in, renewal, removal and signing out with a real Keycloak: what docs/sign-in.md says."""

import asyncio
import re
import secrets
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from integration.chassis.signing_in import (
    MANY,
    MOST_COOKIE_BYTES,
    PAGE,
    Clock,
    service,
    settings_of,
)
from oidc.keycloak import Keycloak, form_of, running
from sebaya_chassis.storage.database import connect
from sebaya_chassis.storage.sessions import SessionStore
from sebaya_chassis.web.pages.staff_sessions import COOKIE
from sebaya_chassis.web.session_rules import STALE_SECONDS, Withdrawal
from servers import Servers
from support import eventually, own_prefix, served

pytestmark = pytest.mark.asyncio(loop_scope="module")
PAGES = ("/private", "/second/private")


@dataclass(slots=True)
class District:
    """Two services on one origin before a Keycloak, and one browser."""

    keycloak: Keycloak
    origin: str
    store: SessionStore
    web: httpx.AsyncClient
    clock: Clock = field(default_factory=Clock)
    withdrawn: list[tuple[str, Collection[str], Withdrawal]] = field(default_factory=list)
    apps: list[FastAPI] = field(default_factory=list)

    async def sign_in(self, name: str) -> httpx.Response:
        """Through Keycloak's own page; return our answer at the end."""
        self.web.cookies.clear()
        begun = await self.web.get(f"{self.origin}/signin", params={"back": "/private"})
        page = await self.web.get(begun.headers["location"])
        action, hidden = form_of(page.text)
        done = await self.web.post(action, data=hidden | {"username": name, "password": name})
        assert done.status_code == 302, done.text[:2000]
        return await self.web.get(done.headers["location"])

    async def sign_out(self) -> httpx.Response:
        """By the button, and on to wherever it leads within us; return Keycloak's answer."""
        page = await self.web.get(f"{self.origin}/signin/out")
        token = re.search(r'name="token" value="([^"]+)"', page.text)
        assert token
        data = {"token": token[1]}
        out = await self.web.post(f"{self.origin}/signout", data=data)
        ended = await self.web.post(f"{self.origin}{out.headers['location']}", data=data)
        assert ended.headers["location"].startswith(self.keycloak.issuer)
        return await self.web.get(ended.headers["location"])

    async def read(self, page: str = PAGES[0]) -> httpx.Response:
        return await self.web.get(f"{self.origin}{page}")

    async def who(self, page: str = PAGES[0]) -> int:
        return (await self.read(page)).status_code

    async def noted(self) -> None:
        for app in self.apps:
            await app.state.session_renewer.finish()

    def later(self) -> None:
        """Move our own time, so that the session must be renewed before the next answer."""
        self.clock.ahead += type(self.clock.ahead)(seconds=STALE_SECONDS)


async def _trust_this_machine(web: httpx.AsyncClient, _answer: httpx.Response) -> None:
    """Keycloak's cookies are for https alone, and browsers take this machine for as good."""
    for cookie in web.cookies.jar:
        cookie.secure = False


@asynccontextmanager
async def open_district(
    keycloak: Keycloak, servers: Servers, **realm: Any
) -> AsyncIterator[District]:
    outer = FastAPI()
    async with (
        own_prefix(servers) as prefix,
        served(outer) as origin,
        connect(servers.mongodb_uri) as client,
        httpx.AsyncClient(headers=PAGE, timeout=60.0, trust_env=False) as web,
    ):
        web.event_hooks["response"].append(partial(_trust_this_machine, web))
        await keycloak.make_realm(f"district-{secrets.token_hex(4)}", origin, **realm)
        store = SessionStore.of(client, prefix)
        await store.create_indexes()
        district = District(keycloak, origin, store, web)
        claims = {"oidc_issuer": keycloak.issuer, "oidc_roles_claim": "realm_access.roles"}
        for root in ("/second", ""):
            app = service(settings_of(origin, root, **claims), district)
            outer.mount(root or "/", app)
            district.apps.append(app)
        yield district
        await district.noted()
        for app in district.apps:
            await app.state.provider.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def keycloak(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Keycloak]:
    logs: Path = tmp_path_factory.mktemp("keycloak")
    async with running(logs) as started:
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def district(keycloak: Keycloak, servers: Servers) -> AsyncIterator[District]:
    """A realm as it is made, but for tokens of a minute."""
    async with open_district(keycloak, servers, accessTokenLifespan=60) as opened:
        await keycloak.add_user("ratna", ["counsellor"], ["sma-1"])
        yield opened


async def test_sign_in_takes_our_roles_and_ignores_those_of_others(district: District) -> None:
    """Keycloak gives every person `offline_access`, `uma_authorization` and the realm's default."""
    landed = await district.sign_in("ratna")
    assert (landed.status_code, landed.headers["location"]) == (303, "/private")
    assert (await district.read()).text == "Ratna Test, counsellor, sma-1"


async def test_a_person_with_roles_of_others_alone_reads_which_came(district: District) -> None:
    await district.keycloak.add_user("kepala", ["headmaster"], ["sma-1"])
    landed = await district.sign_in("kepala")
    assert landed.status_code == 403
    assert "<code>realm_access.roles</code>" in landed.text and "headmaster" in landed.text


async def test_a_session_is_renewed_for_as_long_as_keycloaks_own_lives(district: District) -> None:
    await district.sign_in("ratna")
    for page in PAGES * 2:
        district.later()
        assert await district.who(page) == 200


async def test_a_role_that_is_taken_away_is_gone_at_the_next_renewal(district: District) -> None:
    await district.keycloak.add_user("dewi", ["counsellor", "coordinator"], ["sma-1"])
    await district.sign_in("dewi")
    assert "counsellor, coordinator" in (await district.read()).text.replace(
        "coordinator, counsellor", "counsellor, coordinator"
    )
    await district.keycloak.take_role("dewi", "counsellor")
    district.later()
    assert (await district.read()).text == "Dewi Test, coordinator, sma-1"


async def test_a_person_who_is_disabled_is_out_at_the_next_renewal(district: District) -> None:
    await district.keycloak.add_user("sari", ["counsellor"], ["sma-1"])
    await district.sign_in("sari")
    district.withdrawn.clear()
    await district.keycloak.disable("sari")
    district.later()
    assert [await district.who(page) for page in PAGES] == [401, 401]
    await district.noted()
    person = district.keycloak.users["sari"]
    assert district.withdrawn == [(person, ("sma-1",), Withdrawal.RENEWAL_REFUSED)]


async def test_an_administrator_ends_a_session_by_the_back_channel(district: District) -> None:
    """At once, with nothing renewed."""
    await district.sign_in("ratna")
    assert await district.who() == 200
    await district.keycloak.end_sessions("ratna")

    async def out() -> bool:
        return [await district.who(page) for page in PAGES] == [401, 401]

    await eventually(out, within=20)


async def test_signing_out_ends_keycloaks_own_session(district: District) -> None:
    await district.sign_in("ratna")
    assert await district.keycloak.sessions("ratna")
    answer = await district.sign_out()
    assert (answer.status_code, answer.headers["location"]) == (
        302,
        f"{district.origin}/signin/out",
    )
    assert await district.keycloak.sessions("ratna") == []
    assert await district.who() == 401


async def test_two_hundred_schools_fit(district: District) -> None:
    """Keycloak asks before it signs out: the token that would tell it is too long for an
    address.
    """
    await district.keycloak.add_user("banyak", ["counsellor"], MANY)
    landed = await district.sign_in("banyak")
    cookie = next(one for one in landed.headers.get_list("set-cookie") if one.startswith(COOKIE))
    assert len(cookie) <= MOST_COOKIE_BYTES
    assert (await district.read()).text.count("sd-negeri") == 200
    district.later()
    assert (await district.read()).text.count("sd-negeri") == 200
    asked = await district.sign_out()
    assert asked.status_code == 200
    action, hidden = form_of(asked.text)
    await district.web.post(httpx.URL(district.keycloak.issuer).join(action), data=hidden)
    assert await district.keycloak.sessions("banyak") == []


async def test_two_tabs_where_a_refresh_token_is_good_once(
    keycloak: Keycloak, servers: Servers
) -> None:
    """Keycloak ends the client's session at a second use."""
    async with open_district(
        keycloak, servers, revokeRefreshToken=True, refreshTokenMaxReuse=0
    ) as district:
        await keycloak.add_user("ratna", ["counsellor"], ["sma-1"])
        await district.sign_in("ratna")
        for _ in range(3):
            district.later()
            tabs = await asyncio.gather(*(district.who(page) for page in PAGES * 4))
            assert tabs == [200] * 8


async def test_a_session_ends_with_keycloaks_own_idle_time(
    keycloak: Keycloak, servers: Servers
) -> None:
    async with open_district(keycloak, servers, ssoSessionIdleTimeout=1) as district:
        await keycloak.add_user("ratna", ["counsellor"], ["sma-1"])
        await district.sign_in("ratna")

        async def over() -> bool:
            district.later()
            return await district.who() == 401

        # Keycloak itself adds two minutes to the idle time of a session, none to its tokens.
        await eventually(over, within=30, every=3.0)
