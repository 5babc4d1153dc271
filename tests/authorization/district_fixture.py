"""All four services on one real store, two schools, and at one of them one of everything: what
strangers knock at.
"""

import re
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import jwt
import msgspec
from bson import encode
from fastapi import FastAPI

from authorization.permission_matrix import CASE_WANTED, CLOSING, Right
from conformance.harness import Sourced, deliver
from sebaya_chassis.consuming.outcome import Outcome
from sebaya_chassis.service.runtime import Runtime
from sebaya_chassis.storage import audit
from sebaya_chassis.web import feedback_link
from sebaya_chassis.web.issuer import KEY_ID, LocalIssuer, TokenRequest, load_key
from sebaya_chassis.web.refusals import AUDITED_AS
from sebaya_chassis.web.wave_link import WaveLink, issue_wave_link
from sebaya_contracts.district import Day, Person, Policies, School, SchoolDefined, Shift
from sebaya_contracts.envelope import Sequence
from sebaya_contracts.event import Event
from sebaya_contracts.topics import TOPICS, read_by, topic_of
from sebaya_contracts.words import Role, Wave
from sebaya_escalation import main as escalation
from sebaya_escalation.settings import Settings as EscalationSettings
from sebaya_evaluation import main as evaluation
from sebaya_evaluation.settings import Settings as EvaluationSettings
from sebaya_intake import main as intake
from sebaya_intake.settings import Settings as IntakeSettings
from sebaya_matching import main as matching
from sebaya_matching.settings import Settings as MatchingSettings
from servers import Servers
from support import ISSUER, SECRET, environment

OURS, THEIRS = "north", "south"
SERVICES = ("intake", "matching", "escalation", "evaluation")
PEER = "peer-1"
RED = "aku sering menyakiti diri sendiri"
TRACE = re.compile(f"^{AUDITED_AS}")
Document = dict[str, Any]


def key() -> dict[str, str]:
    return {"Idempotency-Key": secrets.token_hex(16)}


def school(school_id: str) -> School:
    staff = tuple(
        Person(person_id=name, name=name, roles=(Role.COUNSELLOR,), email=f"{name}@s.test")
        for name in ("sari", PEER)
    )
    rota = tuple(
        Shift(person_id=one.person_id, days=tuple(Day), since="00:00", until="24:00")
        for one in staff
    )
    return School(
        school_id=school_id,
        name=school_id,
        time_zone="Asia/Jakarta",
        country="ID",
        languages=("id", "en"),
        staff=staff,
        rota=rota,
        policies=Policies(wave_instruments=("sebaya-student",)),
    )


@dataclass(slots=True)
class Things:
    """What one school has: the names that its routes take, and the credentials of its student."""

    school_id: str
    case_id: str = ""
    return_code: str = ""
    match_id: str = ""
    supporter_id: str = PEER
    alert_id: str = ""
    change_id: str = ""
    group_id: str = ""
    another: Mapping[str, str] = field(default_factory=dict)
    """The answer to a second opening: its case and its code."""

    def names(self) -> dict[str, str]:
        return {
            name: getattr(self, name)
            for name in (
                "school_id",
                "case_id",
                "match_id",
                "supporter_id",
                "alert_id",
                "change_id",
                "group_id",
            )
        }


@dataclass(slots=True)
class World:
    """The services by name, as a stranger reaches them and as their stores look."""

    apps: Mapping[str, FastAPI]
    runtimes: Mapping[str, Runtime]
    matching_round: Any
    web: Mapping[str, httpx.AsyncClient]
    issuer: LocalIssuer
    things: dict[str, Things] = field(default_factory=dict)
    _passed: set[str] = field(default_factory=set)
    _numbers: dict[tuple[str, str], int] = field(default_factory=dict)

    # --- what happens

    def bearer(
        self, role: str, /, *schools: str, person_id: str = PEER, **claims: Any
    ) -> dict[str, str]:
        wanted = TokenRequest(person_id=person_id, roles=[Role(role)], schools=list(schools))
        return {"Authorization": f"Bearer {self.issuer.token(wanted, **claims)}"}

    def credentials(
        self, who: str, things: Things, *, at: str | None = None, service: str = "intake"
    ) -> dict[str, str]:
        """Of a knocker; staff are signed in at school `at`, or at the school of the things."""
        if who == "nobody":
            return {}
        if who != "student":
            return self.bearer(who, at or things.school_id)
        if service == "intake":
            return {"Return-Code": things.return_code}
        link = feedback_link.issue(
            SECRET,
            school_id=things.school_id,
            case_id=things.case_id,
            match_id=things.match_id,
            now=datetime.now(UTC),
        )
        return {"Feedback-Token": link.token}

    def wave_token(self, things: Things) -> str:
        """The token of a student's questionnaires before support begins."""
        link = WaveLink(things.school_id, things.case_id, Wave.PRE)
        return issue_wave_link(SECRET, link, datetime.now(UTC)).token

    async def knock(
        self, right: Right, things: Things, headers: Mapping[str, str], **more: Any
    ) -> httpx.Response:
        """Each knock is a new request: a key of its own where the route takes one."""
        body = {"json": right.body} if right.body is not None else {}
        if right.path.endswith("/feedback") and "Feedback-Token" not in headers:
            body = {"json": {**dict(body["json"]), "match_id": things.match_id}}  # type: ignore[call-overload]
        if right.path.endswith("/shifts/changes"):
            body = {"json": {**dict(right.body), "at": datetime.now(UTC).isoformat()}}  # type: ignore[call-overload]
        path = right.path.format(**things.names())
        return await self.web[right.service].request(
            right.method, path, headers={**key(), **headers}, **(body | more)
        )

    async def applied(
        self, service: str, *events: Event, subject: str | None = None
    ) -> list[Outcome]:
        """As new records of one document."""
        sourced = []
        for event in events:
            topic = topic_of(event)
            named = subject or getattr(event, "case_id", None) or event.school_id
            number = self._numbers[topic.name, named] = (
                self._numbers.get((topic.name, named), 1000) + 1
            )
            sourced.append(Sourced(topic, named, number, event))
        return await deliver(self.runtimes[service], sourced)

    async def settle(self, school_id: str | None = None) -> None:
        """What the services have to tell each other is told, until nothing new is left: the
        broker's work, without its clock. Of one school, or of all.
        """
        told = {} if school_id is None else {"school_id": school_id}
        while fresh := [entry async for entry in self._fresh(told)]:
            for entry, subject in fresh:
                await self._pass_on(entry, subject)

    async def _fresh(self, told: Document) -> AsyncIterator[tuple[Document, str]]:
        waiting = {"$match": told | {"outbox.0": {"$exists": True}}}
        for runtime in self.runtimes.values():
            first, *others = await runtime.database.list_collection_names()
            joined = [{"$unionWith": {"coll": name, "pipeline": [waiting]}} for name in others]
            async with await runtime.database[first].aggregate([waiting, *joined]) as documents:
                async for document in documents:
                    for entry in [*document["outbox"], *document.get("withheld", ())]:
                        if entry["id"] not in self._passed:
                            self._passed.add(entry["id"])
                            yield entry, str(document["_id"])

    async def _pass_on(self, entry: Document, subject: str) -> None:
        topic = next(topic for topic in TOPICS if topic.name == entry["topic"])
        event: Event = msgspec.json.decode(entry["data"], type=topic.events)
        sourced = Sourced(topic, subject, Sequence.parse(entry["sequence"]).number, event)
        for service in (name for name in SERVICES if topic in read_by(name)):
            await deliver(self.runtimes[service], [sourced])

    async def furnish(self, school_id: str) -> Things:
        """A school with a peer, a student with a match, a thread and an alert."""
        things = self.things[school_id] = Things(school_id)
        for service in SERVICES:
            await self.applied(
                service,
                SchoolDefined(school_id=school_id, school=school(school_id)),
                subject=school_id,
            )
        await self.enrol(things, PEER)
        await self.settle(things.school_id)
        await self.open(things)
        await self.take(things)
        await self.alarm(things)
        await self.offer_shift(things)
        await self.set_aside(things)
        return things

    async def enrol(self, things: Things, supporter_id: str) -> None:
        valid = (datetime.now(UTC) + timedelta(days=30)).isoformat()
        body = {
            "supporter_id": supporter_id,
            "display_name": "P",
            "topics": ["loneliness"],
            "languages": ["id"],
            "cap": 10,
        }
        headers = self.bearer("coordinator", things.school_id)
        enrolled = await self.web["matching"].post(
            f"/schools/{things.school_id}/supporters",
            json=body | {"certified_until": valid, "state": "active"},
            headers=headers,
        )
        assert enrolled.status_code == 201, enrolled.text

    async def open(self, things: Things) -> None:
        """A case with an offer that waits for its answer."""
        opened = await self.web["intake"].post(
            f"/schools/{things.school_id}/cases", json=CASE_WANTED, headers=key()
        )
        assert opened.status_code == 202, opened.text
        things.case_id, things.return_code = opened.json()["case_id"], opened.json()["return_code"]
        await self.settle(things.school_id)
        await self.matching_round.match_waiting(things.school_id)
        await self.settle(things.school_id)
        offers = await self.web["matching"].get(
            f"/schools/{things.school_id}/offers",
            headers=self.bearer("supporter", things.school_id),
        )
        things.match_id = next(offer["match_id"] for offer in offers.json())

    async def take(self, things: Things) -> None:
        """The peer says yes."""
        taken = await self.web["matching"].post(
            f"/schools/{things.school_id}/matches/{things.match_id}/accept",
            headers=self.bearer("supporter", things.school_id),
        )
        assert taken.status_code == 200, taken.text
        await self.settle(things.school_id)

    async def alarm(self, things: Things) -> None:
        """The student writes something that raises an alert."""
        posted = await self.web["intake"].post(
            f"/schools/{things.school_id}/me/messages",
            json={"text": RED},
            headers={"Return-Code": things.return_code, **key()},
        )
        assert posted.status_code == 202, posted.text
        await self.settle(things.school_id)
        alerts = await self.web["escalation"].get(
            f"/schools/{things.school_id}/alerts",
            headers=self.bearer("counsellor", things.school_id),
        )
        things.alert_id = next(one["alert_id"] for one in alerts.json()["alerts"])

    async def take_alert(self, things: Things, person_id: str = PEER) -> None:
        """ "I have it", says the person whom tokens name by default, or another."""
        await self._of_alert(things, "acknowledge", person_id)

    async def meet(self, things: Things) -> None:
        """The same person has spoken with the student."""
        await self._of_alert(things, "contact", PEER)

    async def close_alert(self, things: Things) -> None:
        """The alert is over, and no peer goes on."""
        await self._of_alert(things, "close", PEER, CLOSING | {"peer_may_continue": False})

    async def _of_alert(
        self, things: Things, act: str, person_id: str, body: object = None
    ) -> None:
        done = await self.web["escalation"].post(
            f"/schools/{things.school_id}/alerts/{things.alert_id}/{act}",
            headers=self.bearer("counsellor", things.school_id, person_id=person_id),
            **({} if body is None else {"json": body}),
        )
        assert done.status_code == 200, done.text
        await self.settle(things.school_id)

    async def open_another(self, things: Things) -> None:
        """The student asks a second time, without the code of the first, and alarms again."""
        opened = await self.web["intake"].post(
            f"/schools/{things.school_id}/cases", json=CASE_WANTED, headers=key()
        )
        assert opened.status_code == 202, opened.text
        things.another = opened.json()
        posted = await self.web["intake"].post(
            f"/schools/{things.school_id}/me/messages",
            json={"text": RED},
            headers={"Return-Code": things.another["return_code"], **key()},
        )
        assert posted.status_code == 202, posted.text
        await self.settle(things.school_id)

    async def link(self, things: Things) -> None:
        """A counsellor links the two."""
        linked = await self.web["intake"].post(
            f"/schools/{things.school_id}/cases/{things.case_id}/links",
            json={"case_id": things.another["case_id"], "reason": "same_events"},
            headers=self.bearer("counsellor", things.school_id),
        )
        assert linked.is_success, linked.text

    async def write_plan(self, things: Things) -> None:
        """A counsellor has written a safety plan with the student."""
        written = await self.web["intake"].put(
            f"/schools/{things.school_id}/cases/{things.case_id}/safety-plan",
            json={"alone": "Jalan keliling lapangan"},
            headers=self.bearer("counsellor", things.school_id),
        )
        assert written.is_success, written.text

    async def leave_details(self, things: Things) -> None:
        """The student leaves how to be found."""
        left = await self.web["intake"].put(
            f"/schools/{things.school_id}/me/contact-details",
            json={"class_name": "X-3"},
            headers={"Return-Code": things.return_code},
        )
        assert left.is_success, left.text

    async def offer_shift(self, things: Things) -> None:
        """A colleague would like the person whom tokens name by default to take a duty."""
        offered = await self.web["escalation"].post(
            f"/schools/{things.school_id}/shifts/changes",
            json={"at": datetime.now(UTC).isoformat(), "to": PEER},
            headers=self.bearer("counsellor", things.school_id, person_id="sari"),
        )
        assert offered.status_code == 201, offered.text
        things.change_id = offered.json()["change_id"]

    async def set_aside(self, things: Things) -> None:
        """The coordinator sets aside what came three days ago, when there was no request."""
        hour = datetime.now(UTC) - timedelta(days=3)
        made = await self.web["intake"].post(
            f"/schools/{things.school_id}/set-aside",
            json={"since": hour.isoformat(), "until": (hour + timedelta(hours=1)).isoformat()},
            headers=self.bearer("coordinator", things.school_id),
        )
        assert made.status_code == 202, made.text
        things.group_id = made.json()["group_id"]

    async def ask_who(self, things: Things) -> None:
        """A counsellor must know who the student is."""
        asked = await self.web["escalation"].post(
            f"/schools/{things.school_id}/alerts/{things.alert_id}/identity",
            json={"reason": "life_in_danger"},
            headers=self.bearer("counsellor", things.school_id, person_id="sari"),
        )
        assert asked.status_code == 200, asked.text

    # --- what is there

    async def picture(self, school_id: str) -> dict[str, bytes]:
        """Every document of a school in every store, byte by byte, but for the trace that a refusal
        leaves in the audit log.
        """
        found: dict[str, bytes] = {}
        for service, runtime in self.runtimes.items():
            names = await runtime.database.list_collection_names()
            for name in sorted(set(names) - {audit.HEADS.collection}):
                for document in (
                    await runtime.database[name]
                    .find({"school_id": school_id, "what": {"$not": TRACE}})
                    .sort("_id", 1)
                    .to_list()
                ):
                    found[f"{service}.{name}.{document['_id']}"] = encode(document)
        return found


@asynccontextmanager
async def world_of(servers: Servers, prefix: str, **settings: Any) -> AsyncIterator[World]:
    """The services with their stores ready and no loops: what is in a store was put there by a
    request or an event of the test.
    """
    given = {
        name: environment(servers, prefix, answer_seconds=60, root_path=f"/{name}", **settings)
        for name in SERVICES
    }
    composed = {
        "intake": intake.compose(IntakeSettings(**given["intake"])),
        "matching": matching.compose(MatchingSettings(**given["matching"])),
        "escalation": escalation.compose(EscalationSettings(**given["escalation"])),
        "evaluation": evaluation.compose(EvaluationSettings(**given["evaluation"])),
    }
    issuer = LocalIssuer(ISSUER, "sebaya", load_key(None))
    async with AsyncExitStack() as stack:
        web = {}
        for name, parts in composed.items():
            parts.app.state.verifier._keys = {KEY_ID: jwt.PyJWK(issuer.jwks()["keys"][0]).key}
            parts.app.state.verifier._refreshed_at = float("inf")  # there is no provider to ask
            stack.push_async_callback(parts.runtime.close)
            await parts.runtime.prepare()
            # No clock of the relay's either: an answer that no broker hears of is noted a second
            # later.
            parts.runtime._relay._late._late_seconds = 3600
            transport = httpx.ASGITransport(app=parts.app, raise_app_exceptions=False)
            web[name] = await stack.enter_async_context(
                httpx.AsyncClient(transport=transport, base_url=f"http://{name}.test")
            )
        runtimes = {name: parts.runtime for name, parts in composed.items()}
        yield World(
            {name: parts.app for name, parts in composed.items()},
            runtimes,
            composed["matching"].jobs.matching_round,
            web,
            issuer,
        )


@asynccontextmanager
async def furnished(servers: Servers, prefix: str) -> AsyncIterator[World]:
    """Two schools with one of everything each."""
    async with world_of(servers, prefix) as made:
        await made.furnish(OURS)
        await made.furnish(THEIRS)
        yield made
