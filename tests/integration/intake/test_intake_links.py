"""Two cases of one student are read as one timeline: by a counsellor who linked them, or by the
student who showed both codes; and are separated again.
"""

from datetime import UTC, datetime
from typing import Any

from integration.intake.harness import SCHOOL, IntakeHarness, key
from integration.intake.student_browser import AT, StudentBrowser
from sebaya_chassis.consuming.outcome import Outcome
from sebaya_chassis.storage import audit
from sebaya_contracts.escalation import StaffBarred
from sebaya_contracts.words import Role

ME = f"/schools/{SCHOOL}/me"


async def two_cases(harness: IntakeHarness) -> tuple[dict[str, Any], dict[str, Any]]:
    """Open two cases, each with a message; the first has needed an adult."""
    first, second = await harness.open_case("satu"), await harness.open_case("dua")
    for opened, text in ((first, "tiga"), (second, "empat")):
        answer = await harness.http.post(
            f"{ME}/messages", json={"text": text}, headers=harness.code_headers(opened) | key()
        )
        assert answer.status_code == 202
    await harness.raise_alert(first["case_id"])
    return first, second


async def texts(harness: IntakeHarness, path: str, headers: dict[str, str]) -> list[str]:
    answer = await harness.http.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    return [message["text"] for message in answer.json()["messages"]]


async def entries(harness: IntakeHarness) -> list[tuple[str, str, str, str]]:
    rows = await harness.composed.runtime.store(SCHOOL).collection(audit.ENTRIES).find({})
    return [(row["who"], row["what"], row["about"], row["why"]) for row in rows]


async def test_a_counsellor_links_two_cases_reads_one_timeline_and_separates_them(
    harness: IntakeHarness,
) -> None:
    first, second = await two_cases(harness)
    one, other = first["case_id"], second["case_id"]
    cases = f"/schools/{SCHOOL}/cases"
    counsellor = harness.staff_headers("bk-1", Role.COUNSELLOR)
    wanted = {"case_id": other, "reason": "code_lost"}
    refused = await harness.http.post(f"{cases}/{one}/links", json=wanted, headers=counsellor)
    assert (refused.status_code, await entries(harness)) == (403, []), "the other needed no adult"
    await harness.raise_alert(other, "a2")
    for _ in range(2):
        made = await harness.http.post(f"{cases}/{one}/links", json=wanted, headers=counsellor)
        assert made.status_code == 204
    for case_id in (one, other):
        assert await texts(harness, f"{cases}/{case_id}/messages", counsellor) == [
            *("satu", "dua", "tiga", "empat")
        ]
    assert await texts(harness, f"{ME}/messages", harness.code_headers(first)) == ["satu", "tiga"]
    now = datetime.now(UTC)
    barred = StaffBarred(school_id=SCHOOL, case_id=other, person_ids=("bk-2",), changed_at=now)
    assert await harness.receive(f"barred-{other}", barred) == [Outcome.APPLIED]
    accused = harness.staff_headers("bk-2", Role.COUNSELLOR)
    assert await texts(harness, f"{cases}/{one}/messages", accused) == ["satu", "tiga"]
    parting = {"json": {"case_id": other}, "headers": accused}
    hidden = await harness.http.post(f"{cases}/{one}/links/separate", **parting)
    assert hidden.status_code == 404, "and knows of no link"
    await harness.accept_match(one)
    peer = harness.staff_headers("sup-1", Role.SUPPORTER)
    assert await texts(harness, f"{cases}/{one}/messages", peer) == []
    past_student = {"text": "lima", "for_staff": True}
    await harness.http.post(f"{cases}/{one}/messages", json=past_student, headers=peer | key())
    parted = {"json": {"case_id": one}, "headers": counsellor}
    apart = await harness.http.post(f"{cases}/{other}/links/separate", **parted)
    assert apart.status_code == 204
    assert await texts(harness, f"{cases}/{one}/messages", counsellor) == ["satu", "tiga", "lima"]
    noted = [entry for entry in await entries(harness) if entry[1] != "thread_read"]
    assert noted == [
        ("bk-1", "cases_linked", f"{one} {other}", "code_lost"),
        ("bk-1", "cases_separated", f"{other} {one}", ""),
    ]
    read = [about for _, what, about, _ in await entries(harness) if what == "thread_read"]
    assert read == [one, other, other, one, one, one, one]


async def test_a_student_brings_both_together_by_both_codes(
    harness: IntakeHarness, student: StudentBrowser
) -> None:
    first, second = await two_cases(harness)
    await harness.accept_match(second["case_id"])
    peer = harness.staff_headers("sup-1", Role.SUPPORTER)
    past = await harness.http.post(
        f"/schools/{SCHOOL}/cases/{second['case_id']}/messages",
        json={"text": "bukan untukmu", "for_staff": True},
        headers=peer | key(),
    )
    assert past.status_code == 202
    await student.act("/return", code=first["return_code"])
    wrong = await student.act("/me/link", code="0000-0000-0000-0000")
    assert (wrong.status_code, 'id="fault-other"' in wrong.text) == (404, True)
    same = await student.act("/me/link", code=first["return_code"])
    assert (same.status_code, 'id="fault-other"' in same.text) == (409, True)
    assert (await student.act("/me/link", code=second["return_code"])).status_code == 303
    for opened in (first, second):
        assert await texts(harness, f"{ME}/messages", harness.code_headers(opened)) == [
            *("satu", "dua", "tiga", "empat")
        ]
    page = (await student.get(f"{AT}/me")).text
    assert page.count("dari permintaan yang lain") == 2
    assert [entry[:2] for entry in await entries(harness)] == [("student", "cases_linked")]
