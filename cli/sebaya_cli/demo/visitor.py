"""What waits for the visitor at the one school of the demo where no robot works.

All of it is done through the same doors that a browser uses. What was done is noted in a file
before it is sent, so that a restart goes on where the last one ended and does nothing twice.
"""

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import httpx

from sebaya_cli.api_client import Json, read_body
from sebaya_cli.demo.people import Staff, Student
from sebaya_cli.demo.visitor_words import (
    ANSWERS,
    DANGER,
    MESSAGES,
    OFFERED,
    PAST,
    PEERS,
    TALK,
    UNCOVERED,
    Asking,
)
from sebaya_cli.stack.folder import write_whole
from sebaya_contracts.district import School

# What one service says is known to the next within a second; on a busy machine it takes longer.
PATIENCE_SECONDS = 60.0
LOOK_SECONDS = 0.3
# An offer of a student is waiting for an answer, or will be.
UNANSWERED = frozenset({"waiting", "offered"})
# The store has forgotten the case (fresh data beside a kept file), or its student was erased.
FORGOTTEN = frozenset({401, 404, 410})


@dataclass(slots=True)
class Asked:
    """One student of the visitor's school: what was sent, and how far their story has come."""

    key: str
    case_id: str = ""
    code: str = field(default="", repr=False)
    said: int = 0
    """How many messages of the talk were sent."""
    told: bool = False
    """Whether the story has come to its end: the match was closed, with feedback."""


class Notes:
    """The file with the students that were made so far, readable by its owner alone."""

    def __init__(self, path: Path) -> None:
        self._path = path
        known = json.loads(path.read_text()) if path.exists() else {}
        self._asked = {name: Asked(**noted) for name, noted in known.items()}

    def get(self, name: str) -> Asked | None:
        return self._asked.get(name)

    def begin(self, name: str) -> Asked:
        """Note a new student of that name, in place of the last one."""
        self._asked[name] = Asked(secrets.token_urlsafe(18))
        self.save()
        return self._asked[name]

    def save(self) -> None:
        content = {name: asdict(asked) for name, asked in self._asked.items()}
        write_whole(self._path, json.dumps(content, indent=1), mode=0o600)


@dataclass(frozen=True, slots=True)
class Codes:
    """The return codes that the visitor may come back with as a student."""

    in_talk: str
    in_danger: str


@dataclass(slots=True)
class VisitorSchool:
    """Makes what waits at the visitor's school, as far as it does not wait there already."""

    web: httpx.AsyncClient
    school: School
    notes: Notes

    async def prepare(self) -> Codes:
        """Make it all. Raises UnexpectedAnswer, httpx.HTTPError or TimeoutError."""
        coordinator = await self._staff("coordinator", "coordinator")
        await coordinator.until_known()
        for peer in PEERS:
            await coordinator.enrol(dict(peer))
        mine, other = [await self._staff(peer["supporter_id"], "supporter") for peer in PEERS]
        counsellor = await self._staff("counsellor", "counsellor")
        # What a visitor sees first comes first; the swap and the finished stories can wait.
        danger = await self._in_danger(counsellor)
        talk = await self._in_talk(mine)
        await self._offered()
        await self._uncovered()
        await self._ask_swap(await self._staff("second", "counsellor"), counsellor.person_id)
        for number, asking in enumerate(PAST):
            await self._live_through(f"past-{number + 1}", asking, other)
        return Codes(talk.code, danger.code)

    async def _staff(self, person_id: str, role: str) -> Staff:
        return await Staff.signed_in(self.web, self.school.school_id, person_id, role)

    async def _in_danger(self, counsellor: Staff) -> Asked:
        """A student whose words raise an alert; another one once that alert was closed."""
        closed = {alert["case_id"] for alert in await counsellor.alerts("closed")}
        danger = await self._asked("danger", DANGER, lambda seen: seen["case_id"] not in closed)
        await self._until(lambda: self._has_alert(counsellor, danger.case_id))
        return danger

    async def _has_alert(self, counsellor: Staff, case_id: str) -> bool:
        for state in ("open", "acknowledged", "closed"):
            if any(alert["case_id"] == case_id for alert in await counsellor.alerts(state)):
                return True
        return False

    async def _in_talk(self, peer: Staff) -> Asked:
        """A student and the visitor's supporter who have written to each other; others once they
        parted.
        """
        talk = await self._asked(
            "talk", TALK, lambda seen: seen["state"] in {*UNANSWERED, "matched"}
        )
        student = self._student(talk)
        await self._matched(peer, student)
        for number in range(talk.said, len(MESSAGES)):
            written = partial(self._wrote, student, peer, MESSAGES[number], f"{talk.key}-{number}")
            await self._until(written)
            talk.said = number + 1
            self.notes.save()
        return talk

    async def _wrote(self, student: Student, peer: Staff, words: tuple[str, str], key: str) -> bool:
        """Send one message; False while intake has not heard of the match yet."""
        writer, text = words
        thread = "/me/messages" if writer == "student" else f"/cases/{student.case_id}/messages"
        headers = {"Return-Code": student.code} if writer == "student" else dict(peer.auth)
        answer = await self.web.post(
            f"/intake/schools/{self.school.school_id}{thread}",
            json={"text": text},
            headers=headers | {"Idempotency-Key": key},
        )
        return "message_id" in read_body(answer, 202, 403, 404, 409)

    async def _offered(self) -> None:
        """A student who waits for the visitor's supporter; another one once it answered."""
        await self._asked("offer", OFFERED, lambda seen: seen["state"] in UNANSWERED)

    async def _uncovered(self) -> None:
        """Students that wait for a topic that no supporter of the school takes."""
        for number, asking in enumerate(UNCOVERED):
            await self._asked(f"uncovered-{number + 1}", asking, lambda _: True)

    async def _live_through(self, name: str, asking: Asking, peer: Staff) -> None:
        """One whole story, for the numbers: asked, matched, met, ended, and told how it went."""
        asked = await self._asked(name, asking, lambda _: True)
        if asked.told:
            return
        student = self._student(asked)
        await self._matched(peer, student)
        match_id = next(
            one["match_id"] for one in await peer.matches() if one["case_id"] == asked.case_id
        )
        await peer.met(match_id)
        await peer.close_match(match_id)
        await self._until(lambda: self._is(student, {"closed"}))
        # Noted first: what is told twice would count twice.
        asked.told = True
        self.notes.save()
        await peer.feedback(match_id, await self._answers("supporter"))
        await student.say_how_it_went(await self._answers("student"))

    async def _answers(self, side: str) -> dict[str, int]:
        form = read_body(await self.web.get("/evaluation/feedback-form"))
        return {question["question_id"]: ANSWERS for question in form["sides"][side]}

    async def _ask_swap(self, second: Staff, colleague_id: str) -> None:
        """A colleague asks the visitor's counsellor to take a duty, unless one is asked already."""
        plan = await second.get("escalation", "/shifts")
        asked = [change for change in plan["changes"] if change["substitute_id"] == colleague_id]
        if any(change["accepted_at"] is None for change in asked):
            return
        taken = {change["since"] for change in asked}
        now = datetime.now(UTC).isoformat()
        for duty in plan["duties"]:
            mine = duty["person_id"] == second.person_id
            if mine and duty["since"] > now and duty["since"] not in taken:
                body = {"at": duty["since"], "to": colleague_id}
                await second.post("escalation", "/shifts/changes", body, 201)
                return

    async def _matched(self, peer: Staff, student: Student) -> None:
        """Accept the offer of a student as a supporter, until intake knows of the match."""

        async def accepted() -> bool:
            for offer in await peer.offers():
                if offer["case_id"] == student.case_id:
                    await peer.accept(offer["match_id"])
            return await self._is(student, {"matched", "closed"})

        await self._until(accepted)

    async def _is(self, student: Student, states: set[str]) -> bool:
        return (await student.look())["state"] in states

    async def _asked(self, name: str, asking: Asking, stands: Callable[[Json], bool]) -> Asked:
        """A student of that name; a new one where the last one's story is over (`stands` is False
        of what the student sees), or the store has none.
        """
        noted = self.notes.get(name) or self.notes.begin(name)
        if noted.code and not await self._stands(noted, stands):
            noted = self.notes.begin(name)
        if noted.code:
            return noted
        student = Student(self.web, self.school.school_id)
        # Again with the same key it is opened once.
        await student.ask(asking.body(self.school), noted.key)
        noted.case_id, noted.code = student.case_id, student.code
        self.notes.save()
        return noted

    async def _stands(self, noted: Asked, stands: Callable[[Json], bool]) -> bool:
        answer = await self.web.get(
            f"/intake/schools/{self.school.school_id}/me", headers={"Return-Code": noted.code}
        )
        return answer.status_code not in FORGOTTEN and stands(read_body(answer))

    def _student(self, asked: Asked) -> Student:
        return Student(self.web, self.school.school_id, asked.case_id, asked.code)

    async def _until(self, done: Callable[[], Awaitable[bool]]) -> None:
        """Wait for what other processes do."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await done():  # noqa: ASYNC110 - another process knows
                await asyncio.sleep(LOOK_SECONDS)
