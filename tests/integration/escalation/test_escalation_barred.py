"""A student's words name the one who would be called: others are, or somebody who can fetch one."""

import pytest

from integration.escalation.harness import (
    EscalationHarness,
    address_of,
    ladder,
    person,
    school,
)
from integration.escalation.receivers import Mailbox
from sebaya_contracts.words import Level, Role
from sebaya_escalation.domain.page import PageKind
from support import eventually

RATNA = person("ratna")
LADDERS = dict.fromkeys((Level.AMBER, Level.RED, Level.IMMINENT), ladder(("ratna",), ("budi",)))
WORDS = ["Bu Ratna di ruang BK memegang aku.", "Aku dipukul Bu Ratna.", "Bu Ratna hit me."]


@pytest.mark.parametrize("words", WORDS)
async def test_a_schools_only_counsellor_is_not_called_about_their_own_deed(
    harness: EscalationHarness, box: Mailbox, words: str
) -> None:
    """Nobody is left to call, and the coordinator hears at once that an alert waits."""
    await harness.define_school(
        school(staff=(RATNA, person("kepala", Role.COORDINATOR)), ladders=LADDERS, rota=())
    )
    async with harness.running_jobs():
        await harness.post_message(words)
        await eventually(lambda: _box_of(box, "kepala"))
    assert [one.kind for one in await harness.list_pages()] == [PageKind.UNANSWERED]
    assert box.to(address_of("ratna")) == []
    assert (await harness.only_alert()).barred == {"ratna"}


async def test_a_colleague_of_who_is_named_is_called(
    harness: EscalationHarness, box: Mailbox
) -> None:
    staff = (RATNA, person("budi"), person("kepala", Role.COORDINATOR))
    await harness.define_school(school(staff=staff, ladders=LADDERS, rota=()))
    async with harness.running_jobs():
        await harness.post_message(WORDS[0])
        await eventually(lambda: _box_of(box, "budi"))
    assert box.to(address_of("ratna")) == box.to(address_of("kepala")) == []


async def _box_of(box: Mailbox, name: str) -> bool:
    return bool(box.to(address_of(name)))
