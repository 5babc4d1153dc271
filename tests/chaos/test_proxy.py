"""The proxy does to a link what it says: each state seen from both ends of real connections."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from chaos.proxy import Proxy
from sebaya_cli.stack.ports import HOST, free_port
from support import eventually


@dataclass
class Echo:
    """A server that answers each line with itself and remembers what it heard."""

    heard: list[bytes] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            self.heard.append(line)
            writer.write(line)
            await writer.drain()
        writer.close()


@asynccontextmanager
async def echo_behind_proxy() -> AsyncIterator[tuple[Echo, Proxy]]:
    echo, port = Echo(), free_port()
    server = await asyncio.start_server(echo.serve, HOST, port)
    async with Proxy(free_port({port}), lambda: port) as proxy:
        yield echo, proxy
    server.close()


async def say(
    streams: tuple[asyncio.StreamReader, asyncio.StreamWriter], line: bytes, within: float = 5.0
) -> bytes:
    reader, writer = streams
    writer.write(line)
    return await asyncio.wait_for(reader.readline(), within)


async def test_a_whole_link_passes_everything_and_its_end() -> None:
    async with echo_behind_proxy() as (_, proxy):
        reader, writer = await asyncio.open_connection(HOST, proxy.port)
        assert await say((reader, writer), b"one\n") == b"one\n"
        writer.write_eof()
        assert await asyncio.wait_for(reader.read(), 5.0) == b""


async def test_a_cut_resets_what_stands_and_lets_new_ones_through() -> None:
    async with echo_behind_proxy() as (_, proxy):
        streams = await asyncio.open_connection(HOST, proxy.port)
        assert await say(streams, b"one\n") == b"one\n"
        proxy.cut()
        with pytest.raises(ConnectionResetError):
            await asyncio.wait_for(streams[0].read(), 5.0)
        assert await say(await asyncio.open_connection(HOST, proxy.port), b"two\n") == b"two\n"


async def test_a_refused_link_resets_new_connections_until_it_is_restored() -> None:
    async with echo_behind_proxy() as (echo, proxy):
        proxy.refuse()
        reader, _ = await asyncio.open_connection(HOST, proxy.port)
        with pytest.raises(ConnectionResetError):
            await asyncio.wait_for(reader.read(), 5.0)
        assert echo.heard == []
        proxy.restore()
        assert await say(await asyncio.open_connection(HOST, proxy.port), b"two\n") == b"two\n"


async def test_a_slow_link_delays_both_directions() -> None:
    async with echo_behind_proxy() as (_, proxy):
        streams = await asyncio.open_connection(HOST, proxy.port)
        proxy.slow(0.2)
        began = time.monotonic()
        assert await say(streams, b"one\n") == b"one\n"
        assert time.monotonic() - began >= 0.4


async def test_half_open_loses_answers_of_work_that_was_done_and_keeps_the_connection() -> None:
    async with echo_behind_proxy() as (echo, proxy):
        streams = await asyncio.open_connection(HOST, proxy.port)
        proxy.half_open(answers_vanish=True)
        with pytest.raises(TimeoutError):
            await say(streams, b"one\n", within=0.5)
        assert echo.heard == [b"one\n"]
        assert proxy.connections == 1
        proxy.restore()
        with pytest.raises(ConnectionResetError):
            await asyncio.wait_for(streams[0].read(), 5.0)


async def test_half_open_loses_requests_before_they_arrive() -> None:
    async with echo_behind_proxy() as (echo, proxy):
        streams = await asyncio.open_connection(HOST, proxy.port)
        proxy.half_open(answers_vanish=False)
        with pytest.raises(TimeoutError):
            await say(streams, b"one\n", within=0.5)
        assert echo.heard == []


async def test_a_server_that_is_away_is_seen_as_a_reset() -> None:
    async with Proxy(free_port(), free_port) as proxy:
        streams = await asyncio.open_connection(HOST, proxy.port)
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            streams[1].write(b"one\n")
            await asyncio.wait_for(streams[0].read(), 5.0)

        async def left() -> bool:
            return proxy.connections == 0

        await eventually(left)
