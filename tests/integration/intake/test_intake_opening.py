"""Opening a case: once, whatever is repeated; and what is refused carries the crisis lines."""

import asyncio
from typing import Any

import pytest

from integration.intake.harness import IntakeHarness, key, opening_body, school
from sebaya_contracts.words import Level, Role, SupporterState

CASES = "/schools/s1/cases"


async def outbox_types(harness: IntakeHarness) -> list[str]:
    cases = harness.composed.runtime.database["cases"]
    return [
        entry["type"]
        async for case in cases.find({})
        for entry in [*case["outbox"], *case.get("withheld", [])]
    ]


async def test_an_opening_is_one_write_with_both_events(harness: IntakeHarness) -> None:
    opened = await harness.open_case("first words")
    assert opened["state"] == "received"
    assert await outbox_types(harness) == ["MessagePosted", "CaseOpened"]
    stored = await harness.composed.runtime.database["cases"].find_one({"_id": opened["case_id"]})
    assert stored is not None
    (posted,), (announced,) = stored["outbox"], stored["withheld"]
    assert (posted["key"], announced["key"]) == (opened["case_id"], "s1")
    assert opened["return_code"].replace("-", "") not in repr(stored)


async def test_the_same_request_gets_the_same_answer(harness: IntakeHarness) -> None:
    headers = key()
    first = await harness.http.post(CASES, json=opening_body("words"), headers=headers)
    await harness.publish_coverage()
    await harness.publish_verdict("m", first.json()["case_id"], opening=True)
    await harness.accept_match(first.json()["case_id"])
    again = await harness.http.post(CASES, json=opening_body("words"), headers=headers)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert len(await outbox_types(harness)) == 2


async def test_equal_requests_at_once_open_one_case(harness: IntakeHarness) -> None:
    """Upsert race surfaces as failure."""
    headers = key()
    answers = await asyncio.gather(
        *(harness.http.post(CASES, json=opening_body("words"), headers=headers) for _ in range(20))
    )
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.content for answer in answers}) == 1
    assert await outbox_types(harness) == ["MessagePosted", "CaseOpened"]


async def test_different_requests_with_one_key_at_once_open_one_case(
    harness: IntakeHarness,
) -> None:
    headers = key()
    answers = await asyncio.gather(
        *(
            harness.http.post(CASES, json=opening_body(f"words {n}"), headers=headers)
            for n in range(10)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [202] + [409] * 9
    assert len(await outbox_types(harness)) == 2


async def test_the_same_key_with_another_body_is_refused(harness: IntakeHarness) -> None:
    headers = key()
    await harness.http.post(CASES, json=opening_body("words"), headers=headers)
    for other in [
        opening_body("other words"),
        opening_body("words", topic="grief"),
        opening_body("words", safety={"danger_now": "yes"}),
    ]:
        answer = await harness.http.post(CASES, json=other, headers=headers)
        assert answer.status_code == 409
        assert answer.json()["type"].endswith("idempotency-key-reused")
        assert answer.json()["crisis"]["lines"]
    assert len(await outbox_types(harness)) == 2


async def test_one_key_at_two_schools_is_two_cases(harness: IntakeHarness) -> None:
    await harness.define_school(school("s2"))
    headers = key()
    codes = [
        (
            await harness.http.post(f"/schools/{name}/cases", json=opening_body(), headers=headers)
        ).json()["return_code"]
        for name in ("s1", "s2")
    ]
    assert codes[0] != codes[1]
    crossed = await harness.http.get("/schools/s2/me", headers={"Return-Code": codes[0]})
    assert crossed.status_code == 404


@pytest.mark.parametrize(
    "headers", [{}, {"Idempotency-Key": "short"}, {"Idempotency-Key": "with spaces and words!"}]
)
async def test_the_missing_or_odd_key_is_named(
    harness: IntakeHarness, headers: dict[str, str]
) -> None:
    answer = await harness.http.post(CASES, json=opening_body(), headers=headers)
    assert answer.status_code == 422
    assert [error["field"].lower() for error in answer.json()["errors"]] == ["idempotency-key"]


@pytest.mark.parametrize(
    ("change", "status", "slug"),
    [
        ({"consent": {"version": "2020-1", "age": 15}}, 422, "consent-outdated"),
        ({"consent": {"version": "2026-1", "age": 11}}, 422, "age-outside"),
        ({"consent": {"version": "2026-1", "age": 12}}, 403, "consent-needed"),
        ({"text": ""}, 422, "invalid"),
        ({"text": "  \n "}, 422, "invalid"),
        ({"text": "nul \x00"}, 422, "invalid"),
        ({"text": "\ud800"}, 422, "invalid"),
        ({"text": "x" * 8001}, 422, "invalid"),
        ({"hours": ["free text with spaces"]}, 422, "invalid"),
        ({"hours": ["mon-lunch"] * 51}, 422, "invalid"),
        ({"note": "a door for text that nobody screens"}, 422, "invalid"),
    ],
)
async def test_what_is_refused_carries_the_lines_and_stores_nothing(
    harness: IntakeHarness, change: dict[str, Any], status: int, slug: str
) -> None:
    import json

    answer = await harness.http.post(
        CASES,
        content=json.dumps(opening_body("planted") | change),
        headers=key() | {"Content-Type": "application/json"},
    )
    assert answer.status_code == status, answer.text
    problem = answer.json()
    assert problem["type"] == f"urn:sebaya:problem:{slug}"
    assert [line["contact"] for line in problem["crisis"]["lines"]][:1] == ["119 ext. 8"]
    assert all(line["verified_on"] for line in problem["crisis"]["lines"])
    assert "planted" not in answer.text
    assert await harness.composed.runtime.database["cases"].count_documents({}) == 0


async def test_the_longest_text_fits_in_every_script(harness: IntakeHarness) -> None:
    assert (await harness.open_case("é" * 8000))["case_id"]
    assert (await harness.open_case("😀" * 8000))["case_id"]


async def test_photos_and_forms_are_refused_with_a_friendly_reason(harness: IntakeHarness) -> None:
    """Metadata in attachments."""
    opened = await harness.open_case()
    for path, headers in [
        (CASES, key()),
        ("/schools/s1/me/messages", key() | harness.code_headers(opened)),
    ]:
        photo = await harness.http.post(
            path, files={"photo": ("me.jpg", b"\xff\xd8GPS", "image/jpeg")}, headers=headers
        )
        form = await harness.http.post(path, data={"text": "words"}, headers=headers)
        for answer in (photo, form):
            assert answer.status_code == 415
            assert "Photos" in answer.json()["detail"] and answer.json()["crisis"]["lines"]


async def test_too_many_bytes_are_refused_while_reading_and_others_are_served(
    harness: IntakeHarness,
) -> None:
    """Unbounded input."""
    for content_type in (
        "application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=b",
    ):
        sent = 0

        async def flood() -> Any:
            nonlocal sent
            while sent < 1000:
                sent += 1
                yield b"a=b&" * 1024

        answer, school_view = await asyncio.gather(
            harness.http.post(
                CASES, content=flood(), headers=key() | {"Content-Type": content_type}
            ),
            harness.http.get("/schools/s1"),
        )
        assert answer.status_code == 413 and answer.json()["crisis"]["lines"]
        assert sent < 100
        assert school_view.status_code == 200


async def test_an_unknown_school_is_not_found_and_sees_general_advice(
    harness: IntakeHarness,
) -> None:
    """Help directory wrong for place or time."""
    for path in ("/schools/nowhere", "/schools/nowhere/me", "/nothing/here"):
        answer = await harness.http.get(path, headers={"Return-Code": "0000-0000-0000-0000"})
        assert answer.status_code == 404
        lines = answer.json()["crisis"]["lines"]
        assert lines and not any(line["contact"] for line in lines)


async def test_each_school_sees_its_own_countrys_lines(harness: IntakeHarness) -> None:
    await harness.define_school(school("gb", country="GB"))
    await harness.define_school(school("xx", country="XX"))
    contacts = {
        name: {
            line["contact"]
            for line in (await harness.http.get(f"/schools/{name}")).json()["crisis"]["lines"]
        }
        for name in ("s1", "gb", "xx")
    }
    assert "119 ext. 8" in contacts["s1"] and "116 123" in contacts["gb"]
    assert contacts["xx"] == {""} and not contacts["s1"] & contacts["gb"]


async def test_what_a_student_needs_before_asking(harness: IntakeHarness) -> None:
    await harness.publish_supporter("sup-1", "Rani")
    await harness.publish_supporter("sup-2", "Budi", SupporterState.PAUSED)
    await harness.publish_supporter("sup-3", "Gone", SupporterState.RETIRED)
    answer = await harness.http.get("/schools/s1")
    assert not any(name in answer.text for name in ("Rani", "Budi", "Gone", "sup-", "supporter"))
    seen = answer.json()
    assert seen["consent"]["version"] == "2026-1" and seen["consent"]["meaning"]["id"]
    assert (seen["on_call"], seen["crisis"]["show_first"]) == ("unknown", True)
    await harness.publish_coverage()
    seen = (await harness.http.get("/schools/s1")).json()
    assert (seen["on_call"], seen["crisis"]["show_first"]) == ("yes", False)
    # The same answer for a name on the list and for one that is not.
    for named in ("sup-2", "not-on-the-list"):
        assert (await harness.open_case(excluded_supporters=[named]))["case_id"]


async def test_the_lines_come_first_until_the_opening_was_read(harness: IntakeHarness) -> None:
    await harness.publish_coverage()
    opened = await harness.open_case()
    assert (opened["crisis"]["show_first"], opened["crisis"]["reason"]) == (True, "not_yet_read")
    await harness.publish_verdict("any", opened["case_id"], Level.NONE, opening=True)
    seen = (await harness.http.get("/schools/s1/me", headers=harness.code_headers(opened))).json()
    assert seen["opening_screened"] is True
    assert (seen["crisis"]["show_first"], seen["crisis"]["reason"]) == (False, None)


async def test_the_lines_stay_first_where_the_opening_called_an_adult(
    harness: IntakeHarness,
) -> None:
    await harness.publish_coverage()
    opened = await harness.open_case()
    await harness.publish_verdict("any", opened["case_id"], Level.RED, opening=True)
    seen = (await harness.http.get("/schools/s1/me", headers=harness.code_headers(opened))).json()
    assert (seen["crisis"]["show_first"], seen["crisis"]["reason"]) == (True, "adult_called")
    assert "red" not in str(seen).lower()


async def test_worrying_answers_keep_the_lines_first(harness: IntakeHarness) -> None:
    await harness.publish_coverage()
    opened = await harness.open_case(safety={"self_harm_thoughts": "unsure", "danger_now": "no"})
    await harness.publish_verdict("any", opened["case_id"], opening=True)
    seen = (await harness.http.get("/schools/s1/me", headers=harness.code_headers(opened))).json()
    assert (seen["crisis"]["show_first"], seen["crisis"]["reason"]) == (True, "your_answers")


async def test_a_code_opens_its_case_however_it_is_typed(harness: IntakeHarness) -> None:
    opened = await harness.open_case()
    sloppy = opened["return_code"].lower().replace("-", " ").replace("0", "o").replace("1", "l")
    seen = await harness.http.get("/schools/s1/me", headers={"Return-Code": sloppy})
    assert seen.json()["case_id"] == opened["case_id"]
    for wrong in ("", "0000-0000-0000-0000", "x"):
        answer = await harness.http.get("/schools/s1/me", headers={"Return-Code": wrong})
        assert answer.status_code == 404 and answer.json()["crisis"]["lines"]
    assert (await harness.http.get("/schools/s1/me")).status_code == 401


async def test_private_answers_forbid_storing(harness: IntakeHarness) -> None:
    """Shared cache in front of private pages."""
    opened = await harness.open_case()
    for answer in [
        await harness.http.get("/schools/s1/me", headers=harness.code_headers(opened)),
        await harness.http.get("/schools/s1/me/messages", headers=harness.code_headers(opened)),
        await harness.http.get("/schools/s1/me"),
        await harness.http.post(CASES, json=opening_body(), headers=key()),
    ]:
        assert answer.headers["cache-control"] == "no-store"


async def test_only_staff_open_for_a_student(harness: IntakeHarness) -> None:
    body = opening_body(door="staff")
    assert (await harness.http.post(CASES, json=body, headers=key())).status_code == 401
    for headers, status in [
        (harness.staff_headers("p", Role.SUPPORTER), 403),
        (harness.staff_headers("p", Role.COUNSELLOR, schools=("s2",)), 404),
        (harness.staff_headers("p", Role.COUNSELLOR), 202),
        (harness.staff_headers("p", Role.COORDINATOR), 202),
    ]:
        assert (
            await harness.http.post(CASES, json=body, headers=key() | headers)
        ).status_code == status


async def test_a_school_that_has_ended_opens_no_cases_and_still_answers_its_students(
    harness: IntakeHarness,
) -> None:
    opened = await harness.open_case()
    import msgspec

    await harness.define_school(msgspec.structs.replace(school(), active=False))
    answer = await harness.http.post(CASES, json=opening_body(), headers=key())
    assert answer.status_code == 404
    assert (
        await harness.http.get("/schools/s1/me", headers=harness.code_headers(opened))
    ).status_code == 200
