"""Faults that can be switched on and off in a running town, each with the alerts that must tell of
it.
"""

import random
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from alerting.town import Town
from sebaya_chassis.base.ids import new_id
from sebaya_chassis.outbox.producer import Producer
from sebaya_cli.dead_letters import opened
from sebaya_cli.demo.district import request
from sebaya_cli.demo.people import Staff, Student
from sebaya_cli.demo.texts import texts
from sebaya_contracts.district import School
from sebaya_contracts.envelope import Attributes, Sequence
from sebaya_contracts.topics import CASES, Topic

GRAVE = next(text for text in texts() if text.expect == "red")
Switch = Callable[[Town], AbstractAsyncContextManager[None]]


@dataclass(frozen=True, slots=True)
class Fault:
    """`on` switches it on; leaving the block switches it off. `alerts` fire meanwhile and clear
    afterwards, `also` only fire.
    """

    name: str
    on: Switch
    alerts: frozenset[str]
    also: frozenset[str] = frozenset()


@asynccontextmanager
async def unreadable_record(town: Town) -> AsyncIterator[None]:
    """All readers of the topic put it aside, until an operator gives it up."""
    await send_unreadable(town, CASES, town.district[0], ["poison"])
    yield
    await give_up(town)


async def send_unreadable(
    town: Town, topic: Topic, school: School, subjects: Iterable[str]
) -> None:
    """To all appearance what the topic is for."""
    kind = next(iter(topic.types))
    producer = Producer(town.where.kafka, "fault")
    for subject in subjects:
        about = Attributes(
            new_id(), "/intake", kind, subject, school.school_id, Sequence(1, 1), datetime.now(UTC)
        )
        await producer.send(
            town.where.topic(topic.name), subject.encode(), b"{not json", about.headers()
        )
    await producer.stop()


async def give_up(town: Town) -> int:
    """What waits for an operator; how many there were."""
    async with opened(town.where) as letters:
        waiting = await letters.open()
        for letter in waiting:
            await letters.drop(letter)
    return len(waiting)


@asynccontextmanager
async def changed_row(
    town: Town, collection: str, row: dict[str, Any], field: str, value: Any
) -> AsyncIterator[None]:
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
    async with changed_row(
        town,
        "cases",
        {"_id": paired["_id"]},
        "request.excluded",
        [paired["state"]["match"]["supporter_id"]],
    ):
        yield


@asynccontextmanager
async def nobody_answers(town: Town) -> AsyncIterator[None]:
    """A grave message at a school whose counsellor is away; then the counsellor comes."""
    school = town.district[-1]
    await Student(town.web, school.school_id).ask(request(GRAVE, school, random.Random(1)))
    yield
    await counsellor_comes(town, school)


async def counsellor_comes(town: Town, school: School) -> None:
    counsellor = await Staff.signed_in(town.web, school.school_id, "counsellor", "counsellor")
    for alert in await counsellor.alerts("open"):
        await counsellor.acknowledge(alert["alert_id"])


QUICK = (
    Fault("an unreadable record", unreadable_record, frozenset({"DeadLetterWaits"})),
    Fault("a place too many", a_place_too_many, frozenset({"CapBreached"})),
    Fault("an excluded pair", an_excluded_pair, frozenset({"ExclusionBreached"})),
    Fault("nobody answers", nobody_answers, frozenset({"AlertOverdue"})),
)


@asynccontextmanager
async def all_at_once(faults: tuple[Fault, ...], town: Town) -> AsyncIterator[frozenset[str]]:
    """The alerts that must fire inside, and clear afterwards."""
    async with AsyncExitStack() as switches:
        for fault in faults:
            await switches.enter_async_context(fault.on(town))
        yield frozenset().union(*(fault.alerts for fault in faults))
