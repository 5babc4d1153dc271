"""Faults that take their time, or whose alerts hold for longer than they do."""

import asyncio
import random
import secrets
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from alerting.faults import GRAVE, Fault, Switch, counsellor_comes, give_up, send_unreadable
from alerting.town import Town
from sebaya_chassis.consuming.topic_reader import records_to_end
from sebaya_chassis.outbox.producer import Producer
from sebaya_cli import schools
from sebaya_cli.demo.district import request
from sebaya_cli.demo.people import Student
from sebaya_cli.demo.texts import Text, texts
from sebaya_contracts.district import School
from sebaya_contracts.topics import CASES, MESSAGES
from support import eventually

CALM = next(text for text in texts() if text.expect == "none")
AMBER = next(text for text in texts() if text.expect == "amber")
# Nobody has looked for its crisis lines.
FAR_COUNTRY = "AQ"
# More than the rule lets pass for mistyping.
GUESSES = 80
TOKENS = 60
# Of a worker's last 200 records more than half must fail, and more than 50; so few more that the
# rest does not stop it again.
UNREADABLE = 60
NOBODY = "nobody who still runs"


async def asks(town: Town, school: School, text: Text = GRAVE) -> Student:
    student = Student(town.web, school.school_id)
    await student.ask(request(text, school, random.Random(1)))
    return student


@asynccontextmanager
async def described(town: Town, **changed: Any) -> AsyncIterator[None]:
    """A school's entry in the district's file, and then as it was."""
    await _apply(town, replace(town.district[0], **changed))
    yield
    await _apply(town, town.district[0])


async def _apply(town: Town, school: School) -> None:
    present = await schools.known(town.where)
    await schools.publish(town.where, schools.changes([school], present), present)


def a_hole_in_the_rota(town: Town) -> AbstractAsyncContextManager[None]:
    return described(town, rota=())


def a_country_without_lines(town: Town) -> AbstractAsyncContextManager[None]:
    return described(town, country=FAR_COUNTRY)


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
    await asks(town, town.district[-2])
    yield
    town.stack.resume("kafka")


@asynccontextmanager
async def a_killed_store(town: Town) -> AsyncIterator[None]:
    """A student asks, and is told so; a message that came before waits to be screened."""
    student = await asks(town, town.district[-3])
    # Nothing else may be in hand: what is behind it would not have been fetched.
    escalation = town.database("escalation")
    await eventually(lambda: escalation["alerts"].find_one({"state.case_id": student.case_id}))
    await eventually(
        lambda: escalation["cases"].find_one(
            {"_id": student.case_id, "state.opened_at": {"$type": "date"}}
        )
    )
    town.stack.kill("mongo")

    async def refused() -> bool:
        return (
            await town.web.get(f"/intake/schools/{town.district[-3].school_id}")
        ).status_code == 503

    await eventually(refused, within=60)
    await _once_more(town)
    yield
    await town.stack.start("mongo")


async def _once_more(town: Town) -> None:
    """A message that is known: it waits as any other would, and changes nothing."""
    topic = town.where.topic(MESSAGES.name)
    record, *_ = [
        record async for record in records_to_end(town.where.kafka, topic, MESSAGES.partitions)
    ]
    producer = Producer(town.where.kafka, "fault")
    await producer.send(topic, record.key, record.value, list(record.headers))
    await producer.stop()


@asynccontextmanager
async def no_screen(town: Town) -> AsyncIterator[None]:
    """A message that nobody gives a verdict on."""
    async with stopped("escalation")(town):
        await asks(town, town.district[-2])
        yield


@asynccontextmanager
async def no_mail(town: Town) -> AsyncIterator[None]:
    """Whoever is on call cannot be reached."""
    await town.stack.mail.stop()
    await asks(town, town.district[-4])
    yield
    await town.stack.mail.start()
    await counsellor_comes(town, town.district[-4])


@asynccontextmanager
async def nobody_takes_an_amber(town: Town) -> AsyncIterator[None]:
    await asks(town, town.district[-5], AMBER)
    yield
    await counsellor_comes(town, town.district[-5])


@asynccontextmanager
async def claimed_by_nobody(town: Town) -> AsyncIterator[None]:
    """An alert and its page are held by a process that is not there, and by a lease that does not
    end.
    """
    school = town.district[-6]
    await asks(town, school)
    escalation = town.database("escalation")
    held = {"timer": {"token": NOBODY, "until": datetime.now(UTC) + timedelta(days=1)}}
    ours = {"school_id": school.school_id, "timer": {"$exists": False}}
    due = {"due_at": datetime.now(UTC) - timedelta(minutes=1)}
    page = await eventually(
        lambda: escalation["pages"].find_one_and_update(
            ours | {"state.state": "sent"}, {"$set": held | due}
        )
    )
    # Its first step is done with; the next one comes in a quarter of a minute.
    await eventually(
        lambda: escalation["alerts"].find_one_and_update(
            ours | {"state.status": "open"}, {"$set": held}
        )
    )
    yield
    await escalation["pages"].update_one(
        {"_id": page["_id"]}, {"$set": {"due_at": page["due_at"]}, "$unset": {"timer": ""}}
    )
    await escalation["alerts"].update_many({"timer.token": NOBODY}, {"$unset": {"timer": ""}})
    await counsellor_comes(town, school)


@asynccontextmanager
async def an_unreadable_message(town: Town) -> AsyncIterator[None]:
    """The screen does not know what a student wrote."""
    school = town.district[-7]
    await send_unreadable(town, MESSAGES, school, ["unreadable"])
    yield
    await give_up(town)
    await counsellor_comes(town, school)


@asynccontextmanager
async def an_unreadable_case(town: Town) -> AsyncIterator[None]:
    """Its student asks again and again, others meanwhile are answered; and a timer is to look at
    it.
    """
    student = await asks(town, town.district[-8], CALM)

    async def waits() -> bool:
        """Nothing more comes for it by itself."""
        return bool((await student.look())["wait_reason"])

    await eventually(waits, every=0.5)
    cases = town.database("intake")["cases"]
    whole = await cases.find_one({"_id": student.case_id})
    damage = {"$unset": {"state.case_id": ""}, "$set": {"due_at": datetime.now(UTC)}}
    await cases.update_one({"_id": student.case_id}, damage)
    people = asyncio.create_task(_come_and_go(town, student))
    yield
    people.cancel()
    with suppress(asyncio.CancelledError):
        await people
    await cases.update_one(
        {"_id": student.case_id},
        {"$set": {"state": whole["state"], "due_at": whole["due_at"]}, "$unset": {"timer": ""}},
    )


async def _come_and_go(town: Town, student: Student) -> None:
    """One in twenty asks for what cannot be read."""
    door = f"/intake/schools/{student.school_id}"
    while True:
        answers = [town.web.get(door) for _ in range(19)]
        await asyncio.gather(
            town.web.get(f"{door}/me", headers={"Return-Code": student.code}), *answers
        )


@asynccontextmanager
async def guessed_codes(town: Town) -> AsyncIterator[None]:
    door = f"/intake/schools/{town.district[-9].school_id}/me"
    for _ in range(GUESSES):
        answer = await town.web.get(door, headers={"Return-Code": secrets.token_hex(8)})
        assert answer.status_code == 404, answer.text
    yield


@asynccontextmanager
async def tried_tokens(town: Town) -> AsyncIterator[None]:
    door = f"/escalation/schools/{town.district[-9].school_id}/alerts"
    for _ in range(TOKENS):
        answer = await town.web.get(door, headers={"Authorization": "Bearer made.up.token"})
        assert answer.status_code == 401, answer.text
    yield


@asynccontextmanager
async def more_unreadable_than_readable(town: Town) -> AsyncIterator[None]:
    """Until the workers that read them stop themselves; then they are given up, and the workers
    started again.
    """
    # With the two hundred schools just read one would bear twice as many as the others, who would
    # find the rest and stop once more.
    for service in CASES.readers:
        await stopped_and_started(town, service)
    await send_unreadable(
        town, CASES, town.district[0], [f"unreadable-{number}" for number in range(UNREADABLE)]
    )

    async def all_halted() -> bool:
        return await _halted(town) == set(CASES.readers)

    await eventually(all_halted, within=120, every=0.5)
    yield
    for service in CASES.readers:
        await stopped_and_started(town, service)
    given_up = 0

    async def all_of_them() -> bool:
        nonlocal given_up
        given_up += await give_up(town)
        return given_up == UNREADABLE * len(CASES.readers)

    await eventually(all_of_them, within=120, every=0.5)


async def stopped_and_started(town: Town, service: str) -> None:
    async with stopped(service)(town):
        pass


async def _halted(town: Town) -> set[str]:
    return {
        sample["metric"]["service"]
        for sample in await town.prometheus.query("max by (service) (sebaya_consumer_halted) > 0")
    }


# One after another: each would hide or cause the others. An alert over ten minutes or an hour
# clears after them (deploy/rule_cases.py).
SLOW = (
    Fault("a hole in the rota", a_hole_in_the_rota, frozenset({"CoverageGapNow"})),
    Fault("no evaluation", stopped("evaluation"), frozenset({"ServiceAway", "WorkerAway"})),
    Fault("no screen", no_screen, frozenset({"VerdictsOverdue", "WorkerAway"})),
    Fault("no mail", no_mail, frozenset(), also=frozenset({"PagesFail"})),
    Fault(
        "more unreadable than readable",
        more_unreadable_than_readable,
        frozenset({"ConsumerHalted", "DeadLetterWaits"}),
    ),
    Fault("a frozen broker", a_frozen_broker, frozenset({"BrokerAway", "OutboxOld"})),
    Fault(
        "a killed store",
        a_killed_store,
        frozenset({"StoreAway", "MessagesBehind", "ConsumerStalled"}),
        also=frozenset({"IntakeUnavailable"}),
    ),
)
TOGETHER = (
    Fault(
        "an amber alert that nobody takes", nobody_takes_an_amber, frozenset({"AmberAlertOverdue"})
    ),
    Fault("a country without lines", a_country_without_lines, frozenset({"CrisisLinesMissing"})),
    Fault("a claim of nobody's", claimed_by_nobody, frozenset({"LadderLate", "PageOverdue"})),
    Fault(
        "an unreadable message",
        an_unreadable_message,
        frozenset({"DeadLetterWaits"}),
        also=frozenset({"MessageUnscreened"}),
    ),
    Fault(
        "an unreadable case",
        an_unreadable_case,
        frozenset(),
        also=frozenset({"IntakeFails", "IntakeErrorsBurn", "IntakeErrorsSmoulder", "TimersFail"}),
    ),
    Fault("guessed codes", guessed_codes, frozenset(), also=frozenset({"CodesGuessed"})),
    Fault("tried tokens", tried_tokens, frozenset(), also=frozenset({"RefusalsBurst"})),
)
