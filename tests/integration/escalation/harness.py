"""Escalation in a test: its store, its API, the events it receives, its timers and its sender."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

import httpx
import jwt

from conformance.harness import Sourced, delivery_of
from integration.escalation.receivers import Mailbox
from sebaya_chassis.base.health import Heartbeat
from sebaya_chassis.consuming.outcome import Outcome
from sebaya_chassis.web.issuer import KEY_ID, LocalIssuer, TokenRequest, load_key
from sebaya_contracts.district import Day, Ladder, Person, Rung, School, SchoolDefined, Shift
from sebaya_contracts.event import Event
from sebaya_contracts.intake import MessagePosted
from sebaya_contracts.topics import topic_of
from sebaya_contracts.words import Author, Level, Role
from sebaya_escalation.domain.alert import Alert
from sebaya_escalation.domain.page import Page, PageState
from sebaya_escalation.main import EscalationService, compose
from sebaya_escalation.screen import screen
from sebaya_escalation.screening.meaning_inside import read_meaning
from sebaya_escalation.screening.meaning_stage import ReadMeaning
from sebaya_escalation.screening.screener import ScreenText
from sebaya_escalation.settings import Settings
from sebaya_escalation.store import EscalationStore
from servers import Servers
from support import ISSUER, dump_store, environment

CALM = "aku suka main bola"
LOW = "Kadang aku merasa capek hidup PLANTED"
HIGH = "aku sering menyakiti diri sendiri PLANTED"
NOW_OR_NEVER = "Aku mau bunuh diri malam ini, obatnya sudah siap PLANTED"

_numbers = count(1)


def address_of(name: str) -> str:
    return f"{name}@s1.test"


def person(name: str, *roles: Role, **more: Any) -> Person:
    return Person(
        **(
            {
                "person_id": name,
                "name": name.title(),
                "roles": roles or (Role.COUNSELLOR,),
                "email": address_of(name),
            }
            | more
        )
    )


def ladder(*rungs: tuple[str, ...], wait: float = 60, contact: float = 3600) -> Ladder:
    return Ladder(
        rungs=tuple(Rung(who=who, wait_seconds=wait) for who in rungs),
        contact_within_seconds=contact,
    )


def school(**more: Any) -> School:
    given: dict[str, Any] = {
        "school_id": "s1",
        "name": "SMA 1",
        "time_zone": "Asia/Jakarta",
        "country": "ID",
        "languages": ("id",),
        "staff": (person("sari"), person("budi"), person("kepala", Role.COORDINATOR)),
        "rota": (Shift(person_id="sari", days=tuple(Day), since="00:00", until="24:00"),),
        "ladders": dict.fromkeys(
            (Level.AMBER, Level.RED, Level.IMMINENT), ladder(("on_call",), ("budi",))
        ),
    }
    return School(**(given | more))


@dataclass
class EscalationHarness:
    """One replica of escalation, its loops not running, and what a test does with it."""

    composed: EscalationService
    http: httpx.AsyncClient
    issuer: LocalIssuer
    store: EscalationStore = field(init=False)

    def __post_init__(self) -> None:
        self.store = EscalationStore(self.composed.runtime.store("s1"), "d.test")

    async def receive(
        self, event: Event, subject: str | None = None, number: int | None = None
    ) -> Outcome:
        """Deliver an event as the consumer does, each time as a new one of the named document."""
        named = (
            subject
            or getattr(event, "message_id", None)
            or getattr(event, "case_id", None)
            or event.school_id
        )
        processor = self.composed.runtime.record_processor
        assert processor is not None
        sourced = Sourced(topic_of(event), named, number or next(_numbers), event)
        return await processor.process(delivery_of(sourced, next(_numbers)))

    async def define_school(self, described: School) -> None:
        await self.receive(SchoolDefined(school_id=described.school_id, school=described))

    async def post_message(self, text: str, case_id: str = "c1", **more: Any) -> MessagePosted:
        message = MessagePosted(
            **{
                "school_id": "s1",
                "case_id": case_id,
                "message_id": f"m{next(_numbers)}",
                "author": Author.STUDENT,
                "text": text,
            }
            | {"posted_at": datetime.now(UTC)}
            | more
        )
        assert await self.receive(message) is Outcome.APPLIED
        return message

    async def list_alerts(self, **condition: Any) -> list[Alert]:
        return [
            one.state
            for one in await self.store.alerts.find(condition, sort={"state.raised_at": 1})
        ]

    async def only_alert(self) -> Alert:
        (only,) = await self.list_alerts()
        return only

    async def list_pages(self, *states: PageState) -> list[Page]:
        found = [one.state for one in await self.store.pages.find({}, sort={"_id": 1})]
        return [page for page in found if not states or page.state in states]

    def staff_headers(
        self, name: str, *roles: Role, schools: tuple[str, ...] = ("s1",)
    ) -> dict[str, str]:
        wanted = TokenRequest(
            person_id=name, roles=list(roles or (Role.COUNSELLOR,)), schools=list(schools)
        )
        return {"Authorization": f"Bearer {self.issuer.token(wanted)}"}

    async def act_on_alert(
        self, name: str, what: str, alert_id: str, body: Any = None
    ) -> httpx.Response:
        return await self.http.post(
            f"/schools/s1/alerts/{alert_id}/{what}", headers=self.staff_headers(name), json=body
        )

    async def dump_store(self) -> str:
        """Return every document of the service's database, as text."""
        return await dump_store(self.composed.runtime)

    @asynccontextmanager
    async def running_jobs(self) -> AsyncIterator[None]:
        """Run timers and sender, as a worker does."""
        timers = self.composed.runtime.timers
        assert timers is not None
        async with asyncio.TaskGroup() as tasks:
            running = [
                tasks.create_task(timers.run(Heartbeat("escalation", "timers"))),
                tasks.create_task(self.composed.jobs.sender.run(Heartbeat("escalation", "sender"))),
            ]
            try:
                yield
            finally:
                for task in running:
                    task.cancel()


@asynccontextmanager
async def prepared_escalation(
    servers: Servers,
    prefix: str,
    box: Mailbox | None = None,
    screen_text: ScreenText = screen,
    meaning: ReadMeaning = read_meaning,
    **settings: Any,
) -> AsyncIterator[EscalationHarness]:
    """Compose a replica with its store ready and no loops; its school is not defined yet."""
    given = {"smtp_port": box.port if box else 1, "mail_from": "sebaya@d.test"} | settings
    composed = compose(Settings(**environment(servers, prefix, **given)), screen_text, meaning)
    issuer = LocalIssuer(ISSUER, "sebaya", load_key(None))
    composed.app.state.verifier._keys = {KEY_ID: jwt.PyJWK(issuer.jwks()["keys"][0]).key}
    await composed.runtime.prepare()
    transport = httpx.ASGITransport(app=composed.app, raise_app_exceptions=False)
    async with AsyncExitStack() as ending:
        ending.push_async_callback(composed.runtime.close)
        http = await ending.enter_async_context(
            httpx.AsyncClient(transport=transport, base_url="http://escalation.test")
        )
        yield EscalationHarness(composed, http, issuer)
