"""What intake asks of the store for each thing a student does, and for each turn of its loops:
counted, so that it cannot creep up.
"""

import asyncio
import copy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from integration.intake.harness import (
    SCHOOL,
    IntakeHarness,
    key,
    opening_body,
    prepared_intake,
    school,
)
from sebaya_chassis.outbox.topics import make_topics
from sebaya_chassis.service.runtime import Runtime
from sebaya_chassis.service.service_topics import topics_of
from sebaya_chassis.storage import schools
from sebaya_chassis.storage.database import Document
from sebaya_contracts.words import Role
from sebaya_intake import coverage
from servers import Servers
from store_commands import Examined, commands, examined
from support import eventually, running

SCHOOLS = 1_000


async def _costs(harness: IntakeHarness, method: str, path: str, **request: Any) -> list[str]:
    with commands(harness.composed.runtime.database) as sent:
        answer = await harness.http.request(method, f"/schools/{SCHOOL}{path}", **request)
    assert answer.status_code in {200, 202}, answer.text
    return sent


@pytest.fixture
async def ready(harness: IntakeHarness, monkeypatch: pytest.MonkeyPatch) -> IntakeHarness:
    """Load what is kept in memory for some seconds, and keep it for as long as the test takes: the
    school and its coverage.
    """
    for module in (schools, coverage):
        monkeypatch.setattr(module, "FRESH_SECONDS", 600.0)
    await harness.publish_coverage()
    await harness.publish_supporter("sup-1", "Ana")
    await harness.open_case()
    return harness


async def announced(ready: IntakeHarness) -> dict[str, Any]:
    """Open a case, and come back with its code once: nothing publishes here, so that this is what
    announces it.
    """
    opened = await ready.open_case()
    await ready.http.get(f"/schools/{SCHOOL}/me", headers=ready.code_headers(opened))
    return opened


async def test_an_opening_is_one_write_and_no_read(ready: IntakeHarness) -> None:
    assert await _costs(ready, "POST", "/cases", json=opening_body(), headers=key()) == [
        "insert cases"
    ]


async def test_a_repeated_opening_is_refused_by_the_index_and_then_read(
    ready: IntakeHarness,
) -> None:
    again = key()
    first = await ready.http.post(f"/schools/{SCHOOL}/cases", json=opening_body(), headers=again)
    read = ["insert cases", "aggregate cases"]
    repeat = partial(_costs, ready, "POST", "/cases", json=opening_body(), headers=again)
    assert await repeat() == [*read, "update cases"], "nothing publishes here: it is announced now"
    assert await repeat() == read
    repeated = await ready.http.post(f"/schools/{SCHOOL}/cases", json=opening_body(), headers=again)
    assert repeated.json() == first.json()


async def test_a_repeat_is_answered_alike_after_the_school_has_changed_its_consent(
    ready: IntakeHarness,
) -> None:
    """The rules are for new cases: a student that asks again must get back in."""
    again = key()
    first = await ready.http.post(f"/schools/{SCHOOL}/cases", json=opening_body(), headers=again)
    await ready.define_school(school(consent_version="2027-1"))
    repeated = await ready.http.post(f"/schools/{SCHOOL}/cases", json=opening_body(), headers=again)
    assert (repeated.status_code, repeated.json()) == (202, first.json())
    fresh = await ready.http.post(f"/schools/{SCHOOL}/cases", json=opening_body(), headers=key())
    assert fresh.status_code == 409 or fresh.status_code == 422
    other_words = await ready.http.post(
        f"/schools/{SCHOOL}/cases", json=opening_body("Lain sekali."), headers=again
    )
    assert other_words.status_code in {409, 422}


@pytest.mark.parametrize(
    ("method", "path", "costs"),
    [
        ("GET", "/me", ["find tries", "aggregate cases"]),
        ("GET", "/me/messages", ["find tries", "aggregate cases", "aggregate messages"]),
        *(
            (method, path, ["find tries", "aggregate cases", "aggregate cases", "update cases"])
            for method, path in (("POST", "/me/adult"), ("POST", "/me/withdraw"), ("DELETE", "/me"))
        ),
    ],
)
async def test_what_a_student_does_costs(
    ready: IntakeHarness, method: str, path: str, costs: list[str]
) -> None:
    opened = await announced(ready)
    assert await _costs(ready, method, path, headers=ready.code_headers(opened)) == costs


async def test_a_pass_saves_the_look_at_failed_tries(ready: IntakeHarness) -> None:
    opened = await announced(ready)
    with_pass = ready.code_headers(opened) | {"Return-Pass": opened["return_pass"]}
    assert await _costs(ready, "GET", "/me", headers=with_pass) == ["aggregate cases"]


async def test_a_message_is_one_transaction_of_four_commands(ready: IntakeHarness) -> None:
    opened = await announced(ready)
    sent = await _costs(
        ready,
        "POST",
        "/me/messages",
        json={"text": "Halo."},
        headers=ready.code_headers(opened) | key(),
    )
    in_transaction = [
        "aggregate cases",
        "aggregate messages",
        "insert messages",
        "update cases",
        "commitTransaction",
    ]
    assert sent == ["find tries", "aggregate cases", *in_transaction]


@asynccontextmanager
async def publishing_intake(servers: Servers, prefix: str) -> AsyncIterator[IntakeHarness]:
    """Run an intake that answers and publishes, with its coverage known."""
    async with prepared_intake(
        servers, prefix, role="api", sweep_seconds=30, answer_seconds=60
    ) as harness:
        runtime = harness.composed.runtime
        await make_topics(
            runtime.settings.kafka_bootstrap_servers, topics_of("intake", runtime.settings), 1
        )
        async with running(runtime, harness.composed.app):
            await harness.publish_coverage()
            yield harness


async def all_published(runtime: Runtime, collection: str) -> bool:
    waiting = {"outbox_since": {"$exists": True}}
    return await runtime.database[collection].count_documents(waiting) == 0


async def test_many_openings_are_few_writes_published_without_a_claim_and_emptied_by_few(
    servers: Servers, prefix: str
) -> None:
    """Written with others that wait, born under their writer's lease, and pulled together."""
    async with publishing_intake(servers, prefix) as harness:
        runtime = harness.composed.runtime
        await harness.open_case()
        with commands(runtime.database) as sent:
            await asyncio.gather(*(harness.open_case() for _ in range(60)))
            await eventually(lambda: all_published(runtime, "cases"), within=60)
    assert 0 < sent.count("insert cases") <= 30
    assert sent.count("findAndModify cases") == 0
    assert 0 < sent.count("update cases") <= 30


async def test_a_message_born_in_a_transaction_is_published_without_a_claim(
    servers: Servers, prefix: str
) -> None:
    async with publishing_intake(servers, prefix) as harness:
        runtime = harness.composed.runtime
        mine = harness.code_headers(await harness.open_case())
        # The case's own publishing over, which the transaction would collide with and repeat.
        await eventually(lambda: all_published(runtime, "cases"))
        with commands(runtime.database) as sent:
            posted = await harness.http.post(
                f"/schools/{SCHOOL}/me/messages", json={"text": "Halo."}, headers=mine | key()
            )
            assert posted.status_code == 202
            await eventually(lambda: all_published(runtime, "messages"))
    assert sent.count("insert messages") == 1
    assert sent.count("findAndModify messages") == 0
    assert sent.count("update messages") == 1


async def _others(harness: IntakeHarness, others: int) -> None:
    """As many more schools, each with what the first has."""
    database = harness.composed.runtime.database
    for name in ("schools", "cases", "messages", "supporters", "coverage"):
        rows = [row async for row in database[name].find({"school_id": SCHOOL})]
        copies = [_moved(row, f"o{number}") for number in range(others) for row in rows]
        if copies:
            await database[name].insert_many(copies)


def _moved(row: Document, other: str) -> Document:
    moved = copy.deepcopy(row) | {
        "_id": f"{other}-{row['_id']}",
        "school_id": other,
        "due_at": None,
        "outbox": [],
    }
    moved.pop("outbox_since", None)
    moved.pop("lease", None)
    moved.pop("withheld", None)
    if "school" in moved:
        moved["school"]["school_id"] = other
        moved["_id"] = other
    elif "state" in moved and "school_id" in moved["state"]:
        moved["state"]["school_id"] = other
        if moved["state"].get("covered") is not None:
            moved["_id"] = other
    return moved


async def _a_days_work(harness: IntakeHarness) -> Examined:
    """Everything that a request or a loop of intake asks, once each, for one school."""
    runtime, jobs = harness.composed.runtime, harness.composed.jobs
    async with examined(runtime.database) as seen:
        again = key()
        opened = (
            await harness.http.post(
                f"/schools/{SCHOOL}/cases",
                json=opening_body(excluded_supporters=["sup-1"]),
                headers=again,
            )
        ).json()
        await harness.http.post(
            f"/schools/{SCHOOL}/cases",
            json=opening_body(excluded_supporters=["sup-1"]),
            headers=again,
        )
        mine = harness.code_headers(opened)
        for path in ("", "/me", "/me/messages"):
            assert (
                await harness.http.get(f"/schools/{SCHOOL}{path}", headers=mine)
            ).status_code == 200
        posted = await harness.http.post(
            f"/schools/{SCHOOL}/me/messages", json={"text": "Halo."}, headers=mine | key()
        )
        await harness.publish_verdict(posted.json()["message_id"], opened["case_id"])
        await harness.accept_match(opened["case_id"])
        await harness.raise_alert(opened["case_id"], alert_id=f"a-{opened['case_id']}")
        await harness.publish_coverage()
        past = runtime.writer.clock.now() - timedelta(seconds=1)
        await runtime.database["cases"].update_one(
            {"_id": opened["case_id"]}, {"$set": {"due_at": past, "state.screening.look_at": past}}
        )
        await runtime.database["messages"].update_one(
            {"_id": posted.json()["message_id"]}, {"$set": {"due_at": past}}
        )
        hour = runtime.writer.clock.now() - timedelta(hours=1)
        group = {"since": hour.isoformat(), "until": (hour + timedelta(minutes=1)).isoformat()}
        coordinator = harness.staff_headers("ko-1", Role.COORDINATOR)
        await harness.http.post(f"/schools/{SCHOOL}/set-aside", json=group, headers=coordinator)
        await jobs.empty_queues()
        assert runtime.timers is not None
        for timer in jobs.timers():
            assert await runtime.timers.fire(timer) == 1
        await runtime._relay.sweep.run_once()
        assert (await harness.http.delete(f"/schools/{SCHOOL}/me", headers=mine)).status_code == 202
        await jobs.handle_due_cases(SCHOOL, [opened["case_id"]])
    return seen


async def test_from_one_school_to_a_thousand_every_question_examines_the_same(
    ready: IntakeHarness,
) -> None:
    """No plan reads a collection whole, and neither keys, documents, writes nor bytes grow with
    schools that are not asked about.
    """
    opened = await ready.open_case()
    await ready.http.post(
        f"/schools/{SCHOOL}/me/messages",
        json={"text": "Halo."},
        headers=ready.code_headers(opened) | key(),
    )
    await _a_days_work(ready)  # so that both measured days find the same in the school
    await ready.composed.runtime.database["cases"].update_many(
        {}, {"$set": {"outbox": []}, "$unset": {"outbox_since": "", "lease": "", "withheld": ""}}
    )
    alone = await _a_days_work(ready)
    await ready.composed.runtime.database["cases"].update_many(
        {}, {"$set": {"outbox": []}, "$unset": {"outbox_since": "", "lease": "", "withheld": ""}}
    )
    await _others(ready, SCHOOLS)
    among = await _a_days_work(ready)
    assert among.whole_collections == []
    assert alone.plans.keys() == among.plans.keys()
    assert among.total("ninserted") == alone.total("ninserted")
    assert among.total("nModified") == alone.total("nModified")
    # A second day of the same school adds its own case to what a page or a list of the school
    # shows, no more.
    assert among.keys <= alone.keys + 8
    assert among.total("docsExamined") <= alone.total("docsExamined") + 8
    assert among.total("responseLength") <= alone.total("responseLength") * 1.02


async def test_the_gauges_examine_no_more_a_school(ready: IntakeHarness) -> None:
    await _others(ready, 50)
    database = ready.composed.runtime.database
    async with examined(database) as seen:
        await ready.composed.jobs.measure()
    # The list of schools is read whole, once; it is the only thing that is.
    assert seen.whole_collections in ([], ["schools query COLLSCAN"])
    assert seen.most_documents <= 51
    assert seen.keys <= 51 * 4
