"""Unbounded input: bytes, fields, heads and slowness have limits, enforced while reading; the
connection ends, and others are served.
"""

import asyncio
import gzip
import resource
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Annotated

import httpx
import pytest
from fastapi import FastAPI, Request
from pydantic import BaseModel, ConfigDict, Field

from sebaya_chassis.base.health import Health
from sebaya_chassis.service import server
from sebaya_chassis.web.app import create_app
from sebaya_chassis.web.body_limit import LINGER_BYTES
from support import served

LIMIT = 64 * 1024
KINDS = (
    "application/json",
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "image/jpeg",
    "odd",
)
PIECE = b"x" * 65536
# What the kernel holds of a local connection on both sides before its sender waits.
KERNEL = 16 * 1024 * 1024


class Words(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(max_length=100)]


def app(body_seconds: float = 60.0) -> FastAPI:
    made = create_app("toy", "Toy", "", Health("toy", 60), LIMIT, "", body_seconds=body_seconds)

    @made.post("/words")
    async def words(wanted: Words) -> str:
        return wanted.text

    @made.post("/raw")
    async def raw(request: Request) -> int:
        return len(await request.body())

    @made.post("/nothing")
    async def nothing() -> None:
        """Takes no body."""

    return made


@pytest.fixture
async def address() -> AsyncIterator[str]:
    async with served(app()) as made:
        yield made


@asynccontextmanager
async def connected(
    address: str,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    url = httpx.URL(address)
    reading, writing = await asyncio.open_connection(url.host, url.port)
    try:
        yield reading, writing
    finally:
        writing.transport.abort()


def head(path: str, *lines: str, method: str = "POST") -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: test", *lines, "", ""]).encode()


async def sends_until_cut(writing: asyncio.StreamWriter, pieces: Iterable[bytes], most: int) -> int:
    """How many bytes went out before the other side had enough."""
    sent = 0
    for piece in pieces:
        if sent > most:
            break
        try:
            writing.write(piece)
            await asyncio.wait_for(writing.drain(), 20)
        except (ConnectionError, TimeoutError):
            break
        sent += len(piece)
    return sent


def endless(piece: bytes) -> Iterable[bytes]:
    while True:
        yield piece


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


async def others_are_served(address: str) -> None:
    async with httpx.AsyncClient(base_url=address, timeout=20) as client:
        assert (await client.post("/words", json={"text": "still here"})).json() == "still here"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("path", ["/words", "/raw"])
@pytest.mark.parametrize("announced", [True, False])
async def test_what_is_refused_is_not_read_to_its_end(
    address: str, kind: str, path: str, announced: bool
) -> None:
    """A gigabyte begins; the answer comes, the connection ends, and only a bounded part of it was
    taken.
    """
    framing = f"Content-Length: {2**30}" if announced else "Transfer-Encoding: chunked"
    async with connected(address) as (reading, writing):
        writing.write(head(path, f"Content-Type: {kind}", framing))
        piece = PIECE if announced else chunk(PIECE)
        sending = asyncio.create_task(sends_until_cut(writing, endless(piece), 2**30))
        status = await asyncio.wait_for(reading.readline(), 20)
        assert b" 413 " in status
        await others_are_served(address)
        sent = await asyncio.wait_for(sending, 30)
    assert sent <= LIMIT + LINGER_BYTES + KERNEL


async def test_a_body_that_nobody_asked_for_is_not_read_to_its_end(address: str) -> None:
    async with connected(address) as (reading, writing):
        writing.write(head("/nothing", "Transfer-Encoding: chunked"))
        sending = asyncio.create_task(sends_until_cut(writing, endless(chunk(PIECE)), 2**30))
        assert b" 200 " in await asyncio.wait_for(reading.readline(), 20)
        assert await asyncio.wait_for(sending, 30) <= LINGER_BYTES + KERNEL


async def test_a_client_that_sends_everything_first_still_gets_its_answer(address: str) -> None:
    """Cut off at once the answer would be lost: the connection lingers for a bounded while."""
    async with httpx.AsyncClient(base_url=address, timeout=20) as client:
        for size in (LIMIT + 1, LIMIT + LINGER_BYTES // 2):
            answer = await client.post("/raw", content=b"x" * size)
            assert (answer.status_code, answer.headers["connection"]) == (413, "close")
        assert (await client.post("/raw", content=b"x" * LIMIT)).json() == LIMIT


async def test_an_answer_to_a_small_body_keeps_the_connection(address: str) -> None:
    async with httpx.AsyncClient(base_url=address, timeout=20) as client:
        for body in (b'{"text": 1}', b'{"text": "a"}', b"{"):
            answer = await client.post(
                "/words", content=body, headers={"Content-Type": "application/json"}
            )
            assert "connection" not in answer.headers


async def test_many_bodies_without_end_at_once_do_not_fill_the_memory(address: str) -> None:
    """Forty floods at once: what the process holds afterwards has grown by a few megabytes, not by
    what was sent.
    """
    await others_are_served(address)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    async def flood() -> int:
        async with connected(address) as (_, writing):
            writing.write(head("/raw", "Transfer-Encoding: chunked"))
            return await sends_until_cut(writing, endless(chunk(PIECE)), 2**28)

    floods = [asyncio.create_task(flood()) for _ in range(40)]
    await others_are_served(address)
    await asyncio.gather(*floods)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 64 * 1024, f"{grown} KiB"


async def test_fields_without_end_are_refused_shortly(address: str) -> None:
    body = b"{" + b",".join(b'"%d":1' % number for number in range(6000)) + b"}"
    form = "&".join(f"a{number}=1" for number in range(9000))
    async with httpx.AsyncClient(base_url=address, timeout=20) as client:
        many = await client.post(
            "/words", content=body, headers={"Content-Type": "application/json"}
        )
        assert (many.status_code, len(many.content) < 4000) == (422, True)
        assert (
            await client.post("/words", content=form, headers={"Content-Type": KINDS[2]})
        ).status_code in {413, 422}


@pytest.mark.parametrize(
    "piece", [b"X-Many: 1\r\n" * 100, b"x" * 4096], ids=["fields", "one field"]
)
async def test_a_head_without_end_is_cut_off(address: str, piece: bytes) -> None:
    async with connected(address) as (reading, writing):
        writing.write(b"GET /health/live HTTP/1.1\r\nHost: test\r\nX-Long: ")
        await writing.drain()
        sent = await sends_until_cut(writing, endless(piece), 64 * 1024 * 1024)
        assert sent < server.HEAD_BYTES + KERNEL
        await others_are_served(address)
        answer = await asyncio.wait_for(_rest(reading), 20)
    assert answer == b"" or b" 400 " in answer


async def _rest(reading: asyncio.StreamReader) -> bytes:
    try:
        return await reading.read()
    except ConnectionError:
        return b""


async def test_more_fields_in_a_head_than_any_browser_sends_are_refused(address: str) -> None:
    many = {f"X-{number}": "1" for number in range(server.HEAD_FIELDS + 1)}
    async with httpx.AsyncClient(base_url=address, timeout=20) as client:
        assert (await client.get("/health/live", headers=many)).status_code == 400
        assert (
            await client.get("/health/live", headers=dict(list(many.items())[:50]))
        ).status_code == 200


async def test_a_body_that_trickles_is_given_up() -> None:
    async with served(app(body_seconds=0.5)) as address, connected(address) as (reading, writing):
        writing.write(
            head("/words", "Content-Type: application/json", "Content-Length: 20") + b'{"te'
        )
        assert b" 408 " in await asyncio.wait_for(reading.readline(), 20)
        await others_are_served(address)
        assert b"too-slow" in await asyncio.wait_for(_rest(reading), 20)


def test_the_document_tells_of_these_bounds() -> None:
    """Too much is refused on every route, too slow where a body is read."""
    routes = app().openapi()["paths"]
    assert {"413", "408"} <= set(routes["/words"]["post"]["responses"])
    assert "413" in routes["/nothing"]["post"]["responses"]


async def test_a_head_that_trickles_is_given_up(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "HEAD_SECONDS", 0.3)
    async with connected(address) as (reading, writing):
        writing.write(b"GET / HTTP/1.1\r\n")
        assert await asyncio.wait_for(_rest(reading), 20) == b""


UNREADABLE = {
    "compressed": gzip.compress(b'{"text": "a"}'),
    "invalid": b'{"text": "\xff\xfe"}',
    "overlong": b'{"text": "\xc0\xaf"}',
    "surrogate": b'{"text": "\xed\xa0\x80"}',
    "nested": b"[" * 50_000,
    "huge number": b'{"text": ' + b"9" * 5000 + b"}",
    "twice": b'{"text": "a", "text": "b"}',
    "twice escaped": b'{"text": "a", "\\u0074ext": "b"}',
    "twice inside": b'{"text": {"a": 1, "a": 2}}',
    "binary": b"\x00\x01\x02",
    "cut": b"{",
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
async def test_a_body_that_cannot_be_read_or_says_two_things_is_refused_by_name(
    address: str, body: bytes
) -> None:
    """Nothing is guessed, and no field is dropped silently."""
    async with httpx.AsyncClient(base_url=address, timeout=20) as client:
        answer = await client.post(
            "/words",
            content=body,
            headers={"Content-Type": "application/json", "Content-Encoding": "gzip"},
        )
    assert answer.status_code == 422, answer.text
    assert {error["field"].split(".")[0] for error in answer.json()["errors"]} <= {"body", "text"}
