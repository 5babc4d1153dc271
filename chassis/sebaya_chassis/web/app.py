"""The HTTP side that every service has: problems, limits, health, metrics, private answers."""

from fastapi import APIRouter, FastAPI, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from sebaya_chassis.base.health import Health
from sebaya_chassis.web.body_limit import BodyLimit
from sebaya_chassis.web.docs_page import serve_docs
from sebaya_chassis.web.openapi import describe_problems
from sebaya_chassis.web.problem_answers import ExtraMembers, add_problem_handlers, no_extra_members
from sebaya_chassis.web.request_metrics import RequestMetrics
from sebaya_chassis.web.root_path import RootPath
from sebaya_chassis.web.routes import Route


def create_app(
    service: str,
    title: str,
    description: str,
    health: Health,
    body_limit: int,
    root_path: str,
    extra: ExtraMembers = no_extra_members,
    body_seconds: float = 60.0,
) -> FastAPI:
    """Create an app without routes of its own.

    `extra` adds members to every problem (intake: the crisis lines). A body of more than
    `body_limit` bytes, or one that takes more than `body_seconds`, is refused while it comes:
    64 KB in a minute is a telephone at the edge of its network.
    """
    app = FastAPI(
        title=title,
        description=description,
        version="1",
        docs_url=None,
        redoc_url=None,
    )
    app.router.route_class = Route
    app.include_router(_operations(health))
    add_problem_handlers(app, service, extra)
    serve_docs(app)
    describe_problems(app)
    app.add_middleware(BodyLimit, limit=body_limit, seconds=body_seconds, extra=extra)
    app.add_middleware(RequestMetrics, service=service)
    app.add_middleware(RootPath, root_path=root_path)
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
            health.log_stuck()
        return JSONResponse({"live": not stuck, "stuck": stuck}, status_code=503 if stuck else 200)

    @router.get("/health/ready")
    async def ready() -> Response:
        notes = {name: tell() for name, tell in health.notes.items()}
        told = {"ready": health.ready, **notes}
        return JSONResponse(told, status_code=200 if health.ready else 503)

    @router.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router
