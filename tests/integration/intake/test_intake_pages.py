"""A student's pages over the real store: nothing typed is lost, a double tap opens one case, and
one tap does each thing.
"""

import asyncio
import json
import re

import pytest

from integration.intake.harness import SCHOOL, IntakeHarness, school
from integration.intake.student_browser import (
    AT,
    WORDS,
    StudentBrowser,
    cases,
    code_of,
    hidden,
    only_case,
    open_browser,
    typed_text,
)
from integration.service_harness import open_staff_browser
from sebaya_chassis.base.problems import Unavailable
from sebaya_chassis.web.wave_link import read_wave_link
from sebaya_contracts.words import Role, SupporterState, Wave
from sebaya_intake.store import IntakeStore
from support import SECRET


async def test_four_steps_open_a_case_and_show_its_code(
    harness: IntakeHarness, student: StudentBrowser
) -> None:
    code = await student.open_case()
    opening = (await only_case(harness))["state"]["opening"]
    assert (opening["text"], opening["topic"], opening["door"], opening["consent"]["age"]) == (
        WORDS,
        "loneliness",
        "web",
        15,
    )
    assert (
        await harness.http.get(f"/schools/{SCHOOL}/me", headers={"Return-Code": code})
    ).status_code == 200


async def test_a_double_tap_opens_one_case(harness: IntakeHarness, student: StudentBrowser) -> None:
    steps = await student.fill_steps()
    first, second = await asyncio.gather(*(student.send_steps(steps) for _ in range(2)))
    assert code_of(first) == code_of(second)
    await only_case(harness)


async def test_nothing_typed_is_lost_when_a_step_is_left_out(
    harness: IntakeHarness, student: StudentBrowser
) -> None:
    """Each of the steps that cannot be left out; the form comes back with all the others, and opens
    one case when it is there.
    """
    await harness.publish_supporter("sup-1", "Kak Dina")
    for left_out in ("topic", "agreed", "age"):
        steps = await student.fill_steps(choosing="yes")
        answer = await student.send(
            f"{AT}/ask", {name: value for name, value in steps.items() if name != left_out}
        )
        assert answer.status_code == 422
        assert 'class="fault"' in answer.text
        assert typed_text(answer.text) == WORDS
        assert hidden(answer.text, "key") == steps["key"]
        kept = {"topic": "loneliness", "agreed": "yes"}
        for name, value in kept.items():
            shown = f'name="{name}" value="{value}" checked' in answer.text
            assert shown == (name != left_out), (left_out, name)
        assert 'name="choosing" value="yes" checked' in answer.text
        assert "Kak Dina" not in answer.text
    assert await cases(harness) == []


async def test_words_alone_come_back_when_nothing_else_is_right(student: StudentBrowser) -> None:
    steps = await student.fill_steps(text="   ")
    answer = await student.send(f"{AT}/ask", steps)
    assert answer.status_code == 422
    assert 'id="fault-text"' in answer.text


async def test_the_other_language_keeps_what_is_typed(
    harness: IntakeHarness, student: StudentBrowser
) -> None:
    answer = await student.send(f"{AT}/ask", await student.fill_steps(language="en"))
    assert answer.status_code == 200
    assert '<html lang="en">' in answer.text
    assert typed_text(answer.text) == WORDS
    assert await cases(harness) == []
    assert '<html lang="en">' in (await student.get(AT)).text


async def test_the_store_away_gives_the_words_back_and_the_lines_first(
    harness: IntakeHarness, student: StudentBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = await student.fill_steps()

    async def away(*_: object) -> None:
        raise Unavailable

    with monkeypatch.context() as patch:
        patch.setattr(IntakeStore, "create_case", away)
        answer = await student.send(f"{AT}/ask", steps)
    assert answer.status_code == 503
    assert typed_text(answer.text) == WORDS
    assert answer.text.index("119 ext. 8") < answer.text.index("<h1>")
    again = {name: hidden(answer.text, name) for name in steps if name != "text"} | {
        "text": typed_text(answer.text)
    }
    assert code_of(await student.send_steps(again))
    await only_case(harness)


async def test_sent_again_with_other_words_they_wait_as_a_message(
    harness: IntakeHarness, student: StudentBrowser
) -> None:
    """Back, a changed word, the same button: the case stands, and the new words are not thrown
    away.
    """
    steps = await student.fill_steps()
    code_of(await student.send_steps(steps))
    answer = await student.send(f"{AT}/ask", steps | {"text": "Ada satu hal lagi."})
    assert answer.status_code == 200
    assert typed_text(answer.text) == "Ada satu hal lagi."
    await only_case(harness)


async def test_a_wrong_age_and_a_consent_that_changed_are_told_beside_their_part(
    harness: IntakeHarness, student: StudentBrowser
) -> None:
    answer = await student.send(f"{AT}/ask", await student.fill_steps(age="99"))
    assert (answer.status_code, 'id="fault-age"' in answer.text) == (422, True)
    answer = await student.send(f"{AT}/ask", await student.fill_steps(consent_version="old"))
    assert (answer.status_code, 'id="fault-consent_outdated"' in answer.text) == (422, True)
    await harness.define_school(school(self_consent_age=17))
    harness.composed.runtime.schools._compared_at = float("-inf")
    answer = await student.send(f"{AT}/ask", await student.fill_steps())
    assert (answer.status_code, 'id="fault-consent_needed"' in answer.text) == (422, True)
    assert await cases(harness) == []


async def test_the_code_is_shown_again_until_it_is_confirmed(student: StudentBrowser) -> None:
    code = await student.open_case()
    back = await student.get(f"{AT}/ask")
    assert (back.status_code, back.headers["location"]) == (303, f"{AT}/code")
    assert code_of(await student.get(f"{AT}/code")) == code
    wrong = await student.act("/code", last="ZZZZ")
    assert wrong.status_code == 422 and code in wrong.text
    kept = await student.act("/code", last=f" {code[-4:].lower()} ")
    assert (kept.status_code, kept.headers["location"]) == (303, f"{AT}/me")
    assert code not in (await student.get(f"{AT}/code")).text
    back = await student.get(f"{AT}/ask")
    assert (back.status_code, back.headers["location"]) == (303, f"{AT}/me")
    assert f"{AT}/me" in (await student.get(AT)).text
    assert (await student.get(f"{AT}/ask?anew=yes")).status_code == 200


async def test_the_code_opens_the_request_in_another_browser(
    harness: IntakeHarness, student: StudentBrowser
) -> None:
    code = await student.open_case()
    async with open_browser(harness) as elsewhere:
        assert (await elsewhere.get(f"{AT}/me")).headers["location"] == f"{AT}/return"
        assert (
            await elsewhere.act("/return", code=code.lower().replace("-", " "))
        ).status_code == 303
        page = await elsewhere.get(f"{AT}/me")
    assert "Aku &#34;sendirian&#34; &lt;b&gt;terus&lt;/b&gt; &amp; capek." in page.text
    assert WORDS not in page.text


async def test_a_wrong_code_stays_in_its_field(student: StudentBrowser) -> None:
    answer = await student.act("/return", code="7K2M-9QXD-4T0B-ZC8R")
    assert answer.status_code == 404
    assert hidden(answer.text, "code") == "7K2M-9QXD-4T0B-ZC8R"


async def test_words_written_when_the_page_had_closed_come_along(
    harness: IntakeHarness, student: StudentBrowser
) -> None:
    code = await student.open_case()
    student.web.cookies.delete("sebaya_student")
    answer = await student.act("/me/messages", text="Masih di sini?", key="k" * 24)
    assert (answer.status_code, typed_text(answer.text)) == (401, "Masih di sini?")
    opened = await student.act("/return", code=code, text=typed_text(answer.text))
    assert (opened.status_code, typed_text(opened.text)) == (200, "Masih di sini?")
    assert await harness.composed.runtime.database["messages"].count_documents({}) == 0


async def test_a_message_is_posted_once_a_form(
    harness: IntakeHarness, student: StudentBrowser
) -> None:
    await student.open_case()
    key = hidden((await student.get(f"{AT}/me")).text, "key")
    for _ in range(2):
        assert (await student.act("/me/messages", text="Halo.", key=key)).status_code == 303
    assert (
        await harness.composed.runtime.database["messages"].count_documents({"state.text": "Halo."})
        == 1
    )
    empty = await student.act("/me/messages", text=" ", key=key)
    assert (empty.status_code, 'id="fault-text"' in empty.text) == (422, True)


async def test_questions_are_offered_by_policy_until_an_adult_is_needed(
    harness: IntakeHarness, student: StudentBrowser
) -> None:
    await harness.define_school(school(wave_instruments=("sebaya-student",)))
    await student.open_case()
    case = await only_case(harness)
    assert "/me/questions" not in (await student.get(f"{AT}/me")).text, "before the words are read"
    await harness.publish_verdict(case["state"]["opening"]["message_id"], case["_id"], opening=True)
    assert "/me/questions" in (await student.get(f"{AT}/me")).text
    address = (await student.act("/me/questions")).headers["location"]
    link = read_wave_link(SECRET, address.removeprefix(f"/evaluation/s/{SCHOOL}/questions/"))
    assert (link.school_id, link.case_id, link.wave) == (SCHOOL, case["_id"], Wave.PRE)
    await harness.raise_alert(case["_id"])
    assert "/me/questions" not in (await student.get(f"{AT}/me")).text
    assert (await student.act("/me/questions")).headers["location"] == f"{AT}/me"


async def test_one_tap_each(harness: IntakeHarness, student: StudentBrowser) -> None:
    await student.open_case()
    case_id = (await only_case(harness))["_id"]
    await harness.accept_match(case_id)
    assert (await student.act("/me/rematch")).status_code == 303
    assert (await student.act("/me/adult")).status_code == 303
    assert (
        (await student.act("/me/feedback"))
        .headers["location"]
        .startswith(f"/evaluation/s/{SCHOOL}/feedback/")
    )
    assert (await student.act("/me/questions")).headers["location"] == f"{AT}/me", "it is off"
    assert (await student.act("/me/withdraw")).status_code == 303
    state = (await only_case(harness))["state"]
    assert state["rematch_of"] == "m1" and state["adult_asked_at"] and state["withdrawn_at"]
    assert (await student.act("/me/rematch")).status_code == 303, (
        "too late is told by the page, not by an error"
    )
    erased = await student.act("/me/erase")
    assert erased.status_code == 200
    assert (await only_case(harness))["state"]["erased_at"]
    assert (await student.get(f"{AT}/me")).headers["location"] == f"{AT}/return"


async def test_a_report_is_an_act_of_its_own_and_says_what_happens(
    harness: IntakeHarness, student: StudentBrowser
) -> None:
    await student.open_case()
    await harness.accept_match((await only_case(harness))["_id"])
    empty = await student.act("/me/report")
    assert (empty.status_code, 'id="fault-report"' in empty.text) == (422, True)
    assert (await only_case(harness))["state"]["reported_at"] is None
    assert (await student.act("/me/report", reason="told_others")).status_code == 303
    state = (await only_case(harness))["state"]
    assert (state["reported"], state["adult_asked_at"]) == ("told_others", None)
    told = (await student.get(f"{AT}/me/live")).text
    assert (
        "Kamu melaporkan sesuatu" in told and "Dia menceritakan tentang aku ke orang lain" in told
    )
    events = [entry["type"] for entry in (await only_case(harness))["outbox"]]
    assert events.count("AdultRequested") == 1


async def test_today_asks_for_an_adult_at_once(
    harness: IntakeHarness, student: StudentBrowser
) -> None:
    await student.open_case(urgency="today")
    state = (await only_case(harness))["state"]
    assert (state["adult_asked_at"] is not None, state["opening"]["urgency"]) == (True, "today")


@pytest.mark.parametrize(
    ("chosen", "travels"),
    [("soon", "soon"), ("can_wait", "can_wait"), ("days", "can_wait"), ("", "can_wait")],
)
async def test_how_soon_somebody_is_needed_travels_with_the_request(
    harness: IntakeHarness, student: StudentBrowser, chosen: str, travels: str
) -> None:
    await student.open_case(urgency=chosen)
    case = await only_case(harness)
    assert case["state"]["adult_asked_at"] is None
    (opened,) = [entry for entry in case["outbox"] if entry["type"] == "CaseOpened"]
    assert json.loads(opened["data"])["urgency"] == travels


async def test_the_lines_come_first_when_they_should(
    harness: IntakeHarness, student: StudentBrowser
) -> None:
    """After a worrying answer, when nobody is on call, and until the words were seen; else they are
    one tap away.
    """

    def first(html: str) -> bool:
        return "119 ext. 8" in html and html.index("119 ext. 8") > html.index("<main")

    assert first((await student.get(AT)).text), "nobody is known to be on call"
    await harness.publish_coverage()
    assert not first((await student.get(AT)).text)
    assert "119 ext. 8" in (await student.get(AT)).text
    page = await student.send_steps(await student.fill_steps())
    assert first(page.text), "nobody has seen the words"
    case = await only_case(harness)
    await harness.publish_verdict(case["state"]["opening"]["message_id"], case["_id"], opening=True)
    assert not first((await student.get(f"{AT}/me")).text)
    async with open_browser(harness) as other:
        await other.open_case(self_harm_thoughts="unsure")
        (worried,) = [one for one in await cases(harness) if one["_id"] != case["_id"]]
        await harness.publish_verdict(
            worried["state"]["opening"]["message_id"], worried["_id"], opening=True
        )
        assert first((await other.get(f"{AT}/me")).text), "their own answer says so"


async def test_every_page_and_every_error_has_the_lines(
    harness: IntakeHarness, student: StudentBrowser
) -> None:
    await student.open_case()
    for path in (
        AT,
        f"{AT}/ask",
        f"{AT}/code",
        f"{AT}/return",
        f"{AT}/me",
        f"{AT}/me/erase",
        f"{AT}/nowhere",
        "/",
    ):
        answer = await student.get(path)
        if answer.status_code == 303:
            answer = await student.get(answer.headers["location"])
        assert "119 ext. 8" in answer.text, path
    assert "tel:" not in (await student.get("/s/unknown")).text, "no number of another country"
    assert "Layanan darurat" in (await student.get("/s/unknown")).text


async def test_what_was_detected_is_never_said(
    harness: IntakeHarness, student: StudentBrowser
) -> None:
    await student.open_case()
    case = await only_case(harness)
    await harness.raise_alert(case["_id"])
    page = (await student.get(f"{AT}/me")).text.lower()
    for word in ("red", "merah", "alert", "imminent", "amber", "risiko", "terdeteksi"):
        assert not re.search(rf"\b{word}\b", page), word


async def test_the_first_pages_name_no_supporter(
    harness: IntakeHarness, student: StudentBrowser
) -> None:
    await harness.publish_supporter("sup-1", "Kak Dina")
    await harness.publish_supporter("sup-2", "Kak Lama", SupporterState.RETIRED)
    page = (await student.get(f"{AT}/ask")).text
    assert "Kak Dina" not in page and "Kak Lama" not in page


async def test_the_live_part_is_sent_once(harness: IntakeHarness, student: StudentBrowser) -> None:
    await student.open_case()
    first = await student.get(f"{AT}/me/live")
    assert first.headers["cache-control"] == "no-store"
    again = await student.get(f"{AT}/me/live", **{"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    await student.act("/me/messages", text="Baru.", key="n" * 24)
    changed = await student.get(f"{AT}/me/live", **{"If-None-Match": first.headers["etag"]})
    assert changed.status_code == 200 and "Baru." in changed.text


async def test_unverified_lines_are_the_operators_worry_and_no_students(
    harness: IntakeHarness, student: StudentBrowser
) -> None:
    seen = (await student.get(f"{AT}/help")).text
    assert "SEJIWA" in seen and "healing119.id" in seen
    assert "diperiksa 7 Agustus 2025" in seen, "what was checked says when"
    assert "belum kami periksa" not in seen and "1 Januari 2025" not in seen
    operator = open_staff_browser(harness.http, harness.composed.app, "op", Role.OPERATOR, "*")
    told = (await operator.get("/operations/part")).text
    assert "Crisis lines still to be checked (ID): SEJIWA, Emergency" in told
    assert "healing119.id" not in told
