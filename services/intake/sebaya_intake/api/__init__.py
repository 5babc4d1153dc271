"""Intake over HTTP. Every problem that a student may see carries the crisis lines of the school's
country.
"""

import re
from collections.abc import Mapping

from fastapi import FastAPI, Request

from sebaya_chassis.web.app import create_app
from sebaya_chassis.web.auth import Verifier
from sebaya_intake.api import opening, staff, student
from sebaya_intake.dependencies import Dependencies
from sebaya_intake.views import crisis_anyway

_SCHOOL = re.compile(r"/(?:schools|s)/([a-z0-9][a-z0-9-]{0,62})(?:/|$)")


def make_app(parts: Dependencies) -> FastAPI:
    settings = parts.settings

    async def with_lines(request: Request) -> Mapping[str, object]:
        """From memory alone: it is asked when the store is away, and before a route is found."""
        named = _SCHOOL.search(request.scope["path"])
        return crisis_anyway(parts.countries.get(named[1]) if named else None)

    app = create_app(
        "intake",
        "Sebaya intake",
        "A student asks for support under a pseudonym.",
        parts.runtime.health,
        settings.body_limit_bytes,
        settings.root_path,
        with_lines,
    )
    app.state.parts = parts
    app.state.verifier = Verifier(
        settings.oidc_issuer, settings.oidc_audience, settings.oidc_jwks_url
    )
    for router in (opening.router, student.router, staff.router):
        app.include_router(router)
    return app
