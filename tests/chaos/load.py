"""Who is at work while faults are on: the demo's people, students who withdraw, and the probe that
tells when the way is whole again.
"""

import asyncio
import random
import secrets
import time
from contextlib import suppress

import httpx

from chaos.ledger import IMPATIENT, KEY, NeverClear, Notes
from sebaya_cli.api_client import UnexpectedAnswer
from sebaya_cli.demo.district import request
from sebaya_cli.demo.people import Student
from sebaya_cli.demo.simulation import Simulation
from sebaya_cli.demo.texts import texts
from sebaya_contracts.district import School
from support import eventually

# A probe's words need no counsellor, so that its way is always the same: intake, escalation's
# verdict, matching, and back.
HARMLESS = next(text for text in texts() if text.expect == "none")
# Enough to have something of every kind in flight; the servers and eight services share two cores
# with them.
PEERS = 5
LOOK_SECONDS = 2.5
KNOWN_TO_MATCHING = frozenset({"offered", "matched", "with_counsellor", "closed"})


class Load:
    """The district's people at work. `rest` ends it, each after what is in hand."""

    def __init__(
        self, web: httpx.AsyncClient, district: list[School], notes: Notes, pace: float, seed: int
    ) -> None:
        self.notes = notes
        self.district = district
        self.web = web
        self._chance = random.Random(seed)
        self.play = Simulation(
            web, district, pace, random.Random(seed), peers=PEERS, look_seconds=LOOK_SECONDS
        )
        self._asking = True

    async def run(self) -> None:
        async with asyncio.TaskGroup() as people:
            people.create_task(self.play.run())
            people.create_task(self._withdrawals())
            people.create_task(self._hurries())
            people.create_task(self._give_ups())

    def stop_asking(self) -> None:
        self._asking = False
        self.play.stop_asking()

    def go_home(self) -> None:
        self.stop_asking()
        self.play.go_home()

    async def _withdrawals(self) -> None:
        """One student in a while wants no help any more."""
        gone: set[str] = set()
        while self._asking:
            await asyncio.sleep(self._chance.uniform(4.0, 12.0) / self.play.pace)
            left = [case for case in self.play.account.opened if case not in gone]
            if left:
                case = self._chance.choice(left)
                gone.add(case)
                await self._withdraw(self.play.account.opened[case])

    async def _withdraw(self, student: Student) -> None:
        try:
            await student.withdraw()
        except (UnexpectedAnswer, NeverClear) as trouble:
            self.play.account.troubles[str(trouble)] += 1

    async def _hurries(self) -> None:
        """One student in a while does several things at once, so that two replicas decide on one
        case at the same time.
        """
        async with asyncio.TaskGroup() as lives:
            while self._asking:
                await asyncio.sleep(self._chance.uniform(1.5, 4.5) / self.play.pace)
                lives.create_task(
                    self._in_a_hurry(
                        Student(self.web, self._chance.choice(self.district).school_id)
                    )
                )

    async def _in_a_hurry(self, student: Student) -> None:
        """Asks, and then wants an adult, says that something is wrong and withdraws, in one
        moment.
        """
        school = next(school for school in self.district if school.school_id == student.school_id)
        try:
            await student.ask(request(HARMLESS, school, self._chance))
            await asyncio.gather(
                student.want_an_adult(), student.report("contact_outside"), student.withdraw()
            )
        except (UnexpectedAnswer, NeverClear) as trouble:
            self.play.account.troubles[str(trouble)] += 1

    async def _give_ups(self) -> None:
        """One student in a while asks once, and takes an error for the end of it: what was answered
        with one must not go on without them.
        """
        while self._asking:
            await asyncio.sleep(self._chance.uniform(0.5, 1.5) / self.play.pace)
            school = self._chance.choice(self.district)
            with suppress(httpx.TransportError):
                await self.web.post(
                    f"/intake/schools/{school.school_id}/cases",
                    json=request(HARMLESS, school, self._chance),
                    headers={KEY: secrets.token_urlsafe(18)},
                    extensions={IMPATIENT: True},
                )

    async def known(self, within: float) -> None:
        """Until every replica of intake knows every school: the entrance asks them in turn."""

        async def everywhere() -> bool:
            doors = [
                f"/intake/schools/{school.school_id}" for school in self.district for _ in range(4)
            ]
            return all([(await self.web.get(door)).is_success for door in doors])

        await eventually(
            everywhere, within=within, every=0.3, says="every replica knows every school"
        )

    async def probe(self, within: float) -> float:
        """Seconds until a new request has travelled intake → verdict → matching → intake. Raises
        AssertionError after `within`.
        """
        began = time.monotonic()
        school = self._chance.choice(self.district)
        student = Student(self.web, school.school_id)
        await student.ask(request(HARMLESS, school, self._chance))

        async def arrived() -> bool:
            seen = await student.look()
            return bool(seen["wait_reason"]) or seen["state"] in KNOWN_TO_MATCHING

        await eventually(
            arrived, within=within, every=0.2, says="a new request comes to matching and back"
        )
        self.play.account.opened[student.case_id] = student  # only now may it be withdrawn
        return time.monotonic() - began
