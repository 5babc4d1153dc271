"""A session lives while the provider's own does: renewed silently, ended by its word, and carried
over a provider that is briefly away.
"""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from pymongo import AsyncMongoClient
from pymongo.monitoring import (
    CommandFailedEvent,
    CommandListener,
    CommandStartedEvent,
    CommandSucceededEvent,
)

from integration.chassis.signing_in import RATNA, Browser, open_browser
from sebaya_chassis.storage.database import Document
from sebaya_chassis.storage.sessions import SessionStore
from sebaya_chassis.web.issuer import KEY_ID, TokenRequest
from sebaya_chassis.web.logout_token import EVENT
from sebaya_chassis.web.pages.provider import Provider
from sebaya_chassis.web.pages.staff_sessions import COOKIE, key_of
from sebaya_chassis.web.session_rules import (
    DUE_SECONDS,
    GRACE_SECONDS,
    LONGEST_SECONDS,
    STALE_SECONDS,
    Withdrawal,
)
from servers import Servers
from support import SECRET, eventually


@pytest.fixture
async def browser(tmp_path: Path, servers: Servers, prefix: str) -> AsyncIterator[Browser]:
    async with open_browser(tmp_path, servers, prefix) as opened:
        await opened.sign_in()
        opened.asked.clear()
        yield opened


async def test_a_session_outlives_its_identity_token_and_ends_after_a_school_day(
    browser: Browser,
) -> None:
    """The issuer's identity tokens are good for five minutes."""
    for _ in range(LONGEST_SECONDS // 1200):
        assert await browser.who() == 200
        browser.later(1199)
    assert await browser.who() == 200
    assert browser.asked.count("token") == LONGEST_SECONDS // 1200
    browser.later(60)
    assert await browser.who() == 401


async def test_a_page_in_use_never_waits_for_the_provider(browser: Browser) -> None:
    """It is renewed behind the answer, in time."""
    browser.later(DUE_SECONDS)
    key = key_of(str(browser.web.cookies.get(COOKIE)))
    before = await browser.store.find(key)
    assert await browser.who() == 200

    async def renewed() -> bool:
        found = await browser.store.find(key)
        return bool(before and found and found.renewed_at > before.renewed_at)

    await eventually(renewed)
    assert browser.asked == ["token"]


async def test_many_tabs_at_two_services_renew_once(browser: Browser) -> None:
    """The issuer takes each refresh token once, so a second use would end the session."""
    for _ in range(3):
        browser.later(STALE_SECONDS)
        answers = await asyncio.gather(*(browser.who(number % 2) for number in range(10)))
        assert answers == [200] * 10
    assert browser.asked.count("token") == 3


async def test_removed_at_the_provider_is_out_within_five_minutes(browser: Browser) -> None:
    people = browser.issuer.state.people
    removed, people[:] = list(people), []
    assert await browser.who() == 200
    browser.later(STALE_SECONDS)
    assert await asyncio.gather(*(browser.who(number % 2) for number in range(4))) == [401] * 4
    people[:] = removed
    assert await browser.who() == 401, "the session is over, not suspended"
    await _noted(browser)
    assert browser.withdrawn == [("bu-ratna", ("sma-1",), Withdrawal.RENEWAL_REFUSED)]
    assert STALE_SECONDS < 300


async def test_rights_are_read_anew_at_each_renewal(browser: Browser) -> None:
    browser.issuer.state.people[0] = TokenRequest(**RATNA | {"schools": ["sma-2"]})
    browser.later(STALE_SECONDS)
    assert (await browser.web.get("/private")).text == "Bu Ratna, counsellor, sma-2"
    await _noted(browser)
    assert browser.withdrawn == [("bu-ratna", ["sma-1"], Withdrawal.CLAIMS_CHANGED)]
    browser.issuer.state.people[0] = TokenRequest(**RATNA | {"roles": []})
    browser.later(STALE_SECONDS)
    assert (await browser.web.get("/private")).text == "Bu Ratna, , sma-1"


async def test_a_provider_that_is_briefly_away_signs_nobody_out(browser: Browser) -> None:
    with browser.away():
        browser.later(STALE_SECONDS)
        assert await browser.who() == 200
        browser.later(GRACE_SECONDS - STALE_SECONDS - 120)
        assert await browser.who(1) == 200
        browser.later(120)
        shut = await browser.web.get("/private")
        assert shut.status_code == 503, "its word is fifteen minutes old"
    assert await browser.who() == 200, "the session was kept"


async def test_a_provider_that_hangs_holds_one_request_for_a_moment(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others go on with the session as it is, for fifteen seconds."""

    async def hanging(*_args: Any, **_more: Any) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr("sebaya_chassis.web.pages.renewal.ANSWER_SECONDS", 0.3)
    monkeypatch.setattr(Provider, "renew", hanging)
    browser.later(STALE_SECONDS)
    assert await browser.who() == 200
    begun = time.monotonic()
    assert await asyncio.gather(*(browser.who() for _ in range(5))) == [200] * 5
    assert time.monotonic() - begun < 0.3 * 5, "none of them waited in turn"


async def test_a_session_of_another_secret_key_cannot_be_renewed(browser: Browser) -> None:
    key = key_of(str(browser.web.cookies.get(COOKIE)))
    await browser.store._rows.update_one({"_id": key}, {"$set": {"sealed": b"x" * 40}})
    browser.later(STALE_SECONDS)
    assert await browser.who() == 401


async def test_nothing_stored_opens_a_page_or_renews_a_session(browser: Browser) -> None:
    cookie = str(browser.web.cookies.get(COOKIE))
    (row,) = await browser.store._rows.find({}).to_list()
    assert cookie not in repr(row)
    assert b"eyJ" not in row["sealed"] and b"gAAAA" not in row["sealed"], "no token in clear"
    browser.web.cookies.set(COOKIE, row["_id"])
    assert await browser.who() == 401
    tokens = browser.apps[0].state.sessions.seal
    assert tokens.open(row["_id"], row["sealed"]).refresh_token
    assert tokens.open("another", row["sealed"]) is None


async def test_signing_in_again_ends_the_session_before(browser: Browser) -> None:
    before = str(browser.web.cookies.get(COOKIE))
    await browser.sign_in()
    assert await browser.who() == 200
    browser.web.cookies.set(COOKIE, before)
    assert await browser.who() == 401


async def sign_out(browser: Browser) -> str:
    """By the button; return where the last answer leads."""
    page = await browser.web.get("/signin/out")
    token = re.search(r'name="token" value="([^"]+)"', page.text)
    assert token
    out = await browser.web.post("/signout", data={"token": token[1]})
    ended = await browser.web.post(out.headers["location"], data={"token": token[1]})
    assert (out.status_code, ended.status_code) == (307, 303)
    return str(ended.headers["location"])


async def test_signing_out_leads_on_to_the_providers_own_sign_out(browser: Browser) -> None:
    """With the newest identity token, so that the provider need not ask."""
    provider: Provider = browser.apps[0].state.provider
    assert await sign_out(browser) == "/signin/out", "the issuer publishes no such address"
    provider._found = {**(provider._found or {}), "end_session_endpoint": "http://provider/end"}
    for person, hinted in (("0", True), ("1", False)):
        await browser.sign_in(person=person)
        address = urlsplit(await sign_out(browser))
        query = parse_qs(address.query)
        assert (address.netloc, address.path) == ("provider", "/end")
        assert query["post_logout_redirect_uri"] == [f"{browser.origin}/signin/out"]
        assert query["client_id"] == ["sebaya"]
        assert ("id_token_hint" in query) == hinted, "200 schools make it too long"
        assert await browser.who() == 401


class Commands(CommandListener):
    """Counts what the driver sends."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def started(self, event: CommandStartedEvent) -> None:
        self.sent.append(event.command_name)

    def succeeded(self, event: CommandSucceededEvent) -> None: ...

    def failed(self, event: CommandFailedEvent) -> None: ...


async def test_a_signed_in_request_costs_one_read(
    browser: Browser, servers: Servers, prefix: str
) -> None:
    commands = Commands()
    async with AsyncMongoClient[Document](
        servers.mongodb_uri, tz_aware=True, event_listeners=[commands]
    ) as client:
        browser.apps[0].state.sessions.store = SessionStore.of(client, prefix)
        assert [await browser.who() for _ in range(5)] == [200] * 5
    assert [name for name in commands.sent if name not in {"hello", "endSessions"}] == ["find"] * 5


def logout_token(browser: Browser, without: str = "", typ: str = "JWT", **claims: Any) -> str:
    now = int(time.time())
    body = {"iss": f"{browser.origin}/issuer", "aud": "sebaya", "sub": "bu-ratna"}
    body |= {"jti": str(time.monotonic_ns()), "events": {EVENT: {}}}
    body |= {"iat": now, "exp": now + 120, **claims}
    sent = {name: value for name, value in body.items() if name != without}
    headers = {"kid": KEY_ID, "typ": typ}
    return jwt.encode(sent, browser.signer._key, algorithm="ES256", headers=headers)


async def _log_out(browser: Browser, token: str, service: str = "") -> int:
    answer = await browser.web.post(
        f"{service}/signin/backchannel-logout", data={"logout_token": token}
    )
    if answer.status_code == 400:
        assert answer.json()["error"] == "invalid_request"
    assert answer.headers["cache-control"] == "no-store"
    return answer.status_code


async def _noted(browser: Browser) -> None:
    for app in browser.apps:
        await app.state.session_renewer.finish()


async def _provider_session(browser: Browser) -> str:
    found = await browser.store.find(key_of(str(browser.web.cookies.get(COOKIE))))
    assert found and found.provider_session
    return found.provider_session


async def test_the_providers_word_ends_the_session_at_every_service(browser: Browser) -> None:
    sid = await _provider_session(browser)
    assert await _log_out(browser, logout_token(browser, sid="another")) == 200
    assert await browser.who() == 200, "another session of the same person"
    assert await _log_out(browser, logout_token(browser, sid=sid, without="sub"), "/second") == 200
    assert [await browser.who(number) for number in (0, 1)] == [401, 401]
    await _noted(browser)
    assert browser.withdrawn == [("bu-ratna", ("sma-1",), Withdrawal.PROVIDER_LOGOUT)]


async def test_a_logout_token_of_a_person_ends_all_their_sessions_and_is_followed_once(
    browser: Browser,
) -> None:
    token = logout_token(browser)
    assert await _log_out(browser, token) == 200
    assert await browser.who() == 401
    await browser.sign_in()
    assert await _log_out(browser, token) == 400, "a replay"
    assert await browser.who() == 200


WRONG: list[dict[str, Any]] = [
    {"nonce": "n"},
    {"events": {}},
    {"events": [EVENT]},
    {"events": {EVENT: True}},
    {"without": "events"},
    {"without": "jti"},
    {"jti": ""},
    {"without": "exp"},
    {"exp": 1_000_000_000},
    {"aud": "another"},
    {"iss": "http://another"},
    {"without": "sub"},
    {"sub": 7},
    {"typ": "at+jwt"},
]


async def test_what_is_no_logout_token_of_ours_ends_nothing(browser: Browser) -> None:
    for wrong in WRONG:
        assert await _log_out(browser, logout_token(browser, **wrong)) == 400, wrong
    assert await browser.who() == 200


async def test_an_identity_token_or_a_forged_one_ends_nothing(browser: Browser) -> None:
    identity = browser.signer.identity_token(TokenRequest(**RATNA))
    for token in (identity, "", "a.b.c", logout_token(browser)[:-8] + "AAAAAAAA", SECRET):
        assert await _log_out(browser, token) == 400
    answer = await browser.web.post("/signin/backchannel-logout", json={})
    assert answer.status_code == 400
    assert await browser.who() == 200
