"""Roles by a table: each cell tried, and no route outside it."""

from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from fastapi.routing import iter_route_contexts

from authorization.district_fixture import OURS, SERVICES, THEIRS, World, furnished, key
from authorization.permission_matrix import (
    KNOCKERS,
    OUTSIDE_THE_DOCUMENT,
    RIGHTS,
    STAFF,
    Right,
    markdown,
    pages,
)
from sebaya_chassis.web.routes import Route
from servers import Servers
from support import methods_and_paths

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROLES_PAGE = Path(__file__).parents[2] / "docs" / "roles.md"
# What a refusal of rights looks like; anything else means that the knocker was let in and met the
# state of the thing.
SHUT = {401, 403}


def routes_of(world: World, service: str) -> set[tuple[str, str]]:
    """From the router, whatever the document says."""
    return {
        (method, path)
        for method, path in methods_and_paths(world.apps[service])
        if method != "HEAD"
    }


async def test_every_route_has_its_line_in_the_table(world: World) -> None:
    for service in SERVICES:
        named = {(right.method, right.path) for right in RIGHTS if right.service == service}
        documented = {
            (method.upper(), path)
            for path, item in world.apps[service].openapi()["paths"].items()
            for method in item
            if method != "parameters"
        }
        there = routes_of(world, service)
        assert documented == named
        assert named <= there, "the router shows its routes"
        assert {
            (method, path) for method, path in there if path not in OUTSIDE_THE_DOCUMENT
        } == named | pages(service)
        answered = {
            path
            for path in OUTSIDE_THE_DOCUMENT
            if (await world.web[service].get(path)).status_code != 404
        }
        assert answered == OUTSIDE_THE_DOCUMENT


async def test_every_body_is_read_by_a_route_that_refuses_a_field_named_twice(world: World) -> None:
    for service in SERVICES:
        with_body = [
            route
            for route in iter_route_contexts(world.apps[service].routes)
            if getattr(route.original_route, "body_field", None) is not None
        ]
        assert with_body
        assert [
            route.path for route in with_body if not isinstance(route.original_route, Route)
        ] == []


async def test_the_page_of_roles_shows_the_table() -> None:
    assert markdown() in ROLES_PAGE.read_text()


async def test_each_cell_is_as_the_table_says(servers: Servers, prefix: str) -> None:
    """Those who may are let in (what they meet then is the thing's own state); all others get 401
    or 403, and change nothing.
    """
    async with furnished(servers, prefix) as world:
        await _try_each_cell(world)


async def _try_each_cell(world: World) -> None:
    ours = world.things[OURS]
    allowed = [(right, who) for right in RIGHTS for who in KNOCKERS if who in right.who]
    refused = [(right, who) for right in RIGHTS for who in KNOCKERS if who not in right.who]
    before = await world.picture(OURS)
    wrong = []
    for right, who in refused:
        answer = await world.knock(
            right,
            ours,
            world.credentials(who, ours, at="*" if right.district else None, service=right.service),
        )
        expected = 401 if who == "nobody" or who == "student" else 403
        if right.path.endswith("/me") or "/me/" in right.path:
            expected = 401 if right.service == "intake" or who in {"nobody", "student"} else 403
        if answer.status_code != expected:
            wrong.append((right.service, right.method, right.path, who, answer.status_code))
    assert wrong == []
    assert await world.picture(OURS) == before
    assert await _shut_to_the_allowed(world, allowed) == []


async def _shut_to_the_allowed(world: World, allowed: list[tuple[Right, str]]) -> list[object]:
    """Reading comes first, erasing last, so that each knocker finds the thing that the line is
    about.
    """
    ours, wrong = world.things[OURS], []
    await world.write_plan(ours)
    order = {"GET": 0, "POST": 1, "PUT": 1, "PATCH": 1, "DELETE": 2}
    for right, who in sorted(allowed, key=lambda cell: order[cell[0].method]):
        answer = await world.knock(
            right,
            ours,
            world.credentials(who, ours, at="*" if right.district else None, service=right.service),
        )
        if (
            answer.status_code in SHUT
            or answer.status_code >= 500
            or (answer.status_code == 404 and right.method == "GET")
        ):
            wrong.append((right.service, right.method, right.path, who, answer.status_code))
    return wrong


async def test_a_whole_district_is_open_only_to_those_who_act_for_it(world: World) -> None:
    """A role at one school, even at each of them, is none in the district."""
    for right in (right for right in RIGHTS if right.district):
        for role, schools in product(STAFF, ((OURS,), (OURS, THEIRS))):
            answer = await world.knock(right, world.things[OURS], world.bearer(role, *schools))
            assert answer.status_code == 403, (right, role)


async def test_nobody_gives_themselves_a_role_or_a_school(world: World) -> None:
    """Roles and schools come from the token's own claims: nothing that is sent beside it counts."""
    ours = world.things[OURS]
    dressed = {
        "X-Roles": "operator,counsellor",
        "X-Role": "operator",
        "X-School": THEIRS,
        "X-School-Id": THEIRS,
        "Role": "operator",
    }
    asked = {
        "roles": "operator",
        "role": "counsellor",
        "schools": "*",
        "school_id": THEIRS,
        "person_id": "sari",
    }
    before = await world.picture(OURS), await world.picture(THEIRS)
    for right in RIGHTS:
        if "coordinator" in right.who or right.district or right.who == frozenset(KNOCKERS):
            continue
        answer = await world.knock(
            right, ours, world.bearer("coordinator", OURS) | dressed, params=asked
        )
        assert answer.status_code in SHUT, right
        if isinstance(right.body, dict):
            claimed = replace(right, body={**right.body, **asked})
            assert (
                await world.knock(claimed, ours, world.bearer("coordinator", OURS) | dressed)
            ).status_code in SHUT | {422}, right
    assert (await world.picture(OURS), await world.picture(THEIRS)) == before


async def test_claims_with_other_names_are_no_roles(world: World) -> None:
    claims = {
        "role": "counsellor",
        "groups": ["counsellor"],
        "realm_access": {"roles": ["counsellor"]},
        "school_id": OURS,
    }
    for right in RIGHTS:
        if right.district or right.who == frozenset(KNOCKERS):
            continue
        answer = await world.knock(
            right, world.things[OURS], world.bearer("operator", THEIRS, **claims)
        )
        assert answer.status_code in {401, 404}, right


async def test_a_supporter_changes_no_state_but_by_a_pause(world: World) -> None:
    """Applied, trained, certified, active again, cap, topics: a coordinator's decisions, about
    others and about oneself.
    """
    ours = world.things[OURS]
    mine = f"/schools/{OURS}/supporters/{ours.supporter_id}"
    before = await world.picture(OURS)
    for change in (
        {"state": "active"},
        {"cap": 10},
        {"certified_until": "2099-01-01T00:00:00Z"},
        {"topics": ["grief"]},
    ):
        assert (
            await world.web["matching"].patch(
                mine, json=change, headers=world.bearer("supporter", OURS)
            )
        ).status_code == 403
    enrolled = {
        "supporter_id": "me-too",
        "display_name": "X",
        "topics": ["grief"],
        "languages": ["id"],
    }
    answer = await world.web["matching"].post(
        f"/schools/{OURS}/supporters", json=enrolled, headers=world.bearer("supporter", OURS)
    )
    assert answer.status_code == 403
    assert await world.picture(OURS) == before


async def test_a_peer_of_the_same_school_has_nothing_of_another_peers(world: World) -> None:
    """One's own match only: neither its words nor its end belong to a colleague."""
    ours = world.things[OURS]
    await world.enrol(ours, "peer-2")
    colleague = world.bearer("supporter", OURS, person_id="peer-2")
    before = await world.picture(OURS)
    for right in RIGHTS:
        if "supporter" in right.who and (
            "{match_id}" in right.path
            or "{case_id}" in right.path
            or right.path.endswith("/feedback")
        ):
            assert (await world.knock(right, ours, colleague)).status_code == 404, right
    assert await world.picture(OURS) == before
    for path in ("offers", "matches"):
        assert (
            await world.web["matching"].get(f"/schools/{OURS}/{path}", headers=colleague)
        ).json() == []


async def test_no_door_changes_a_schools_file(world: World) -> None:
    """It is changed by the operator's command alone; over HTTP there is no way to write it,
    whatever the method.
    """
    before = await world.picture(OURS)
    for service in SERVICES:
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            for path in (
                f"/schools/{OURS}",
                "/schools",
                f"/schools/{OURS}/staff",
                f"/schools/{OURS}/policies",
            ):
                headers = world.bearer("operator", "*") | key()
                answer = await world.web[service].request(
                    method, path, json={"school_id": OURS, "staff": []}, headers=headers
                )
                assert answer.status_code in {404, 405}, (service, method, path)
    assert await world.picture(OURS) == before
