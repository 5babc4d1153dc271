"""The thread: what each role sees, when; once, whatever is repeated; staff's readings are noted."""

import asyncio
from typing import Any

import pytest

from integration.intake.harness import SCHOOL, IntakeHarness, key
from integration.intake.student_browser import AT, StudentBrowser
from sebaya_chassis.storage import audit
from sebaya_chassis.storage.documents import Documents
from sebaya_contracts.words import Role
from support import eventually

ME = "/schools/s1/me"


async def texts(harness: IntakeHarness, path: str, headers: dict[str, str]) -> list[str]:
    answer = await harness.http.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    return [message["text"] for message in answer.json()["messages"]]


async def says(harness: IntakeHarness, path: str, headers: dict[str, str], text: str) -> str:
    answer = await harness.http.post(path, json={"text": text}, headers=headers | key())
    assert answer.status_code == 202, answer.text
    return str(answer.json()["message_id"])


async def status(harness: IntakeHarness, path: str, headers: dict[str, str]) -> list[int]:
    read = await harness.http.get(path, headers=headers)
    notify_relay = await harness.http.post(path, json={"text": "hello"}, headers=headers | key())
    return [read.status_code, notify_relay.status_code]


async def entries(harness: IntakeHarness) -> list[tuple[str, str, str]]:
    rows = (
        await harness.composed.runtime.store(SCHOOL)
        .collection(audit.ENTRIES)
        .find({}, sort=[("number", 1)])
    )
    return [(row["who"], row["what"], row["about"]) for row in rows]


async def test_a_student_sees_all_own_words_in_order(harness: IntakeHarness) -> None:
    opened = await harness.open_case("one")
    for text in ("two", "three"):
        await says(harness, f"{ME}/messages", harness.code_headers(opened), text)
    assert await texts(harness, f"{ME}/messages", harness.code_headers(opened)) == [
        "one",
        "two",
        "three",
    ]


async def test_a_peer_reads_and_writes_only_during_the_own_match(harness: IntakeHarness) -> None:
    opened = await harness.open_case("before the match")
    thread = f"/schools/s1/cases/{opened['case_id']}/messages"
    await says(harness, f"{ME}/messages", harness.code_headers(opened), "also before")
    peer, other = (
        harness.staff_headers("sup-1", Role.SUPPORTER),
        harness.staff_headers("sup-2", Role.SUPPORTER),
    )
    assert await status(harness, thread, peer) == [404, 404]

    await harness.accept_match(opened["case_id"])
    await says(harness, f"{ME}/messages", harness.code_headers(opened), "after")
    await says(harness, thread, peer, "from the peer")
    assert await texts(harness, thread, peer) == ["after", "from the peer"]
    assert await status(harness, thread, other) == [404, 404]
    assert await status(
        harness, thread, harness.staff_headers("sup-1", Role.SUPPORTER, schools=("s2",))
    ) == [
        404,
        404,
    ]

    await harness.close_match(opened["case_id"])
    assert await status(harness, thread, peer) == [404, 404]
    assert await texts(harness, f"{ME}/messages", harness.code_headers(opened)) == [
        "before the match",
        "also before",
        "after",
        "from the peer",
    ]


async def test_the_next_peer_does_not_see_what_was_said_to_the_first(
    harness: IntakeHarness,
) -> None:
    opened = await harness.open_case()
    thread = f"/schools/s1/cases/{opened['case_id']}/messages"
    await harness.accept_match(opened["case_id"])
    await says(harness, f"{ME}/messages", harness.code_headers(opened), "to the first")
    await harness.close_match(opened["case_id"])
    await asyncio.sleep(0.002)
    await harness.accept_match(opened["case_id"], "sup-2", "m2")
    await says(harness, f"{ME}/messages", harness.code_headers(opened), "to the second")
    assert await texts(harness, thread, harness.staff_headers("sup-2", Role.SUPPORTER)) == [
        "to the second"
    ]
    assert await status(harness, thread, harness.staff_headers("sup-1", Role.SUPPORTER)) == [
        404,
        404,
    ]


async def test_a_withdrawal_cuts_the_peer_off_and_leaves_the_student_the_thread(
    harness: IntakeHarness,
) -> None:
    opened = await harness.open_case("one")
    thread = f"/schools/s1/cases/{opened['case_id']}/messages"
    await harness.accept_match(opened["case_id"])
    for _ in range(2):
        answer = await harness.http.post(f"{ME}/withdraw", headers=harness.code_headers(opened))
        assert (answer.status_code, answer.json()["state"]) == (202, "withdrawn")
    assert await status(harness, thread, harness.staff_headers("sup-1", Role.SUPPORTER)) == [
        404,
        404,
    ]
    assert await texts(harness, f"{ME}/messages", harness.code_headers(opened)) == ["one"]
    assert await says(
        harness, f"{ME}/messages", harness.code_headers(opened), "words after it are still heard"
    )
    stored = await harness.composed.runtime.database["cases"].find_one({"_id": opened["case_id"]})
    assert (
        stored is not None
        and [entry["type"] for entry in stored["outbox"]].count("CaseWithdrawn") == 1
    )


async def test_a_counsellor_reads_everything_where_an_adult_was_needed(
    harness: IntakeHarness,
) -> None:
    opened = await harness.open_case("first words")
    thread = f"/schools/s1/cases/{opened['case_id']}/messages"
    counsellor = harness.staff_headers("p-1", Role.COUNSELLOR)
    assert await status(harness, thread, counsellor) == [403, 403]
    await harness.raise_alert(opened["case_id"])
    await says(harness, thread, counsellor, "I am here")
    assert await texts(harness, thread, counsellor) == ["first words", "I am here"]
    assert await texts(harness, f"{ME}/messages", harness.code_headers(opened)) == [
        "first words",
        "I am here",
    ]


async def test_an_asked_for_adult_may_read(harness: IntakeHarness) -> None:
    opened = await harness.open_case()
    for _ in range(3):
        answer = await harness.http.post(f"{ME}/adult", headers=harness.code_headers(opened))
        assert answer.status_code == 202 and answer.json()["adult_asked_at"]
    stored = await harness.composed.runtime.database["cases"].find_one({"_id": opened["case_id"]})
    assert (
        stored is not None
        and [entry["type"] for entry in stored["outbox"]].count("AdultRequested") == 1
    )
    assert await texts(
        harness,
        f"/schools/s1/cases/{opened['case_id']}/messages",
        harness.staff_headers("p-1", Role.COUNSELLOR),
    )


async def test_every_reading_by_staff_is_noted_and_no_failed_one(harness: IntakeHarness) -> None:
    opened = await harness.open_case("words that no audit entry holds")
    case_id = opened["case_id"]
    thread = f"/schools/s1/cases/{case_id}/messages"
    await status(harness, thread, harness.staff_headers("sup-1", Role.SUPPORTER))
    assert await entries(harness) == []
    await harness.accept_match(case_id)
    await harness.raise_alert(case_id)
    for who, role in [
        ("sup-1", Role.SUPPORTER),
        ("p-1", Role.COUNSELLOR),
        ("sup-1", Role.SUPPORTER),
    ]:
        await texts(harness, thread, harness.staff_headers(who, role))
    await texts(harness, f"{ME}/messages", harness.code_headers(opened))
    assert await entries(harness) == [
        (who, "thread_read", case_id) for who in ("sup-1", "p-1", "sup-1")
    ]
    assert (await audit.verify(harness.composed.runtime.store(SCHOOL))).fault is None


async def test_readings_at_once_are_all_noted(harness: IntakeHarness) -> None:
    opened = await harness.open_case()
    await harness.accept_match(opened["case_id"])
    peer = harness.staff_headers("sup-1", Role.SUPPORTER)
    thread = f"/schools/s1/cases/{opened['case_id']}/messages"
    answers = await asyncio.gather(*(harness.http.get(thread, headers=peer) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {200}
    assert len(await entries(harness)) == 10
    assert (await audit.verify(harness.composed.runtime.store(SCHOOL))).fault is None


async def test_the_same_message_posted_at_once_is_there_once(harness: IntakeHarness) -> None:
    opened = await harness.open_case("one")
    headers = harness.code_headers(opened) | key()
    answers = await asyncio.gather(
        *(
            harness.http.post(f"{ME}/messages", json={"text": "two"}, headers=headers)
            for _ in range(10)
        )
    )
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.content for answer in answers}) == 1
    assert await texts(harness, f"{ME}/messages", harness.code_headers(opened)) == ["one", "two"]
    other = await harness.http.post(f"{ME}/messages", json={"text": "three"}, headers=headers)
    assert other.status_code == 409
    assert (
        await harness.http.post(
            f"{ME}/messages", json={"text": "x"}, headers=harness.code_headers(opened)
        )
    ).status_code == 422


async def test_one_key_of_two_authors_is_two_messages(harness: IntakeHarness) -> None:
    opened = await harness.open_case()
    await harness.accept_match(opened["case_id"])
    shared = key()
    thread = f"/schools/s1/cases/{opened['case_id']}/messages"
    student = await harness.http.post(
        f"{ME}/messages", json={"text": "same"}, headers=harness.code_headers(opened) | shared
    )
    peer = await harness.http.post(
        thread,
        json={"text": "same"},
        headers=harness.staff_headers("sup-1", Role.SUPPORTER) | shared,
    )
    assert student.json()["message_id"] != peer.json()["message_id"]


async def test_nothing_can_be_edited(harness: IntakeHarness) -> None:
    """Only one way in is guarded."""
    writing = {
        (method, route.path)
        for route in harness.composed.app.routes
        for method in getattr(route, "methods", ()) or ()
        if method in {"POST", "PUT", "PATCH"}
    }
    takes_text = {
        ("POST", "/schools/{school_id}/cases"),
        ("POST", "/schools/{school_id}/me/messages"),
        ("POST", "/schools/{school_id}/cases/{case_id}/messages"),
        ("POST", "/schools/{school_id}/cases/{case_id}/worry"),
        ("PUT", "/schools/{school_id}/me/contact-details"),
        ("PUT", "/schools/{school_id}/cases/{case_id}/safety-plan"),
    }
    takes_nothing = {
        ("POST", "/schools/{school_id}/set-aside/{group_id}/undo"),
        *(
            ("POST", f"/schools/{{school_id}}/me/{what}")
            for what in ("adult", "rematch", "withdraw", "feedback-token")
        ),
    }
    takes_a_choice = {
        ("POST", "/schools/{school_id}/me/report"),
        ("PUT", "/schools/{school_id}/me/wishes"),
        ("POST", "/schools/{school_id}/me/links"),
        ("POST", "/schools/{school_id}/cases/{case_id}/links"),
        ("POST", "/schools/{school_id}/cases/{case_id}/links/separate"),
        ("PUT", "/schools/{school_id}/me/first-words"),
        ("POST", "/schools/{school_id}/cases/{case_id}/contact-details"),
        ("POST", "/schools/{school_id}/set-aside"),
    }
    schema = harness.composed.app.openapi()["paths"]
    described = {
        (method.upper(), path)
        for path, methods in schema.items()
        for method in methods
        if method in {"post", "put", "patch"}
    }
    assert described == takes_text | takes_a_choice | takes_nothing
    assert writing <= described
    assert {
        (method, path)
        for method, path in described
        if "requestBody" in schema[path][method.lower()]
    } == takes_text | takes_a_choice


async def test_each_message_is_an_event_of_its_own(harness: IntakeHarness) -> None:
    opened = await harness.open_case()
    message_id = await says(harness, f"{ME}/messages", harness.code_headers(opened), "words")
    stored = await harness.composed.runtime.database["messages"].find_one({"_id": message_id})
    assert stored is not None
    assert [(entry["type"], entry["topic"], entry["key"]) for entry in stored["outbox"]] == [
        ("MessagePosted", "intake.messages.v1", opened["case_id"])
    ]


async def test_a_return_code_in_a_students_words_is_nowhere(
    harness: IntakeHarness, student: StudentBrowser
) -> None:
    """Neither in the store, where pages and topics have it from, nor on a page."""
    code = await student.open_case()
    opened = {"return_code": code}
    await says(harness, f"{ME}/messages", harness.code_headers(opened), f"kodeku {code.lower()} ya")
    sent = await student.act("/me/messages", text=f"atau {code.replace('-', ' ')}")
    assert sent.status_code == 303
    stored = "".join((await harness.dump_store()).upper().replace("-", "").split())
    assert code.replace("-", "") not in stored
    page = (await student.get(f"{AT}/me")).text
    assert code not in page and page.count("****-****-****-****") == 2


async def test_a_long_thread_is_read_page_by_page(
    harness: IntakeHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sebaya_intake.thread_store.PAGE_SIZE", 2)
    opened = await harness.open_case("0")
    for number in range(1, 5):
        await says(harness, f"{ME}/messages", harness.code_headers(opened), str(number))
    seen: list[str] = []
    before = ""
    while True:
        page = (
            await harness.http.get(f"{ME}/messages{before}", headers=harness.code_headers(opened))
        ).json()
        seen = [message["text"] for message in page["messages"]] + seen
        if not page["earlier"]:
            break
        before = f"?before={page['messages'][0]['message_id']}"
    assert seen == ["0", "1", "2", "3", "4"]
    strange = await harness.open_case()
    assert (
        await harness.http.get(f"{ME}/messages{before}", headers=harness.code_headers(strange))
    ).status_code == 404


async def test_somebody_else_can_be_asked_for_after_a_match(harness: IntakeHarness) -> None:
    opened = await harness.open_case()
    assert (
        await harness.http.post(f"{ME}/rematch", headers=harness.code_headers(opened))
    ).status_code == 409
    assert (
        await harness.http.post(f"{ME}/feedback-token", headers=harness.code_headers(opened))
    ).status_code == 409
    await harness.publish_supporter("sup-1", "Rani")
    await harness.accept_match(opened["case_id"])
    seen = (await harness.http.get(ME, headers=harness.code_headers(opened))).json()
    assert seen["match"] == {"match_id": "m1", "supporter_id": "sup-1", "display_name": "Rani"}
    for _ in range(2):
        assert (
            await harness.http.post(f"{ME}/rematch", headers=harness.code_headers(opened))
        ).status_code == 202
    stored = await harness.composed.runtime.database["cases"].find_one({"_id": opened["case_id"]})
    assert (
        stored is not None
        and [entry["type"] for entry in stored["outbox"]].count("RematchRequested") == 1
    )


async def test_a_feedback_token_is_about_the_last_match(harness: IntakeHarness) -> None:
    from sebaya_chassis.web import feedback_link
    from support import SECRET

    opened = await harness.open_case()
    await harness.accept_match(opened["case_id"])
    await harness.close_match(opened["case_id"])
    given = (
        await harness.http.post(f"{ME}/feedback-token", headers=harness.code_headers(opened))
    ).json()
    read = feedback_link.read(SECRET, given["token"])
    assert (read.school_id, read.case_id, read.match_id, read.side) == (
        "s1",
        opened["case_id"],
        "m1",
        "student",
    )


async def test_posting_at_the_moment_of_erasure_leaves_no_words(harness: IntakeHarness) -> None:
    """A message that came too late is refused; one that came in time is wiped. None stays."""
    for number in range(5):
        opened = await harness.open_case()
        planted = f"planted-{number}-words"
        headers = harness.code_headers(opened)
        posts = [
            harness.http.post(f"{ME}/messages", json={"text": planted}, headers=headers | key())
            for _ in range(4)
        ]
        answers = await asyncio.gather(
            *posts[:2], harness.http.delete(ME, headers=headers), *posts[2:]
        )
        assert {answer.status_code for answer in answers} <= {202, 404}
        await harness.composed.jobs.handle_due_cases(SCHOOL, [opened["case_id"]])
        messages = harness.composed.runtime.database["messages"]

        async def no_words(messages: object = messages, case_id: str = opened["case_id"]) -> bool:
            found = messages.find({"state.case_id": case_id, "state.text": {"$ne": ""}})  # type: ignore[attr-defined]
            return [document async for document in found] == []

        await eventually(no_words, within=2)


async def test_an_erasure_between_reading_the_case_and_storing_the_message_wins(
    harness: IntakeHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message's write must notice that the case it was decided on is gone, wiped and done."""
    opened = await harness.open_case()
    create, erased = Documents.create, []

    async def create_after_erasure(documents: Documents[Any], *args: Any) -> None:
        if documents.name == "messages" and not erased:
            erased.append(await harness.http.delete(ME, headers=harness.code_headers(opened)))
            await harness.composed.jobs.handle_due_cases(SCHOOL, [opened["case_id"]])
        await create(documents, *args)

    monkeypatch.setattr(Documents, "create", create_after_erasure)
    answer = await harness.http.post(
        f"{ME}/messages", json={"text": "too late"}, headers=harness.code_headers(opened) | key()
    )
    assert [answer.status_code, erased[0].status_code] == [404, 202]
    assert "too late" not in await harness.dump_store()
