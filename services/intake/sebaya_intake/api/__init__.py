"""Intake over HTTP. Every problem that a student may see carries the crisis lines of the school's
country.
"""

import re
from collections.abc import Mapping

from fastapi import Request

from sebaya_intake.api import opening, staff, student
from sebaya_intake.views import crisis_anyway

ROUTERS = (opening.router, student.router, staff.router)
_SCHOOL = re.compile(r"/(?:schools|s)/([a-z0-9][a-z0-9-]{0,62})(?:/|$)")


async def crisis_members(countries: Mapping[str, str], request: Request) -> Mapping[str, object]:
    """Add the crisis lines to a problem, by the country of the school that its path names.

    From memory alone: it is asked when the store is away, and before a route is found.
    """
    named = _SCHOOL.search(request.scope["path"])
    return crisis_anyway(countries.get(named[1]) if named else None)
