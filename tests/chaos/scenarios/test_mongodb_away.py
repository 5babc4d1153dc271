"""Probe tied to a dependency: MongoDB is killed, and what a student sees is intake's own 503 with
the lines; then all goes on by itself.
"""

import asyncio
from pathlib import Path

import httpx

from chaos.scenarios.town import JAKARTA, SINGAPORE, Json, Town, length, new_key, town, wanted
from sebaya_cli.api_client import UnexpectedAnswer, read_body
from sebaya_cli.demo.people import Student
from sebaya_contracts.topics import CASES, MESSAGES, VERDICTS
from support import eventually

AWAY_SECONDS = length(15, 120)
# Four seconds for the store, and some for a machine that does other things.
ANSWERED_WITHIN = 8.0
LINES = {JAKARTA: "119 ext. 8", SINGAPORE: "1771"}


class Crowd:
    """Students who ask with one key each until they are answered. What is refused is told apart
    from what is not known.
    """

    def __init__(self, here: Town) -> None:
        self.here = here
        self.keys: dict[str, Student] = {}
        self.refused = 0
        self.over = asyncio.Event()

    async def person(self, number: int) -> None:
        while not self.over.is_set():
            student, key = self.here.student((JAKARTA, SINGAPORE)[number % 2]), new_key()
            await eventually(
                lambda one=student, same=key: self.answered(one, same),
                within=AWAY_SECONDS + 90,
                every=0.5,
            )
            self.keys[key] = student
            await asyncio.sleep(0.2)

    async def answered(self, student: Student, key: str) -> bool:
        try:
            await student.ask(wanted(), key)
        except (UnexpectedAnswer, httpx.TransportError):
            self.refused += 1
            return False
        return True


async def test_while_mongodb_is_away_students_get_lines_and_afterwards_everything_goes_on_by_itself(
    tmp_path: Path,
) -> None:
    async with town(tmp_path) as here:
        known = here.student()
        await known.ask(wanted())
        counsellor = await here.staff("counsellor")
        before = here.pids()
        crowd = Crowd(here)
        people = [asyncio.create_task(crowd.person(number)) for number in range(4)]
        await eventually(lambda: asyncio.sleep(0, len(crowd.keys) >= 8), within=60)

        here.stack.kill("mongo")
        try:
            async with asyncio.timeout(AWAY_SECONDS):
                while True:
                    await every_door_says_where_to_turn(here, known, counsellor.auth)
                    assert await here.live() == dict.fromkeys(await here.live(), 200), (
                        "live asks no dependency"
                    )
        except TimeoutError:
            pass
        await here.stack.start("mongo")
        answered = len(crowd.keys)
        await eventually(
            lambda: asyncio.sleep(0, len(crowd.keys) > answered + 4),
            within=60,
            says="answered again by itself",
        )
        crowd.over.set()
        await asyncio.gather(*people)

        assert here.pids() == before, "a restart was needed"
        assert crowd.refused > 0
        print(
            f"{len(crowd.keys)} cases, {crowd.refused} refused or unanswered meanwhile and sent "
            "again"
        )
        await nothing_is_half_done(here, [known, *crowd.keys.values()])


async def every_door_says_where_to_turn(
    here: Town, student: Student, staff: dict[str, str]
) -> None:
    """Each of intake's doors, of a school that it has seen, of one it has not, and none at all."""
    mine, keyed = {"Return-Code": student.code}, {"Idempotency-Key": new_key()}
    at = f"/intake/schools/{JAKARTA}"
    doors: list[tuple[str, str, dict[str, str], Json | None]] = [
        ("GET", at, {}, None),
        ("POST", f"{at}/cases", keyed, wanted()),
        ("GET", f"{at}/me", mine, None),
        ("GET", f"{at}/me/messages", mine, None),
        ("POST", f"{at}/me/messages", mine | keyed, {"text": "halo"}),
        ("POST", f"{at}/me/adult", mine, None),
        ("POST", f"{at}/me/withdraw", mine, None),
        ("DELETE", f"{at}/me", mine, None),
        ("GET", f"{at}/cases/{student.case_id}/messages", staff, None),
    ]
    answers = await asyncio.gather(*(asked(here, *door) for door in doors))
    for door, answer in zip(doors, answers, strict=True):
        says_lines(answer, LINES[JAKARTA], door)
    says_lines(
        await asked(here, "POST", f"/intake/schools/{SINGAPORE}/cases", keyed, wanted()),
        LINES[SINGAPORE],
        "Singapore",
    )
    # Whose lines are an unknown school's? Nobody's: general advice, rather than another country's
    # number.
    unknown = await asked(here, "POST", "/intake/schools/never-heard-of/cases", keyed, wanted())
    says_lines(unknown, "", "unknown")
    assert {line["way"] for line in unknown.json()["crisis"]["lines"]} == {"advice"}


async def asked(
    here: Town, method: str, path: str, headers: dict[str, str], body: Json | None
) -> httpx.Response:
    async with asyncio.timeout(ANSWERED_WITHIN):
        return await here.web.request(method, path, headers=headers, json=body)


def says_lines(answer: httpx.Response, contact: str, door: object) -> None:
    assert answer.status_code == 503, (door, answer.status_code)
    assert answer.headers["content-type"] == "application/problem+json", door
    crisis = answer.json()["crisis"]
    assert crisis["show_first"], door
    assert contact in [line["contact"] for line in crisis["lines"]], (door, crisis)


async def nothing_is_half_done(here: Town, students: list[Student]) -> None:
    """One case a key, its events and its verdict; nothing of what was refused; the refused wishes
    of `known` left nothing either.
    """

    async def settled() -> bool:
        return len({subject for subject, _, _ in await here.rows(VERDICTS)}) == len(students)

    await eventually(settled, within=90, every=0.5)
    ids = {student.case_id for student in students}
    assert len(ids) == len(students)
    stored = {row["_id"] async for row in here.collection("intake", "cases").find({}, {"_id": 1})}
    assert stored == ids
    assert {subject for subject, _, _ in await here.rows(CASES)} == ids
    posted = await here.rows(MESSAGES)
    assert {subject for subject, _, _ in posted} == ids
    assert await here.collection("intake", "messages").count_documents({}) == 0, (
        "a refused message was stored"
    )
    first = read_body(
        await here.web.get(
            f"/intake/schools/{JAKARTA}/me", headers={"Return-Code": students[0].code}
        )
    )
    assert first["withdrawn_at"] is None and first["adult_asked_at"] is None
    for name in ("matching", "escalation"):
        await eventually(lambda service=name: known_to(here, service, ids), within=60, every=0.5)


async def known_to(here: Town, service: str, ids: set[str]) -> bool:
    return int(
        await here.collection(service, "cases").count_documents({"_id": {"$in": list(ids)}})
    ) == len(ids)
