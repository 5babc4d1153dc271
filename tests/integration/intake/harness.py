"""Intake inside a test: its app without a network, its store, and other services' events."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import jwt

from conformance.harness import Sourced, deliver
from sebaya_chassis.consuming.outcome import Outcome
from sebaya_chassis.storage.layout import AlreadyApplied, AppliedSequence
from sebaya_chassis.web.issuer import KEY_ID, LocalIssuer, TokenRequest, load_key
from sebaya_contracts.district import Policies, School, SchoolDefined
from sebaya_contracts.envelope import Sequence
from sebaya_contracts.escalation import AlertRaised, CoveragePublished, Interval, MessageScreened
from sebaya_contracts.event import Event
from sebaya_contracts.matching import MatchAccepted, MatchClosed, SupporterProfiled
from sebaya_contracts.topics import topic_of
from sebaya_contracts.words import AlertCause, CaseTopic, Level, MatchEnd, Role, SupporterState
from sebaya_intake.main import IntakeService, compose
from sebaya_intake.settings import Settings
from servers import Servers
from support import ISSUER, dump_store, environment

SCHOOL = "s1"
NOTHING_WORRYING = {"self_harm_thoughts": "no", "danger_now": "no"}


def school(school_id: str = SCHOOL, country: str = "ID", **policies: Any) -> School:
    return School(
        school_id=school_id,
        name="SMA 1",
        time_zone="Asia/Jakarta",
        country=country,
        languages=("id", "en"),
        policies=Policies(**{"self_consent_age": 13} | policies),
    )


def opening_body(text: str = "Aku merasa sendirian.", **more: Any) -> dict[str, Any]:
    return {
        "topic": "loneliness",
        "language": "id",
        "text": text,
        "safety": NOTHING_WORRYING,
        "consent": {"version": "2026-1", "age": 15},
        "door": "web",
    } | more


def key() -> dict[str, str]:
    return {"Idempotency-Key": secrets.token_hex(16)}


@dataclass(slots=True)
class IntakeHarness:
    """One process of intake, and what a test sends to it."""

    composed: IntakeService
    http: httpx.AsyncClient
    issuer: LocalIssuer
    numbers: dict[str, int] = field(default_factory=dict)

    async def define_school(self, described: School) -> None:
        defined = SchoolDefined(school_id=described.school_id, school=described)
        # The second process on a store finds what the first was told.
        with suppress(AlreadyApplied):
            await self.composed.runtime.schools.apply(
                defined, AppliedSequence(described.school_id, Sequence(1, self._next("school")))
            )

    def _next(self, subject: str) -> int:
        self.numbers[subject] = self.numbers.get(subject, 0) + 1
        return self.numbers[subject]

    async def receive(self, subject: str, *events: Event) -> list[Outcome]:
        """Deliver events of another service's document, in its order."""
        sourced = [
            Sourced(
                topic_of(event), subject, self._next(f"{topic_of(event).name}/{subject}"), event
            )
            for event in events
        ]
        return await deliver(self.composed.runtime, sourced)

    async def open_case(
        self, text: str = "Aku merasa sendirian.", school_id: str = SCHOOL, **more: Any
    ) -> dict[str, Any]:
        answer = await self.http.post(
            f"/schools/{school_id}/cases", json=opening_body(text, **more), headers=key()
        )
        assert answer.status_code == 202, answer.text
        return dict(answer.json())

    def code_headers(self, opened: dict[str, Any]) -> dict[str, str]:
        return {"Return-Code": opened["return_code"]}

    def staff_headers(
        self, person_id: str, *roles: Role, schools: tuple[str, ...] = (SCHOOL,)
    ) -> dict[str, str]:
        signed = self.issuer.token(
            TokenRequest(person_id=person_id, roles=list(roles), schools=list(schools))
        )
        return {"Authorization": f"Bearer {signed}"}

    async def accept_match(
        self, case_id: str, supporter_id: str = "sup-1", match_id: str = "m1"
    ) -> None:
        await self.receive(
            case_id,
            MatchAccepted(
                school_id=SCHOOL,
                case_id=case_id,
                match_id=match_id,
                supporter_id=supporter_id,
                accepted_at=self.composed.runtime.writer.clock.now(),
                waited_seconds=1.0,
            ),
        )

    async def close_match(
        self, case_id: str, supporter_id: str = "sup-1", match_id: str = "m1"
    ) -> None:
        now = self.composed.runtime.writer.clock.now()
        ended = MatchClosed(
            school_id=SCHOOL,
            case_id=case_id,
            match_id=match_id,
            supporter_id=supporter_id,
            end=MatchEnd.COMPLETED,
            closed_at=now,
        )
        await self.receive(case_id, ended)

    async def raise_alert(self, case_id: str, alert_id: str = "a1") -> list[Outcome]:
        raised = AlertRaised(
            school_id=SCHOOL,
            alert_id=alert_id,
            case_id=case_id,
            episode=1,
            level=Level.RED,
            cause=AlertCause.MESSAGE,
            raised_at=datetime.now(UTC),
        )
        return await self.receive(alert_id, raised)

    async def publish_verdict(
        self, message_id: str, case_id: str, level: Level = Level.NONE, *, opening: bool = False
    ) -> list[Outcome]:
        return await self.receive(
            message_id,
            MessageScreened(
                school_id=SCHOOL,
                message_id=message_id,
                case_id=case_id,
                level=level,
                opening=opening,
            ),
        )

    async def publish_coverage(self, hours: float = 1.0) -> None:
        now = self.composed.runtime.writer.clock.now()
        interval = Interval(since=now - timedelta(hours=1), until=now + timedelta(hours=hours))
        await self.receive(
            "coverage-s1",
            CoveragePublished(
                school_id=SCHOOL,
                covered=(interval,),
                published_at=now,
                expires_at=now + timedelta(days=14),
            ),
        )

    async def publish_supporter(
        self, supporter_id: str, name: str, state: SupporterState = SupporterState.ACTIVE
    ) -> None:
        profiled = SupporterProfiled(
            school_id=SCHOOL,
            supporter_id=supporter_id,
            display_name=name,
            state=state,
            topics=(CaseTopic.GRIEF,),
            languages=("id",),
            hours=(),
            cap=3,
            certified_until=None,
        )
        await self.receive(f"{SCHOOL}:{supporter_id}", profiled)

    async def dump_store(self) -> str:
        """Return every document of the service's database, as text."""
        return await dump_store(self.composed.runtime)


@asynccontextmanager
async def prepared_intake(
    servers: Servers, prefix: str, **settings: Any
) -> AsyncIterator[IntakeHarness]:
    """Compose intake with its store prepared and no loops: none of the relay's clock either, which
    would write a second after an opening, while a test counts writes or ends one.
    """
    composed = compose(Settings(**environment(servers, prefix, **settings)))
    composed.runtime._relay._late._late_seconds = 3600
    issuer = LocalIssuer(ISSUER, "sebaya", load_key(None))
    composed.app.state.verifier._keys = {KEY_ID: jwt.PyJWK(issuer.jwks()["keys"][0]).key}
    await composed.runtime.prepare()
    transport = httpx.ASGITransport(app=composed.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://intake.test") as http:
        harness = IntakeHarness(composed, http, issuer)
        await harness.define_school(school())
        try:
            yield harness
        finally:
            await composed.runtime.producer.stop()
            await composed.runtime.client.close()
