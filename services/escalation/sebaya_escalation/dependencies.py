"""What the routes, the handlers and the jobs of escalation stand on: the parts of one process, and
the school of a request's path.
"""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path, Request

from sebaya_chassis.service.runtime import Runtime
from sebaya_escalation import signals
from sebaya_escalation.coverage import CoverageWatch
from sebaya_escalation.settings import Settings
from sebaya_escalation.signals import Placed
from sebaya_escalation.store import ALERTS, PAGES, EscalationStore


@dataclass(frozen=True, slots=True)
class Dependencies:
    """The parts of one process."""

    runtime: Runtime
    settings: Settings

    @property
    def coverage(self) -> CoverageWatch:
        """What keeps every school's coverage published."""
        return CoverageWatch(self.store, self.settings)

    def store(self, school_id: str) -> EscalationStore:
        """Give the documents of one school."""
        return EscalationStore(self.runtime.store(school_id), self.settings.mail_domain)

    def wake_ladder(self) -> None:
        """Wake the ladder's timer: an alert has a step that is due just now."""
        self.runtime.wake(ALERTS.collection)

    def wake_pages(self) -> None:
        """Wake the pages' timer: a page is due just now."""
        self.runtime.wake(PAGES.collection)

    def announce(self, placed: Placed) -> None:
        """Count what a stored signal led to, and wake the timer that goes on with it."""
        signals.tell(self.wake_ladder, self.wake_pages, placed)


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
