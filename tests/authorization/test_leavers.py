"""A person whose rights were taken away reads nothing more, and the audit log says so."""

import pytest
from msgspec.structs import replace

from integration.intake.harness import IntakeHarness, prepared_intake, school
from integration.service_harness import StaffBrowser, open_staff_browser
from sebaya_chassis.storage.audit import ENTRIES
from sebaya_chassis.storage.tenant_store import SchoolStore
from sebaya_chassis.web.refusals import Refusals
from sebaya_chassis.web.session_rules import Withdrawal
from sebaya_contracts.words import Role
from servers import Servers

WORDS = "Aku merasa sendirian."


async def entries(harness: IntakeHarness, school_id: str) -> list[tuple[str, str, str]]:
    rows = await SchoolStore.collection(harness.composed.runtime.store(school_id), ENTRIES).find({})
    return [(row["who"], row["what"], row["why"]) for row in rows if row["what"] != "thread_read"]


async def answers(
    harness: IntakeHarness, browser: StaffBrowser, case_id: str
) -> list[tuple[int, bool]]:
    """By page and by token: the status, and whether the student's words were in it."""
    token = harness.staff_headers("sari", Role.COUNSELLOR)
    got = [
        await browser.get(f"/s/s1/cases/{case_id}"),
        await harness.http.get(f"/schools/s1/cases/{case_id}/messages", headers=token),
    ]
    return [(answer.status_code, WORDS in answer.text) for answer in got]


async def test_a_person_that_the_file_names_no_longer_reads_no_word(
    servers: Servers, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with prepared_intake(servers, prefix) as harness:
        case_id = (await harness.open_case(WORDS))["case_id"]
        await harness.raise_alert(case_id)
        browser = open_staff_browser(
            harness.http, harness.composed.app, "sari", Role.COUNSELLOR, "s1"
        )
        assert await answers(harness, browser, case_id) == [(200, True)] * 2
        await harness.define_school(replace(school(), leavers=("sari",)))
        assert await answers(harness, browser, case_id) == [(403, False)] * 2
        assert await entries(harness, "s1") == [("sari", "refused_left_person", "")]
        await harness.define_school(school())
        assert await answers(harness, browser, case_id) == [(200, True)] * 2


async def test_what_the_provider_takes_away_is_noted_at_each_school_there_is(
    servers: Servers, prefix: str
) -> None:
    async with prepared_intake(servers, prefix) as harness:
        refusals: Refusals = harness.composed.app.state.refusals
        await refusals.note_withdrawal("sari", ["s1", "*", "nowhere"], Withdrawal.RENEWAL_REFUSED)
        assert await entries(harness, "s1") == [("sari", "access_ended", "renewal_refused")]
