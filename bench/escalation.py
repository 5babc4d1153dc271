"""Escalation's worker: messages a second on one core, by the rules; 202 to stored alert, beside a
bare produce, consume and write; and how long a calm message waits for the second stage.
"""

import asyncio
import json
import random
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import partial

from pymongo.asynchronous.change_stream import AsyncChangeStream

from bench.client import post_all, until
from bench.escalation_workers import BARE, BOTH_STAGES, composed
from bench.frame import Bar, Bench, Ceiling, Contender, Killed, Run
from bench.intake import BODY, SCHOOLS, keys, path_of, school_of, served
from bench.place import Place, cores, pinned, started
from sebaya_chassis.base.ids import new_id
from sebaya_chassis.outbox.producer import Producer
from sebaya_chassis.outbox.topics import make_topics
from sebaya_chassis.service.service_topics import topics_of
from sebaya_chassis.storage.database import Database, Document, open_database
from sebaya_chassis.storage.layout import AlreadyApplied, AppliedSequence
from sebaya_contracts.district import School, SchoolDefined
from sebaya_contracts.envelope import Attributes, encode
from sebaya_contracts.envelope import Sequence as EventSequence
from sebaya_contracts.intake import MessagePosted
from sebaya_contracts.topics import MESSAGES
from sebaya_contracts.words import Author

OURS = "escalation"
MESSAGES_A_RUN = 3_000
ALERTS_TO_A_PEAK = 800
# 99 of 100 of them leaves thirty: about once a second the store turns a page of its own over, and
# of a few hundred that would decide.
ALERTS_A_RUN = 3_000
# Before the clock starts, of whoever is measured: connections are made, and the broker knows the
# topics.
WARM_UP, WARM_UP_RATE = 200, 100.0
CALM = (
    "Sejak pindah sekolah aku makan siang sendirian terus, dan di kelas tidak ada yang "
    "mengajak bicara."
)
# A district's busiest hour: 23,000 messages, and 770 requests, which are longer.
BURST_AN_HOUR, LETTER_IN = 23_770, 31
LETTER = " ".join([CALM] * 4)
MESSAGES_A_BURST = 400
# What the second stage has no room for comes again a minute later.
AGAIN_MS = 60_000.0
WORRYING = json.dumps(json.loads(BODY) | {"text": "aku sering menyakiti diri sendiri"}).encode()


@asynccontextmanager
async def working(
    place: Place, name: str, corner: str, schools: Sequence[str] = SCHOOLS
) -> AsyncIterator[tuple[Database, asyncio.subprocess.Process]]:
    """A worker with the schools it knows; the store that it writes to."""
    made = composed(corner, place.mongodb_uri, place.kafka)
    runtime = made.runtime
    await runtime.prepare()
    await make_topics(place.kafka, topics_of("escalation", runtime.settings), 1)
    for school_id in schools:
        school = School(
            school_id=school_id, name="S", time_zone="Asia/Jakarta", country="ID", languages=("id",)
        )
        with suppress(AlreadyApplied):  # a second start
            await runtime.schools.apply(
                SchoolDefined(school_id=school_id, school=school),
                AppliedSequence("district", EventSequence(1, 1)),
            )
    process = await started(
        "bench.escalation_workers", name, corner, place.mongodb_uri, place.kafka
    )
    try:
        yield (
            open_database(runtime.client, f"{corner}_{BARE}") if name == BARE else runtime.database,
            process,
        )
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await runtime.client.close()


async def produced(place: Place, corner: str, count: int, schools: Sequence[str] = SCHOOLS) -> None:
    producer = Producer(place.kafka, "bench")
    try:
        await asyncio.gather(
            *(_send(producer, corner, new_id(), CALM, schools) for _ in range(count))
        )
    finally:
        await producer.stop()


async def _send(
    producer: Producer, corner: str, message_id: str, text: str, schools: Sequence[str] = SCHOOLS
) -> None:
    now, school_id = datetime.now(UTC), school_of(message_id, schools)
    event = MessagePosted(
        school_id=school_id,
        message_id=message_id,
        case_id=message_id,
        author=Author.STUDENT,
        text=text,
        posted_at=now,
        opening=True,
    )
    about = Attributes(
        new_id(), "/intake", event.kind(), message_id, school_id, EventSequence(1, 1), now
    )
    await producer.send(
        f"{corner}.{MESSAGES.name}", message_id.encode(), encode(event), about.headers()
    )


async def _reached(store: Database, count: int) -> None:
    """Until so many verdicts are stored and published."""

    async def reached() -> bool:
        return await store["verdicts"].count_documents({"outbox": []}) >= count

    await until(reached, every=0.02)


async def throughput(place: Place, *, schools: Sequence[str] = SCHOOLS) -> Run:
    """From the first stored verdict to the last published one, so that joining the group is not
    counted.
    """
    count, corner = place.sized(MESSAGES_A_RUN, least=20), place.corner()
    with pinned(cores()[0]):
        async with working(place, OURS, corner, schools) as (store, _):
            await produced(place, corner, 10, schools)
            await _reached(store, 10)
            began = time.monotonic()
            await produced(place, corner, count, schools)
            sent = time.monotonic() - began
            await _reached(store, count + 10)
            return Run(count / (time.monotonic() - began), {"s to produce them": sent})


async def kill(place: Place) -> Killed:
    """Killed in the middle and started again: verdicts that are missing, and messages with more
    than one.
    """
    count, corner = place.sized(MESSAGES_A_RUN, least=40), place.corner()
    with pinned(cores()[0]):
        async with working(place, OURS, corner) as (store, process):
            await produced(place, corner, count)
            await _reached(store, count // 4)
            process.kill()
        async with working(place, OURS, corner) as (store, _):
            await _reached(store, count)
            distinct = len(await store["verdicts"].distinct("state.message_id"))
            return Killed(count - distinct, await store["verdicts"].count_documents({}) - distinct)


async def latency(place: Place, *, name: str) -> Run:
    """99 of 100 alerts are stored within this many milliseconds, at half of the rate that our whole
    path takes at most.
    """
    rate = await _peak(place) / 2
    count, corner = place.sized(ALERTS_A_RUN, least=10), place.corner()
    with pinned(cores()[0]):
        async with _warm(place, corner, name) as (port, stored):
            began = await _raised(place, corner, port, stored, count, rate)
            waits = sorted((stored[case_id] - at) * 1e3 for case_id, at in began.items())
            return Run(
                waits[int(len(waits) * 0.99)],
                {"p50 ms": statistics.median(waits), "requests a second": rate},
            )


async def burst(place: Place) -> Run:
    """99 of 100 calm messages have their verdict, by both stages, within this many milliseconds of
    being sent, in a district's busiest hour. Messages come at random.
    """
    count, corner = place.sized(MESSAGES_A_BURST, least=20), place.corner()
    chance = random.Random(0)
    with pinned(cores()[0]):
        async with working(place, BOTH_STAGES, corner) as (store, _):
            await produced(place, corner, 10)
            await _reached(store, 10)
            async with _watched(store, "verdicts", "message_id") as stored:
                producer, began = Producer(place.kafka, "bench"), {}
                for number, message_id in enumerate(keys(count)):
                    await asyncio.sleep(chance.expovariate(BURST_AN_HOUR / 3600))
                    text = CALM if number % LETTER_IN else LETTER
                    began[message_id] = time.monotonic()
                    await _send(producer, corner, message_id, text)
                await producer.stop()
                with suppress(TimeoutError):
                    async with asyncio.timeout(AGAIN_MS / 1e3):
                        while not began.keys() <= stored.keys():
                            await asyncio.sleep(0.05)
            came = [(stored[one] - at) * 1e3 for one, at in began.items() if one in stored]
            waits = sorted(came + [AGAIN_MS] * (count - len(came)))
            return Run(
                waits[int(len(waits) * 0.99)],
                {"p50 ms": statistics.median(waits), "had no room": float(count - len(came))},
            )


async def _raised(
    place: Place, corner: str, port: int | None, stored: dict[str, float], count: int, rate: float
) -> dict[str, float]:
    """When each of so many alerts began, by its case; all of them are stored by now."""
    began = await (_sent(place, corner, count, rate) if port is None else _asked(port, count, rate))

    async def all_stored() -> bool:
        return began.keys() <= stored.keys()

    await until(all_stored, every=0.05)
    return began


@asynccontextmanager
async def _answering(place: Place, corner: str, name: str) -> AsyncIterator[int | None]:
    """The port of our door; the bare way has none."""
    if name != OURS:
        yield None
        return
    async with served(place, "intake", corner, 0) as door:
        yield door.port


async def _ready(place: Place, corner: str, port: int | None, store: Database) -> None:
    """Until a first alert came through: whoever is measured has joined its group."""

    async def one_stored() -> bool:
        await (_sent(place, corner, 1, 100.0) if port is None else _asked(port, 1, 100.0))
        return await store["alerts"].find_one({}) is not None

    await until(one_stored, every=0.2)


_peaks: dict[Place, float] = {}


async def _peak(place: Place) -> float:
    """Alerts a second that our whole path takes at most; measured once a place, three times, and
    the same for both contenders.
    """
    if place not in _peaks:
        _peaks[place] = statistics.median([await _most(place) for _ in range(3)])
    return _peaks[place]


async def _most(place: Place) -> float:
    count, corner = place.sized(ALERTS_TO_A_PEAK, least=10), place.corner()
    with pinned(cores()[0]):
        async with _warm(place, corner, OURS) as (port, stored):
            began, before = time.monotonic(), len(stored)
            await post_all(port or 0, path_of, WORRYING, keys(count), 16)

            async def all_stored() -> bool:
                return len(stored) >= before + count

            await until(all_stored)
            return count / (time.monotonic() - began)


@asynccontextmanager
async def _warm(
    place: Place, corner: str, name: str
) -> AsyncIterator[tuple[int | None, dict[str, float]]]:
    """The door's port, and the watched alerts of a worker that has stored its first ones."""
    async with (
        _answering(place, corner, name) as port,
        working(place, name, corner) as (store, _),
    ):
        await _ready(place, corner, port, store)
        async with _watched(store) as stored:
            await _raised(place, corner, port, stored, place.sized(WARM_UP), WARM_UP_RATE)
            yield port, stored


@asynccontextmanager
async def _watched(
    store: Database, collection: str = "alerts", key: str = "case_id"
) -> AsyncIterator[dict[str, float]]:
    """When each case's alert was there for a majority read, as a change stream tells it; or other
    documents, by a key of theirs.
    """
    stored: dict[str, float] = {}

    async def collect(changes: AsyncChangeStream[Document]) -> None:
        async for change in changes:
            stored[change["fullDocument"]["state"][key]] = time.monotonic()

    async with await store[collection].watch([{"$match": {"operationType": "insert"}}]) as changes:
        collecting = asyncio.create_task(collect(changes))
        try:
            yield stored
        finally:
            collecting.cancel()
            await asyncio.wait({collecting})


async def _asked(port: int, count: int, rate: float) -> dict[str, float]:
    answers = await post_all(port, path_of, WORRYING, keys(count), 8, rate)
    return {json.loads(body)["case_id"]: answers.at[key] for key, body in answers.bodies.items()}


async def _sent(place: Place, corner: str, count: int, rate: float) -> dict[str, float]:
    """The same events by a bare producer: the clock starts before the send."""
    producer, began = Producer(place.kafka, "bench"), {}
    try:
        async with asyncio.TaskGroup() as sends:
            due = time.monotonic()
            for message_id in keys(count):
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                due += 1 / rate
                began[message_id] = time.monotonic()
                sends.create_task(_send(producer, corner, message_id, CALM))
    finally:
        await producer.stop()
    return began


BENCHES = [
    Bench(
        name="escalation",
        title="Messages screened by the rules, stored and answered by one worker on one core",
        unit="messages a second",
        contenders=(Contender(OURS, throughput, kill),),
        bars=(),
    ),
    Bench(
        name="alert-latency",
        title="From the answer 202 to the stored alert, at half of the peak",
        unit="ms, 99 of 100",
        contenders=(
            Contender(OURS, partial(latency, name=OURS)),
            Contender(BARE, partial(latency, name=BARE)),
        ),
        bars=(Bar(BARE, 5.0),),
        more_is_better=False,
    ),
    Bench(
        name="both-stages",
        title="From a calm message to its verdict by both stages, in a district's busiest hour",
        unit="ms, 99 of 100",
        contenders=(Contender(OURS, burst),),
        bars=(),
        more_is_better=False,
        ceilings=(Ceiling(OURS, None, 1_000.0),),
    ),
]
