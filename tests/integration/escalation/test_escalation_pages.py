"""What counsellors and coordinators do at escalation's pages: each act is the act of the JSON
route, each fault stands beside its field.
"""

import re
from zoneinfo import ZoneInfo

import pytest

from integration.escalation.harness import (
    HIGH,
    EscalationHarness,
    address_of,
    ladder,
    person,
    school,
)
from integration.escalation.receivers import Mailbox
from integration.service_harness import StaffBrowser, open_staff_browser
from sebaya_chassis.storage import audit
from sebaya_contracts.intake import AdultRequested, CaseErased
from sebaya_contracts.words import Level, ReportReason, Role, WorryReason
from sebaya_escalation.domain.alert import Status
from sebaya_escalation.domain.coverage import Coverage
from sebaya_escalation.domain.page import PageState
from support import eventually

AT = "/s/s1"


def desk(harness: EscalationHarness, name: str, role: Role = Role.COUNSELLOR) -> StaffBrowser:
    return open_staff_browser(harness.http, harness.composed.app, name, role, "s1")


@pytest.fixture
async def alert_id(harness: EscalationHarness) -> str:
    await harness.post_message(HIGH)
    return (await harness.only_alert()).alert_id


async def audited(harness: EscalationHarness, what: str) -> list[tuple[str, str]]:
    """List persons and reasons, by the audit log."""
    return [
        (entry["who"], entry["why"])
        for entry in await harness.store.store.collection(audit.ENTRIES).find(
            {"what": what}, sort=[("number", 1)]
        )
    ]


def options(page: str, name: str) -> list[str]:
    chosen = re.search(rf'<select id="{name}".*?</select>', page, re.DOTALL)
    return re.findall(r'<option value="([^"]+)"', chosen[0]) if chosen else []


async def test_an_alert_is_handed_over_to_a_colleague_who_can_be_called(
    harness: EscalationHarness, alert_id: str
) -> None:
    sari, path = desk(harness, "sari"), f"{AT}/alerts/{alert_id}"
    assert options((await sari.get(path)).text, "to") == [], (
        "who does not have it cannot hand it over"
    )
    await sari.send(f"{path}/acknowledge")
    assert options((await sari.get(path)).text, "to") == ["budi"]
    for wrong in ("", "kepala", "nobody"):
        refused = await sari.send(f"{path}/hand-over", to=wrong)
        assert (refused.status_code, 'id="fault-to"' in refused.text) == (422, True)
    assert (await sari.send(f"{path}/hand-over", to="budi")).status_code == 303
    assert "It was handed over to you" in (await desk(harness, "budi").get(path)).text
    assert await audited(harness, "alert_handed_over") == [("sari", "to budi")]


async def test_a_report_reaches_the_counsellor_as_what_it_is(harness: EscalationHarness) -> None:
    at = harness.store.now()
    reported = AdultRequested(
        school_id="s1",
        case_id="c1",
        requested_at=at,
        report=ReportReason.CONTACT_OUTSIDE,
        reported_supporter_id="sup-7",
    )
    await harness.receive(reported)
    alert = await harness.only_alert()
    sari = desk(harness, "sari")
    queue = (await sari.get(f"{AT}/alerts")).text
    assert (
        "Report: the peer wants contact outside of here" in queue
        and "asked for an adult" not in queue
    )
    shown = (await sari.get(f"{AT}/alerts/{alert.alert_id}")).text
    assert "Report: the peer wants contact outside of here" in shown and "The peer: sup-7" in shown
    listed = (
        await harness.http.get("/schools/s1/alerts", headers=harness.staff_headers("sari"))
    ).json()["alerts"]
    assert [one["reported"] for one in listed] == ["contact_outside"]


async def test_of_a_case_about_a_friend_no_page_asks_of_peers_nor_of_looks_once_it_is_erased(
    harness: EscalationHarness,
) -> None:
    """Also of its next alert, which no signal says it of."""
    worry = AdultRequested(
        school_id="s1",
        case_id="c1",
        requested_at=harness.store.now(),
        worry=WorryReason.SOMETHING_ELSE,
        by_friend=True,
    )
    await harness.receive(worry)
    sari, ending = desk(harness, "sari"), {"outcome": "supported", "note": "Kami bicara"}
    first = f"{AT}/alerts/{(await harness.only_alert()).alert_id}"
    await sari.send(f"{first}/contact")
    assert 'name="peer"' not in (await sari.get(first)).text
    said = await sari.send(f"{first}/close", **ending, version="1", peer="yes")
    assert said.status_code == 422
    assert (await sari.send(f"{first}/close", **ending, version="1")).status_code == 303
    assert 'name="peer"' not in (await sari.get(first)).text
    changed = await sari.send(f"{first}/peer", peer="yes")
    assert (changed.status_code, (await harness.only_alert()).peer_may_continue) == (409, None)
    await harness.post_message(HIGH)
    (again,) = await harness.list_alerts(**{"state.status": "open"})
    second = f"{AT}/alerts/{again.alert_id}"
    await sari.send(f"{second}/contact")
    page = (await sari.get(second)).text
    assert ('name="peer"' in page, 'value="never"' in page.split('id="closing"')[1]) == (
        False,
        False,
    )
    await harness.receive(
        CaseErased(school_id="s1", case_id="c1", erased_at=harness.store.now()), number=10_000_000
    )
    assert 'value="never"' in (await sari.get(second)).text.split('id="closing"')[1]
    ended = await sari.send(f"{second}/close", **ending, version="1", review_after="never")
    assert ended.status_code == 303
    assert [one.due_at for one in await harness.list_alerts()] == [None, None]


async def test_who_a_student_is_is_asked_on_one_page_and_answered_on_another(
    harness: EscalationHarness, alert_id: str
) -> None:
    sari, kepala, path = (
        desk(harness, "sari"),
        desk(harness, "kepala", Role.COORDINATOR),
        f"{AT}/alerts/{alert_id}",
    )
    assert "Nobody asks anything" in (await kepala.get(f"{AT}/questions")).text
    assert (await sari.send(f"{path}/identity")).status_code == 422
    assert (await sari.send(f"{path}/identity", reason="duty_to_report")).status_code == 303
    asked = (await kepala.get(f"{AT}/questions")).text
    assert "Sari asked" in asked and "The law asks me to report it" in asked
    assert HIGH not in asked, "a question holds no words"
    unanswered = await kepala.send(f"{AT}/questions/{alert_id}")
    assert (unanswered.status_code, 'class="faulty"' in unanswered.text) == (422, True)
    assert (
        await kepala.send(f"{AT}/questions/{alert_id}", answer="told_in_person")
    ).status_code == 303
    assert (await kepala.send(f"{AT}/questions/{alert_id}", answer="not_known")).status_code == 409
    assert "I have told the counsellor in person" in (await sari.get(path)).text
    assert "Nobody asks anything" in (await kepala.get(f"{AT}/questions")).text
    assert await audited(harness, "identity_asked") == [("sari", "duty_to_report")]
    assert await audited(harness, "identity_answered") == [("kepala", "told_in_person")]


async def mailed(harness: EscalationHarness, box: Mailbox, *names: str) -> None:
    """Each of them has one mail, and no other person has any."""

    async def look() -> bool:
        sent = await harness.list_pages(PageState.SENT)
        return len(sent) == len(names)

    async with harness.running_jobs():
        await eventually(look)
    assert {mail["To"] for mail in box.mails} == {address_of(name) for name in names}
    assert len(box.mails) == len(names)


async def test_a_duty_is_offered_taken_and_then_the_pager_calls_the_other(
    harness: EscalationHarness, box: Mailbox
) -> None:
    """The colleague that is asked hears of it, then the one that had it and the coordinator."""
    box.busy[address_of("kepala")] = 1
    sari, budi = desk(harness, "sari"), desk(harness, "budi")
    at = options((await sari.get(f"{AT}/shifts")).text, "at")[0]
    refused = await sari.send(f"{AT}/shifts", at=at, to="kepala")
    assert (refused.status_code, 'id="fault-to"' in refused.text) == (422, True)
    assert (await sari.send(f"{AT}/shifts", at=at, to="budi")).status_code == 303
    (change,) = (await harness.store.shift_changes()).changes
    assert "a colleague asks you" in (await budi.get(f"{AT}/alerts")).text
    await mailed(harness, box, "budi")
    assert "On duty now: <strong>Sari</strong>" in (await budi.get(f"{AT}/shifts")).text
    assert (await sari.send(f"{AT}/shifts/{change.change_id}/accept")).status_code == 404
    assert (await budi.send(f"{AT}/shifts/{change.change_id}/accept")).status_code == 303
    assert "On duty now: <strong>Budi</strong>" in (await sari.get(f"{AT}/shifts")).text
    assert (await budi.send(f"{AT}/shifts/{change.change_id}/decline")).status_code == 409
    await mailed(harness, box, "budi", "sari", "kepala")
    duties = {(page.person_id, page.attempts) for page in await harness.list_pages()}
    assert duties == {("budi", 1), ("sari", 1), ("kepala", 2)}, "a busy server is asked again"
    await harness.post_message(HIGH)
    assert [page.person_id for page in await harness.list_pages() if page.alert_id] == ["budi"]
    assert await audited(harness, "shift_offered") == [("sari", "to budi")]
    (taken,) = (await harness.store.shift_changes()).changes
    assert await audited(harness, "shift_accepted") == [
        ("budi", f"sari {taken.since.isoformat()}/{taken.until.isoformat()}")
    ]


async def test_an_offer_that_is_declined_changes_nothing(harness: EscalationHarness) -> None:
    sari, budi = desk(harness, "sari"), desk(harness, "budi")
    await sari.send(
        f"{AT}/shifts", at=options((await sari.get(f"{AT}/shifts")).text, "at")[0], to="budi"
    )
    (change,) = (await harness.store.shift_changes()).changes
    assert (await budi.send(f"{AT}/shifts/{change.change_id}/decline")).status_code == 303
    assert (await budi.send(f"{AT}/shifts/{change.change_id}/accept")).status_code == 404
    assert "On duty now: <strong>Sari</strong>" in (await sari.get(f"{AT}/shifts")).text


async def test_a_change_of_duty_covers_where_nobody_could_be_called_and_intake_hears_of_it(
    harness: EscalationHarness,
) -> None:
    """And it outlives a new description of the school."""
    silent = school(staff=(person("sari", email=None), person("budi")), ladders={})
    await harness.define_school(silent)
    assert (await published(harness)).covered == ()
    sari, budi = desk(harness, "sari"), desk(harness, "budi")
    await sari.send(
        f"{AT}/shifts", at=options((await sari.get(f"{AT}/shifts")).text, "at")[0], to="budi"
    )
    (change,) = (await harness.store.shift_changes()).changes
    await budi.send(f"{AT}/shifts/{change.change_id}/accept")
    before = (await published(harness)).covered
    assert [interval.until for interval in before] == [change.until]
    await harness.define_school(silent)
    assert [interval.until for interval in (await published(harness)).covered] == [change.until]


async def published(harness: EscalationHarness) -> Coverage:
    return (await harness.store.coverage.load("s1")).state


async def test_notes_looks_and_a_lower_level_stand_there_for_who_comes_next(
    harness: EscalationHarness, alert_id: str
) -> None:
    sari, budi, path = desk(harness, "sari"), desk(harness, "budi"), f"{AT}/alerts/{alert_id}"
    await sari.send(f"{path}/acknowledge")
    assert (await sari.send(f"{path}/reviews", after="day")).status_code == 409
    await sari.send(f"{path}/contact")
    long = "x" * 2001
    for act, wrong in {
        "notes": {"text": " "},
        "lower": {"level": "amber", "because": ""},
        "reviews": {"after": "soon", "seen": "kept"},
    }.items():
        refused = await sari.send(f"{path}/{act}", **wrong)
        assert (refused.status_code, 'role="alert"' in refused.text) == (422, True)
    assert long in (await sari.send(f"{path}/notes", text=long)).text, "every word is kept"
    for act, fields in {
        "notes": {"text": "Tidur di rumah tantenya"},
        "reviews": {"after": "week", "seen": "Sudah masuk sekolah"},
        "lower": {"level": "amber", "because": "Itu lirik lagu"},
    }.items():
        assert (await sari.send(f"{path}/{act}", **fields)).status_code == 303
    shown = (await budi.get(path)).text
    for words in (
        "Tidur di rumah tantenya",
        "Sudah masuk sekolah",
        "Itu lirik lagu",
        "Looked after the student: again in 7 days · Sari",
        "Called: Sari",
    ):
        assert words in shown
    assert (await budi.send(f"{path}/take-over")).status_code == 303
    assert "Taken over: Sari · you" in (await budi.get(path)).text
    alert = await harness.only_alert()
    assert (alert.holder, alert.level) == ("budi", Level.AMBER)


async def test_the_timeline_says_which_rung_was_empty(harness: EscalationHarness) -> None:
    nobody = ladder(("ghost",), ("budi",))
    await harness.define_school(school(ladders={Level.RED: nobody}))
    await harness.post_message(HIGH)
    alert = await harness.only_alert()
    shown = (await desk(harness, "sari").get(f"{AT}/alerts/{alert.alert_id}")).text
    assert "Nobody in this step of the ladder could be called (1)" in shown


UNREACHABLE = {
    "outcome": "unreachable",
    "peer": "no",
    "review_after": "week",
    "note": "Saya telepon dua kali",
}


async def test_a_serious_alert_is_closed_with_a_contact_a_note_and_a_next_look(
    harness: EscalationHarness, alert_id: str
) -> None:
    sari, path = desk(harness, "sari"), f"{AT}/alerts/{alert_id}"
    bare = {"version": "1", "outcome": "false_alarm", "peer": "yes", "note": ""}
    unread = await harness.act_on_alert(
        "budi",
        "close",
        alert_id,
        {"outcome": "false_alarm", "peer_may_continue": True, "version": 1},
    )
    assert unread.status_code == 422
    assert {error["field"] for error in unread.json()["errors"]} == {
        "outcome",
        "note",
        "review_after",
    }
    refused = await sari.send(f"{path}/close", **bare)
    assert (refused.status_code, refused.text.count('role="alert"')) == (422, 3)
    await sari.send(f"{path}/contact")
    spoken = bare | {"outcome": "supported", "note": "Kami bicara", "review_after": "day"}
    assert (await sari.send(f"{path}/close", **spoken)).status_code == 303
    alert = await harness.only_alert()
    assert (alert.status, alert.note) == (Status.CLOSED, "Kami bicara")
    assert "Follow-ups that still stand:" in (await sari.get(path)).text
    queue = (await sari.get("/queue")).text
    assert "Look after the student again" in queue and alert_id in queue
    untold = await sari.send(f"{path}/reviews", after="never", unreached="yes", seen=" ")
    assert (untold.status_code, "Write what was tried" in untold.text) == (422, True)
    tried = await sari.send(f"{path}/reviews", after="never", unreached="yes", seen="Tak diangkat")
    assert tried.status_code == 303
    shown = (await sari.get(path)).text
    assert "Could not reach the student · you" in shown
    assert "Tak diangkat" in shown


async def test_a_closed_alert_is_found_opened_again_and_its_word_on_the_peer_changed(
    harness: EscalationHarness, alert_id: str
) -> None:
    """And the timeline of an alert tells of all alerts of its case."""
    sari, budi, path = desk(harness, "sari"), desk(harness, "budi"), f"{AT}/alerts/{alert_id}"
    await sari.send(f"{path}/close", version="1", **UNREACHABLE)
    await harness.post_message(HIGH)
    first, second = await harness.list_alerts()
    later = (await budi.get(f"{AT}/alerts/{second.alert_id}")).text
    assert "Saya telepon dua kali" in later and f"alert {first.code}" in later
    refused = await budi.send(f"{path}/reopen", again="Temannya khawatir")
    assert (refused.status_code, "another alert that is not closed" in refused.text) == (409, True)
    await sari.send(f"{AT}/alerts/{second.alert_id}/close", version="1", **UNREACHABLE)
    assert (await budi.send(f"{path}/peer")).status_code == 422
    assert (await budi.send(f"{path}/peer", peer="yes", peer_note="Salah ketuk")).status_code == 303
    today = harness.store.now().astimezone(ZoneInfo("Asia/Jakarta")).date().isoformat()
    both = {first.code, second.code}
    for search, found in (
        ({"text": first.code.lower()}, {first.code}),
        ({"text": "c1", "level": "red", "outcome": "unreachable"}, both),
        ({"closed_from": today, "closed_to": today}, both),
        ({"closed_to": "2026-01-01"}, set[str]()),
        ({"outcome": "supported"}, set[str]()),
    ):
        shown = await budi.get(f"{AT}/closed-alerts", **search)
        assert shown.status_code == 200
        assert {code for code in both if code in shown.text} == found, search
    wrong = await budi.get(f"{AT}/closed-alerts", closed_to="x", level="y")
    assert (wrong.status_code, 'id="fault-closed_to"' in wrong.text) == (422, True)
    assert (await budi.send(f"{path}/reopen", again=" ")).status_code == 422
    assert (await budi.send(f"{path}/reopen", again="Temannya khawatir")).status_code == 303
    again = await harness.store.alerts.load(alert_id)
    assert (again.state.status, again.state.contacted_at) == (Status.OPEN, None)
    told = (await budi.get(path)).text
    for words in ("Temannya khawatir", "Salah ketuk", "Closed: The student could not be reached"):
        assert words in told
