"""What a student wishes of the search: said inside their own case, where alone supporters have
names.
"""

from typing import Any

import msgspec
import pytest

from integration.intake.harness import SCHOOL, IntakeHarness
from integration.intake.student_browser import AT, StudentBrowser
from sebaya_contracts.words import SupporterState

WISHES = f"/schools/{SCHOOL}/me/wishes"
WANTED: dict[str, Any] = {
    "hours": ["mon-lunch"],
    "preferred_supporters": ["sup-1"],
    "excluded_supporters": ["sup-2"],
}


async def enrolled(harness: IntakeHarness) -> None:
    await harness.publish_supporter("sup-1", "Rani")
    await harness.publish_supporter("sup-2", "Budi", SupporterState.PAUSED)
    await harness.publish_supporter("sup-3", "Gone", SupporterState.RETIRED)


async def published(harness: IntakeHarness) -> list[dict[str, Any]]:
    document = await harness.composed.runtime.database["cases"].find_one({})
    assert document is not None
    return [
        msgspec.json.decode(entry["data"])["preferences"]
        for entry in document["outbox"]
        if entry["type"] == "PreferencesChanged"
    ]


async def test_supporters_are_named_behind_the_code_alone(harness: IntakeHarness) -> None:
    await enrolled(harness)
    opened = await harness.open_case(choosing=True)
    assert (await harness.http.get(WISHES)).status_code == 401
    mine = harness.code_headers(opened)
    seen = (await harness.http.get(WISHES, headers=mine)).json()
    assert [one["display_name"] for one in seen["supporters"]] == ["Budi", "Rani"]
    assert seen["choosing"]
    changed = await harness.http.put(WISHES, json=WANTED, headers=mine)
    assert changed.status_code == 200, changed.text
    assert {name: changed.json()[name] for name in WANTED} == WANTED
    assert not changed.json()["choosing"]
    assert (await harness.http.put(WISHES, json=WANTED, headers=mine)).status_code == 200
    assert await published(harness) == [{"language": "id", "choosing": False, **WANTED}]


async def test_a_wish_that_would_have_no_effect_is_refused_by_its_field(
    harness: IntakeHarness,
) -> None:
    await enrolled(harness)
    mine = harness.code_headers(await harness.open_case())
    unknown = {"excluded_supporters": ["nobody-known"]}
    answer = await harness.http.put(WISHES, json=unknown, headers=mine)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["excluded_supporters"]
    await harness.http.post(f"/schools/{SCHOOL}/me/withdraw", headers=mine)
    assert (await harness.http.put(WISHES, json=WANTED, headers=mine)).status_code == 409
    assert await published(harness) == []


@pytest.mark.parametrize("named", ["sup-2", "nobody-known"])
async def test_the_page_says_the_wishes_and_keeps_them_after_an_error(
    harness: IntakeHarness, student: StudentBrowser, named: str
) -> None:
    await enrolled(harness)
    code = await student.open_case(choosing="yes")
    await student.act("/return", code=code)
    assert f"{AT}/me/wishes" in (await student.get(f"{AT}/me")).text
    assert "Budi" in (await student.get(f"{AT}/me/wishes")).text
    answer = await student.act("/me/wishes", excluded=named, hours="tue-after")
    if named == "sup-2":
        assert answer.status_code == 303
        assert [one["hours"] for one in await published(harness)] == [["tue-after"]]
        assert 'value="sup-2" checked' in (await student.get(f"{AT}/me/wishes")).text
    else:
        assert answer.status_code == 422
        assert 'value="tue-after" checked' in answer.text
