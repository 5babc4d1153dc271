"""Signing out ends a session at all four services: a copy of the cookie opens nothing."""

import pytest
from pymongo import AsyncMongoClient

from authorization.crawler import PAGE, TOKEN, Visitor, everything_stored, one_origin, signed_in
from authorization.district_fixture import OURS, SERVICES, World
from authorization.permission_matrix import STAFF_PAGES
from sebaya_chassis.storage.database import Document
from sebaya_chassis.storage.sessions import SessionStore
from sebaya_chassis.web.pages.staff_sessions import COOKIE, Sessions
from sebaya_contracts.words import Role
from staff_session import stored_sessions

pytestmark = pytest.mark.asyncio(loop_scope="module")

FORM = {"token": TOKEN}


def pages_of(who: str) -> list[str]:
    """The pages that open to such a one at one school, as a template of their address."""
    return [
        f"/{page.service}{page.path}"
        for page in STAFF_PAGES
        if page.method == "GET" and who in page.who and page.path.startswith("/s/{school_id}")
    ]


async def opened(world: World, visitor: Visitor) -> dict[str, int]:
    """What each of their pages answers."""
    names = world.things[OURS].names()
    async with one_origin(world) as web:
        return {
            page: (await web.get(page.format(**names), headers=visitor.sent(**PAGE))).status_code
            for page in pages_of(visitor.who)
        }


async def signs_out(world: World, visitor: Visitor, service: str) -> list[str]:
    """As the browser does: by the button, and on to wherever each answer leads. Gives the way."""
    async with one_origin(world) as web:
        answer = await web.post(f"/{service}/signout", data=FORM, headers=visitor.sent(**PAGE))
        cleared = [
            one
            for one in answer.headers.get_list("set-cookie")
            if one.startswith(f'{COOKIE}=""') and "Max-Age=0" in one
        ]
        assert cleared, "this browser is signed out by the first answer"
        way = []
        while answer.status_code == 307:
            way.append(answer.headers["location"])
            answer = await web.post(way[-1], data=FORM, headers=Visitor("nobody").sent(**PAGE))
    assert (answer.status_code, answer.headers["location"]) == (303, f"/{service}/signin/out")
    return way


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("role", [Role.SUPPORTER, Role.COUNSELLOR, Role.COORDINATOR])
async def test_a_copied_cookie_opens_nothing_after_the_sign_out(
    world: World, service: str, role: Role
) -> None:
    """Wherever the button was pressed; another session of the same person goes on."""
    stolen, elsewhere = signed_in(world, role, OURS), signed_in(world, role, OURS)
    assert set((await opened(world, stolen)).values()) == {200}
    way = await signs_out(world, stolen, service)
    assert [step.split("/")[1] for step in way] == [service], "one write ends it everywhere"
    assert set((await opened(world, stolen)).values()) == {401}
    assert set((await opened(world, elsewhere)).values()) == {200}


async def test_a_session_leaves_the_store_when_it_ends(world: World) -> None:
    rows = stored_sessions(world.apps["intake"])
    assert rows.index_information()["until_1"]["expireAfterSeconds"] == 0
    visitor = signed_in(world, Role.COUNSELLOR, OURS)
    before = rows.count_documents({})
    await signs_out(world, visitor, "evaluation")
    assert rows.count_documents({}) == before - 1


async def test_only_a_sign_out_makes_a_ticket_and_only_a_button_uses_it(world: World) -> None:
    visitor = signed_in(world, Role.COUNSELLOR, OURS)
    before = await everything_stored(world)
    async with one_origin(world) as web:
        answer = await web.post("/escalation/signout", data=FORM, headers=visitor.sent(**PAGE))
        ticket = answer.headers["location"]
        for address in (
            ticket[:-3] + "AAA",
            f"/escalation/signout/{visitor.cookies[COOKIE]}",
            "/escalation/signout/x",
        ):
            assert (
                await web.post(address, data=FORM, headers=visitor.sent(**PAGE))
            ).status_code == 403
        for _ in range(3):
            assert (await web.get(ticket, headers=visitor.sent(**PAGE))).status_code == 405
    assert await everything_stored(world) == before
    assert set((await opened(world, visitor)).values()) == {200}


async def test_while_the_store_is_away_nobody_is_let_in_and_the_button_may_be_pressed_again(
    world: World,
) -> None:
    """A driver that finds no server, for the sessions alone: what it cannot say must not count as
    "not signed out".
    """
    visitor = signed_in(world, Role.COUNSELLOR, OURS)
    app = world.apps["escalation"]
    sessions: Sessions = app.state.sessions
    known = sessions.store
    async with (
        AsyncMongoClient[Document]("mongodb://127.0.0.1:1", serverSelectionTimeoutMS=50) as nowhere,
        one_origin(world) as web,
    ):
        sessions.store = SessionStore(nowhere["none"])
        try:
            shut = await web.get(f"/escalation/s/{OURS}/alerts", headers=visitor.sent(**PAGE))
            answer = await web.post("/escalation/signout", data=FORM, headers=visitor.sent(**PAGE))
            ticket = answer.headers["location"]
            failed = await web.post(ticket, data=FORM, headers=Visitor("nobody").sent(**PAGE))
        finally:
            sessions.store = known
        assert (shut.status_code, failed.status_code) == (503, 503)
        assert f'action="{ticket}"' in failed.text, "the page offers to try once more"
        again = await web.post(ticket, data=FORM, headers=Visitor("nobody").sent(**PAGE))
        assert again.status_code == 303
    assert (await opened(world, visitor))["/escalation/s/{school_id}/alerts"] == 401
