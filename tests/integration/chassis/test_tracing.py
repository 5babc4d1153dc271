"""One trace from the request through outbox and topic into the handler of another service."""

import asyncio
from typing import Any

import httpx
from aiokafka import AIOKafkaConsumer

from sample_service import COUNTED, Counted, asked, handlers, knows_the_school, reader, sender
from sebaya_chassis.base.tracing import continue_trace, current_traceparent
from sebaya_chassis.consuming.handlers import Handlers
from sebaya_chassis.service.runtime import Runtime
from sebaya_chassis.storage.layout import AppliedSequence
from sebaya_chassis.storage.tenant_store import SchoolStore
from sebaya_chassis.web.app import create_app
from sebaya_contracts.envelope import attributes
from sebaya_contracts.intake import AdultRequested
from servers import Servers
from support import eventually, running

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


def trace_of(traceparent: str | None) -> str | None:
    return traceparent.split("-")[1] if traceparent else None


async def post(runtime: Runtime, headers: dict[str, str]) -> dict[str, Any]:
    """A request that writes `c1`; the document it left, while nothing has been published."""
    app = create_app("intake", "Toy", "", runtime.health, 1024, "")

    @app.post("/cases")
    async def make() -> None:
        await runtime.store("s1").documents(COUNTED).create(Counted("c1"), [asked("c1")])

    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://test"
    ) as client:
        assert (await client.post("/cases", headers=headers)).status_code == 200
    found = await runtime.database["counted"].find_one({"_id": "c1"})
    assert found is not None
    return found


async def header_in_topic(runtime: Runtime) -> str | None:
    consumer = AIOKafkaConsumer(
        runtime.settings.topic("intake.cases.v1"),
        bootstrap_servers=runtime.settings.kafka_bootstrap_servers,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    await consumer.start()
    try:
        return attributes((await asyncio.wait_for(consumer.getone(), 20)).headers).traceparent
    finally:
        await consumer.stop()


async def test_a_requests_trace_reaches_the_handler_of_another_service(
    servers: Servers, prefix: str
) -> None:
    seen: list[str | None] = []
    counting = handlers().of(AdultRequested)
    noting = Handlers[SchoolStore]()

    @noting.on(AdultRequested)
    async def count(event: AdultRequested, mark: AppliedSequence, store: SchoolStore) -> None:
        seen.append(current_traceparent())
        assert counting is not None
        await counting(event, mark, store)

    sending = sender(servers, prefix)
    await sending.prepare()
    document = await post(sending, {"traceparent": TRACEPARENT})
    assert trace_of(document["outbox"][0]["traceparent"]) == TRACE
    async with running(reader(servers, prefix, noting)) as reading, running(sending):
        await knows_the_school(reading)
        assert trace_of(await header_in_topic(sending)) == TRACE

        async def handled() -> bool:
            return bool(seen)

        await eventually(handled)
        assert trace_of(seen[0]) == TRACE


async def test_without_a_trace_or_with_nonsense_a_new_one_begins(runtime: Runtime) -> None:
    first = await post(runtime, {"traceparent": "somebody's words"})
    trace = trace_of(first["outbox"][0]["traceparent"])
    assert trace is not None
    assert len(trace) == 32
    assert int(trace, 16) != 0
    assert "words" not in first["outbox"][0]["traceparent"]


def test_two_works_have_two_traces() -> None:
    found = []
    for _ in range(2):
        with continue_trace(None, "work"):
            found.append(trace_of(current_traceparent()))
    assert None not in found
    assert found[0] != found[1]
    assert current_traceparent() is None
