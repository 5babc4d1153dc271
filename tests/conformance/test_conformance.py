"""Every handler of every service, delivered twice, late, stale, shuffled, killed at every write,
and while the group rebalances.
"""

import asyncio
import importlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from conformance.harness import (
    Scenario,
    Way,
    all_consumed,
    deliver,
    deliver_together,
    deliver_with_crashes,
    prepared,
    publish,
    shuffled,
    with_stale_copies,
)
from sebaya_chassis.consuming.handlers import Handlers
from sebaya_chassis.consuming.outcome import Outcome
from sebaya_chassis.outbox.topics import make_topics
from sebaya_chassis.service.service_topics import topics_of
from sebaya_contracts.topics import SERVICES
from servers import Servers
from support import chassis_settings, environment, eventually, running

TOGETHER = ("evaluation", "intake")


# Together only where the service says what its events do to one document.
WAYS = [(service, "alone") for service in SERVICES] + [
    (service, "together") for service in TOGETHER
]
by_every_way = pytest.mark.parametrize(("scenario", "way"), WAYS, indirect=True)
by_one_write = pytest.mark.parametrize("scenario", TOGETHER, indirect=True)


@pytest.fixture(params=SERVICES)
def scenario(request: pytest.FixtureRequest) -> Scenario:
    module = importlib.import_module(f"conformance.{request.param}")
    found: Scenario = module.SCENARIO
    return found


@pytest.fixture
def way(request: pytest.FixtureRequest) -> Way:
    """How records reach the store."""
    return deliver_together if request.param == "together" else deliver


@pytest.fixture
async def expected(scenario: Scenario, servers: Servers, prefix: str) -> AsyncIterator[object]:
    """The state after the events in their order, once each."""
    async with prepared(scenario, environment(servers, f"{prefix}x")) as runtime:
        outcomes = await deliver(runtime, scenario.events())
        assert set(outcomes) == {Outcome.APPLIED}
        yield await scenario.summary(runtime)


def handlers_of(scenario: Scenario) -> Handlers[Any]:
    runtime = scenario.compose(
        {
            "mongodb_uri": "mongodb://127.0.0.1:1",
            "kafka_bootstrap_servers": "127.0.0.1:1",
            "secret_key": "s",
            "oidc_issuer": "http://i.test",
            "environment": "local",
        }
    )
    assert runtime.record_processor is not None
    return runtime.record_processor.handlers


def test_a_scenario_has_every_event_type_the_service_handles(scenario: Scenario) -> None:
    assert {type(sourced.event) for sourced in scenario.events()} == handlers_of(scenario).kinds


@by_every_way
async def test_each_event_twice(
    scenario: Scenario, expected: object, servers: Servers, prefix: str, way: Way
) -> None:
    async with prepared(scenario, environment(servers, prefix)) as runtime:
        twice = [sourced for sourced in scenario.events() for _ in range(2)]
        outcomes = await way(runtime, twice)
        assert outcomes[1::2] == [Outcome.IGNORED] * len(scenario.events())
        assert await scenario.summary(runtime) == expected


@by_every_way
async def test_everything_again_from_the_start(
    scenario: Scenario, expected: object, servers: Servers, prefix: str, way: Way
) -> None:
    async with prepared(scenario, environment(servers, prefix)) as runtime:
        await way(runtime, scenario.events())
        again = await way(runtime, scenario.events())
        assert set(again) == {Outcome.IGNORED}
        assert await scenario.summary(runtime) == expected


@by_every_way
async def test_stale_copies(
    scenario: Scenario, expected: object, servers: Servers, prefix: str, way: Way
) -> None:
    async with prepared(scenario, environment(servers, prefix)) as runtime:
        await way(runtime, with_stale_copies(scenario.events()))
        assert await scenario.summary(runtime) == expected


@by_every_way
@pytest.mark.parametrize("seed", range(6))
async def test_out_of_order_between_documents_and_topics(
    scenario: Scenario, expected: object, servers: Servers, prefix: str, seed: int, way: Way
) -> None:
    async with prepared(scenario, environment(servers, prefix)) as runtime:
        await way(runtime, shuffled(scenario.events(), seed))
        assert await scenario.summary(runtime) == expected


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_a_crash_at_every_write(
    scenario: Scenario, expected: object, servers: Servers, prefix: str, after: bool
) -> None:
    async with prepared(scenario, environment(servers, prefix)) as runtime:
        deaths = await deliver_with_crashes(runtime, scenario.events(), after=after)
        assert deaths >= len(scenario.events())
        assert await scenario.summary(runtime) == expected


@by_one_write
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_a_crash_at_every_write_of_a_batch(
    scenario: Scenario, servers: Servers, prefix: str, expected: object, after: bool
) -> None:
    """Between the bulk write and those that are left for alone, and in either."""
    async with prepared(scenario, environment(servers, prefix)) as runtime:
        events = with_stale_copies(shuffled(scenario.events(), seed=3))
        deaths = await deliver_with_crashes(
            runtime, events, after=after, way=deliver_together, size=7
        )
        # Copies of what was applied write nothing, and kill nobody.
        assert deaths >= len(scenario.events()) // 7
        assert await scenario.summary(runtime) == expected


def test_the_services_that_write_together_are_those_tested_so(scenario: Scenario) -> None:
    assert handlers_of(scenario).writes_in_bulk is (scenario.service in TOGETHER)


async def test_while_the_group_rebalances(
    scenario: Scenario, expected: object, servers: Servers, prefix: str
) -> None:
    settings = chassis_settings(servers, prefix)
    await make_topics(settings.kafka_bootstrap_servers, topics_of(scenario.service, settings), 1)
    # Timers and other loops stay out: the picture is of the handlers alone, as in the other runs.
    replicas = [scenario.compose(environment(servers, prefix)) for _ in range(3)]
    for replica in replicas:
        replica.without_loops()
    events = scenario.events()
    schools = [sourced for sourced in events if sourced.topic.name.startswith("district")]
    async with running(replicas[0]):
        await publish(settings, schools)
        await eventually(lambda: all_consumed(settings, scenario.service))
        publishing = asyncio.create_task(
            publish(settings, with_stale_copies(shuffled(events, seed=1)))
        )
        async with running(replicas[1]):
            async with running(replicas[2]):
                await publishing
            await publish(settings, events)
            await eventually(lambda: all_consumed(settings, scenario.service), within=40)
            async with asyncio.timeout(40):
                await replicas[1].prepared.wait()
            assert await scenario.summary(replicas[1]) == expected
