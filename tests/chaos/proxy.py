"""A TCP proxy between any two parts, whose link a test cuts, refuses, delays or half-opens while
both ends are at work.
"""

import asyncio
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from sebaya_cli.stack.ports import HOST

CHUNK = 64 * 1024
RESET_AT_CLOSE = struct.pack("ii", 1, 0)  # linger for no time: the peer sees a reset, not an end


class Link(StrEnum):
    """What the link does to what passes."""

    WHOLE = "whole"
    REFUSED = "refused"
    """New connections are reset at once; those that stand go on."""
    VANISH_FORTH = "vanish_forth"
    """Half-open: what the client sends is lost, connections stay."""
    VANISH_BACK = "vanish_back"
    """Half-open: what the server answers is lost (it has done the work), connections stay."""


@dataclass(eq=False, slots=True)
class Pair:
    """One connection of a client, and its twin to the server."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter | None = None
    tainted: bool = False
    """Bytes of it have vanished; it can only be reset once the link is whole again."""

    def reset(self) -> None:
        for writer in (self.client, self.server):
            if writer is None or writer.transport.is_closing():
                continue
            raw: socket.socket | None = writer.get_extra_info("socket")
            if raw is not None:
                with suppress(OSError):
                    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_CLOSE)
            writer.transport.abort()


@dataclass(eq=False)
class Proxy:
    """Listens on `port` and passes everything on to `target`, which is asked anew for each
    connection.

    `async with Proxy(port, lambda: target_port) as proxy:` Nothing is lost and little is delayed
    until a test says so.
    """

    port: int
    target: Callable[[], int]
    link: Link = Link.WHOLE
    delay: float = 0.0
    """Seconds that every chunk waits, in each direction."""
    _server: asyncio.Server | None = None
    _pairs: set[Pair] = field(default_factory=set)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, HOST, self.port)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
        self.cut()

    @property
    def connections(self) -> int:
        return len(self._pairs)

    def cut(self) -> None:
        """Reset every connection that stands; new ones come through."""
        for pair in list(self._pairs):
            pair.reset()

    def refuse(self) -> None:
        """Reset what stands and whatever comes, as a host that is not there."""
        self.link = Link.REFUSED
        self.cut()

    def slow(self, seconds: float) -> None:
        self.delay = seconds

    def half_open(self, *, answers_vanish: bool) -> None:
        """Bytes vanish in one direction, and nobody is told."""
        self.link = Link.VANISH_BACK if answers_vanish else Link.VANISH_FORTH

    def restore(self) -> None:
        """Whole and quick again. A connection that lost bytes is reset: no real one could go on
        without them either.
        """
        self.link, self.delay = Link.WHOLE, 0.0
        for pair in [pair for pair in self._pairs if pair.tainted]:
            pair.reset()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        pair = Pair(writer)
        if self.link is Link.REFUSED:
            pair.reset()
            return
        self._pairs.add(pair)
        try:
            back, pair.server = await asyncio.open_connection(HOST, self.target())
            await self._pass_both_ways(pair, reader, back, pair.server)
        except OSError:
            pass  # the server is away, or one end has gone: both ends learn it by the reset below
        finally:
            self._pairs.discard(pair)
            pair.reset()

    async def _pass_both_ways(
        self,
        pair: Pair,
        forth: asyncio.StreamReader,
        back: asyncio.StreamReader,
        server: asyncio.StreamWriter,
    ) -> None:
        ways = {
            asyncio.ensure_future(self._pass(pair, forth, server, Link.VANISH_FORTH)),
            asyncio.ensure_future(self._pass(pair, back, pair.client, Link.VANISH_BACK)),
        }
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    async def _pass(
        self, pair: Pair, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, vanishes: Link
    ) -> None:
        """Until the sender ends, which the other side is told in the same way."""
        while chunk := await reader.read(CHUNK):
            if self.delay:
                await asyncio.sleep(self.delay)
            if self.link is vanishes:
                pair.tainted = True
                continue
            writer.write(chunk)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
