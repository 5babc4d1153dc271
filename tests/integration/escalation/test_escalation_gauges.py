"""How late an answer is, by the school's own ladder and from the documents, so that a restart or a
lost event hides nothing.
"""

from datetime import timedelta

import pytest
from prometheus_client import REGISTRY

from integration.escalation.harness import HIGH, EscalationHarness, ladder, school
from sebaya_contracts.words import Level
from sebaya_escalation.collections import ALERTS, PAGES
from store_commands import examined

HOUR = timedelta(hours=1)
FIRST_RUNG = 60.0


async def gauge(harness: EscalationHarness, name: str, **labels: str) -> float:
    await harness.composed.jobs.gauges.measure()
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def overdue(harness: EscalationHarness, level: str = "red") -> float:
    return await gauge(harness, "sebaya_alerts_overdue_seconds", level=level)


async def an_hour_ago(harness: EscalationHarness, *fields: str) -> None:
    then = harness.store.now() - HOUR
    await harness.store.store.collection(ALERTS.collection).update(
        {}, {"$set": {f"state.{name}": then for name in fields}}
    )


def about(seconds: float) -> object:
    return pytest.approx(seconds, abs=30)


async def test_an_alert_is_overdue_from_the_end_of_its_schools_first_rung(
    harness: EscalationHarness,
) -> None:
    await harness.post_message(HIGH)
    assert await overdue(harness) == 0
    await an_hour_ago(harness, "open_since")
    assert await overdue(harness) == about(3600 - FIRST_RUNG)
    assert await overdue(harness, "amber") == 0
    await harness.define_school(
        school(
            ladders=dict.fromkeys(
                (Level.AMBER, Level.RED, Level.IMMINENT), ladder(("on_call",), wait=7200)
            )
        )
    )
    assert await overdue(harness) == 0


async def test_whoever_takes_it_ends_the_waiting(harness: EscalationHarness) -> None:
    await harness.post_message(HIGH)
    await an_hour_ago(harness, "open_since")
    await harness.act_on_alert("sari", "acknowledge", (await harness.only_alert()).alert_id)
    assert await overdue(harness) == 0


async def test_an_alert_that_opened_again_waits_from_what_opened_it(
    harness: EscalationHarness,
) -> None:
    """Not from its beginning: it was answered in between."""
    await harness.post_message(HIGH)
    alert_id = (await harness.only_alert()).alert_id
    await harness.act_on_alert("sari", "acknowledge", alert_id)
    await harness.act_on_alert("sari", "contact", alert_id)
    await an_hour_ago(harness, "raised_at", "acknowledged_at", "open_since")
    await harness.post_message(HIGH)
    assert await overdue(harness) == 0


async def test_a_page_that_nobody_sends_is_overdue_until_it_is_settled(
    harness: EscalationHarness,
) -> None:
    await harness.post_message(HIGH)
    async with harness.running_jobs():
        pass
    await harness.store.store.collection(ALERTS.collection).update(
        {}, {"$set": {"due_at": harness.store.now() - HOUR}}
    )
    timers = harness.composed.runtime.timers
    assert timers is not None
    await timers.fire(timers._timers[0])
    await harness.store.store.collection(PAGES.collection).update_many(
        {}, {"$set": {"due_at": harness.store.now() - HOUR}}
    )
    assert await gauge(harness, "sebaya_pages_overdue_seconds") == about(3600)
    await harness.act_on_alert("sari", "acknowledge", (await harness.only_alert()).alert_id)
    assert await gauge(harness, "sebaya_pages_overdue_seconds") == 0


async def test_a_school_is_asked_for_its_own_pages_alone(harness: EscalationHarness) -> None:
    """While the mail server is away every school has some: one look must not cost schools times
    pages.
    """
    now = harness.store.now()
    due = [
        {
            "_id": f"other-{n}",
            "school_id": "other",
            "state": {"alert_id": f"a{n}", "state": "pending"},
            "due_at": now,
        }
        for n in range(500)
    ]
    sent = [
        {
            "_id": f"old-{n}",
            "school_id": "s1",
            "state": {"alert_id": f"a{n}", "state": "sent"},
            "due_at": None,
        }
        for n in range(500)
    ]
    await harness.composed.runtime.database[PAGES.collection].insert_many([*due, *sent])
    await harness.post_message(HIGH)
    async with examined(harness.composed.runtime.database) as seen:
        await harness.composed.jobs.gauges.measure()
    assert seen.keys <= 40
    assert seen.total("docsExamined") <= 20
