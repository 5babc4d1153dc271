"""Signing in by browser at a real issuer: whatever does not belong to the sign-in that began in
this browser signs nobody in.
"""

import re
import secrets
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from structlog.testing import capture_logs

from integration.chassis.signing_in import MOST_COOKIE_BYTES, PAGE, Browser, open_browser
from sebaya_chassis.base.logs import only_known_fields
from sebaya_chassis.web.pages.signin import COOKIE as BEGUN
from sebaya_chassis.web.pages.staff_sessions import COOKIE
from servers import Servers


@pytest.fixture
async def browser(tmp_path: Path, servers: Servers, prefix: str) -> AsyncIterator[Browser]:
    async with open_browser(tmp_path, servers, prefix) as opened:
        yield opened


async def test_one_click_signs_in_and_leads_back(browser: Browser) -> None:
    assert await browser.who() == 401
    landed = await browser.sign_in()
    assert (landed.status_code, landed.headers["location"]) == (303, "/private")
    told = await browser.web.get("/private")
    assert told.text == "Bu Ratna, counsellor, sma-1"


async def test_each_sign_in_asks_who_it_is(browser: Browser) -> None:
    """The provider may still know whoever sat at this computer before."""
    begun = await browser.web.get("/signin")
    assert parse_qs(urlsplit(begun.headers["location"]).query)["prompt"] == ["login"]


async def test_the_session_cookie_is_out_of_reach_and_says_nothing(browser: Browser) -> None:
    landed = await browser.sign_in()
    cookie = next(one for one in landed.headers.get_list("set-cookie") if one.startswith(COOKIE))
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Path=/;" in cookie
    assert "ratna" not in cookie.lower()


async def test_signing_out_forgets(browser: Browser) -> None:
    await browser.sign_in()
    form = re.search(r'name="token" value="([^"]+)"', (await browser.web.get("/signin/out")).text)
    assert form
    assert (await browser.web.post("/signout", data={"token": "x"})).status_code == 403
    assert await browser.who() == 200
    stolen = str(browser.web.cookies.get(COOKIE))
    out = await browser.web.post("/signout", data={"token": form[1]})
    assert (out.status_code, out.headers["clear-site-data"]) == (307, '"cache", "storage"')
    assert await browser.who() == 401
    ended = await browser.web.post(out.headers["location"], data={"token": form[1]})
    assert (ended.status_code, ended.headers["location"]) == (303, "/signin/out")
    browser.web.cookies.set(COOKIE, stolen)
    assert await browser.who() == 401, "a copy of the cookie is no session either"


async def test_an_answer_that_began_elsewhere_signs_nobody_in(browser: Browser) -> None:
    """A stranger's own sign-in, offered to somebody else's browser."""
    chosen = await browser.choose(await browser.begin())
    async with httpx.AsyncClient(base_url=browser.origin, headers=PAGE, trust_env=False) as victim:
        assert (await victim.get(chosen.headers["location"])).status_code == 401
        await victim.get("/signin")
        assert (await victim.get(chosen.headers["location"])).status_code == 401, "another state"
        assert (await victim.get("/private")).status_code == 401


async def test_an_answer_with_another_state_is_not_taken(browser: Browser) -> None:
    """The verifier and the nonce being right."""
    chosen = await browser.choose(await browser.begin())
    address = re.sub(r"state=[^&]+", "state=another", chosen.headers["location"])
    assert address != chosen.headers["location"]
    assert (await browser.web.get(address)).status_code == 401
    assert await browser.who() == 401


async def test_a_code_is_good_once(browser: Browser) -> None:
    chosen = await browser.choose(await browser.begin())
    name = next(name for name in browser.web.cookies if name.startswith(BEGUN))
    begun = browser.web.cookies.get(name)
    assert (await browser.web.get(chosen.headers["location"])).status_code == 303
    browser.web.cookies.clear()
    browser.web.cookies.set(name, str(begun))
    assert (await browser.web.get(chosen.headers["location"])).status_code == 401
    assert await browser.who() == 401


async def test_a_code_without_its_verifier_is_nothing(browser: Browser) -> None:
    """Whoever sees the code on its way cannot use it."""
    chosen = await browser.choose(await browser.begin())
    query = {
        name: values[0]
        for name, values in parse_qs(urlsplit(chosen.headers["location"]).query).items()
    }
    fields = {
        "grant_type": "authorization_code",
        "code": query["code"],
        "client_id": "sebaya",
        "redirect_uri": f"{browser.origin}/signin/done",
        "code_verifier": secrets.token_urlsafe(48),
    }
    assert (await browser.web.post("/issuer/oidc/token", data=fields)).json() == {
        "error": "invalid_grant"
    }


async def test_a_token_for_another_sign_in_is_not_taken(browser: Browser) -> None:
    """The issuer signs the nonce of a request; one that this browser did not make is refused, state
    and code being right.
    """
    page = await browser.begin()
    chosen = await browser.choose(page, nonce="another-nonce")
    assert (await browser.web.get(chosen.headers["location"])).status_code == 401
    assert await browser.who() == 401


async def test_the_issuer_leads_to_our_own_origin_only(browser: Browser) -> None:
    good = {
        "client_id": "sebaya",
        "redirect_uri": f"{browser.origin}/signin/done",
        "state": "s",
        "nonce": "n",
        "code_challenge": create_s256_code_challenge("v" * 43),
        "code_challenge_method": "S256",
    }
    assert (await browser.web.get("/issuer/authorize", params=good)).status_code == 200
    for wrong in (
        {"redirect_uri": "https://evil.test/"},
        {"redirect_uri": f"{browser.origin}.evil.test/"},
        {"code_challenge": ""},
        {"code_challenge_method": "plain"},
        {"state": ""},
    ):
        assert (
            await browser.web.get("/issuer/authorize", params=good | wrong)
        ).status_code == 422, wrong
    page = await browser.begin()
    assert (await browser.choose(page, redirect_uri="https://evil.test/")).status_code == 422
    assert (await browser.choose(page, person="7")).status_code == 422


@pytest.mark.parametrize(
    "back", ["//evil.test", "https://evil.test", "/\\evil.test", "/x?y", "javascript:alert(1)"]
)
async def test_back_is_a_path_of_ours(browser: Browser, back: str) -> None:
    landed = await browser.sign_in(back)
    assert landed.headers["location"] == "/home"


async def test_two_tabs_may_sign_in_at_once(browser: Browser) -> None:
    """Each sign-in has a cookie of its own, so that the second begun leaves the first alone."""
    first = await browser.choose(await browser.begin("/private"))
    second = await browser.choose(await browser.begin("/home"))
    landed = [await browser.web.get(tab.headers["location"]) for tab in (first, second)]
    assert [tab.headers.get("location") for tab in landed] == ["/private", "/home"]
    assert not [name for name in browser.web.cookies if name.startswith(BEGUN)]


@pytest.mark.parametrize(("person", "count"), [("1", 200), ("2", 200), ("0", 1)])
async def test_the_cookie_is_small_however_many_schools_there_are(
    browser: Browser, person: str, count: int
) -> None:
    landed = await browser.sign_in(person=person)
    cookie = next(one for one in landed.headers.get_list("set-cookie") if one.startswith(COOKIE))
    assert len(cookie) <= MOST_COOKIE_BYTES
    assert len((await browser.web.get("/private")).text.split(", ")[2:]) == count


async def test_a_person_without_a_school_reads_which_claim_is_missing(browser: Browser) -> None:
    with capture_logs() as logs:
        landed = await browser.sign_in(person="3")
    assert landed.status_code == 403
    assert "finds no role or no school for you" in landed.text
    assert "<code>schools</code>" in landed.text and "bu-ratna" in landed.text
    (entry,) = [entry for entry in logs if entry["event"] == "sign_in_without_access"]
    logged = only_known_fields(None, "warning", entry)
    assert logged["roles_claim"] == "roles" and logged["roles_known"] == "counsellor"
    assert logged["schools_claim"] == "schools" and logged["schools_known"] == 0
    assert await browser.who() == 401


async def test_the_claims_of_a_sign_in_are_shown_on_demand(browser: Browser) -> None:
    asked = await browser.web.get("/signin/claims")
    assert asked.headers["location"] == "/signin?back=/signin/claims"
    landed = await browser.sign_in("/signin/claims")
    assert landed.status_code == 200
    assert "<code>counsellor</code>" in landed.text and "<code>sma-1</code>" in landed.text
    assert await browser.who() == 200


async def test_words_outlive_the_session(browser: Browser) -> None:
    """They stand in the page that says so, which sends them after signing in, once."""
    await browser.sign_in()
    browser.web.cookies.delete(COOKIE)
    words = "six hundred words, ünd <b>more</b>"
    refused = await browser.web.post("/private", data={"text": words, "key": "k1", "token": "old"})
    assert refused.status_code == 401
    assert 'target="_blank"' in refused.text
    again = {
        name: unescape(value)
        for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', refused.text)
    }
    kept = re.search(r"<textarea[^>]*>\n?(.*?)</textarea>", refused.text, re.S)
    assert kept and unescape(kept.group(1)) == words
    assert again["key"] == "k1"
    await browser.sign_in()
    sent = await browser.web.post("/private", data=again | {"text": words})
    assert (sent.status_code, sent.text) == (200, words)
