"""One school never sees, changes or finds out about another's: every route, every way of naming a
school, every event.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
import pytest_asyncio

from authorization.district_fixture import OURS, THEIRS, Things, World, key
from authorization.permission_matrix import RIGHTS, STAFF
from conformance import matching
from cross_tenant import MOVES, PAST
from sebaya_chassis.service.runtime import Runtime
from sebaya_chassis.storage.tenant_guard import CrossesSchools
from sebaya_chassis.storage.tenant_store import SchoolStore
from sebaya_intake.code_rate_limit import COLLECTION
from servers import Servers
from support import environment

pytestmark = pytest.mark.asyncio(loop_scope="module")

OF_A_SCHOOL = [right for right in RIGHTS if "{school_id}" in right.path]
THINGS = ("case_id", "match_id", "alert_id", "supporter_id", "change_id", "group_id")
NAMED = [right for right in OF_A_SCHOOL if any(f"{{{name}}}" in right.path for name in THINGS)]
# What a school shows to whoever asks, and the way in: not a person's.
OPEN_TO_ALL = {"/schools/{school_id}", "/schools/{school_id}/cases"}


ME = "/schools/{school_id}/me"


def mixed(world: World) -> Things:
    """Our school in the path, their things behind it."""
    return replace(world.things[THEIRS], school_id=OURS)


async def test_no_token_of_ours_opens_anything_of_theirs(world: World) -> None:
    """Every route under their school with every role of ours: 404, as if the school were not there,
    and nothing changed.
    """
    theirs = world.things[THEIRS]
    before = await world.picture(THEIRS)
    for right in (right for right in OF_A_SCHOOL if right.path not in OPEN_TO_ALL):
        for role in STAFF:
            answer = await world.knock(right, theirs, world.bearer(role, OURS))
            # A student's own routes do not look at tokens at all.
            assert answer.status_code == (401 if right.path.startswith(ME) else 404), (right, role)
            tells_nothing(answer, theirs)
    assert await world.picture(THEIRS) == before


async def test_their_things_are_not_found_under_our_school(world: World) -> None:
    """The path names our school and their case, match, alert or supporter: 404, never 403, and
    nothing changed.
    """
    both = await world.picture(THEIRS), await world.picture(OURS)
    # The ids of supporters are a school's own words; see below.
    for right in (right for right in NAMED if "/supporters/{supporter_id}" not in right.path):
        for role in STAFF:
            answer = await world.knock(
                right, mixed(world), world.bearer(role, OURS, person_id="sari")
            )
            assert answer.status_code == (404 if role in right.who else 403), (right, role)
            tells_nothing(answer, world.things[THEIRS])
    assert (await world.picture(THEIRS), await world.picture(OURS)) == both


async def test_a_supporter_of_the_same_name_is_another_schools_own(world: World) -> None:
    """Both schools have a peer of this id: changing ours leaves theirs."""
    before = await world.picture(THEIRS)
    change = {"display_name": "Changed", "cap": 1}
    path = f"/schools/{OURS}/supporters/{world.things[OURS].supporter_id}"
    answer = await world.web["matching"].patch(
        path, json=change, headers=world.bearer("coordinator", OURS)
    )
    assert answer.json()["display_name"] == "Changed"
    assert await world.picture(THEIRS) == before


async def test_a_students_code_opens_nothing_at_another_school(world: World) -> None:
    theirs = world.things[THEIRS]
    before = await world.picture(THEIRS)
    tries = world.runtimes["intake"].database[COLLECTION]
    for right in (right for right in OF_A_SCHOOL if right.path.startswith(ME)):
        # There are more doors than tries.
        await tries.delete_many({})
        answer = await world.knock(
            right, replace(theirs, school_id=OURS), {"Return-Code": theirs.return_code}
        )
        assert answer.status_code == 404, right
        assert answer.json()["type"].endswith("unknown-return-code")
    link = world.credentials("student", theirs, service="evaluation")
    feedback = next(right for right in RIGHTS if right.path.endswith("/feedback"))
    assert (await world.knock(feedback, replace(theirs, school_id=OURS), link)).status_code == 401
    assert await world.picture(THEIRS) == before


async def test_lists_and_reports_hold_our_things_only(world: World) -> None:
    """The bulk calls, by everybody who may make them, also where the person works at both
    schools.
    """
    theirs = world.things[THEIRS]
    for right in (
        right
        for right in OF_A_SCHOOL
        if right.method == "GET" and right not in NAMED and not right.path.startswith(ME)
    ):
        for role in right.who & set(STAFF):
            for headers in (
                world.bearer(role, OURS),
                world.bearer(role, OURS, THEIRS),
                world.bearer(role, "*"),
            ):
                answer = await world.knock(right, world.things[OURS], headers)
                assert answer.status_code == 200, right
                tells_nothing(answer, theirs)
                assert f'"school_id":"{THEIRS}"' not in answer.text


@pytest.mark.parametrize("way", ["query", "header", "body", "twice in the path", "encoded"])
async def test_another_school_named_beside_the_path_does_not_count(world: World, way: str) -> None:
    theirs, before = world.things[THEIRS], await world.picture(THEIRS)
    ours = world.things[OURS]
    for right in (
        right for right in OF_A_SCHOOL if right.path not in OPEN_TO_ALL and right.method != "DELETE"
    ):
        for role in right.who & set(STAFF):
            headers, more, named = world.bearer(role, OURS), dict[str, Any](), right
            match way:
                case "query":
                    more["params"] = {
                        "school_id": THEIRS,
                        "school": THEIRS,
                        "filter": f"school_id eq {THEIRS}",
                    }
                case "header":
                    headers |= {
                        "School-Id": THEIRS,
                        "X-School-Id": THEIRS,
                        "X-Tenant": THEIRS,
                        "Host": f"{THEIRS}.test",
                    }
                case "body":
                    named = replace(
                        right,
                        body={
                            **(right.body if isinstance(right.body, dict) else {}),
                            "school_id": THEIRS,
                        },
                    )
                case "twice in the path":
                    named = replace(
                        right, path=right.path.replace("{school_id}", f"{OURS}/../{THEIRS}")
                    )
                case "encoded":
                    named = replace(
                        right, path=right.path.replace("{school_id}", f"{OURS}%2F..%2F{THEIRS}")
                    )
            answer = await world.knock(named, ours, headers, **more)
            assert answer.status_code < 500, (right, role)
            tells_nothing(answer, theirs)
            if way == "body" and isinstance(right.body, dict):
                assert answer.status_code == 422, (right, role)
    assert await world.picture(THEIRS) == before


async def test_a_case_cannot_be_opened_into_another_school(world: World) -> None:
    before = await world.picture(THEIRS)
    opening = next(right for right in RIGHTS if right.path.endswith("/cases"))
    assert isinstance(opening.body, dict)
    smuggled = replace(opening, body={**opening.body, "school_id": THEIRS})
    assert (await world.knock(smuggled, world.things[OURS], {})).status_code == 422
    wishes = next(right for right in RIGHTS if right.path.endswith("/me/wishes") and right.body)
    await world.enrol(world.things[THEIRS], "only-theirs")
    await world.settle()
    named = replace(wishes, body={"preferred_supporters": ["only-theirs"]})
    mine = world.credentials("student", world.things[OURS])
    assert (await world.knock(named, world.things[OURS], mine)).status_code == 422
    for_others = replace(opening, body={**opening.body, "door": "staff"})
    at_theirs = await world.knock(
        for_others, world.things[THEIRS], world.bearer("counsellor", OURS)
    )
    assert at_theirs.status_code == 404
    assert {name for name in await world.picture(THEIRS) if name.startswith("intake.cases")} == {
        name for name in before if name.startswith("intake.cases")
    }


async def test_the_same_key_at_two_schools_is_two_cases(world: World) -> None:
    """An idempotency key that was used at one school tells nothing about it at the other."""
    opening = next(right for right in RIGHTS if right.path.endswith("/cases"))
    same = key()
    ours = await world.knock(opening, world.things[OURS], same)
    theirs = await world.knock(opening, world.things[THEIRS], same)
    assert (ours.status_code, theirs.status_code) == (202, 202)
    assert ours.json()["case_id"] != theirs.json()["case_id"]
    assert ours.json()["return_code"] != theirs.json()["return_code"]


def tells_nothing(answer: httpx.Response, things: Things) -> None:
    """Neither names nor words of theirs: what the caller had not sent itself."""
    sent = str(answer.request.url)
    for name in (things.case_id, things.match_id, things.alert_id, things.return_code):
        assert name not in answer.text or name in sent


# --- the store itself


async def test_no_change_hands_a_record_to_another_school(runtime: Runtime) -> None:
    rows = SchoolStore(runtime.batched, runtime.writer, OURS).collection("notes")
    await rows.create({"_id": "a", "n": 1})
    for changes in MOVES:
        for change in (rows.update, rows.update_many, rows.upsert):
            with pytest.raises(CrossesSchools):
                await change({"_id": "a"}, changes)
    assert await rows.find_one({"_id": "a"}) == {"_id": "a", "n": 1, "school_id": OURS}
    assert await rows.update({"_id": "a"}, [{"$set": {"n": 2}}]) == 1


async def test_no_pipeline_reads_or_writes_past_its_school(runtime: Runtime) -> None:
    for school_id in (OURS, THEIRS):
        await (
            SchoolStore(runtime.batched, runtime.writer, school_id)
            .collection("notes")
            .create({"_id": school_id})
        )
    rows = SchoolStore(runtime.batched, runtime.writer, OURS).collection("notes")
    for stage in PAST:
        with pytest.raises(CrossesSchools):
            await rows.aggregate([stage])
    assert [row["_id"] for row in await rows.aggregate([{"$match": {}}])] == [OURS]


@pytest_asyncio.fixture(loop_scope="module")
async def runtime(servers: Servers, prefix: str) -> AsyncIterator[Runtime]:
    made = matching.SCENARIO.compose(environment(servers, prefix))
    await made.prepare()
    yield made
    await made.producer.stop()
    await made.client.close()
