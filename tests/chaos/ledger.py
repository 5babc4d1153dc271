"""What the clients did, noted where their requests leave: each attempt with its key and answer.
What has no clear answer is sent again.
"""

import asyncio
import json
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx

from sebaya_cli.demo.retrying import NOT_NOW, is_too_early
from sebaya_cli.doctor import SentRequest

KEY = "Idempotency-Key"
CODE = "Return-Code"
# An extension of a request: it is sent once.
IMPATIENT = "impatient"


class NeverClear(httpx.TransportError):
    """No clear answer within the time a client has for it."""


@dataclass(slots=True)
class Asked:
    """One request of a student under its key, over all its attempts."""

    key: str
    school_id: str
    what: str
    code: str
    patient: bool = True
    unclear: int = 0
    status: int | None = None
    answer: dict[str, Any] = field(default_factory=dict)


@dataclass
class Notes:
    """The run's ledger as the clients kept it."""

    asked: dict[str, Asked] = field(default_factory=dict)
    withdrawn: set[str] = field(default_factory=set)
    """Return codes of students who have withdrawn."""
    attempts: int = 0
    unclear: Counter[str] = field(default_factory=Counter)
    """Attempts without a clear answer, by how they ended."""
    broken: Counter[str] = field(default_factory=Counter)
    """Answers that no fault excuses: 500 and its like."""
    in_flight: Counter[str] = field(default_factory=Counter)

    def sent(self) -> list[SentRequest]:
        """By request for support, as the checker wants it."""
        posted: dict[str, list[str]] = {}
        for one in self.asked.values():
            if one.what == "message" and one.status == 202:
                posted.setdefault(one.code, []).append(one.answer["message_id"])
        return [self._sent(one, posted) for one in self.asked.values() if one.what == "case"]

    def _sent(self, one: Asked, posted: dict[str, list[str]]) -> SentRequest:
        code = one.answer.get("return_code", "")
        return SentRequest(
            key=one.key,
            school_id=one.school_id,
            status=one.status,
            case_id=one.answer.get("case_id") if one.status == 202 else None,
            message_ids=tuple(posted.get(code, ())),
            unclear=one.unclear > 0,
            withdrawn=code in self.withdrawn,
            given_up=not one.patient,
        )

    @property
    def never_clear(self) -> list[str]:
        return [one.key for one in self.asked.values() if one.status is None and one.patient]


class Persistent(httpx.AsyncBaseTransport):
    """Sends again until the answer is clear, as a patient client does; and writes all of it
    down.
    """

    def __init__(self, notes: Notes, patience: float) -> None:
        self._notes = notes
        self._patience = patience
        # No connections are kept for long: a dead one would only cost an attempt that says nothing
        # about the product.
        self._inner = httpx.AsyncHTTPTransport(
            limits=httpx.Limits(max_connections=400, keepalive_expiry=2.0)
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        note = self._note(request)
        if note is not None and request.extensions.get(IMPATIENT):
            return await self._once(request, note)
        deadline = time.monotonic() + self._patience
        wait = 0.2
        while True:
            answer = await self._attempt(request, note)
            if answer is not None:
                return answer
            if time.monotonic() > deadline:
                raise NeverClear(f"{request.method} {_plain(request)}")
            await asyncio.sleep(wait)
            wait = min(2.0, wait * 1.6)

    async def _once(self, request: httpx.Request, note: Asked) -> httpx.Response:
        """As a student that gives up: whatever is answered is the last word."""
        note.patient = False
        answer = await self._inner.handle_async_request(request)
        await answer.aread()
        self._clear(request, note, answer)
        return answer

    async def aclose(self) -> None:
        await self._inner.aclose()

    def _note(self, request: httpx.Request) -> Asked | None:
        """Only what a student sends under a key; the answers to everything else are in the
        stores.
        """
        key = request.headers.get(KEY)
        if key is None:
            return None
        what = "message" if request.url.path.endswith("/messages") else "case"
        school = request.url.path.split("/schools/")[1].split("/")[0]
        return self._notes.asked.setdefault(
            key, Asked(key, school, what, request.headers.get(CODE, ""))
        )

    async def _attempt(self, request: httpx.Request, note: Asked | None) -> httpx.Response | None:
        """A clear answer, or None."""
        self._notes.attempts += 1
        self._notes.in_flight[_plain(request)] += 1
        try:
            answer = await self._inner.handle_async_request(request)
            await answer.aread()
        except httpx.TransportError as trouble:
            return self._unclear(note, type(trouble).__name__)
        finally:
            self._notes.in_flight[_plain(request)] -= 1
        if answer.status_code in NOT_NOW or is_too_early(answer):
            return self._unclear(note, str(answer.status_code))
        if answer.status_code >= 500:
            self._notes.broken[f"{answer.status_code} {_plain(request)}"] += 1
            return self._unclear(note, str(answer.status_code))
        self._clear(request, note, answer)
        return answer

    def _unclear(self, note: Asked | None, how: str) -> None:
        self._notes.unclear[how] += 1
        if note is not None:
            note.unclear += 1

    def _clear(self, request: httpx.Request, note: Asked | None, answer: httpx.Response) -> None:
        if note is not None:
            note.status = answer.status_code
            note.answer = json.loads(answer.content) if answer.is_success else {}
        if request.url.path.endswith("/me/withdraw") and answer.is_success:
            self._notes.withdrawn.add(request.headers[CODE])


def _plain(request: httpx.Request) -> str:
    """Method and path with ids left out, so that they can be counted."""
    parts = request.url.path.split("/")
    words = ["…" if any(letter.isdigit() for letter in part) else part for part in parts]
    return f"{request.method} {'/'.join(words)}"
