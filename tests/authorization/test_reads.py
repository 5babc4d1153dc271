"""What each route that somebody reads by asks of the stores: few questions, the same ones at one
school as among a thousand.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from authorization.district_fixture import OURS, SERVICES, Things, World, world_of
from authorization.permission_matrix import RIGHTS, Right
from noise_schools import other_schools
from sebaya_chassis.storage import schools
from sebaya_intake import coverage
from servers import Servers
from store_commands import commands, examined

SCHOOLS = 1_000
# A reader waits for each of these in turn; an audited reading is a transaction with its entry and
# the chain's head.
QUESTIONS = 4
AUDITED = 8
READS = [
    right
    for right in RIGHTS
    if right.method == "GET" and right.path != "/feedback-form" and not right.district
]


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one reading: the commands in their order, and what the server looked at for them."""

    sent: tuple[str, ...]
    keys: int
    documents: int
    bytes: int
    whole_collections: tuple[str, ...]


async def cost(world: World, right: Right, things: Things, headers: Mapping[str, str]) -> Cost:
    database = world.runtimes[right.service].database
    async with examined(database) as seen:
        with commands(database) as sent:
            answer = await world.knock(right, things, headers)
        assert answer.status_code == 200, (right, answer.text)
    asked = tuple(one for one in sent if "system.profile" not in one)
    return Cost(
        asked,
        seen.keys,
        seen.total("docsExamined"),
        seen.total("responseLength"),
        tuple(seen.whole_collections),
    )


async def every_reading(world: World, things: Things) -> dict[str, Cost]:
    found = {}
    for right in READS:
        for who in sorted(right.who - {"nobody"}):
            found[f"{right.service} {right.path} {who}"] = await cost(
                world, right, things, world.credentials(who, things, service=right.service)
            )
    return found


async def test_a_reading_costs_the_same_at_one_school_as_among_a_thousand(
    servers: Servers, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each route, for everybody who may: commands, keys, documents and bytes."""
    for module in (schools, coverage):
        monkeypatch.setattr(module, "FRESH_SECONDS", 600.0)
    async with world_of(servers, prefix) as world:
        things = await world.furnish(OURS)
        await world.write_plan(things)
        await every_reading(
            world, things
        )  # so that what is kept in memory is there, and each chain has its head
        alone = await every_reading(world, things)
        for service in SERVICES:
            database = world.runtimes[service].database
            names = [
                name
                for name in await database.list_collection_names()
                if name not in {"meta", "parked", "system.profile"}
            ]
            await other_schools(database, names, SCHOOLS, like=OURS)
        among = await every_reading(world, things)
    for name, there in among.items():
        assert there.sent == alone[name].sent, name
        assert len(there.sent) <= (AUDITED if "commitTransaction" in there.sent else QUESTIONS), (
            name,
            there.sent,
        )
        assert there.whole_collections == (), name
        # The audited readings before it made the chain longer.
        longer = len(among) if name.startswith("escalation") and "/audit" in name else 0
        assert there.keys <= alone[name].keys + longer, name
        assert there.documents <= alone[name].documents + longer, name
        assert there.bytes <= alone[name].bytes * (1.05 if not longer else 3), name
