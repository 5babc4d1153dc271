"""The composition root of intake."""

from dataclasses import dataclass

from fastapi import FastAPI

from sebaya_chassis.service.runtime import Runtime, serve
from sebaya_chassis.service.status_page import add_status_page
from sebaya_intake import pages
from sebaya_intake.api import make_app
from sebaya_intake.collections import INDEXES, KINDS
from sebaya_intake.dependencies import Dependencies
from sebaya_intake.handlers import Stores, handlers, taken_back
from sebaya_intake.jobs import IntakeJobs
from sebaya_intake.keys import Keys
from sebaya_intake.settings import Settings


@dataclass(slots=True)
class Composed:
    """One process of intake, wired and not yet running."""

    runtime: Runtime
    app: FastAPI
    parts: Dependencies
    watch: IntakeJobs


def compose(settings: Settings | None = None) -> Composed:
    settings = settings or Settings()
    runtime = Runtime("intake", settings, KINDS, INDEXES)
    parts = Dependencies(runtime, settings, Keys(settings.secret_key.get_secret_value()))
    watch = IntakeJobs(runtime, parts.store, settings, parts.countries)

    def stores(school_id: str) -> Stores:
        return Stores(parts.store(school_id), runtime.schools)

    runtime.consume(handlers, stores)
    runtime.take_back(taken_back, stores)
    runtime.keep_time(*watch.timers())
    runtime.loop("watch", watch.measure_for_ever)
    runtime.on_prepared(watch.learn_countries)
    app = make_app(parts)
    pages.add(app, parts)
    add_status_page(app, parts.runtime)
    app.router.lifespan_context = runtime.lifespan
    return Composed(runtime, app, parts, watch)


def main() -> None:
    composed = compose()
    serve(composed.runtime, composed.app)
