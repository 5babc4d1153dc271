"""A flood of openings at one school: what waits is bounded, what calls for an adult is not refused,
the queue empties by itself, and a coordinator sets the flood aside and undoes it.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from integration.intake.harness import SCHOOL, IntakeHarness, key, opening_body, prepared_intake
from integration.intake.student_browser import AT, code_of, open_browser, typed_text
from sebaya_chassis.storage import audit
from sebaya_contracts.words import Level, Role
from sebaya_intake.collections import QUEUED, WAITING
from servers import Servers

OPENINGS, ME, ASIDE = (f"/schools/{SCHOOL}/{at}" for at in ("cases", "me", "set-aside"))
FLOOD = 300
WAITING_AT_MOST, QUEUED_AT_MOST = 5, 20


@pytest.fixture
async def harness(servers: Servers, prefix: str) -> AsyncIterator[IntakeHarness]:
    """Intake with small bounds; three hundred at once may take long to be answered."""
    bounds = {"waiting_at_most": WAITING_AT_MOST, "queued_at_most": QUEUED_AT_MOST}
    async with prepared_intake(servers, prefix, **bounds, answer_seconds=120.0) as harness:
        yield harness


async def stored(harness: IntakeHarness, condition: dict[str, Any]) -> list[dict[str, Any]]:
    rows = harness.composed.runtime.database["cases"].find(condition)
    return await rows.sort("state.queue.since").to_list()


async def opens(harness: IntakeHarness, headers: dict[str, str], **more: Any) -> httpx.Response:
    return await harness.http.post(OPENINGS, json=opening_body(**more), headers=headers)


async def flood(
    harness: IntakeHarness, number: int = FLOOD
) -> dict[int, list[tuple[dict[str, str], httpx.Response]]]:
    """Open many at once; return keys and answers by their status."""
    keys = [key() for _ in range(number)]
    found: dict[int, list[tuple[dict[str, str], httpx.Response]]] = {}
    for headers, answer in zip(
        keys, await asyncio.gather(*(opens(harness, one) for one in keys)), strict=True
    ):
        found.setdefault(answer.status_code, []).append((headers, answer))
    return found


async def screens(harness: IntakeHarness, rows: list[dict[str, Any]], level: Level) -> None:
    for row in rows:
        message_id = row["state"]["opening"]["message_id"]
        await harness.publish_verdict(message_id, row["_id"], level, opening=True)


def types(row: dict[str, Any]) -> list[str]:
    return [entry["type"] for entry in row["outbox"]]


async def test_a_flood_fills_neither_the_store_nor_the_waiting_list(
    harness: IntakeHarness,
) -> None:
    answers = await flood(harness)
    assert set(answers) == {202, 503}
    waiting, queued = await stored(harness, WAITING), await stored(harness, QUEUED)
    assert len(waiting) <= WAITING_AT_MOST
    assert len(answers[202]) <= WAITING_AT_MOST + QUEUED_AT_MOST
    assert len(await stored(harness, {})) <= WAITING_AT_MOST + 2 * QUEUED_AT_MOST
    assert {tuple(types(row)) for row in queued} == {("MessagePosted",)}, "all are screened"
    _, full = answers[503][0]
    assert full.json()["type"] == "urn:sebaya:problem:school-full"
    assert full.json()["crisis"]["lines"] and full.headers["Retry-After"]

    in_danger = await opens(harness, key(), safety={"danger_now": "yes"})
    about_friend = await opens(harness, key(), door="friend", safety={}, worry="something_else")
    assert [in_danger.status_code, about_friend.status_code] == [202, 202], "never refused"

    refused = [row for row in queued if row["state"]["queue"]["refused"]]
    grave, *calm = refused
    await screens(harness, [grave], Level.RED)
    await harness.raise_alert(grave["_id"])
    await screens(harness, calm, Level.NONE)
    await harness.composed.jobs.empty_queues()
    left = {row["_id"] for row in await stored(harness, {"state.opening": {"$ne": None}})}
    assert left.isdisjoint({row["_id"] for row in calm}) and grave["_id"] in left
    repeated = [await opens(harness, one) for one, _ in answers[503]]
    taken = [one for one in repeated if one.status_code == 202 and one.json()["return_code"]]
    assert grave["_id"] in {one.json()["case_id"] for one in taken}, "the same key gets the code"


async def test_the_page_of_a_full_school_keeps_every_word_and_leads_to_an_adult(
    harness: IntakeHarness,
) -> None:
    await flood(harness, 60)
    async with open_browser(harness) as student:
        steps = await student.fill_steps()
        full = await student.send(f"{AT}/ask", steps)
        assert (full.status_code, typed_text(full.text)) == (503, steps["text"].strip())
        assert "Bantuan sekarang" in full.text and 'name="adult"' in full.text
        adult_key = full.text.split('name="adult_key" value="')[1].split('"')[0]
        code = code_of(await student.send_steps(steps | {"adult": "yes", "adult_key": adult_key}))
        await student.act("/return", code=code)
        assert "sedang antre" in (await student.get(f"{AT}/me")).text
    rows = await stored(harness, {"state.adult_asked_at": {"$ne": None}})
    assert [types(row) for row in rows] == [["MessagePosted", "AdultRequested"]]


async def test_the_queue_empties_as_there_is_room_and_for_those_alone_who_come(
    harness: IntakeHarness,
) -> None:
    first = [await harness.open_case() for _ in range(WAITING_AT_MOST)]
    unseen, second, third = [await harness.open_case() for _ in range(3)]
    for opened in (third, second):
        shown = await harness.http.get(ME, headers=harness.code_headers(opened))
        assert shown.json()["queued"] is True
    await harness.composed.jobs.empty_queues()
    assert len(await stored(harness, QUEUED)) == 3, "no room yet"
    await harness.http.post(f"{ME}/withdraw", headers=harness.code_headers(first[0]))
    await harness.composed.jobs.empty_queues()
    assert [row["_id"] for row in await stored(harness, QUEUED)] == [
        unseen["case_id"],
        third["case_id"],
    ], "the earliest of those whose students came"
    (admitted,) = await stored(harness, {"_id": second["case_id"]})
    assert types(admitted) == ["MessagePosted", "CaseOpened"]
    yesterday = {"$subtract": ["$$NOW", 25 * 3_600_000]}
    old = {"state.opening.opened_at": yesterday, "state.words_until": yesterday}
    await harness.composed.runtime.database["cases"].update_many(QUEUED, [{"$set": old}])
    await harness.composed.jobs.handle_due_cases(SCHOOL, [unseen["case_id"], third["case_id"]])
    assert [row["_id"] for row in await stored(harness, QUEUED)] == [third["case_id"]]


async def test_a_coordinator_sets_the_flood_aside_and_undoes_it(
    harness: IntakeHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sebaya_intake.queue_store.BATCH", 2)
    began = harness.composed.runtime.writer.clock.now()
    opened = [await harness.open_case() for _ in range(WAITING_AT_MOST)]
    worried = await harness.open_case()
    everything = await stored(harness, {})
    for one in (*opened, worried):
        await harness.http.get(ME, headers=harness.code_headers(one))
    await screens(harness, [r for r in everything if r["_id"] != worried["case_id"]], Level.NONE)
    coordinator = harness.staff_headers("ko-1", Role.COORDINATOR)
    made = await aside(harness, began, coordinator)
    assert made["size"] == len(opened)
    assert {row["_id"] for row in await stored(harness, {"state.aside": None})} == {
        worried["case_id"]
    }, "what the screen has not read stays"
    mine = harness.code_headers(opened[0])
    assert (await harness.http.get(ME, headers=mine)).json()["set_aside"] is True
    word = await harness.http.post(
        f"{ME}/messages", json={"text": "Ini aku."}, headers=mine | key()
    )
    assert word.status_code == 202
    (again,) = await stored(harness, {"_id": opened[0]["case_id"]})
    assert types(again)[-2:] == ["CaseSetAside", "CaseReopened"]
    assert (await aside(harness, began, coordinator))["size"] == 0, "the word holds"
    undo = f"{ASIDE}/{made['group_id']}/undo"
    for _ in range(2):
        undone = await harness.http.post(undo, headers=coordinator)
        assert undone.status_code == 202
    await harness.composed.jobs.handle_due_groups(SCHOOL, [made["group_id"]])
    assert await stored(harness, {"state.aside": {"$ne": None}}) == []
    entries = await harness.composed.runtime.store(SCHOOL).collection(audit.ENTRIES).find({})
    assert Counter((entry["who"], entry["what"]) for entry in entries) == {
        ("ko-1", "cases_set_aside"): 2,
        ("ko-1", "cases_reopened"): 1,
    }


async def aside(
    harness: IntakeHarness, began: datetime, coordinator: dict[str, str]
) -> dict[str, Any]:
    """Set aside what came since then, and let the worker do it; return the group."""
    now = harness.composed.runtime.writer.clock.now()
    body = {"since": (began - timedelta(minutes=1)).isoformat(), "until": now.isoformat()}
    made = await harness.http.post(ASIDE, json=body, headers=coordinator)
    assert made.status_code == 202, made.text
    group_id = made.json()["group_id"]
    await harness.composed.jobs.handle_due_groups(SCHOOL, [group_id])
    groups = (await harness.http.get(ASIDE, headers=coordinator)).json()
    return next(group for group in groups if group["group_id"] == group_id)
