"""What every service's HTTP side has: problem details, limits while reading, health, metrics and
private answers that nobody stores.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pymongo.errors import PyMongoError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sebaya_chassis.base.health import Health
from sebaya_chassis.base.logs import get_logger
from sebaya_chassis.base.metrics import HTTP_FAILURES, REQUEST_SECONDS, REQUESTS, STORE_AWAY
from sebaya_chassis.base.problems import (
    PRIVATE,
    FieldError,
    Invalid,
    NotFound,
    Problem,
    Refused,
    TooLarge,
    TooSlow,
    Unavailable,
    Unexpected,
    answer,
)
from sebaya_chassis.base.retry import store_is_away
from sebaya_chassis.base.tracing import continued
from sebaya_chassis.web.docs_page import serve_docs
from sebaya_chassis.web.openapi import describe_problems
from sebaya_chassis.web.routes import Route

log = get_logger()

Extra = Callable[[Request], Awaitable[Mapping[str, Any]]]
ErrorPage = Callable[[Request, Problem, Mapping[str, Any], Mapping[str, str]], Awaitable[Response]]


# A body full of mistakes is answered with these many; its author learns no more from ten thousand.
MOST_ERRORS = 20
# No path of ours is longer.
LONGEST_FIELD = 100

# pydantic quotes these from the request.
SAID = {
    "union_tag_invalid": "Not one of the known kinds",
    "extra_forbidden": "Holds a field that is not known here",
}


async def nothing_extra(_request: Request) -> Mapping[str, Any]:
    return {}


def create_app(
    service: str,
    title: str,
    description: str,
    health: Health,
    body_limit: int,
    root_path: str,
    extra: Extra = nothing_extra,
    body_seconds: float = 60.0,
) -> FastAPI:
    """An app without routes of its own. `extra` adds members to every problem (intake: the crisis
    lines).

    A body of more than `body_limit` bytes, or one that takes more than `body_seconds`, is refused
    while it comes. 64 KB in a minute is a telephone at the edge of its network.
    """
    app = FastAPI(
        title=title,
        description=description,
        version="1",
        root_path=root_path,
        docs_url=None,
        redoc_url=None,
    )
    app.router.route_class = Route
    app.include_router(_operations(health))
    _problems(app, service, extra)
    serve_docs(app)
    describe_problems(app)
    app.add_middleware(BodyLimit, limit=body_limit, seconds=body_seconds, extra=extra)
    app.add_middleware(RequestMetrics, service=service)
    return app


def _operations(health: Health) -> APIRouter:
    router = APIRouter(tags=["operations"], include_in_schema=False)

    @router.get("/health/startup")
    async def startup() -> Response:
        return JSONResponse({"started": health.started}, status_code=200 if health.started else 503)

    @router.get("/health/live")
    async def live() -> Response:
        stuck = health.stuck
        if stuck:
            health.tell_stuck()
        return JSONResponse({"live": not stuck, "stuck": stuck}, status_code=503 if stuck else 200)

    @router.get("/health/ready")
    async def ready() -> Response:
        return JSONResponse({"ready": health.ready}, status_code=200 if health.ready else 503)

    @router.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router


def _problems(app: FastAPI, service: str, extra: Extra) -> None:
    extra = _dependable(extra)

    @app.exception_handler(Problem)
    async def on_problem(request: Request, problem: Problem) -> Response:
        return await told(request, problem, extra)

    @app.exception_handler(RequestValidationError)
    async def on_invalid(request: Request, error: RequestValidationError) -> Response:
        return await told(
            request, Invalid(errors=[_field_error(e) for e in error.errors()[:MOST_ERRORS]]), extra
        )

    @app.exception_handler(HTTPException)
    async def on_http(request: Request, error: HTTPException) -> Response:
        return await told(request, _as_problem(error), extra, error.headers)

    @app.exception_handler(PyMongoError)
    async def on_store(request: Request, error: PyMongoError) -> Response:
        if not store_is_away(error):
            return await on_fault(request, error)
        STORE_AWAY.labels(service).inc()
        return await told(request, Unavailable(), extra, {"Retry-After": "5"})

    @app.exception_handler(Exception)
    async def on_fault(request: Request, error: Exception) -> Response:
        log.error(
            "request_failed", exc_info=error, method=request.method, route=route_of(request.scope)
        )
        return await told(request, Unexpected(), extra)


async def told(
    request: Request, problem: Problem, extra: Extra, headers: Mapping[str, str] | None = None
) -> Response:
    """A page where a browser asked for one and the service has pages; problem details otherwise,
    and always of a route for programs.
    """
    members, headers = await extra(request), {**problem.headers(), **(headers or {})}
    page: ErrorPage | None = getattr(request.app.state, "error_page", None)
    by_browser = "text/html" in request.headers.get("accept", "") or "hx-request" in request.headers
    if page is None or not by_browser or isinstance(request.scope.get("route"), Route):
        return answer(problem, members, headers)
    try:
        return await page(request, problem, members, headers)
    except Exception:
        log.exception("error_page_failed", route=route_of(request.scope))
        return answer(problem, members, headers)


def _dependable(extra: Extra) -> Extra:
    """What fails while a failure is being told (the same store is away) must not cost the answer."""

    async def tried(request: Request) -> Mapping[str, Any]:
        try:
            return await extra(request)
        except Exception as error:
            log.warning("problem_without_extra", exc_info=error, route=route_of(request.scope))
            return {}

    return tried


def _field_error(error: Mapping[str, Any]) -> FieldError:
    """The path of the field and what is wrong with it, without what was sent."""
    path = [str(part) for part in _ours(error)]
    return FieldError(
        field=".".join(path)[:LONGEST_FIELD] or str(error["loc"][0]),
        message=SAID.get(error["type"]) or str(error["msg"]),
    )


def _ours(error: Mapping[str, Any]) -> Sequence[Any]:
    """The part of the path that our own models name: the rest is what the sender wrote, and may be
    words that nobody else should read.
    """
    place: Sequence[Any] = error["loc"][1:]
    match error["type"]:
        case "json_invalid":  # a character's number
            return ()
        case "extra_forbidden":  # the unknown name itself
            return place[:-1]
        case _ if place and place[-1] == "[key]":  # of a mapping whose names the sender chooses
            return place[:-2]
        case _:
            return place


def _as_problem(error: HTTPException) -> Problem:
    match error.status_code:
        case 400:
            # The framework could not read the body at all: bytes that are no UTF-8, a number or a
            # nesting without end.
            return Invalid(errors=[FieldError(field="body", message="Not JSON in UTF-8")])
        case 404:
            return NotFound()
        case 408:
            return TooSlow()
        case 413:
            return TooLarge(str(error.detail))
        case 422:
            return Invalid(errors=[FieldError(field="body", message=str(error.detail))])
        case status:
            return Refused(status, str(error.detail))


def route_of(scope: Scope) -> str:
    """The pattern of the route, never the path: paths hold ids, and scanners invent paths."""
    route = scope.get("route")
    return getattr(route, "path", None) or "(unmatched)"


class RequestMetrics:
    """Counts, times and traces each request by its route pattern; forbids storing private answers."""

    def __init__(self, app: ASGIApp, service: str) -> None:
        self._app = app
        self._service = service
        self._failures = {
            status: HTTP_FAILURES.labels(service, str(status)) for status in (500, 503)
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500
        started = time.perf_counter()

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *_private(message["headers"])]
            await send(message)

        traceparent = next(
            (value.decode("latin-1") for name, value in scope["headers"] if name == b"traceparent"),
            None,
        )
        try:
            with continued(traceparent, "request"):
                await self._app(scope, receive, sending)
        finally:
            route = route_of(scope)
            method = (
                scope["method"]
                if scope["method"] in {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"}
                else "OTHER"
            )
            REQUESTS.labels(self._service, method, route, str(status)).inc()
            if status in self._failures and not route.startswith("/health/"):
                self._failures[status].inc()
            REQUEST_SECONDS.labels(self._service, method, route).observe(
                time.perf_counter() - started
            )


_PRIVATE = tuple((name.lower().encode(), value.encode()) for name, value in PRIVATE.items())


def _private(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    given = {name.lower() for name, _ in headers}
    return [(name, value) for name, value in _PRIVATE if name not in given]


class BodyLimit:
    """Refuses a body while it is being read, whatever its content type and whatever length it
    claims.

    What is answered before such a body has ended closes the connection: nobody reads on to the end
    of what nobody wants.
    """

    def __init__(self, app: ASGIApp, limit: int, seconds: float, extra: Extra) -> None:
        self._app = app
        self._limit = limit
        self._seconds = seconds
        self._too_large = f"At most {limit // 1024} KB fit into one request"
        self._extra = _dependable(extra)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = BoundedBody(scope, receive, send, self._limit, self._seconds, self._too_large)
        if body.announced > self._limit:
            refused = await told(Request(scope), TooLarge(self._too_large), self._extra)
            await refused(scope, receive, body.send)
        else:
            await self._app(scope, body.receive, body.send)


# Cut off at once, the answer could be lost on its way to whoever is still sending; so the
# connection stays open for this much more.
LINGER_BYTES = 256 * 1024
LINGER_SECONDS = 2.0


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
        """Raises HTTPException, the one exception that body parsers let through, for what is too
        large or too slow.
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
