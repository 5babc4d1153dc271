"""When the store is away a student is told at once, with the lines; and the process stays alive."""

import time

import httpx

from integration.intake.harness import IntakeHarness, key, opening_body
from sebaya_chassis.base.health import PREPARED_WITHIN
from sebaya_chassis.storage.batching.batched_database import BatchedDatabase
from sebaya_chassis.storage.schools import Schools
from sebaya_intake.main import compose
from sebaya_intake.settings import Settings
from servers import Servers
from support import environment, eventually, running

NOWHERE = "mongodb://127.0.0.1:1/?directConnection=true"


async def test_a_store_that_never_was_there_is_answered_at_once_with_lines(
    servers: Servers, prefix: str
) -> None:
    composed = compose(Settings(**environment(servers, prefix, mongodb_uri=NOWHERE)))
    transport = httpx.ASGITransport(app=composed.app, raise_app_exceptions=False)
    async with (
        running(composed.runtime, composed.app),
        httpx.AsyncClient(transport=transport, base_url="http://t") as http,
    ):
        started = time.monotonic()
        answers = [
            await http.post("/schools/s1/cases", json=opening_body(), headers=key()),
            await http.get("/schools/s1"),
            await http.get("/schools/s1/me", headers={"Return-Code": "0000-0000-0000-0000"}),
        ]
        # Three answers, where the driver alone would look for its server for five seconds each.
        assert time.monotonic() - started < 5.0
        for answer in answers:
            assert answer.status_code == 503
            assert answer.headers["content-type"] == "application/problem+json"
            assert (
                answer.json()["crisis"]["lines"] and answer.json()["crisis"]["show_first"] is True
            )
        assert (await http.get("/health/live")).status_code == 200
        await eventually(
            lambda: ready(http),
            within=PREPARED_WITHIN + 5,
            says="it does not wait for the store for ever",
        )


async def ready(http: httpx.AsyncClient) -> bool:
    return (await http.get("/health/ready")).status_code == 200


async def test_a_store_that_goes_away_leaves_the_countrys_lines(harness: IntakeHarness) -> None:
    opened = await harness.open_case()
    await harness.composed.runtime.client.close()
    from sebaya_chassis.storage.database import connect, open_database

    away = open_database(connect(NOWHERE), "away")
    harness.composed.runtime.database = away
    harness.composed.runtime.batched = BatchedDatabase(away)
    harness.composed.runtime.schools = Schools(away, "intake")
    started = time.monotonic()
    answer = await harness.http.get("/schools/s1/me", headers=harness.code_headers(opened))
    assert time.monotonic() - started < 5.0
    assert answer.status_code == 503 and answer.headers["retry-after"]
    assert "119 ext. 8" in [line["contact"] for line in answer.json()["crisis"]["lines"]]


async def test_a_process_that_nobody_has_asked_yet_knows_the_countrys_lines(
    servers: Servers, prefix: str, harness: IntakeHarness
) -> None:
    """Help directory wrong for place: an API alone, started shortly before the store goes away."""
    composed = compose(Settings(**environment(servers, prefix)))
    await composed.runtime.prepare()
    await composed.runtime.client.close()
    from sebaya_chassis.storage.database import connect, open_database

    away = open_database(connect(NOWHERE), "away")
    composed.runtime.database = away
    composed.runtime.batched = BatchedDatabase(away)
    composed.runtime.schools = Schools(away, "intake")
    transport = httpx.ASGITransport(app=composed.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://t") as http:
        answer = await http.post("/schools/s1/cases", json=opening_body(), headers=key())
    assert answer.status_code == 503
    assert "119 ext. 8" in [line["contact"] for line in answer.json()["crisis"]["lines"]]
    await away.client.close()
