"""Retention clock blind to unread content: words go by age, but not while they are unhandled; the
student's own wish wins.
"""

from datetime import timedelta
from typing import Any

import pytest

from conformance.harness import Killed, killed_at_write
from integration.intake.harness import SCHOOL, IntakeHarness, key, opening_body
from sebaya_contracts.escalation import AlertClosed
from sebaya_contracts.words import AlertOutcome, Level, Role
from sebaya_intake.domain.retention import POSTPONED_AT_MOST

ME = "/schools/s1/me"
KEPT = timedelta(days=365)
# By more than a process's estimate of the store's time may lag.
OVER = KEPT + timedelta(minutes=1)
DAY = timedelta(days=1)
PLANTED = ("plantedopening", "plantedmessage", "plantedpeer", "planted-exclusion")
PEER = "sup-1"
Opened = dict[str, Any]


async def open_screened_case(harness: IntakeHarness) -> Opened:
    """Open a case with words in every place, screened; its peer has answered, so it is read."""
    await harness.publish_supporter("planted-exclusion", "Rani")
    body = opening_body(
        "plantedopening",
        excluded_supporters=["planted-exclusion"],
        safety={"self_harm_thoughts": "yes", "danger_now": "no"},
    )
    opened: Opened = (await harness.http.post("/schools/s1/cases", json=body, headers=key())).json()
    await harness.publish_verdict("opening", opened["case_id"], opening=True)
    await harness.accept_match(opened["case_id"], PEER)
    await writes(harness, opened, "plantedmessage")
    answered = await harness.http.post(
        thread(opened), json={"text": "plantedpeer"}, headers=peer(harness) | key()
    )
    assert answered.status_code == 202
    return opened


def thread(opened: Opened) -> str:
    return f"/schools/s1/cases/{opened['case_id']}/messages"


def peer(harness: IntakeHarness) -> dict[str, str]:
    return harness.staff_headers(PEER, Role.SUPPORTER)


async def writes(harness: IntakeHarness, opened: Opened, text: str) -> None:
    posted = await harness.http.post(
        f"{ME}/messages", json={"text": text}, headers=harness.code_headers(opened) | key()
    )
    assert posted.status_code == 202
    await harness.publish_verdict(posted.json()["message_id"], opened["case_id"])


async def age_case(harness: IntakeHarness, opened: Opened, by: timedelta) -> None:
    """Make everything that was written and read so much earlier; the next check is due."""
    database = harness.composed.runtime.database
    moments = {
        f"state.{name}": {"$subtract": [f"$state.{name}", int(by.total_seconds() * 1000)]}
        for name in ("posted_at",)
    }
    await database["messages"].update_many(
        {"state.posted_at": {"$type": "date"}}, [{"$set": moments}]
    )
    of_case = (
        "last_posted_at",
        "student_posted_at",
        "read_at",
        "opening.opened_at",
        "view.match.accepted_at",
    )
    earlier = {
        f"state.{name}": {"$subtract": [f"$state.{name}", int(by.total_seconds() * 1000)]}
        for name in of_case
    }
    # A minute ago, not this moment: the timer asks with an estimate of the store's time, which a
    # slow answer puts some milliseconds back.
    a_minute_ago = {"$subtract": ["$$NOW", 60_000]}
    due = {"state.words_until": a_minute_ago, "due_at": a_minute_ago}
    await database["cases"].update_one(
        {"_id": opened["case_id"]}, [{"$set": earlier | due}, {"$unset": "timer"}]
    )


async def fire_due_timers(harness: IntakeHarness) -> None:
    """Fire the timers on what is due."""
    timers = harness.composed.runtime.timers
    assert timers is not None
    (cases,) = (timer for timer in timers._timers if timer.collection == "cases")
    assert await timers.fire(cases) == 1


async def words_left(harness: IntakeHarness) -> list[str]:
    await harness.composed.runtime.database["cases"].update_many(
        {}, {"$set": {"outbox": []}, "$unset": {"outbox_since": "", "lease": "", "withheld": ""}}
    )
    await harness.composed.runtime.database["messages"].update_many(
        {}, {"$set": {"outbox": []}, "$unset": {"outbox_since": "", "lease": "", "withheld": ""}}
    )
    stored = await harness.dump_store()
    return [words for words in PLANTED[:3] if words in stored]


async def test_words_end_with_their_retention_and_the_case_stays(harness: IntakeHarness) -> None:
    opened = await open_screened_case(harness)
    await age_case(harness, opened, KEPT - DAY)
    await fire_due_timers(harness)
    assert await words_left(harness) == list(PLANTED[:3])
    await age_case(harness, opened, DAY)
    await fire_due_timers(harness)
    assert await words_left(harness) == []
    case = await harness.composed.runtime.database["cases"].find_one({"_id": opened["case_id"]})
    assert (
        case is not None
        and "planted" not in repr(case)
        and "yes" not in repr(case["state"]["opening"]["safety"])
    )
    assert case["due_at"] is None
    seen = await harness.http.get(ME, headers=harness.code_headers(opened))
    assert (seen.status_code, seen.json()["state"]) == (200, "matched")
    assert (await harness.http.get(f"{ME}/messages", headers=harness.code_headers(opened))).json()[
        "messages"
    ] == []


async def test_what_is_written_afterwards_begins_a_retention_of_its_own(
    harness: IntakeHarness,
) -> None:
    opened = await open_screened_case(harness)
    await age_case(harness, opened, OVER)
    await fire_due_timers(harness)
    await writes(harness, opened, "aku kembali")
    case = await harness.composed.runtime.database["cases"].find_one({"_id": opened["case_id"]})
    assert case is not None and case["due_at"] is not None
    shown = (await harness.http.get(f"{ME}/messages", headers=harness.code_headers(opened))).json()[
        "messages"
    ]
    assert [message["text"] for message in shown] == ["aku kembali"]


async def test_what_is_written_while_the_old_words_go_stays(harness: IntakeHarness) -> None:
    """The decision is stored, the process dies; before another takes over the student writes."""
    opened = await open_screened_case(harness)
    await age_case(harness, opened, OVER)
    with pytest.raises(Killed), killed_at_write(1, after=True):
        await harness.composed.jobs.handle_due_cases(SCHOOL, [opened["case_id"]])
    await writes(harness, opened, "aku kembali")
    await harness.composed.jobs.handle_due_cases(SCHOOL, [opened["case_id"]])
    assert await words_left(harness) == []
    shown = (await harness.http.get(f"{ME}/messages", headers=harness.code_headers(opened))).json()[
        "messages"
    ]
    assert [message["text"] for message in shown] == ["aku kembali"]


async def test_new_words_that_nobody_has_read_postpone_it_until_somebody_has(
    harness: IntakeHarness,
) -> None:
    """The day before, a student adds something; a look goes by, and the next one after a human has
    read.
    """
    opened = await open_screened_case(harness)
    await writes(harness, opened, "plantedmessage, masih ada")
    await age_case(harness, opened, KEPT + DAY)
    await fire_due_timers(harness)
    assert await words_left(harness) == list(PLANTED[:3])
    read = await harness.http.get(thread(opened), headers=peer(harness))
    assert "masih ada" in read.text
    await age_case(harness, opened, timedelta(0))
    await fire_due_timers(harness)
    assert await words_left(harness) == []


async def test_an_older_stretch_that_is_read_says_nothing_of_the_newest_words(
    harness: IntakeHarness,
) -> None:
    opened = await open_screened_case(harness)
    newest = (await harness.http.get(thread(opened), headers=peer(harness))).json()["messages"][-1][
        "message_id"
    ]
    await writes(harness, opened, "plantedmessage, masih ada")
    older = await harness.http.get(thread(opened), params={"before": newest}, headers=peer(harness))
    assert older.status_code == 200 and "masih ada" not in older.text
    await age_case(harness, opened, KEPT + DAY)
    await fire_due_timers(harness)
    assert await words_left(harness) == list(PLANTED[:3])


async def test_an_open_alert_postpones_it_until_a_human_has_closed_it(
    harness: IntakeHarness,
) -> None:
    opened = await open_screened_case(harness)
    await harness.raise_alert(opened["case_id"])
    await age_case(harness, opened, KEPT + DAY)
    await fire_due_timers(harness)
    assert await words_left(harness) == list(PLANTED[:3])
    closed = AlertClosed(
        school_id=SCHOOL,
        alert_id="a1",
        case_id=opened["case_id"],
        level=Level.RED,
        outcome=AlertOutcome.SUPPORTED,
        peer_may_continue=True,
        closed_at=harness.composed.runtime.writer.clock.now(),
    )
    await harness.receive("a1", closed)
    await age_case(harness, opened, timedelta(0))
    await fire_due_timers(harness)
    assert await words_left(harness) == []


async def test_for_90_days_at_most(harness: IntakeHarness) -> None:
    opened = await open_screened_case(harness)
    await harness.raise_alert(opened["case_id"])
    await writes(harness, opened, "plantedmessage, masih ada")
    await age_case(harness, opened, KEPT + POSTPONED_AT_MOST - DAY)
    await fire_due_timers(harness)
    assert await words_left(harness) == list(PLANTED[:3])
    await age_case(harness, opened, DAY)
    await fire_due_timers(harness)
    assert await words_left(harness) == []


async def test_the_students_own_wish_wins(harness: IntakeHarness) -> None:
    """While an alert is open and the words are unread."""
    opened = await open_screened_case(harness)
    await harness.raise_alert(opened["case_id"])
    await writes(harness, opened, "plantedmessage, masih ada")
    assert (await harness.http.delete(ME, headers=harness.code_headers(opened))).status_code == 202
    await harness.composed.jobs.handle_due_cases(SCHOOL, [opened["case_id"]])
    assert await words_left(harness) == []
    assert (await harness.http.get(ME, headers=harness.code_headers(opened))).status_code == 404


@pytest.mark.parametrize("after", [False, True])
async def test_a_crash_at_every_write_ends_them_all_the_same(
    harness: IntakeHarness, after: bool
) -> None:
    opened = await open_screened_case(harness)
    await age_case(harness, opened, OVER)
    deaths = 0
    while True:
        try:
            with killed_at_write(1 + deaths % 2, after=after):
                await harness.composed.jobs.handle_due_cases(SCHOOL, [opened["case_id"]])
        except Killed:
            deaths += 1
            case = await harness.composed.runtime.database["cases"].find_one(
                {"_id": opened["case_id"]}
            )
            assert case is not None
            assert case["due_at"] is not None or await words_left(harness) == []
            continue
        break
    assert deaths >= 2
    assert await words_left(harness) == []
