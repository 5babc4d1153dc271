"""What a counsellor, a coordinator and an operator can do, and what leaves a trace."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import REGISTRY

from integration.escalation.harness import (
    CALM,
    HIGH,
    LOW,
    NOW_OR_NEVER,
    EscalationHarness,
    address_of,
    person,
    school,
)
from integration.escalation.receivers import Mailbox
from sebaya_chassis.storage import audit
from sebaya_contracts.intake import AdultRequested, CaseErased, CaseWithdrawn
from sebaya_contracts.words import Author, Role
from sebaya_escalation.domain.alert import Status
from sebaya_escalation.domain.page import PageState
from sebaya_escalation.domain.verdict import CaseActivity
from support import eventually


async def raised(harness: EscalationHarness, text: str = HIGH, case_id: str = "c1") -> str:
    await harness.post_message(text, case_id=case_id)
    (alert,) = await harness.list_alerts(**{"state.case_id": case_id})
    return alert.alert_id


CLOSING = {
    "outcome": "unreachable",
    "note": "Called her twice.",
    "peer_may_continue": True,
    "review_after": "week",
    "version": 1,
}


async def test_the_queue_shows_the_most_urgent_first_and_no_words(
    harness: EscalationHarness,
) -> None:
    for number, text in enumerate((LOW, HIGH, NOW_OR_NEVER, HIGH)):
        await raised(harness, text, f"c{number}")
    got = await harness.http.get("/schools/s1/alerts", headers=harness.staff_headers("sari"))
    assert [one["case_id"] for one in got.json()["alerts"]] == ["c2", "c1", "c3", "c0"]
    assert "PLANTED" not in got.text
    few = await harness.http.get(
        "/schools/s1/alerts?limit=1", headers=harness.staff_headers("sari")
    )
    assert (len(few.json()["alerts"]), few.json()["total"]) == (1, 4)


async def test_the_words_are_read_with_an_audit_entry(harness: EscalationHarness) -> None:
    alert_id = await raised(harness)
    got = await harness.http.get(
        f"/schools/s1/alerts/{alert_id}", headers=harness.staff_headers("sari")
    )
    assert got.json()["words"][0]["text"] == HIGH
    why = got.json()["words"][0]["why"][0]
    assert why["construct"] == "self_harm"
    (entry,) = await harness.store.store.collection(audit.ENTRIES).find({})
    assert (entry["who"], entry["what"], entry["about"]) == ("sari", "alert_read", alert_id)


async def test_a_counsellor_sees_when_the_student_last_did_something(
    harness: EscalationHarness,
) -> None:
    """Whatever the words were: calm ones raise no alert, and say that the student is there."""
    alert_id = await raised(harness)
    (first,) = (await harness.only_alert()).signals

    async def last_came() -> datetime:
        got = await harness.http.get(
            f"/schools/s1/alerts/{alert_id}", headers=harness.staff_headers("sari")
        )
        return datetime.fromisoformat(got.json()["student_last_came_at"])

    assert await last_came() == first.posted_at
    calm = first.posted_at + timedelta(minutes=5)
    await harness.post_message(CALM, posted_at=calm)
    await harness.post_message(CALM, posted_at=calm + timedelta(hours=1), author=Author.SUPPORTER)
    assert await last_came() == calm
    asked = calm + timedelta(minutes=1)
    await harness.receive(AdultRequested(school_id="s1", case_id="c1", requested_at=asked))
    assert await last_came() == asked
    await harness.receive(CaseErased(school_id="s1", case_id="c1", erased_at=asked))
    assert await harness.store.case_activity("c1") == CaseActivity()


async def test_of_many_who_acknowledge_at_once_one_has_it(harness: EscalationHarness) -> None:
    alert_id = await raised(harness)
    answers = await asyncio.gather(
        *(harness.act_on_alert(f"p{number}", "acknowledge", alert_id) for number in range(8))
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
    holder = (await harness.only_alert()).holder
    assert {answer.json()["person_id"] for answer in answers if answer.status_code == 409} == {
        holder
    }
    assert (await harness.act_on_alert(str(holder), "acknowledge", alert_id)).status_code == 200
    assert len(await harness.store.store.collection(audit.ENTRIES).find({})) == 1


async def test_from_acknowledging_to_closing(harness: EscalationHarness) -> None:
    alert_id = await raised(harness)
    taken = (await harness.act_on_alert("sari", "acknowledge", alert_id)).json()
    assert (taken["state"], taken["acknowledged_by"]) == ("acknowledged", "sari")
    assert taken["contact_due_at"] is not None
    assert (await harness.act_on_alert("sari", "contact", alert_id)).json()[
        "contact_due_at"
    ] is None
    supported = CLOSING | {"outcome": "supported"}
    done = (await harness.act_on_alert("sari", "close", alert_id, supported)).json()
    assert (done["state"], done["outcome"], done["peer_may_continue"]) == (
        "closed",
        "supported",
        True,
    )
    assert (await harness.act_on_alert("sari", "close", alert_id, CLOSING)).status_code == 409


async def test_closing_is_refused_when_something_came_that_was_not_seen(
    harness: EscalationHarness,
) -> None:
    alert_id = await raised(harness)
    await harness.post_message(LOW)
    refused = await harness.act_on_alert("sari", "close", alert_id, CLOSING)
    assert (refused.status_code, refused.json()["type"]) == (
        409,
        "urn:sebaya:problem:signals-unseen",
    )
    assert (
        await harness.act_on_alert("sari", "close", alert_id, CLOSING | {"version": 2})
    ).status_code == 200


async def test_an_alert_handed_over_calls_the_colleague_and_leaves_a_trace(
    harness: EscalationHarness, box: Mailbox
) -> None:
    alert_id = await raised(harness)
    await harness.act_on_alert("sari", "acknowledge", alert_id)
    await harness.act_on_alert("sari", "contact", alert_id)
    refused = await harness.act_on_alert("sari", "hand-over", alert_id, {"to": "kepala"})
    assert (refused.status_code, refused.json()["type"]) == (
        409,
        "urn:sebaya:problem:cannot-take-over",
    )
    given = (await harness.act_on_alert("sari", "hand-over", alert_id, {"to": "budi"})).json()
    assert (given["state"], given["acknowledged_by"], given["contacted_at"] is not None) == (
        "open",
        "budi",
        True,
    )
    assert (
        await harness.act_on_alert("sari", "hand-over", alert_id, {"to": "budi"})
    ).status_code == 409
    async with harness.running_jobs():

        async def called() -> bool:
            return [page.person_id for page in await harness.list_pages(PageState.SENT)] == ["budi"]

        await eventually(called)
    assert [mail["To"] for mail in box.mails] == [address_of("budi")]
    assert (await harness.act_on_alert("budi", "acknowledge", alert_id)).json()[
        "state"
    ] == "acknowledged"
    entries = await harness.store.store.collection(audit.ENTRIES).find(
        {"what": "alert_handed_over"}
    )
    assert [(entry["who"], entry["about"], entry["why"]) for entry in entries] == [
        ("sari", alert_id, "to budi")
    ]


async def test_for_the_accused_there_is_no_alert_and_no_page(
    harness: EscalationHarness, box: Mailbox
) -> None:
    await harness.post_message("Bu Sari memegang aku di ruang BK", case_id="c1")
    await harness.receive(
        AdultRequested(school_id="s1", case_id="c1", requested_at=datetime.now(UTC))
    )
    alert = await harness.only_alert()
    async with harness.running_jobs():

        async def called() -> bool:
            return bool(box.to(address_of("budi")))

        await eventually(called)
    assert box.to(address_of("sari")) == []
    headers = harness.staff_headers("sari")
    mine = (await harness.http.get("/schools/s1/alerts", headers=headers)).json()
    assert (mine["alerts"], mine["total"]) == ([], 0)
    one = await harness.http.get(f"/schools/s1/alerts/{alert.alert_id}", headers=headers)
    assert one.status_code == 404
    for act in ("acknowledge", "contact", "step-out"):
        assert (await harness.act_on_alert("sari", act, alert.alert_id)).status_code == 404
    assert (await harness.act_on_alert("budi", "acknowledge", alert.alert_id)).status_code == 200
    rows = await harness.store.store.collection("cases").find({})
    assert [entry["type"] for row in rows for entry in row["outbox"]] == ["StaffBarred"]


async def test_who_steps_out_sees_the_case_no_more_and_the_next_is_called(
    harness: EscalationHarness,
) -> None:
    alert_id = await raised(harness)
    await harness.act_on_alert("sari", "acknowledge", alert_id)
    assert (await harness.act_on_alert("sari", "step-out", alert_id)).status_code == 204
    async with harness.running_jobs():

        async def called() -> bool:
            found = await harness.list_pages(PageState.SENT)
            return "budi" in {page.person_id for page in found}

        await eventually(called)
    assert (await harness.act_on_alert("sari", "acknowledge", alert_id)).status_code == 404
    alert = await harness.only_alert()
    assert (alert.status, alert.holder) == (Status.OPEN, None)
    await harness.act_on_alert("budi", "acknowledge", alert_id)
    await harness.act_on_alert("budi", "close", alert_id, CLOSING)
    await harness.post_message(HIGH)
    assert [page.person_id for page in await harness.list_pages(PageState.PENDING)] == ["budi"]


async def test_the_holder_hears_that_the_student_answered_or_left(
    harness: EscalationHarness, box: Mailbox
) -> None:
    alert_id = await raised(harness)
    await harness.act_on_alert("budi", "acknowledge", alert_id)
    await harness.post_message(CALM)
    await harness.post_message(CALM)
    withdrawn = CaseWithdrawn(school_id="s1", case_id="c1", withdrawn_at=datetime.now(UTC))
    async with harness.running_jobs():

        async def told(times: int) -> bool:
            return len(box.to(address_of("budi"))) == times

        await eventually(lambda: told(1))
        await harness.receive(withdrawn)
        await eventually(lambda: told(2))
    assert {mail["To"] for mail in box.mails} == {address_of("budi")}


async def test_an_alert_handed_over_is_not_at_once_overdue(harness: EscalationHarness) -> None:
    """It has had no holder since the hand-over; that it was taken an hour ago is no reproach."""
    alert_id = await raised(harness)
    await harness.act_on_alert("sari", "acknowledge", alert_id)
    an_hour_ago = (await harness.only_alert()).raised_at - timedelta(hours=1)
    long_ago = {
        "state.acknowledged_at": an_hour_ago,
        "state.raised_at": an_hour_ago,
        "state.open_since": an_hour_ago,
    }
    await harness.store.store.collection("alerts").update({"_id": alert_id}, {"$set": long_ago})
    await harness.act_on_alert("sari", "hand-over", alert_id, {"to": "budi"})
    await harness.composed.jobs.gauges.measure()
    assert REGISTRY.get_sample_value("sebaya_alerts_overdue_seconds", {"level": "red"}) == 0


async def test_asking_who_a_student_is_takes_no_page_from_anybody(
    harness: EscalationHarness,
) -> None:
    """The alert is as open as it was: what was about to be sent is sent."""
    alert_id = await raised(harness)
    (planned,) = await harness.list_pages(PageState.PENDING)
    asked = await harness.act_on_alert("sari", "identity", alert_id, {"reason": "life_in_danger"})
    assert (asked.status_code, asked.json()["state"]) == (200, "open")
    assert await harness.list_pages(PageState.PENDING) == [planned]
    await harness.act_on_alert("sari", "acknowledge", alert_id)
    assert await harness.list_pages(PageState.PENDING) == []


async def test_the_questions_of_one_school_are_answered_by_a_second_person_there(
    harness: EscalationHarness,
) -> None:
    alert_id = await raised(harness)
    both = harness.staff_headers("sari", Role.COUNSELLOR, Role.COORDINATOR)
    await harness.act_on_alert("sari", "identity", alert_id, {"reason": "life_in_danger"})
    (asked,) = (await harness.http.get("/schools/s1/identity-questions", headers=both)).json()[
        "questions"
    ]
    assert (asked["alert_id"], asked["asked_by"], asked["reason"]) == (
        alert_id,
        "sari",
        "life_in_danger",
    )
    answer = {
        "url": f"/schools/s1/alerts/{alert_id}/identity/answer",
        "json": {"answer": "not_known"},
    }
    alone = await harness.http.post(**answer, headers=both)
    assert (alone.status_code, alone.json()["type"]) == (
        409,
        "urn:sebaya:problem:second-person-needed",
    )
    second = harness.staff_headers("kepala", Role.COORDINATOR)
    assert (await harness.http.post(**answer, headers=second)).json()["answered_by"] == "kepala"
    assert (await harness.http.get("/schools/s1/identity-questions", headers=both)).json()[
        "questions"
    ] == []
    shown = (await harness.http.get(f"/schools/s1/alerts/{alert_id}", headers=both)).json()[
        "identity"
    ]
    assert (shown["answer"], shown["answered_by"]) == ("not_known", "kepala")


@pytest.mark.parametrize(
    "wrong",
    [
        {"note": "x" * 2001},
        {"note": "a\x00b"},
        {"outcome": "whatever"},
        {"version": 0},
        {"more": 1},
        {"peer_may_continue": None},
    ],
)
async def test_a_closing_that_says_something_else_is_refused(
    harness: EscalationHarness, wrong: dict[str, object]
) -> None:
    alert_id = await raised(harness)
    assert (
        await harness.act_on_alert("sari", "close", alert_id, CLOSING | wrong)
    ).status_code == 422


@pytest.mark.parametrize(
    ("who", "roles", "schools", "status"),
    [
        ("sup", (Role.SUPPORTER,), ("s1",), 403),
        ("co", (Role.COORDINATOR,), ("s1",), 403),
        ("elsewhere", (Role.COUNSELLOR,), ("s2",), 404),
        ("duty", (Role.COUNSELLOR,), ("*",), 200),
    ],
)
async def test_only_counsellors_of_the_school_see_alerts(
    harness: EscalationHarness,
    who: str,
    roles: tuple[Role, ...],
    schools: tuple[str, ...],
    status: int,
) -> None:
    alert_id = await raised(harness)
    for path in ("alerts", f"alerts/{alert_id}"):
        got = await harness.http.get(
            f"/schools/s1/{path}", headers=harness.staff_headers(who, *roles, schools=schools)
        )
        assert got.status_code == status
        assert status == 200 or "PLANTED" not in got.text
    assert (await harness.http.get("/schools/s1/alerts")).status_code == 401


async def test_another_schools_alert_is_not_there(harness: EscalationHarness) -> None:
    alert_id = await raised(harness)
    await harness.define_school(school(school_id="s2"))
    got = await harness.http.get(
        f"/schools/s2/alerts/{alert_id}", headers=harness.staff_headers("x", schools=("s2",))
    )
    assert got.status_code == 404
    taken = await harness.http.post(
        f"/schools/s2/alerts/{alert_id}/acknowledge",
        headers=harness.staff_headers("x", schools=("s2",)),
    )
    assert taken.status_code == 404


async def test_on_call_and_coverage_tell_the_same(harness: EscalationHarness) -> None:
    await harness.define_school(
        school(staff=(person("sari"), person("budi", email=None)), ladders={})
    )
    headers = harness.staff_headers("kepala", Role.COORDINATOR)
    assert [
        one["person_id"]
        for one in (await harness.http.get("/schools/s1/on-call", headers=headers)).json()["people"]
    ] == ["sari"]
    at = datetime(2026, 11, 30, tzinfo=UTC).isoformat()
    assert (
        await harness.http.get("/schools/s1/on-call", params={"at": at}, headers=headers)
    ).json()["people"] != []
    coverage = (await harness.http.get("/schools/s1/coverage", headers=headers)).json()
    assert (len(coverage["covered"]), coverage["gaps"], coverage["without_contact"]) == (1, [], [])
    await harness.define_school(school(rota=()))
    coverage = (await harness.http.get("/schools/s1/coverage", headers=headers)).json()
    assert (coverage["covered"], len(coverage["gaps"])) == ([], 1)


async def verified(harness: EscalationHarness, **anchor: object) -> dict[str, object]:
    headers = harness.staff_headers("op", Role.OPERATOR, schools=("*",))
    got = await harness.http.get(
        "/schools/s1/audit",
        params={f"anchor_{k}": str(v) for k, v in anchor.items()},
        headers=headers,
    )
    read: dict[str, object] = got.json()
    return read


async def test_the_audit_chain_holds_under_many_hands_and_tells_what_was_done_to_it(
    harness: EscalationHarness,
) -> None:
    ids = [await raised(harness, HIGH, f"c{number}") for number in range(6)]
    await asyncio.gather(
        *(harness.act_on_alert("sari", "acknowledge", alert_id) for alert_id in ids)
    )
    await asyncio.gather(*(harness.act_on_alert("sari", "contact", alert_id) for alert_id in ids))
    assert await verified(harness) == {"entries": 12, "intact": True, "fault": None}
    rows = harness.store.store.collection(audit.ENTRIES)
    last = await rows.find_one({"number": 12})
    assert last is not None
    anchor = {"number": 12, "digest": last["digest"]}
    assert (await verified(harness, **anchor))["intact"] is True

    fifth = await rows.find_one({"number": 5})
    assert fifth is not None
    await rows.update({"number": 5}, {"$set": {"who": "somebody else"}})
    assert (await verified(harness))["fault"] == "entry 5 was changed after it was written"
    await rows.update({"number": 5}, {"$set": {"who": fifth["who"]}})

    await rows.delete_many({"number": 12})
    eleventh = await rows.find_one({"number": 11})
    assert eleventh is not None
    head = {"state.number": 11, "state.digest": eleventh["digest"]}
    await harness.store.store.collection(audit.HEADS.collection).update({}, {"$set": head})
    assert (await verified(harness))[
        "intact"
    ] is True  # the end and the head were both cut: only the outside knows
    assert (await verified(harness, **anchor))["fault"] == "entries 12 to 12 were cut off"


async def test_the_gauges_count_what_is_open(harness: EscalationHarness) -> None:
    for number, text in enumerate((LOW, HIGH, HIGH)):
        await raised(harness, text, f"c{number}")
    await harness.composed.jobs.gauges.measure()

    def gauge(name: str, **labels: str) -> float | None:
        return REGISTRY.get_sample_value(name, labels)

    assert gauge("sebaya_alerts_open", level="red") == 2
    assert gauge("sebaya_alerts_open", level="amber") == 1
    assert gauge("sebaya_alerts_open", level="imminent") == 0
    assert (gauge("sebaya_alerts_oldest_unacknowledged_seconds", level="red") or 0) > 0
    assert gauge("sebaya_alerts_overdue_seconds", level="red") == 0
    # Planned with the alert, and nobody sends here.
    assert (gauge("sebaya_pages_overdue_seconds") or 0) > 0
    assert gauge("sebaya_coverage_gaps") == 0
