"""Evaluation's worker beside a bare loop over aiokafka and beside FastStream: events a second until
they are stored and committed.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from pymongo import AsyncMongoClient

from bench.client import until
from bench.frame import Bar, Bench, Contender, Killed, Run
from bench.place import Place, said, started
from sebaya_chassis.base.ids import new_id
from sebaya_chassis.outbox.topics import make_topics
from sebaya_contracts.district import School, SchoolDefined
from sebaya_contracts.envelope import Attributes, Sequence, encode
from sebaya_contracts.event import Event
from sebaya_contracts.intake import CaseOpened, Preferences
from sebaya_contracts.matching import MatchAccepted, MatchClosed, MatchOffered, MeetingLogged
from sebaya_contracts.topics import ALERTS, CASES, MATCHES, SCHOOLS, Topic, topic_of
from sebaya_contracts.words import CaseTopic, Door, MatchEnd

WORKER = "bench.evaluation_worker"
OURS, BARE, FASTSTREAM = (
    "Sebaya",
    "aiokafka getmany, one bulk write a batch",
    "FastStream, AckPolicy.ACK",
)
CASES_FULL, SCHOOL_COUNT, STEPS = 4000, 24, 5
# Under which names they commit.
GROUPS = {"ours": "sebaya.evaluation", "bare": "bare", "faststream": "faststream"}
# FastStream acknowledges one by one; a tenth of the events takes it as long as all take the others.
FASTSTREAM_SHARE = 0.1
START = datetime(2026, 9, 1, 6, tzinfo=UTC)


def history(case: int) -> list[tuple[int, Event]]:
    """A case from its opening to its end: each event with its number in its source document."""
    school_id, case_id = f"s{case % SCHOOL_COUNT}", f"c{case}"
    at = START + timedelta(minutes=case % 40_000)
    who: dict[str, Any] = {"school_id": school_id, "case_id": case_id, "match_id": f"m{case}"}
    supporter: dict[str, Any] = {"supporter_id": f"p{case % 50}"}
    opened = CaseOpened(
        school_id=school_id,
        case_id=case_id,
        topic=CaseTopic.LONELINESS,
        door=Door.WEB,
        preferences=Preferences(language="id"),
        opening_message_id=f"t{case}",
        consent_version="2026-1",
        consented_at=at,
        opened_at=at,
    )
    return [
        (1, opened),
        (1, MatchOffered(**who, **supporter, offered_at=at, lapses_at=at + timedelta(days=1))),
        (
            2,
            MatchAccepted(
                **who, **supporter, accepted_at=at + timedelta(hours=1), waited_seconds=3600.0
            ),
        ),
        (3, MeetingLogged(**who, met_at=at + timedelta(days=1))),
        (
            4,
            MatchClosed(
                **who, **supporter, end=MatchEnd.COMPLETED, closed_at=at + timedelta(days=9)
            ),
        ),
    ]


async def fill(place: Place, corner: str, cases: int) -> int:
    """The topics of a corner with all cases' openings, then all their offers, and so on, as time
    would bring them. How many events.
    """
    await make_topics(
        place.kafka,
        [(f"{corner}.{topic.name}", topic) for topic in (SCHOOLS, CASES, MATCHES, ALERTS)],
        1,
    )
    producer = AIOKafkaProducer(bootstrap_servers=place.kafka, acks="all", enable_idempotence=True)
    await producer.start()
    try:
        for number in range(SCHOOL_COUNT):
            school = School(
                school_id=f"s{number}",
                name=f"S{number}",
                time_zone="Asia/Jakarta",
                country="ID",
                languages=("id",),
            )
            await _send(
                producer,
                corner,
                1,
                SchoolDefined(school_id=school.school_id, school=school),
                school.school_id,
            )
        histories = [history(case) for case in range(cases)]
        sends = [
            _send(producer, corner, *each[step], f"c{case}")
            for step in range(STEPS)
            for case, each in enumerate(histories)
        ]
        for start in range(0, len(sends), 1000):
            await asyncio.gather(*sends[start : start + 1000])
    finally:
        await producer.stop()
    return cases * STEPS


async def _send(
    producer: AIOKafkaProducer, corner: str, number: int, event: Event, subject: str
) -> None:
    topic: Topic = topic_of(event)
    about = Attributes(
        new_id(),
        f"/{topic.writer}",
        event.kind(),
        subject,
        event.school_id,
        Sequence(1, number),
        datetime.now(UTC),
    )
    await producer.send_and_wait(
        f"{corner}.{topic.name}",
        encode(event),
        key=event.school_id.encode(),
        headers=about.headers(),
    )


def contender(name: str, worker: str, share: float) -> Contender:
    async def run(place: Place) -> Run:
        corner, cases = place.corner(), place.sized(round(CASES_FULL * share), least=20)
        events = await fill(place, corner, cases)
        told = await said(
            await started(WORKER, worker, place.mongodb_uri, place.kafka, corner, str(events))
        )
        await forget(place, corner)
        return Run(
            told["events_per_second"],
            {
                "records a getmany": told["records_a_getmany"],
                "commits a getmany": told["commits_a_getmany"],
            },
        )

    async def kill(place: Place) -> Killed:
        corner, cases = place.corner(), place.sized(round(CASES_FULL * share), least=200)
        events = await fill(place, corner, cases)
        arguments = (worker, place.mongodb_uri, place.kafka, corner, str(events))
        first = await started(WORKER, *arguments, "--no-end")
        await _stored(place, corner, events // 3)
        first.kill()
        await first.wait()
        again = await started(WORKER, *arguments, "--no-end")
        # What the first one had committed comes to nobody again, so the end is not to be told by
        # what the second one takes.
        await until(partial(_all_committed, place, corner, f"{corner}.{GROUPS[worker]}"), every=0.2)
        again.kill()
        await again.wait()
        counted = await _recount(place, corner, cases)
        await forget(place, corner)
        return counted

    return Contender(name, run, kill)


async def _all_committed(place: Place, corner: str, group: str) -> bool:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=place.kafka, group_id=group, enable_auto_commit=False
    )
    await consumer.start()
    try:
        topics = (CASES, MATCHES, ALERTS)
        partitions = [
            TopicPartition(f"{corner}.{topic.name}", number)
            for topic in topics
            for number in range(topic.partitions)
        ]
        ends = await consumer.end_offsets(partitions)
        return all(
            [(await consumer.committed(partition) or 0) >= end for partition, end in ends.items()]
        )
    finally:
        await consumer.stop()


async def _stored(place: Place, corner: str, effects: int) -> None:
    """Until so many effects are in the store."""
    async with AsyncMongoClient[dict[str, int]](place.mongodb_uri) as client:
        while await _effects(client, corner) < effects:
            await asyncio.sleep(0.01)


async def _effects(client: AsyncMongoClient[dict[str, int]], corner: str) -> int:
    rows = await client[f"{corner}_evaluation"]["facts"].aggregate(
        [{"$group": {"_id": None, "sum": {"$sum": "$version"}}}]
    )
    found = await rows.to_list()
    return found[0]["sum"] if found else 0


async def _recount(place: Place, corner: str, cases: int) -> Killed:
    """Each fact's version counts its effects, and must be the number of its events."""
    async with AsyncMongoClient[dict[str, int]](place.mongodb_uri) as client:
        rows = await client[f"{corner}_evaluation"]["facts"].find({}, {"version": 1}).to_list()
    effects = [row["version"] for row in rows]
    lost = sum(max(0, STEPS - times) for times in effects) + STEPS * (cases - len(effects))
    return Killed(lost, sum(max(0, times - STEPS) for times in effects))


async def forget(place: Place, corner: str) -> None:
    """What a run left behind does not slow the next one."""
    async with AsyncMongoClient[dict[str, int]](place.mongodb_uri) as client:
        await client.drop_database(f"{corner}_evaluation")


BENCHES = (
    Bench(
        "evaluation",
        "Evaluation's worker",
        "events/s",
        (
            contender(OURS, "ours", 1.0),
            contender(BARE, "bare", 1.0),
            contender(FASTSTREAM, "faststream", FASTSTREAM_SHARE),
        ),
        (Bar(BARE, 0.7), Bar(FASTSTREAM, 3.0)),
    ),
)
