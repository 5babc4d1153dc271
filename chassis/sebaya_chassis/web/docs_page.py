"""The page that shows a service's OpenAPI document (`/docs`).

Its script and style come from an installed package, never from another host.

The files are Swagger UI (Apache-2.0) as the package `fastapi-offline` (MIT) carries them, current
and locked by hash like all else.
"""

from pathlib import Path

import fastapi_offline
from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import FileResponse, HTMLResponse

FOLDER = Path(fastapi_offline.__file__).parent / "static"
# The script runs inline, and its pictures are data: whatever a description holds, the browser asks
# this origin only.
OWN_ORIGIN_ONLY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self' 'unsafe-inline'",
        "style-src 'self' 'unsafe-inline'",
        "img-src data:",
        "connect-src 'self'",
    )
)


def serve_docs(app: FastAPI) -> None:
    """Serve `/docs`, and beside it the two files that it names."""
    router = APIRouter(include_in_schema=False)

    @router.get("/docs")
    async def docs(request: Request) -> HTMLResponse:
        root = request.scope.get("root_path", "")
        page = get_swagger_ui_html(
            openapi_url=f"{root}{app.openapi_url}",
            title=app.title,
            swagger_js_url=f"{root}/docs/swagger-ui-bundle.js",
            swagger_css_url=f"{root}/docs/swagger-ui.css",
            swagger_favicon_url="data:,",
            # Outside of one's own machine it would show a badge that another host makes of the
            # document.
            swagger_ui_parameters={"validatorUrl": None},
        )
        page.headers["Content-Security-Policy"] = OWN_ORIGIN_ONLY
        return page

    @router.get("/docs/swagger-ui-bundle.js")
    async def script() -> FileResponse:
        return FileResponse(FOLDER / "swagger-ui-bundle.js")

    @router.get("/docs/swagger-ui.css")
    async def style() -> FileResponse:
        return FileResponse(FOLDER / "swagger-ui.css")

    app.include_router(router)
