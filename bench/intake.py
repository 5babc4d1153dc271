"""Intake's `POST /cases` beside a bare endpoint. The clock stops when the outbox is empty: all
events published and pulled.
"""

import asyncio
import json
import os
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

import bson
from aiokafka import AIOKafkaConsumer

from bench.client import Answers, answers_at, post_all, until
from bench.frame import Bar, Bench, Contender, Killed, Run
from bench.intake_doors import BARE, DOORS, SECRET, Given
from bench.place import Place, cores, pinned, started
from sebaya_chassis.outbox.topics import make_topics
from sebaya_chassis.service.service_topics import topics_of
from sebaya_chassis.storage.database import Database, open_database
from sebaya_chassis.storage.layout import AlreadyApplied, AppliedSequence
from sebaya_cli.stack.ports import free_port
from sebaya_contracts.district import Policies, School, SchoolDefined
from sebaya_contracts.envelope import Sequence as EventSequence
from sebaya_contracts.envelope import attributes
from sebaya_contracts.escalation import Interval
from sebaya_intake.domain.crisis import Coverage
from sebaya_intake.keys import Keys
from sebaya_intake.main import IntakeService, compose

SCHOOLS = tuple(f"s{number}" for number in range(1, 21))
CONNECTIONS = 32
REQUESTS = 2_000
WARM_UP = 200
OURS = "intake"
BODY = json.dumps(
    {
        "topic": "loneliness",
        "language": "id",
        "text": "Sejak pindah sekolah aku makan siang sendirian terus. " * 6,
        "safety": {"self_harm_thoughts": "no", "danger_now": "no"},
        "hours": ["mon-lunch", "wed-lunch"],
        "consent": {"version": "2026-1", "age": 15},
        "door": "web",
    }
).encode()


@dataclass(slots=True)
class Door:
    """One contender at work."""

    name: str
    given: Given
    port: int
    process: asyncio.subprocess.Process
    store: Database
    schools: Sequence[str]

    async def post(self, keys: list[str]) -> Answers:
        return await post_all(
            self.port, partial(path_of, schools=self.schools), BODY, keys, CONNECTIONS
        )

    async def all_out(self) -> None:
        """Until no document has an event that the broker has not acknowledged."""

        async def none() -> bool:
            return (
                await self.store["cases"].find_one({"outbox_since": {"$exists": True}}, {"_id": 1})
                is None
            )

        await until(none)

    def cpu(self) -> float:
        """Seconds of processor time, user and system."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def school_of(key: str, schools: Sequence[str] = SCHOOLS) -> str:
    """A district's requests are of all its schools."""
    return schools[int(key.replace("-", ""), 16) % len(schools)]


def path_of(key: str, schools: Sequence[str] = SCHOOLS) -> str:
    return f"/schools/{school_of(key, schools)}/cases"


_paddings: dict[Place, int] = {}


async def padding(place: Place) -> int:
    """What the bare ones' documents need to weigh what one of ours does when it is inserted, events
    and all. Measured once a place.
    """
    if place not in _paddings:
        bare = Given("", place.mongodb_uri, place.kafka, 0).document(
            SCHOOLS[0], keys(1)[0], json.loads(BODY)
        )
        with pinned(cores()[0]):
            async with served(place, OURS, place.corner(), 0) as door:
                await _warm(door, 1)
                _paddings[place] = await _weight(door) - len(bson.encode(bare))
    return _paddings[place]


async def _weight(door: Door) -> int:
    """A change stream shows a document as it was inserted; the relay has emptied its outbox
    since.
    """
    async with await door.store["cases"].watch(
        [{"$match": {"operationType": "insert"}}]
    ) as changes:
        await door.post(keys(1))
        return len(bson.encode((await changes.next())["fullDocument"]))


@asynccontextmanager
async def served(
    place: Place, name: str, corner: str, heavier: int, schools: Sequence[str] = SCHOOLS
) -> AsyncIterator[Door]:
    """A contender's door; the bare ones' documents are `heavier` by so many bytes."""
    given = Given(corner, place.mongodb_uri, place.kafka, heavier)
    composed = compose(given.settings())
    store = (
        composed.runtime.database
        if name == OURS
        else open_database(composed.runtime.client, f"{corner}_{BARE}")
    )
    port = free_port()
    process = await started(
        "bench.intake_doors", name, str(port), corner, place.mongodb_uri, place.kafka, str(heavier)
    )
    try:
        await _prepared(composed, schools)
        await answers_at(port)
        yield Door(name, given, port, process, store, schools)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await composed.runtime.client.close()


async def _prepared(composed: IntakeService, schools: Sequence[str]) -> None:
    """Schools with somebody on call, as the events of others would have told."""
    runtime = composed.runtime
    await runtime.prepare()
    await make_topics(
        runtime.settings.kafka_bootstrap_servers, topics_of("intake", runtime.settings), 1
    )
    now = runtime.writer.clock.now()
    intervals = (Interval(since=now - timedelta(hours=1), until=now + timedelta(hours=9)),)
    for school_id in schools:
        school = School(
            school_id=school_id,
            name="S",
            time_zone="Asia/Jakarta",
            country="ID",
            languages=("id",),
            policies=Policies(self_consent_age=13),
        )
        covered = Coverage(school_id, intervals, now, now + timedelta(days=1))
        with suppress(AlreadyApplied):  # a second start
            await runtime.schools.apply(
                SchoolDefined(school_id=school_id, school=school),
                AppliedSequence("district", EventSequence(1, 1)),
            )
        with suppress(AlreadyApplied):
            await composed.dependencies.store(school_id).save_coverage(
                covered, AppliedSequence("escalation", EventSequence(1, 1))
            )


def keys(count: int) -> list[str]:
    return [secrets.token_hex(16) for _ in range(count)]


async def run(place: Place, *, name: str, schools: Sequence[str] = SCHOOLS) -> Run:
    count = place.sized(REQUESTS, least=20)
    corner, heavier = place.corner(), await padding(place)
    with pinned(cores()[0]):
        async with served(place, name, corner, heavier, schools) as door:
            await _warm(door, place.sized(WARM_UP, least=5))
            used, began = door.cpu(), time.perf_counter()
            answers = await door.post(keys(count))
            answered = time.perf_counter()
            await door.all_out()
            took = time.perf_counter() - began
            used = door.cpu() - used
            refused = Counter(status for status in answers.status.values() if status != 202)
            if refused:
                raise RuntimeError(f"{name} answered {refused}")
            more = {
                "p50 ms": answers.percentile(0.5) * 1e3,
                "p99 ms": answers.percentile(0.99) * 1e3,
                "ms until all was published": (time.perf_counter() - answered) * 1e3,
                "µs of processor a request": used / count * 1e6,
                "bytes a document": float(await _weight(door)),
            }
            return Run(count / took, more)


async def _warm(door: Door, count: int) -> None:
    """Until it takes requests at all: ours is away until its store is prepared."""

    async def all_taken() -> bool:
        return all(status == 202 for status in (await door.post(keys(count))).status.values())

    await until(all_taken, every=0.1)
    await door.all_out()


async def kill(place: Place, *, name: str) -> Killed:
    """Killed in the middle; then every request is sent again with its key, by a client that cannot
    know what was stored.
    """
    wanted = keys(place.sized(REQUESTS, least=40))
    corner, heavier = place.corner(), await padding(place)
    async with served(place, name, corner, heavier) as first:
        await _warm(first, 5)
        before = await first.store["cases"].count_documents({})
        posting = asyncio.create_task(first.post(wanted))

        async def in_the_middle() -> bool:
            return await first.store["cases"].count_documents({}) >= before + len(wanted) // 3

        await until(in_the_middle)
        first.process.kill()
        await posting
    async with served(place, name, corner, heavier) as second:
        await _warm(second, 5)
        answered = await second.post(wanted)
        if any(status != 202 for status in answered.status.values()):
            raise RuntimeError(f"{name} refused a repeat")
        await second.all_out()
        stored = await _stored(second, wanted)
        lost = sum(not stored[key] for key in wanted) + (
            await _unpublished(place, second) if name == OURS else 0
        )
        return Killed(lost, sum(max(0, stored[key] - 1) for key in wanted))


async def _stored(door: Door, wanted: list[str]) -> Counter[str]:
    """How many cases each key has."""
    if door.name != OURS:
        return Counter(
            [
                document["key"]
                async for document in door.store["cases"].find({"key": {"$in": wanted}}, {"key": 1})
            ]
        )
    digests = {Keys(SECRET).digest_idempotency("case", school_of(key), key): key for key in wanted}
    found = door.store["cases"].find(
        {"state.idempotency": {"$in": list(digests)}}, {"state.idempotency": 1}
    )
    return Counter([digests[document["state"]["idempotency"]] async for document in found])


async def _unpublished(place: Place, door: Door) -> int:
    """Cases that the store has and the topic has not. One that is there twice is told apart by its
    sequence, by every reader.
    """
    ids = {document["_id"] async for document in door.store["cases"].find({}, {"_id": 1})}
    consumer = AIOKafkaConsumer(
        f"{door.given.corner}.intake.cases.v1",
        bootstrap_servers=place.kafka,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    await consumer.start()
    try:
        ends = await consumer.end_offsets(consumer.assignment())
        while any([await consumer.position(partition) < end for partition, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                ids -= {attributes(record.headers).subject for record in records}
    finally:
        await consumer.stop()
    return len(ids)


BENCHES = [
    Bench(
        name="intake",
        title="POST /cases, 32 connections, until the outbox is empty",
        unit="requests a second",
        contenders=tuple(
            Contender(name, partial(run, name=name), partial(kill, name=name)) for name in DOORS
        ),
        bars=(Bar("bare FastAPI", 0.7),),
    )
]
