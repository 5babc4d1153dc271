"""The composition root of escalation. Run by `python -m sebaya_escalation`."""

from dataclasses import dataclass
from functools import partial

from fastapi import FastAPI

from sebaya_chassis.service.runtime import Runtime, serve
from sebaya_chassis.service.status_page import add_status_page
from sebaya_chassis.service.timers import Timer
from sebaya_chassis.web.app import create_app
from sebaya_chassis.web.auth import Verifier
from sebaya_escalation import api, pages, signals
from sebaya_escalation.coverage import CoverageWatch
from sebaya_escalation.domain.rota import zones_are_known
from sebaya_escalation.handlers import handlers, judging
from sebaya_escalation.jobs import Gauges
from sebaya_escalation.paging.ladders import Ladders
from sebaya_escalation.paging.sender import Sender
from sebaya_escalation.settings import Settings
from sebaya_escalation.store import ALERTS, COVERAGE, INDEXES, KINDS, PAGES, EscalationStore
from sebaya_escalation.unscreened import Unscreened


@dataclass(frozen=True, slots=True)
class Composed:
    runtime: Runtime
    app: FastAPI
    sender: Sender
    gauges: Gauges


def compose(settings: Settings | None = None) -> Composed:
    """Raises RuntimeError on a machine without time zones."""
    if not zones_are_known():
        raise RuntimeError(
            "This machine has no time zone database; install the system's tzdata, or the Python package of that name."
        )
    settings = settings or Settings()
    runtime = Runtime("escalation", settings, KINDS, INDEXES)

    def store_of(school_id: str) -> EscalationStore:
        return EscalationStore(runtime.store(school_id), settings.mail_domain)

    coverage = CoverageWatch(store_of, settings)
    ladder_due, pages_due = (
        partial(runtime.wake, ALERTS.collection),
        partial(runtime.wake, PAGES.collection),
    )
    tell = partial(signals.tell, ladder_due, pages_due)
    sender = Sender(store_of, settings, ladder_due)
    gauges = Gauges(runtime.schools, store_of, settings.gauges_every_seconds)
    ladders = Ladders(store_of, pages_due)
    unscreened = Unscreened(store_of, settings.unscreened_singly, tell)
    made = handlers(runtime.schools, coverage, judging(settings.screen_in_thread_over), tell)
    runtime.consume(made, store_of, unscreened.on_parked)
    runtime.keep_time(
        Timer(ALERTS.collection, "ladder", ladders.act),
        Timer(PAGES.collection, "pages", sender.take),
        Timer(COVERAGE.collection, "coverage", coverage.renew),
    )
    runtime.loop("sender", sender.run)
    runtime.loop("gauges", gauges.run)
    return Composed(runtime, _app(runtime, settings, store_of, coverage), sender, gauges)


def _app(
    runtime: Runtime, settings: Settings, store_of: object, coverage: CoverageWatch
) -> FastAPI:
    app = create_app(
        "escalation",
        "Sebaya escalation",
        "What is too serious for a peer reaches a counsellor in time.",
        runtime.health,
        settings.body_limit_bytes,
        settings.root_path,
    )
    app.router.lifespan_context = runtime.lifespan
    app.state.verifier = Verifier(
        settings.oidc_issuer, settings.oidc_audience, settings.oidc_jwks_url
    )
    app.state.schools = runtime.schools
    app.state.store_of = store_of
    app.state.coverage = coverage
    app.state.secret = settings.secret_key.get_secret_value()
    app.include_router(api.router)
    pages.add(app, runtime, settings)
    add_status_page(app, runtime)
    return app


def main() -> None:
    composed = compose()
    serve(composed.runtime, composed.app)
