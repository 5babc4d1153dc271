"""A route whose body is read once, and says each thing once."""

import json
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class NamedTwice(HTTPException):
    """An object of the body has two fields of one name: two things are said, of which one would be
    lost silently.
    """

    def __init__(self) -> None:
        super().__init__(422, "A field is there twice")


class OneReading(Request):
    """A request whose JSON names each field once."""

    async def json(self) -> Any:
        """Raises NamedTwice, and what `json.loads` raises."""
        return json.loads(await self.body(), object_pairs_hook=_once)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NamedTwice
    return found


class Route(APIRoute):
    """What every router of a service makes its routes of (`route_class`). Dependencies would cost
    each request five times as much.
    """

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            return await self.around(OneReading(request.scope, request.receive), handle)

        return handled

    async def around(
        self, request: Request, handle: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        """What a service does before and around its handlers."""
        return await handle(request)
