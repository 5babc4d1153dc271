"""The path prefix of a service behind the one origin."""

from starlette.types import ASGIApp, Receive, Scope, Send


class RootPath:
    """Adds the prefix that a proxy removed to the scope of each request, for links and OpenAPI."""

    def __init__(self, app: ASGIApp, root_path: str) -> None:
        self._app = app
        self._root_path = root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._root_path and scope["type"] == "http":
            scope["root_path"] = self._root_path
        await self._app(scope, receive, send)
