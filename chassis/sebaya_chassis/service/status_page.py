"""How this service stands, for the district's operator: for programs, and as a part of the
operator's page.

The operator's browser asks each service behind the one origin for its own part; no service asks
another.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from pydantic import BaseModel, ConfigDict

from sebaya_chassis.base.problems import Forbidden, Unauthenticated, Unavailable
from sebaya_chassis.service.runtime import Runtime
from sebaya_chassis.service.status import ServiceStatus, State
from sebaya_chassis.web.auth import Principal, require_district_role
from sebaya_chassis.web.pages.routes import PagesDependency
from sebaya_chassis.web.pages.session import require_district_staff
from sebaya_chassis.web.pages.texts import marked
from sebaya_chassis.web.problems import problems
from sebaya_chassis.web.routes import Route
from sebaya_contracts.words import Role

STATES = {
    State.WELL: marked("works"),
    State.LEFT_OVER: marked("works; some events could not be applied"),
    State.BEHIND: marked("is behind"),
    State.NO_WORKER: marked("answers, but nothing is worked on"),
    State.STOPPED: marked("stands still"),
}
# By the look of the badges of urgency.
BADGES = {
    State.WELL: "none",
    State.LEFT_OVER: "amber",
    State.BEHIND: "amber",
    State.NO_WORKER: "red",
    State.STOPPED: "red",
}

router = APIRouter(route_class=Route)
pages_router = APIRouter(include_in_schema=False)
Token = Annotated[Principal, Depends(require_district_role(Role.OPERATOR))]
Session = Annotated[Principal, Depends(require_district_staff(Role.OPERATOR))]


class StandingView(BaseModel):
    """One service: the worst that is true of it, and what it is told by. `ready` is the process
    that answers.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "service": "matching",
                    "state": "well",
                    "ready": True,
                    "workers": 2,
                    "records_behind": 0,
                    "seconds_behind": 0.0,
                    "dead_letters": 0,
                    "stuck": [],
                }
            ]
        }
    )

    service: str
    state: State
    ready: bool
    workers: int
    records_behind: int
    seconds_behind: float
    dead_letters: int
    stuck: list[str]

    @classmethod
    def of(cls, found: ServiceStatus) -> "StandingView":
        return cls(
            **{name: getattr(found, name) for name in cls.model_fields}
            | {"stuck": list(found.stuck)}
        )


async def runtime_of(request: Request) -> Runtime:
    runtime: Runtime = request.app.state.standing_of
    return runtime


Here = Annotated[Runtime, Depends(runtime_of)]


@router.get(
    "/operations/standing",
    tags=["operations"],
    responses=problems(Unauthenticated, Forbidden, Unavailable),
)
async def read_standing(_operator: Token, here: Here) -> StandingView:
    """Report how this service stands: its workers, how far behind they are, and what they could not
    apply.
    """
    return StandingView.of(await here.status())


@pages_router.get("/operations/part")
async def show_part(request: Request, who: Session, here: Here, pages: PagesDependency) -> Response:
    """Show the same as a part of the operator's page, 304 while nothing has changed; for a browser
    without a script a page of its own.
    """
    shown: dict[str, Any] = {
        "one": await read_standing(who, here),
        "states": STATES,
        "badges": BADGES,
    }
    if "hx-request" in request.headers:
        return pages.show_live(request, "standing.html", **shown)
    live, _ = pages.render_part(request, "standing.html", **shown)
    return pages.show(request, "part.html", principal=who, live=live, service=here.service)


@pages_router.get("/operations/part.svg")
async def show_picture(
    request: Request, who: Session, here: Here, pages: PagesDependency
) -> Response:
    """Show its state as a picture: what an operator's page has of it without a script."""
    return pages.show_image(
        request, "standing.svg", one=await read_standing(who, here), states=STATES, badges=BADGES
    )


def add_status_page(app: FastAPI, runtime: Runtime) -> None:
    """Add the routes by which the service reports to its operator how it stands."""
    app.state.standing_of = runtime
    app.include_router(router)
    app.include_router(pages_router)
