"""The composition root of matching."""

from typing import TypeAlias

from sebaya_chassis.service.composition import Api, EventHandling, Service, build_service, serve
from sebaya_chassis.service.runtime import Runtime
from sebaya_matching.api import router
from sebaya_matching.collections import COLLECTIONS, INDEXES
from sebaya_matching.dependencies import Dependencies
from sebaya_matching.handlers import HandlerContext, handlers
from sebaya_matching.jobs import MatchingJobs
from sebaya_matching.jobs.gauges import MatchingGauges
from sebaya_matching.jobs.matching_round import MatchingRound
from sebaya_matching.pages import PAGES
from sebaya_matching.settings import Settings
from sebaya_matching.store import CaseStore

MatchingService: TypeAlias = Service[Dependencies, MatchingJobs]


def compose(settings: Settings | None = None) -> MatchingService:
    """Build and wire one process of matching; start nothing."""
    settings = settings or Settings()
    runtime = Runtime("matching", settings, COLLECTIONS, INDEXES)

    def context_of(school_id: str) -> HandlerContext:
        return HandlerContext(CaseStore(runtime.store(school_id)), runtime.schools)

    return build_service(
        runtime,
        Dependencies(runtime, settings),
        EventHandling(handlers, context_of),
        MatchingJobs(
            MatchingRound(runtime.store, runtime.schools, settings),
            MatchingGauges(runtime.counts, runtime.writer.clock, settings),
        ),
        Api(
            "Sebaya matching",
            "Finds a trained peer supporter for a case: the supporters of a school, who waits and "
            "why, offers and matches.",
            (router,),
        ),
        PAGES,
    )


def main() -> None:
    """Run one process of matching until a signal."""
    serve(compose())
