"""From the asking to the answer that is counted, each person in their own browser, through all
services.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from browser.chromium import DESK, PHONE, chromium, person
from browser.district import District, district
from browser.people import Person
from sebaya_contracts.topics import SERVICES
from sebaya_contracts.words import Role
from servers import Servers
from support import eventually, own_prefix

pytestmark = pytest.mark.asyncio(loop_scope="module")

# Whether a browser has a picture for an element.
DRAWN = "image => image.complete && image.naturalWidth > 0"
ALARMING = {"id": "Aku mau bunuh diri malam ini.", "en": "I want to kill myself tonight."}
# What each person sees of the same moment, by language.
SAID = {
    "id": {
        "yes": "Ya, aku siap",
        "read": "Baca dan tulis",
        "matched": "Sudah ada yang menemanimu",
        "have": "Saya tangani",
        "spoken": "Saya sudah bicara dengan siswa",
        "thread": "Baca seluruh percakapan dan tulis",
        "close": "Tutup peringatan",
        "over": "Sudah selesai",
        "finished": "Kami sudah selesai",
        "talked": "Ya, kami sudah berbincang",
        "nobody": "Tidak ada yang menunggu untuk diajak berbincang",
        "went": "Ceritakan bagaimana rasanya",
        "thanks": "Terima kasih",
    },
    "en": {
        "yes": "Yes, I am there",
        "read": "Read and write",
        "matched": "Somebody is there for you",
        "have": "I have it",
        "spoken": "I have spoken with the student",
        "thread": "Read the whole thread and write",
        "close": "Close the alert",
        "over": "It is over",
        "finished": "We are finished",
        "talked": "Yes, we have talked",
        "nobody": "Nobody waits for a talk",
        "went": "Say how it went",
        "thanks": "Thank you",
    },
}


@dataclass(slots=True)
class Stage:
    district: District
    browser: Browser


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    folder: Path = tmp_path_factory.mktemp("district")
    async with (
        own_prefix(servers) as prefix,
        district(servers, prefix, folder) as there,
        chromium() as browser,
    ):
        yield Stage(there, browser)


async def signs_in(page: Page, address: str, name: str) -> None:
    """To a page that asks for it, and back there by one click."""
    await page.goto(address)
    await page.click("a.button[href*='/signin']")
    await page.click(f"button:has-text('{name}')")
    await page.wait_for_url(address)


async def asks(page: Page, stage: Stage) -> None:
    await page.goto(stage.district.at("intake", "/ask"))
    await page.check("[name=topic][value=loneliness]")
    await page.click("[href='#step-2']")
    await page.check("[name=self_harm_thoughts][value=no]")
    await page.check("[name=danger_now][value=no]")
    await page.click("[href='#step-3']")
    await page.fill("#text", "Aku makan siang sendirian.")
    await page.click("[href='#step-4']")
    await page.check("[name=agreed]")
    await page.select_option("#age", "15")
    await page.click("#step-4 button.button")
    code = await page.inner_text(".code")
    await page.fill("#last", code[-4:])
    await page.click("form.card button")
    await page.wait_for_url("**/me")


async def shows(page: Page, text: str) -> None:
    """The page shows it, by itself or when it is loaded again."""

    async def there() -> bool:
        if await page.get_by_text(text).count():
            return True
        await page.reload()
        return False

    await eventually(there, every=0.3, says=text)


async def writes(page: Page, text: str) -> None:
    await page.fill("#text", text)
    await page.click("form.card button")
    await page.wait_for_selector(f".bubble.mine:has-text('{text}')")


@pytest.mark.parametrize(
    ("language", "script", "phone"), [("id", True, True), ("en", False, False)]
)
async def test_from_asking_to_the_answer_that_is_counted(
    stage: Stage, language: str, script: bool, phone: bool
) -> None:
    said, there = SAID[language], stage.district
    before = await answered(there)
    contexts = [await person(stage.browser, language, script=script, phone=phone)]
    contexts += [await person(stage.browser, language, phone=phone) for _ in range(2)]
    student, supporter, counsellor = [await Person.at(context) for context in contexts]
    await asks(student.page, stage)

    await signs_in(supporter.page, there.at("matching", "/mine"), "Sari")
    await shows(supporter.page, said["yes"])
    assert "makan siang" not in await supporter.page.content(), (
        "an offer never shows the student's words"
    )
    await supporter.page.get_by_role("button", name=said["yes"]).click()
    await supporter.page.wait_for_url("**/mine")
    await supporter.page.get_by_role("link", name=said["read"]).first.click()

    await shows(student.page, said["matched"])
    await shows(student.page, "Kak Sari")
    conversation = supporter.page.url
    await eventually_open(supporter.page, conversation)
    await writes(supporter.page, "Hai, aku Sari.")
    await shows(student.page, "Hai, aku Sari.")
    await writes(student.page, ALARMING[language])

    queue = there.at("escalation", "/alerts")
    await signs_in(counsellor.page, queue, "Bu Ratna")
    await shows(counsellor.page, "1)")
    await counsellor.page.click("#live th a")
    marked = await counsellor.page.inner_text("mark")
    assert marked and marked in ALARMING[language]
    await counsellor.page.get_by_role("button", name=said["have"]).click()
    await counsellor.page.get_by_role("button", name=said["spoken"]).click()
    alert = counsellor.page.url
    await counsellor.page.get_by_role("link", name=said["thread"]).click()
    await eventually_open(counsellor.page, counsellor.page.url)
    await writes(counsellor.page, "Bu Ratna di sini.")
    await shows(student.page, "Bu Ratna di sini.")
    await counsellor.page.goto(alert)
    await counsellor.page.check("[name=outcome][value=supported]")
    await counsellor.page.check("[name=peer][value=yes]")
    await counsellor.page.check("[name=review_after][value=week]")
    await counsellor.page.fill("#note", "Bu Ratna bicara dengannya.")
    await counsellor.page.get_by_role("button", name=said["close"]).click()
    await counsellor.page.wait_for_url(queue)

    await supporter.page.goto(there.at("matching", "/mine"))
    await supporter.page.get_by_text(said["over"], exact=True).click()
    await supporter.page.get_by_role("button", name=said["finished"]).click()
    await supporter.page.wait_for_url("**/mine")
    await eventually_shut(supporter.page, conversation)
    await talks_with_supporter(counsellor.page, there, said)

    await student.page.reload()
    await student.page.get_by_role("button", name=said["went"]).click()
    await student.page.check("[name=heard][value='5']")
    await student.page.check("[name=better][value='4']")
    await student.page.click("main button")
    await student.page.wait_for_selector(f"h1:has-text('{said['thanks']}')")

    async def counted() -> bool:
        return await answered(there) == before + 1

    await eventually(counted)
    for one, context in zip((student, supporter, counsellor), contexts, strict=True):
        assert one.troubles == []
        await context.close()


async def talks_with_supporter(page: Page, there: District, said: dict[str, str]) -> None:
    """Who was there in a grave alert gets nobody new before it."""
    await page.goto(there.at("matching", "/debriefs"))
    await shows(page, "Kak Sari")
    await page.click("details.ask-once summary")
    await page.get_by_role("button", name=said["talked"]).click()
    await page.get_by_text(said["nobody"]).wait_for()


async def eventually_open(page: Page, address: str) -> None:
    """A match or an alert that was made a moment ago reaches intake by its event."""

    async def there() -> bool:
        answer = await page.goto(address)
        return answer is not None and answer.ok

    await eventually(there, every=0.3)


async def eventually_shut(page: Page, address: str) -> None:
    """The end of a match closes the words to the peer."""

    async def shut() -> bool:
        answer = await page.goto(address)
        return answer is not None and answer.status == 404

    await eventually(shut, every=0.3)


async def answered(there: District) -> int:
    """How many students have said how it went."""
    operator = await there.token("op", Role.OPERATOR, schools=("*",))
    totals = await there.ask("GET", "/evaluation/operations/totals", operator)
    return int(
        totals["feedback"]["student"]
        if isinstance(totals["feedback"], dict)
        else totals["feedback"]
    )


async def test_signed_in_once_for_all_services_and_out_of_all(stage: Stage) -> None:
    context = await person(stage.browser, "en", phone=False)
    page = await context.new_page()
    queue = stage.district.at("escalation", "/alerts")
    await signs_in(page, queue, "Bu Ratna")
    assert (await page.goto(f"{stage.district.origin}/intake/home")) is not None
    assert page.url == queue, "the one place of a counsellor at one school"
    refused = await page.goto(stage.district.at("matching", "/mine"))
    assert refused is not None and refused.status == 403
    await page.goto(queue)
    await page.get_by_role("button", name="Sign out").click()
    await page.wait_for_url("**/signin/out")
    await page.go_back()
    await page.wait_for_load_state()
    assert await page.locator("#live").count() == 0
    for service, path in (
        ("escalation", "/alerts"),
        ("matching", "/waiting"),
        ("intake", "/cases/x"),
    ):
        answer = await page.goto(stage.district.at(service, path))
        assert answer is not None and answer.status == 401
    await context.close()


async def test_the_operator_sees_the_health_of_each_part_by_itself(stage: Stage) -> None:
    """Each service tells its own; one that is not there says so, though its last word still
    stands.
    """
    context = await person(stage.browser, "en", phone=True)
    operator = await Person.at(context)
    await signs_in(operator.page, f"{stage.district.origin}/evaluation/operations", "Mbak Tika")
    for service in SERVICES:
        part = operator.page.locator(
            ".part", has=operator.page.get_by_role("heading", name=service, exact=True)
        )
        await part.get_by_text("works", exact=True).wait_for()
    await context.route("**/matching/operations/part", lambda route: route.abort())
    gone = operator.page.locator(
        ".part", has=operator.page.get_by_role("heading", name="matching", exact=True)
    )
    await gone.get_by_text("does not answer").wait_for()
    assert await operator.page.get_by_text("does not answer").filter(visible=True).count() == 1
    assert await operator.faults() == []
    await context.close()


async def test_the_operator_sees_the_health_of_each_part_without_a_script(stage: Stage) -> None:
    """Each service draws its own state, and tells it in words one tap away; a service that is away
    has no picture.
    """
    context = await person(stage.browser, "en", script=False, phone=True)
    operator = await Person.at(context)
    await signs_in(operator.page, f"{stage.district.origin}/evaluation/operations", "Mbak Tika")
    await context.route("**/matching/operations/part.svg", lambda route: route.abort())
    await operator.page.reload(wait_until="networkidle")
    drawn = {
        service: await operator.page.locator(f"img[src='/{service}/operations/part.svg']").evaluate(
            DRAWN
        )
        for service in SERVICES
    }
    assert drawn == {service: service != "matching" for service in SERVICES}
    picture = await context.request.get(
        f"{stage.district.origin}/intake/operations/part.svg", headers={"Accept-Language": "en"}
    )
    assert (
        picture.headers["content-type"] == "image/svg+xml"
        and ">works</text>" in await picture.text()
    )
    await operator.page.locator("a[href='/intake/operations/part']").click()
    await operator.page.get_by_role("heading", name="intake", exact=True, level=1).wait_for()
    assert await operator.page.get_by_text("works", exact=True).count() == 1
    assert await operator.fits()
    await context.close()


async def test_a_coordinator_enrols_a_supporter_and_is_told_what_is_wrong(stage: Stage) -> None:
    context = await person(stage.browser, "en", phone=True)
    coordinator = await Person.at(context)
    page = coordinator.page
    await signs_in(page, stage.district.at("matching", "/waiting"), "Bu Wulan")
    await page.get_by_role("link", name="Enrol a supporter").click()
    await page.fill("#supporter_id", "dina")
    await page.fill("#display_name", "Kak Dina")
    await page.check("[name=topics][value=grief]")
    await page.get_by_role("button", name="Enrol").click()
    await page.wait_for_selector("#fault-languages")
    assert await coordinator.faults() == [] and await coordinator.fits()
    assert await page.input_value("#display_name") == "Kak Dina"
    await page.check("[name=languages][value=id]")
    await page.fill("#certified_until", "2099-06-30")
    await page.get_by_role("button", name="Enrol").click()
    await page.wait_for_url("**/waiting")
    await page.get_by_role("link", name="Kak Dina").click()
    assert await page.input_value("#certified_until") == "2099-06-30"
    assert await coordinator.faults() == [] and await coordinator.fits()
    assert coordinator.troubles == []
    await context.close()


STAFF = (
    ("Sari", "matching/s/sma-1/mine"),
    ("Bu Ratna", "escalation/s/sma-1/alerts"),
    ("Bu Ratna", "escalation/s/sma-1/shifts"),
    ("Bu Wulan", "matching/s/sma-1/waiting"),
    ("Bu Wulan", "evaluation/s/sma-1/report"),
    ("Bu Wulan", "escalation/s/sma-1/questions"),
    ("Pak Adi", "evaluation/district"),
    ("Mbak Tika", "evaluation/operations"),
)


@pytest.mark.parametrize(("name", "path"), STAFF)
async def test_pages_of_staff_are_fit_to_be_used(stage: Stage, name: str, path: str) -> None:
    """Before, while and after signing in; on a desk and on a phone."""
    context = await person(stage.browser, "id", phone=False)
    staff = await Person.at(context)
    address = f"{stage.district.origin}/{path}"
    await staff.page.goto(address)
    assert await staff.faults() == []
    await staff.page.click("a.button[href*='/signin']")
    assert await staff.faults() == []
    await staff.page.click(f"button:has-text('{name}')")
    await staff.page.wait_for_url(address)
    for size in (DESK, PHONE):
        await staff.page.set_viewport_size(size)
        assert await staff.faults() == []
        assert await staff.fits()
    assert staff.troubles == []
    await context.close()
