"""Each OpenAPI document held against its service, by schemathesis over sockets: no fault of ours,
no answer it does not tell of.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, CheckContext, Config, GenerationMode, Response, openapi
from schemathesis.checks import CheckFunction, not_a_server_error
from schemathesis.config import GenerationConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.core.parameters import ParameterLocation
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
)

from authorization.district_fixture import SERVICES, Things, World, key
from authorization.permission_matrix import KNOCKERS, RIGHTS, Right
from support import served

pytestmark = pytest.mark.asyncio(loop_scope="module")

BOTH = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
# Made up from a route's schema for somebody who may, of either mode; all in all about a minute for
# the four services.
MADE_UP = 15
COVERED = 60
# For each of those who may not: they should not come far.
OF_STRANGERS = 2
Operation = APIOperation[Any, Any, Any, Any]


def told_of(_ctx: CheckContext, response: Response, case: Case) -> bool | None:
    """The document has this status. A method that it does not have is 405, or another route's."""
    operation = case.operation
    if case.method.upper() == operation.method.upper():
        told = operation.definition.raw["responses"]
        assert str(response.status_code) in told, f"{response.status_code} is not in the document"
    return None


CHECKS: tuple[CheckFunction, ...] = (
    not_a_server_error,
    told_of,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)


def wrong(case: Case) -> set[ParameterLocation]:
    """The parts of a request that were made up to be wrong."""
    parts = case.meta.components if case.meta else {}
    return {part for part, info in parts.items() if info.mode is GenerationMode.NEGATIVE}


@dataclass(slots=True)
class Caller:
    """Sends what was made up for one route to its service, and holds each answer against the
    document.
    """

    operation: Operation
    right: Right
    things: Things
    url: str
    session: requests.Session
    answers: Counter[int] = field(default_factory=Counter)
    complaints: dict[str, str] = field(default_factory=dict)

    def rightly(self, headers: dict[str, str]) -> int:
        """The one request that the route is for."""
        body = self.right.body
        if (
            self.right.path.endswith("/feedback")
            and "Feedback-Token" not in headers
            and isinstance(body, dict)
        ):
            body = {**body, "match_id": self.things.match_id}
        if self.right.path.endswith("/shifts/changes") and isinstance(body, dict):
            body = {**body, "at": datetime.now(UTC).isoformat()}
        if self.right.path.endswith("/set-aside") and isinstance(body, dict):
            # Over by the store's clock, too.
            over = datetime.now(UTC) - timedelta(minutes=1)
            body = {"since": (over - timedelta(hours=1)).isoformat(), "until": over.isoformat()}
        if self.things.another and isinstance(body, dict):
            body = {name: self.things.another.get(name, value) for name, value in body.items()}
        stated = {} if body is None else {"body": body, "media_type": "application/json"}
        return self._sends(self.operation.Case(path_parameters=self._names(), **stated), headers)

    def covers(self, headers: dict[str, str], most: int) -> None:
        """Each field and parameter at its bounds and just past them, in the order that schemathesis
        thinks of them.
        """
        cases = self.operation.schema.iter_coverage_cases(
            self.operation,
            generation_modes=list(BOTH),
            generation_config=GenerationConfig(modes=list(BOTH)),
        )
        self.send_all(map(self._there, islice(cases, most)), headers)

    def make_up(self, most: int) -> list[Case]:
        """Make up what the schema allows, and as much again that it does not: `most` of each."""
        made: list[Case] = []
        for mode in BOTH if self._takes_something() else BOTH[:1]:

            @settings(
                max_examples=most,
                derandomize=True,
                database=None,
                deadline=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(self.operation.as_strategy(generation_mode=mode))
            def keep(case: Case) -> None:
                made.append(self._there(case))

            keep()
        return made

    def send_all(self, cases: Iterable[Case], headers: dict[str, str]) -> None:
        """Send each with a caller's credentials."""
        for case in cases:
            self._sends(case, headers)

    def _takes_something(self) -> bool:
        return bool(self.operation.body) or any(True for _ in self.operation.iter_parameters())

    def _there(self, case: Case) -> Case:
        """At a thing that is there, unless the path itself is what is wrong with it."""
        if ParameterLocation.PATH not in wrong(case):
            case.path_parameters = self._names()
        return case

    def _names(self) -> dict[str, str]:
        wanted = {parameter.name for parameter in self.operation.path_parameters}
        return {name: value for name, value in self.things.names().items() if name in wanted}

    def _sends(self, case: Case, headers: dict[str, str]) -> int:
        """Credentials are put in the place of what was made up for them, unless that was made up to
        be wrong.
        """
        meant = (
            {name.lower() for name in case.headers}
            if ParameterLocation.HEADER in wrong(case)
            else set()
        )
        sent = {
            name: value for name, value in (key() | headers).items() if name.lower() not in meant
        }
        answer = case.call(self.url, self.session, sent)
        self.answers[answer.status_code] += 1
        # Unknown parameters and header fields are nobody's business; an unknown field of a body is.
        refused = (negative_data_rejection,) if wrong(case) == {ParameterLocation.BODY} else ()
        try:
            case.validate_response(answer, [*CHECKS, *refused], headers=sent)
        except FailureGroup as failures:
            for one in failures.exceptions:
                self.complaints.setdefault(
                    f"{self.right.method} {self.right.path}: {one} ({answer.status_code})",
                    str(failures),
                )
        return answer.status_code


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_answers_as_its_document_says(world: World, service: str) -> None:
    """Every caller's right request, and for those who may, also whatever the document allows and
    forbids.
    """
    complaints: dict[str, str] = {}
    async with served(world.apps[service]) as url:
        described = openapi.from_dict(world.apps[service].openapi(), config=Config())
        with requests.Session() as session:
            for number, right in enumerate(one for one in RIGHTS if one.service == service):
                things = await _things_for(world, right, f"{service}-{number}")
                caller = Caller(described[right.path][right.method], right, things, url, session)
                await asyncio.to_thread(_try_everybody, world, caller)
                complaints |= caller.complaints
    assert not complaints, "\n\n".join(complaints.values())


async def _things_for(world: World, right: Right, school_id: str) -> Things:
    """A school of its own for each route: what was made up for one leaves nothing to the next."""
    things = await world.furnish(school_id)
    if right.path.endswith(("/accept", "/decline")):
        await world.open(things)
    if right.path.endswith("/answer"):
        await world.ask_who(things)
    if right.path.endswith("/take-over"):
        await world.take_alert(things, "sari")
    if right.path.endswith(("/hand-over", "/lower", "/reviews", "/reopen", "/peer")):
        await world.take_alert(things)
    if right.path.endswith("/reviews"):
        await world.meet(things)
    if right.path.endswith(("/reopen", "/peer")):
        await world.close_alert(things)
    if right.path.endswith(("/links", "/links/separate")):
        await world.open_another(things)
    if right.path.endswith("/links/separate"):
        await world.link(things)
    if right.path.endswith("/contact-details"):
        await world.leave_details(things)
    if right.path.endswith("/me/safety-plan"):
        await world.write_plan(things)
    return things


def _try_everybody(world: World, caller: Caller) -> None:
    """Those who may come last, and their right requests first: each of them must get behind the
    door.
    """
    right = caller.right
    # The same of all: to make them up costs more than to send them.
    of_strangers = caller.make_up(OF_STRANGERS)
    for who, headers in _knockers(world, caller):
        status = caller.rightly(headers)
        if who not in right.who:
            caller.send_all(of_strangers, headers)
        assert (status in {401, 403}) is (who not in right.who), (right, who, status)
    assert any(status < 300 for status in caller.answers), right
    caller.covers(headers, COVERED)
    caller.send_all(caller.make_up(MADE_UP), headers)


def _knockers(world: World, caller: Caller) -> Iterator[tuple[str, dict[str, str]]]:
    right = caller.right
    for who in sorted(KNOCKERS, key=lambda one: one in right.who):
        yield (
            who,
            world.credentials(
                who, caller.things, at="*" if right.district else None, service=right.service
            ),
        )
