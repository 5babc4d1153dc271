"""Counts, times and traces of requests, by the pattern of their route."""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sebaya_chassis.base.metrics import HTTP_FAILURES, REQUEST_SECONDS, REQUESTS
from sebaya_chassis.base.tracing import continue_trace
from sebaya_chassis.web.problems import PRIVATE

METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
_PRIVATE = tuple((name.lower().encode(), value.encode()) for name, value in PRIVATE.items())


def route_of(scope: Scope) -> str:
    """Return the route's pattern, never the path: paths hold ids, and scanners invent them."""
    route = scope.get("route")
    return getattr(route, "path", None) or "(unmatched)"


class RequestMetrics:
    """Counts, times and traces each request; forbids caches to store private answers."""

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

        async def send_private(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *_missing_private(message["headers"])]
            await send(message)

        try:
            with continue_trace(_traceparent(scope), "request"):
                await self._app(scope, receive, send_private)
        finally:
            self._record(scope, status, time.perf_counter() - started)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        route = route_of(scope)
        method = scope["method"] if scope["method"] in METHODS else "OTHER"
        REQUESTS.labels(self._service, method, route, str(status)).inc()
        if status in self._failures and not route.startswith("/health/"):
            self._failures[status].inc()
        REQUEST_SECONDS.labels(self._service, method, route).observe(seconds)


def _traceparent(scope: Scope) -> str | None:
    headers = scope["headers"]
    return next(
        (value.decode("latin-1") for name, value in headers if name == b"traceparent"), None
    )


def _missing_private(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    present = {name.lower() for name, _ in headers}
    return [(name, value) for name, value in _PRIVATE if name not in present]
