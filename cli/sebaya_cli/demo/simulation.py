"""The demo district at work: students ask, supporters and counsellors do their part, at a pace one
can watch.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import httpx

from sebaya_cli.api_client import UnexpectedAnswer, read_body
from sebaya_cli.demo.district import request, supporters
from sebaya_cli.demo.people import Staff, Student
from sebaya_cli.demo.texts import Text, texts
from sebaya_contracts.district import School

PEERS_A_SCHOOL = 8
CAP = 2
LOOK_SECONDS = 1.0
ENDS_AT_A_LOOK = 0.12


@dataclass(slots=True)
class Account:
    """What the people of the demo did, by their own count."""

    opened: dict[str, Student] = field(default_factory=dict)
    messages: int = 0
    adults: int = 0
    feedback: Counter[str] = field(default_factory=Counter)
    troubles: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Simulation:
    """All the people of some schools.

    `stop_asking` ends the students' part, `go_home` that of all people, each after what is in hand.
    """

    web: httpx.AsyncClient
    schools: list[School]
    pace: float
    """Requests for support a second, over all schools."""
    # A story, not a secret.
    chance: random.Random = field(default_factory=lambda: random.Random(7))  # noqa: S311
    account: Account = field(default_factory=Account)
    peers: int = PEERS_A_SCHOOL
    look_seconds: float = LOOK_SECONDS
    """How often supporters and counsellors look, about."""
    ends_at_a_look: float = ENDS_AT_A_LOOK
    """The share of looks at which a supporter ends a match."""
    _asking: bool = True
    _at_school: bool = True

    def stop_asking(self) -> None:
        self._asking = False

    def go_home(self) -> None:
        self._asking = False
        self._at_school = False

    async def run(self) -> None:
        await asyncio.gather(*(self._enrol(school) for school in self.schools))
        async with asyncio.TaskGroup() as people:
            people.create_task(self._students())
            for school in self.schools:
                people.create_task(self._counsellor(school))
                for index in range(self.peers):
                    people.create_task(
                        self._supporter(school, f"{school.school_id}-peer-{index + 1}")
                    )

    async def _enrol(self, school: School) -> None:
        coordinator = await Staff.signed_in(
            self.web, school.school_id, "coordinator", "coordinator"
        )
        await coordinator.until_known()
        for supporter in supporters(school, self.peers, CAP, self.chance):
            await coordinator.enrol(supporter)

    async def _students(self) -> None:
        stories = list(texts())
        self.chance.shuffle(stories)
        async with asyncio.TaskGroup() as lives:
            for number in range(10**9):
                if not self._asking:
                    return
                lives.create_task(
                    self._live(self.chance.choice(self.schools), stories[number % len(stories)])
                )
                await asyncio.sleep(self.chance.expovariate(self.pace))

    async def _live(self, school: School, story: Text) -> None:
        """One student: asks, now and then writes once more, and some want an adult."""
        student = Student(self.web, school.school_id)
        body = request(story, school, self.chance)
        if not await self._tried(lambda: student.ask(body)):
            return
        self.account.opened[student.case_id] = student
        if self.chance.random() < 0.2 and await self._tried(
            lambda: student.write(self.chance.choice(texts()).text)
        ):
            self.account.messages += 1
        if self.chance.random() < 0.03 and await self._tried(student.want_an_adult):
            self.account.adults += 1

    async def _tried(self, act: Callable[[], Awaitable[object]]) -> bool:
        """What goes wrong is counted and shown; a person would try later, and so does the demo."""
        try:
            await act()
        except (UnexpectedAnswer, httpx.HTTPError) as trouble:
            self.account.troubles[str(trouble) or type(trouble).__name__] += 1
            return False
        return True

    async def _supporter(self, school: School, supporter_id: str) -> None:
        me = await Staff.signed_in(self.web, school.school_id, supporter_id, "supporter")
        while self._at_school:
            await asyncio.sleep(self.look_seconds * self.chance.uniform(0.8, 1.6))
            await self._tried(lambda: self._answer_offers(me))
            await self._tried(lambda: self._care_for_matches(me))

    async def _answer_offers(self, me: Staff) -> None:
        for offer in await me.offers():
            mood = self.chance.random()
            if mood < 0.85:
                await me.accept(offer["match_id"])
            elif mood < 0.95:
                await me.decline(offer["match_id"])
            # else: forgotten, so that a lapse can be watched

    async def _care_for_matches(self, me: Staff) -> None:
        for match in await me.matches():
            if match["state"] != "active":
                continue
            if not match["meetings"]:
                await me.met(match["match_id"])
            elif self.chance.random() < self.ends_at_a_look:
                await self._part(me, match["match_id"], match["case_id"])

    async def _part(self, me: Staff, match_id: str, case_id: str) -> None:
        """The match comes to its end, and both say how it went."""
        student = self.account.opened.get(case_id)
        await me.close_match(match_id)
        await me.feedback(match_id, await self._answers("supporter"))
        self.account.feedback["supporter"] += 1
        if student is not None and self.chance.random() < 0.7:
            await student.say_how_it_went(await self._answers("student"))
            self.account.feedback["student"] += 1

    async def _answers(self, side: str) -> dict[str, int]:
        form = read_body(await self.web.get("/evaluation/feedback-form"))
        return {
            question["question_id"]: self.chance.randint(3, 5) for question in form["sides"][side]
        }

    async def _counsellor(self, school: School) -> None:
        me = await Staff.signed_in(self.web, school.school_id, "counsellor", "counsellor")
        while self._at_school:
            await asyncio.sleep(self.look_seconds * self.chance.uniform(1.0, 3.0))
            await self._tried(lambda: self._see_to_alerts(me))

    async def _see_to_alerts(self, me: Staff) -> None:
        for alert in await me.alerts("open"):
            if self.chance.random() < 0.7:
                await me.acknowledge(alert["alert_id"])
        for alert in await me.alerts("acknowledged"):
            if alert["contacted_at"] is None:
                await me.contacted(alert["alert_id"])
            elif self.chance.random() < 0.5:
                await me.close_alert(
                    alert["alert_id"], "supported", peer_may_continue=self.chance.random() < 0.7
                )
        # Not at every look: a talk takes some of the day.
        if self.chance.random() < 0.3:
            await me.talk_to_supporters()
