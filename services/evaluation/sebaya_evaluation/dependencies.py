"""What the routes, the handlers and the jobs of evaluation stand on: the parts of one process."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from sebaya_chassis.service.runtime import Runtime
from sebaya_chassis.storage.schools import Schools
from sebaya_evaluation.settings import Settings
from sebaya_evaluation.store import RESPONSES, DistrictLedger, EvaluationStore


@dataclass(frozen=True, slots=True)
class Dependencies:
    """The parts of one process."""

    runtime: Runtime
    settings: Settings

    @property
    def schools(self) -> Schools:
        """This service's copy of the schools."""
        return self.runtime.schools

    def store(self, school_id: str) -> EvaluationStore:
        """Give the records of one school."""
        return EvaluationStore(self.runtime.store(school_id), self.schools)

    def district(self) -> DistrictLedger:
        """Give the releases of the whole district."""
        return DistrictLedger(self.runtime.district_store())

    def wake(self) -> None:
        """Wake the count of responses: one came in just now."""
        self.runtime.wake(RESPONSES.collection)


async def dependencies_of(request: Request) -> Dependencies:
    """Find the parts of the process that answers this request."""
    dependencies: Dependencies = request.app.state.dependencies
    return dependencies


TheDependencies = Annotated[Dependencies, Depends(dependencies_of)]
