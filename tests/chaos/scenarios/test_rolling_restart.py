"""Two replicas of every service are replaced one after the other, under load, behind the entrance:
nobody notices.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import httpx

from chaos.scenarios.town import (
    FULL,
    GRAVE,
    JAKARTA,
    SINGAPORE,
    Town,
    paged,
    pages_kept_their_times,
    store_time,
    town,
    wanted,
)
from sebaya_cli.api_client import UnexpectedAnswer
from sebaya_contracts.topics import SERVICES, VERDICTS
from support import eventually

ROUNDS = 3 if FULL else 1
PAUSE = 0.15
# A lease of a timer that its process took with it is waited for by the other.
ON_TIME = timedelta(seconds=5)


class Load:
    """People at every service's door. No client of theirs tries a second time."""

    def __init__(self, here: Town) -> None:
        self.here = here
        self.requests = 0
        self.failed: list[str] = []
        self.opened: set[str] = set()
        self.over = asyncio.Event()

    async def count(self, request: Awaitable[object]) -> None:
        try:
            await request
            self.requests += 1
        except (UnexpectedAnswer, httpx.TransportError) as error:
            self.failed.append(f"{type(error).__name__} {error}")

    async def student(self, school_id: str) -> None:
        while not self.over.is_set():
            student = self.here.student(school_id)
            await self.count(student.ask(wanted()))
            if not student.case_id:
                continue
            self.opened.add(student.case_id)
            # With a key, to be sent again by the entrance; and without one, where only a clean
            # farewell helps.
            for request in (student.look, lambda one=student: one.write("kata"), student.withdraw):
                await self.count(request())
                await asyncio.sleep(PAUSE)

    async def repeat(self, request: Callable[[], Awaitable[object]]) -> None:
        while not self.over.is_set():
            await self.count(request())
            await asyncio.sleep(PAUSE)


async def test_no_request_fails_and_no_page_is_missing_while_every_process_is_replaced(
    tmp_path: Path,
) -> None:
    async with town(tmp_path, replicas=2) as here:
        await here.student().ask(wanted(GRAVE))
        await eventually(lambda: paged(here), within=60)
        counsellor = await here.staff("counsellor")
        coordinator = await here.staff("coordinator")
        load = Load(here)
        people = [
            *(asyncio.create_task(load.student(school)) for school in (SINGAPORE, SINGAPORE)),
            asyncio.create_task(load.repeat(lambda: counsellor.alerts("open"))),
            asyncio.create_task(load.repeat(lambda: coordinator.get("matching", "/supporters"))),
            asyncio.create_task(load.repeat(lambda: coordinator.get("evaluation", "/report"))),
        ]
        since, before = await store_time(here), here.pids()
        for _ in range(ROUNDS):
            for service in SERVICES:
                for number in (1, 2):
                    await here.stack.stop(f"{service}-{number}")
                    await here.stack.start(f"{service}-{number}")
        until = await store_time(here)
        load.over.set()
        await asyncio.gather(*people)

        assert not set(before.values()) & {
            pid for name, pid in here.pids().items() if name != "issuer"
        }, "every process was replaced"
        print(
            f"{load.requests} requests, {len(load.failed)} failed, in "
            f"{(until - since).total_seconds():.0f} s"
        )
        assert not load.failed, Counter(load.failed)
        await no_page_missing(here, JAKARTA)
        await pages_kept_their_times(here, since, until, ON_TIME)
        await eventually(lambda: everything_answered(here, load), within=90, every=0.5)


async def no_page_missing(here: Town, school_id: str) -> None:
    """Each page of the school that was sent lies in the mailbox once: nobody was killed, so none
    was repeated.
    """
    mails = Counter(mail["Message-ID"] for mail in here.stack.mail.read())
    assert max(mails.values()) == 1, mails.most_common(3)
    sent = {
        row["state"]["message_id"]
        async for row in here.collection("escalation", "pages").find(
            {"school_id": school_id, "state.state": "sent"}
        )
    }
    assert sent <= set(mails)


async def everything_answered(here: Town, load: Load) -> bool:
    known = await here.collection("matching", "cases").count_documents(
        {"_id": {"$in": list(load.opened)}, "state.withdrawn": True}
    )
    verdicts = len({subject for subject, _, _ in await here.rows(VERDICTS)})
    messages = await here.collection("intake", "messages").count_documents({})
    return bool(known == len(load.opened) and verdicts == messages + len(load.opened) + 1)
