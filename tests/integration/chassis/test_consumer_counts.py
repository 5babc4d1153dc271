"""What the consumer asks besides its handlers: of the store by index, however much there is; of the
broker one commit a fetch.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from conformance.harness import Sourced, all_consumed, delivery_of, publish
from sample_service import asked, knows_the_school, reader, times
from sebaya_chassis.base.health import Heartbeat
from sebaya_chassis.consuming import offset_commits as committing
from sebaya_chassis.consuming.consumer import Consumer
from sebaya_chassis.consuming.crash_recovery import AttemptMarks
from sebaya_chassis.consuming.fetch_loop import FetchLoop
from sebaya_chassis.outbox.topics import make_topics
from sebaya_chassis.service.runtime import Runtime
from sebaya_chassis.service.service_topics import topics_of
from sebaya_contracts.topics import CASES
from servers import Servers
from store_commands import examined
from support import eventually, running

MANY = 3_000


async def publish_cases(runtime: Runtime, count: int) -> None:
    """Publish so many opened cases, before the first fetch."""
    await make_topics(
        runtime.settings.kafka_bootstrap_servers, topics_of(runtime.service, runtime.settings), 1
    )
    cases = [Sourced(CASES, f"c{at}", 1, asked(f"c{at}")) for at in range(count)]
    await publish(runtime.settings, cases)


async def test_marks_and_dead_letters_are_found_by_index(servers: Servers, prefix: str) -> None:
    runtime = reader(servers, prefix)
    await runtime.prepare()
    entries = [{"state": "applied", "at": "0:1"}]
    await runtime.database["parked"].insert_many(
        [{"_id": f"{CASES.name}/c{at}", "entries": entries} for at in range(MANY)]
    )
    await runtime.database["parked"].insert_one(
        {"_id": f"{CASES.name}/bad", "entries": [{"state": "parked", "at": "0:2"}]}
    )
    await runtime.database["attempts"].insert_many(
        [{"_id": f"other/{at}", "owned": False} for at in range(MANY)]
    )
    await runtime.database["counted"].insert_many(
        [{"_id": f"c{at}", "school_id": "s1", "due_at": None} for at in range(MANY)]
    )
    attempts = AttemptMarks(runtime.database)
    async with examined(runtime.database) as seen:
        await attempts.take(CASES.name, 0)
        await attempts.enter(CASES.name, 0, 5)
        await attempts.go_ahead(CASES.name, 0, 9)
        await attempts.leave(CASES.name, 0, 5)
        await attempts.give_back([(CASES.name, 0)])
        await runtime.dead_letters.load_documents()
        assert runtime.dead_letters._documents == {f"{CASES.name}/bad"}
        assert await runtime.dead_letters.holds_up(
            delivery_of(Sourced(CASES, "bad", 1, asked("bad")))
        )
        await runtime.schools.warm({"s1", "s2"})
        await runtime._relay.sweep.run_once()
    assert seen.whole_collections == []
    assert seen.most_documents <= 1
    await runtime.producer.stop()
    await runtime.client.close()


async def test_a_fetch_is_one_commit_at_most(
    servers: Servers, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it holds, and none while nothing comes: a commit a record is thirty times slower."""
    fetches: list[int] = []
    commits: list[Mapping[Any, int]] = []
    take, commit = FetchLoop._take, AIOKafkaConsumer.commit

    async def taken(
        self: FetchLoop,
        client: AIOKafkaConsumer,
        records: Mapping[Any, list[Any]],
        heartbeat: Heartbeat,
    ) -> None:
        fetches.append(sum(map(len, records.values())))
        await take(self, client, dict(records), heartbeat)

    async def committed(self: AIOKafkaConsumer, offsets: Mapping[Any, int]) -> None:
        commits.append(offsets)
        await commit(self, offsets)

    monkeypatch.setattr(FetchLoop, "_take", taken)
    monkeypatch.setattr(AIOKafkaConsumer, "commit", committed)
    runtime = reader(servers, prefix, batch_records=50)
    await publish_cases(runtime, 200)
    # Before the first fetch: records of a school that is not known yet are held, and held ones have
    # commits of their own.
    await runtime.prepare()
    await knows_the_school(runtime)
    async with running(runtime):
        await eventually(lambda: all_consumed(runtime.settings, runtime.service))
        assert len(await times(runtime)) == sum(fetches) == 200
        assert len(fetches) <= 8
    # A fetch that is not quite a whole one may share the next one's.
    assert len(commits) <= len(fetches)
    assert max(commits[-1].values()) == 200


async def test_small_fetches_share_a_commit(
    servers: Servers, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first at once, so that a quiet day's record is; then none before its time has come or a
    whole fetch's worth is done.
    """
    said: list[int] = []
    commit = AIOKafkaConsumer.commit

    async def committed(self: AIOKafkaConsumer, offsets: Mapping[Any, int]) -> None:
        said.append(max(offsets.values()))
        await commit(self, offsets)

    monkeypatch.setattr(AIOKafkaConsumer, "commit", committed)
    monkeypatch.setattr(committing, "EVERY_SECONDS", 3600.0)
    runtime = reader(servers, prefix, batch_records=10)
    await make_topics(
        runtime.settings.kafka_bootstrap_servers, topics_of(runtime.service, runtime.settings), 1
    )
    await runtime.prepare()
    await knows_the_school(runtime)
    async with running(runtime):
        for at in range(25):
            await publish(
                runtime.settings, [Sourced(CASES, f"c{at}", 1, asked(f"c{at}"))]
            )  # to one partition

            async def done(many: int = at + 1) -> bool:
                return len(await times(runtime)) == many

            await eventually(done)
    assert said == [1, 11, 21, 25], "the last when it stops"


async def test_the_next_fetch_is_at_work_while_the_last_is_committed_and_no_two_commits_at_once(
    servers: Servers, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow broker delays the word of what was done, not the doing; and a commit never comes after
    one that says more.
    """
    answers, under_way, most, said = asyncio.Event(), Counter[int](), 0, list[Mapping[Any, int]]()
    commit, revoked = AIOKafkaConsumer.commit, Consumer.on_partitions_revoked
    handed_over: list[tuple[int, bool]] = []

    async def slow(self: AIOKafkaConsumer, offsets: Mapping[Any, int]) -> None:
        nonlocal most
        said.append(offsets)
        under_way[id(self)] += 1
        most = max(most, under_way[id(self)])
        try:
            await answers.wait()
            await commit(self, offsets)
        finally:
            under_way[id(self)] -= 1

    async def noting(self: Consumer, partitions: set[TopicPartition]) -> None:
        handing_over = asyncio.create_task(revoked(self, partitions))
        if partitions and not answers.is_set():
            # Long enough for a hand-over that does not wait to be over.
            await asyncio.wait({handing_over}, timeout=0.5)
            handed_over.append((len(said), handing_over.done()))
            answers.set()
        await handing_over

    runtime = reader(servers, prefix, batch_records=10)
    await publish_cases(runtime, 60)
    await runtime.prepare()
    await knows_the_school(runtime)
    monkeypatch.setattr(AIOKafkaConsumer, "commit", slow)
    monkeypatch.setattr(Consumer, "on_partitions_revoked", noting)
    async with running(runtime):

        async def a_second_fetch_is_done() -> bool:
            return (
                len(said) == 1
                and under_way.total() == 1
                and len(await times(runtime)) > sum(offset for offset in said[0].values())
            )

        await eventually(a_second_fetch_is_done)
        # Partitions that go to somebody else meanwhile: their last word comes after the one that is
        # under way.
        async with running(reader(servers, prefix, batch_records=10)):
            await asyncio.wait_for(answers.wait(), 60)
            await eventually(lambda: all_consumed(runtime.settings, runtime.service))
        assert await times(runtime) == {f"c{at}": 1 for at in range(60)}
    assert handed_over == [(1, False)]
    assert most == 1
    for earlier, later in pairwise(said):
        assert all(
            later[partition] >= offset
            for partition, offset in earlier.items()
            if partition in later
        )
