"""The composition root of escalation."""

from typing import TypeAlias

from sebaya_chassis.base.keyed_lock import KeyedLock
from sebaya_chassis.service.composition import Api, EventHandling, Service, build_service, serve
from sebaya_chassis.service.runtime import Runtime
from sebaya_escalation.api import router
from sebaya_escalation.collections import COLLECTIONS, INDEXES
from sebaya_escalation.dependencies import Dependencies
from sebaya_escalation.domain.rota import time_zones_are_known
from sebaya_escalation.handlers import HandlerContext, handlers
from sebaya_escalation.jobs import EscalationJobs
from sebaya_escalation.jobs.coverage import CoverageTimer
from sebaya_escalation.jobs.gauges import Gauges
from sebaya_escalation.jobs.ladder import LadderTimer
from sebaya_escalation.jobs.sender import PageSender
from sebaya_escalation.pages import PAGES
from sebaya_escalation.screen import screen
from sebaya_escalation.screening.meaning_inside import read_meaning
from sebaya_escalation.screening.meaning_stage import MeaningStage, ReadMeaning
from sebaya_escalation.screening.screener import Screener, ScreenText
from sebaya_escalation.settings import Settings
from sebaya_escalation.unscreened import UnscreenedMessages

EscalationService: TypeAlias = Service[Dependencies, EscalationJobs]


API = Api(
    "Sebaya escalation",
    "What is too serious for a peer reaches a counsellor in time.",
    (router,),
)


def compose(
    settings: Settings | None = None,
    screen_text: ScreenText = screen,
    meaning: ReadMeaning = read_meaning,
) -> EscalationService:
    """Build and wire one process of escalation; start nothing.

    Raises RuntimeError on a machine without time zones.
    """
    if not time_zones_are_known():
        raise RuntimeError(
            "This machine has no time zone database; install the system's tzdata, or the Python "
            "package of that name."
        )
    settings = settings or Settings()
    runtime = Runtime("escalation", settings, COLLECTIONS, INDEXES)
    dependencies = Dependencies(runtime, settings)
    store_of, coverage, timers = dependencies.store, dependencies.coverage, dependencies.timers
    case_locks = KeyedLock()
    second = MeaningStage(meaning) if settings.screen_meaning else None
    screener = Screener(settings.screen_within_seconds, screen_text, second)
    runtime.on_close(screener.close)
    runtime.health.notes["screen"] = screener.describe

    def context_of(school_id: str) -> HandlerContext:
        return HandlerContext(
            store_of(school_id), runtime.schools, coverage, timers, case_locks, screener
        )

    unscreened = UnscreenedMessages(store_of, settings.unscreened_singly, timers)
    return build_service(
        runtime,
        dependencies,
        EventHandling(handlers, context_of, unscreened.on_parked),
        EscalationJobs(
            LadderTimer(store_of, timers.wake_pages),
            PageSender(store_of, settings, timers.wake_ladder),
            CoverageTimer(store_of, coverage),
            screener,
            Gauges(
                runtime.schools, runtime.counts, runtime.writer.clock, settings.gauges_every_seconds
            ),
        ),
        API,
        PAGES,
    )


def main() -> None:
    """Run one process of escalation until a signal."""
    serve(compose())
