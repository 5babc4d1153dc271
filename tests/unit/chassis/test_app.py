"""Every answer of a service says what is wrong in the same form, and never what the caller had
sent.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any, Literal

import httpx
import pytest
from fastapi import FastAPI, Request
from prometheus_client import REGISTRY
from pydantic import BaseModel, ConfigDict, Discriminator, Field
from pymongo.errors import AutoReconnect, OperationFailure, ServerSelectionTimeoutError

from sebaya_chassis.base.health import Health
from sebaya_chassis.base.problems import Problem, Unavailable
from sebaya_chassis.storage.documents import Conflict
from sebaya_chassis.web.app import create_app
from sebaya_chassis.web.problem_answers import MOST_ERRORS

PLANTED = "nobody-may-read-this"
LIMIT = 2048


class Cat(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: Literal["cat"]


class Dog(BaseModel):
    kind: Literal["dog"]


class Thing(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(max_length=10)]
    size: int = 1
    topic: Literal["sleep", "school"] = "sleep"
    pet: Annotated[Cat | Dog, Discriminator("kind")] | None = None
    hours: list[int] = []
    scores: dict[Annotated[str, Field(pattern="^[a-z]{1,9}$")], int] = {}


class Taken(Problem):
    """Somebody else has it."""

    slug = "taken"
    title = "It is taken"


FAULTS: dict[str, Exception] = {
    "bug": RuntimeError(PLANTED),
    "away": AutoReconnect(PLANTED),
    "no-primary": ServerSelectionTimeoutError(PLANTED),
    "disk-full": OperationFailure(PLANTED, 14031),
    "store-bug": OperationFailure(PLANTED, 2),
    "taken": Taken(member="m"),
    "unprepared": Unavailable(),
    "overtaken": Conflict(PLANTED),
}


async def lines(request: Request) -> Mapping[str, Any]:
    if request.headers.get("extra") == "fails":
        raise AutoReconnect(PLANTED)
    return {"crisis": ["119"]}


def app(health: Health | None = None) -> FastAPI:
    made = create_app("toy", "Toy", "", health or Health("toy", 60), LIMIT, "", lines)

    @made.post("/things/{thing_id}")
    async def make(thing_id: str, thing: Thing) -> str:
        return thing_id

    @made.post("/raw")
    async def raw(request: Request) -> int:
        return len(await request.body())

    @made.get("/faults/{name}")
    async def fault(name: str) -> str:
        raise FAULTS[name]

    return made


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app(), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as made:
        yield made


def problem(answer: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    """The body, after checking that it is a problem of RFC 9457 which nobody stores and which
    echoes nothing.
    """
    body: dict[str, Any] = answer.json()
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert body["type"] == f"urn:sebaya:problem:{slug}"
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    assert PLANTED not in answer.text
    return body


async def test_what_lost_too_often_may_come_again_in_a_second(client: httpx.AsyncClient) -> None:
    answer = await client.get("/faults/overtaken")
    assert problem(answer, 503, "unavailable")["crisis"] == ["119"]
    assert answer.headers["retry-after"] == "1"


async def test_nothing_there(client: httpx.AsyncClient) -> None:
    assert problem(await client.get(f"/{PLANTED}"), 404, "not-found")["crisis"] == ["119"]


async def test_another_method(client: httpx.AsyncClient) -> None:
    answer = await client.get("/things/t1")
    problem(answer, 405, "refused")
    assert answer.headers["allow"] == "POST"


WRONG: dict[str, tuple[Any, str]] = {
    "too long": ({"name": PLANTED}, "name"),
    "another type": ({"name": "n", "size": PLANTED}, "size"),
    "no such word": ({"name": "n", "topic": PLANTED}, "topic"),
    "unknown tag": ({"name": "n", "pet": {"kind": PLANTED}}, "pet"),
    "in a list": ({"name": "n", "hours": [1, PLANTED]}, "hours.1"),
    "missing": ({}, "name"),
    "unknown field": ({"name": "n", PLANTED: 1}, "body"),
    "unknown field inside": ({"name": "n", "pet": {"kind": "cat", PLANTED: 1}}, "pet.cat"),
    "name in a mapping": ({"name": "n", "scores": {f"{PLANTED} {PLANTED}": 1}}, "scores"),
    "named like a place": ({"name": "n", "body": PLANTED}, "body"),
    "no object": ([PLANTED], "body"),
}


@pytest.mark.parametrize("case", WRONG)
async def test_a_wrong_field_is_named_and_its_value_is_not(
    client: httpx.AsyncClient, case: str
) -> None:
    body, field = WRONG[case]
    errors = problem(await client.post("/things/t1", json=body), 422, "invalid")["errors"]
    assert [error["field"] for error in errors] == [field]
    assert all(error["message"] for error in errors)


async def test_what_is_no_json_is_said_of_the_body(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/things/t1", content=f'{{"name": {PLANTED}', headers={"content-type": "application/json"}
    )
    assert [error["field"] for error in problem(answer, 422, "invalid")["errors"]] == ["body"]


async def test_a_body_full_of_mistakes_gets_a_short_answer(client: httpx.AsyncClient) -> None:
    answer = await client.post("/things/t1", json={"name": "n", "hours": ["x"] * 300, "y" * 500: 1})
    assert len(problem(answer, 422, "invalid")["errors"]) == MOST_ERRORS
    alone = await client.post("/things/t1", json={"name": "n", "y" * 500: 1})
    assert len(alone.text) < 500


async def test_too_many_bytes_announced_or_not(client: httpx.AsyncClient) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(30):
            yield b"x" * 100

    for path in ("/raw", "/things/t1"):
        announced = await client.post(path, content=b"x" * 3000)
        assert "content-length" in announced.request.headers
        assert problem(announced, 413, "too-large")["crisis"] == ["119"]
        chunked = await client.post(
            path, content=pieces(), headers={"content-type": "application/json"}
        )
        assert "content-length" not in chunked.request.headers
        assert problem(chunked, 413, "too-large")["crisis"] == ["119"]


async def test_a_body_at_the_limit_is_taken(client: httpx.AsyncClient) -> None:
    assert (await client.post("/raw", content=b"x" * LIMIT)).json() == LIMIT
    assert (await client.post("/raw", content=b"x" * (LIMIT + 1))).status_code == 413


@pytest.mark.parametrize(
    ("name", "status", "slug"),
    [
        ("bug", 500, "unexpected"),
        ("store-bug", 500, "unexpected"),
        ("away", 503, "unavailable"),
        ("no-primary", 503, "unavailable"),
        ("disk-full", 503, "unavailable"),
        ("unprepared", 503, "unavailable"),
        ("taken", 409, "taken"),
    ],
)
async def test_a_fault_is_told_without_its_text(
    client: httpx.AsyncClient, name: str, status: int, slug: str
) -> None:
    assert problem(await client.get(f"/faults/{name}"), status, slug)["crisis"] == ["119"]
    # Whatever could not be told with the answer does not cost the answer.
    assert "crisis" not in problem(
        await client.get(f"/faults/{name}", headers={"extra": "fails"}), status, slug
    )


async def test_a_problem_carries_its_members(client: httpx.AsyncClient) -> None:
    assert problem(await client.get("/faults/taken"), 409, "taken")["member"] == "m"


async def test_private_answers_are_not_stored(client: httpx.AsyncClient) -> None:
    """A fault of ours too, whose answer leaves past every middleware."""
    made = await client.post("/things/t1", json={"name": "n"})
    others = [
        await client.get(path)
        for path in ("/nowhere", "/health/live", "/faults/bug", "/faults/away")
    ]
    for answer in (made, *others):
        assert answer.headers.get_list("cache-control") == ["no-store"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"


def routes_counted() -> set[str]:
    return {
        sample.labels["route"]
        for metric in REGISTRY.collect()
        if metric.name.startswith("sebaya_http_request")
        for sample in metric.samples
        if sample.labels.get("service") == "toy"
    }


async def test_metrics_know_patterns_and_no_paths(client: httpx.AsyncClient) -> None:
    """Unbounded and revealing labels: scanners, ids and codes stay out of the metrics store."""
    of_other_tests = routes_counted()
    for path in (
        f"/{PLANTED}",
        "/.env",
        "/wp-admin/setup.php",
        f"/things/{PLANTED}/more",
        "/things/",
        "/%2e%2e/etc",
    ):
        assert (await client.get(path)).status_code in {404, 405, 307}
    await client.post(f"/things/{PLANTED}", json={"name": "n"})
    await client.get(f"/things/{PLANTED}")
    await client.get("/faults/bug")
    await client.request("BREW", "/things/t1")
    assert routes_counted() - of_other_tests <= {
        "(unmatched)",
        "/things/{thing_id}",
        "/raw",
        "/faults/{name}",
        "/health/live",
    }
    assert "(unmatched)" in routes_counted()
    text = (await client.get("/metrics")).text
    assert PLANTED not in text
    assert "BREW" not in text
    assert (
        'sebaya_http_requests_total{method="GET",route="/faults/{name}",service="toy",status="500"}'
        in text
    )


def failures(status: str) -> float | None:
    return REGISTRY.get_sample_value(
        "sebaya_http_failures_total", {"service": "toy", "status": status}
    )


async def test_a_failure_is_counted_from_zero_and_the_answers_of_probes_are_not(
    client: httpx.AsyncClient,
) -> None:
    await client.get("/health/live")
    before = {status: failures(status) for status in ("500", "503")}
    assert None not in before.values(), "a counter that is born at 1 has never risen"
    await client.get("/faults/bug")
    await client.get("/faults/away")
    assert (await client.get("/health/startup")).status_code == 503
    assert (await client.get("/things/")).status_code in {404, 405, 307}
    assert {status: (failures(status) or 0) - (before[status] or 0) for status in before} == {
        "500": 1,
        "503": 1,
    }


async def test_a_loop_that_is_stuck_is_not_live_and_is_named() -> None:
    health = Health("toy", live_seconds=60)
    turning, stuck = health.register("consumer"), health.register("relay")
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app(health)), base_url="http://test"
    ) as client:
        assert (await client.get("/health/live")).status_code == 200
        stuck.turned_at -= 61
        answer = await client.get("/health/live")
        assert (answer.status_code, answer.json()) == (503, {"live": False, "stuck": ["relay"]})
        stuck.turn()
        assert (await client.get("/health/live")).status_code == 200
        turning.turned_at -= 61
        health.forget(turning)
        assert (await client.get("/health/live")).status_code == 200


async def test_startup_and_ready_follow_the_process() -> None:
    health = Health("toy", live_seconds=60)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app(health)), base_url="http://test"
    ) as client:

        async def seen() -> tuple[int, int]:
            return (await client.get("/health/startup")).status_code, (
                await client.get("/health/ready")
            ).status_code

        assert await seen() == (503, 503)
        health.started = True
        assert await seen() == (200, 503), "the store was not reached yet: the others answer"
        health.prepared = True
        assert await seen() == (200, 200)
        health.draining = True
        assert await seen() == (200, 503)


async def test_a_loop_that_has_done_its_work_has_no_age_any_more() -> None:
    health = Health("toy", live_seconds=60)
    once, always = health.register("once"), health.register("always")
    health.forget(once)
    ages = {
        loop: REGISTRY.get_sample_value("sebaya_loop_age_seconds", {"service": "toy", "loop": loop})
        for loop in ("once", "always")
    }
    assert ages["once"] is None
    assert ages["always"] is not None and always in health._beats
