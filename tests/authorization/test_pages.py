"""The pages of staff by a table: each role tried at each, other schools, forms that are not ours,
and what a peer's pages may show.
"""

from itertools import product

import httpx
import pytest

from authorization.district_fixture import OURS, PEER, RED, THEIRS, World
from authorization.permission_matrix import (
    ALERTS,
    OF_OWN_SCHOOLS,
    RIGHTS,
    STAFF,
    STAFF_PAGES,
    StaffPage,
)
from sebaya_chassis.web.auth import Principal
from sebaya_chassis.web.pages.csrf import COOKIE as FORM
from sebaya_chassis.web.pages.csrf import CsrfGuard
from sebaya_chassis.web.pages.staff_sessions import COOKIE
from sebaya_contracts.words import Role
from staff_session import begin_session
from support import SECRET

pytestmark = pytest.mark.asyncio(loop_scope="module")

NONCE = "n" * 22
BODY = {
    "text": "Halo.",
    "reason": "no_time",
    "end": "completed",
    "outcome": "supported",
    "peer": "yes",
    "version": "1",
    "answer": "not_known",
}
PAGE = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
ELSEWHERE = {"Sec-Fetch-Site": "cross-site"}


def session(
    world: World, role: str | None, *schools: str, person_id: str = PEER, seconds: float = 3600.0
) -> str:
    """The cookie of somebody signed in."""
    if role is None:
        return ""
    principal = Principal(person_id, frozenset({Role(role)}), frozenset(schools))
    return begin_session(world.apps["intake"], principal, seconds)


async def knock(
    world: World, page: StaffPage, staff: str, *, school: str = OURS, headers: dict[str, str] = PAGE
) -> httpx.Response:
    """With a token that fits its form; what is sent is a valid one."""
    ours = world.things[OURS]
    path = page.path.format(**ours.names() | {"school_id": school})
    cookies = f"{FORM}={NONCE}; {COOKIE}={staff}" if staff else f"{FORM}={NONCE}"
    token = CsrfGuard(SECRET, "").token(NONCE)
    body = {"data": BODY | {"token": token}} if page.method == "POST" else {}
    return await world.web[page.service].request(
        page.method, path, headers=headers | {"Cookie": cookies}, **body
    )  # type: ignore[arg-type]


async def test_a_page_lets_in_whom_its_row_names_and_nobody_else(world: World) -> None:
    before = await world.picture(OURS)
    for page, role in product(STAFF_PAGES, (None, *STAFF)):
        if role in page.who:
            continue
        answer = await knock(world, page, session(world, role, OURS))
        assert answer.status_code == (401 if role is None else 403), (page, role)
        assert answer.headers["content-type"].startswith("text/html")
    assert await world.picture(OURS) == before


async def test_each_page_opens_to_its_own(world: World) -> None:
    for page in (page for page in STAFF_PAGES if page.method == "GET"):
        for role in page.who:
            at = OURS if "{school_id}" in page.path else "*"
            answer = await knock(world, page, session(world, role, at))
            assert answer.status_code == 200, (page, role)
            assert answer.headers["cache-control"] == "no-store"


async def test_another_schools_people_find_nothing(world: World) -> None:
    before = await world.picture(OURS), await world.picture(THEIRS)
    for page in (page for page in STAFF_PAGES if page.path not in OF_OWN_SCHOOLS):
        for role in page.who:
            expected = 404 if "{school_id}" in page.path else 403
            assert (
                await knock(world, page, session(world, role, THEIRS))
            ).status_code == expected, page
            # The ids of supporters are a school's own words: both have one of this name.
            if (
                "{school_id}/" in page.path
                and "_id}" in page.path.split("{school_id}", 1)[1]
                and "{supporter_id}" not in page.path
            ):
                assert (
                    await knock(world, page, session(world, role, THEIRS), school=THEIRS)
                ).status_code == 404, page
    assert (await world.picture(OURS), await world.picture(THEIRS)) == before


async def test_the_queue_holds_the_alerts_of_ones_own_schools(world: World) -> None:
    ours, theirs = world.things[OURS].alert_id, world.things[THEIRS].alert_id
    for page in (page for page in STAFF_PAGES if page.path in OF_OWN_SCHOOLS):
        for schools in ((OURS,), (THEIRS,), (OURS, THEIRS), ("*",)):
            answer = await knock(world, page, session(world, "counsellor", *schools))
            assert answer.status_code == 200
            assert (ours in answer.text) is (OURS in schools or "*" in schools), schools
            assert (theirs in answer.text) is (THEIRS in schools or "*" in schools), schools


@pytest.mark.parametrize(
    "headers", [ELSEWHERE, {"Origin": "http://evil.test"}, {"Sec-Fetch-Site": "same-site"}]
)
async def test_a_form_of_another_site_does_nothing_for_somebody_signed_in(
    world: World, headers: dict[str, str]
) -> None:
    before = await world.picture(OURS)
    for page in (page for page in STAFF_PAGES if page.method == "POST"):
        for role in page.who:
            assert (
                await knock(world, page, session(world, role, OURS), headers=headers)
            ).status_code == 403, page
    assert await world.picture(OURS) == before


async def test_a_cookie_that_was_changed_or_is_over_signs_nobody_in(world: World) -> None:
    good = session(world, "counsellor", OURS)
    page = next(page for page in STAFF_PAGES if page.path == ALERTS)
    for bad in (
        good[:-2] + "AA",
        good[: len(good) // 2],
        "x",
        session(world, "counsellor", OURS, seconds=-1.0),
    ):
        assert (await knock(world, page, bad)).status_code == 401
    assert (await knock(world, page, good)).status_code == 200


async def test_no_route_for_programs_takes_the_cookie(world: World) -> None:
    """So no form of a stranger's page reaches one by it."""
    cookie = {"Cookie": f"{COOKIE}={session(world, 'counsellor', OURS)}"}
    for path in ("alerts", f"alerts/{world.things[OURS].alert_id}"):
        assert (
            await world.web["escalation"].get(f"/schools/{OURS}/{path}", headers=cookie)
        ).status_code == 401


async def test_a_route_for_programs_answers_a_program_whatever_header_comes(world: World) -> None:
    """Its document promises problem details; a page would be read as something else."""
    browser = {"Accept": "text/html", "HX-Request": "true"}
    for right in (right for right in RIGHTS if "nobody" not in right.who):
        answer = await world.knock(right, world.things[OURS], browser)
        assert (answer.status_code, answer.headers["content-type"]) == (
            401,
            "application/problem+json",
        ), right


async def test_a_peers_pages_show_neither_words_nor_names_before_the_match(world: World) -> None:
    """The words that came after it are the peer's to read, in intake alone."""
    staff = session(world, "supporter", OURS)
    pages = [
        page
        for page in STAFF_PAGES
        if page.service == "matching" and page.method == "GET" and "supporter" in page.who
    ]
    for page in pages:
        shown = (await knock(world, page, staff)).text
        assert RED not in shown and "gudang" not in shown
    thread = next(page for page in STAFF_PAGES if page.service == "intake" and page.method == "GET")
    shown = (await knock(world, thread, staff)).text
    assert RED in shown and "gudang" not in shown
