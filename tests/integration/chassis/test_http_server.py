"""Through a real socket: what a client sends without end is cut off while others are served; and
what is away is told, not died of.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
from fastapi import FastAPI, Request

from sample_service import COUNTED, asked
from sebaya_chassis.base.health import Health
from sebaya_chassis.base.problems import Unavailable
from sebaya_chassis.service.runtime import Runtime
from sebaya_chassis.web.app import create_app
from servers import Servers
from support import chassis_settings, eventually, running

Serve = Callable[[FastAPI], Awaitable[str]]
LIMIT = 64 * 1024


@pytest.fixture
async def client(serve: Serve) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app("toy", "Toy", "", Health("toy", 60), LIMIT, "")

    @app.post("/raw")
    async def raw(request: Request) -> int:
        return len(await request.body())

    async with httpx.AsyncClient(base_url=await serve(app)) as made:
        yield made


async def test_a_body_without_end_is_refused_while_it_comes_and_others_are_served(
    client: httpx.AsyncClient,
) -> None:
    """The answer is there although the body has not ended; the connection is not cut, or the answer
    could be lost on its way.
    """
    reading, writing = await asyncio.open_connection(client.base_url.host, client.base_url.port)
    writing.write(b"POST /raw HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(LIMIT // 4096):
        writing.write(b"1000\r\n" + b"x" * 4096 + b"\r\n")
        await writing.drain()
    assert (await client.post("/raw", content=b"x" * 10)).json() == 10
    writing.write(b"1\r\nx\r\n")
    assert b"413" in await asyncio.wait_for(reading.readline(), 5)
    assert (await client.post("/raw", content=b"x" * 10)).json() == 10
    writing.close()


async def test_a_length_that_is_announced_is_refused_before_it_is_sent(
    client: httpx.AsyncClient,
) -> None:
    host, port = client.base_url.host, client.base_url.port
    reading, writing = await asyncio.open_connection(host, port)
    writing.write(b"POST /raw HTTP/1.1\r\nHost: test\r\nContent-Length: 100000000\r\n\r\n")
    await writing.drain()
    assert b"413" in await asyncio.wait_for(reading.readline(), 5)
    writing.close()


async def test_a_process_whose_store_and_broker_are_away_lives_and_says_so(
    serve: Serve, unused_tcp_port_factory: Callable[[], int]
) -> None:
    """A probe tied to a dependency: no probe hangs on a dependency; the service's own 503 reaches
    the student.
    """
    away = Servers(
        f"mongodb://127.0.0.1:{unused_tcp_port_factory()}/?serverSelectionTimeoutMS=300",
        f"127.0.0.1:{unused_tcp_port_factory()}",
    )
    runtime = Runtime("intake", chassis_settings(away, "t"), [COUNTED], {})
    app = create_app("intake", "Toy", "", runtime.health, LIMIT, "")

    @app.get("/schools/{school_id}/cases")
    async def cases(school_id: str) -> int:
        return await runtime.store(school_id).documents(COUNTED).count({})

    async with running(runtime, app), httpx.AsyncClient(base_url=await serve(app)) as client:
        beat = runtime.health._beats[0]
        first = beat.turned_at

        async def tried_again() -> bool:
            return beat.turned_at > first

        await eventually(tried_again)
        assert [
            (await client.get(f"/health/{probe}")).status_code
            for probe in ("startup", "live", "ready")
        ] == [200, 200, 200]
        answer = await client.get("/schools/s1/cases")
        assert (answer.status_code, answer.json()["type"]) == (
            503,
            "urn:sebaya:problem:unavailable",
        )
        with pytest.raises(Unavailable):
            runtime.store("s1")


async def test_a_broker_that_is_away_stops_no_writing(
    serve: Serve, servers: Servers, prefix: str, unused_tcp_port: int
) -> None:
    away = Servers(servers.mongodb_uri, f"127.0.0.1:{unused_tcp_port}")
    runtime = Runtime("intake", chassis_settings(away, prefix), [COUNTED], {})
    app = create_app("intake", "Toy", "", runtime.health, LIMIT, "")
    async with running(runtime, app), httpx.AsyncClient(base_url=await serve(app)) as client:
        await asyncio.wait_for(runtime.prepared.wait(), 10)
        store = runtime.store("s1").documents(COUNTED)
        await asyncio.wait_for(store.create(COUNTED.state("c1"), [asked("c1")]), 5)
        assert (await store.load("c1")).waiting == 1
        assert [
            (await client.get(f"/health/{probe}")).status_code for probe in ("live", "ready")
        ] == [200, 200]
