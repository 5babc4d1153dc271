"""Evaluation's pages: a student says how it went, by the link of intake alone; reports hide what is
too small.
"""

import re
from datetime import UTC, datetime, timedelta

import httpx

from integration.evaluation.harness import SMALLEST, YEAR, EvaluationHarness
from sebaya_chassis.web.auth import Principal
from sebaya_chassis.web.pages.staff_sessions import COOKIE
from sebaya_contracts.words import CaseTopic, Role
from sebaya_evaluation.pages.reports import draw_bars
from sebaya_evaluation.schemas import Between, Hidden
from staff_session import begin_session

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
    assert (other.status_code, "Kamu sudah menceritakannya" in other.text) == (409, True)


async def test_no_answer_at_all_brings_the_form_back(harness: EvaluationHarness) -> None:
    await harness.cases(1)
    for answers in ({}, {"heard": ""}, {"heard": "nine"}, {"heard": "9"}, {"unknown": "3"}):
        assert (await send(harness, path_of(harness, "s1-k0"), **answers)).status_code == 422
    assert await responses(harness) == []


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
