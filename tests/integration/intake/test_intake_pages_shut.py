"""What a student's pages refuse, forget and never show: other sites' forms, other browsers, the
next user of a computer, and looking alone.
"""

import re

import pytest

from integration.intake.harness import SCHOOL, IntakeHarness, school
from integration.intake.student_browser import (
    AT,
    FROM_HERE,
    PAGE,
    STEPS,
    WORDS,
    StudentBrowser,
    code_of,
    only_case,
    open_browser,
    typed_text,
)
from support import methods_and_paths

FORMS = (
    "/ask",
    "/code",
    "/return",
    "/return/adult",
    "/me/messages",
    "/me/adult",
    "/me/link",
    "/me/rematch",
    "/me/withdraw",
    "/me/erase",
    "/me/feedback",
)


@pytest.mark.parametrize(
    "forged",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://evil.test"},
    ],
)
async def test_a_form_of_another_site_does_nothing(
    harness: IntakeHarness, student: StudentBrowser, forged: dict[str, str]
) -> None:
    """Even with a token that fits and every cookie."""
    await student.open_case()
    before = await harness.dump_store()
    token = await student.fetch_token()
    for path in FORMS:
        answer = await student.web.post(
            f"{AT}{path}", data=STEPS | {"token": token, "key": "x" * 24}, headers=PAGE | forged
        )
        assert answer.status_code == 403, path
    assert await harness.dump_store() == before


@pytest.mark.parametrize("token", ["", "0" * 64, "é"])
async def test_a_form_without_our_token_does_nothing_and_loses_nothing(
    harness: IntakeHarness, student: StudentBrowser, token: str
) -> None:
    await student.open_case()
    before = await harness.dump_store()
    for path in FORMS:
        answer = await student.send(f"{AT}{path}", STEPS | {"token": token, "key": "x" * 24})
        assert answer.status_code == 403, path
        assert typed_text(answer.text) == WORDS
    assert await harness.dump_store() == before


async def test_another_browsers_token_fits_no_other(
    harness: IntakeHarness, student: StudentBrowser
) -> None:
    await student.open_case()
    async with open_browser(harness) as other:
        stolen = await other.fetch_token()
    assert (await student.send(f"{AT}/me/adult", {"token": stolen})).status_code == 403
    assert (await only_case(harness))["state"]["adult_asked_at"] is None


async def test_nothing_changes_by_looking(harness: IntakeHarness, student: StudentBrowser) -> None:
    """A scanner that opens every address three times, with a student's cookies."""
    await student.open_case()
    before = await harness.dump_store()
    paths = [
        path
        for method, path in methods_and_paths(harness.composed.app)
        if method == "GET" and not path.startswith("/schools/")
    ]
    assert len(paths) > 10
    for path in paths:
        for _ in range(3):
            await student.get(path.replace("{school_id}", SCHOOL).replace("{name}", "x"))
    assert await harness.dump_store() == before


async def test_leaving_forgets_even_when_the_store_is_away(
    harness: IntakeHarness, student: StudentBrowser
) -> None:
    await student.open_case()
    harness.composed.runtime.prepared.clear()
    answer = await student.send(f"{AT}/leave", {})
    harness.composed.runtime.prepared.set()
    assert (answer.status_code, answer.headers["location"]) == (303, "https://id.wikipedia.org/")
    assert (await student.get(f"{AT}/me")).headers["location"] == f"{AT}/return"
    assert (await student.get(f"{AT}/code")).headers["location"] == AT


async def test_the_cookies_of_a_student_stay_on_intakes_path_and_out_of_scripts(
    student: StudentBrowser,
) -> None:
    answer = await student.send(f"{AT}/ask", await student.fill_steps())
    code = code_of(await student.get(answer.headers["location"]))
    cookies = answer.headers.get_list("set-cookie")
    assert len(cookies) == 2
    for cookie in cookies:
        assert "HttpOnly" in cookie and "SameSite=strict" in cookie and f"Path={AT}" in cookie, (
            cookie.split("=")[0]
        )
        assert code not in cookie


async def test_a_cookie_of_another_school_or_another_purpose_opens_nothing(
    harness: IntakeHarness, student: StudentBrowser
) -> None:
    await student.open_case()
    await harness.define_school(school("s2"))
    taken = {cookie.name: cookie.value for cookie in student.web.cookies.jar}
    for name, value in (
        ("sebaya_student", taken["sebaya_student"]),
        ("sebaya_student", taken["sebaya_new"]),
    ):
        async with open_browser(harness) as other:
            other.web.cookies.set(name, str(value))
            at = "/s/s2" if value == taken["sebaya_student"] else AT
            assert (await other.get(f"{at}/me")).headers["location"] == f"{at}/return"


async def test_photos_and_files_are_refused_in_the_same_look(student: StudentBrowser) -> None:
    answer = await student.web.post(f"{AT}/ask", files={"text": b"photo"}, headers=PAGE | FROM_HERE)
    assert answer.status_code == 415
    assert "Foto dan berkas tidak bisa dikirim" in answer.text


async def test_programs_get_problem_details_and_browsers_pages(student: StudentBrowser) -> None:
    page = await student.get("/s/unknown/ask")
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    told = await student.web.get("/s/unknown/ask", headers={"Accept": "application/json"})
    assert (told.status_code, told.headers["content-type"]) == (404, "application/problem+json")
    assert told.json()["crisis"]["show_first"] is True


async def test_pages_are_private_and_run_nothing_that_is_not_ours(student: StudentBrowser) -> None:
    for path in (AT, f"{AT}/ask", f"{AT}/return", "/s/unknown"):
        answer = await student.get(path)
        policy = answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"
        assert (
            "unsafe" not in policy
            and "default-src 'none'" in policy
            and "frame-ancestors 'none'" in policy
        )
        assert not re.search(
            r"\son\w+=|<style|\sstyle=|<script(?![^>]*\ssrc=)|javascript:", answer.text
        )
    asset = re.search(r'href="(/static/sebaya\.[0-9a-f]{12}\.css)"', (await student.get(AT)).text)
    assert asset
    assert (await student.get(asset[1])).headers[
        "cache-control"
    ] == "public, max-age=31536000, immutable"


async def test_the_language_is_the_browsers_or_the_one_chosen_by_hand(
    student: StudentBrowser,
) -> None:
    assert (
        '<html lang="en">'
        in (await student.get(AT, **{"Accept-Language": "fr, en-GB;q=0.8, id;q=0.5"})).text
    )
    assert '<html lang="id">' in (await student.get(AT, **{"Accept-Language": "fr"})).text, (
        "the school's first"
    )
    for back in ("//evil.test/", "/\\evil.test", "https://evil.test", "/s/s1\nX: y"):
        token = await student.fetch_token()
        answer = await student.send("/language", {"token": token, "language": "en", "back": back})
        assert answer.headers["location"] == "/", back
    assert '<html lang="en">' in (await student.get(AT)).text
