"""The composition root of intake."""

from dataclasses import dataclass

from fastapi import FastAPI

from sebaya_chassis.pages.standing import add_standing
from sebaya_chassis.runtime import Runtime, serve
from sebaya_intake import pages
from sebaya_intake.api import make_app
from sebaya_intake.api.parts import Parts
from sebaya_intake.handlers import Stores, handlers, taken_back
from sebaya_intake.keys import Keys
from sebaya_intake.kinds import INDEXES, KINDS
from sebaya_intake.settings import Settings
from sebaya_intake.watch import Watch


@dataclass(slots=True)
class Composed:
    """One process of intake, wired and not yet running."""

    runtime: Runtime
    app: FastAPI
    parts: Parts
    watch: Watch


def compose(settings: Settings | None = None) -> Composed:
    settings = settings or Settings()
    runtime = Runtime("intake", settings, KINDS, INDEXES)
    parts = Parts(runtime, settings, Keys(settings.secret_key.get_secret_value()))
    watch = Watch(runtime, parts.store, settings, parts.countries)

    def stores(school_id: str) -> Stores:
        return Stores(parts.store(school_id), runtime.schools)

    runtime.consume(handlers, stores)
    runtime.take_back(taken_back, stores)
    runtime.keep_time(*watch.timers())
    runtime.loop("watch", watch.measure_for_ever)
    runtime.first_look(watch.learn_countries)
    app = make_app(parts)
    pages.add(app, parts)
    add_standing(app, parts.runtime)
    app.router.lifespan_context = runtime.lifespan
    return Composed(runtime, app, parts, watch)


def main() -> None:
    composed = compose()
    serve(composed.runtime, composed.app)
