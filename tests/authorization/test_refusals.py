"""Refusals that smell of trying leave a trace: counted by a closed list of reasons, and in the
audit log of the school that was tried where the person is known. The answers tell nothing of it.
"""

import pytest
from prometheus_client import REGISTRY

from integration.intake.harness import IntakeHarness, prepared_intake, school
from sebaya_chassis.base.security_events import SecurityReason
from sebaya_chassis.storage.audit import ENTRIES
from sebaya_chassis.storage.tenant_store import SchoolStore
from sebaya_contracts.words import Role
from servers import Servers


def counted() -> dict[str, float]:
    return {
        reason.value: REGISTRY.get_sample_value(
            "sebaya_security_events_total", {"service": "intake", "reason": reason.value}
        )
        or 0
        for reason in SecurityReason
    }


async def entries(harness: IntakeHarness, school_id: str) -> list[tuple[str, str, str]]:
    rows = await SchoolStore.collection(harness.composed.runtime.store(school_id), ENTRIES).find({})
    return [(row["who"], row["what"], row["about"]) for row in rows]


@pytest.mark.parametrize("browser", [False, True], ids=["program", "page"])
async def test_what_a_person_tries_at_another_school_is_counted_and_noted_once(
    servers: Servers, prefix: str, browser: bool
) -> None:
    async with prepared_intake(servers, prefix) as harness:
        await harness.define_school(school("s2"))
        theirs = (await harness.open_case(school_id="s2"))["case_id"]
        mine = harness.staff_headers("p-1", Role.COUNSELLOR)
        before = counted()
        accept = {"Accept": "text/html"} if browser else {}
        for _ in range(3):
            tried = [
                await harness.http.get(path, headers=mine | accept)
                for path in (
                    f"/schools/s2/cases/{theirs}/messages",
                    f"/schools/s1/cases/{theirs}/messages",
                    "/schools/s1/cases/nothing-of-anybody/messages",
                    f"/schools/nowhere/cases/{theirs}/messages",
                )
            ]
            assert len({answer.content for answer in tried}) <= 2
            assert {answer.status_code for answer in tried} == {404}
        after = counted()
        assert {
            name: after[name] - before[name] for name in after if after[name] > before[name]
        } == {
            "foreign_school": 6,
            "foreign_id": 3,
        }
        assert await entries(harness, "s2") == [("p-1", "refused_foreign_school", "s2")]
        assert await entries(harness, "s1") == [("p-1", "refused_foreign_id", theirs)]


async def test_tokens_and_codes_are_counted_and_an_old_token_is_not(
    servers: Servers, prefix: str
) -> None:
    async with prepared_intake(servers, prefix, code_tries=1) as harness:
        before = counted()
        thread = "/schools/s1/cases/c1/messages"
        for token in ("made.up.token", ""):
            answer = await harness.http.get(thread, headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code == 401
        for code in ("0000-0000-0000-0000", "0000-0000-0000-0001"):
            await harness.http.get("/schools/s1/me", headers={"Return-Code": code})
        after = counted()
        assert {
            name: after[name] - before[name] for name in after if after[name] > before[name]
        } == {
            "wrong_token": 1,
            "code_past_limit": 1,
        }
