"""A student's browser without a script: forms as they stand, and what the store has afterwards."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html import unescape
from typing import Any

import httpx

from integration.intake.harness import SCHOOL, IntakeHarness

AT = f"/s/{SCHOOL}"
WORDS = 'Aku "sendirian" <b>terus</b> & capek.\nSetiap hari.'
PAGE = {"Accept": "text/html", "Accept-Language": "id"}
FROM_HERE = {"Sec-Fetch-Site": "same-origin"}
STEPS = {
    "topic": "loneliness",
    "self_harm_thoughts": "no",
    "danger_now": "no",
    "text": WORDS,
    "language_wanted": "id",
    "agreed": "yes",
    "age": "15",
}


def hidden(html: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found, f"{name} stands in the form"
    return unescape(found[1])


def typed_text(html: str) -> str:
    """Return what a browser reads in a text area: a newline right behind the tag is no part."""
    found = re.search(r"<textarea[^>]*>\n?(.*?)</textarea>", html, re.S)
    assert found, "there is a field for words"
    return unescape(found[1])


@dataclass(slots=True)
class StudentBrowser:
    """One browser without a script."""

    web: httpx.AsyncClient

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.web.get(path, headers=PAGE | headers)

    async def send(self, path: str, fields: dict[str, Any], **headers: str) -> httpx.Response:
        return await self.web.post(path, data=fields, headers=PAGE | FROM_HERE | headers)

    async def fill_steps(self, **more: Any) -> dict[str, Any]:
        """Return the form as it stands, filled in."""
        page = await self.get(f"{AT}/ask")
        assert page.status_code == 200, page.text
        return {"token": hidden(page.text, "token"), "key": hidden(page.text, "key")} | STEPS | more

    async def open_case(self, **more: Any) -> str:
        """Open a case; return the code that the page shows."""
        return code_of(await self.send_steps(await self.fill_steps(**more)))

    async def send_steps(self, steps: dict[str, Any]) -> httpx.Response:
        """Send the four steps, and follow the answer."""
        answer = await self.send(f"{AT}/ask", steps)
        return await self.get(answer.headers["location"]) if answer.status_code == 303 else answer

    async def fetch_token(self) -> str:
        return hidden((await self.get(f"{AT}/return")).text, "token")

    async def act(self, path: str, **fields: str) -> httpx.Response:
        return await self.send(f"{AT}{path}", {"token": await self.fetch_token(), **fields})


def code_of(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text
    found = re.search(r'<p class="code"[^>]*>([^<]+)</p>', answer.text)
    assert found, "the page shows the code"
    return found[1]


@asynccontextmanager
async def open_browser(harness: IntakeHarness) -> AsyncIterator[StudentBrowser]:
    transport = httpx.ASGITransport(app=harness.composed.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as web:
        yield StudentBrowser(web)


async def cases(harness: IntakeHarness) -> list[dict[str, Any]]:
    return [document async for document in harness.composed.runtime.database["cases"].find({})]


async def only_case(harness: IntakeHarness) -> dict[str, Any]:
    (case,) = await cases(harness)
    return case
