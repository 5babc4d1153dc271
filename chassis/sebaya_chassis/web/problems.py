"""The HTTP answer to a problem, and how a route declares its own."""

from collections.abc import Mapping
from typing import Any

from fastapi.responses import JSONResponse

from sebaya_chassis.base.problems import Problem, ProblemDetails

MEDIA_TYPE = "application/problem+json"
# An answer about a person is not stored, not taken for something else, and passes its address on to
# no other site. Problems carry these themselves: the answer to a fault of ours leaves past every
# middleware.
PRIVATE = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def answer(
    problem: Problem,
    extra: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """Answer with a problem's details; `extra` adds members to them, `headers` to the answer's."""
    body = problem.details().model_dump(exclude_none=True) | dict(extra or {})
    return JSONResponse(
        body,
        status_code=int(problem.status),
        media_type=MEDIA_TYPE,
        headers={**PRIVATE, **problem.headers(), **(headers or {})},
    )


def problems(*kinds: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """Describe a route's refusals for its `responses`, with an example each.

    Several of one status become one entry.
    """
    described: dict[int | str, dict[str, Any]] = {}
    for kind in kinds:
        entry = described.setdefault(
            int(kind.status),
            {"model": ProblemDetails, "description": "", "content": {MEDIA_TYPE: {"examples": {}}}},
        )
        entry["description"] = "; ".join(
            filter(None, [entry["description"], (kind.__doc__ or kind.title).split("\n")[0]])
        )
        entry["content"][MEDIA_TYPE]["examples"][kind.slug] = {
            "value": kind.example().details().model_dump(exclude_none=True)
        }
    return described
