"""The end of a match closes its thread to the peer: the page, the way in for programs, and the
writing; whoever ended it.
"""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio

from authorization.crawler import PAGE, TOKEN, Visitor, one_origin, signed_in
from authorization.district_fixture import OURS, PEER, World, key, world_of
from authorization.permission_matrix import CLOSING
from authorization.seeded_school import Lived
from sebaya_contracts.words import Role
from servers import Servers
from support import own_prefix

pytestmark = pytest.mark.asyncio(loop_scope="module")

WORDS = "zqwords"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lived(servers: Servers) -> AsyncIterator[Lived]:
    async with own_prefix(servers) as prefix, world_of(servers, prefix) as world:
        made = Lived(world, lambda place: f"{WORDS} {place}")
        await made.begin()
        await made.enrol(PEER)
        yield made


async def doors(world: World, peer: Visitor, case_id: str) -> list[int]:
    """What the peer gets at each way to the words."""
    page, program = (
        f"/intake/s/{OURS}/cases/{case_id}",
        f"/intake/schools/{OURS}/cases/{case_id}/messages",
    )
    async with one_origin(world) as web:
        form = {"token": TOKEN, "key": key()["Idempotency-Key"], "text": "Halo."}
        answers = [
            await web.get(page, headers=peer.sent(**PAGE)),
            await web.post(page, headers=peer.sent(**PAGE), data=form),
            await web.get(program, headers=peer.sent()),
            await web.post(program, headers=peer.sent(**key()), json={"text": "Halo."}),
        ]
    shut = [answer for answer in answers if answer.status_code == 404]
    assert not any(WORDS in answer.text for answer in shut)
    return [answer.status_code for answer in answers]


async def by_student(lived: Lived, act: str, method: str = "POST") -> None:
    """In intake itself: nothing has to arrive there first."""
    await lived.sends(
        "intake", method, f"/me{act}", headers={"Return-Code": lived.things.return_code}
    )


async def by_peer(lived: Lived, end: str) -> None:
    await lived.sends(
        "matching",
        "POST",
        f"/matches/{lived.things.match_id}/close",
        Role.SUPPORTER,
        json={"end": end},
    )
    await lived.world.settle()


async def by_counsellor(lived: Lived) -> None:
    await lived.alarm()
    alert = f"/alerts/{lived.things.alert_id}"
    version = (await lived.sends("escalation", "GET", alert, Role.COUNSELLOR))["signals_version"]
    closing = CLOSING | {"peer_may_continue": False, "version": version}
    await lived.sends("escalation", "POST", f"{alert}/acknowledge", Role.COUNSELLOR)
    await lived.sends("escalation", "POST", f"{alert}/close", Role.COUNSELLOR, json=closing)
    await lived.world.settle()


ENDS: dict[str, Callable[[Lived], Awaitable[None]]] = {
    "the student asks for somebody else": lambda lived: by_student(lived, "/rematch"),
    "the student takes the request back": lambda lived: by_student(lived, "/withdraw"),
    "the student erases everything": lambda lived: by_student(lived, "", "DELETE"),
    "the peer is finished": lambda lived: by_peer(lived, "completed"),
    "it is too heavy for the peer": lambda lived: by_peer(lived, "supporter_left"),
    "the counsellor keeps the case": by_counsellor,
}


@pytest.mark.parametrize("end", ENDS)
async def test_after_its_end_a_match_opens_nothing(lived: Lived, end: str) -> None:
    world = lived.world
    await lived.opened()
    await world.take(lived.things)
    peer = signed_in(world, Role.SUPPORTER, OURS)
    assert await doors(world, peer, lived.things.case_id) == [200, 303, 200, 202]
    await ENDS[end](lived)
    assert await doors(world, peer, lived.things.case_id) == [404, 404, 404, 404]
    await world.settle()
    assert await doors(world, peer, lived.things.case_id) == [404, 404, 404, 404]
