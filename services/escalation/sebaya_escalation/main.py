"""The composition root of escalation."""

from typing import TypeAlias

from sebaya_chassis.service.composition import Api, EventHandling, Service, build_service, serve
from sebaya_chassis.service.runtime import Runtime
from sebaya_escalation.api import router
from sebaya_escalation.dependencies import Dependencies
from sebaya_escalation.domain.rota import time_zones_are_known
from sebaya_escalation.handlers import HandlerContext, handlers
from sebaya_escalation.jobs import EscalationJobs, Gauges
from sebaya_escalation.keyed_lock import KeyedLock
from sebaya_escalation.pages import PAGES
from sebaya_escalation.paging.ladders import Ladders
from sebaya_escalation.paging.sender import Sender
from sebaya_escalation.settings import Settings
from sebaya_escalation.store import INDEXES, KINDS
from sebaya_escalation.unscreened import Unscreened

EscalationService: TypeAlias = Service[Dependencies, EscalationJobs]


def compose(settings: Settings | None = None) -> EscalationService:
    """Build and wire one process of escalation; start nothing.

    Raises RuntimeError on a machine without time zones.
    """
    if not time_zones_are_known():
        raise RuntimeError(
            "This machine has no time zone database; install the system's tzdata, or the Python "
            "package of that name."
        )
    settings = settings or Settings()
    runtime = Runtime("escalation", settings, KINDS, INDEXES)
    dependencies = Dependencies(runtime, settings)
    store, announce = dependencies.store, dependencies.announce
    case_locks = KeyedLock()

    def context_of(school_id: str) -> HandlerContext:
        return HandlerContext(
            store(school_id),
            runtime.schools,
            dependencies.coverage,
            announce,
            case_locks,
            settings.screen_in_thread_over,
        )

    unscreened = Unscreened(store, settings.unscreened_singly, announce)
    return build_service(
        runtime,
        dependencies,
        EventHandling(handlers, context_of, unscreened.on_parked),
        EscalationJobs(
            Ladders(store, dependencies.wake_pages),
            Sender(store, settings, dependencies.wake_ladder),
            dependencies.coverage,
            Gauges(runtime.schools, store, settings.gauges_every_seconds),
        ),
        Api(
            "Sebaya escalation",
            "What is too serious for a peer reaches a counsellor in time.",
            (router,),
        ),
        PAGES,
    )


def main() -> None:
    """Run one process of escalation until a signal."""
    serve(compose())
