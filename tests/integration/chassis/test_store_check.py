"""Promise in text not kept by code: a store that is behind its topics stays shut, and says which
command was forgotten; one that is whole, or ahead, opens.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from conformance import harness
from conformance.harness import Sourced, publish
from sample_service import reader
from sebaya_chassis.base.metrics import STORE_BEHIND
from sebaya_chassis.base.problems import Unavailable
from sebaya_chassis.consuming.group_membership import group_of
from sebaya_chassis.outbox.topics import make_topics
from sebaya_chassis.service.restore import mark_restored
from sebaya_chassis.service.service_topics import topics_of
from sebaya_chassis.service.store_check import StoreBehind, StoreCheck
from sebaya_chassis.storage.database import connect, open_database
from sebaya_contracts.envelope import Sequence
from sebaya_contracts.intake import CaseErased
from sebaya_contracts.matching import CaseReferred
from sebaya_contracts.topics import CASES, MATCHES
from sebaya_matching.collections import COLLECTIONS
from servers import Servers
from support import chassis_settings, eventually

AT = datetime(2026, 3, 2, tzinfo=UTC)
ERASED = "intake_cases_v1/c1"


def published(number: int, case_id: str = "c1", school_id: str = "s1") -> Sourced:
    """The `number`th event that matching has made of a case."""
    event = CaseReferred(school_id=school_id, case_id=case_id, alert_id="a1")
    return Sourced(MATCHES, case_id, number, event)


def erased(case_id: str = "c1", number: int = 3) -> Sourced:
    event = CaseErased(school_id="s1", case_id=case_id, erased_at=AT)
    return Sourced(CASES, case_id, number, event)


@pytest.fixture
async def check(servers: Servers, prefix: str) -> AsyncIterator[StoreCheck]:
    """Matching's, of a school with the case `c1`, which has made two events."""
    client = connect(servers.mongodb_uri)
    database = open_database(client, f"{prefix}_matching")
    await database["schools"].insert_one({"_id": "s1"})
    await database["cases"].insert_one(case("c1", 2))
    settings = chassis_settings(servers, prefix)
    await make_topics(servers.kafka, topics_of("matching", settings), 1)
    yield StoreCheck("matching", settings, database, COLLECTIONS, frozenset({CaseErased}))
    await client.close()


def case(case_id: str, number: int, **marks: str) -> dict[str, Any]:
    return {"_id": case_id, "school_id": "s1", "number": number, "marks": marks}


async def consumed(check: StoreCheck) -> None:
    """Matching has committed what is in the ledger."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=check.settings.kafka_bootstrap_servers,
        group_id=f"{check.settings.topic_prefix}{group_of('matching')}",
        enable_auto_commit=False,
    )
    await consumer.start()
    name = check.settings.topic(CASES.name)
    every = [TopicPartition(name, number) for number in range(CASES.partitions)]
    consumer.assign(every)
    await consumer.commit(await consumer.end_offsets(every))
    await consumer.stop()


async def opens(check: StoreCheck, epoch: int = 1) -> bool:
    try:
        await check.ensure_whole(epoch)
    except StoreBehind as behind:
        assert "`sebaya restored --service matching`" in str(behind)
        assert len(str(behind).splitlines()) == 1
        return False
    return True


async def test_a_store_that_lacks_what_was_published_is_shut_until_its_epoch_is_raised(
    check: StoreCheck,
) -> None:
    await publish(check.settings, [published(1), published(2)])
    assert await opens(check)
    await publish(check.settings, [published(3)])
    assert not await opens(check), "the document has made two events, and the broker has a third"
    assert await opens(check, epoch=2)
    await check.database["cases"].update_one({"_id": "c1"}, {"$set": {"number": 5}})
    assert await opens(check), "ahead: an outbox that waits"
    await publish(check.settings, [published(1, "opened-after-the-backup")])
    assert not await opens(check)


async def test_a_store_restored_twice_is_shut_though_its_first_restore_was_known(
    check: StoreCheck, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broker has records of an epoch that this store never saw."""
    monkeypatch.setattr(harness, "Sequence", lambda _epoch, number: Sequence(3, number))
    await publish(check.settings, [published(1)])
    assert not await opens(check, epoch=2)
    assert await opens(check, epoch=4)


async def test_what_no_reader_applies_shuts_nothing(check: StoreCheck) -> None:
    """Another school's event of a known document, a school that is not known, and topics that are
    not there.
    """
    await publish(
        check.settings, [published(9, "c1", "s2"), published(9, "c9", "school-of-nobody")]
    )
    assert await opens(check)
    elsewhere = replace(
        check, settings=check.settings.model_copy(update={"topic_prefix": "not-there."})
    )
    assert await opens(elsewhere)


async def test_an_erasure_that_was_taken_in_and_is_not_in_the_store_shuts_it(
    check: StoreCheck,
) -> None:
    await consumed(check)
    await publish(check.settings, [erased()])
    assert await opens(check), "not yet taken in"
    await consumed(check)
    assert not await opens(check)
    parked = {"_id": f"{CASES.name}/c1", "subject": "c1", "school_id": "s1", "entries": []}
    await check.database["parked"].insert_one(parked)
    assert await opens(check), "a dead letter was never applied"
    await check.database["parked"].delete_many({})
    mark = {"$set": {f"marks.{ERASED}": "000001.000000000003"}}
    await check.database["cases"].update_one({"_id": "c1"}, mark)
    assert await opens(check)


async def test_a_process_says_what_was_forgotten_and_opens_once_it_was_done(
    check: StoreCheck, servers: Servers, prefix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    await publish(check.settings, [published(3)])
    runtime = reader(servers, prefix)
    runtime._check.collections = COLLECTIONS
    preparing = asyncio.create_task(runtime.prepare())

    async def says() -> bool:
        return STORE_BEHIND.labels("matching")._value.get() == 1

    await eventually(says, within=30)
    assert not runtime.prepared.is_set()
    with pytest.raises(Unavailable):
        runtime.store("s1")
    await mark_restored(check.database, 2)
    await asyncio.wait_for(preparing, 60)
    assert (runtime.prepared.is_set(), runtime.writer.epoch) == (True, 2)
    assert STORE_BEHIND.labels("matching")._value.get() == 0
    assert capsys.readouterr().err.count("`sebaya restored") == 1, (
        "one sentence, however long it waits"
    )
    await runtime.producer.stop()
    await runtime.client.close()


async def test_help_goes_first_while_the_broker_is_away(servers: Servers, prefix: str) -> None:
    runtime = reader(servers, prefix, kafka_bootstrap_servers="127.0.0.1:1")
    await asyncio.wait_for(runtime.prepare(), 30)
    assert (runtime.prepared.is_set(), runtime._gate.compared) == (True, False)
    await runtime.producer.stop()
    await runtime.client.close()
