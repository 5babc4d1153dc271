"""A student's browser without a script: forms as they stand, and what the store has afterwards."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html import unescape
from typing import Any

import httpx

from integration.intake.intake_door import SCHOOL, Door

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
    """As a browser reads a text area: the newline right behind the tag is no part of it."""
    found = re.search(r"<textarea[^>]*>\n?(.*?)</textarea>", html, re.S)
    assert found, "there is a field for words"
    return unescape(found[1])


@dataclass(slots=True)
class Student:
    """One browser without a script."""

    web: httpx.AsyncClient

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.web.get(path, headers=PAGE | headers)

    async def send(self, path: str, fields: dict[str, Any], **headers: str) -> httpx.Response:
        return await self.web.post(path, data=fields, headers=PAGE | FROM_HERE | headers)

    async def steps(self, **more: Any) -> dict[str, Any]:
        """The form as it stands, filled in."""
        page = await self.get(f"{AT}/ask")
        assert page.status_code == 200, page.text
        return {"token": hidden(page.text, "token"), "key": hidden(page.text, "key")} | STEPS | more

    async def asks(self, **more: Any) -> str:
        """Opens a case; gives the code that the page shows."""
        return code_of(await self.sends_steps(await self.steps(**more)))

    async def sends_steps(self, steps: dict[str, Any]) -> httpx.Response:
        """Sends the four steps, and goes where the answer leads."""
        answer = await self.send(f"{AT}/ask", steps)
        return await self.get(answer.headers["location"]) if answer.status_code == 303 else answer

    async def token(self) -> str:
        return hidden((await self.get(f"{AT}/return")).text, "token")

    async def act(self, path: str, **fields: str) -> httpx.Response:
        return await self.send(f"{AT}{path}", {"token": await self.token(), **fields})


def code_of(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text
    found = re.search(r'<p class="code"[^>]*>([^<]+)</p>', answer.text)
    assert found, "the page shows the code"
    return found[1]


@asynccontextmanager
async def browser(door: Door) -> AsyncIterator[Student]:
    transport = httpx.ASGITransport(app=door.composed.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as web:
        yield Student(web)


async def cases(door: Door) -> list[dict[str, Any]]:
    return [document async for document in door.composed.runtime.database["cases"].find({})]


async def only_case(door: Door) -> dict[str, Any]:
    (case,) = await cases(door)
    return case
