"""Every place of every service where a caller may put something: found in the OpenAPI documents, so
that a new one cannot be forgotten.
"""

import copy
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from fastapi import FastAPI

from integration.escalation.harness import EscalationHarness, prepared_escalation
from integration.escalation.harness import school as escalation_school
from integration.evaluation.harness import EvaluationHarness, prepared_evaluation
from integration.intake.harness import IntakeHarness, key, prepared_intake
from integration.matching.harness import MatchingHarness, as_person, prepared_matching
from sebaya_contracts.words import Role
from servers import Servers
from support import environment

SCHOOL = "s1"
PERSON = "sup-1"
METHODS = ("get", "post", "put", "patch", "delete")
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """One route as its service describes it."""

    service: str
    method: str
    path: str
    parameters: tuple[dict[str, Any], ...]
    body: dict[str, Any] | None
    schemas: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.service} {self.method.upper()} {self.path}"

    def resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        return self.schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema

    def example(self) -> Any:
        assert self.body is not None
        found = self.resolved(self.body)["examples"][0]
        return copy.deepcopy(found)

    def fields(self) -> Iterator[tuple[Path, dict[str, Any]]]:
        """Every field of the body, however deep, with what is said of it."""
        if self.body is not None:
            yield from self._within((), self.body)

    def _within(self, at: Path, schema: dict[str, Any]) -> Iterator[tuple[Path, dict[str, Any]]]:
        for one in [schema, *schema.get("anyOf", ())]:
            known = self.resolved(one)
            for name, inner in known.get("properties", {}).items():
                yield (*at, name), inner
                yield from self._within((*at, name), inner)
            if "items" in known:
                yield (*at, 0), known["items"]
                yield from self._within((*at, 0), known["items"])

    def free_text(self) -> Iterator[Path]:
        """The fields that take any words: strings that no pattern, list or format closes."""
        for at, schema in self.fields():
            if any(self._open(one) for one in [schema, *schema.get("anyOf", ())]):
                yield at

    def _open(self, schema: dict[str, Any]) -> bool:
        known = self.resolved(schema)
        closed = {"enum", "const", "format"} & set(known) or known.get("pattern", "^[^").startswith(
            "^[^"
        ) is False
        return known.get("type") == "string" and not closed


def operations(service: str, app: FastAPI) -> list[Operation]:
    described = app.openapi()
    schemas = described.get("components", {}).get("schemas", {})
    return [
        Operation(
            service,
            method,
            path,
            tuple(told.get("parameters", ())),
            _json(told.get("requestBody", {}).get("content", {})),
            schemas,
        )
        for path, methods in described["paths"].items()
        for method, told in methods.items()
        if method in METHODS
    ]


def _json(content: dict[str, Any]) -> dict[str, Any] | None:
    body = content.get("application/json", {}).get("schema")
    if body is None:
        return None
    return next((one for one in body.get("anyOf", [body]) if one.get("type") != "null"), body)


@dataclass(slots=True)
class District:
    """The four services of one district on the real servers, without loops, and a case that
    everything has happened to.
    """

    intake: IntakeHarness
    escalation: EscalationHarness
    matching: MatchingHarness
    evaluation: EvaluationHarness
    opened: dict[str, Any]
    alert_id: str

    def client(self, service: str) -> httpx.AsyncClient:
        clients = {
            "intake": self.intake.http,
            "escalation": self.escalation.http,
            "matching": self.matching.http,
            "evaluation": self.evaluation.http,
        }
        return clients[service]

    def operations(self) -> list[Operation]:
        composed = {
            "intake": self.intake.composed.app,
            "escalation": self.escalation.composed.app,
            "matching": self.matching.composed.app,
            "evaluation": self.evaluation.composed.app,
        }
        return [one for service, app in composed.items() for one in operations(service, app)]

    def headers(self, service: str) -> dict[str, str]:
        """Somebody who may do everything, and the code of the case: what is tried must reach the
        door.
        """
        tokens = {
            "intake": self.intake.staff_headers(PERSON, *Role, schools=("*",)),
            "escalation": self.escalation.staff_headers(PERSON, *Role, schools=("*",)),
            "matching": as_person(PERSON, *Role, school="*"),
            "evaluation": self.evaluation.signed_in(PERSON, *Role, schools=["*"]),
        }
        return tokens[service] | key() | {"Return-Code": self.opened["return_code"]}

    def address(self, operation: Operation, **other: str) -> str:
        """The path with things that are there, but for `other`."""
        known = {
            "school_id": SCHOOL,
            "case_id": self.opened["case_id"],
            "alert_id": self.alert_id,
            "match_id": "m1",
            "supporter_id": "sari",
            "change_id": "change-1",
            "group_id": "group-1",
        }
        return operation.path.format(**known | other)

    async def send(self, operation: Operation, body: Any = None, **more: Any) -> httpx.Response:
        given = {"json": body} if body is not None else {}
        url = more.pop("url", None) or self.address(operation)
        headers = self.headers(operation.service) | more.pop("headers", {})
        return await self.client(operation.service).request(
            operation.method, url, headers=headers, **given, **more
        )


@asynccontextmanager
async def district(servers: Servers, prefix: str) -> AsyncIterator[District]:
    async with AsyncExitStack() as stack:
        settings = environment(servers, prefix)
        intake = await stack.enter_async_context(prepared_intake(servers, prefix))
        escalation = await stack.enter_async_context(prepared_escalation(servers, prefix))
        matching = await stack.enter_async_context(prepared_matching(settings))
        evaluation = await stack.enter_async_context(prepared_evaluation(settings))
        await escalation.define_school(escalation_school())
        await intake.publish_supporter("sup-3", "Known")  # whom the opening's example names
        opened = await intake.open_case()
        await intake.accept_match(opened["case_id"], PERSON)
        await intake.raise_alert(opened["case_id"])
        await escalation.post_message("Aku mau bunuh diri malam ini", case_id=opened["case_id"])
        alert = await escalation.only_alert()
        met = await escalation.http.post(
            f"/schools/{SCHOOL}/alerts/{alert.alert_id}/contact",
            headers=escalation.staff_headers(PERSON, Role.COUNSELLOR),
        )
        assert met.status_code == 200, met.text
        yield District(intake, escalation, matching, evaluation, opened, alert.alert_id)


def put(body: Any, at: Path, value: Any) -> Any:
    """The body with `value` in that place; what is missing on the way there is made."""
    changed = copy.deepcopy(body)
    here = changed
    for step, following in zip(at, (*at[1:], None), strict=True):
        if following is None:
            _set(here, step, value)
            break
        if isinstance(here, list):
            here[:] = here[:1] or [[] if isinstance(following, int) else {}]
        elif not isinstance(here.get(step), dict | list):
            here[step] = [] if isinstance(following, int) else {}
        here = here[step]
    return changed


def _set(here: Any, step: str | int, value: Any) -> None:
    if isinstance(here, list):
        here[:] = [value, *here[1:]]
    else:
        here[step] = value
