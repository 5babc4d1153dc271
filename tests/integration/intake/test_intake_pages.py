"""A student's pages over the real store: nothing typed is lost, a double tap opens one case, and
one tap does each thing.
"""

import asyncio
import json
import re

import pytest

from integration.intake.intake_door import SCHOOL, Door, school
from integration.intake.web_student import (
    AT,
    WORDS,
    Student,
    browser,
    cases,
    code_of,
    hidden,
    only_case,
    typed_text,
)
from sebaya_chassis.base.problems import Unavailable
from sebaya_contracts.words import SupporterState
from sebaya_intake.store import IntakeStore


async def test_four_steps_open_a_case_and_show_its_code(door: Door, student: Student) -> None:
    code = await student.asks()
    opening = (await only_case(door))["state"]["opening"]
    assert (opening["text"], opening["topic"], opening["door"], opening["consent"]["age"]) == (
        WORDS,
        "loneliness",
        "web",
        15,
    )
    assert (
        await door.http.get(f"/schools/{SCHOOL}/me", headers={"Return-Code": code})
    ).status_code == 200


async def test_a_double_tap_opens_one_case(door: Door, student: Student) -> None:
    steps = await student.steps()
    first, second = await asyncio.gather(*(student.sends_steps(steps) for _ in range(2)))
    assert code_of(first) == code_of(second)
    await only_case(door)


async def test_nothing_typed_is_lost_when_a_step_is_left_out(door: Door, student: Student) -> None:
    """Each of the steps that cannot be left out; the form comes back with all the others, and opens
    one case when it is there.
    """
    await door.supporter("sup-1", "Kak Dina")
    for left_out in ("topic", "agreed", "age"):
        steps = await student.steps(excluded="sup-1")
        answer = await student.send(
            f"{AT}/ask", {name: value for name, value in steps.items() if name != left_out}
        )
        assert answer.status_code == 422
        assert 'class="fault"' in answer.text
        assert typed_text(answer.text) == WORDS
        assert hidden(answer.text, "key") == steps["key"]
        kept = {"loneliness": "topic", "yes": "agreed"}
        for value, name in kept.items():
            assert (f'value="{value}" checked' in answer.text) == (name != left_out), (
                left_out,
                name,
            )
        assert 'value="sup-1" checked' in answer.text
    assert await cases(door) == []


async def test_words_alone_come_back_when_nothing_else_is_right(student: Student) -> None:
    steps = await student.steps(text="   ")
    answer = await student.send(f"{AT}/ask", steps)
    assert answer.status_code == 422
    assert 'id="fault-text"' in answer.text


async def test_the_other_language_keeps_what_is_typed(door: Door, student: Student) -> None:
    answer = await student.send(f"{AT}/ask", await student.steps(language="en"))
    assert answer.status_code == 200
    assert '<html lang="en">' in answer.text
    assert typed_text(answer.text) == WORDS
    assert await cases(door) == []
    assert '<html lang="en">' in (await student.get(AT)).text


async def test_the_store_away_gives_the_words_back_and_the_lines_first(
    door: Door, student: Student, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = await student.steps()

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
    assert code_of(await student.sends_steps(again))
    await only_case(door)


async def test_sent_again_with_other_words_they_wait_as_a_message(
    door: Door, student: Student
) -> None:
    """Back, a changed word, the same button: the case stands, and the new words are not thrown
    away.
    """
    steps = await student.steps()
    code_of(await student.sends_steps(steps))
    answer = await student.send(f"{AT}/ask", steps | {"text": "Ada satu hal lagi."})
    assert answer.status_code == 200
    assert typed_text(answer.text) == "Ada satu hal lagi."
    await only_case(door)


async def test_a_wrong_age_and_a_consent_that_changed_are_told_beside_their_part(
    door: Door, student: Student
) -> None:
    answer = await student.send(f"{AT}/ask", await student.steps(age="99"))
    assert (answer.status_code, 'id="fault-age"' in answer.text) == (422, True)
    answer = await student.send(f"{AT}/ask", await student.steps(consent_version="old"))
    assert (answer.status_code, 'id="fault-consent_outdated"' in answer.text) == (422, True)
    await door.knows(school(self_consent_age=17))
    door.composed.runtime.schools._cache.clear()
    answer = await student.send(f"{AT}/ask", await student.steps())
    assert (answer.status_code, 'id="fault-consent_needed"' in answer.text) == (422, True)
    assert await cases(door) == []


async def test_the_code_is_shown_again_until_it_is_confirmed(student: Student) -> None:
    code = await student.asks()
    back = await student.get(f"{AT}/ask")
    assert (back.status_code, back.headers["location"]) == (303, f"{AT}/code")
    assert code_of(await student.get(f"{AT}/code")) == code
    wrong = await student.act("/code", last="ZZZZ")
    assert wrong.status_code == 422 and code in wrong.text
    kept = await student.act("/code", last=f" {code[-4:].lower()} ")
    assert (kept.status_code, kept.headers["location"]) == (303, f"{AT}/me")
    assert code not in (await student.get(f"{AT}/code")).text
    assert (await student.get(f"{AT}/ask")).status_code == 200


async def test_the_code_opens_the_request_in_another_browser(door: Door, student: Student) -> None:
    code = await student.asks()
    async with browser(door) as elsewhere:
        assert (await elsewhere.get(f"{AT}/me")).headers["location"] == f"{AT}/return"
        assert (
            await elsewhere.act("/return", code=code.lower().replace("-", " "))
        ).status_code == 303
        page = await elsewhere.get(f"{AT}/me")
    assert "Aku &#34;sendirian&#34; &lt;b&gt;terus&lt;/b&gt; &amp; capek." in page.text
    assert WORDS not in page.text


async def test_a_wrong_code_stays_in_its_field(student: Student) -> None:
    answer = await student.act("/return", code="7K2M-9QXD-4T0B-ZC8R")
    assert answer.status_code == 404
    assert hidden(answer.text, "code") == "7K2M-9QXD-4T0B-ZC8R"


async def test_words_written_when_the_page_had_closed_come_along(
    door: Door, student: Student
) -> None:
    code = await student.asks()
    student.web.cookies.delete("sebaya_student")
    answer = await student.act("/me/messages", text="Masih di sini?", key="k" * 24)
    assert (answer.status_code, typed_text(answer.text)) == (401, "Masih di sini?")
    opened = await student.act("/return", code=code, text=typed_text(answer.text))
    assert (opened.status_code, typed_text(opened.text)) == (200, "Masih di sini?")
    assert await door.composed.runtime.database["messages"].count_documents({}) == 0


async def test_a_message_is_posted_once_a_form(door: Door, student: Student) -> None:
    await student.asks()
    key = hidden((await student.get(f"{AT}/me")).text, "key")
    for _ in range(2):
        assert (await student.act("/me/messages", text="Halo.", key=key)).status_code == 303
    assert (
        await door.composed.runtime.database["messages"].count_documents({"state.text": "Halo."})
        == 1
    )
    empty = await student.act("/me/messages", text=" ", key=key)
    assert (empty.status_code, 'id="fault-text"' in empty.text) == (422, True)


async def test_one_tap_each(door: Door, student: Student) -> None:
    await student.asks()
    case_id = (await only_case(door))["_id"]
    await door.matched(case_id)
    assert (await student.act("/me/rematch")).status_code == 303
    assert (await student.act("/me/adult")).status_code == 303
    assert (
        (await student.act("/me/feedback"))
        .headers["location"]
        .startswith(f"/evaluation/s/{SCHOOL}/feedback/")
    )
    assert (await student.act("/me/withdraw")).status_code == 303
    state = (await only_case(door))["state"]
    assert state["rematch_of"] == "m1" and state["adult_asked_at"] and state["withdrawn_at"]
    assert (await student.act("/me/rematch")).status_code == 303, (
        "too late is told by the page, not by an error"
    )
    erased = await student.act("/me/erase")
    assert erased.status_code == 200
    assert (await only_case(door))["state"]["erased_at"]
    assert (await student.get(f"{AT}/me")).headers["location"] == f"{AT}/return"


async def test_a_report_is_an_act_of_its_own_and_says_what_happens(
    door: Door, student: Student
) -> None:
    await student.asks()
    await door.matched((await only_case(door))["_id"])
    empty = await student.act("/me/report")
    assert (empty.status_code, 'id="fault-report"' in empty.text) == (422, True)
    assert (await only_case(door))["state"]["reported_at"] is None
    assert (await student.act("/me/report", reason="told_others")).status_code == 303
    state = (await only_case(door))["state"]
    assert (state["reported"], state["adult_asked_at"]) == ("told_others", None)
    told = (await student.get(f"{AT}/me/live")).text
    assert (
        "Kamu melaporkan sesuatu" in told and "Dia menceritakan tentang aku ke orang lain" in told
    )
    events = [entry["type"] for entry in (await only_case(door))["outbox"]]
    assert events.count("AdultRequested") == 1


async def test_today_asks_for_an_adult_at_once(door: Door, student: Student) -> None:
    await student.asks(urgency="today")
    state = (await only_case(door))["state"]
    assert (state["adult_asked_at"] is not None, state["opening"]["urgency"]) == (True, "today")


@pytest.mark.parametrize(
    ("chosen", "travels"),
    [("soon", "soon"), ("can_wait", "can_wait"), ("days", "can_wait"), ("", "can_wait")],
)
async def test_how_soon_somebody_is_needed_travels_with_the_request(
    door: Door, student: Student, chosen: str, travels: str
) -> None:
    await student.asks(urgency=chosen)
    case = await only_case(door)
    assert case["state"]["adult_asked_at"] is None
    (opened,) = [entry for entry in case["outbox"] if entry["type"] == "CaseOpened"]
    assert json.loads(opened["data"])["urgency"] == travels


async def test_the_lines_come_first_when_they_should(door: Door, student: Student) -> None:
    """After a worrying answer, when nobody is on call, and until the words were seen; else they are
    one tap away.
    """

    def first(html: str) -> bool:
        return "119 ext. 8" in html and html.index("119 ext. 8") > html.index("<main")

    assert first((await student.get(AT)).text), "nobody is known to be on call"
    await door.covered()
    assert not first((await student.get(AT)).text)
    assert "119 ext. 8" in (await student.get(AT)).text
    page = await student.sends_steps(await student.steps())
    assert first(page.text), "nobody has seen the words"
    case = await only_case(door)
    await door.screened(case["state"]["opening"]["message_id"], case["_id"], opening=True)
    assert not first((await student.get(f"{AT}/me")).text)
    async with browser(door) as other:
        await other.asks(self_harm_thoughts="unsure")
        (worried,) = [one for one in await cases(door) if one["_id"] != case["_id"]]
        await door.screened(worried["state"]["opening"]["message_id"], worried["_id"], opening=True)
        assert first((await other.get(f"{AT}/me")).text), "their own answer says so"


async def test_every_page_and_every_error_has_the_lines(door: Door, student: Student) -> None:
    await student.asks()
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


async def test_what_was_detected_is_never_said(door: Door, student: Student) -> None:
    await student.asks()
    case = await only_case(door)
    await door.alert(case["_id"])
    page = (await student.get(f"{AT}/me")).text.lower()
    for word in ("red", "merah", "alert", "imminent", "amber", "risiko", "terdeteksi"):
        assert not re.search(rf"\b{word}\b", page), word


async def test_a_supporter_who_is_gone_is_not_offered(door: Door, student: Student) -> None:
    await door.supporter("sup-1", "Kak Dina")
    await door.supporter("sup-2", "Kak Lama", SupporterState.RETIRED)
    page = (await student.get(f"{AT}/ask")).text
    assert "Kak Dina" in page and "Kak Lama" not in page


async def test_the_live_part_is_sent_once(door: Door, student: Student) -> None:
    await student.asks()
    first = await student.get(f"{AT}/me/live")
    assert first.headers["cache-control"] == "no-store"
    again = await student.get(f"{AT}/me/live", **{"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    await student.act("/me/messages", text="Baru.", key="n" * 24)
    changed = await student.get(f"{AT}/me/live", **{"If-None-Match": first.headers["etag"]})
    assert changed.status_code == 200 and "Baru." in changed.text
