"""Every job of every role by keyboard alone: Tab to it, Space or Enter on it, and always seen where
one is.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
import pytest_asyncio
from playwright.async_api import Page

from authorization.crawler import Visitor, visitors
from authorization.district_fixture import OURS, PEER
from browser.stage import Stage, staged
from sebaya_contracts.words import ReportReason, Role
from sebaya_escalation.domain.identity import IdentityAnswer
from sebaya_escalation.pages.texts import ANSWERS, REPORTS
from servers import Servers

pytestmark = pytest.mark.asyncio(loop_scope="module")

MOST_TABS = 90
# Where the focus is, whether it is what is looked for, and whether it can be seen there.
LOOK = """selector => {
  const at = document.activeElement, style = getComputedStyle(at), label = at.matches("input") && at.nextElementSibling;
  const drawn = one => one.outlineStyle !== "none" && parseFloat(one.outlineWidth) > 0 || one.boxShadow !== "none";
  const seen = drawn(style) || (label ? drawn(getComputedStyle(label)) || drawn(getComputedStyle(at.parentElement)) : false);
  return { found: at.matches(selector), at: at.outerHTML.slice(0, 120), body: at === document.body, seen };
}"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(servers: Servers) -> AsyncIterator[Stage]:
    async with staged(servers) as made:
        await made.lived.begin()
        await made.lived.enrol(PEER)
        yield made


@dataclass(slots=True)
class Hands:
    """Somebody at a keyboard, without a mouse."""

    page: Page

    async def to(self, selector: str) -> None:
        """By Tab; every stop on the way shows itself."""
        for _ in range(MOST_TABS):
            await self.page.keyboard.press("Tab")
            stop = await self.page.evaluate(LOOK, selector)
            assert stop["body"] or stop["seen"], f"no focus is seen on {stop['at']}"
            if stop["found"]:
                return
        raise AssertionError(f"no way by Tab to {selector}")

    async def press(self, selector: str, key: str = "Enter") -> None:
        await self.to(selector)
        await self.page.keyboard.press(key)

    async def opens(self, address: str) -> None:
        answer = await self.page.goto(address)
        assert answer is not None and answer.ok, address

    async def sends(self, selector: str) -> None:
        """A button, and the page that answers it."""
        await self.to(selector)
        async with self.page.expect_navigation():
            await self.page.keyboard.press("Enter")

    async def does(self, act: str) -> None:
        await self.sends(f"form[action$='{act}'] button")

    async def types(self, selector: str, text: str) -> None:
        await self.to(selector)
        await self.page.keyboard.type(text)


@asynccontextmanager
async def hands(
    stage: Stage, address: str, visitor: Visitor | None = None, language: str = "id"
) -> AsyncIterator[Hands]:
    context = await stage.browser_of(visitor, language)
    page = await context.new_page()
    await page.goto(address)
    yield Hands(page)
    await context.close()


def student_of(stage: Stage) -> Visitor:
    return next(one for one in visitors(stage.world, stage.lived.things) if one.who == "student")


async def test_a_student(stage: Stage) -> None:
    """Asks, keeps the code, writes, wants an adult, says how it went, takes the request back,
    erases everything.
    """
    async with hands(stage, stage.at("intake", "/ask")) as student:
        page = student.page
        await student.press("[name=topic]", "Space")
        await student.press("[href='#step-2']")
        await student.press("[name=self_harm_thoughts][value=no]", "Space")
        await student.press("[href='#step-3']")
        await student.types("#text", "Aku makan siang sendirian.")
        await student.press("[href='#step-4']")
        await student.press("[name=agreed]", "Space")
        await student.types("#age", "15")
        await student.sends("#step-4 button.button")
        code = await page.inner_text(".code")
        await student.types("#last", code[-4:])
        await student.does("/code")
        await student.types("#text", "Apakah ada orang?")
        await student.does("/me/messages")
        assert "Apakah ada orang?" in await page.inner_text(".thread")
        await student.press("#wants summary")
        await student.does("/me/adult")
        await _matched(stage, code)
        await page.reload()
        await student.does("/me/feedback")
        await student.press("[name=heard]", "Space")
        await student.sends("main form button.button")
        assert "/feedback/" in page.url and await page.locator("fieldset").count() == 0
        await page.goto(stage.at("intake", "/me"))
        await student.press("#stop summary")
        await student.press("#stop .ask-once summary")
        await student.does("/me/withdraw")
        await student.press("#stop summary")
        await student.sends("a[href$='/me/erase']")
        await student.does("/me/erase")
    stored = stage.world.runtimes["intake"].database["cases"]
    assert await stored.count_documents({"state.erased_at": {"$ne": None}}) == 1


async def _matched(stage: Stage, code: str) -> None:
    """A peer is found and says yes, elsewhere."""
    world, things = stage.world, stage.lived.things
    things.return_code = code
    things.case_id = (
        await stage.lived.sends("intake", "GET", "/me", headers={"Return-Code": code})
    )["case_id"]  # type: ignore[assignment]
    await world.settle()
    await _closed_first_alert(stage)
    await world.matching_round.match_waiting(OURS)
    await world.settle()
    offers = await world.web["matching"].get(
        f"/schools/{OURS}/offers", headers=world.bearer("supporter", OURS)
    )
    things.match_id = offers.json()[0]["match_id"]
    await world.take(things)


async def _closed_first_alert(stage: Stage) -> None:
    alerts = await stage.lived.sends("escalation", "GET", "/alerts", Role.COUNSELLOR)
    stage.lived.things.alert_id = alerts["alerts"][0]["alert_id"]  # type: ignore[index]
    await stage.lived.closed()


async def test_a_supporter(stage: Stage) -> None:
    """Accepts, writes, logs a meeting, ends, declines, hands on, takes a break."""
    mine = stage.at("matching", "/mine")
    await stage.lived.opened()
    async with hands(stage, mine, stage.signed_in(Role.SUPPORTER)) as peer:
        await peer.does("/accept")
        await stage.world.settle()
        await peer.sends("a[href*='/intake/s/']")
        await peer.types("#text", "Hai, aku di sini.")
        await peer.sends("form.card button")
        assert "Hai, aku di sini." in await peer.page.inner_text(".thread")
        await peer.page.goto(mine)
        await peer.does("/meetings")
        await peer.press("section:has(form[action$='/close']) summary")
        await peer.does("/close")
        await stage.lived.opened()
        await peer.page.goto(mine)
        await peer.press("section:has(form[action$='/decline']) summary")
        await peer.does("/decline")
        await stage.lived.opened()
        await stage.world.take(stage.lived.things)
        await peer.page.goto(mine)
        await peer.does("/too-heavy")
        await peer.does("/pause")
        await peer.does("/signout")
        assert peer.page.url.endswith("/signin/out")
    matches = await stage.world.web["matching"].get(
        f"/schools/{OURS}/matches", headers=stage.world.bearer("supporter", OURS)
    )
    assert {"completed", "supporter_left"} <= {match["end"] for match in matches.json()}
    await stage.world.settle()
    await _closed_first_alert(stage)  # an adult hears of the student that was too heavy
    await _back_from_the_break(stage)


async def _back_from_the_break(stage: Stage) -> None:
    await stage.lived.sends(
        "matching", "PATCH", f"/supporters/{PEER}", Role.COORDINATOR, json={"state": "active"}
    )
    await stage.world.settle()


async def test_a_counsellor(stage: Stage) -> None:
    """Opens the alert, takes it, writes to the student, records the contact, closes with an outcome
    and a note.
    """
    await stage.lived.opened()
    await stage.world.take(stage.lived.things)
    await stage.lived.alarm()
    async with hands(
        stage, stage.at("escalation", "/alerts"), stage.signed_in(Role.COUNSELLOR)
    ) as counsellor:
        page = counsellor.page
        await counsellor.sends("#live th a")
        alert = page.url
        await counsellor.does("/acknowledge")
        await counsellor.sends("a[href*='/intake/s/']")
        await counsellor.types("#text", "Bu Ratna di sini.")
        await counsellor.sends("form.card button")
        assert "Bu Ratna di sini." in await page.inner_text(".thread")
        await page.goto(alert)
        await counsellor.does("/contact")
        await counsellor.press("[name=outcome]", "Space")
        await counsellor.press("[name=peer]", "Space")
        await counsellor.press("[name=review_after]", "Space")
        await counsellor.types("#note", "Kami bicara.")
        await counsellor.does("/close")
        await page.goto(alert)
        assert "Kami bicara." in await page.inner_text("main")


async def test_from_a_report_to_the_close(stage: Stage) -> None:
    """What a student reports is read by a counsellor, who asks a coordinator who this is, and hands
    it over to a colleague, who closes.
    """
    await stage.lived.opened()
    await stage.world.take(stage.lived.things)
    async with (
        hands(stage, stage.at("intake", "/me"), student_of(stage), "en") as student,
        hands(
            stage,
            stage.at("intake", "/help"),
            stage.signed_in(Role.COUNSELLOR, person_id="sari"),
            "en",
        ) as first,
        hands(
            stage, stage.at("intake", "/help"), stage.signed_in(Role.COORDINATOR), "en"
        ) as coordinator,
        hands(stage, stage.at("intake", "/help"), stage.signed_in(Role.COUNSELLOR), "en") as second,
    ):
        await student.press("#report summary")
        await student.press("[name=reason]", "Space")
        await student.page.keyboard.press("ArrowDown")
        await student.does("/me/report")
        await stage.world.settle()
        await first.opens(stage.at("escalation", "/alerts"))
        assert REPORTS[ReportReason.PRESSURED] in await first.page.inner_text("#live")
        await first.sends("#live th a")
        alert = first.page.url
        await first.does("/acknowledge")
        await first.press("details:has(form[action$='/identity']) summary")
        await first.press("[name=reason]", "Space")
        await first.does("/identity")
        await coordinator.opens(stage.at("escalation", "/questions"))
        await coordinator.press("[name=answer]", "Space")
        await coordinator.sends("main form button")
        await first.opens(alert)
        assert ANSWERS[IdentityAnswer.TOLD_IN_PERSON] in await first.page.inner_text("main")
        await first.press("details:has(form[action$='/hand-over']) summary")
        await first.types("#to", "staff")
        await first.does("/hand-over")
        await second.opens(stage.at("escalation", "/alerts"))
        await second.sends("#live th a")
        assert second.page.url == alert
        assert "It was handed over to you" in await second.page.inner_text("main")
        await second.does("/acknowledge")
        await first.opens(alert)
        assert "Taken: staff peer-1" in await first.page.inner_text("main"), (
            "a colleague's name, not an id"
        )
        await second.does("/contact")
        await second.press("[name=outcome]", "Space")
        await second.press("[name=peer]", "Space")
        await second.press("[name=review_after]", "Space")
        await second.types("#note", "We spoke.")
        await second.does("/close")
        assert await second.page.locator("#live th a").count() == 0, await second.page.inner_text(
            "#live"
        )


async def test_a_change_of_duty(stage: Stage) -> None:
    """One asks, the other agrees, and both see who is on now."""
    shifts = stage.at("escalation", "/shifts")
    async with (
        hands(stage, shifts, stage.signed_in(Role.COUNSELLOR, person_id="sari"), "en") as asks,
        hands(stage, shifts, stage.signed_in(Role.COUNSELLOR), "en") as agrees,
    ):
        assert await on_now(asks) == {"staff peer-1", "staff sari"}
        assert "00:00 – 24:00" in await asks.page.inner_text("main ul"), "a whole day is one day"
        await asks.types("#to", "staff")
        await asks.sends("section[aria-labelledby=give] button")
        assert await on_now(asks) == {"staff peer-1", "staff sari"}, (
            "until the answer is yes, it stays as it was"
        )
        await agrees.opens(shifts)
        await agrees.does("/accept")
        assert await on_now(agrees) == {"staff peer-1"}
        await asks.opens(shifts)
        assert "staff peer-1 stands in for staff sari" in await asks.page.inner_text("main")


async def on_now(somebody: Hands) -> set[str]:
    return set((await somebody.page.inner_text("main h1 + p strong")).split(", "))


async def test_a_coordinator_enrols_and_renews(stage: Stage) -> None:
    async with hands(
        stage, stage.at("matching", "/waiting"), stage.signed_in(Role.COORDINATOR)
    ) as coordinator:
        page = coordinator.page
        await coordinator.sends("main a.button[href$='/supporters']")
        await coordinator.types("#supporter_id", "dina")
        await coordinator.types("#display_name", "Kak Dina")
        await coordinator.press("[name=topics]", "Space")
        await coordinator.press("[name=languages]", "Space")
        await coordinator.to("#certified_until")
        for key in ("ArrowUp", "ArrowRight", "ArrowUp", "ArrowRight", "ArrowUp"):
            await page.keyboard.press(key)
        day = await page.input_value("#certified_until")
        assert day, "a day can be chosen without a mouse"
        await coordinator.sends("main form button")
        await coordinator.sends("main th a[href$='/supporters/dina']")
        assert await page.input_value("#certified_until") == day
        await coordinator.press("#cap", "ArrowUp")
        await coordinator.sends("main form button")
    known = await stage.world.web["matching"].get(
        f"/schools/{OURS}/supporters", headers=stage.world.bearer("coordinator", OURS)
    )
    assert {one["supporter_id"]: one["cap"] for one in known.json()}["dina"] == 2


@pytest.mark.parametrize(
    ("role", "path"), [(Role.COORDINATOR, f"s/{OURS}/report"), (Role.DISTRICT_LEAD, "district")]
)
async def test_the_span_of_a_report(stage: Stage, role: Role, path: str) -> None:
    school_id = OURS if role is Role.COORDINATOR else "*"
    async with hands(
        stage, f"{stage.origin}/evaluation/{path}", stage.signed_in(role, school_id)
    ) as reader:
        before = await reader.page.input_value("#span")
        await reader.press("#span", "ArrowDown")
        chosen = await reader.page.input_value("#span")
        assert chosen and chosen != before
        await reader.sends("main form[method=get] button")
        assert (
            f"span={chosen}" in reader.page.url and await reader.page.input_value("#span") == chosen
        )


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.DISTRICT_LEAD, Role.OPERATOR])
async def test_those_who_look_after_it(stage: Stage, role: Role) -> None:
    """From the list of one's work to each page of it, and out."""
    school_id = OURS if role is Role.COORDINATOR else "*"
    home = f"{stage.origin}/evaluation/home"
    async with hands(stage, home, stage.signed_in(role, school_id)) as somebody:
        places = await somebody.page.locator("main nav a").evaluate_all(
            "all => all.map(one => one.getAttribute('href'))"
        )
        for place in places:
            await somebody.page.goto(home)
            await somebody.sends(f"main nav a[href='{place}']")
            assert somebody.page.url == f"{stage.origin}{place}"
        await somebody.does("/signout")
        assert somebody.page.url.endswith("/signin/out")
