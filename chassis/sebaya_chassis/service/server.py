"""The HTTP server: uvicorn, with a bound on a request's head and a way to leave that loses no
request.
"""

import asyncio
from types import FrameType

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from sebaya_chassis.base.health import Health

# A bearer token of a large provider takes 8 KB, a browser's cookies another 8; uvicorn's parser
# itself has no bound.
HEAD_BYTES = 32 * 1024
HEAD_FIELDS = 100
# A head is one packet or two; a client that has not finished one by then keeps a connection for
# nothing.
HEAD_SECONDS = 20.0


class HeadTooLarge(Exception):
    """More header fields than any browser or entrance sends."""


class BoundedHead(HttpToolsProtocol):
    """Refuses a head without end while it is being read, and closes a connection that does not
    finish one.
    """

    def connection_made(  # type: ignore[override] # as uvicorn's own
        self, transport: asyncio.Transport
    ) -> None:
        super().connection_made(transport)
        self._head = 0
        self._head_due = self.loop.call_later(HEAD_SECONDS, self._head_overdue)

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_due.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        unfinished = self._in_head
        super().data_received(data)
        # What came with the end of a former body is not counted: a head is bounded by this and one
        # read of the socket.
        if unfinished and self._in_head:
            self._head += len(data)
            if self._head > HEAD_BYTES and not self.transport.is_closing():
                self.send_400_response("The head of this request is too large.")

    _in_head = True

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = True
        self._head_due.cancel()
        self._head_due = self.loop.call_later(HEAD_SECONDS, self._head_overdue)

    def on_headers_complete(self) -> None:
        self._in_head, self._head = False, 0
        self._head_due.cancel()
        if len(self.headers) > HEAD_FIELDS:
            raise HeadTooLarge
        super().on_headers_complete()

    def _head_overdue(self) -> None:
        self.transport.close()


class Server(uvicorn.Server):
    """Says "not ready" for a while before it stops listening, so that an entrance has taken it off
    its list.
    """

    def __init__(self, config: uvicorn.Config, health: Health, unready_seconds: float) -> None:
        super().__init__(config)
        self._health = health
        self._unready_seconds = unready_seconds

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self._health.draining or self._unready_seconds <= 0:
            super().handle_exit(sig, frame)
            return
        self._health.draining = True
        asyncio.get_event_loop().call_later(self._unready_seconds, super().handle_exit, sig, frame)


def config_of(app: FastAPI, host: str, port: int, drain_seconds: int) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=True,
        timeout_graceful_shutdown=drain_seconds,
        loop="uvloop",
        http=BoundedHead,
    )
