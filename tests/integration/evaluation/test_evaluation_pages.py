"""Evaluation's pages: a student says how it went, by the link of intake alone; reports hide what is
too small.
"""

import re
from datetime import UTC, datetime, timedelta

import httpx

from conformance import evaluation as scenario
from integration.evaluation.harness import MONDAY, SMALLEST, YEAR, EvaluationHarness
from sebaya_chassis.web.auth import Principal
from sebaya_chassis.web.pages.staff_sessions import COOKIE
from sebaya_chassis.web.wave_link import WaveLink, issue_wave_link
from sebaya_contracts.district import Policies
from sebaya_contracts.intake import CaseErased
from sebaya_contracts.words import CaseTopic, Role, Wave
from sebaya_evaluation import commands
from sebaya_evaluation.domain.spans import RHYTHM
from sebaya_evaluation.domain.waves import WaveStudent
from sebaya_evaluation.pages.reports import draw_bars
from sebaya_evaluation.schemas import Between, Hidden
from staff_session import begin_session
from support import SECRET

PAGE = {"Accept": "text/html", "Accept-Language": "id", "Sec-Fetch-Site": "same-origin"}


def path_of(
    harness: EvaluationHarness, case_id: str, school_id: str = "s1", at: datetime | None = None
) -> str:
    return f"/s/{school_id}/feedback/{harness.link(case_id, school_id, at)['Feedback-Token']}"


async def get(harness: EvaluationHarness, path: str) -> httpx.Response:
    return await harness.http.get(path, headers=PAGE)


async def send(harness: EvaluationHarness, path: str, **answers: str) -> httpx.Response:
    token = re.search(r'name="token" value="([^"]+)"', (await get(harness, path)).text)
    assert token
    return await harness.http.post(path, data={"token": token[1], **answers}, headers=PAGE)


async def responses(harness: EvaluationHarness) -> list[dict[str, int]]:
    return [
        found["state"]["answers"]
        async for found in harness.composed.runtime.database["responses"].find({})
    ]


async def test_answers_given_on_the_page_are_kept_once(harness: EvaluationHarness) -> None:
    await harness.cases(1)
    path = path_of(harness, "s1-k0")
    assert "Apakah kamu merasa didengarkan?" in (await get(harness, path)).text
    for _ in range(2):
        assert (await send(harness, path, heard="5", better="4")).status_code == 200
    assert await responses(harness) == [{"heard": 5, "better": 4}]
    other = await send(harness, path, heard="1")
    assert (other.status_code, "Kamu sudah menjawabnya" in other.text) == (409, True)


async def test_no_answer_at_all_brings_the_form_back(harness: EvaluationHarness) -> None:
    await harness.cases(1)
    for answers in ({}, {"heard": ""}, {"heard": "nine"}, {"heard": "9"}, {"unknown": "3"}):
        assert (await send(harness, path_of(harness, "s1-k0"), **answers)).status_code == 422
    assert await responses(harness) == []


async def test_questions_are_answered_page_by_page_and_kept_once(
    harness: EvaluationHarness,
) -> None:
    """What was answered travels in the form alone; the next opening starts empty."""
    await harness.define("s1", 2, policies=Policies(wave_instruments=("phq-9", "sebaya-student")))
    await harness.cases(1)
    link = WaveLink("s1", "s1-k0", Wave.PRE)
    path = f"/s/s1/questions/{issue_wave_link(SECRET, link, datetime.now(UTC)).token}"
    first = (await get(harness, path)).text
    assert first.count("<fieldset") == first.count("<legend") == 3 and "self-harm" not in first
    sent = {"instrument": "sebaya-student", "go": "on", "page": "0", "item-left-out": "partly"}
    second = (await send(harness, path, **sent)).text
    assert 'name="item-left-out" value="partly"' in second and "checked" not in second
    back = (await send(harness, path, **sent | {"page": "1", "go": "back"})).text
    assert back.count('value="partly" checked') == 1
    english = (await send(harness, path, **sent | {"page": "1", "language": "en"})).text
    assert "I can ask someone for help" in english and 'value="partly"' in english
    last = sent | {"page": "2"}
    wrong = await send(harness, path, **last | {"item-keep-up": "partly-so"})
    assert (wrong.status_code, wrong.text.count('class="faulty"')) == (422, 1)
    for option in ("partly", "partly", "mostly"):
        assert (await send(harness, path, **last | {"item-left-out": option})).status_code == 303
    (kept,) = await harness.composed.runtime.database["responses"].find({}).to_list()
    assert kept["state"]["sheet"]["answers"] == {"left-out": "partly"}
    assert [entry["type"] for entry in kept["outbox"]] == ["WaveAnswered"]
    assert "Thank you" in (again := (await get(harness, path)).text) and "partly" not in again
    await harness.count_dirty()
    assert (await harness.total()).get_count("wave/sebaya-student/pre") == 1
    gone = CaseErased(school_id="s1", case_id="s1-k0", erased_at=scenario.after(900))
    await harness.deliver([scenario.Sourced(scenario.CASES, "s1-k0", 2, gone)])
    assert (await get(harness, path)).status_code == 404
    (kept,) = await harness.composed.runtime.database["responses"].find({}).to_list()
    assert (kept["state"]["sheet"], kept["state"]["erased"]) == (None, True)


async def test_what_changed_is_told_with_how_many_answered(harness: EvaluationHarness) -> None:
    number = 4 * SMALLEST
    policies = Policies(minimum_cell=SMALLEST, wave_instruments=("sebaya-student",))
    await harness.define("s1", 2, policies=policies)
    await harness.cases(number)
    harness.travel(MONDAY)
    steps = ["not-at-all", "a-little", "partly", "mostly", "completely"]
    for at in range(number):
        for wave, option in ((Wave.PRE, steps[at % 4]), (Wave.POST, steps[at % 3 + 1])):
            student = WaveStudent(f"s1-k{at}", wave)
            answers = dict.fromkeys(("can-ask", "calm-down"), option)
            await commands.answer_wave(harness.store(), student, "sebaya-student", answers)
    harness.travel(MONDAY + RHYTHM)
    headers = signed_in(harness, Role.COORDINATOR, "s1")
    page = await harness.http.get("/s/s1/report", params=YEAR, headers=headers)
    assert page.status_code == 200
    row = re.compile(r'<tr><th scope="row">([^<]+)</th>\s*<td data-label=(.+?)</tr>', re.DOTALL)
    rows = row.findall(page.text)
    coping = dict(rows)["Menghadapi masalah"]
    assert "12 sampai 14" in coping and "0,5 sampai 1" in coping
    assert len(re.findall(r">-?\d,\d \(-?\d,\d sampai \d,\d\)<", coping)) == 2
    assert dict(rows)["Belajar"].count("terlalu sedikit untuk ditampilkan") == 3
    assert "kembali ke rata-rata" in page.text and "(interval 95%)" in page.text
    term = await harness.http.get("/s/s1/report", params={"span": "2026-12"}, headers=headers)
    assert "Perubahan hanya ditampilkan untuk satu tahun ajaran penuh" in term.text


async def test_an_old_link_and_one_of_another_school_open_nothing(
    harness: EvaluationHarness,
) -> None:
    await harness.cases(1)
    old = path_of(harness, "s1-k0", at=datetime.now(UTC) - timedelta(hours=3))
    foreign = path_of(harness, "s1-k0").replace("/s/s1/", "/s/s2/")
    for path in (old, foreign, "/s/s1/feedback/anything"):
        answer = await get(harness, path)
        assert (answer.status_code, "Halaman ini sudah tertutup sendiri" in answer.text) == (
            401,
            True,
        )


async def test_a_form_of_another_site_gives_no_answer(harness: EvaluationHarness) -> None:
    await harness.cases(1)
    path = path_of(harness, "s1-k0")
    await get(harness, path)
    forged = await harness.http.post(path, data={"heard": "1"}, headers=PAGE)
    assert forged.status_code == 403
    elsewhere = await harness.http.post(
        path, data={"heard": "1"}, headers=PAGE | {"Sec-Fetch-Site": "cross-site"}
    )
    assert elsewhere.status_code == 403
    assert await responses(harness) == []


def signed_in(harness: EvaluationHarness, role: Role, *schools: str) -> dict[str, str]:
    """The headers of a browser in which somebody is signed in."""
    person = Principal("p", frozenset({role}), frozenset(schools))
    # An hour by the service's clock, which may have travelled.
    ahead = (harness.store().now() - datetime.now(UTC)).total_seconds()
    name = begin_session(harness.composed.app, person, ahead + 3600)
    return PAGE | {"Cookie": f"{COOKIE}={name}"}


def numbers(html: str) -> dict[str, str]:
    """The tables beside the charts, by row."""
    rows = re.findall(r'<th scope="row">([^<]+)</th><td class="number">(?:<em>)?([^<]+)', html)
    return dict(rows)


async def test_what_is_too_small_is_hidden_and_never_zero(harness: EvaluationHarness) -> None:
    await harness.cases(SMALLEST - 1, topic=CaseTopic.GRIEF)
    await harness.cases(SMALLEST, topic=CaseTopic.FAMILY, name="f")
    harness.travel()
    page = await harness.http.get(
        "/s/s1/report", params=YEAR, headers=signed_in(harness, Role.COORDINATOR, "s1")
    )
    assert page.status_code == 200
    shown = numbers(page.text)
    assert shown["Kehilangan seseorang"] == "disembunyikan"
    assert shown["Masalah di rumah"] == "3 sampai 5"
    assert page.text.count('class="hidden-bar"') == list(shown.values()).count("disembunyikan")
    assert "7 Desember 2026" in page.text and "14 Desember 2026" in page.text
    assert "terlalu sedikit untuk ditampilkan" in page.text


async def test_the_span_of_a_report_is_chosen_on_the_page(harness: EvaluationHarness) -> None:
    harness.travel()
    for path, role, school in (
        ("/s/s1/report", Role.COORDINATOR, "s1"),
        ("/district", Role.DISTRICT_LEAD, "*"),
    ):
        headers = signed_in(harness, role, school)
        for span, name in (
            ("", "Tahun ajaran 2026/2027"),
            ("2026-2027.1", "Semester 1, 2026/2027"),
            ("2026-10", "Oktober 2026"),
        ):
            page = await harness.http.get(path, params={"span": span}, headers=headers)
            assert (page.status_code, chosen(page.text)) == (200, name)
        unknown = await harness.http.get(path, params={"span": "2026-10_2026-11"}, headers=headers)
        assert (unknown.status_code, chosen(unknown.text)) == (422, "Tahun ajaran 2026/2027")
        assert re.findall(r'id="fault-(\w+)"', unknown.text) == ["span"]


def chosen(page: str) -> str:
    (name,) = re.findall(r'<option value="[^"]*" selected>([^<]*)</option>', page)
    return str(name)


async def test_the_district_is_for_its_lead_and_the_totals_for_its_operator(
    harness: EvaluationHarness,
) -> None:
    for path, role, other in (
        ("/district", Role.DISTRICT_LEAD, Role.OPERATOR),
        ("/operations", Role.OPERATOR, Role.DISTRICT_LEAD),
    ):
        assert (
            await harness.http.get(path, headers=signed_in(harness, role, "*"))
        ).status_code == 200
        assert (
            await harness.http.get(path, headers=signed_in(harness, role, "s1"))
        ).status_code == 403
        assert (
            await harness.http.get(path, headers=signed_in(harness, other, "*"))
        ).status_code == 403


def test_bars_are_as_wide_as_their_part() -> None:
    bars = draw_bars(
        {
            "a": Between(at_least=30, at_most=40),
            "b": Between(at_least=10, at_most=20),
            "c": Hidden(),
            "d": Between(at_least=0, at_most=0),
        }
    )
    assert [(bar.width, bar.open_width) for bar in bars] == [(75, 100), (25, 50), (0, 0), (0, 0)]
    assert [bar.value is None for bar in bars] == [False, False, True, False]
    assert [bar.width for bar in draw_bars({"b": Hidden()})] == [0]
