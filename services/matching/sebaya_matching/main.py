"""Composition root of matching: `python -m sebaya_matching`."""

from dataclasses import dataclass

from fastapi import FastAPI

from sebaya_chassis.service.runtime import Runtime, serve
from sebaya_chassis.service.status_page import add_status_page
from sebaya_chassis.service.timers import Timer
from sebaya_chassis.web.app import create_app
from sebaya_chassis.web.auth import Verifier
from sebaya_matching import pages
from sebaya_matching.api import router
from sebaya_matching.gauges import MatchingGauges
from sebaya_matching.handlers import Stores, handlers
from sebaya_matching.jobs import MatchingRound
from sebaya_matching.settings import Settings
from sebaya_matching.store import CASES, INDEXES, KINDS, CaseStore

SERVICE = "matching"


@dataclass
class Composed:
    """The parts of one process."""

    runtime: Runtime
    app: FastAPI
    placing: MatchingRound
    watch: MatchingGauges


def compose(settings: Settings | None = None) -> Composed:
    """Builds and wires; starts nothing."""
    settings = settings or Settings()
    runtime = Runtime(SERVICE, settings, KINDS, INDEXES)
    placing = MatchingRound(runtime.store, runtime.schools, settings)
    runtime.consume(
        handlers, lambda school_id: Stores(CaseStore(runtime.store(school_id)), runtime.schools)
    )
    watch = MatchingGauges(runtime.schools, runtime.store, settings.watch_seconds)
    runtime.loop("watch", watch.run)
    runtime.keep_time(Timer(CASES.collection, "waiting", placing.act))
    return Composed(runtime, _app(runtime, settings), placing, watch)


def _app(runtime: Runtime, settings: Settings) -> FastAPI:
    app = create_app(
        SERVICE,
        "Sebaya matching",
        "Finds a trained peer supporter for a case: the supporters of a school, who waits and why, offers and matches.",
        runtime.health,
        settings.body_limit_bytes,
        settings.root_path,
    )
    app.router.lifespan_context = runtime.lifespan
    app.state.runtime = runtime
    app.state.verifier = Verifier(
        settings.oidc_issuer, settings.oidc_audience, settings.oidc_jwks_url
    )
    app.include_router(router)
    pages.add(app, runtime, settings)
    add_status_page(app, runtime)
    return app


def main() -> None:
    composed = compose()
    serve(composed.runtime, composed.app)
