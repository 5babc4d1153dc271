"""Faults that can be switched on and off in a running town, each with the alerts that must tell of it."""

import random
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from sebaya_chassis.ids import new_id
from sebaya_chassis.kafka import Producer
from sebaya_cli import schools
from sebaya_cli.dead_letters import opened
from sebaya_cli.demo.district import request
from sebaya_cli.demo.people import Staff, Student
from sebaya_cli.demo.texts import texts
from sebaya_contracts.envelope import Attributes, Sequence
from sebaya_contracts.topics import CASES
from support import eventually
from watched.town import Town

GRAVE = next(text for text in texts() if text.expect == "red")
Switch = Callable[[Town], AbstractAsyncContextManager[None]]


@dataclass(frozen=True, slots=True)
class Fault:
    """`on` switches it on; leaving the block switches it off. `alerts` fire meanwhile and clear afterwards, `also` only fire."""

    name: str
    on: Switch
    alerts: frozenset[str]
    also: frozenset[str] = frozenset()


@asynccontextmanager
async def unreadable_record(town: Town) -> AsyncIterator[None]:
    """All readers of the topic put it aside, until an operator gives it up."""
    about = Attributes(new_id(), "/intake", "CaseOpened", "poison", town.district[0].school_id, Sequence(1, 1), datetime.now(UTC))
    producer = Producer(town.where.kafka, "fault")
    await producer.send(town.where.topic(CASES.name), b"poison", b"{not json", about.headers())
    await producer.stop()
    yield
    async with opened(town.where) as letters:
        for letter in await letters.open():
            await letters.drop(letter)


@asynccontextmanager
async def changed_row(town: Town, collection: str, row: dict[str, Any], field: str, value: Any) -> AsyncIterator[None]:
    """What the code would never write, written past it."""
    rows = town.database("matching")[collection]
    found = await rows.find_one_and_update(row, {"$set": {f"state.{field}": value}})
    assert found is not None, f"nothing in {collection} fits"
    yield
    await rows.update_one({"_id": found["_id"]}, {"$set": {"state": found["state"]}})


def a_place_too_many(town: Town) -> AbstractAsyncContextManager[None]:
    return changed_row(town, "supporters", {}, "slots", {f"forged-{n}": "c" for n in range(9)})


@asynccontextmanager
async def an_excluded_pair(town: Town) -> AsyncIterator[None]:
    cases = town.database("matching")["cases"]
    paired = await cases.find_one({"state.stage": "matched"})
    assert paired is not None, "nobody is matched"
    async with changed_row(town, "cases", {"_id": paired["_id"]}, "request.excluded", [paired["state"]["match"]["supporter_id"]]):
        yield


@asynccontextmanager
async def nobody_answers(town: Town) -> AsyncIterator[None]:
    """A grave message at a school whose counsellor is away; then the counsellor comes."""
    school = town.district[-1]
    await Student(town.web, school.school_id).ask(request(GRAVE, school, random.Random(1)))
    yield
    counsellor = await Staff.signed_in(town.web, school.school_id, "counsellor", "counsellor")
    for alert in await counsellor.alerts("open"):
        await counsellor.acknowledge(alert["alert_id"])


@asynccontextmanager
async def a_hole_in_the_rota(town: Town) -> AsyncIterator[None]:
    await _describe(town, rota=())
    yield
    await _describe(town, rota=town.district[0].rota)


async def _describe(town: Town, **changed: Any) -> None:
    present = await schools.known(town.where)
    await schools.publish(town.where, schools.changes([replace(town.district[0], **changed)], present), present)


def stopped(part: str) -> Switch:
    @asynccontextmanager
    async def switch(town: Town) -> AsyncIterator[None]:
        await town.stack.stop(part)
        yield
        await town.stack.start(part)

    return switch


@asynccontextmanager
async def a_frozen_broker(town: Town) -> AsyncIterator[None]:
    """Connections stay open and nobody answers; a student asks meanwhile."""
    town.stack.pause("kafka")
    school = town.district[-2]
    await Student(town.web, school.school_id).ask(request(GRAVE, school, random.Random(2)))
    yield
    town.stack.resume("kafka")


@asynccontextmanager
async def a_killed_store(town: Town) -> AsyncIterator[None]:
    """And a student who asks, and is told so."""
    town.stack.kill("mongo")

    async def refused() -> bool:
        return (await town.web.get(f"/intake/schools/{town.district[-3].school_id}")).status_code == 503

    await eventually(refused, within=60)
    yield
    await town.stack.start("mongo")


@asynccontextmanager
async def no_screen(town: Town) -> AsyncIterator[None]:
    """A message that nobody gives a verdict on."""
    async with stopped("escalation")(town):
        school = town.district[-2]
        await Student(town.web, school.school_id).ask(request(GRAVE, school, random.Random(3)))
        yield


QUICK = (
    Fault("an unreadable record", unreadable_record, frozenset({"DeadLetterWaits"})),
    Fault("a place too many", a_place_too_many, frozenset({"CapBreached"})),
    Fault("an excluded pair", an_excluded_pair, frozenset({"ExclusionBreached"})),
    Fault("nobody answers", nobody_answers, frozenset({"AlertOverdue"})),
)
# One after another: each would hide or cause the others.
SLOW = (
    Fault("a hole in the rota", a_hole_in_the_rota, frozenset({"CoverageGapNow"})),
    Fault("no evaluation", stopped("evaluation"), frozenset({"ServiceAway", "WorkerAway"})),
    Fault("no screen", no_screen, frozenset({"VerdictsOverdue", "WorkerAway"})),
    Fault("a frozen broker", a_frozen_broker, frozenset({"BrokerAway", "OutboxOld"})),
    Fault("a killed store", a_killed_store, frozenset({"StoreAway"}), also=frozenset({"IntakeUnavailable"})),
)


@asynccontextmanager
async def all_at_once(faults: tuple[Fault, ...], town: Town) -> AsyncIterator[frozenset[str]]:
    """The alerts that must fire inside, and clear afterwards."""
    async with AsyncExitStack() as switches:
        for fault in faults:
            await switches.enter_async_context(fault.on(town))
        yield frozenset().union(*(fault.alerts for fault in faults))
