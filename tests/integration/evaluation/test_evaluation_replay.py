"""Facts and roll-ups are a copy: wiped, and read again from the first record, they come to the same
numbers. On the real broker.
"""

from aiokafka import AIOKafkaConsumer, TopicPartition

from conformance import evaluation as scenario
from conformance.harness import all_consumed, publish
from integration.evaluation.harness import EvaluationHarness, prepared_evaluation
from sebaya_chassis.base.settings import ChassisSettings
from sebaya_chassis.outbox.topics import make_topics
from sebaya_chassis.service.service_topics import topics_of
from sebaya_contracts.topics import read_by
from sebaya_contracts.words import Side
from sebaya_evaluation.domain.tally import Tally
from servers import Servers
from support import chassis_settings, environment, eventually, running

Numbers = dict[str, dict[str, dict[str, Tally]]]


async def numbers(harness: EvaluationHarness) -> Numbers:
    return {
        school_id: {p: s for p, s in (await harness.store(school_id).load_tallies()).items() if s}
        for school_id in ("s1", "s2")
    }


async def counted(harness: EvaluationHarness) -> bool:
    """Nothing is dirty any more, neither facts nor responses."""
    stores = [harness.composed.runtime.store(school_id) for school_id in ("s1", "s2")]
    due = {"due_at": {"$type": "date"}}
    waiting = [
        await store.collection(collection).count(due)
        for store in stores
        for collection in ("facts", "responses")
    ]
    return sum(waiting) == 0


async def test_a_replay_from_the_start_gives_the_same_totals(servers: Servers, prefix: str) -> None:
    settings = chassis_settings(servers, prefix)
    await make_topics(settings.kafka_bootstrap_servers, topics_of("evaluation", settings), 1)
    await publish(settings, scenario.events())

    async with (
        prepared_evaluation(
            environment(servers, prefix, retry_seconds=20.0), schools=()
        ) as harness,
        running(harness.composed.runtime, harness.composed.app),
    ):
        await eventually(lambda: all_consumed(settings, "evaluation"), within=60)
        await harness.respond("s1-c0", better=5)
        await harness.respond("s2-c0", Side.SUPPORTER, helped=3)
        await eventually(lambda: counted(harness))
        first = await numbers(harness)
    lonely = [strata["loneliness"] for strata in first["s1"].values()]
    assert [tally.get_count("asked") for tally in lonely] == [2, 1]
    assert [tally.get_count("improved") for tally in lonely] == [1, 0]

    async with prepared_evaluation(
        environment(servers, prefix, retry_seconds=20.0), schools=()
    ) as harness:
        for collection in ("facts", "rollups"):
            await harness.composed.runtime.database[collection].delete_many({})
        await rewind(settings)
        async with running(harness.composed.runtime, harness.composed.app):
            await eventually(lambda: all_consumed(settings, "evaluation"), within=60)
            await eventually(lambda: counted(harness))
            assert await numbers(harness) == first


async def rewind(settings: ChassisSettings) -> None:
    """The group stands at the first record of every topic again."""
    group = f"{settings.topic_prefix}sebaya.evaluation"
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.kafka_bootstrap_servers, group_id=group, enable_auto_commit=False
    )
    await consumer.start()
    try:
        partitions = [
            TopicPartition(settings.topic(t.name), n)
            for t in read_by("evaluation")
            for n in range(t.partitions)
        ]
        consumer.assign(partitions)
        await consumer.commit(dict.fromkeys(partitions, 0))
    finally:
        await consumer.stop()
