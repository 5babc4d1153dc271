"""The student's pages in a real browser: on a small phone, without a script, by keyboard alone, and
on a computer that others use.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from browser.chromium import PHONE, chromium, person
from browser.people import HEAVIEST_FIRST_LOAD, Person
from integration.intake.harness import SCHOOL, IntakeHarness, prepared_intake
from servers import Servers
from support import eventually, own_prefix, served

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOSTILE = (
    """<script>alert(1)</script><img src=x onerror=alert(2)>"'></textarea>"""
    """<svg/onload=alert(3)>{{7*7}} ${7*7}"""
)


@dataclass(slots=True)
class Stage:
    """Intake behind the server it has in production, and a browser."""

    harness: IntakeHarness
    browser: Browser
    url: str

    @property
    def at(self) -> str:
        return f"{self.url}/s/{SCHOOL}"

    async def cases(self) -> int:
        return int(await self.harness.composed.runtime.database["cases"].count_documents({}))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(servers: Servers) -> AsyncIterator[Stage]:
    async with (
        own_prefix(servers) as prefix,
        prepared_intake(servers, prefix) as harness,
        served(harness.composed.app) as url,
        chromium() as browser,
    ):
        await harness.publish_supporter("sup-1", f"Kak {HOSTILE}")
        await harness.publish_coverage()
        yield Stage(harness, browser, url)


async def ask(page: Page, at: str, text: str) -> str:
    """The four steps with the mouse; gives the code."""
    await page.goto(f"{at}/ask")
    await page.check("[name=topic][value=loneliness]")
    await page.click("[href='#step-2']")
    await page.check("[name=self_harm_thoughts][value=no]")
    await page.check("[name=danger_now][value=no]")
    await page.click("[href='#step-3']")
    await page.fill("#text", text)
    await page.click("[href='#step-4']")
    await page.check("[name=agreed]")
    await page.select_option("#age", "15")
    await page.click("#step-4 button.button")
    return await page.inner_text(".code")


async def keep(page: Page, code: str) -> None:
    await page.fill("#last", code[-4:])
    await page.click("form.card button")
    await page.wait_for_selector("#live")


@pytest.mark.parametrize(("language", "phone"), [("id", True), ("en", False)])
async def test_every_page_in_every_state_is_fit_to_be_used(
    stage: Stage, language: str, phone: bool
) -> None:
    """No grave fault for axe, nothing that sticks out at 360 px, nothing refused by our own content
    policy, no script of a stranger.
    """
    context = await person(stage.browser, language, phone=phone)
    student = await Person.at(context)
    page = student.page

    async def fit(where: str) -> None:
        assert await student.faults() == [], where
        assert await student.fits(), where

    await page.goto(stage.url)
    await fit("schools")
    await page.goto(stage.at)
    await page.click("details.help summary")
    await fit("landing, help open")
    await page.goto(f"{stage.at}/ask")
    for step in ("#step-2", "#step-3", "#step-4"):
        await fit(f"before {step}")
        await page.click(f"[href='{step}']")
    await fit("step 4")
    await page.click("#step-4 button.button")
    await page.wait_for_selector("[role=alert]")
    await fit("faults")
    code = await ask(page, stage.at, HOSTILE)
    await fit("code")
    await page.click("form.card button")
    await page.wait_for_selector("#fault-last")
    await fit("code not kept")
    await keep(page, code)
    await page.click("#stop summary")
    await fit("request")
    await page.click("a[href$='/erase']")
    await fit("erase")
    await page.goto(f"{stage.at}/me/wishes")
    await fit("wishes")
    await page.goto(f"{stage.at}/return")
    await page.fill("#code", HOSTILE[:60])
    await page.click("main button")
    await page.wait_for_selector("#fault-code")
    await fit("wrong code")
    await page.goto(f"{stage.url}/s/unknown")
    await fit("unknown school")
    assert student.troubles == []
    await context.close()


async def test_the_hostile_words_stand_there_as_words(stage: Stage) -> None:
    context = await person(stage.browser)
    student = await Person.at(context)
    code = await ask(student.page, stage.at, HOSTILE)
    await keep(student.page, code)
    assert HOSTILE in await student.page.inner_text(".bubble.mine")
    await student.page.goto(f"{stage.at}/me/wishes")
    assert HOSTILE in await student.page.inner_text("form.card")
    assert student.troubles == []
    await context.close()


async def test_first_loads_are_light(stage: Stage) -> None:
    for path in ("", "/ask", "/return"):
        context = await person(stage.browser)
        student = await Person.at(context)
        assert await student.first_load(stage.at + path) <= HEAVIEST_FIRST_LOAD, path
        await context.close()


async def test_the_whole_way_without_a_script(stage: Stage) -> None:
    context = await person(stage.browser, "en", script=False)
    page = await context.new_page()
    before = await stage.cases()
    code = await ask(page, stage.at, "I eat lunch alone.")
    assert await stage.cases() == before + 1
    await keep(page, code)
    await page.fill("#text", "One more thing.")
    await page.click("form.card button")
    assert await page.locator(".bubble").all_inner_texts() != []
    assert "One more thing." in await page.inner_text(".thread")
    await page.get_by_text("I want an adult", exact=True).click()
    await page.get_by_role("button", name="Yes, call an adult").click()
    assert "You asked for an adult" in await page.inner_text("#live")
    await page.get_by_role("button", name="Leave").click()
    await page.wait_for_url("chrome-error://**")
    await page.goto(f"{stage.at}/me")
    assert page.url == f"{stage.at}/return"
    await page.fill("#code", code)
    await page.click("main button")
    await page.wait_for_url(f"{stage.at}/me")
    await context.close()


async def test_the_keyboard_alone_opens_a_case(stage: Stage) -> None:
    context = await person(stage.browser)
    page = await context.new_page()
    before = await stage.cases()
    await page.goto(f"{stage.at}/ask")

    async def to(selector: str) -> None:
        for _ in range(80):
            await page.keyboard.press("Tab")
            if await page.evaluate(
                "selector => document.activeElement.matches(selector)", selector
            ):
                return
        raise AssertionError(f"no way by Tab to {selector}")

    await to("[name=topic]")
    await page.keyboard.press("Space")
    await to("[href='#step-2']")
    await page.keyboard.press("Enter")
    await to("[href='#step-3']")
    await page.keyboard.press("Enter")
    await to("#text")
    await page.keyboard.type("Aku sendirian.")
    await to("[href='#step-4']")
    await page.keyboard.press("Enter")
    await to("[name=agreed]")
    await page.keyboard.press("Space")
    await to("#age")
    await page.keyboard.type("15")
    await to("#step-4 button.button")
    await page.keyboard.press("Enter")
    await page.wait_for_selector(".code")
    assert await stage.cases() == before + 1
    await context.close()


async def test_going_back_and_forth_loses_nothing(stage: Stage) -> None:
    context = await person(stage.browser)
    page = await context.new_page()
    await page.goto(f"{stage.at}/ask")
    await page.check("[name=topic][value=grief]")
    await page.click("[href='#step-2']")
    await page.click("[href='#step-3']")
    await page.fill("#text", "Nenekku meninggal.")
    await page.go_back()
    await page.go_back()
    assert await page.is_checked("[name=topic][value=grief]")
    await page.go_forward()
    await page.go_forward()
    assert await page.input_value("#text") == "Nenekku meninggal."
    await page.get_by_role("button", name="English").click()
    await page.wait_for_selector("html[lang=en]")
    assert await page.input_value("#text") == "Nenekku meninggal."
    await context.close()


async def test_the_code_stands_on_the_first_screen_whatever_lines_come_first(stage: Stage) -> None:
    for language in ("id", "en"):
        context = await person(stage.browser, language)
        page = await context.new_page()
        await ask(page, stage.at, "Halo.")
        lines, code = page.locator("main .lines"), page.locator(".code")
        assert await lines.count() == 1, "not read yet: the lines come first"
        box = await code.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= PHONE["height"]
        await context.close()


async def test_lines_fold_after_their_first_view_and_stay_first(stage: Stage) -> None:
    context = await person(stage.browser, "en")
    page = await context.new_page()
    await keep(page, await ask(page, stage.at, "Halo."))
    about = page.get_by_text("Danger right now")
    assert await about.count() == 1
    await page.reload()
    assert await about.count() == 0
    assert await page.locator(".lines.folded").get_by_role("link", name="112").is_visible()
    order = "document.querySelector('.lines').compareDocumentPosition(document.querySelector('h1'))"
    assert await page.evaluate(order) & 4, "the heading follows the lines"
    await context.close()


async def test_after_a_post_the_page_stands_at_the_newest_words(stage: Stage) -> None:
    context = await person(stage.browser)
    page = await context.new_page()
    await keep(page, await ask(page, stage.at, "Halo."))
    for number in range(3):
        await page.fill("#text", f"Cerita {number}. " * 60)
        await page.click("form.card button")
    newest = page.locator(".bubble").last
    await newest.wait_for()
    top = "box => box.getBoundingClientRect().top"

    async def stands_there() -> bool:
        return 0 <= await newest.evaluate(top) < PHONE["height"] / 2

    await eventually(stands_there)
    await context.close()


async def test_what_changes_is_said_in_a_region_that_stays(stage: Stage) -> None:
    """A live region that is itself replaced is read by no screen reader."""
    context = await person(stage.browser, "en")
    page = await context.new_page()
    await page.clock.install()
    await keep(page, await ask(page, stage.at, "Is anybody there?"))
    region = page.get_by_role("status")
    kept = await region.element_handle()
    assert kept is not None and await kept.text_content() == ""
    case = await stage.harness.composed.runtime.database["cases"].find_one(
        {"state.opening.text": "Is anybody there?"}
    )
    assert case is not None
    await stage.harness.raise_alert(case["_id"], "a-said")
    await page.clock.fast_forward(6_000)
    await page.get_by_role("heading", name="We are calling an adult of your school").wait_for()
    assert "We are calling an adult" in str(await kept.text_content())
    await context.close()


async def test_back_after_sending_shows_the_code_and_a_double_click_opens_one_case(
    stage: Stage,
) -> None:
    context = await person(stage.browser)
    page = await context.new_page()
    before = await stage.cases()
    code = await ask(page, stage.at, "Halo.")
    await page.go_back()
    # The page that is left in the browser's memory asks anew, and is led to the code.
    await page.wait_for_url("**/code#step-4")
    await page.goto(f"{stage.at}/ask")
    assert await page.inner_text(".code") == code
    await page.reload()
    assert await page.inner_text(".code") == code
    assert await stage.cases() == before + 1
    await context.close()


async def test_a_friend_is_worried_and_gets_a_page_of_their_own(stage: Stage) -> None:
    """On a small phone: what may happen stands before the first field, no name, no age, no peer."""
    context = await person(stage.browser, "id")
    student = await Person.at(context)
    page = student.page
    await page.goto(stage.at)
    await page.get_by_role("link", name="Aku khawatir tentang temanku").click()
    # A click comes back while the page is still being read.
    await page.locator("#text").wait_for()
    before = (
        "document.querySelector('#what').compareDocumentPosition(document.querySelector('#text'))"
    )
    assert await page.evaluate(before) & 4
    assert await page.locator("form#friend :is(input[type=text], select)").count() == 0
    assert await student.faults() == [] and await student.fits()
    await page.get_by_role("button", name="Beri tahu guru BK").click()
    assert await page.get_by_role("alert").count() == 1
    await page.get_by_label("Dia bisa menyakiti diri sendiri").check()
    await page.fill("#text", "Temanku sering melukai tangannya.")
    await page.get_by_role("button", name="Beri tahu guru BK").click()
    await keep(page, await page.inner_text(".code"))
    said = await page.inner_text("main")
    for sentence in ("Kami sedang menghubungi orang dewasa", "kamu sendiri bagaimana"):
        assert sentence in said, sentence
    assert (
        "teman pendamping" not in said and await page.get_by_text("Siapa yang aku mau").count() == 0
    )
    assert await student.faults() == [] and await student.fits()
    assert student.troubles == []
    await context.close()


async def test_whoever_comes_next_at_the_same_computer_finds_nothing(stage: Stage) -> None:
    """Four, one after another; each leaves, and the next goes back through all that the browser
    remembers.
    """
    context = await person(stage.browser)
    page = await context.new_page()
    codes = []
    for number in range(4):
        codes.append(await ask(page, stage.at, f"Rahasia {number}."))
        await keep(page, codes[-1])
        await page.get_by_role("button", name="Tutup cepat").click()
        await page.wait_for_url("https://id.wikipedia.org/**")
        await page.go_back()
        await page.wait_for_load_state()
        seen = await page.content()
        assert "Rahasia" not in seen and codes[-1] not in seen
        await page.goto(f"{stage.at}/me")
        assert page.url == f"{stage.at}/return"
    assert len(set(codes)) == 4
    await context.close()


async def test_an_answer_appears_by_itself_and_a_late_one_says_so(stage: Stage) -> None:
    context = await person(stage.browser)
    page = await context.new_page()
    await page.clock.install()
    code = await ask(page, stage.at, "Apakah ada orang?")
    await keep(page, code)
    case = await stage.harness.composed.runtime.database["cases"].find_one(
        {"state.opening.text": "Apakah ada orang?"}
    )
    assert case is not None
    await stage.harness.accept_match(case["_id"], match_id="m-live")
    await page.wait_for_selector("text=Sudah ada yang menemanimu")
    await page.fill("#text", "Aku sedang mengetik")
    assert await page.input_value("#text") == "Aku sedang mengetik"
    await page.route("**/me/live", lambda route: route.abort())
    await page.clock.fast_forward(20_000)
    await page.wait_for_selector(".not-live", state="visible")
    await context.close()
