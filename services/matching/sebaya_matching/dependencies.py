"""What the routes, the handlers and the jobs of matching stand on: the parts of one process."""

from dataclasses import dataclass

from fastapi import Request

from sebaya_chassis.service.runtime import Runtime
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
