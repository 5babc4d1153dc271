"""Composition root: builds the parts and wires them."""

from dataclasses import dataclass
from functools import partial

from fastapi import FastAPI

from sebaya_chassis.service.runtime import Runtime, serve
from sebaya_chassis.service.status_page import add_status_page
from sebaya_chassis.web.app import create_app
from sebaya_chassis.web.auth import Verifier
from sebaya_evaluation import handlers, pages
from sebaya_evaluation.api import Parts, router
from sebaya_evaluation.jobs import EvaluationGauges, RollupJob
from sebaya_evaluation.settings import Settings
from sebaya_evaluation.store import (
    FACTS,
    INDEXES,
    LEDGERS,
    RESPONSES,
    DistrictLedger,
    EvaluationStore,
)


@dataclass(frozen=True, slots=True)
class Composed:
    runtime: Runtime
    app: FastAPI
    parts: Parts
    recompute: RollupJob
    watch: EvaluationGauges

    def store(self, school_id: str) -> EvaluationStore:
        return self.parts.stores(school_id)


def compose(settings: Settings | None = None) -> Composed:
    settings = settings or Settings()
    runtime = Runtime("evaluation", settings, [FACTS, RESPONSES, LEDGERS], INDEXES)
    schools = runtime.schools

    def stores(school_id: str) -> EvaluationStore:
        return EvaluationStore(runtime.store(school_id), schools)

    def district() -> DistrictLedger:
        return DistrictLedger(runtime.district_store())

    recompute = RollupJob(stores, settings)
    watch = EvaluationGauges(stores, runtime.schools_due, runtime.writer.clock, settings)
    runtime.consume(handlers.make(schools), stores)
    runtime.keep_time(*recompute.timers())
    runtime.loop("watch", watch.run)
    wake = partial(runtime.wake, RESPONSES.collection)
    parts = Parts(stores, district, schools, settings, wake)
    return Composed(runtime, _app(runtime, settings, parts), parts, recompute, watch)


def _app(runtime: Runtime, settings: Settings, parts: Parts) -> FastAPI:
    app = create_app(
        "evaluation",
        "Sebaya evaluation",
        "Whether the programme helps: feedback and reports, without exposing anyone.",
        runtime.health,
        settings.body_limit_bytes,
        settings.root_path,
    )
    app.include_router(router)
    app.state.verifier = Verifier(
        settings.oidc_issuer, settings.oidc_audience, settings.oidc_jwks_url
    )
    app.state.parts = parts
    pages.add(app, runtime, settings)
    add_status_page(app, runtime)
    app.router.lifespan_context = runtime.lifespan
    return app


def main() -> None:
    composed = compose()
    serve(composed.runtime, composed.app)
