"""Promise in text not kept by code: a store restored from an older backup forgets again what was
taken back, before anybody can ask.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from pymongo import AsyncMongoClient
from pymongo.errors import AutoReconnect

from conformance.harness import Sourced, all_consumed, publish
from integration.intake.harness import SCHOOL, IntakeHarness, key, prepared_intake, school
from sebaya_chassis.base.problems import Unavailable
from sebaya_chassis.consuming.group_membership import group_of
from sebaya_chassis.outbox.topics import make_topics
from sebaya_chassis.service import restore
from sebaya_chassis.service.restore import ErasureReplay, mark_restored
from sebaya_chassis.service.service_topics import topics_of
from sebaya_chassis.storage import audit
from sebaya_chassis.web.auth import Principal
from sebaya_cli.installation import Installation
from sebaya_cli.refusal import Refusal
from sebaya_cli.restore import RestoredService, restore_services
from sebaya_contracts.district import SchoolDefined
from sebaya_contracts.intake import CaseErased, CaseWithdrawn
from sebaya_contracts.topics import CASES, SCHOOLS
from sebaya_intake.main import compose
from sebaya_intake.settings import Settings
from servers import Servers
from staff_session import begin_session, stored_sessions
from support import environment, eventually, running

ME = "/schools/s1/me"
AT = datetime(2026, 3, 2, tzinfo=UTC)


async def with_ledger(harness: IntakeHarness, *events: Any) -> None:
    """The topics as they outlived the store."""
    settings = harness.composed.runtime.settings
    await make_topics(settings.kafka_bootstrap_servers, topics_of("intake", settings), 1)
    first = Sourced(SCHOOLS, SCHOOL, 1, SchoolDefined(school_id=SCHOOL, school=school()))
    await publish(settings, [first, *(Sourced(CASES, event.case_id, 5, event) for event in events)])


async def consumed_to_the_end(harness: IntakeHarness) -> None:
    settings = harness.composed.runtime.settings
    await eventually(lambda: all_consumed(settings, "intake"), within=60, every=0.3)


async def opened_twice(harness: IntakeHarness) -> tuple[dict[str, Any], dict[str, Any]]:
    """Open two cases with a message each: one to be erased, one to be withdrawn."""
    found = []
    for word in ("plantedgone", "plantedleft"):
        opened = await harness.open_case(word)
        await harness.http.post(
            f"{ME}/messages",
            json={"text": f"{word} again"},
            headers=harness.code_headers(opened) | key(),
        )
        found.append(opened)
    return found[0], found[1]


@asynccontextmanager
async def restarted(
    servers: Servers, prefix: str, harness: IntakeHarness
) -> AsyncIterator[IntakeHarness]:
    """The next process of intake, on the store that is now marked, with the first one's keys."""
    await mark_restored(harness.composed.runtime.database, 7)
    async with prepared_intake(servers, prefix) as after:
        yield after


async def test_erasures_and_withdrawals_of_the_ledger_are_applied_before_the_doors_open(
    servers: Servers, prefix: str, harness: IntakeHarness
) -> None:
    gone, left = await opened_twice(harness)
    await with_ledger(
        harness,
        CaseErased(school_id=SCHOOL, case_id=gone["case_id"], erased_at=AT),
        CaseErased(school_id=SCHOOL, case_id="opened-after-the-backup", erased_at=AT),
        CaseErased(school_id="nobody-knows", case_id="c9", erased_at=AT),
        CaseWithdrawn(school_id=SCHOOL, case_id=left["case_id"], withdrawn_at=AT),
    )
    async with restarted(servers, prefix, harness) as after:
        states = {
            row["_id"]: row["state"]
            async for row in after.composed.runtime.database["cases"].find(
                {"_id": {"$ne": "nothing"}}
            )
        }
        assert states[gone["case_id"]]["opening"] is None and states[gone["case_id"]]["wiped"]
        assert states["opened-after-the-backup"]["erased_at"] is not None, (
            "nothing may be stored for it by late events"
        )
        assert [
            row["state"]["text"]
            async for row in after.composed.runtime.database["messages"].find({})
        ].count("plantedleft again") == 1
        assert not [
            row
            async for row in after.composed.runtime.database["messages"].find(
                {"state.text": {"$regex": "plantedgone"}}
            )
        ]
        assert (await after.http.get(ME, headers=after.code_headers(gone))).status_code == 404
        assert (await after.http.get(ME, headers=after.code_headers(left))).json()[
            "state"
        ] == "withdrawn"
        assert await restore.find_unfinished(after.composed.runtime.database) is None


async def test_until_the_ledger_is_applied_every_door_is_closed(
    servers: Servers, prefix: str, harness: IntakeHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, _ = await opened_twice(harness)
    await with_ledger(harness, CaseErased(school_id=SCHOOL, case_id=gone["case_id"], erased_at=AT))
    may, reached = asyncio.Event(), asyncio.Event()
    original = ErasureReplay.run

    async def held(self: ErasureReplay, *rest: Any) -> None:
        reached.set()
        await may.wait()
        await original(self, *rest)

    monkeypatch.setattr(ErasureReplay, "run", held)
    await mark_restored(harness.composed.runtime.database, 7)
    runtime = harness.composed.runtime
    runtime.prepared.clear()
    preparing = asyncio.create_task(runtime.prepare())
    await reached.wait()
    answer = await harness.http.get(ME, headers=harness.code_headers(gone))
    assert answer.status_code == 503 and answer.json()["crisis"]["lines"]
    with pytest.raises(Unavailable):
        runtime.store(SCHOOL)
    may.set()
    await preparing
    assert (await harness.http.get(ME, headers=harness.code_headers(gone))).status_code == 404


async def test_a_death_while_the_ledger_is_applied_begins_it_anew(
    servers: Servers, prefix: str, harness: IntakeHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, _ = await opened_twice(harness)
    await with_ledger(harness, CaseErased(school_id=SCHOOL, case_id=gone["case_id"], erased_at=AT))
    failures = iter([AutoReconnect("away"), None])
    original = ErasureReplay.run

    async def failing(self: ErasureReplay, *rest: Any) -> None:
        await original(self, *rest)
        if failure := next(failures):
            raise failure

    monkeypatch.setattr(ErasureReplay, "run", failing)
    async with restarted(servers, prefix, harness) as after:
        assert next(failures, "used up") == "used up"
        assert (await after.http.get(ME, headers=after.code_headers(gone))).status_code == 404
        store = after.composed.runtime.store(SCHOOL)
        told = await store.collection(audit.ENTRIES).find({"what": "store_restored"})
        assert [row["about"] for row in told] == ["epoch-7"], "told once"


def where(servers: Servers, prefix: str) -> Installation:
    return Installation(servers.mongodb_uri, servers.kafka, prefix, f"{prefix}.")


async def ready(
    servers: Servers, prefix: str, since: datetime | None = None, patience: float = 15.0
) -> list[RestoredService]:
    return [
        one async for one in restore_services(where(servers, prefix), ["intake"], since, patience)
    ]


async def test_each_restore_of_one_and_the_same_backup_gets_an_epoch_of_its_own(
    servers: Servers, prefix: str
) -> None:
    async with (
        prepared_intake(servers, prefix) as harness,
        running(harness.composed.runtime, harness.composed.app),
    ):
        await with_ledger(harness)
        await harness.open_case()
        await eventually(lambda: published(harness), within=30)
        begin_session(harness.composed.app, Principal("sari", frozenset(), frozenset()))
    assert [one.epoch for one in await ready(servers, prefix)] == [2]
    assert stored_sessions(harness.composed.app).count_documents({}) == 0, (
        "one that was signed out since the backup would be there again"
    )
    async with (
        prepared_intake(servers, prefix) as harness,
        running(harness.composed.runtime, harness.composed.app),
    ):
        await harness.open_case()
        await eventually(lambda: published(harness), within=30)
    async with AsyncMongoClient[dict[str, Any]](servers.mongodb_uri) as store:
        # The backup again: its epoch is the first.
        await store[f"{prefix}_intake"]["meta"].update_one({"_id": "epoch"}, {"$set": {"value": 1}})
    assert [one.epoch for one in await ready(servers, prefix)] == [3]


async def published(harness: IntakeHarness) -> bool:
    return (
        await harness.composed.runtime.database["cases"].count_documents(
            {"outbox_since": {"$exists": True}}
        )
        == 0
    )


async def test_a_service_that_still_runs_is_refused_and_nothing_is_changed(
    servers: Servers, prefix: str
) -> None:
    async with prepared_intake(servers, prefix) as harness:
        await with_ledger(harness)
        async with running(harness.composed.runtime, harness.composed.app):
            await consumed_to_the_end(harness)
            with pytest.raises(Refusal, match="intake is still running"):
                await ready(servers, prefix, patience=1.0)
            assert await restore.find_unfinished(harness.composed.runtime.database) is None


# In the group of a service until it is killed.
MEMBER = """
import asyncio, sys
from aiokafka import AIOKafkaConsumer
async def main():
    server, group, topic = sys.argv[1:]
    member = AIOKafkaConsumer(
        topic,
        bootstrap_servers=server,
        group_id=group,
        session_timeout_ms=3000,
        heartbeat_interval_ms=500,
    )
    await member.start()
    while not member.assignment():
        await asyncio.sleep(0.05)
    print("member", flush=True)
    await asyncio.sleep(600)
asyncio.run(main())
"""


async def test_a_service_that_was_killed_is_refused_no_longer_than_the_broker_counts_it(
    servers: Servers, prefix: str
) -> None:
    async with prepared_intake(servers, prefix) as harness:
        await with_ledger(harness)
        settings = harness.composed.runtime.settings
        member = [
            sys.executable,
            "-P",
            "-c",
            MEMBER,
            servers.kafka,
            settings.topic(group_of("intake")),
            settings.topic(CASES.name),
        ]
        process = await asyncio.create_subprocess_exec(*member, stdout=asyncio.subprocess.PIPE)
        try:
            assert process.stdout is not None
            assert await asyncio.wait_for(process.stdout.readline(), 60) == b"member\n"
        finally:
            process.kill()
            await process.wait()
        assert [one.service for one in await ready(servers, prefix, patience=60.0)] == ["intake"]


async def test_a_restored_service_reads_again_what_its_store_has_forgotten(
    servers: Servers, prefix: str
) -> None:
    async with prepared_intake(servers, prefix) as harness:
        await with_ledger(harness)
        async with running(harness.composed.runtime, harness.composed.app):
            await consumed_to_the_end(harness)
    assert [one.rewound for one in await ready(servers, prefix, since=datetime.now(UTC))] == [0]
    assert [one.rewound for one in await ready(servers, prefix, since=AT)] == [1]
    assert [one.rewound for one in await ready(servers, prefix)] == [1]
    composed = compose(Settings(**environment(servers, prefix)))
    async with AsyncMongoClient[dict[str, Any]](servers.mongodb_uri) as store:
        await store[f"{prefix}_intake"]["schools"].delete_many({})
        # Not by the ledger, which would tell of the school too.
        await store[f"{prefix}_intake"]["meta"].update_one(
            {"_id": "restored"}, {"$set": {"done": True}}
        )
        async with running(composed.runtime, composed.app):
            await eventually(
                lambda: store[f"{prefix}_intake"]["schools"].count_documents({"_id": SCHOOL}),
                within=60,
            )
