"""What a page requires of the person before it: a session, and a right at the school."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request

from sebaya_chassis.base.problems import Unauthenticated
from sebaya_chassis.web.auth import (
    Principal,
    SchoolPath,
    admit,
    admit_anywhere,
    admit_in_district,
    refuse_leaver,
)
from sebaya_chassis.web.pages.renewal import SessionRenewer
from sebaya_chassis.web.pages.staff_sessions import Sessions, principal_in
from sebaya_contracts.words import Role


async def require_session(request: Request) -> Principal:
    """Return the person of the browser's session, renewed where it was due.

    Raises Unauthenticated; Unavailable while the provider has been away for too long. While the
    store is away every session is refused, since it may have ended.
    """
    sessions: Sessions = request.app.state.sessions
    renewer: SessionRenewer = request.app.state.session_renewer
    found = await sessions.find(request)
    session = await renewer.refresh(found) if found else None
    if session is None:
        raise Unauthenticated
    principal = principal_in(session)
    request.state.principal = principal
    return principal


SignedIn = Annotated[Principal, Depends(require_session)]


def require_staff(*roles: Role) -> Callable[..., Awaitable[Principal]]:
    """Require a session with one of the roles at the school of the path, as a dependency.

    The rule is that of the JSON routes (`admit`).
    """

    async def check(request: Request, school_id: SchoolPath, principal: SignedIn) -> Principal:
        admitted = admit(principal, school_id, roles)
        await refuse_leaver(request, admitted, school_id)
        return admitted

    return check


def require_role_anywhere(*roles: Role) -> Callable[..., Awaitable[Principal]]:
    """Require a session with one of the roles, as a dependency; of which schools the page tells,
    its command asks of the principal.
    """

    async def check(principal: SignedIn) -> Principal:
        return admit_anywhere(principal, roles)

    return check


def require_district_staff(*roles: Role) -> Callable[..., Awaitable[Principal]]:
    """Require a session with one of the roles for the whole district, as a dependency."""

    async def check(principal: SignedIn) -> Principal:
        return admit_in_district(principal, roles)

    return check
