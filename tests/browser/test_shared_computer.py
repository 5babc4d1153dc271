"""One computer, four people one after another: whoever comes next finds nothing of the one before,
however far back they go.
"""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Frame, Page

from authorization.district_fixture import PEER
from browser.stage import Stage, staged
from sebaya_chassis.web.pages.catalogue import COOKIE as LANGUAGE
from sebaya_chassis.web.pages.csrf import COOKIE as FORM
from sebaya_contracts.words import Role
from servers import Servers

pytestmark = pytest.mark.asyncio(loop_scope="module")

# In all that was written, and in the names of those who sign in.
MINE = "zqmine"
# What was answered before travels so from one page of questions to the next.
ANSWERED = 'type="hidden" name="item-left-out"'
OPEN_TO_ALL = {"school"}
OF_NOBODY = {LANGUAGE, FORM}
FURTHEST_BACK = 15
STAFF = {
    Role.SUPPORTER: ("matching/s/north/mine", "intake/s/north/cases/{case_id}"),
    Role.COUNSELLOR: (
        "escalation/s/north/alerts",
        "escalation/s/north/alerts/{alert_id}",
        "intake/s/north/cases/{case_id}",
    ),
    Role.COORDINATOR: ("matching/s/north/waiting", "evaluation/s/north/report"),
}


def words(place: str) -> str:
    return place if place in OPEN_TO_ALL else f"{MINE} {place}"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(servers: Servers) -> AsyncIterator[Stage]:
    async with staged(servers, words) as made:
        await made.lived.begin()
        await made.lived.enrol(PEER)
        await made.lived.opened()
        await made.world.take(made.lived.things)
        await made.lived.alarm()
        yield made


async def student(stage: Stage, page: Page) -> list[str]:
    """Asks, writes, and leaves. Gives what nobody may find."""
    await page.goto(stage.at("intake", "/ask"))
    await page.check("[name=topic][value=grief]")
    await page.click("[href='#step-2']")
    await page.click("[href='#step-3']")
    await page.fill("#text", f"{MINE} rahasia")
    await page.click("[href='#step-4']")
    await page.check("[name=agreed]")
    await page.select_option("#age", "15")
    await page.click("#step-4 button.button")
    code = await page.inner_text(".code")
    await page.goto(stage.at("intake", "/me"))
    await page.fill("#text", f"{MINE} lagi")
    await page.click("form.card button")
    await page.wait_for_selector(f".bubble:has-text('{MINE} lagi')")
    await page.goto(
        stage.at("evaluation", f"/questions/{stage.world.wave_token(stage.lived.things)}")
    )
    await page.check("[name=item-left-out][value=partly]")
    await page.click("button[value=on]")
    assert ANSWERED in await page.content()
    await page.click("form[action$='/leave'] button")
    await page.wait_for_url("chrome-error://**")  # where nobody answers in a test
    return [MINE, code, ANSWERED]


async def staff(stage: Stage, page: Page, role: Role) -> list[str]:
    """Signs in, looks at everything, signs out."""
    await stage.hands(page.context, stage.signed_in(role, name=f"{MINE} {role}"))
    for path in STAFF[role]:
        answer = await page.goto(f"{stage.origin}/{path.format(**stage.lived.things.names())}")
        assert answer is not None and answer.ok, path
        assert MINE in await page.content()
    await page.click("form[action$='/signout'] button")
    await page.wait_for_url("**/signin/out")
    return [MINE]


async def finds(page: Page, been: list[str], secrets: list[str]) -> list[tuple[str, str]]:
    """What whoever comes next sees of these: by Back, as often as it goes, and at every address
    that was open.
    """
    found = []
    for _ in range(FURTHEST_BACK):
        if await page.go_back(wait_until="load") is None and page.url == "about:blank":
            break
        found += [(page.url, secret) for secret in secrets if secret in await page.content()]
    for address in been:
        await page.goto(address)
        found += [(address, secret) for secret in secrets if secret in await page.content()]
    kept = await page.evaluate("JSON.stringify([{ ...localStorage }, { ...sessionStorage }])")
    return found + [("the browser's storage", secret) for secret in secrets if secret in kept]


async def left_over(context: BrowserContext) -> set[str]:
    return {str(cookie.get("name")) for cookie in await context.cookies()} - OF_NOBODY


async def test_four_people_one_after_another(stage: Stage) -> None:
    # Not as the other tests do: a browser whose requests are looked into keeps no cache, and what a
    # cache keeps is half of the question.
    context = await stage.browser.new_context(locale="id")
    page = await context.new_page()
    been: dict[str, None] = {}

    def noted(frame: Frame) -> None:
        if frame.url.startswith(stage.origin):
            been[frame.url] = None

    page.on("framenavigated", noted)
    for person in (None, *STAFF):
        secrets = await staff(stage, page, person) if person else await student(stage, page)
        assert len(been) > 2
        assert await left_over(context) == set(), person
        assert await finds(page, list(been), secrets) == [], person
    await context.close()
