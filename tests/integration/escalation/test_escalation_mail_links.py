"""The link of a page mail: it leads a person to the alert, and whatever opens it on the way to them
changes nothing.
"""

import re
from urllib.parse import quote, urlsplit

import httpx

from integration.escalation.harness import HIGH, EscalationHarness, address_of
from integration.escalation.receivers import Mailbox
from sebaya_chassis.web.auth import Principal
from sebaya_chassis.web.pages.staff_sessions import COOKIE
from sebaya_contracts.words import Role
from sebaya_escalation.domain.alert import Status
from staff_session import begin_session
from support import eventually

PREFIX = "/escalation"


async def links(harness: EscalationHarness, box: Mailbox) -> list[str]:
    """All that stands in a page mail and can be opened."""

    async def there() -> bool:
        return bool(box.to(address_of("sari")))

    async with harness.running_jobs():
        await harness.post_message(HIGH)
        await eventually(there)
    found = re.findall(r"https?://\S+", box.mails[0].get_content())
    assert found, "a page mail says where to look"
    return found


async def opened(harness: EscalationHarness, link: str, headers: dict[str, str]) -> httpx.Response:
    path = urlsplit(link).path
    assert path.startswith(f"{PREFIX}/"), "behind the one origin"
    return await harness.http.get(
        path.removeprefix(PREFIX), headers={"Accept": "text/html"} | headers
    )


def session(harness: EscalationHarness) -> dict[str, str]:
    sari = Principal("sari", frozenset({Role.COUNSELLOR}), frozenset({"s1"}))
    return {"Cookie": f"{COOKIE}={begin_session(harness.composed.app, sari)}"}


async def test_a_scanner_that_opens_every_link_three_times_changes_nothing(
    harness: EscalationHarness, box: Mailbox
) -> None:
    found = await links(harness, box)
    before = await harness.dump_store()
    for link in found * 3:
        answer = await opened(harness, link, {})
        assert answer.status_code == 401
        assert "sendiri" not in answer.text
    assert await harness.dump_store() == before


async def test_the_link_leads_to_the_alert_and_over_the_sign_in_back_to_it(
    harness: EscalationHarness, box: Mailbox
) -> None:
    (link,) = await links(harness, box)
    stranger = await opened(harness, link, {})
    back = urlsplit(link).path.removeprefix(PREFIX)
    assert f'href="/signin?back={quote(back)}"' in stranger.text
    shown = await opened(harness, link, session(harness))
    assert (shown.status_code, shown.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "<mark>" in shown.text, "the words that raised it"
    alert = await harness.only_alert()
    assert alert.status is Status.OPEN, "reading is not taking"
