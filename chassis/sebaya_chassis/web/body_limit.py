"""A limit on the bytes and the seconds of a request's body, kept while the body is read."""

import asyncio

from fastapi import Request
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sebaya_chassis.base.problems import TooLarge, TooSlow
from sebaya_chassis.web.problem_answers import ExtraMembers, answer_problem, without_failures

# Cut off at once, the answer could be lost on its way to a client that is still sending; so the
# connection stays open for this much more.
LINGER_BYTES = 256 * 1024
LINGER_SECONDS = 2.0


class BodyLimit:
    """Refuses a body while it is read, of any content type and any announced length.

    An answer before the end of such a body closes the connection: the rest is not read.
    """

    def __init__(self, app: ASGIApp, limit: int, seconds: float, extra: ExtraMembers) -> None:
        self._app = app
        self._limit = limit
        self._seconds = seconds
        self._too_large = f"At most {limit // 1024} KB fit into one request"
        self._extra = without_failures(extra)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = BoundedBody(scope, receive, send, self._limit, self._seconds, self._too_large)
        if body.announced > self._limit:
            refused = await answer_problem(Request(scope), TooLarge(self._too_large), self._extra)
            await refused(scope, receive, body.send)
        else:
            await self._app(scope, body.receive, body.send)


class BoundedBody:
    """One request's body, and the end of its connection where the body is given up."""

    def __init__(
        self, scope: Scope, receive: Receive, send: Send, limit: int, seconds: float, too_large: str
    ) -> None:
        self._receive, self._send = receive, send
        self._limit, self._seconds, self._too_large = limit, seconds, too_large
        self._seen = 0
        self._give_up_at: float | None = None
        self._closing = False
        headers = dict(scope["headers"])
        length = headers.get(b"content-length", b"")
        self.announced = int(length) if length.isdigit() else 0
        # A small announced body is left to the server, which discards no more than was announced.
        self._unwanted = b"transfer-encoding" in headers or self.announced > limit
        self._ended = not (self._unwanted or self.announced)

    async def receive(self) -> Message:
        """Receive a part of the body.

        Raises HTTPException, the one exception that body parsers let through, for a body that is
        too large or too slow.
        """
        if self._ended:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._deadline()):
                message = await self._receive()
        except TimeoutError:
            self._unwanted = True
            raise HTTPException(TooSlow.status, TooSlow.title) from None
        self._seen += len(message.get("body", b""))
        self._ended = not message.get("more_body", False)
        if self._seen > self._limit:
            raise HTTPException(TooLarge.status, self._too_large)
        return message

    def _deadline(self) -> float:
        if self._give_up_at is None:
            self._give_up_at = asyncio.get_running_loop().time() + self._seconds
        return self._give_up_at

    async def send(self, message: Message) -> None:
        """Send a part of the answer; close the connection after it where the body is given up."""
        if message["type"] == "http.response.start" and self._unwanted and not self._ended:
            self._closing = True
            message["headers"] = [*message.get("headers", []), (b"connection", b"close")]
        if (
            self._closing
            and message["type"] == "http.response.body"
            and not message.get("more_body", False)
        ):
            await self._send({**message, "more_body": True})
            await self._linger()
            message = {"type": "http.response.body", "body": b"", "more_body": False}
        await self._send(message)

    async def _linger(self) -> None:
        left = LINGER_BYTES
        try:
            async with asyncio.timeout(LINGER_SECONDS):
                while left > 0 and not self._ended:
                    message = await self._receive()
                    left -= len(message.get("body", b""))
                    self._ended = not message.get("more_body", False)
        except TimeoutError:
            return
