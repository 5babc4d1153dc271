"""The OpenAPI document, completed: the refusals that every route shares, each in its one form."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI

from sebaya_chassis.base.problems import (
    Invalid,
    ProblemDetails,
    TooLarge,
    TooSlow,
    Unavailable,
    Unexpected,
)
from sebaya_chassis.web.problems import MEDIA_TYPE, problems

METHODS = frozenset({"get", "put", "post", "patch", "delete", "head", "options"})
SCHEMA = {"$ref": "#/components/schemas/ProblemDetails"}
# The framework's own form of a refusal, which no route ever answers.
NEVER_ANSWERED = ("HTTPValidationError", "ValidationError")
# A body is refused by its announced length, also at a route that takes none.
OF_EVERY_ROUTE = problems(Unexpected, Unavailable, TooLarge)
OF_EVERY_INPUT = problems(Invalid)
OF_EVERY_BODY = problems(TooSlow)


def describe_problems(app: FastAPI) -> None:
    """Replace `app.openapi` with one that lists every refusal."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _completed(plain())
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _completed(document: dict[str, Any]) -> dict[str, Any]:
    for operation in _operations(document):
        responses = operation["responses"]
        for status, said in _common(operation).items():
            if status not in responses or MEDIA_TYPE not in responses[status].get("content", {}):
                responses[status] = said
        for status, response in responses.items():
            if int(status) >= 400:
                response["content"] = {
                    MEDIA_TYPE: {**response["content"][MEDIA_TYPE], "schema": SCHEMA}
                }
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in NEVER_ANSWERED:
        schemas.pop(name, None)
    schemas.update(_definitions())
    return document


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for item in document.get("paths", {}).values():
        yield from (operation for method, operation in item.items() if method in METHODS)


def _common(operation: dict[str, Any]) -> dict[str, Any]:
    kinds = dict(OF_EVERY_ROUTE)
    if operation.get("parameters") or "requestBody" in operation:
        kinds |= OF_EVERY_INPUT
    if "requestBody" in operation:
        kinds |= OF_EVERY_BODY
    return {
        str(status): {
            "description": said["description"],
            "content": {MEDIA_TYPE: dict(said["content"][MEDIA_TYPE])},
        }
        for status, said in kinds.items()
    }


def _definitions() -> dict[str, Any]:
    made = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**made.pop("$defs", {}), "ProblemDetails": made}
