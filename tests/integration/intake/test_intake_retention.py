"""Retention clock blind to unread content: words go by age, but not while nobody has handled them;
the student's own wish wins.
"""

from datetime import timedelta
from typing import Any

import pytest

from conformance.harness import Killed, killed_at_write
from integration.intake.intake_door import SCHOOL, Door, key, wanted
from sebaya_contracts.escalation import AlertClosed
from sebaya_contracts.words import AlertOutcome, Level, Role
from sebaya_intake.domain.retention import POSTPONED_AT_MOST

ME = "/schools/s1/me"
KEPT = timedelta(days=365)
DAY = timedelta(days=1)
PLANTED = ("plantedopening", "plantedmessage", "plantedpeer", "planted-exclusion")
PEER = "sup-1"
Opened = dict[str, Any]


async def a_case(door: Door) -> Opened:
    """With words in every place, screened; its peer has answered, so somebody has read."""
    await door.supporter("planted-exclusion", "Rani")
    body = wanted(
        "plantedopening",
        excluded_supporters=["planted-exclusion"],
        safety={"self_harm_thoughts": "yes", "danger_now": "no"},
    )
    opened: Opened = (await door.http.post("/schools/s1/cases", json=body, headers=key())).json()
    await door.screened("opening", opened["case_id"], opening=True)
    await door.matched(opened["case_id"], PEER)
    await writes(door, opened, "plantedmessage")
    answered = await door.http.post(
        thread(opened), json={"text": "plantedpeer"}, headers=peer(door) | key()
    )
    assert answered.status_code == 202
    return opened


def thread(opened: Opened) -> str:
    return f"/schools/s1/cases/{opened['case_id']}/messages"


def peer(door: Door) -> dict[str, str]:
    return door.token(PEER, Role.SUPPORTER)


async def writes(door: Door, opened: Opened, text: str) -> None:
    posted = await door.http.post(
        f"{ME}/messages", json={"text": text}, headers=door.me(opened) | key()
    )
    assert posted.status_code == 202
    await door.screened(posted.json()["message_id"], opened["case_id"])


async def ages(door: Door, opened: Opened, by: timedelta) -> None:
    """Everything that was written and read was so much earlier, and the next look is due."""
    database = door.composed.runtime.database
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


async def looks(door: Door) -> None:
    """The timer's turn, on whatever is due."""
    timers = door.composed.runtime.timers
    assert timers is not None
    (cases,) = (timer for timer in timers._timers if timer.collection == "cases")
    assert await timers.fire(cases) == 1


async def words_left(door: Door) -> list[str]:
    await door.composed.runtime.database["cases"].update_many(
        {}, {"$set": {"outbox": []}, "$unset": {"outbox_since": "", "lease": ""}}
    )
    await door.composed.runtime.database["messages"].update_many(
        {}, {"$set": {"outbox": []}, "$unset": {"outbox_since": "", "lease": ""}}
    )
    stored = await door.everything_stored()
    return [words for words in PLANTED[:3] if words in stored]


async def test_words_end_with_their_retention_and_the_case_stays(door: Door) -> None:
    opened = await a_case(door)
    await ages(door, opened, KEPT - DAY)
    await looks(door)
    assert await words_left(door) == list(PLANTED[:3])
    await ages(door, opened, DAY)
    await looks(door)
    assert await words_left(door) == []
    case = await door.composed.runtime.database["cases"].find_one({"_id": opened["case_id"]})
    assert (
        case is not None
        and "planted" not in repr(case)
        and "yes" not in repr(case["state"]["opening"]["safety"])
    )
    assert case["due_at"] is None
    seen = await door.http.get(ME, headers=door.me(opened))
    assert (seen.status_code, seen.json()["state"]) == (200, "matched")
    assert (await door.http.get(f"{ME}/messages", headers=door.me(opened))).json()["messages"] == []


async def test_what_is_written_afterwards_begins_a_retention_of_its_own(door: Door) -> None:
    opened = await a_case(door)
    await ages(door, opened, KEPT)
    await looks(door)
    await writes(door, opened, "aku kembali")
    case = await door.composed.runtime.database["cases"].find_one({"_id": opened["case_id"]})
    assert case is not None and case["due_at"] is not None
    shown = (await door.http.get(f"{ME}/messages", headers=door.me(opened))).json()["messages"]
    assert [message["text"] for message in shown] == ["aku kembali"]


async def test_what_is_written_while_the_old_words_go_stays(door: Door) -> None:
    """The decision is stored, the process dies, and before another takes over the student writes."""
    opened = await a_case(door)
    await ages(door, opened, KEPT)
    with pytest.raises(Killed), killed_at_write(1, after=True):
        await door.composed.jobs.handle_due_cases(SCHOOL, [opened["case_id"]])
    await writes(door, opened, "aku kembali")
    await door.composed.jobs.handle_due_cases(SCHOOL, [opened["case_id"]])
    assert await words_left(door) == []
    shown = (await door.http.get(f"{ME}/messages", headers=door.me(opened))).json()["messages"]
    assert [message["text"] for message in shown] == ["aku kembali"]


async def test_new_words_that_nobody_has_read_postpone_it_until_somebody_has(door: Door) -> None:
    """The day before, a student adds something; a look goes by, and the next one after a human has
    read.
    """
    opened = await a_case(door)
    await writes(door, opened, "plantedmessage, masih ada")
    await ages(door, opened, KEPT + DAY)
    await looks(door)
    assert await words_left(door) == list(PLANTED[:3])
    read = await door.http.get(thread(opened), headers=peer(door))
    assert "masih ada" in read.text
    await ages(door, opened, timedelta(0))
    await looks(door)
    assert await words_left(door) == []


async def test_an_older_stretch_that_is_read_says_nothing_of_the_newest_words(door: Door) -> None:
    opened = await a_case(door)
    newest = (await door.http.get(thread(opened), headers=peer(door))).json()["messages"][-1][
        "message_id"
    ]
    await writes(door, opened, "plantedmessage, masih ada")
    older = await door.http.get(thread(opened), params={"before": newest}, headers=peer(door))
    assert older.status_code == 200 and "masih ada" not in older.text
    await ages(door, opened, KEPT + DAY)
    await looks(door)
    assert await words_left(door) == list(PLANTED[:3])


async def test_an_open_alert_postpones_it_until_a_human_has_closed_it(door: Door) -> None:
    opened = await a_case(door)
    await door.alert(opened["case_id"])
    await ages(door, opened, KEPT + DAY)
    await looks(door)
    assert await words_left(door) == list(PLANTED[:3])
    closed = AlertClosed(
        school_id=SCHOOL,
        alert_id="a1",
        case_id=opened["case_id"],
        level=Level.RED,
        outcome=AlertOutcome.SUPPORTED,
        peer_may_continue=True,
        closed_at=door.composed.runtime.writer.clock.now(),
    )
    await door.hears("a1", closed)
    await ages(door, opened, timedelta(0))
    await looks(door)
    assert await words_left(door) == []


async def test_for_90_days_at_most(door: Door) -> None:
    opened = await a_case(door)
    await door.alert(opened["case_id"])
    await writes(door, opened, "plantedmessage, masih ada")
    await ages(door, opened, KEPT + POSTPONED_AT_MOST - DAY)
    await looks(door)
    assert await words_left(door) == list(PLANTED[:3])
    await ages(door, opened, DAY)
    await looks(door)
    assert await words_left(door) == []


async def test_the_students_own_wish_wins(door: Door) -> None:
    """While an alert is open and nobody has read."""
    opened = await a_case(door)
    await door.alert(opened["case_id"])
    await writes(door, opened, "plantedmessage, masih ada")
    assert (await door.http.delete(ME, headers=door.me(opened))).status_code == 202
    await door.composed.jobs.handle_due_cases(SCHOOL, [opened["case_id"]])
    assert await words_left(door) == []
    assert (await door.http.get(ME, headers=door.me(opened))).status_code == 404


@pytest.mark.parametrize("after", [False, True])
async def test_a_crash_at_every_write_ends_them_all_the_same(door: Door, after: bool) -> None:
    opened = await a_case(door)
    await ages(door, opened, KEPT)
    deaths = 0
    while True:
        try:
            with killed_at_write(1 + deaths % 2, after=after):
                await door.composed.jobs.handle_due_cases(SCHOOL, [opened["case_id"]])
        except Killed:
            deaths += 1
            case = await door.composed.runtime.database["cases"].find_one(
                {"_id": opened["case_id"]}
            )
            assert case is not None
            assert case["due_at"] is not None or await words_left(door) == []
            continue
        break
    assert deaths >= 2
    assert await words_left(door) == []
