"""A matching service on the real store, and what tests do to it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import httpx
import jwt

from conformance.harness import Sourced, deliver
from sebaya_chassis.consuming.outcome import Outcome
from sebaya_chassis.storage.layout import AppliedSequence
from sebaya_chassis.storage.tenant_store import SchoolStore
from sebaya_chassis.web.auth import Verifier
from sebaya_chassis.web.issuer import LocalIssuer, TokenRequest, load_key
from sebaya_contracts.district import Policies, School, SchoolDefined
from sebaya_contracts.envelope import Sequence
from sebaya_contracts.escalation import AlertClosed, AlertRaised, MessageScreened
from sebaya_contracts.event import Event
from sebaya_contracts.intake import CaseErased, CaseWithdrawn, RematchRequested
from sebaya_contracts.topics import ALERTS, CASES, VERDICTS
from sebaya_contracts.words import AlertCause, AlertOutcome, Author, Level, Role
from sebaya_matching import commands
from sebaya_matching.collections import CASES as CASE_DOCUMENTS
from sebaya_matching.domain.case import Case
from sebaya_matching.domain.supporter import Supporter
from sebaya_matching.main import MatchingService, compose
from sebaya_matching.settings import Settings
from sebaya_matching.store import CaseStore, SupporterStore
from support import ISSUER
from unit.matching.examples import NOW, SCHOOL, a_profile, case_opened

_KEY = load_key(None)
COORDINATOR = "bu-wulan"


@dataclass
class MatchingHarness:
    """One school at one matching service."""

    composed: MatchingService
    http: httpx.AsyncClient
    school_id: str = SCHOOL
    _numbers: dict[str, int] = field(default_factory=dict)

    @property
    def school(self) -> SchoolStore:
        return self.composed.runtime.store(self.school_id)

    @property
    def cases(self) -> CaseStore:
        return CaseStore(self.school)

    @property
    def supporters(self) -> SupporterStore:
        return SupporterStore(self.school)

    async def now(self) -> datetime:
        await self.composed.runtime.writer.clock.read(self.composed.runtime.database)
        return self.composed.runtime.writer.clock.now()

    async def deliver(self, *events: Sourced) -> list[Outcome]:
        return await deliver(self.composed.runtime, events)

    def of_case(self, case_id: str, event: Event) -> Sourced:
        number = self._numbers[case_id] = self._numbers.get(case_id, 0) + 1
        return Sourced(CASES, case_id, number, event)

    def opened(self, case_id: str, **wishes: Any) -> Sourced:
        return self.of_case(case_id, case_opened(case_id, school_id=self.school_id, **wishes))

    def verdict(
        self, case_id: str, level: Level = Level.NONE, alert_id: str | None = None
    ) -> Sourced:
        message = f"{case_id}-m1"
        screened = MessageScreened(
            school_id=self.school_id,
            message_id=message,
            case_id=case_id,
            level=level,
            opening=True,
            alert_id=alert_id,
        )
        return Sourced(VERDICTS, message, 1, screened)

    def wrote(self, case_id: str, posted_at: datetime) -> Sourced:
        """The calm verdict on words of the supporter."""
        return self.screened(
            case_id, "hello", level=Level.NONE, author=Author.SUPPORTER, posted_at=posted_at
        )

    def risky(self, case_id: str, number: int, alert_id: str = "a1") -> Sourced:
        """The verdict on a later message that joined an alert."""
        return self.screened(case_id, f"risky{number}", level=Level.RED, alert_id=alert_id)

    def screened(self, case_id: str, message: str, **found: Any) -> Sourced:
        """A verdict on a later message of a case."""
        message_id = f"{case_id}-{message}"
        verdict = MessageScreened(
            school_id=self.school_id, message_id=message_id, case_id=case_id, **found
        )
        return Sourced(VERDICTS, message_id, 1, verdict)

    def alert(self, case_id: str, alert_id: str = "a1", level: Level = Level.RED) -> Sourced:
        event = AlertRaised(
            school_id=self.school_id,
            alert_id=alert_id,
            case_id=case_id,
            episode=1,
            level=level,
            cause=AlertCause.MESSAGE,
            raised_at=NOW,
        )
        return Sourced(ALERTS, alert_id, 1, event)

    def alert_closed(
        self,
        case_id: str,
        alert_id: str = "a1",
        *,
        peer_may_continue: bool = True,
        level: Level = Level.AMBER,
        raised_at: datetime = NOW,
        closed_at: datetime = NOW,
    ) -> Sourced:
        event = AlertClosed(
            school_id=self.school_id,
            alert_id=alert_id,
            case_id=case_id,
            level=level,
            outcome=AlertOutcome.SUPPORTED,
            peer_may_continue=peer_may_continue,
            raised_at=raised_at,
            closed_at=closed_at,
        )
        return Sourced(ALERTS, alert_id, 2, event)

    def withdrawn(self, case_id: str) -> Sourced:
        return self.of_case(
            case_id, CaseWithdrawn(school_id=self.school_id, case_id=case_id, withdrawn_at=NOW)
        )

    def erased(self, case_id: str) -> Sourced:
        return self.of_case(
            case_id, CaseErased(school_id=self.school_id, case_id=case_id, erased_at=NOW)
        )

    def rematch(self, case_id: str, match_id: str) -> Sourced:
        return self.of_case(
            case_id,
            RematchRequested(
                school_id=self.school_id, case_id=case_id, match_id=match_id, requested_at=NOW
            ),
        )

    async def wait_for_supporter(self, *case_ids: str, **wishes: Any) -> None:
        """Opened and screened."""
        for case_id in case_ids:
            await self.deliver(self.opened(case_id, **wishes), self.verdict(case_id))

    async def enrol(self, *supporter_ids: str, **profile: Any) -> None:
        valid = await self.now() + timedelta(days=30)
        for supporter_id in supporter_ids:
            await commands.enrol_supporter(
                self.school,
                COORDINATOR,
                supporter_id,
                a_profile(**({"certified_until": valid} | profile)),
            )

    async def change(self, supporter_id: str, **profile: Any) -> None:
        """Change a profile, as a coordinator does."""
        await commands.change_supporter(
            self.school, COORDINATOR, supporter_id, lambda known: replace(known, **profile)
        )

    async def run_round(self) -> None:
        await self.composed.jobs.matching_round.match_waiting(self.school_id)

    async def case(self, case_id: str) -> Case:
        return (await self.school.documents(CASE_DOCUMENTS).load(case_id)).state

    async def supporter(self, supporter_id: str) -> Supporter:
        return (await self.supporters.load(supporter_id)).state

    async def match_of(self, case_id: str) -> str:
        match = (await self.case(case_id)).match
        assert match is not None
        return match.match_id

    async def accept(self, case_id: str) -> str:
        match = (await self.case(case_id)).match
        assert match is not None
        answer = await self.post(f"matches/{match.match_id}/accept", match.supporter_id)
        assert answer.status_code == 200, answer.text
        return match.match_id

    async def events(self, collection: str) -> list[dict[str, Any]]:
        """What waits to be published, in the order of each document (no relay runs here)."""
        documents = await self.composed.runtime.database[collection].find({}).to_list()
        return [entry for document in documents for entry in document["outbox"]]

    async def event_types(self, case_id: str) -> list[str]:
        document = await self.composed.runtime.database["cases"].find_one({"_id": case_id})
        assert document is not None
        return [entry["type"] for entry in document["outbox"]]

    async def post(
        self, path: str, who: str, body: Any = None, *roles: Role, school: str | None = None
    ) -> httpx.Response:
        headers = as_person(who, *(roles or (Role.SUPPORTER,)), school=school or self.school_id)
        return await self.http.post(f"/schools/{self.school_id}/{path}", json=body, headers=headers)

    async def get(
        self, path: str, who: str, *roles: Role, school: str | None = None
    ) -> httpx.Response:
        headers = as_person(who, *(roles or (Role.SUPPORTER,)), school=school or self.school_id)
        return await self.http.get(f"/schools/{self.school_id}/{path}", headers=headers)


def as_person(who: str, *roles: Role, school: str = SCHOOL) -> dict[str, str]:
    token = LocalIssuer(ISSUER, "sebaya", _KEY).token(
        TokenRequest(person_id=who, roles=list(roles), schools=[school])
    )
    return {"Authorization": f"Bearer {token}"}


def known_verifier() -> Verifier:
    verifier = Verifier(ISSUER, "sebaya")
    keys = jwt.PyJWKSet.from_dict(LocalIssuer(ISSUER, "sebaya", _KEY).jwks()).keys
    verifier._keys = {str(key.key_id): key for key in keys}
    return verifier


async def define_school(composed: MatchingService, school_id: str, **policies: Any) -> None:
    school = School(
        school_id=school_id,
        name=school_id,
        time_zone="Asia/Jakarta",
        country="ID",
        languages=("id",),
        policies=Policies(**policies),
    )
    mark = AppliedSequence(school_id, Sequence(1, 1 + len(policies)))
    await composed.runtime.schools.apply(SchoolDefined(school_id=school_id, school=school), mark)


@asynccontextmanager
async def prepared_matching(settings: dict[str, Any]) -> AsyncIterator[MatchingHarness]:
    composed = compose(Settings(**settings))
    composed.app.state.verifier = known_verifier()
    await composed.runtime.prepare()
    await define_school(composed, SCHOOL)
    transport = httpx.ASGITransport(app=composed.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://matching") as http:
        yield MatchingHarness(composed, http)
    await composed.runtime.producer.stop()
    await composed.runtime.client.close()
