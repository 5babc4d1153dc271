"""A district at work, watched: what rules and panels ask for is there, a healthy day alarms nobody,
and a fault alarms until it is over.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
import pytest_asyncio

from alerting.faults import QUICK, all_at_once
from alerting.prometheus import clears, fires
from alerting.town import SCHOOLS, Town, town
from deploy.test_rules import ROOT, rules
from sebaya_contracts.topics import SERVICES
from support import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

BOARDS = sorted((ROOT / "deploy" / "grafana" / "dashboards").glob("*.json"))
SERIES = re.compile(r"\bsebaya_[a-z0-9_]+")
# Of a large district, one process a service: what a Prometheus of one small machine takes without a
# thought.
SERIES_A_SCHOOL = 15


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def watched(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """After some cases have gone the whole way, and every alert has been seen to."""
    async with town(tmp_path_factory.mktemp("town")) as made:
        play = made.play(pace=3.0)
        people = asyncio.create_task(play.run())

        async def matched_and_closed() -> bool:
            assert not people.done() or people.result() is None
            cases, alerts = (
                made.database("matching")["cases"],
                made.database("escalation")["alerts"],
            )
            judged = {"state.outcome": {"$nin": [None, "unreachable"]}}
            return (
                await cases.count_documents({"state.stage": "closed"}) >= 2
                and await alerts.count_documents(judged) >= 1
            )

        async def nobody_is_waiting() -> bool:
            return (
                await made.database("escalation")["alerts"].count_documents(
                    {"state.status": {"$ne": "closed"}}
                )
                == 0
            )

        await eventually(matched_and_closed, within=120, every=0.5)
        play.stop_asking()
        await eventually(nobody_is_waiting, within=60, every=0.5)
        play.go_home()
        await people
        yield made


def queries() -> dict[str, list[str]]:
    """Of every panel, by dashboard and title, as Grafana would send them."""
    found = {}
    for board in BOARDS:
        content = json.loads(board.read_text())
        for panel in content["panels"]:
            asked = [
                target["expr"].replace("$__rate_interval", "1m")
                for target in panel.get("targets", [])
            ]
            choices = SERVICES if any("$service" in expr for expr in asked) else ("",)
            found[f"{content['title']}: {panel['title']}"] = [
                expr.replace("$service", name) for expr in asked for name in choices
            ]
    return found


async def test_every_metric_of_a_rule_or_panel_is_exported_by_a_running_service(
    watched: Town,
) -> None:
    asked = {
        name
        for expr in [rule["expr"] for rule in rules().values()]
        for name in SERIES.findall(expr)
    }
    asked |= {
        name for exprs in queries().values() for expr in exprs for name in SERIES.findall(expr)
    }
    assert asked
    left: set[str] = set()

    async def all_exported() -> bool:
        left.clear()
        left.update(asked - await watched.prometheus.names())
        return not left

    # A quick town has lived before the first look at it.
    with suppress(AssertionError):
        await eventually(all_exported, within=30, every=0.5)
    assert left == set()


async def test_every_panel_has_an_answer(watched: Town) -> None:
    """But those that show only what is above zero, and shares of it."""
    left = [
        (title, expr)
        for title, exprs in queries().items()
        for expr in exprs
        if not expr.endswith("> 0")
    ]
    assert left

    async def all_answered() -> bool:
        left[:] = [
            (title, expr) for title, expr in left if not await watched.prometheus.query(expr)
        ]
        return not left

    # A share of a minute needs two looks.
    with suppress(AssertionError):
        await eventually(all_answered, within=30, every=0.5)
    assert left == []


async def test_series_have_a_budget_and_none_tells_of_a_school_or_a_person(watched: Town) -> None:
    series = await watched.prometheus.series('{__name__=~"sebaya_.+"}')
    assert len(watched.district) == SCHOOLS
    assert 500 < len(series) <= SERIES_A_SCHOOL * SCHOOLS
    values = {value for labels in series for value in labels.values()}
    schools = {school.school_id for school in watched.district}
    people = {person.person_id for school in watched.district for person in school.staff}
    cases = {row["_id"] async for row in watched.database("intake")["cases"].find({}, {"_id": 1})}
    assert cases
    assert values & (schools | people | cases) - {"counsellor", "coordinator"} == set()
    assert not [value for value in values if any(name in value for name in schools | cases)]


async def test_a_day_of_work_alarms_nobody(watched: Town) -> None:
    assert await watched.prometheus.firing() == set()


async def test_each_fault_alarms_until_it_is_over(watched: Town) -> None:
    async with all_at_once(QUICK, watched) as alerts:
        await fires(watched.prometheus, alerts, within=90)
    await clears(watched.prometheus, alerts, within=90)
    assert await watched.prometheus.firing() == set()
