"""Return codes: guessing is limited by what is tried, wherever it comes from; the way to help is
never limited.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY

from integration.intake.harness import IntakeHarness, key, prepared_intake
from integration.intake.student_browser import AT, open_browser
from sebaya_chassis.storage.layout import LoadedDocument
from sebaya_chassis.web.issuer import LocalIssuer, load_key
from sebaya_intake.code_rate_limit import COLLECTION
from sebaya_intake.domain.case import Case
from sebaya_intake.errors import UnknownCode
from sebaya_intake.keys import ALPHABET
from sebaya_intake.main import compose
from sebaya_intake.settings import Settings
from sebaya_intake.store import IntakeStore
from servers import Servers
from support import ISSUER, environment, eventually

LIMIT = 4
SLOW = 0.4
DRESSED: tuple[dict[str, str], ...] = tuple(
    {name: f"203.0.113.{number}"}
    for number, name in enumerate(
        (
            "X-Forwarded-For",
            "Forwarded",
            "X-Real-IP",
            "True-Client-IP",
            "CF-Connecting-IP",
            "X-Client-IP",
            "Via",
        )
    )
)


@pytest.fixture
async def harness(servers: Servers, prefix: str) -> AsyncIterator[IntakeHarness]:
    async with prepared_intake(
        servers, prefix, code_tries=LIMIT, school_tries=60, slow_seconds=SLOW, answer_seconds=60
    ) as made:
        yield made


@asynccontextmanager
async def replica(servers: Servers, prefix: str) -> AsyncIterator[IntakeHarness]:
    """Another process's worth of intake on the same store."""
    composed = compose(Settings(**environment(servers, prefix, code_tries=LIMIT)))
    await composed.runtime.prepare()
    transport = httpx.ASGITransport(app=composed.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://intake.test") as http:
        yield IntakeHarness(composed, http, LocalIssuer(ISSUER, "sebaya", load_key(None)))
    await composed.runtime.producer.stop()
    await composed.runtime.client.close()


def guesses(code: str, number: int, at: int = -1) -> list[str]:
    """Codes that differ from a right one in one group."""
    groups = code.split("-")
    found = []
    for guess in range(number + 1):
        other = ALPHABET[guess % 32] + ALPHABET[guess // 32 % 32] + groups[at][2:]
        if other != groups[at]:
            changed = groups.copy()
            changed[at] = other
            found.append("-".join(changed))
    return found[:number]


async def look(harness: IntakeHarness, code: str, **headers: str) -> httpx.Response:
    return await harness.http.get("/schools/s1/me", headers={"Return-Code": code, **headers})


async def guessed(
    harness: IntakeHarness, code: str, number: int = LIMIT, at: int = -1
) -> list[int]:
    return [(await look(harness, guess)).status_code for guess in guesses(code, number, at)]


@pytest.mark.parametrize("at", range(4))
async def test_a_code_is_looked_at_only_so_often_whichever_part_of_it_is_guessed(
    harness: IntakeHarness, at: int
) -> None:
    """Whoever saw three groups over a shoulder and tries the fourth; then not even the right one is
    told from a wrong one.
    """
    code = (await harness.open_case())["return_code"]
    assert await guessed(harness, code, LIMIT, at) == [404] * LIMIT
    refused = await look(harness, guesses(code, LIMIT + 1, at)[-1])
    assert refused.status_code == 429
    assert (await look(harness, code)).status_code == 429
    body = refused.json()
    assert body["type"] == "urn:sebaya:problem:too-many-tries"
    assert refused.headers["content-type"] == "application/problem+json"
    assert 1 <= int(refused.headers["retry-after"]) <= 900
    assert body["crisis"]["lines"]


async def test_no_address_that_a_sender_claims_starts_the_count_anew(
    harness: IntakeHarness,
) -> None:
    code = (await harness.open_case())["return_code"]
    statuses = [
        (await look(harness, guess, **DRESSED[number % len(DRESSED)])).status_code
        for number, guess in enumerate(guesses(code, 3 * LIMIT))
    ]
    assert statuses == [404] * LIMIT + [429] * 2 * LIMIT


async def test_a_code_written_differently_is_the_same_code(harness: IntakeHarness) -> None:
    code = (await harness.open_case())["return_code"]
    written = [
        guesses(code, 1)[0].lower(),
        guesses(code, 2)[1].replace("-", " "),
        guesses(code, 3)[2].replace("-", ""),
    ]
    assert {(await look(harness, guess)).status_code for guess in written} == {404}
    await guessed(harness, code, LIMIT)
    assert (await look(harness, code.lower().replace("-", "  "))).status_code == 429


async def test_many_tries_at_once_are_told_no_more(harness: IntakeHarness) -> None:
    code = (await harness.open_case())["return_code"]
    answers = await asyncio.gather(*(look(harness, guess) for guess in guesses(code, 30)))
    statuses = [answer.status_code for answer in answers]
    # On a slow machine fewer get their turn in time.
    assert 1 <= statuses.count(404) <= LIMIT
    assert set(statuses) == {404, 429}


async def test_a_right_code_among_many_at_once_is_found_within_the_limit_only(
    harness: IntakeHarness,
) -> None:
    code = (await harness.open_case())["return_code"]
    tried = [*guesses(code, 30), code]
    answers = await asyncio.gather(*(look(harness, one) for one in tried))
    assert answers[-1].status_code == 429


async def test_the_count_is_one_for_all_replicas_and_outlives_them(
    servers: Servers, prefix: str, harness: IntakeHarness
) -> None:
    code = (await harness.open_case())["return_code"]
    async with replica(servers, prefix) as other:
        for number, guess in enumerate(guesses(code, LIMIT)):
            assert (await look(harness if number % 2 else other, guess)).status_code == 404
        assert (await look(harness, code)).status_code == 429
    async with replica(servers, prefix) as restarted:
        assert (await look(restarted, code)).status_code == 429


async def test_the_way_to_help_is_never_limited(harness: IntakeHarness) -> None:
    """While a student's own code is being guessed, and everybody's: open, write, ask for an adult,
    see the lines.
    """
    opened = await harness.open_case()
    await guessed(harness, opened["return_code"], LIMIT + 1)
    assert (await look(harness, opened["return_code"])).status_code == 429
    await used_up(harness)
    slowed = REGISTRY.get_sample_value("sebaya_intake_tries_slowed_total")
    mine = harness.code_headers(opened) | shown(opened)
    for _ in range(3):
        written = await harness.http.post(
            "/schools/s1/me/messages", json={"text": "Tolong."}, headers=mine | key()
        )
        assert written.status_code == 202
        asked = await harness.http.post("/schools/s1/me/adult", headers=mine)
        assert (asked.status_code, asked.json()["case_id"]) == (202, opened["case_id"])
        assert (await harness.http.get("/schools/s1")).json()["crisis"]["lines"]
        await harness.open_case()
    assert (
        await harness.composed.runtime.database["messages"].count_documents(
            {"state.case_id": opened["case_id"]}
        )
        == 3
    )
    assert REGISTRY.get_sample_value("sebaya_intake_tries_slowed_total") == slowed


def shown(opened: dict[str, Any]) -> dict[str, str]:
    return {"Return-Pass": opened["return_pass"]}


async def test_who_was_let_in_before_is_not_kept_out_by_others_guesses(
    harness: IntakeHarness,
) -> None:
    """Reading, leaving and erasing too: whoever saw a part of a code over a shoulder takes nothing
    of it from its holder.
    """
    opened = await harness.open_case()
    await guessed(harness, opened["return_code"], LIMIT + 1)
    await used_up(harness)
    assert (await look(harness, opened["return_code"])).status_code == 429
    slowed = REGISTRY.get_sample_value("sebaya_intake_tries_slowed_total")
    mine = harness.code_headers(opened) | shown(opened)
    seen = await harness.http.get("/schools/s1/me", headers=mine)
    assert (seen.status_code, seen.json()["return_pass"]) == (200, opened["return_pass"])
    assert (await harness.http.get("/schools/s1/me/messages", headers=mine)).status_code == 200
    assert (await harness.http.post("/schools/s1/me/withdraw", headers=mine)).status_code == 202
    assert (await harness.http.delete("/schools/s1/me", headers=mine)).status_code == 202
    assert REGISTRY.get_sample_value("sebaya_intake_tries_slowed_total") == slowed


async def test_a_pass_is_of_one_code_and_opens_nothing(harness: IntakeHarness) -> None:
    """With a pass of one's own nobody guesses faster: it is looked at with its code only."""
    opened, other = await harness.open_case(), await harness.open_case()
    code = opened["return_code"]
    assert (await harness.http.get("/schools/s1/me", headers=shown(opened))).status_code == 401
    for at, guess in enumerate(guesses(code, LIMIT + 2)):
        for held in (opened, other):
            answer = await look(harness, guess, **shown(held))
            assert answer.status_code == (404 if 2 * at + (held is other) < LIMIT else 429)
    for nonsense in ("", "x", opened["return_pass"][:-1], other["return_pass"], "\xe9"):
        answer = await harness.http.get(
            "/schools/s1/me",
            headers=[(b"Return-Code", code.encode()), (b"Return-Pass", nonsense.encode("latin-1"))],
        )
        assert answer.status_code == 429


HELP: dict[str, Any] = {
    "messages": {"text": "Tolong."},
    "adult": None,
    "report": {"reason": "hurtful"},
}


async def ask_for_help(harness: IntakeHarness, way: str, code: str) -> httpx.Response:
    return await harness.http.post(
        f"/schools/s1/me/{way}", json=HELP[way], headers={"Return-Code": code} | key()
    )


@pytest.mark.parametrize("way", HELP)
async def test_help_past_the_limit_tells_a_right_code_from_no_wrong_one(
    harness: IntakeHarness, way: str
) -> None:
    """Not by a byte, and not by what is done: neither is looked at, and no pass is given."""
    opened = await harness.open_case()
    code = opened["return_code"]
    right, wrong = code, guesses(code, LIMIT + 1)[-1]
    assert await guessed(harness, code) == [404] * LIMIT
    answers = [await ask_for_help(harness, way, one) for one in (right, wrong, right, wrong)]
    assert {(one.status_code, one.content) for one in answers} == {
        (202, answers[0].content),
    }
    assert {name for one in answers for name in one.headers} == set(answers[0].headers)
    assert answers[0].json()["case_id"] is None
    assert answers[0].json()["crisis"]["show_first"]
    assert "pass" not in answers[0].text
    assert (await look(harness, right)).status_code == 429


async def test_no_door_past_the_limit_looks_for_the_case(
    harness: IntakeHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time of an answer can tell nothing where the same is done for every code."""
    code = (await harness.open_case())["return_code"]
    await guessed(harness, code)
    looked: list[str | None] = []

    async def find(_store: IntakeStore, code_hash: str | None) -> LoadedDocument[Case]:
        looked.append(code_hash)
        raise UnknownCode

    monkeypatch.setattr(IntakeStore, "find_by_code", find)
    for way in HELP:
        assert (await ask_for_help(harness, way, code)).status_code == 202
    assert (await look(harness, code)).status_code == 429
    async with open_browser(harness) as other:
        for path in ("/return", "/return/adult"):
            await other.act(path, code=code, text="Tolong.")
    assert looked == []


async def test_the_pages_past_the_limit_answer_a_right_code_like_a_wrong_one(
    harness: IntakeHarness,
) -> None:
    code = (await harness.open_case())["return_code"]
    wrong = guesses(code, LIMIT + 1)[-1]
    await guessed(harness, code)
    async with open_browser(harness) as other:
        token = await other.fetch_token()
        for path, status in (("/return", 429), ("/return/adult", 202)):
            answers = [
                await other.send(f"{AT}{path}", {"token": token, "code": one, "text": "Tolong."})
                for one in (code, wrong)
            ]
            bodies = {
                one.text.replace(typed, "CODE")
                for one, typed in zip(answers, (code, wrong), strict=True)
            }
            assert {one.status_code for one in answers} == {status}
            assert len(bodies) == 1
            assert not any("sebaya_student" in one.headers.get("set-cookie", "") for one in answers)


async def test_help_past_the_limit_reaches_an_adult_with_its_words_and_once(
    harness: IntakeHarness,
) -> None:
    """Whoever could not get in is heard without a case; the same sent again is the same."""
    code = (await harness.open_case())["return_code"]
    await guessed(harness, code)
    same = {"Return-Code": code} | key()
    for _ in range(2):
        answer = await harness.http.post(
            "/schools/s1/me/messages", json={"text": "Tolong aku."}, headers=same
        )
        assert answer.status_code == 202
    database = harness.composed.runtime.database
    (kept,) = await database["requests_without_case"].find({}).to_list()
    (entry,) = kept["outbox"]
    assert (entry["topic"], entry["type"]) == ("intake.messages.v1", "AdultRequestedWithoutCase")
    assert json.loads(entry["data"])["text"] == "Tolong aku."
    assert "Tolong" not in repr(kept["state"])
    assert await database["messages"].count_documents({}) == 0


async def used_up(harness: IntakeHarness) -> None:
    """The school's own budget, by codes that share nothing."""
    rows = harness.composed.runtime.database[COLLECTION]
    now = harness.composed.runtime.writer.clock.now()
    await rows.update_one(
        {"_id": "s1", "school_id": "s1"},
        {"$set": {"count": 60, "until": now + timedelta(minutes=5)}},
        upsert=True,
    )


@pytest.mark.parametrize("way", HELP)
async def test_the_way_to_help_counts_wrong_codes_too(harness: IntakeHarness, way: str) -> None:
    code = (await harness.open_case())["return_code"]
    answers = [
        (await ask_for_help(harness, way, guess)).status_code for guess in guesses(code, LIMIT + 3)
    ]
    assert answers == [404] * LIMIT + [202] * 3
    assert (await look(harness, code)).status_code == 429


async def test_a_school_under_attack_is_slow_and_locks_nobody_out(harness: IntakeHarness) -> None:
    opened = await harness.open_case()
    await used_up(harness)
    before = REGISTRY.get_sample_value("sebaya_intake_tries_slowed_total") or 0
    began = asyncio.get_running_loop().time()
    assert (await look(harness, opened["return_code"])).status_code == 200
    assert asyncio.get_running_loop().time() - began >= SLOW
    assert REGISTRY.get_sample_value("sebaya_intake_tries_slowed_total") == before + 1


async def test_four_hundred_students_behind_one_address_get_through(
    servers: Servers, prefix: str
) -> None:
    """Everybody looks at once, each with a right code, and one in ten mistypes it first."""
    async with prepared_intake(servers, prefix, answer_seconds=60) as harness:
        codes = [(await harness.open_case())["return_code"] for _ in range(40)]
        shared = {"X-Forwarded-For": "198.51.100.7"}

        async def looks(number: int) -> int:
            code = codes[number % 40]
            if number < 40:
                assert (await look(harness, guesses(code, 1)[0], **shared)).status_code == 404
            return (await look(harness, code, **shared)).status_code

        for start in range(0, 400, 50):
            assert set(
                await asyncio.gather(*(looks(number) for number in range(start, start + 50)))
            ) == {200}


async def test_what_cannot_be_a_code_counts_for_the_school_and_locks_no_code(
    harness: IntakeHarness,
) -> None:
    opened = await harness.open_case()
    wrong = REGISTRY.get_sample_value("sebaya_intake_codes_wrong_total") or 0
    nonsense = ("x", "7K2M", "!" * 16, "U" * 16, "0" * 17)
    for one in nonsense:
        assert (await look(harness, one)).status_code == 404
    (row,) = await harness.composed.runtime.database[COLLECTION].find({}).to_list()
    assert (row["_id"], row["count"]) == ("s1", len(nonsense))
    counted = REGISTRY.get_sample_value("sebaya_intake_codes_wrong_total")
    assert counted == wrong + len(nonsense)
    assert (await look(harness, opened["return_code"])).status_code == 200


async def test_the_count_ends_with_its_window_and_leaves_the_store(
    servers: Servers, prefix: str
) -> None:
    async with prepared_intake(servers, prefix, code_tries=LIMIT, tries_seconds=20) as harness:
        code = (await harness.open_case())["return_code"]
        await guessed(harness, code)
        assert (await look(harness, code)).status_code == 429
        await eventually(lambda: ready(harness, code), within=60)

        async def gone() -> bool:
            return await harness.composed.runtime.database[COLLECTION].count_documents({}) == 0

        await eventually(gone, within=90)


async def ready(harness: IntakeHarness, code: str) -> bool:
    return (await look(harness, code)).status_code == 200


async def test_what_is_counted_tells_no_part_of_a_code(harness: IntakeHarness) -> None:
    code = (await harness.open_case())["return_code"]
    await guessed(harness, code)
    stored = repr(await harness.composed.runtime.database[COLLECTION].find({}).to_list())
    assert not any(group in stored for group in code.split("-"))


async def test_refusals_are_counted_for_the_operator(harness: IntakeHarness) -> None:
    def count(name: str) -> float:
        return REGISTRY.get_sample_value(f"sebaya_intake_{name}_total") or 0

    wrong, refused = count("codes_wrong"), count("tries_refused")
    code = (await harness.open_case())["return_code"]
    await guessed(harness, code, LIMIT + 2)
    assert count("codes_wrong") == wrong + LIMIT
    assert count("tries_refused") == refused + 2


async def test_a_page_that_was_open_before_is_not_kept_out_by_others_guesses(
    harness: IntakeHarness,
) -> None:
    """Its sealed cookie shows that this browser was let in; another browser with the right code
    waits like everybody.
    """
    async with open_browser(harness) as own, open_browser(harness) as other:
        code = await own.open_case()
        await guessed(harness, code, LIMIT)
        assert (await own.get(f"{AT}/me")).status_code == 200
        refused = await other.send(
            f"{AT}/return", {"token": await other.fetch_token(), "code": code}
        )
        assert refused.status_code == 429
