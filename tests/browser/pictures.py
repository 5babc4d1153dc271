"""Pictures of the main pages for docs/pictures, in both languages, on a phone and on a desk, and of
what a student in danger and the counsellors see by day, by night and when one of them is accused:
`make pictures`.
"""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec
import pytest
from playwright.async_api import Browser, Page

from browser.chromium import chromium, person
from browser.district import DAYS, SCHOOL, District, district, school
from browser.test_whole_path import Stage, asks, eventually_open, shows, signs_in, writes
from local_stack import name_installation
from sebaya_cli.installation import Installation
from sebaya_cli.schools import Known, changes, publish
from sebaya_contracts.district import Person, Shift
from sebaya_contracts.envelope import Sequence
from sebaya_contracts.words import Role
from servers import Servers
from support import eventually, own_prefix

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
TOPICS = ("loneliness",) * 4 + ("grief",) * 3
YES = {"id": "Ya, aku siap", "en": "Yes, I am there"}
PLAN = {
    "warning_signs": "Aku berhenti membalas teman.",
    "alone": "Jalan keliling lapangan.\nMendengarkan lagu.",
    "helpers": "Bibi Tini, malam hari.",
}
ALARMING = "Aku sering menyakiti diri sendiri."


async def test_pictures(servers: Servers, tmp_path: Path) -> None:
    """One story, told to each camera."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for language, phone in (("id", True), ("en", False)):
        async with (
            own_prefix(servers) as prefix,
            district(servers, prefix, tmp_path) as there,
            chromium() as browser,
        ):
            stage = Stage(there, browser)
            student, supporter, counsellor, coordinator = [
                await (await person(browser, language, phone=phone)).new_page() for _ in range(4)
            ]

            async def picture(
                page: Page, name: str, at: str = f"{language}-{'phone' if phone else 'desk'}"
            ) -> None:
                await page.screenshot(path=FOLDER / f"{at}-{name}.png", full_page=True)

            await student.goto(there.at("intake"))
            await picture(student, "student-welcome")
            await student.goto(there.at("intake", "/friend"))
            await picture(student, "student-friend")
            await student.goto(there.at("intake", "/ask"))
            await picture(student, "student-steps")
            await asks(student, stage)
            await signs_in(supporter, there.at("matching", "/mine"), "Sari")
            await shows(supporter, YES[language])
            await picture(supporter, "supporter-offer")
            await supporter.get_by_role("button", name=YES[language]).click()
            await supporter.wait_for_url("**/mine")
            await supporter.locator("a[href*='/cases/']").first.click()
            await eventually_open(supporter, supporter.url)
            await writes(supporter, "Hai, aku Sari.")
            await shows(student, "Hai, aku Sari.")
            await writes(student, ALARMING)
            await picture(student, "student-request")
            await signs_in(counsellor, there.at("escalation", "/alerts"), "Bu Ratna")
            await shows(counsellor, "1)")
            await picture(counsellor, "counsellor-queue")
            await counsellor.click("#live th a")
            await picture(counsellor, "counsellor-alert")
            await counsellor.goto(f"{there.origin}/escalation/queue")
            await picture(counsellor, "counsellor-all-schools")
            await student.reload()
            await picture(student, "student-in-danger")
            case_id = supporter.url.partition("/cases/")[2].partition("?")[0].partition("#")[0]
            await counsellor.goto(there.at("intake", f"/cases/{case_id}/plan"))
            for step, text in PLAN.items():
                await counsellor.fill(f"#{step}", text)
            await counsellor.click("main form.card button")
            await counsellor.wait_for_url("**/plan?kept=yes")
            await picture(counsellor, "counsellor-plan")
            await student.goto(there.at("intake", "/me/plan"))
            await picture(student, "student-plan")
            for topic in TOPICS:
                await there.ask(
                    "POST",
                    f"/intake/schools/{SCHOOL}/cases",
                    {"Idempotency-Key": secrets.token_hex(16)},
                    _wanted(topic),
                )
            await signs_in(coordinator, there.at("matching", "/waiting"), "Bu Wulan")
            await shows(
                coordinator, {"id": "Kehilangan seseorang", "en": "Losing somebody"}[language]
            )
            await picture(coordinator, "coordinator-waiting")
            await coordinator.goto(there.at("evaluation", "/report"))
            await picture(coordinator, "coordinator-report")


def _wanted(topic: str) -> dict[str, object]:
    safety = {"self_harm_thoughts": "no", "danger_now": "no"}
    return {
        "topic": topic,
        "language": "id",
        "text": "Halo.",
        "safety": safety,
        "consent": {"version": "2026-1", "age": 15},
        "door": "web",
    }


# What a student writes, and whether a counsellor has the duty then.
STORIES = {
    "danger-on-duty": ("Aku sering menyakiti diri sendiri.", True),
    "danger-at-night": ("Aku sering menyakiti diri sendiri.", False),
    "counsellor-accused": ("Bu Ratna memukulku di ruang BK. Aku takut.", True),
}
TOLD = {
    "id": "Orang dewasa di sekolahmu sudah diberi tahu",
    "en": "An adult of your school has been told",
}
TRYING = {
    "id": "Kami sedang berusaha menghubungi orang dewasa di sekolahmu",
    "en": "We are trying to reach an adult of your school",
}


@dataclass
class Scene:
    """One school in one browser, with what is photographed there."""

    where: Installation
    there: District
    browser: Browser
    language: str
    phone: bool

    async def page(self) -> Page:
        return await (await person(self.browser, self.language, phone=self.phone)).new_page()

    async def picture(self, page: Page, name: str) -> None:
        at = f"{self.language}-{'phone' if self.phone else 'desk'}"
        # The head of a page stays with its window.
        await page.evaluate("scrollTo(0, 0)")
        await page.screenshot(path=FOLDER / f"{at}-{name}.png", full_page=True)
        wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        assert not await page.evaluate(wide), f"{name} is wider than its screen"

    async def has_duty(self, number: int, *, somebody: bool) -> None:
        """Two counsellors, with the first on duty or nobody."""
        second = Person(
            person_id="pak-dimas",
            name="Pak Dimas",
            roles=(Role.COUNSELLOR,),
            email="dimas@school.example",
        )
        always = Shift(person_id="bu-ratna", days=DAYS, since="00:00", until="24:00")  # type: ignore[arg-type]
        described = msgspec.structs.replace(
            school(), staff=(*school().staff, second), rota=(always,) if somebody else ()
        )
        before = {SCHOOL: Known(school(), Sequence(1, number - 1))}
        await publish(self.where, changes([described], before), before)

    async def alerts_of(self, person_id: str) -> set[str]:
        """The cases of the alerts that a counsellor may see."""
        token = await self.there.token(person_id, Role.COUNSELLOR)
        seen = await self.there.ask("GET", f"/escalation/schools/{SCHOOL}/alerts", token)
        return {alert["case_id"] for alert in seen["alerts"]}

    async def hears(self, student: Page, told: str, name: str) -> None:
        """The page says how far the adults are; of an accused one it says nothing else."""

        async def said() -> bool:
            await student.reload()
            title = await student.locator("#helping").all_inner_texts()
            return bool(title) and (name == "counsellor-accused" or title == [told])

        await eventually(said, every=0.5, says=f"{name}: {told}")

    async def raises_more(self, many: int) -> bool:
        return len(await self.alerts_of("pak-dimas")) > many


@asynccontextmanager
async def scene(
    servers: Servers, folder: Path, language: str, *, phone: bool
) -> AsyncIterator[Scene]:
    async with (
        own_prefix(servers) as prefix,
        district(servers, prefix, folder) as there,
        chromium() as browser,
    ):
        yield Scene(name_installation(servers, prefix), there, browser, language, phone)


@pytest.mark.parametrize("phone", [True, False])
@pytest.mark.parametrize("language", ["id", "en"])
async def test_when_it_is_serious(
    servers: Servers, tmp_path: Path, language: str, phone: bool
) -> None:
    """By day, at night, and about the counsellor that has the duty."""
    async with scene(servers, tmp_path, language, phone=phone) as here:
        ratna, dimas = await here.page(), await here.page()
        for number, (name, (words, somebody)) in enumerate(STORIES.items(), start=2):
            await here.has_duty(number, somebody=somebody)
            before = await here.alerts_of("pak-dimas")
            student = await here.page()
            await asks(student, Stage(here.there, here.browser))
            await writes(student, words)
            await eventually(partial(here.raises_more, len(before)), says=f"{name} has its alert")
            await here.hears(student, (TOLD if somebody else TRYING)[language], name)
            await here.picture(student, f"student-{name}")
            if name == "counsellor-accused":
                assert await here.alerts_of("bu-ratna") == before, "the accused one sees nothing"
        alerts = here.there.at("escalation", "/alerts")
        await signs_in(ratna, alerts, "Bu Ratna")
        await here.picture(ratna, "counsellor-accused-own-queue")
        await signs_in(dimas, alerts, "Pak Dimas")
        await here.picture(dimas, "counsellor-accused-colleague")
