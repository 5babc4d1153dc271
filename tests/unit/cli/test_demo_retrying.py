"""The demo's people send again what got no clear answer: the same request, for a bounded time, and
it is counted.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
import pytest
from fastapi import FastAPI, Request, Response

from sebaya_chassis.base.problems import TYPE_BASE, NotFound, Problem, Unavailable
from sebaya_chassis.web.problems import answer
from sebaya_cli.api_client import UnexpectedAnswer
from sebaya_cli.demo.people import Staff, Student
from sebaya_cli.demo.retrying import LONGEST_WAIT, NOT_YET, RetryingTransport, retry_wait
from sebaya_evaluation.errors import UnknownMatch
from support import served

AUTH = {"Authorization": "Bearer t"}


@dataclass(slots=True)
class Door:
    """Somebody's entrance: gives the answers in turn, the last one from then on, and notes what it
    was sent.
    """

    answers: list[Problem | None]
    sent: list[tuple[str, bytes]] = field(default_factory=list)

    async def open(self, request: Request) -> Response:
        self.sent.append((request.headers.get("Idempotency-Key", ""), await request.body()))
        said = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return (
            answer(said)
            if said
            else Response(
                '{"case_id": "c", "return_code": "r"}', 202, media_type="application/json"
            )
        )


@asynccontextmanager
async def asking(
    door: Door, patience: float = 30.0
) -> AsyncIterator[tuple[httpx.AsyncClient, RetryingTransport]]:
    app = FastAPI()
    app.add_api_route("/{path:path}", door.open, methods=["GET", "POST"])
    transport = RetryingTransport(patience)
    async with (
        served(app) as origin,
        httpx.AsyncClient(base_url=origin, transport=transport) as web,
    ):
        yield web, transport


async def test_a_request_that_nobody_could_answer_goes_again_with_its_key_and_its_words() -> None:
    door = Door([Unavailable(), Unavailable(), None])
    async with asking(door) as (web, transport):
        student = Student(web, "school")
        await student.ask({"text": "halo"})
    assert student.case_id == "c"
    assert len(door.sent) == 3 and len(set(door.sent)) == 1 and door.sent[0][0]
    assert transport.again == {"503": 2}


async def test_feedback_that_is_quicker_than_its_match_is_sent_again() -> None:
    door = Door([UnknownMatch(), None])
    async with asking(door) as (web, transport):
        await Staff(web, "school", "peer", AUTH).feedback("m", {"helped": 5})
    assert len(door.sent) == 2 and len(set(door.sent)) == 1
    assert transport.again == {"match not heard of yet": 1}
    assert TYPE_BASE + UnknownMatch.slug == NOT_YET


async def test_a_clear_no_is_an_answer() -> None:
    door = Door([NotFound()])
    async with asking(door) as (web, transport):
        with pytest.raises(UnexpectedAnswer, match="answered 404"):
            await Student(web, "school").look()
    assert (len(door.sent), transport.again) == (1, {})


async def test_patience_ends_and_the_last_answer_is_shown() -> None:
    door = Door([Unavailable()])
    async with asking(door, patience=1.0) as (web, transport):
        async with asyncio.timeout(60):
            with pytest.raises(UnexpectedAnswer, match="answered 503"):
                await Student(web, "school").look()
    assert len(door.sent) == 1 + transport.again["503"] > 1


async def test_a_request_whose_connection_was_cut_goes_again() -> None:
    """Nobody knows whether it arrived; its key does."""
    seen: list[bytes] = []

    async def cut_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"{}"))
        if len(seen) > 1:
            writer.write(
                b'HTTP/1.1 202 Accepted\r\nContent-Length: 36\r\n\r\n{"case_id": "c", '
                b'"return_code": "r"}'
            )
        writer.close()

    server = await asyncio.start_server(cut_once, "127.0.0.1", 0)
    transport = RetryingTransport()
    port = server.sockets[0].getsockname()[1]
    async with (
        server,
        httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", transport=transport, trust_env=False
        ) as web,
    ):
        student = Student(web, "school")
        await student.ask({}, key="one-key")
    assert student.case_id == "c"
    assert len(seen) == 2 and seen[0] == seen[1] and b"one-key" in seen[0]
    assert transport.again.total() == 1


def test_whoever_says_when_to_come_again_is_heeded_within_reason() -> None:
    def asked(after: str) -> httpx.Response:
        return httpx.Response(503, headers={"Retry-After": after})

    assert retry_wait(asked("2"), attempt=0) == 2.0
    assert retry_wait(asked("3600"), attempt=0) == LONGEST_WAIT
    waits = [retry_wait(httpx.ConnectError("away"), attempt) for attempt in range(20)]
    assert waits == sorted(waits) and waits[0] < 1.0 and waits[-1] == LONGEST_WAIT
