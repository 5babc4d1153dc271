"""Many connections that post over loopback sockets: one keep-alive connection a lane, each asking
again as soon as it is answered.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

import httptools

HOST = "127.0.0.1"


@dataclass(slots=True)
class Answers:
    """What came back: the status for each key (None: the connection broke first), and how long the
    answered ones took, in seconds.
    """

    status: dict[str, int | None] = field(default_factory=dict)
    took: list[float] = field(default_factory=list)
    bodies: dict[str, bytes] = field(default_factory=dict)
    at: dict[str, float] = field(default_factory=dict)
    """When each was answered, by time.monotonic()."""

    def percentile(self, share: float) -> float:
        return sorted(self.took)[min(len(self.took) - 1, int(len(self.took) * share))]


class _Connection(asyncio.Protocol):
    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._answer: asyncio.Future[int] | None = None
        self._transport: asyncio.WriteTransport | None = None
        self.body = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_begin(self) -> None:
        self.body = b""

    def on_body(self, part: bytes) -> None:
        self.body += part

    def on_message_complete(self) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(self._parser.get_status_code())

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError())

    async def ask(self, request: bytes) -> int:
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        if self._transport.is_closing():
            raise ConnectionResetError
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


async def post_all(
    port: int,
    path: Callable[[str], str],
    body: bytes,
    keys: Iterable[str],
    connections: int,
    rate: float | None = None,
) -> Answers:
    """Post the body for each key to its path, `rate` of them a second (None: as fast as it goes). A
    connection that breaks ends it.
    """
    answers, left = Answers(), list(keys)
    answers.status = dict.fromkeys(left)
    every = connections / rate if rate else 0.0
    await asyncio.gather(
        *(
            _lane(port, path, body, left, answers, every, lane / connections)
            for lane in range(connections)
        )
    )
    return answers


async def _lane(
    port: int,
    path: Callable[[str], str],
    body: bytes,
    left: list[str],
    answers: Answers,
    every: float,
    phase: float,
) -> None:
    try:
        _, connection = await asyncio.get_running_loop().create_connection(_Connection, HOST, port)
        due = time.monotonic() + every * phase
        while left:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            due += every
            if not left:
                break
            key = left.pop()
            asked = time.perf_counter()
            answers.status[key] = await connection.ask(_request(path(key), body, key))
            answers.took.append(time.perf_counter() - asked)
            answers.at[key], answers.bodies[key] = time.monotonic(), connection.body
        connection.close()
    except OSError:
        return


def _request(path: str, body: bytes, key: str) -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: "
        f"application/json\r\nIdempotency-Key: {key}\r\n"
    )
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


async def until(
    look: Callable[[], Awaitable[bool]], *, every: float = 0.003, within: float = 300.0
) -> None:
    """Raises TimeoutError."""
    async with asyncio.timeout(within):
        while True:
            if await look():
                return
            await asyncio.sleep(every)


async def answers_at(port: int, within: float = 300.0) -> None:
    """Until somebody listens there. Raises TimeoutError."""
    async with asyncio.timeout(within):
        while True:
            try:
                _, writer = await asyncio.open_connection(HOST, port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return
