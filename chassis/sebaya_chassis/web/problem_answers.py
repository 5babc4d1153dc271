"""Every failure of a request as problem details, or as a page where a browser asked for one.

An answer names what is wrong and never what was sent: a request may hold a student's words.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pymongo.errors import PyMongoError
from starlette.exceptions import HTTPException

from sebaya_chassis.base.logs import get_logger
from sebaya_chassis.base.metrics import STORE_AWAY
from sebaya_chassis.base.problems import (
    FieldError,
    Invalid,
    NotFound,
    Problem,
    Refused,
    TooLarge,
    TooSlow,
    Unavailable,
    Unexpected,
)
from sebaya_chassis.base.retry import store_is_away
from sebaya_chassis.web.problems import answer
from sebaya_chassis.web.refusals import Refusals
from sebaya_chassis.web.request_metrics import route_of
from sebaya_chassis.web.routes import Route

log = get_logger()

ExtraMembers = Callable[[Request], Awaitable[Mapping[str, Any]]]
ErrorPage = Callable[[Request, Problem, Mapping[str, Any], Mapping[str, str]], Awaitable[Response]]

# A body full of mistakes is answered with these many; its author learns no more from ten thousand.
MOST_ERRORS = 20
# No path of ours is longer.
LONGEST_FIELD = 100

# pydantic quotes these from the request.
MESSAGES = {
    "union_tag_invalid": "Not one of the known kinds",
    "extra_forbidden": "Holds a field that is not known here",
}


async def no_extra_members(_request: Request) -> Mapping[str, Any]:
    """Add nothing to a problem."""
    return {}


def add_problem_handlers(app: FastAPI, service: str, extra: ExtraMembers) -> None:
    """Answer every exception of a route with a problem; `extra` adds members to each."""
    extra = without_failures(extra)

    @app.exception_handler(Problem)
    async def on_problem(request: Request, problem: Problem) -> Response:
        response = await answer_problem(request, problem, extra)
        refusals: Refusals | None = getattr(request.app.state, "refusals", None)
        if refusals is not None:
            response.background = refusals.note(request, problem)
        return response

    @app.exception_handler(RequestValidationError)
    async def on_invalid(request: Request, error: RequestValidationError) -> Response:
        problem = Invalid(errors=[_field_error(e) for e in error.errors()[:MOST_ERRORS]])
        return await answer_problem(request, problem, extra)

    @app.exception_handler(HTTPException)
    async def on_http(request: Request, error: HTTPException) -> Response:
        return await answer_problem(request, _as_problem(error), extra, error.headers)

    @app.exception_handler(PyMongoError)
    async def on_store(request: Request, error: PyMongoError) -> Response:
        if not store_is_away(error):
            return await on_fault(request, error)
        STORE_AWAY.labels(service).inc()
        return await answer_problem(request, Unavailable(), extra, {"Retry-After": "5"})

    @app.exception_handler(Exception)
    async def on_fault(request: Request, error: Exception) -> Response:
        log.error(
            "request_failed", exc_info=error, method=request.method, route=route_of(request.scope)
        )
        return await answer_problem(request, Unexpected(), extra)


async def answer_problem(
    request: Request,
    problem: Problem,
    extra: ExtraMembers,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Answer a browser with a page where the service has pages, else with problem details.

    A route for programs (`Route`) always answers with problem details.
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


def without_failures(extra: ExtraMembers) -> ExtraMembers:
    """Wrap `extra` so that its own failure (the same store is away) costs its members only."""

    async def tried(request: Request) -> Mapping[str, Any]:
        try:
            return await extra(request)
        except Exception as error:
            log.warning("problem_without_extra", exc_info=error, route=route_of(request.scope))
            return {}

    return tried


def _field_error(error: Mapping[str, Any]) -> FieldError:
    """Name the path of the field and what is wrong with it, without what was sent."""
    path = [str(part) for part in _known_path(error)]
    return FieldError(
        field=".".join(path)[:LONGEST_FIELD] or str(error["loc"][0]),
        message=MESSAGES.get(error["type"]) or str(error["msg"]),
    )


def _known_path(error: Mapping[str, Any]) -> Sequence[Any]:
    """Return the part of the path that our own models name.

    The rest is the sender's text, and may hold a student's words.
    """
    path: Sequence[Any] = error["loc"][1:]
    match error["type"]:
        case "json_invalid":  # a character's number
            return ()
        case "extra_forbidden":  # the unknown name itself
            return path[:-1]
        case _ if path and path[-1] == "[key]":  # of a mapping whose names the sender chooses
            return path[:-2]
        case _:
            return path


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
