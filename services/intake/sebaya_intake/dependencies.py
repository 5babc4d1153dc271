"""What the routes and pages stand on: the parts of the process, the school of the path, the case of
a return code, the key of a request.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Header, Path, Query, Request, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from sebaya_chassis.base.keyed_lock import KeyedLock
from sebaya_chassis.base.problems import Unavailable
from sebaya_chassis.service.runtime import Runtime
from sebaya_chassis.storage.database import answer_within
from sebaya_chassis.storage.layout import LoadedDocument
from sebaya_chassis.storage.tenant_store import SchoolStore
from sebaya_chassis.web.auth import Principal, SchoolPath, authenticate, bearer, require_role
from sebaya_chassis.web.routes import Route
from sebaya_contracts.words import Author, Role
from sebaya_intake import return_code as return_codes
from sebaya_intake.commands import SchoolContext
from sebaya_intake.coverage import CoverageCache
from sebaya_intake.crowding import Crowding
from sebaya_intake.domain.case import Case
from sebaya_intake.domain.message import Participant
from sebaya_intake.errors import OnlyJson
from sebaya_intake.keys import Keys, UnseenCode
from sebaya_intake.master_keys import MasterKeys
from sebaya_intake.settings import Settings
from sebaya_intake.store import IntakeStore


@dataclass(slots=True)
class Dependencies:
    """The parts of one process.

    `countries` is what is shown when the store is away: the country of every school seen so far.
    """

    runtime: Runtime
    settings: Settings
    keys: Keys
    master_keys: MasterKeys
    countries: dict[str, str] = field(default_factory=dict)
    coverage_cache: CoverageCache = field(default_factory=CoverageCache)
    code_locks: KeyedLock = field(default_factory=KeyedLock)
    crowding: Crowding = field(init=False)

    def __post_init__(self) -> None:
        self.crowding = Crowding(self.settings.bounds)

    def store(self, school_id: str) -> IntakeStore:
        """Make the store of one school. Raises Unavailable until the runtime is prepared."""
        return self._intake_store(self.runtime.store(school_id))

    def _intake_store(self, school_store: SchoolStore) -> IntakeStore:
        return IntakeStore(school_store, self.settings.verdict_timeout, self.coverage_cache)

    async def context(self, school_id: str) -> SchoolContext:
        """Make the context of one school.

        Raises UnknownSchool; Unavailable at once while the store has not been reached yet.
        """
        if not self.runtime.prepared.is_set():
            raise Unavailable
        school = await self.runtime.schools.require(school_id)
        self.countries[school_id] = school.country
        school_store = self.runtime.store(school_id)
        return SchoolContext(
            school=school,
            store=self._intake_store(school_store),
            school_store=school_store,
            keys=self.keys,
            master_keys=self.master_keys,
            settings=self.settings,
            wake=self.runtime.wake,
            code_locks=self.code_locks,
            crowding=self.crowding,
        )


# FastAPI solves a dependency's own dependencies again at each mention, and sends a plain function
# to a thread: flat and async, these cost a third of what they did. What they ask for once more is
# in memory.
def dependencies_of(request: Request) -> Dependencies:
    """Return the parts of the process that answers."""
    dependencies: Dependencies = request.app.state.dependencies
    return dependencies


async def current_dependencies(request: Request) -> Dependencies:
    """Return the parts of the process that answers."""
    return dependencies_of(request)


CurrentDependencies = Annotated[Dependencies, Depends(current_dependencies)]


class IntakeRoute(Route):
    """A route of which the store has a few seconds once the body is there; then it counts as away.

    What a slow line took to send does not count.
    """

    async def around(
        self, request: Request, handle: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        """Read the body, then answer within the time. Raises OnlyJson."""
        try:
            await request.body()
        except ClientDisconnect:
            raise HTTPException(400) from None  # no reader is left for it, and no fault of ours
        only_json(request)
        with answer_within(dependencies_of(request).settings.answer_seconds):
            return await handle(request)


def only_json(request: Request) -> None:
    """Refuse forms, photos and files, which are read up to the body's limit and looked at no
    further. Raises OnlyJson.
    """
    media_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if media_type and media_type != "application/json" and not media_type.endswith("+json"):
        raise OnlyJson


async def current_context(request: Request, school_id: SchoolPath) -> SchoolContext:
    """Return the context of the path's school. Raises UnknownSchool, Unavailable."""
    return await dependencies_of(request).context(school_id)


CurrentContext = Annotated[SchoolContext, Depends(current_context)]

ReturnCode = Annotated[str | None, Header(max_length=64, description="The student's return code")]
ReturnPass = Annotated[
    str | None,
    Header(
        max_length=64,
        description="`return_pass` of an earlier answer: "
        "with it others' guesses at the code do not make it wait",
    ),
]


async def current_case(
    request: Request,
    school_id: SchoolPath,
    return_code: ReturnCode = None,
    return_pass: ReturnPass = None,
) -> LoadedDocument[Case]:
    """Return the case of the code. Raises what `find_case` raises."""
    context = await current_context(request, school_id)
    return await return_codes.find_case(context, return_code, return_pass)


async def case_in_need(
    request: Request,
    school_id: SchoolPath,
    return_code: ReturnCode = None,
    return_pass: ReturnPass = None,
) -> LoadedDocument[Case] | UnseenCode:
    """Return the case of the code, for a door of help. Raises what `find_case_in_need` raises."""
    context = await current_context(request, school_id)
    return await return_codes.find_case_in_need(context, return_code, return_pass)


CurrentCase = Annotated[LoadedDocument[Case], Depends(current_case)]
CaseInNeed = Annotated[LoadedDocument[Case] | UnseenCode, Depends(case_in_need)]

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
GroupPath = Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{1,64}$", description="The group")]
Before = Annotated[
    str | None,
    Query(pattern=r"^[A-Za-z0-9-]{1,64}$", description="Only what comes before this message"),
]

Peer = Annotated[Principal, Depends(require_role(Role.SUPPORTER))]
StaffReader = Annotated[Principal, Depends(require_role(Role.SUPPORTER, Role.COUNSELLOR))]
Coordinator = Annotated[Principal, Depends(require_role(Role.COORDINATOR))]
Counsellor = Annotated[Principal, Depends(require_role(Role.COUNSELLOR))]
_case_opening_staff = require_role(Role.COUNSELLOR, Role.COORDINATOR)


async def require_opening_staff(request: Request, school_id: str) -> Principal:
    """Return the member of staff that opens a case on behalf of a student.

    Raises Unauthenticated, Forbidden, NotFound.
    """
    principal = await authenticate(request, await bearer(request))
    return await _case_opening_staff(request, school_id, principal)


def peer_of(principal: Principal) -> Participant:
    """Return the person as the peer of a match, whatever other roles there are."""
    return Participant(Author.SUPPORTER, principal.person_id)


def participant_of(principal: Principal) -> Participant:
    """Return as what a signed-in person takes part in a thread."""
    counsels = Role.COUNSELLOR in principal.roles
    return Participant(Author.COUNSELLOR if counsels else Author.SUPPORTER, principal.person_id)
