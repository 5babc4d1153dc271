"""Every page in every state, on a telephone: full, empty, with hidden numbers, refused, and with a
form that lacks something.

What a school lives through is told in moments; after each of them everybody walks through all that
they can open, and every page whose form nobody has seen yet is opened in a browser. A page or a
form that no moment leads to fails the test by its name.
"""

import re
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
import pytest_asyncio

from authorization.crawler import (
    OF_THE_DISTRICT,
    Seen,
    Visitor,
    Walk,
    for_programs,
    one_origin,
    routes,
    visitors,
)
from authorization.district_fixture import OURS, SERVICES, THEIRS, Things, school
from authorization.permission_matrix import pages as pages_of
from browser.people import Person
from browser.stage import Stage, staged
from sebaya_contracts.district import SchoolDefined
from sebaya_contracts.words import Role
from servers import Servers

pytestmark = pytest.mark.asyncio(loop_scope="module")

# Two pages of the same elements are one to whoever looks for faults in them.
SHAPE = re.compile(r'<(\w+)[^>]*?(?: type="(\w+)")?[^>]*?(?: class="([^"]*)")?[^>]*>')
# A form that asks for words, a number or a choice. Sent empty, or with a number that nobody means,
# it is refused, and says what is wrong.
ASKING = (
    "main form[method=post]:has(textarea, input[type=text], input[type=number], "
    "input[type=radio], input[type=datetime-local], option[value=''])"
)
SEND_WRONG = (
    "form => { for (const number of form.querySelectorAll('[type=number]')) number.value "
    "= '9999'; for (const time of form.querySelectorAll('[type=datetime-local]')) time.value = ''; "
    "form.requestSubmit(); }"
)
NO_SPAN = f"/evaluation/s/{OURS}/report?span=2026-01_2026-05"
# The provider alone leads to the one (integration/chassis/test_signin.py); the other is no page.
NOT_WALKED = {"/signin/done", "/static/{name}"}
# Left empty they say that nothing is wished for, and that a page of questions was left out.
NOTHING_TO_MISS = {"/s/{school_id}/me/wishes", "/s/{school_id}/questions/{wave_token}"}
# What has a button and nothing to fill in, or nothing that could be missing.
ONE_TAP = {
    *(
        "/language",
        # The provider's own; no page leads there.
        "/signin/backchannel-logout",
        "/signout",
        "/signout/{ticket}",
        "/s/{school_id}/leave",
        "/s/{school_id}/mine/here",
        "/s/{school_id}/requests/{group_id}/undo",
        "/s/{school_id}/mine/hours",
        "/s/{school_id}/mine/{match_id}/known",
        "/s/{school_id}/alerts/{alert_id}/step-out",
        "/s/{school_id}/alerts/{alert_id}/take-over",
        "/s/{school_id}/me/first-words",
        "/s/{school_id}/me/found/away",
        "/s/{school_id}/me/plan/away",
        "/s/{school_id}/debriefs/{supporter_id}/held",
        "/s/{school_id}/cases/{case_id}/separate",
        "/s/{school_id}/me/wishes",
        "/s/{school_id}/questions/{wave_token}",
        "/s/{school_id}/return/adult",
    ),
    *(
        f"/s/{{school_id}}/me/{act}"
        for act in ("adult", "rematch", "withdraw", "erase", "feedback", "questions")
    ),
    *(
        f"/s/{{school_id}}/mine/{act}"
        for act in (
            "pause",
            *(
                f"{{match_id}}/{act}"
                for act in ("accept", "decline", "meetings", "close", "too-heavy")
            ),
        )
    ),
    *(f"/s/{{school_id}}/alerts/{{alert_id}}/{act}" for act in ("acknowledge", "contact")),
    *(f"/s/{{school_id}}/shifts/{{change_id}}/{act}" for act in ("accept", "decline")),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(servers: Servers) -> AsyncIterator[Stage]:
    async with staged(servers) as made:
        yield made


async def moments(stage: Stage) -> AsyncIterator[list[Visitor]]:
    """What a school lives through, and whose pages change by it."""
    lived, world, things = stage.lived, stage.world, stage.lived.things
    await lived.live()
    yield visitors(world, things)
    await lived.sends(
        "intake",
        "POST",
        "/me/report",
        json={"reason": "hurtful"},
        headers={"Return-Code": things.return_code},
    )
    await world.settle()
    await world.take_alert(things)
    await world.write_plan(things)
    await world.ask_who(things)
    await world.offer_shift(things)
    await world.matching_round.match_waiting(OURS)
    await lived.sends(
        "escalation",
        "POST",
        "/shifts/changes",
        Role.COUNSELLOR,
        json={"at": datetime.now(UTC).isoformat(), "to": "sari"},
    )
    await world.settle()
    yield at_the_school(stage)
    at = f"/alerts/{things.alert_id}"
    await lived.sends(
        "escalation",
        "POST",
        f"{at}/identity/answer",
        Role.COORDINATOR,
        json={"answer": "not_known"},
    )
    await lived.sends("escalation", "POST", f"{at}/hand-over", Role.COUNSELLOR, json={"to": "sari"})
    await lived.sends(
        "escalation", "POST", f"/shifts/changes/{things.change_id}/accept", Role.COUNSELLOR
    )
    await lived.sends("matching", "POST", "/supporters/me/pause", Role.SUPPORTER)
    await world.set_aside(things)
    await world.settle()
    yield at_the_school(stage)
    await lived.closed()
    await lived.sends("intake", "POST", "/me/withdraw", headers={"Return-Code": things.return_code})
    await world.settle()
    yield at_the_school(stage)


def at_the_school(stage: Stage) -> list[Visitor]:
    return [
        one
        for one in visitors(stage.world, stage.lived.things)
        if one.who not in {"nobody", *OF_THE_DISTRICT}
    ]


@dataclass(slots=True)
class Tried:
    """What was opened in a browser."""

    stage: Stage
    shapes: set[object] = field(default_factory=set)
    statuses: set[int] = field(default_factory=set)
    opened: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)

    async def at(self, people: Iterable[Visitor], things: Things, *more: str) -> None:
        """Everybody at everything of these things; what is new is looked at."""
        addresses = [
            address for address in routes(self.stage.world, things) if not for_programs(address)
        ]
        async with one_origin(self.stage.world) as web:
            walk = Walk(web, [*addresses, *more])
            for visitor in people:
                await self._look(
                    visitor, [one for one in await walk.of(visitor) if self._is_new(one)]
                )

    def _is_new(self, seen: Seen) -> bool:
        route = route_of(seen.address, "GET")
        if seen.status < 400:
            self.opened.add(route)
        if not (seen.is_page and "<html" in seen.text):
            return False
        # Refusals look alike wherever they come from.
        shape = (route if seen.status == 200 else "", *SHAPE.findall(seen.text))
        known = shape in self.shapes
        self.shapes.add(shape)
        return not known

    async def _look(self, visitor: Visitor, states: list[Seen]) -> None:
        context = await self.stage.browser_of(visitor, phone=True)
        somebody = await Person.at(context)
        for state in states:
            self.statuses.add(state.status)
            await somebody.page.goto(f"{self.stage.origin}{state.address}")
            await fit(somebody, (visitor.who, state.address))
            if state.status == 200:
                await self._forms(somebody, state)
        assert somebody.troubles == [], visitor.who
        await context.close()

    async def _forms(self, somebody: Person, state: Seen) -> None:
        for action in await somebody.page.locator(ASKING).evaluate_all(
            "all => all.map(form => form.getAttribute('action'))"
        ):
            form = route_of(action or state.address, "POST")
            if form not in self.refused | NOTHING_TO_MISS:
                self.refused.add(form)
                await somebody.page.goto(f"{self.stage.origin}{state.address}")
                await sent_wrong(somebody, action)
                await fit(somebody, ("refused", form))


def route_of(address: str, method: str) -> str:
    """The route that answers an address: of those that fit, the one with the most words of its
    own.
    """
    _, service, *parts = address.partition("?")[0].split("/")
    fitting = [
        route
        for way, route in pages_of(service)
        if way == method and fits(route.split("/")[1:], parts)
    ]
    return max(fitting, key=lambda route: -route.count("{"), default="")


def fits(route: list[str], parts: list[str]) -> bool:
    return len(route) == len(parts) and all(
        name.startswith("{") or name == part for name, part in zip(route, parts, strict=True)
    )


async def fit(somebody: Person, where: object) -> None:
    assert await somebody.faults() == [], where
    assert await somebody.fits(), where


async def sent_wrong(somebody: Person, action: str | None) -> None:
    form = somebody.page.locator(f"form[action='{action}']" if action else ASKING)
    async with somebody.page.expect_navigation() as answered:
        await form.evaluate(SEND_WRONG)
    answer = await answered.value
    assert answer is not None and 400 <= answer.status < 500, (action, answer and answer.status)
    assert await somebody.page.locator("[role=alert], .fault").count(), (
        f"what is missing in {action} is said"
    )


async def test_every_page_is_fit_to_be_used_in_every_state(stage: Stage) -> None:
    """No grave fault for axe, nothing that sticks out at 360 px, nothing that our own policy
    forbids.
    """
    tried = Tried(stage)
    async for people in moments(stage):
        await tried.at(people, stage.lived.things, *stage.lived.addresses(), NO_SPAN)
    for service in SERVICES:
        await stage.world.applied(
            service, SchoolDefined(school_id=THEIRS, school=school(THEIRS)), subject=THEIRS
        )
    staff = [
        stage.signed_in(role, THEIRS)
        for role in (Role.SUPPORTER, Role.COUNSELLOR, Role.COORDINATOR)
    ]
    await tried.at(
        [Visitor("nobody"), *staff], Things(THEIRS, case_id="x", match_id="x", alert_id="x")
    )
    assert tried.statuses >= {200, 401, 403, 404, 422}
    asked = {
        method: {route for service in SERVICES for way, route in pages_of(service) if way == method}
        for method in ("GET", "POST")
    }
    assert asked["GET"] - tried.opened == NOT_WALKED
    assert asked["POST"] - tried.refused == ONE_TAP
    await the_last_words(stage)


async def the_last_words(stage: Stage) -> None:
    """Two pages that answer what cannot be done again: how it went, and everything erased."""
    student = next(one for one in visitors(stage.world, stage.lived.things) if one.who == "student")
    context = await stage.browser_of(student, phone=True)
    somebody = await Person.at(context)
    link = stage.world.credentials("student", stage.lived.things, service="evaluation")[
        "Feedback-Token"
    ]
    await somebody.page.goto(stage.at("evaluation", f"/feedback/{link}"))
    await somebody.page.check("[name=heard][value='5']")
    await somebody.page.click("main form button.button")
    await fit(somebody, "thanks")
    token = stage.world.wave_token(stage.lived.things)
    await somebody.page.goto(stage.at("evaluation", f"/questions/{token}"))
    await somebody.page.click("button[value=on]")
    await fit(somebody, "second page of questions")
    await somebody.page.click("button[value=on]")
    await somebody.page.click("button[value=on]")
    await fit(somebody, "no question answered")
    assert await somebody.page.locator("[role=alert]").count() == 1
    await somebody.page.goto(stage.at("intake", "/me/erase"))
    await somebody.page.click("main form button")
    assert await somebody.page.locator("form").count() > 0
    await fit(somebody, "erased")
    assert somebody.troubles == []
    await context.close()


async def test_live_view_silently_stale(stage: Stage) -> None:
    """The counsellor's queue says that it is not live once no answer comes, and stops saying so
    when they come again.
    """
    await stage.world.applied(
        "escalation", SchoolDefined(school_id=OURS, school=school(OURS)), subject=OURS
    )
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
