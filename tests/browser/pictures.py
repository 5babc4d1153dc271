"""Pictures of the main pages for docs/pictures, in both languages, on a phone and on a desk: `make
pictures`.
"""

import secrets
from pathlib import Path

from playwright.async_api import Page

from browser.chromium import chromium, person
from browser.district import SCHOOL, district
from browser.test_whole_path import Stage, asks, eventually_open, shows, signs_in, writes
from servers import Servers
from support import own_prefix

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
