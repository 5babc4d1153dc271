"""The composition root of evaluation."""

from typing import TypeAlias

from sebaya_chassis.service.composition import Api, EventHandling, Service, build_service, serve
from sebaya_chassis.service.runtime import Runtime
from sebaya_evaluation.api import router
from sebaya_evaluation.collections import COLLECTIONS, INDEXES
from sebaya_evaluation.dependencies import Dependencies
from sebaya_evaluation.handlers import HandlerContext, handlers
from sebaya_evaluation.jobs import EvaluationGauges, EvaluationJobs, ReleaseJob, RollupJob
from sebaya_evaluation.pages import PAGES
from sebaya_evaluation.settings import Settings

EvaluationService: TypeAlias = Service[Dependencies, EvaluationJobs]


def compose(settings: Settings | None = None) -> EvaluationService:
    """Build and wire one process of evaluation; start nothing."""
    settings = settings or Settings()
    runtime = Runtime("evaluation", settings, COLLECTIONS, INDEXES)
    dependencies = Dependencies(runtime, settings)
    store = dependencies.store

    def context_of(school_id: str) -> HandlerContext:
        return HandlerContext(store(school_id), runtime.schools)

    return build_service(
        runtime,
        dependencies,
        EventHandling(handlers, context_of),
        EvaluationJobs(
            RollupJob(store, settings),
            EvaluationGauges(store, runtime.schools_due, runtime.writer.clock, settings),
            ReleaseJob(store, runtime.schools, settings),
        ),
        Api(
            "Sebaya evaluation",
            "Whether the programme helps: feedback and reports, without exposing anyone.",
            (router,),
        ),
        PAGES,
    )


def main() -> None:
    """Run one process of evaluation until a signal."""
    serve(compose())
