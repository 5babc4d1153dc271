"""What a student's page and the peer's say while an adult is needed, over the real store."""

import re
from datetime import UTC, datetime
from typing import Any

import msgspec

from integration.intake.harness import SCHOOL, IntakeHarness, key
from integration.intake.student_browser import AT, StudentBrowser, hidden, only_case
from integration.service_harness import StaffBrowser, open_staff_browser
from sebaya_contracts.escalation import (
    AlertAcknowledged,
    AlertOpenedAgain,
    AlertPaged,
    AlertRaised,
)
from sebaya_contracts.event import Event
from sebaya_contracts.intake import AdultRequested, MessagePosted
from sebaya_contracts.words import AlertCause, Level, OpenAgainCause, Role, WorryReason
from sebaya_intake.key_rotation import rotate_school


def browser_of(harness: IntakeHarness, person_id: str, role: Role = Role.SUPPORTER) -> StaffBrowser:
    app = harness.composed.app
    return open_staff_browser(harness.http, app, person_id, role, SCHOOL)


async def test_a_matched_student_in_danger_is_told_of_the_adults_and_never_sent_away(
    harness: IntakeHarness, student: StudentBrowser
) -> None:
    """Lines before all else, the adults' steps as they come, and no word to look in later."""
    await harness.publish_coverage()
    await student.open_case()
    case = await only_case(harness)
    await harness.publish_verdict(case["state"]["opening"]["message_id"], case["_id"], opening=True)
    await harness.publish_supporter("sup-1", "Kak Rara")
    await harness.accept_match(case["_id"])
    assert "sesekali" in (await student.get(f"{AT}/me")).text
    of: dict[str, Any] = {
        "school_id": SCHOOL,
        "case_id": case["_id"],
        "alert_id": "a1",
        "level": Level.IMMINENT,
    }
    steps: list[tuple[Event, str]] = [
        (
            AlertRaised(**of, episode=1, cause=AlertCause.MESSAGE, raised_at=datetime.now(UTC)),
            "Kami sedang menghubungi orang dewasa di sekolahmu",
        ),
        (
            AlertPaged(**of, turn=1, rung=0, recipients=1),
            "Orang dewasa di sekolahmu sudah diberi tahu",
        ),
        (
            AlertAcknowledged(
                **of,
                person_id="bk-1",
                person_name="Bu Lestari",
                acknowledged_at=datetime.now(UTC),
                waited_seconds=1.0,
            ),
            "Bu Lestari siap membantumu",
        ),
        (
            AlertOpenedAgain(
                **of, cause=OpenAgainCause.CONTACT_OVERDUE, opened_at=datetime.now(UTC)
            ),
            "Kami sedang menghubungi orang dewasa di sekolahmu",
        ),
    ]
    for event, title in steps:
        await harness.receive("a1", event)
        page = (await student.get(f"{AT}/me")).text
        main = page[page.index("<main") :]
        assert main.index("119 ext. 8") < main.index("<h1>") < main.index(f">{title}</h2>")
        assert "sesekali" not in main and "lagi nanti" not in main
        assert "Kak Rara" in main


async def test_a_worried_peer_calls_a_counsellor_by_one_form_and_the_student_reads_none_of_it(
    harness: IntakeHarness, student: StudentBrowser
) -> None:
    await harness.publish_coverage()
    await student.open_case()
    case_id = (await only_case(harness))["_id"]
    await harness.accept_match(case_id)
    at, told = f"{AT}/cases/{case_id}", "Dia bilang sudah menyimpan pil."
    peer = browser_of(harness, "sup-1")
    page = await peer.get(at)
    assert "A counsellor is being called" not in page.text
    key_field = hidden(page.text, "key")
    nothing = await peer.send(f"{at}/worry", key=key_field, about=told)
    assert nothing.status_code == 422
    assert 'id="fault-worry"' in nothing.text and told in nothing.text
    worried = await peer.send(f"{at}/worry", key=key_field, about=told, reason="danger_now")
    assert worried.status_code == 303
    page = await peer.get(at)
    for shown in ("A counsellor is being called", "Do not promise to keep it secret", told, "129"):
        assert shown in page.text
    (asked,) = [
        entry
        for entry in (await only_case(harness))["outbox"]
        if entry["type"] == AdultRequested.kind()
    ]
    event = msgspec.json.decode(asked["data"], type=AdultRequested)
    assert (event.worry, event.worried_supporter_id) == (WorryReason.DANGER_NOW, "sup-1")
    (words,) = [m async for m in harness.composed.runtime.database["messages"].find({})]
    posted = msgspec.json.decode(words["outbox"][0]["data"], type=MessagePosted)
    assert (posted.text, posted.for_staff) == (told, True), "screened like all others"
    mine = await student.get(f"{AT}/me")
    assert told not in mine.text and "sedang menghubungi orang dewasa" in mine.text


async def test_the_private_line_of_peer_and_counsellor_is_not_the_students(
    harness: IntakeHarness, student: StudentBrowser
) -> None:
    code = await student.open_case()
    case_id = (await only_case(harness))["_id"]
    await harness.accept_match(case_id)
    await harness.raise_alert(case_id)
    thread = f"/schools/{SCHOOL}/cases/{case_id}/messages"
    sides = {
        "sup-1": harness.staff_headers("sup-1", Role.SUPPORTER),
        "bk-1": harness.staff_headers("bk-1", Role.COUNSELLOR),
    }
    for person_id, headers in sides.items():
        body = {"text": f"Rahasia {person_id}", "for_staff": True}
        answer = await harness.http.post(thread, json=body, headers=headers | key())
        assert answer.status_code == 202
    for headers in sides.values():
        seen = (await harness.http.get(thread, headers=headers)).json()["messages"]
        assert [one["text"] for one in seen if one["for_staff"]] == [
            "Rahasia sup-1",
            "Rahasia bk-1",
        ]
    mine = await harness.http.get(f"/schools/{SCHOOL}/me/messages", headers={"Return-Code": code})
    assert "Rahasia" not in mine.text
    assert "Rahasia" not in (await student.get(f"{AT}/me")).text
    refused = await harness.http.post(
        f"/schools/{SCHOOL}/me/messages",
        json={"text": "Halo.", "for_staff": True},
        headers={"Return-Code": code} | key(),
    )
    assert refused.status_code == 422, "a student has no private line past oneself"


async def test_the_student_says_whether_the_peer_reads_the_first_words_and_sees_what_is_hidden(
    harness: IntakeHarness, student: StudentBrowser
) -> None:
    await student.open_case()
    case_id = (await only_case(harness))["_id"]
    hidden_mark, peer = "tidak dilihat pendampingmu", browser_of(harness, "sup-1")
    assert hidden_mark in (await student.get(f"{AT}/me")).text
    await harness.accept_match(case_id)
    await student.act("/me/messages", text="Setelah bertemu.", key="k" * 16)
    page = (await student.get(f"{AT}/me")).text
    assert page.count(hidden_mark) == 1, "of two bubbles the first"
    assert "sendirian" not in (await peer.get(f"{AT}/cases/{case_id}")).text
    assert (await student.act("/me/first-words", may_read="yes")).status_code == 303
    assert hidden_mark not in (await student.get(f"{AT}/me")).text
    assert "sendirian" in (await peer.get(f"{AT}/cases/{case_id}")).text


async def test_what_a_thread_follows_by_itself_is_no_reading(
    harness: IntakeHarness, student: StudentBrowser
) -> None:
    await student.open_case()
    case_id = (await only_case(harness))["_id"]
    await harness.accept_match(case_id)
    peer = browser_of(harness, "sup-1")
    page = (await peer.get(f"{AT}/cases/{case_id}")).text
    audit = harness.composed.runtime.database["audit"]
    before = await audit.count_documents({})
    seen = re.search(r'/live\?seen=([0-9.]+)"', page)
    assert seen is not None
    live = f"{AT}/cases/{case_id}/live"
    assert "Something new" not in (await peer.get(live, seen=seen[1])).text
    await student.act("/me/messages", text="Masih di sana?", key="k" * 16)
    news = (await peer.get(live, seen=seen[1])).text
    assert "Something new" in news and "Masih di sana?" not in news
    assert await audit.count_documents({}) == before
    assert (await browser_of(harness, "sup-2").get(live)).status_code == 404


async def test_contact_details_open_in_an_urgent_alert_alone_and_the_student_reads_of_it(
    harness: IntakeHarness, student: StudentBrowser
) -> None:
    """Left by form, never shown back, opened with a reason, traced; and readable after the keys
    were rotated.
    """
    await student.open_case()
    case_id = (await only_case(harness))["_id"]
    refused = await student.act("/me/found", found_number="telepon aku", found_name="Putri A")
    assert refused.status_code == 422 and "Putri A" in refused.text, "what was typed stays"
    left = {"found_name": "Putri A", "found_class_name": "XI IPA 2", "found_safe_time": "breaks"}
    assert (await student.act("/me/found", **left)).status_code == 303
    mine = (await student.get(f"{AT}/me")).text
    assert "Data ini terkunci" in mine and "Putri A" not in mine
    at, counsellor = f"{AT}/cases/{case_id}", browser_of(harness, "bk-1", Role.COUNSELLOR)
    await student.act("/me/adult")
    assert "opens only while" in (await counsellor.get(at)).text
    shut = await counsellor.send(f"{at}/found", reason="life_in_danger")
    assert shut.status_code == 422 and "Putri A" not in shut.text
    await harness.raise_alert(case_id)
    assert (await counsellor.send(f"{at}/found")).status_code == 422, "not without a reason"
    store = harness.composed.dependencies.runtime.store(SCHOOL)
    rotated = await rotate_school(store, harness.composed.dependencies.master_keys)
    assert (rotated.version, rotated.cases) == (2, 1)
    opened = await counsellor.send(f"{at}/found", reason="life_in_danger", untold="yes")
    assert opened.status_code == 200
    for shown in ("Putri A", "XI IPA 2", "In the breaks at school"):
        assert shown in opened.text
    assert "Putri A" not in (await counsellor.get(at)).text, "on that one page alone"
    assert "membuka data" not in (await student.get(f"{AT}/me")).text, "it would endanger them"
    await counsellor.send(f"{at}/found", reason="cannot_be_reached")
    assert "Guru BK membuka data" in (await student.get(f"{AT}/me")).text
    audit = harness.composed.runtime.database["audit"]
    found = [row async for row in audit.find({"what": "contact_details_opened"})]
    assert [(row["who"], row["about"], row["why"]) for row in found] == [
        ("bk-1", case_id, "life_in_danger"),
        ("bk-1", case_id, "cannot_be_reached"),
    ]
    peer = await browser_of(harness, "sup-1").send(f"{at}/found", reason="life_in_danger")
    assert peer.status_code == 403
    assert "Putri A" not in await harness.dump_store()
    assert (await student.act("/me/found/away")).status_code == 303
    assert (await only_case(harness))["state"]["details"] is None


async def test_a_safety_plan_is_written_by_a_counsellor_and_one_tap_from_the_students_page(
    harness: IntakeHarness, student: StudentBrowser
) -> None:
    """Sealed, traced, readable after the keys were rotated; no peer sees it, and it goes with its
    student's wish.
    """
    await student.open_case()
    case_id = (await only_case(harness))["_id"]
    at, counsellor = f"{AT}/cases/{case_id}", browser_of(harness, "bk-1", Role.COUNSELLOR)
    assert (await counsellor.get(f"{at}/plan")).status_code == 403, "no adult was needed yet"
    assert "Rencanaku" not in (await student.get(f"{AT}/me")).text
    assert (await student.get(f"{AT}/me/plan")).status_code == 303
    await student.act("/me/adult")
    empty = await counsellor.send(f"{at}/plan", alone="  ")
    assert empty.status_code == 422 and "at least one step" in empty.text
    long = await counsellor.send(f"{at}/plan", alone="Jalan " * 200, helpers="Bibi Tini")
    assert long.status_code == 422 and "1,000 characters" in long.text and "Bibi Tini" in long.text
    kept = await counsellor.send(f"{at}/plan", alone="Jalan <keliling>", helpers="Bibi Tini")
    assert kept.status_code == 303
    assert "Bibi Tini" not in await harness.dump_store()
    store = harness.composed.dependencies.runtime.store(SCHOOL)
    assert (await rotate_school(store, harness.composed.dependencies.master_keys)).cases == 1
    assert "Bibi Tini" in (await counsellor.get(f"{at}/plan")).text
    assert "/me/plan" in (await student.get(f"{AT}/me")).text
    mine = (await student.get(f"{AT}/me/plan")).text
    assert (
        "Jalan &lt;keliling&gt;" in mine and "Bibi Tini" in mine and "Yang bisa kulakukan" in mine
    )
    await harness.accept_match(case_id, "sup-1")
    peer = browser_of(harness, "sup-1")
    assert (await peer.get(f"{at}/plan")).status_code == 403
    assert (await peer.send(f"{at}/plan", alone="x")).status_code == 403
    audit = harness.composed.runtime.database["audit"]
    traced = [row["what"] async for row in audit.find({"about": case_id, "who": "bk-1"})]
    assert traced == ["safety_plan_written", "safety_plan_read"]
    assert (await student.act("/me/plan/away")).status_code == 303
    assert (await only_case(harness))["state"]["plan"] is None
