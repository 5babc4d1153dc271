"""The composition root of intake."""

from functools import partial
from typing import TypeAlias

from sebaya_chassis.service.composition import Api, EventHandling, Service, build_service, serve
from sebaya_chassis.service.runtime import Runtime
from sebaya_intake.api import ROUTERS, crisis_members
from sebaya_intake.collections import INDEXES, KINDS
from sebaya_intake.dependencies import Dependencies
from sebaya_intake.handlers import HandlerContext, handlers, restore_handlers
from sebaya_intake.jobs import IntakeJobs
from sebaya_intake.keys import Keys
from sebaya_intake.master_keys import FileMasterKeys, derive_master_keys
from sebaya_intake.pages import PAGES
from sebaya_intake.republish_budget import RepublishBudget
from sebaya_intake.settings import Settings

IntakeService: TypeAlias = Service[Dependencies, IntakeJobs]


def compose(settings: Settings | None = None) -> IntakeService:
    """Build and wire one process of intake; start nothing."""
    settings = settings or Settings()
    runtime = Runtime("intake", settings, KINDS, INDEXES)
    secret = settings.secret_key.get_secret_value()
    masters = settings.master_keys_file
    dependencies = Dependencies(
        runtime,
        settings,
        Keys(secret),
        FileMasterKeys(masters) if masters else derive_master_keys(secret),
    )
    budget = RepublishBudget(settings.republish_per_second)
    jobs = IntakeJobs(runtime, dependencies.store, settings, dependencies.countries, budget)
    runtime.on_prepared(jobs.load_countries)

    def context_of(school_id: str) -> HandlerContext:
        return HandlerContext(dependencies.store(school_id), runtime.schools, budget)

    return build_service(
        runtime,
        dependencies,
        EventHandling(handlers, context_of, after_restore=restore_handlers),
        jobs,
        Api(
            "Sebaya intake",
            "A student asks for support under a pseudonym.",
            ROUTERS,
            partial(crisis_members, dependencies.countries),
        ),
        PAGES,
    )


def main() -> None:
    """Run one process of intake until a signal."""
    serve(compose())
