"""How late somebody is, by the school's own ladder and from the documents, so that a restart or a
lost event hides nothing.
"""

from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import REGISTRY

from integration.escalation.harness import HIGH, Watch, ladder, school
from sebaya_contracts.words import Level
from sebaya_escalation.collections import ALERTS, PAGES
from store_commands import examined

HOUR = timedelta(hours=1)
FIRST_RUNG = 60.0


async def gauge(watch: Watch, name: str, **labels: str) -> float:
    await watch.composed.jobs.gauges.measure()
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def overdue(watch: Watch, level: str = "red") -> float:
    return await gauge(watch, "sebaya_alerts_overdue_seconds", level=level)


async def an_hour_ago(watch: Watch, *fields: str) -> None:
    then = watch.store.now() - HOUR
    await watch.store.store.collection(ALERTS.collection).update(
        {}, {"$set": {f"state.{name}": then for name in fields}}
    )


def about(seconds: float) -> object:
    return pytest.approx(seconds, abs=30)


async def test_an_alert_is_overdue_from_the_end_of_its_schools_first_rung(watch: Watch) -> None:
    await watch.posted(HIGH)
    assert await overdue(watch) == 0
    await an_hour_ago(watch, "raised_at")
    assert await overdue(watch) == about(3600 - FIRST_RUNG)
    assert await overdue(watch, "amber") == 0
    await watch.knows(
        school(
            ladders=dict.fromkeys(
                (Level.AMBER, Level.RED, Level.IMMINENT), ladder(("on_call",), wait=7200)
            )
        )
    )
    assert await overdue(watch) == 0


async def test_whoever_takes_it_ends_the_waiting(watch: Watch) -> None:
    await watch.posted(HIGH)
    await an_hour_ago(watch, "raised_at")
    await watch.does("sari", "acknowledge", (await watch.alert()).alert_id)
    assert await overdue(watch) == 0


async def test_an_alert_that_opened_again_waits_from_what_opened_it(watch: Watch) -> None:
    """Not from its beginning: it was answered in between."""
    await watch.posted(HIGH, posted_at=datetime.now(UTC) - HOUR)
    alert_id = (await watch.alert()).alert_id
    await watch.does("sari", "acknowledge", alert_id)
    await watch.does("sari", "contact", alert_id)
    await an_hour_ago(watch, "raised_at", "acknowledged_at")
    await watch.posted(HIGH, posted_at=datetime.now(UTC) - timedelta(minutes=10))
    assert await overdue(watch) == about(600 - FIRST_RUNG)


async def test_a_page_that_nobody_sends_is_overdue_until_it_is_settled(watch: Watch) -> None:
    await watch.posted(HIGH)
    async with watch.keeping_time():
        pass
    await watch.store.store.collection(ALERTS.collection).update(
        {}, {"$set": {"due_at": watch.store.now() - HOUR}}
    )
    timers = watch.composed.runtime.timers
    assert timers is not None
    await timers.fire(timers._timers[0])
    await watch.store.store.collection(PAGES.collection).update_many(
        {}, {"$set": {"due_at": watch.store.now() - HOUR}}
    )
    assert await gauge(watch, "sebaya_pages_overdue_seconds") == about(3600)
    await watch.does("sari", "acknowledge", (await watch.alert()).alert_id)
    assert await gauge(watch, "sebaya_pages_overdue_seconds") == 0


async def test_a_school_is_asked_for_its_own_pages_alone(watch: Watch) -> None:
    """While the mail server is away every school has some: one look must not cost schools times
    pages.
    """
    now = watch.store.now()
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
    await watch.composed.runtime.database[PAGES.collection].insert_many([*due, *sent])
    await watch.posted(HIGH)
    async with examined(watch.composed.runtime.database) as seen:
        await watch.composed.jobs.gauges.measure()
    assert seen.keys <= 40
    assert seen.total("docsExamined") <= 20
