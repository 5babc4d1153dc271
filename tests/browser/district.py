"""The four services and the local issuer behind one origin, in this process, on the real Kafka and
MongoDB.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from sebaya_chassis.base.settings import Environment
from sebaya_chassis.service.runtime import Runtime
from sebaya_chassis.storage.layout import AppliedSequence
from sebaya_chassis.web.issuer import IssuerSettings, create_issuer_app
from sebaya_cli.stack.ports import free_port
from sebaya_contracts.district import Ladder, Person, Policies, Rung, School, SchoolDefined, Shift
from sebaya_contracts.envelope import Sequence
from sebaya_contracts.words import Level, Role
from sebaya_escalation import main as escalation
from sebaya_escalation.settings import Settings as EscalationSettings
from sebaya_evaluation import main as evaluation
from sebaya_evaluation.settings import Settings as EvaluationSettings
from sebaya_intake import main as intake
from sebaya_intake.settings import Settings as IntakeSettings
from sebaya_matching import main as matching
from sebaya_matching.settings import Settings as MatchingSettings
from servers import Servers
from support import SECRET, environment, served

SCHOOL = "sma-1"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PEOPLE = (
    {"person_id": "sari", "name": "Sari", "roles": ["supporter"], "schools": [SCHOOL]},
    {"person_id": "bu-ratna", "name": "Bu Ratna", "roles": ["counsellor"], "schools": [SCHOOL]},
    {"person_id": "pak-dimas", "name": "Pak Dimas", "roles": ["counsellor"], "schools": [SCHOOL]},
    {"person_id": "bu-wulan", "name": "Bu Wulan", "roles": ["coordinator"], "schools": [SCHOOL]},
    {"person_id": "pak-adi", "name": "Pak Adi", "roles": ["district_lead"], "schools": ["*"]},
    {"person_id": "op", "name": "Mbak Tika", "roles": ["operator"], "schools": ["*"]},
)
SUPPORTER = {
    "supporter_id": "sari",
    "display_name": "Kak Sari",
    "topics": ["loneliness", "grief"],
    "languages": ["id", "en"],
    "cap": 3,
    "certified_until": "2099-01-01T00:00:00Z",
    "state": "active",
}


class Entrance:
    """As the entrance of a district: a prefix a service, stripped before it arrives there."""

    def __init__(self, behind: Mapping[str, ASGIApp]) -> None:
        self._behind = behind

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        _, name, path = scope["path"].split("/", 2)
        await self._behind[name](
            {**scope, "path": f"/{path}", "raw_path": f"/{path}".encode()}, receive, send
        )


@dataclass(slots=True)
class District:
    """What a test drives."""

    origin: str
    runtimes: dict[str, Runtime] = field(default_factory=dict)

    def at(self, service: str, path: str = "") -> str:
        return f"{self.origin}/{service}/s/{SCHOOL}{path}"

    async def token(
        self, person_id: str, *roles: Role, schools: tuple[str, ...] = (SCHOOL,)
    ) -> dict[str, str]:
        async with httpx.AsyncClient(trust_env=False) as web:
            wanted = {"person_id": person_id, "roles": list(roles), "schools": list(schools)}
            signed = (await web.post(f"{self.origin}/issuer/token", json=wanted)).json()[
                "access_token"
            ]
        return {"Authorization": f"Bearer {signed}"}

    async def ask(
        self, method: str, path: str, headers: Mapping[str, str], body: Any = None
    ) -> Any:
        async with httpx.AsyncClient(trust_env=False) as web:
            answer = await web.request(method, f"{self.origin}{path}", headers=headers, json=body)
        assert answer.is_success, answer.text
        return answer.json()


def school() -> School:
    who = Person(
        person_id="bu-ratna",
        name="Bu Ratna",
        roles=(Role.COUNSELLOR,),
        email="ratna@school.example",
    )
    ladder = Ladder(rungs=(Rung(who=("on_call",), wait_seconds=600),), contact_within_seconds=3600)
    return School(
        school_id=SCHOOL,
        name="SMA Negeri 1 Contoh",
        time_zone="Asia/Jakarta",
        country="ID",
        languages=("id", "en"),
        staff=(who,),
        rota=(Shift(person_id="bu-ratna", days=DAYS, since="00:00", until="24:00"),),  # type: ignore[arg-type]
        ladders=dict.fromkeys((Level.AMBER, Level.RED, Level.IMMINENT), ladder),
        policies=Policies(self_consent_age=12, minimum_cell=3),
    )


@asynccontextmanager
async def district(servers: Servers, prefix: str, folder: Path) -> AsyncIterator[District]:
    """Everything at work, with one school and one supporter."""
    port = free_port()
    found = District(f"http://127.0.0.1:{port}")
    (folder / "people.json").write_text(json.dumps(PEOPLE))
    async with AsyncExitStack() as stack:
        apps = _apps(servers, prefix, found, folder)
        await stack.enter_async_context(served(Entrance(apps), port))
        for name, runtime in found.runtimes.items():
            await stack.enter_async_context(runtime.lifespan(apps[name]))
        await asyncio.gather(*(runtime.prepared.wait() for runtime in found.runtimes.values()))
        for runtime in found.runtimes.values():
            defined = SchoolDefined(school_id=SCHOOL, school=school())
            await runtime.schools.apply(defined, AppliedSequence(SCHOOL, Sequence(1, 1)))
        coordinator = await found.token("bu-wulan", Role.COORDINATOR)
        await found.ask("POST", f"/matching/schools/{SCHOOL}/supporters", coordinator, SUPPORTER)
        yield found


def _apps(servers: Servers, prefix: str, found: District, folder: Path) -> dict[str, FastAPI]:
    more = {
        "origin": found.origin,
        "oidc_issuer": f"{found.origin}/issuer",
        "oidc_jwks_url": f"{found.origin}/issuer/jwks",
    }
    given = {
        name: environment(servers, prefix, root_path=f"/{name}", **more)
        for name in ("intake", "matching", "escalation", "evaluation")
    }
    composed = {
        "intake": intake.compose(IntakeSettings(**given["intake"])),
        "matching": matching.compose(MatchingSettings(**given["matching"])),
        "escalation": escalation.compose(EscalationSettings(**given["escalation"])),
        "evaluation": evaluation.compose(EvaluationSettings(**given["evaluation"])),
    }
    found.runtimes.update({name: one.runtime for name, one in composed.items()})
    issuer = IssuerSettings(
        environment=Environment.LOCAL,
        root_path="/issuer",
        oidc_issuer=more["oidc_issuer"],
        origin=found.origin,
        secret_key=SECRET,  # type: ignore[arg-type] # as from the environment
        issuer_people_file=folder / "people.json",
    )
    return {
        "issuer": create_issuer_app(issuer),
        **{name: one.app for name, one in composed.items()},
    }
