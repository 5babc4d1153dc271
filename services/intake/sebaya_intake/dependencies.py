"""What the routes stand on: the parts of the process, the school of the path, the key of a request."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Header, Path, Request, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from sebaya_chassis.base.problems import Unavailable
from sebaya_chassis.service.runtime import Runtime
from sebaya_chassis.storage.database import answering_within
from sebaya_chassis.web.auth import Principal, SchoolPath, authenticate, bearer, require_role
from sebaya_chassis.web.routes import Route
from sebaya_contracts.district import School
from sebaya_contracts.words import Role
from sebaya_intake.coverage import Coverages
from sebaya_intake.errors import OnlyJson
from sebaya_intake.keys import Keys
from sebaya_intake.settings import Settings
from sebaya_intake.store import IntakeStore


@dataclass(slots=True)
class Dependencies:
    """Of one process. `countries` is what is shown when the store is away: the country of every
    school seen so far.
    """

    runtime: Runtime
    settings: Settings
    keys: Keys
    countries: dict[str, str] = field(default_factory=dict)
    coverages: Coverages = field(default_factory=Coverages)

    def store(self, school_id: str) -> IntakeStore:
        return IntakeStore(self.runtime.store(school_id), self.settings.patience, self.coverages)


# FastAPI solves a dependency's own dependencies again at each mention, and sends a plain function
# to a thread: flat and async, these cost a third of what they did. What they ask for once more is
# in memory.
def parts_at(request: Request) -> Dependencies:
    parts: Dependencies = request.app.state.dependencies
    return parts


async def parts_of(request: Request) -> Dependencies:
    return parts_at(request)


TheParts = Annotated[Dependencies, Depends(parts_of)]


class IntakeRoute(Route):
    """Once the body is there, the store has a few seconds; then it counts as away. What a slow line
    took to send does not count.
    """

    async def around(
        self, request: Request, handle: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        """Raises OnlyJson."""
        try:
            await request.body()
        except ClientDisconnect:
            raise HTTPException(400) from None  # told to nobody, and no fault of ours
        only_json(request)
        with answering_within(parts_at(request).settings.answer_seconds):
            return await handle(request)


def only_json(request: Request) -> None:
    """Raises OnlyJson for forms, photos and files (they are read up to the body's limit and looked
    at no further).
    """
    given = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if given and given != "application/json" and not given.endswith("+json"):
        raise OnlyJson


@dataclass(frozen=True, slots=True)
class RequestContext:
    """The school that a request is about."""

    parts: Dependencies
    school: School
    store: IntakeStore


async def current_place(request: Request, school_id: SchoolPath) -> RequestContext:
    """Raises UnknownSchool; Unavailable at once while the store has not been reached yet."""
    parts = parts_at(request)
    if not parts.runtime.prepared.is_set():
        raise Unavailable
    school = await parts.runtime.schools.require(school_id)
    parts.countries[school_id] = school.country
    return RequestContext(parts, school, parts.store(school_id))


CurrentPlace = Annotated[RequestContext, Depends(current_place)]


async def current_school(request: Request, school_id: SchoolPath) -> School:
    return (await current_place(request, school_id)).school


CurrentSchool = Annotated[School, Depends(current_school)]


async def current_store(request: Request, school_id: SchoolPath) -> IntakeStore:
    return (await current_place(request, school_id)).store


Intake = Annotated[IntakeStore, Depends(current_store)]


IdempotencyKey = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[A-Za-z0-9_-]{16,128}$",
        description="Made by the client, random; the same key for every repeat of one request",
        examples=["5bd31b0c0c9e4f0d9e1c3a5a7b9d2f10"],
    ),
]
CasePath = Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{1,64}$", description="The case")]

StaffReader = Annotated[Principal, Depends(require_role(Role.SUPPORTER, Role.COUNSELLOR))]
_opens_for_others = require_role(Role.COUNSELLOR, Role.COORDINATOR)


async def staff_at_the_door(request: Request, school_id: str) -> Principal:
    """Who opens a case on behalf of a student. Raises Unauthenticated, Forbidden, NotFound."""
    return await _opens_for_others(school_id, await authenticate(request, await bearer(request)))
