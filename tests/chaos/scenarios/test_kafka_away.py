"""Kafka is away: intake goes on, pages go out on time, and what waited arrives in order, once."""

import asyncio
import time
from datetime import timedelta
from pathlib import Path

from chaos.scenarios.town import (
    GRAVE,
    SINGAPORE,
    Town,
    increasing,
    length,
    paged,
    pages_kept_their_times,
    store_time,
    town,
    wanted,
)
from sebaya_cli.demo.people import Student
from sebaya_contracts.topics import CASES, MESSAGES, VERDICTS
from support import eventually

AWAY_SECONDS = length(45, 300)
PEOPLE = 4
# Shorter than the outage, so that a message counted as overdue since it was written, not since it
# was published, would go out twice.
VERDICT_DUE = 20
ON_TIME = timedelta(seconds=5)


class Busy:
    """Students who ask, write, press for an adult and withdraw, without a pause for the outage.
    Every answer must be a 202.
    """

    def __init__(self, here: Town) -> None:
        self.here = here
        self.students: list[Student] = []
        self.messages = 0
        self.over = asyncio.Event()

    async def person(self) -> None:
        turn = 0
        while not self.over.is_set():
            # The first school has the one alert whose ladder is looked at.
            student = self.here.student(SINGAPORE)
            await student.ask(wanted())
            self.students.append(student)
            for step in range(2):
                await student.write(f"kata {step}")
                self.messages += 1
            if turn % 9 == 0:
                await student.want_an_adult()
            if turn % 3 < 2:
                await student.withdraw()
            turn += 1
            await asyncio.sleep(1.0)


async def test_while_kafka_is_away_students_are_heard_pages_go_out_and_nothing_doubles(
    tmp_path: Path,
) -> None:
    env = {"intake": {"SEBAYA_VERDICT_DUE_SECONDS": str(VERDICT_DUE)}}
    async with town(tmp_path, extra_env=env) as here:
        grave = here.student()
        await grave.ask(wanted(GRAVE))
        await eventually(lambda: paged(here), within=60, says="the first page went out")

        await here.stack.stop("kafka")
        gone_at, left = await store_time(here), time.monotonic()
        busy = Busy(here)
        people = [asyncio.create_task(busy.person()) for _ in range(PEOPLE)]
        done, _ = await asyncio.wait(
            people, timeout=AWAY_SECONDS, return_when=asyncio.FIRST_EXCEPTION
        )
        assert not done, [task.exception() for task in done]
        back_at = await store_time(here)
        print(
            f"away for {time.monotonic() - left:.0f} s: {len(busy.students)} cases and "
            f"{busy.messages} messages answered 202"
        )
        await pages_kept_their_times(here, gone_at, back_at, ON_TIME)
        assert await here.live() == dict.fromkeys(await here.live(), 200)
        await here.stack.start("kafka")
        returned = time.monotonic()
        busy.over.set()
        await asyncio.gather(*people)

        opened = len(busy.students) + 1
        await eventually(
            lambda: all_have_verdicts(here, opened + busy.messages), within=180, every=1.0
        )
        print(
            f"every verdict was there {time.monotonic() - returned:.1f} s after the broker's return"
        )
        await eventually(lambda: all_at_rest(here), within=60, every=0.5)
        await arrived_once_and_in_order(here, opened, busy.messages)
        for student in busy.students:
            assert (await student.look())["opening_screened"]
        await seen_by_the_others(here, busy.students)


async def all_have_verdicts(here: Town, messages: int) -> bool:
    return len({subject for subject, _, _ in await here.rows(VERDICTS)}) == messages


async def all_at_rest(here: Town) -> bool:
    waiting = {"outbox_since": {"$exists": True}}
    counts = [
        await here.collection(*where).count_documents(waiting)
        for where in (("intake", "cases"), ("intake", "messages"))
    ]
    return sum(counts) == 0


async def arrived_once_and_in_order(here: Town, cases: int, messages: int) -> None:
    posted, told = await here.rows(MESSAGES), await here.rows(CASES)
    assert increasing(posted) and increasing(told)
    assert len(posted) == len({event_id for _, _, event_id in posted}) == cases + messages, (
        "the backlog doubled"
    )
    assert len({subject for subject, _, _ in told}) == cases


async def seen_by_the_others(here: Town, students: list[Student]) -> None:
    """Every case is what its student did last, at matching and evaluation too."""

    async def known() -> bool:
        ids = [student.case_id for student in students]
        withdrawn = await here.collection("intake", "cases").count_documents(
            {"state.withdrawn_at": {"$ne": None}}
        )
        matching = await here.collection("matching", "cases").count_documents(
            {"_id": {"$in": ids}, "state.withdrawn": True}
        )
        facts = await here.collection("evaluation", "facts").count_documents(
            {"state.withdrawn_at": {"$ne": None}}
        )
        return bool(withdrawn == matching == facts > 0)

    await eventually(known, within=60, every=0.5)
