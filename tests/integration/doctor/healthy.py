"""A small district in which everything happened once and everything is right: what the checker's
tests damage.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from local_stack import build_local_stack, name_installation
from sebaya_chassis.storage.database import connect
from sebaya_cli.api_client import read_body, sign_in
from sebaya_cli.demo.people import Staff, Student
from sebaya_cli.demo.texts import texts
from sebaya_cli.doctor import AT_REST, Finding, RequestLog, SentRequest, examine
from sebaya_cli.installation import Installation
from sebaya_contracts.words import CaseTopic
from servers import Servers
from support import eventually

SCHOOLS = ("hill", "lake")
# Where a duty changes hands by agreement.
SWAPPED = "lake"
PEERS = 2
EVERY_DAY = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
# A busy machine may take a step late; the steps that the tests leave out are found by their order.
PATIENT = replace(AT_REST, step=timedelta(minutes=10))
ANSWERS = {"student": {"heard": 5, "better": 4}, "supporter": {"helped": 4}}


class Patient(httpx.AsyncHTTPTransport):
    """Sends again, with the same key, what was answered "try again in a moment": on a busy machine
    a store may be slow.
    """

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        until = time.monotonic() + 60
        while True:
            answer = await super().handle_async_request(request)
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE or time.monotonic() > until:
                return answer
            await answer.aclose()
            await asyncio.sleep(0.5)


@dataclass(slots=True)
class District:
    """Where it is, what its students did, and the case that each story became
    (`<school>/<story>`).
    """

    where: Installation
    web: httpx.AsyncClient
    mails: Path
    ledger: RequestLog = field(default_factory=RequestLog)
    students: dict[str, Student] = field(default_factory=dict)

    def case(self, story: str) -> str:
        return self.students[story].case_id

    async def examined(self, where: Installation | None = None, **more: Any) -> dict[str, Finding]:
        found = await examine(
            where or self.where,
            bounds=PATIENT,
            **{"ledger": self.ledger, "web": self.web, "mails": self.mails} | more,
        )
        return {finding.name: finding for finding in found}


def described() -> dict[str, Any]:
    """Two quick rungs, so that a ladder has taken three steps before anybody answers."""
    rungs = [
        {"who": who, "wait_seconds": wait}
        for who, wait in ((["on_call"], 1.5), (["second"], 1.5), (["counsellor", "second"], 900))
    ]
    ladder = {"contact_within_seconds": 3600, "rungs": rungs}
    people = ("counsellor", "second")
    staff = [
        {
            "person_id": name,
            "name": name.title(),
            "roles": ["counsellor"],
            "email": f"{name}@school.example",
        }
        for name in people
    ]
    defaults = {
        "time_zone": "Asia/Jakarta",
        "country": "ID",
        "languages": ["id", "en"],
        "staff": staff,
        "rota": [
            {"person_id": "counsellor", "days": EVERY_DAY, "since": "00:00", "until": "24:00"}
        ],
        "ladders": {"amber": ladder, "red": ladder, "imminent": ladder},
        "policies": {"offer_lapse_seconds": 3600},
    }
    return {
        "defaults": defaults,
        "schools": [{"school_id": name, "name": name.title()} for name in SCHOOLS],
    }


@asynccontextmanager
async def healthy_district(servers: Servers, prefix: str, folder: Path) -> AsyncIterator[District]:
    """Lived, and quiet afterwards: only evaluation still runs, to be asked."""
    where = name_installation(servers, prefix)
    stack = build_local_stack(servers, prefix, folder, described())
    async with (
        stack,
        httpx.AsyncClient(base_url=stack.origin, timeout=60.0, transport=Patient()) as web,
    ):
        district = District(where, web, stack.folder.mail)
        await asyncio.gather(*(live(district, school) for school in SCHOOLS))
        web.headers.update(await sign_in(web, "operator", ["operator"], ["*"]))
        await eventually(
            lambda: settled(district),
            within=120,
            every=1,
            says="every promise is kept, and nothing more is due",
        )
        for name in ("intake", "matching", "escalation"):
            await stack.stop(name)
        yield district


async def settled(district: District) -> bool:
    """Ladders at rest before and after the look: nothing that it found right was about to go on."""
    return (
        await ladders_rest(district) and await all_right(district) and await ladders_rest(district)
    )


async def all_right(district: District) -> bool:
    found = await district.examined()
    wrong = {name: finding.wrong for name, finding in found.items() if finding.wrong}
    if wrong:
        print(wrong)
    return not wrong and "totals answered" in found


async def ladders_rest(district: District) -> bool:
    """No step falls due for some minutes: whoever looks after the services were stopped finds none
    that was left out.
    """
    soon = datetime.now(UTC) + timedelta(minutes=5)
    async with connect(district.where.mongodb_uri) as client:
        return (
            await client[district.where.database("escalation")]["alerts"].count_documents(
                {"due_at": {"$lt": soon}}
            )
            == 0
        )


async def live(district: District, school: str) -> None:
    """What can happen to a case happens to one."""
    coordinator = await Staff.signed_in(district.web, school, "coordinator", "coordinator")
    counsellor = await Staff.signed_in(district.web, school, "counsellor", "counsellor")
    await coordinator.until_known()
    for number in range(PEERS):
        await coordinator.enrol(peer(number))
    await eventually(
        lambda: listed(district, school), every=0.3, says="students can pick supporters"
    )
    peers = [
        await Staff.signed_in(district.web, school, f"peer-{number}", "supporter")
        for number in range(PEERS)
    ]
    if school == SWAPPED:
        await swapped(
            counsellor, await Staff.signed_in(district.web, school, "second", "counsellor")
        )
    risky = await ask(district, school, "risky", "imminent")
    helped = await ask(district, school, "helped", "none")
    await parted(helped, await accepted(peers, helped))
    await declined_once(peers, await ask(district, school, "declined", "none"))
    await accepted(peers, await ask(district, school, "chosen", "none", excluded=["peer-0"]))
    await (await ask(district, school, "withdrawn", "none")).withdraw()
    await (await ask(district, school, "adult", "none")).want_an_adult()
    await erased(await ask(district, school, "erased", "none"))
    said = (await risky.write("aku masih di sini"))["message_id"]
    await answered(counsellor, risky)
    noted(district, school, {risky.case_id: (said,)}, await turned_away(district, school))


async def listed(district: District, school: str) -> bool:
    """Intake hears of supporters by their events."""
    async with connect(district.where.mongodb_uri) as client:
        known = client[district.where.database("intake")]["supporters"]
        return await known.count_documents({"school_id": school}) == PEERS


async def swapped(gives: Staff, takes: Staff) -> None:
    """The rota's duty goes to a colleague, by agreement: of today and, since a school's midnight
    may come meanwhile, of tomorrow.
    """
    now = datetime.now(UTC)
    for at in (now, now + timedelta(days=1)):
        offer = await gives.post(
            "escalation", "/shifts/changes", {"at": at.isoformat(), "to": takes.person_id}
        )
        await takes.post("escalation", f"/shifts/changes/{offer['change_id']}/accept")


async def turned_away(district: District, school: str) -> int:
    answer = await district.web.post(
        f"/intake/schools/{school}/cases",
        json={},
        headers={"Idempotency-Key": key_of(f"{school}/refused")},
    )
    return answer.status_code


def noted(district: District, school: str, said: dict[str, tuple[str, ...]], refusal: int) -> None:
    """The ledger, from the clients' own side."""
    district.ledger.sent.append(SentRequest(key_of(f"{school}/refused"), school, refusal))
    for story, student in district.students.items():
        name, _, what = story.partition("/")
        if name == school:
            more = {
                "withdrawn": what == "withdrawn",
                "erased": what == "erased",
                "unclear": what == "risky",
            }
            messages = said.get(student.case_id, ())
            district.ledger.sent.append(
                SentRequest(key_of(story), school, 202, student.case_id, messages, **more)
            )


def key_of(story: str) -> str:
    return f"key-of-{story.replace('/', '-')}-0123456789"


def peer(number: int) -> dict[str, Any]:
    return {
        "supporter_id": f"peer-{number}",
        "display_name": f"Peer {number}",
        "topics": [topic.value for topic in CaseTopic],
        "languages": ["id", "en"],
        "hours": [],
        "cap": 2,
        "certified_until": "2099-12-31T00:00:00Z",
        "state": "active",
    }


async def ask(
    district: District, school: str, story: str, level: str, excluded: list[str] | None = None
) -> Student:
    text = next(one for one in texts() if one.expect == level)
    student = Student(district.web, school)
    body = {
        "topic": text.topic,
        "language": text.lang,
        "text": text.text,
        "safety": {"self_harm_thoughts": "no", "danger_now": "no"},
        "hours": [],
        "preferred_supporters": [],
        "excluded_supporters": excluded or [],
        "consent": {"version": "2026-1", "age": 15},
        "door": "api",
    }
    await student.ask(body, key_of(f"{school}/{story}"))
    district.students[f"{school}/{story}"] = student
    return student


async def offered(peers: list[Staff], student: Student) -> tuple[Staff, str]:
    async def look() -> tuple[Staff, str] | None:
        for one in peers:
            for offer in await one.offers():
                if offer["case_id"] == student.case_id:
                    return one, offer["match_id"]
        return None

    found = await eventually(look, within=60, every=0.2, says="the case is offered")
    assert found is not None
    return found


async def accepted(peers: list[Staff], student: Student) -> tuple[Staff, str]:
    who, match_id = await offered(peers, student)
    assert await who.accept(match_id)
    return who, match_id


async def parted(student: Student, match: tuple[Staff, str]) -> None:
    who, match_id = match
    await who.met(match_id)
    await who.close_match(match_id)
    await tried(lambda: student.say_how_it_went(ANSWERS["student"]))
    await tried(lambda: who.feedback(match_id, ANSWERS["supporter"]))


async def tried(act: Callable[[], Awaitable[None]]) -> None:
    """What follows from another service's event is refused until that has arrived."""

    async def done() -> bool:
        try:
            await act()
        except Exception as refused:  # noqa: BLE001 - the last one fails the test by its time
            print(refused)
            return False
        return True

    await eventually(done, within=30, every=0.3)


async def declined_once(peers: list[Staff], student: Student) -> None:
    first, match_id = await offered(peers, student)
    await first.decline(match_id)
    await offered([one for one in peers if one is not first], student)


async def erased(student: Student) -> None:
    read_body(
        await student.web.delete(
            f"/intake/schools/{student.school_id}/me", headers={"Return-Code": student.code}
        )
    )


async def answered(counsellor: Staff, student: Student) -> None:
    """After the third step of the ladder: taken, spoken with, closed, and a peer may go on."""

    async def thrice_paged() -> str | None:
        for alert in await counsellor.alerts("open"):
            pages = (await counsellor.alert(alert["alert_id"]))["pages"]
            if alert["case_id"] == student.case_id and {page["rung"] for page in pages} >= {
                0,
                1,
                2,
            }:
                return str(alert["alert_id"])
        return None

    alert_id = await eventually(thrice_paged, within=60, every=0.5, says="three rungs were paged")
    assert alert_id is not None
    await counsellor.acknowledge(alert_id)
    await counsellor.contacted(alert_id)
    await counsellor.close_alert(alert_id, "supported", peer_may_continue=True)
