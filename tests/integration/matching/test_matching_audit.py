"""Who may be asked to help is somebody's decision: each leaves an audit entry, in the one write
with what it tells of.
"""

import pytest

from conformance.harness import Killed, killed_at_write
from integration.matching.harness import COORDINATOR, MatchingHarness, as_person
from sebaya_chassis.storage import audit
from sebaya_contracts.words import Role
from unit.matching.examples import a_profile

BODY = {
    "supporter_id": "sari",
    "display_name": "Sari",
    "topics": ["loneliness"],
    "languages": ["id"],
    "cap": 2,
    "state": "active",
}
# Profile, entry, head of the chain, commit.
ENROLMENT_WRITES = 4


async def noted(harness: MatchingHarness) -> list[tuple[str, str, str]]:
    """The chain, which must be whole."""
    store = harness.composed.runtime.store(harness.school_id)
    assert (await audit.verify(store)).fault is None
    rows = await store.collection(audit.ENTRIES).find({}, sort=[("number", 1)])
    return [(row["who"], row["what"], row["about"]) for row in rows]


async def patched(harness: MatchingHarness, cap: int) -> None:
    headers = as_person(COORDINATOR, Role.COORDINATOR)
    answer = await harness.http.patch(
        f"/schools/{harness.school_id}/supporters/sari", json={"cap": cap}, headers=headers
    )
    assert answer.status_code == 200, answer.text


async def test_each_decision_about_a_supporter_is_noted_once_with_who_made_it(
    harness: MatchingHarness,
) -> None:
    for _ in range(2):
        assert (
            await harness.post("supporters", COORDINATOR, BODY, Role.COORDINATOR)
        ).status_code == 201
    assert (
        await harness.post("supporters", COORDINATOR, BODY | {"cap": 3}, Role.COORDINATOR)
    ).status_code == 409
    for _ in range(2):
        await patched(harness, 5)
    for _ in range(2):
        assert (await harness.post("supporters/me/pause", "sari")).status_code == 200
    assert await noted(harness) == [
        (COORDINATOR, "supporter_enrolled", "sari"),
        (COORDINATOR, "supporter_changed", "sari"),
        ("sari", "supporter_paused", "sari"),
    ]


@pytest.mark.parametrize("number", range(1, ENROLMENT_WRITES + 1))
async def test_a_supporter_and_the_entry_are_there_together_or_not_at_all(
    harness: MatchingHarness, number: int
) -> None:
    with pytest.raises(Killed), killed_at_write(number, after=False):
        await harness.enrol("sari")
    assert (await harness.supporters.list_all(10), await noted(harness)) == ([], [])
    await harness.enrol("sari")
    assert await noted(harness) == [(COORDINATOR, "supporter_enrolled", "sari")]
    with pytest.raises(Killed), killed_at_write(number, after=False):
        await harness.change("sari", cap=9)
    assert ((await harness.supporter("sari")).profile.cap, len(await noted(harness))) == (
        a_profile().cap,
        1,
    )
