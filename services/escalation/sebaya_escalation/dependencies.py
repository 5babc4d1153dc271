"""What the routes, the handlers and the jobs of escalation stand on: the parts of one process, and
the school of a request's path.
"""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Annotated

from fastapi import Depends, Path, Request

from sebaya_chassis.service.runtime import Runtime
from sebaya_escalation.collections import ALERTS, PAGES
from sebaya_escalation.commands.coverage import CoveragePeriods
from sebaya_escalation.commands.paging import PagingTimers
from sebaya_escalation.settings import Settings
from sebaya_escalation.store import EscalationStore


@dataclass(frozen=True, slots=True)
class Dependencies:
    """The parts of one process."""

    runtime: Runtime
    settings: Settings

    @property
    def coverage(self) -> CoveragePeriods:
        """How often a school's coverage is published, and for how long it is valid."""
        return CoveragePeriods(
            every=timedelta(seconds=self.settings.coverage_every_seconds),
            expires=timedelta(seconds=self.settings.coverage_expires_seconds),
        )

    @property
    def timers(self) -> PagingTimers:
        """Wakes the timers of ladders and of pages."""
        return PagingTimers(
            wake_ladder=partial(self.runtime.wake, ALERTS.collection),
            wake_pages=partial(self.runtime.wake, PAGES.collection),
        )

    def store(self, school_id: str) -> EscalationStore:
        """Give the documents of one school. Raises Unavailable until the runtime is prepared."""
        return EscalationStore(self.runtime.store(school_id), self.settings.mail_domain)


async def dependencies_of(request: Request) -> Dependencies:
    """Find the parts of the process that answers this request."""
    dependencies: Dependencies = request.app.state.dependencies
    return dependencies


async def current_store(request: Request, school_id: str) -> EscalationStore:
    """Give the documents of the path's school. Raises UnknownSchool, Unavailable."""
    dependencies = await dependencies_of(request)
    await dependencies.runtime.schools.require(school_id)
    return dependencies.store(school_id)


CurrentDependencies = Annotated[Dependencies, Depends(dependencies_of)]
CurrentStore = Annotated[EscalationStore, Depends(current_store)]
AlertPath = Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{1,64}$", description="The alert")]
ShiftChangePath = Annotated[
    str, Path(pattern=r"^[A-Za-z0-9-]{1,64}$", description="The change of duty")
]
