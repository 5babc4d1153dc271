"""What escalation asks of the store for a message, and for each turn of its loops: counted, so that
it cannot creep up.
"""

import asyncio
import copy
from datetime import timedelta

import pytest

from integration.escalation.harness import (
    CALM,
    HIGH,
    LOW,
    EscalationHarness,
    ladder,
    person,
    school,
)
from sebaya_chassis.consuming.outcome import Outcome
from sebaya_chassis.storage import schools
from sebaya_chassis.storage.database import Document
from sebaya_contracts.intake import AdultRequested, CaseErased
from sebaya_contracts.words import AlertCause, Author, Level, Role
from sebaya_escalation.commands.paging import take_due_step
from sebaya_escalation.commands.signals import UnscreenedReceipt, record_signal
from sebaya_escalation.domain.signal import Signal
from store_commands import Examined, commands, examined

SCHOOLS = 1_000
KINDS = ("schools", "alerts", "cases", "verdicts", "pages", "coverage", "unscreened")
# What a signal is decided by, read side by side before the transaction.
READ = {"aggregate cases", "find schools", "find verdicts"}
# With the pages of the ladder's first step: nobody has to come by for them.
AN_OPENING = [
    "insert cases",
    "insert verdicts",
    "insert pages",
    "insert alerts",
    "commitTransaction",
]
A_FIRST_SIGNAL = [
    "insert cases",
    "insert pages",
    "insert alerts",
    "insert verdicts",
    "commitTransaction",
]
A_FURTHER_SIGNAL = [
    "aggregate alerts",
    "update cases",
    "update alerts",
    "insert verdicts",
    "commitTransaction",
]


@pytest.fixture(autouse=True)
async def known(harness: EscalationHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    """The school is kept in memory for some seconds; here for as long as a test takes."""
    monkeypatch.setattr(schools, "FRESH_SECONDS", 600.0)
    harness.composed.runtime.schools._compared_at = float("-inf")
    await harness.composed.runtime.schools.require("s1")


async def test_a_message_that_calls_nobody_is_one_write(harness: EscalationHarness) -> None:
    """And one read where it may be an answer that the holder of an alert waits for."""
    await harness.post_message(CALM)
    sent: dict[str, list[str]] = {}
    for case_id, more in {
        "opening": {"opening": True},
        "peer": {"author": Author.SUPPORTER},
        "answer": {},
    }.items():
        with commands(harness.composed.runtime.database) as sent[case_id]:
            await harness.post_message(CALM, case_id=case_id, **more)
    assert sent == {
        "opening": ["insert verdicts"],
        "peer": ["insert verdicts"],
        "answer": ["aggregate alerts", "insert verdicts"],
    }


async def test_a_message_asked_for_again_is_answered_from_its_record(
    harness: EscalationHarness,
) -> None:
    message = await harness.post_message(CALM, author=Author.SUPPORTER)
    with commands(harness.composed.runtime.database) as sent:
        assert await harness.receive(message) is Outcome.APPLIED
    assert sent == ["insert verdicts", "aggregate verdicts", "update verdicts"]
    assert await harness.store.verdicts.count({}) == 1


async def test_the_first_signal_of_a_case_is_one_transaction(harness: EscalationHarness) -> None:
    with commands(harness.composed.runtime.database) as sent:
        await harness.post_message(HIGH)
    assert (set(sent[:3]), sent[3:]) == (READ, A_FIRST_SIGNAL)


async def test_of_an_opening_nothing_is_asked_but_whom_to_call(harness: EscalationHarness) -> None:
    await harness.post_message(HIGH, "c0", opening=True)  # so that there are two connections
    with commands(harness.composed.runtime.database) as sent:
        await harness.post_message(HIGH, opening=True)
    assert_read_while_written(sent)


def assert_read_while_written(sent: list[str]) -> None:
    """Assert that the school is read beside the first writes, and waits for none of them."""
    assert [command for command in sent if command != "find schools"] == AN_OPENING
    assert sent.count("find schools") == 1
    assert sent.index("find schools") < sent.index("insert verdicts")


async def test_openings_that_come_side_by_side_share_their_commands(
    harness: EscalationHarness,
) -> None:
    """Many children at once cost the store little more than one: each alert is whole, and all are
    there by one commit.
    """
    await harness.post_message(HIGH, "c0", opening=True)  # so that there are two connections
    with commands(harness.composed.runtime.database) as sent:
        await asyncio.gather(
            *(harness.post_message(HIGH, f"c{number}", opening=True) for number in range(1, 20))
        )
    assert_read_while_written(sent)
    assert {alert.case_id for alert in await harness.list_alerts()} == {
        f"c{number}" for number in range(20)
    }
    assert (
        len(await harness.list_pages())
        == await harness.store.verdicts.count({"state.alert_id": {"$type": "string"}})
        == 20
    )


async def test_an_opening_that_comes_again_costs_those_beside_it_nothing(
    harness: EscalationHarness,
) -> None:
    """A repetition among new ones undoes their common transaction; each then has one of its own,
    and it is answered from its record.
    """
    known = await harness.post_message(HIGH, "c0", opening=True)
    answers = await asyncio.gather(
        harness.receive(known),
        *(harness.post_message(HIGH, f"c{number}", opening=True) for number in range(1, 6)),
    )
    assert answers[0] is Outcome.APPLIED
    alerts = await harness.list_alerts()
    assert sorted(alert.case_id or "" for alert in alerts) == [f"c{number}" for number in range(6)]
    assert [len(alert.signals) for alert in alerts] == [1] * 6
    assert (len(await harness.list_pages()), await harness.store.verdicts.count({})) == (6, 6)


async def test_an_opening_whose_case_was_heard_of_joins_what_is_there(
    harness: EscalationHarness,
) -> None:
    """A word of the same case came first: the insertion says so, and all begins again by what is
    stored.
    """
    await harness.post_message(LOW)
    await harness.post_message(HIGH, opening=True)
    alert = await harness.only_alert()
    assert (len(alert.signals), alert.level, alert.episode) == (2, Level.RED, 1)


async def test_a_further_signal_joins_by_fewer_commands(harness: EscalationHarness) -> None:
    await harness.post_message(HIGH)
    with commands(harness.composed.runtime.database) as sent:
        await harness.post_message(HIGH)
    assert (set(sent[:3]), sent[3:]) == (READ, A_FURTHER_SIGNAL)


async def test_a_step_that_calls_many_plans_their_pages_by_one_command(
    harness: EscalationHarness,
) -> None:
    rungs = ladder(("sari",), ("sari", "budi", "kepala"))
    staff = (person("sari"), person("budi"), person("kepala"))
    await harness.define_school(school(staff=staff, ladders={Level.RED: rungs}))
    await harness.post_message(HIGH)
    alert = await harness.only_alert()
    await _steps_due(harness)
    with commands(harness.composed.runtime.database) as sent:
        await take_due_step(harness.store, alert.alert_id)
    assert sent == [
        "aggregate alerts",
        "find schools",
        "update alerts",
        "insert pages",
        "commitTransaction",
    ]
    assert [page.rung for page in await harness.list_pages()] == [0, 1, 1, 1]


async def test_two_words_for_an_adult_at_once_do_not_stand_in_each_others_way(
    harness: EscalationHarness,
) -> None:
    """They come from two topics at the same moment, and a transaction that meets another write
    begins again from the start.
    """
    now = harness.composed.runtime.writer.clock.now()
    with commands(harness.composed.runtime.database) as sent:
        await asyncio.gather(
            *(
                hears
                for number in range(20)
                for hears in (
                    harness.receive(
                        AdultRequested(school_id="s1", case_id=f"c{number}", requested_at=now)
                    ),
                    harness.post_message(HIGH, f"c{number}"),
                )
            )
        )
    assert sent.count("commitTransaction") == 40
    assert sent.count("abortTransaction") == 0
    assert [len(alert.signals) for alert in await harness.list_alerts()] == [2] * 20


async def _others(harness: EscalationHarness, others: int) -> None:
    """As many more schools, each with what the first has, and nothing of it due."""
    database = harness.composed.runtime.database
    for name in KINDS:
        rows = [row async for row in database[name].find({"school_id": "s1"})]
        copies = [_moved(name, row, f"o{number}") for number in range(others) for row in rows]
        if copies:
            await database[name].insert_many(copies)


def _moved(name: str, row: Document, other: str) -> Document:
    moved = copy.deepcopy(row) | {"school_id": other}
    moved["_id"] = other if name in {"schools", "coverage"} else f"{other}/{row['_id']}"
    if "state" in moved:
        moved |= {"due_at": None, "outbox": []}
        moved.pop("outbox_since", None)
        moved.pop("lease", None)
    return moved


async def _a_days_work(harness: EscalationHarness) -> Examined:
    """Everything that a handler, a timer or the sender asks, once each, for one school."""
    runtime = harness.composed.runtime
    case_id = f"c{len(await harness.list_alerts())}"
    async with examined(runtime.database) as seen:
        await harness.post_message(CALM, case_id=case_id)
        await harness.post_message(HIGH, case_id=case_id)
        signal = Signal(
            f"u-{case_id}", Level.RED, AlertCause.UNSCREENED, runtime.writer.clock.now()
        )
        receipt = UnscreenedReceipt(f"r-{case_id}")
        timers = harness.composed.dependencies.timers
        await record_signal(harness.store, timers, case_id, signal, receipt)
        await harness.store.store.collection("unscreened").count(
            {"at": {"$gt": runtime.writer.clock.now() - timedelta(minutes=1)}}
        )
        await _everything_due(harness)
        await _pages_fail(harness)
        await harness.http.get(
            "/schools/s1/alerts", headers=harness.staff_headers("sari", Role.COUNSELLOR)
        )
        await _words_end(harness, case_id)
        await harness.receive(
            CaseErased(school_id="s1", case_id=case_id, erased_at=runtime.writer.clock.now())
        )
    return seen


async def _everything_due(harness: EscalationHarness) -> None:
    """One turn of each timer and of the relay's sweep; the pages that were planned are looked at as
    the sender does.
    """
    runtime = harness.composed.runtime
    assert runtime.timers is not None
    past = runtime.writer.clock.now() - timedelta(seconds=1)
    await runtime.database["coverage"].update_one(
        {"_id": "s1"}, {"$set": {"due_at": past}, "$unset": {"timer": ""}}
    )
    await _steps_due(harness)
    for timer in runtime.timers._timers:
        assert await runtime.timers.fire(timer) >= 1, timer.name
    while not harness.composed.jobs.sender._queue.empty():
        await harness.composed.jobs.sender._guarded(
            harness.composed.jobs.sender._queue.get_nowait()
        )
    await runtime._relay.sweep.run_once()


async def _steps_due(harness: EscalationHarness) -> None:
    """The next step of the school's alerts."""
    past = harness.composed.runtime.writer.clock.now() - timedelta(seconds=1)
    due = {"$set": {"state.next_step_at": past, "due_at": past}, "$unset": {"timer": ""}}
    await harness.composed.runtime.database["alerts"].update_many(
        {"school_id": "s1", "state.status": "open"}, due
    )


async def _pages_fail(harness: EscalationHarness) -> None:
    """Let all pages of a rung fail: each of them tells the ladder so."""
    runtime = harness.composed.runtime
    past = runtime.writer.clock.now() - timedelta(seconds=1)
    gone = {"state.state": "failed", "state.settled_at": past, "state.told": False, "due_at": past}
    assert (
        await runtime.database["pages"].update_many(
            {"school_id": "s1", "state.told": False}, {"$set": gone}
        )
    ).modified_count >= 1
    await _fire(harness, "pages")
    assert [page for page in await harness.list_pages() if not page.told] == []


async def _words_end(harness: EscalationHarness, case_id: str) -> None:
    """Closed by a human, and its retention over."""
    runtime = harness.composed.runtime
    (alert,) = await harness.list_alerts(**{"state.case_id": case_id})
    closing = {
        "outcome": "unreachable",
        "note": "Called her twice.",
        "peer_may_continue": True,
        "review_after": "day",
        "version": alert.signals_version,
    }
    assert (await harness.act_on_alert("sari", "close", alert.alert_id, closing)).status_code == 200
    past = runtime.writer.clock.now() - timedelta(seconds=1)
    await runtime.database["alerts"].update_one(
        {"_id": alert.alert_id}, {"$set": {"state.wipe_at": past, "due_at": past}}
    )
    await _fire(harness, "alerts")
    (wiped,) = await harness.list_alerts(**{"state.case_id": case_id})
    assert wiped.erased


async def _fire(harness: EscalationHarness, collection: str) -> None:
    timers = harness.composed.runtime.timers
    assert timers is not None
    (timer,) = (one for one in timers._timers if one.collection == collection)
    assert await timers.fire(timer) >= 1
    while not harness.composed.jobs.sender._queue.empty():
        await harness.composed.jobs.sender._guarded(
            harness.composed.jobs.sender._queue.get_nowait()
        )


async def _settled(harness: EscalationHarness) -> None:
    """As the relay and the timers leave it."""
    for name in KINDS[1:6]:
        gone = {"outbox_since": "", "lease": "", "timer": ""}
        await harness.composed.runtime.database[name].update_many(
            {}, {"$set": {"outbox": [], "due_at": None}, "$unset": gone}
        )


async def test_from_one_school_to_a_thousand_every_question_examines_the_same(
    harness: EscalationHarness,
) -> None:
    """No plan reads a collection whole, and neither keys, documents, writes nor bytes grow with
    schools that are not asked about.
    """
    await _a_days_work(harness)
    await _settled(harness)
    alone = await _a_days_work(harness)
    await _settled(harness)
    await _others(harness, SCHOOLS)
    among = await _a_days_work(harness)
    assert among.whole_collections == []
    assert alone.plans.keys() == among.plans.keys()
    assert among.total("ninserted") == alone.total("ninserted")
    assert among.total("nModified") == alone.total("nModified")
    # A further day of the same school adds its own alert to the school's list, no more.
    assert among.keys <= alone.keys + 20
    assert among.total("docsExamined") <= alone.total("docsExamined") + 8
    assert among.total("responseLength") <= alone.total("responseLength") * 1.1


async def test_the_gauges_examine_no_more_a_school(harness: EscalationHarness) -> None:
    await harness.post_message(HIGH)
    await _others(harness, 50)
    async with examined(harness.composed.runtime.database) as seen:
        await harness.composed.jobs.gauges.measure()
    assert [plan for plan in seen.whole_collections if not plan.startswith("schools ")] == []
    assert seen.keys <= 51 * 6
