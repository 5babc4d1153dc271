"""What the routes for programs and for browsers share: the parts of one process, the school of the
path, and the roles that may call.
"""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path, Request

from sebaya_chassis.service.runtime import Runtime
from sebaya_chassis.storage.tenant_store import SchoolStore
from sebaya_chassis.web.auth import Principal, SchoolPath, require_role
from sebaya_chassis.web.pages.session import require_staff
from sebaya_contracts.district import School
from sebaya_contracts.words import Role
from sebaya_matching.schemas.fields import ID
from sebaya_matching.settings import Settings


@dataclass(frozen=True, slots=True)
class Dependencies:
    """The parts of one process."""

    runtime: Runtime
    settings: Settings


async def dependencies_of(request: Request) -> Dependencies:
    """Find the parts of the process that answers this request."""
    dependencies: Dependencies = request.app.state.dependencies
    return dependencies


TheDependencies = Annotated[Dependencies, Depends(dependencies_of)]


async def find_school(dependencies: TheDependencies, school_id: SchoolPath) -> School:
    """Find the school of the path. Raises UnknownSchool."""
    return await dependencies.runtime.schools.require(school_id)


async def open_school_store(dependencies: TheDependencies, school_id: SchoolPath) -> SchoolStore:
    """Open the store of the path's school. Raises Unavailable, UnknownSchool."""
    store = dependencies.runtime.store(school_id)
    await dependencies.runtime.schools.require(school_id)
    return store


RequestedSchool = Annotated[School, Depends(find_school)]
RequestedStore = Annotated[SchoolStore, Depends(open_school_store)]
MatchPath = Annotated[str, Path(pattern=ID, description="The match")]
SupporterPath = Annotated[str, Path(pattern=ID, description="The supporter")]

CoordinatorToken = Annotated[Principal, Depends(require_role(Role.COORDINATOR))]
CounsellorToken = Annotated[Principal, Depends(require_role(Role.COUNSELLOR))]
SupporterToken = Annotated[Principal, Depends(require_role(Role.SUPPORTER))]
CoordinatorSession = Annotated[Principal, Depends(require_staff(Role.COORDINATOR))]
CounsellorSession = Annotated[Principal, Depends(require_staff(Role.COUNSELLOR))]
SupporterSession = Annotated[Principal, Depends(require_staff(Role.SUPPORTER))]
