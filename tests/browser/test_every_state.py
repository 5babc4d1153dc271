"""Every page in every state, on a telephone: full, empty, with hidden numbers, refused, and with a form that lacks something."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from browser.people import Person
from browser.stage import Stage, staged
from sebaya_contracts.district import SchoolDefined
from sebaya_contracts.words import Role
from servers import Servers
from strangers.walk import Seen, Visitor, Walk, for_programs, one_origin, routes, visitors
from strangers.world import OURS, SERVICES, THEIRS, Things, school

pytestmark = pytest.mark.asyncio(loop_scope="module")

ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|ey[\w.-]{30,}")
# Two pages of the same elements are one to whoever looks for faults in them.
SHAPE = re.compile(r'<(\w+)[^>]*?(?: type="(\w+)")?[^>]*?(?: class="([^"]*)")?[^>]*>')
# A form that asks for words or a choice. Sent empty it is refused, and says what is missing.
ASKING = "main form:has(textarea, input[type=text], input[type=radio])"


@dataclass(frozen=True, slots=True)
class State:
    """One page as one visitor finds it."""

    visitor: Visitor
    address: str
    status: int


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(servers: Servers) -> AsyncIterator[Stage]:
    async with staged(servers) as made:
        await made.lived.live()
        for service in SERVICES:
            await made.world.applied(service, SchoolDefined(school_id=THEIRS, school=school(THEIRS)), subject=THEIRS)
        yield made


async def states(stage: Stage) -> list[State]:
    """Each shape once: everybody at the school where everything has happened, and staff at one where nothing has."""
    found: dict[object, State] = {}
    async with one_origin(stage.world) as web:
        lived = Walk(web, pages(stage, stage.lived.things) + stage.lived.addresses())
        empty = Walk(web, pages(stage, Things(THEIRS, case_id="x", match_id="x", alert_id="x")))
        staff = [stage.signed_in(role, THEIRS) for role in (Role.SUPPORTER, Role.COUNSELLOR, Role.COORDINATOR)]
        for walk, people in ((lived, visitors(stage.world, stage.lived.things)), (empty, [Visitor("nobody"), *staff])):
            for visitor in people:
                for seen in filter(is_whole, await walk.of(visitor)):
                    found.setdefault(tuple(SHAPE.findall(seen.text)), State(visitor, seen.address, seen.status))
    return list(found.values())


def pages(stage: Stage, things: Things) -> list[str]:
    return [address for address in routes(stage.world, things) if not for_programs(address)]


def is_whole(seen: Seen) -> bool:
    return seen.is_page and "<html" in seen.text


async def fit(somebody: Person, where: object) -> None:
    assert await somebody.faults() == [], where
    assert await somebody.fits(), where


async def test_every_page_is_fit_to_be_used_in_every_state(stage: Stage) -> None:
    """No grave fault for axe, nothing that sticks out at 360 px, nothing that our own policy forbids."""
    tried, forms, found = 0, set(), await states(stage)
    for who in dict.fromkeys(state.visitor for state in found):
        context = await stage.browser_of(who, phone=True)
        somebody = await Person.at(context)
        for state in (state for state in found if state.visitor is who):
            await somebody.page.goto(f"{stage.origin}{state.address}")
            await fit(somebody, (who.who, state.address))
            tried += 1
            for action in await somebody.page.locator(ASKING).evaluate_all("all => all.map(form => form.getAttribute('action'))"):
                if state.status == 200 and (form := ID.sub("x", action or state.address)) not in forms:
                    forms.add(form)
                    await somebody.page.goto(f"{stage.origin}{state.address}")
                    await sent_empty(somebody, action)
                    await fit(somebody, (who.who, "refused", form))
        assert somebody.troubles == []
        await context.close()
    assert {state.status for state in found} >= {200, 401, 403, 404}
    assert tried > 25 and len(forms) >= 6, (tried, forms)


async def sent_empty(somebody: Person, action: str | None) -> None:
    form = somebody.page.locator(f"form[action='{action}']" if action else ASKING)
    async with somebody.page.expect_navigation() as answered:
        await form.evaluate("form => form.requestSubmit()")
    answer = await answered.value
    assert answer is not None and 400 <= answer.status < 500, (action, answer and answer.status)
    assert await somebody.page.locator("[role=alert], .fault").count(), f"what is missing in {action} is said"


async def test_live_view_silently_stale(stage: Stage) -> None:
    """The counsellor's queue says that it is not live once no answer comes, and stops saying so when they come again."""
    context = await stage.browser_of(stage.signed_in(Role.COUNSELLOR, OURS))
    page = await context.new_page()
    await page.clock.install()
    await page.goto(f"{stage.origin}/escalation/s/{OURS}/alerts")
    late, answers = page.locator(".not-live").first, "**/alerts/live"
    assert not await late.is_visible()
    await page.route(answers, lambda route: route.abort())
    await page.clock.fast_forward(20_000)
    await late.wait_for(state="visible")
    await page.unroute(answers)
    await page.clock.fast_forward(6_000)
    await late.wait_for(state="hidden")
    await context.close()
