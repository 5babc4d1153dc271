"""An evaluation service on the real store, and what tests do to it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import httpx
import jwt

from conformance import evaluation as scenario
from conformance.harness import Sourced, deliver
from sebaya_chassis.storage.layout import AppliedSequence
from sebaya_chassis.web import feedback_link
from sebaya_chassis.web.issuer import LocalIssuer, TokenRequest, load_key
from sebaya_contracts.district import Policies, School, SchoolDefined
from sebaya_contracts.envelope import Sequence as Number
from sebaya_contracts.words import CaseTopic, Role, Side
from sebaya_evaluation.domain.feedback import create_response
from sebaya_evaluation.domain.tally import Tally, merge_all
from sebaya_evaluation.main import EvaluationService, compose
from sebaya_evaluation.settings import Settings
from sebaya_evaluation.store import EvaluationStore
from support import ISSUER, SECRET

_KEY = load_key(None)
SMALLEST = 3
# A Monday after everything that the scenario tells, and the school year that holds it.
MONDAY = datetime(2026, 12, 7, 2, tzinfo=UTC)
YEAR = {"span": "2026-2027"}


@dataclass
class EvaluationHarness:
    """One evaluation service and two schools."""

    composed: EvaluationService
    http: httpx.AsyncClient

    def store(self, school_id: str = "s1") -> EvaluationStore:
        return self.composed.dependencies.store(school_id)

    async def deliver(self, events: Sequence[Sourced]) -> None:
        await deliver(self.composed.runtime, events)

    async def define(self, school_id: str, number: int, **changes: Any) -> None:
        fields: dict[str, Any] = {
            "time_zone": "Asia/Jakarta",
            "policies": Policies(minimum_cell=SMALLEST),
        } | changes
        school = School(
            school_id=school_id, name=school_id, country="ID", languages=("id",), **fields
        )
        await self.composed.runtime.schools.apply(
            SchoolDefined(school_id=school_id, school=school),
            AppliedSequence(school_id, Number(1, number)),
        )

    async def cases(
        self,
        number: int,
        *,
        school_id: str = "s1",
        topic: CaseTopic = CaseTopic.GRIEF,
        through: bool = True,
        name: str = "k",
    ) -> None:
        """So many cases, opened and (`through`) matched, met and closed."""
        numbers = scenario.Numbering()
        for at in range(number):
            case_id = f"{school_id}-{name}{at}"
            numbers.add(
                scenario.CASES, case_id, scenario.opened(school_id, case_id, 100 + at, topic)
            )
            if through:
                scenario.matched(numbers, school_id, case_id, 200 + at)
        await self.deliver(numbers.events)

    async def count_dirty(self) -> None:
        """Count until nothing is dirty, as the timers would."""
        timers = self.composed.runtime.timers
        assert timers is not None
        for timer in self.composed.jobs.timers():
            claimed = await timers.fire(timer)
            while claimed:
                claimed = await timers.fire(timer)

    async def total(self, school_id: str = "s1") -> Tally:
        return merge_all(
            tally
            for strata in (await self.store(school_id).load_tallies()).values()
            for tally in strata.values()
        )

    async def respond(self, case_id: str, side: Side = Side.STUDENT, **answers: int) -> str:
        """A response that is already past the API's checks."""
        response, given = create_response(
            "s1", case_id, f"{case_id}-m", side, answers or {"better": 4}, self.store().now()
        )
        response = replace(response, given_at=scenario.after(900))
        await self.store().create_response(response, given)
        return response.response_id

    def travel(self, to: datetime = MONDAY) -> None:
        """Let the service's clock stand at another time: that of a release."""
        clock = self.composed.runtime.writer.clock
        clock._reading += to - clock.now()

    def link(
        self, case_id: str, school_id: str = "s1", now: datetime | None = None
    ) -> dict[str, str]:
        issued = feedback_link.issue(
            SECRET,
            school_id=school_id,
            case_id=case_id,
            match_id=f"{case_id}-m",
            now=now or datetime.now(UTC),
        )
        return {"Feedback-Token": issued.token}

    def signed_in(
        self, person_id: str, *roles: Role, schools: Sequence[str] = ("s1",)
    ) -> dict[str, str]:
        wanted = TokenRequest(person_id=person_id, roles=list(roles), schools=list(schools))
        return {"Authorization": f"Bearer {LocalIssuer(ISSUER, 'sebaya', _KEY).token(wanted)}"}

    async def report(self, school_id: str = "s1", at: datetime = MONDAY) -> dict[str, Any]:
        """The report of the school year that stands at that time."""
        self.travel(at)
        headers = self.signed_in("k1", Role.COORDINATOR, schools=[school_id])
        answer = await self.http.get(f"/schools/{school_id}/report", headers=headers, params=YEAR)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


@asynccontextmanager
async def prepared_evaluation(
    settings: dict[str, Any], schools: Sequence[str] = ("s1", "s2")
) -> AsyncIterator[EvaluationHarness]:
    composed = compose(Settings(**settings))
    issuer = LocalIssuer(ISSUER, "sebaya", _KEY)
    composed.app.state.verifier._keys = {
        key.key_id: key for key in jwt.PyJWKSet.from_dict(issuer.jwks()).keys
    }
    await composed.runtime.prepare()
    transport = httpx.ASGITransport(app=composed.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://evaluation.test") as http:
        harness = EvaluationHarness(composed, http)
        for school_id in schools:
            await harness.define(school_id, 1)
        try:
            yield harness
        finally:
            await composed.runtime.producer.stop()
            await composed.runtime.client.close()
