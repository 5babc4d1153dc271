"""A case whose student never had its code is matched to nobody: only the screen reads it, and it
ends by itself. A repeat of its request, or its code, shows that there is a student after all.
"""

from typing import Any

import pytest

from integration.intake.harness import SCHOOL, IntakeHarness, key, opening_body
from integration.intake.student_browser import StudentBrowser
from sebaya_chassis.base.problems import Unavailable
from sebaya_chassis.storage.documents import Documents
from sebaya_contracts.words import Level

CASES = f"/schools/{SCHOOL}/cases"


def lose_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The store takes the case, and its answer does not come back."""
    create = Documents.create_unanswered

    async def create_and_lose(self: Documents[Any], *given: Any) -> None:
        await create(self, *given)
        raise Unavailable

    monkeypatch.setattr(Documents, "create_unanswered", create_and_lose)


async def stored(harness: IntakeHarness) -> tuple[dict[str, Any], list[str], list[str]]:
    """The only case, and the types of what waits to be published and of what is withheld."""
    (case,) = await harness.composed.runtime.database["cases"].find({}).to_list()
    waiting, withheld = case["outbox"], case.get("withheld", [])
    return case, [entry["type"] for entry in waiting], [entry["type"] for entry in withheld]


async def lose_opening(harness: IntakeHarness, headers: dict[str, str], **more: Any) -> None:
    with pytest.MonkeyPatch.context() as patch:
        lose_answers(patch)
        answer = await harness.http.post(CASES, json=opening_body(**more), headers=headers)
    assert answer.status_code == 503


async def test_what_was_refused_and_stored_is_screened_and_not_announced(
    harness: IntakeHarness,
) -> None:
    await lose_opening(harness, key())
    assert (await stored(harness))[1:] == (["MessagePosted"], ["CaseOpened"])


async def test_the_same_key_gets_the_code_and_announces_the_case(harness: IntakeHarness) -> None:
    headers = key()
    await lose_opening(harness, headers)
    again = await harness.http.post(CASES, json=opening_body(), headers=headers)
    assert (again.status_code, bool(again.json()["return_code"])) == (202, True)
    assert (await stored(harness))[1:] == (["MessagePosted", "CaseOpened"], [])


async def test_a_page_that_was_refused_has_called_an_adult_all_the_same(
    harness: IntakeHarness, student: StudentBrowser
) -> None:
    steps = await student.fill_steps(urgency="today")
    with pytest.MonkeyPatch.context() as patch:
        lose_answers(patch)
        assert (await student.send("/s/s1/ask", steps)).status_code == 503
    assert (await stored(harness))[1:] == (["MessagePosted", "AdultRequested"], ["CaseOpened"])
    await student.send_steps(steps)
    assert (await stored(harness))[1:] == (
        ["MessagePosted", "AdultRequested", "CaseOpened"],
        [],
    )


async def age(harness: IntakeHarness) -> str:
    """Make the only case a day old; return its id."""
    yesterday = {"$subtract": ["$$NOW", 25 * 3_600_000]}
    old = {"state.opening.opened_at": yesterday, "state.words_until": yesterday}
    await harness.composed.runtime.database["cases"].update_one({}, [{"$set": old}])
    return str((await stored(harness))[0]["_id"])


async def test_nobody_came_so_it_ends_and_matching_is_told_in_order(harness: IntakeHarness) -> None:
    headers = key()
    await lose_opening(harness, headers)
    await harness.composed.jobs.handle_due_cases(SCHOOL, [await age(harness)])
    case, waiting, withheld = await stored(harness)
    assert (waiting, withheld) == (["MessagePosted", "CaseOpened", "CaseErased"], [])
    assert case["state"]["opening"] is None
    late = await harness.http.post(CASES, json=opening_body(), headers=headers)
    assert late.json()["type"] == "urn:sebaya:problem:case-erased"


async def test_danger_keeps_it_until_a_human_has_closed_the_alert(harness: IntakeHarness) -> None:
    await lose_opening(harness, key())
    case_id = await age(harness)
    await harness.publish_verdict("m", case_id, Level.RED, opening=True)
    await harness.raise_alert(case_id)
    await harness.composed.jobs.handle_due_cases(SCHOOL, [case_id])
    case, _, withheld = await stored(harness)
    assert (case["state"]["opening"]["text"], withheld) == ("Aku merasa sendirian.", ["CaseOpened"])
