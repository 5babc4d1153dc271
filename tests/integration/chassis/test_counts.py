"""What the consumer asks besides its handlers: of the store by index, however much there is; of the broker one commit a fetch."""

import asyncio
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer

from chassis_toy import asked, knows_the_school, reader, times
from conformance.harness import Sourced, all_consumed, publish
from round_trips import examined
from sebaya_chassis.attempts import Attempts
from sebaya_chassis.consumer import Consumer
from sebaya_chassis.kafka import make_topics
from sebaya_chassis.runtime import topics_of
from sebaya_contracts.topics import CASES
from servers import Servers
from support import eventually, running

MANY = 3_000


async def test_marks_and_dead_letters_are_found_by_index(servers: Servers, prefix: str) -> None:
    runtime = reader(servers, prefix)
    await runtime.prepare()
    entries = [{"state": "applied", "at": "0:1"}]
    await runtime.database["parked"].insert_many([{"_id": f"{CASES.name}/c{at}", "entries": entries} for at in range(MANY)])
    await runtime.database["parked"].insert_one({"_id": f"{CASES.name}/bad", "entries": [{"state": "parked", "at": "0:2"}]})
    await runtime.database["attempts"].insert_many([{"_id": f"other/{at}", "owned": False} for at in range(MANY)])
    await runtime.database["counted"].insert_many([{"_id": f"c{at}", "school_id": "s1", "due_at": None} for at in range(MANY)])
    attempts = Attempts(runtime.database)
    async with examined(runtime.database) as seen:
        await attempts.take(CASES.name, 0)
        await attempts.enter(CASES.name, 0, 5)
        await attempts.go_ahead(CASES.name, 0, 9)
        await attempts.leave(CASES.name, 0, 5)
        await attempts.give_back(CASES.name, 0)
        assert await runtime.parked.subjects() == {f"{CASES.name}/bad"}
        assert await runtime.parked.queued_behind(CASES, "bad")
        await runtime.schools.warm({"s1", "s2"})
        await runtime._relay._sweep()
    assert seen.whole_collections == []
    assert seen.most_documents <= 1
    await runtime.producer.stop()
    await runtime.client.close()


async def test_a_fetch_is_one_commit(servers: Servers, prefix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it holds, and none while nothing comes: a commit a record is thirty times slower."""
    fetches: list[int] = []
    commits: list[Mapping[Any, int]] = []
    take, commit = Consumer._take, AIOKafkaConsumer.commit

    async def taken(self: Consumer, consumer: AIOKafkaConsumer, records: Mapping[Any, list[Any]]) -> None:
        fetches.append(sum(map(len, records.values())))
        await take(self, consumer, dict(records))

    async def committed(self: AIOKafkaConsumer, offsets: Mapping[Any, int]) -> None:
        commits.append(offsets)
        await commit(self, offsets)

    monkeypatch.setattr(Consumer, "_take", taken)
    monkeypatch.setattr(AIOKafkaConsumer, "commit", committed)
    runtime = reader(servers, prefix, batch_records=50)
    await make_topics(runtime.settings.kafka_bootstrap_servers, topics_of(runtime.service, runtime.settings), 1)
    await publish(runtime.settings, [Sourced(CASES, f"c{at}", 1, asked(f"c{at}")) for at in range(200)])
    # Before the first fetch: records of a school that is not known yet are held, and held ones have commits of their own.
    await runtime.prepare()
    await knows_the_school(runtime)
    async with running(runtime):
        await eventually(lambda: all_consumed(runtime.settings, runtime.service))
        assert len(await times(runtime)) == sum(fetches) == 200
        assert len(fetches) <= 8
    assert len(commits) == len(fetches)


async def test_the_next_fetch_is_at_work_while_the_last_is_committed_and_no_two_commits_at_once(
    servers: Servers, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow broker delays the word of what was done, not the doing; and a commit never comes after one that says more."""
    answers, under_way, most, said = asyncio.Event(), 0, 0, list[Mapping[Any, int]]()
    commit = AIOKafkaConsumer.commit

    async def slow(self: AIOKafkaConsumer, offsets: Mapping[Any, int]) -> None:
        nonlocal under_way, most
        said.append(offsets)
        under_way += 1
        most = max(most, under_way)
        try:
            await answers.wait()
            await commit(self, offsets)
        finally:
            under_way -= 1

    runtime = reader(servers, prefix, batch_records=10)
    await make_topics(runtime.settings.kafka_bootstrap_servers, topics_of(runtime.service, runtime.settings), 1)
    await publish(runtime.settings, [Sourced(CASES, f"c{at}", 1, asked(f"c{at}")) for at in range(60)])
    await runtime.prepare()
    await knows_the_school(runtime)
    monkeypatch.setattr(AIOKafkaConsumer, "commit", slow)
    async with running(runtime):

        async def done() -> int:
            return len(await times(runtime))

        async def a_second_fetch_is_done() -> bool:
            return len(said) == 1 and under_way == 1 and await done() > sum(offset for offset in said[0].values())

        await eventually(a_second_fetch_is_done)
        # A partition that goes to somebody else meanwhile: its last word comes after the one that is under way.
        consumer = runtime._consumer
        assert consumer is not None and consumer._consumer is not None
        ours = set(said[0])
        leaving = asyncio.create_task(consumer.on_partitions_revoked(ours))
        await asyncio.wait({leaving}, timeout=0.5)
        assert (len(said), leaving.done()) == (1, False)
        answers.set()
        await leaving
        await consumer.on_partitions_assigned(ours)
        await eventually(lambda: all_consumed(runtime.settings, runtime.service))
        assert await done() == 60
    assert most == 1
    for earlier, later in pairwise(said):
        assert all(later[partition] >= offset for partition, offset in earlier.items() if partition in later)
