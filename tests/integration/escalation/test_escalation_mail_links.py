"""The link of a page mail: it leads a person to the alert, and whatever opens it on the way to them
changes nothing.
"""

import re
from urllib.parse import quote, urlsplit

import httpx
from fastapi import Response

from integration.escalation.harness import HIGH, Watch, mail_of
from integration.escalation.receivers import Mailbox
from sebaya_chassis.web.auth import Principal
from sebaya_chassis.web.pages.session import Sessions
from sebaya_contracts.words import Role
from sebaya_escalation.domain.alert import Status
from support import SECRET, eventually

PREFIX = "/escalation"


async def links(watch: Watch, box: Mailbox) -> list[str]:
    """All that stands in a page mail and can be opened."""

    async def there() -> bool:
        return bool(box.to(mail_of("sari")))

    async with watch.keeping_time():
        await watch.posted(HIGH)
        await eventually(there)
    found = re.findall(r"https?://\S+", box.mails[0].get_content())
    assert found, "a page mail says where to look"
    return found


async def opened(watch: Watch, link: str, headers: dict[str, str]) -> httpx.Response:
    path = urlsplit(link).path
    assert path.startswith(f"{PREFIX}/"), "behind the one origin"
    return await watch.http.get(
        path.removeprefix(PREFIX), headers={"Accept": "text/html"} | headers
    )


def session(watch: Watch) -> dict[str, str]:
    response = Response()
    sari = Principal("sari", frozenset({Role.COUNSELLOR}), frozenset({"s1"}))
    Sessions(SECRET).start(watch.composed.app.state.pages, response, sari, 1e12)
    return {"Cookie": response.headers["set-cookie"].split(";")[0]}


async def test_a_scanner_that_opens_every_link_three_times_changes_nothing(
    watch: Watch, box: Mailbox
) -> None:
    found = await links(watch, box)
    before = await watch.everything_stored()
    for link in found * 3:
        answer = await opened(watch, link, {})
        assert answer.status_code == 401
        assert "sendiri" not in answer.text
    assert await watch.everything_stored() == before


async def test_the_link_leads_to_the_alert_and_over_the_sign_in_back_to_it(
    watch: Watch, box: Mailbox
) -> None:
    (link,) = await links(watch, box)
    stranger = await opened(watch, link, {})
    back = urlsplit(link).path.removeprefix(PREFIX)
    assert f'href="/signin?back={quote(back)}"' in stranger.text
    shown = await opened(watch, link, session(watch))
    assert (shown.status_code, shown.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "<mark>" in shown.text, "the words that raised it"
    alert = await watch.alert()
    assert alert.status is Status.OPEN, "reading is not taking"
