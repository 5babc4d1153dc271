"""One process of a service, composed: what the four services have in common, around what is theirs.

    events         what the consumer does with each event type, and what its handlers are given
    jobs           what a worker does by the clock
    api and pages  the routes for programs and for browsers

Nothing runs yet: the runtime starts with the app's lifespan, and `serve` runs both.
"""

import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from fastapi import APIRouter, FastAPI
from fastapi.params import Depends

from sebaya_chassis.base.gc_tuning import tune_gc
from sebaya_chassis.base.security_events import create_security_series
from sebaya_chassis.consuming.handlers import Handlers
from sebaya_chassis.consuming.record_processor import OnParked, only_park
from sebaya_chassis.service.runtime import Loop, Runtime
from sebaya_chassis.service.server import Server, config_of
from sebaya_chassis.service.status_page import add_status_page
from sebaya_chassis.service.timers import Timer
from sebaya_chassis.storage import audit
from sebaya_chassis.web.app import create_app
from sebaya_chassis.web.auth import Verifier
from sebaya_chassis.web.claims import ClaimNames
from sebaya_chassis.web.pages.render import Pages
from sebaya_chassis.web.pages.routes import add_pages
from sebaya_chassis.web.pages.signin import add_sign_in
from sebaya_chassis.web.pages.staff_sessions import Sessions, create_session_series
from sebaya_chassis.web.problem_answers import ExtraMembers, no_extra_members
from sebaya_chassis.web.refusals import Refusals


@dataclass(frozen=True, slots=True)
class EventHandling:
    """What a service does with events.

    `context_of` makes what a handler is given, for the school of its event. `on_parked` is awaited
    before a record is parked. `after_restore` handles the service's own events after a restore,
    for the service that wrote the ledger itself.
    """

    handlers: Handlers[Any]
    context_of: Callable[[str], Any]
    on_parked: OnParked = only_park
    after_restore: Handlers[Any] | None = None


class Jobs(Protocol):
    """What a worker does by the clock."""

    def timers(self) -> Sequence[Timer]:
        """List what is to be done with documents that are due."""
        ...

    def loops(self) -> Mapping[str, Loop]:
        """List the background loops by name; each beats, and returns never."""
        ...


@dataclass(frozen=True, slots=True)
class Api:
    """The routes for programs. `problem_members` adds members to every problem."""

    title: str
    description: str
    routers: Sequence[APIRouter]
    problem_members: ExtraMembers = no_extra_members


@dataclass(frozen=True, slots=True)
class BrowserPages:
    """The pages for browsers: their package, the sentences that templates and problems need.

    `words` are what the templates call by name. `dependencies` are solved before every page.
    """

    package: str
    words: Mapping[str, Any]
    problem_texts: Mapping[str, str]
    routers: Sequence[APIRouter]
    dependencies: Sequence[Depends] = ()


DependenciesT = TypeVar("DependenciesT")
JobsT = TypeVar("JobsT", bound=Jobs)


@dataclass(frozen=True, slots=True)
class Service(Generic[DependenciesT, JobsT]):
    """One process, composed and not yet running. Routes find `dependencies` in the app's state."""

    runtime: Runtime
    app: FastAPI
    dependencies: DependenciesT
    jobs: JobsT


def build_service(
    runtime: Runtime,
    dependencies: DependenciesT,
    events: EventHandling,
    jobs: JobsT,
    api: Api,
    pages: BrowserPages,
) -> Service[DependenciesT, JobsT]:
    """Compose a service: the worker's side in the runtime, the app around both kinds of routes."""
    runtime.consume(events.handlers, events.context_of, events.on_parked)
    if events.after_restore is not None:
        runtime.replay_ledger(events.after_restore, events.context_of)
    runtime.add_timers(*jobs.timers())
    for name, work in jobs.loops().items():
        runtime.add_loop(name, work)
    app = _app(runtime, api)
    app.state.dependencies = dependencies
    _add_pages(app, runtime, pages)
    add_status_page(app, runtime)
    return Service(runtime, app, dependencies, jobs)


def _app(runtime: Runtime, api: Api) -> FastAPI:
    settings = runtime.settings
    app = create_app(
        runtime.service,
        api.title,
        api.description,
        runtime.health,
        settings.body_limit_bytes,
        settings.root_path,
        api.problem_members,
    )
    app.router.lifespan_context = runtime.lifespan
    create_security_series(runtime.service)
    app.state.refusals = Refusals(
        runtime.service, runtime.store, runtime.specs, audited=audit.HEADS in runtime.specs
    )
    app.state.verifier = Verifier(
        settings.oidc_issuer,
        settings.oidc_audience,
        settings.oidc_jwks_url,
        settings.oidc_client_id,
        ClaimNames.of(settings),
    )
    for router in api.routers:
        app.include_router(router)
    return app


def _add_pages(app: FastAPI, runtime: Runtime, pages: BrowserPages) -> None:
    router = APIRouter(include_in_schema=False, dependencies=list(pages.dependencies))
    for each in pages.routers:
        router.include_router(each)
    rendered = Pages(pages.package, runtime.settings, pages.words)
    add_pages(app, rendered, router, pages.problem_texts)
    _add_sign_in(app, runtime)


def _add_sign_in(app: FastAPI, runtime: Runtime) -> None:
    settings, refusals = runtime.settings, app.state.refusals
    sessions = Sessions(
        settings.secret_key.get_secret_value(),
        runtime.sessions,
        runtime.service,
        runtime.writer.clock.now,
    )
    create_session_series(runtime.service)
    add_sign_in(app, settings, runtime.schools, sessions, refusals.note_withdrawal)
    runtime.on_close(app.state.session_renewer.finish)
    runtime.on_close(app.state.provider.close)


def serve(service: Service[Any, Any]) -> None:
    """Run until a signal. Exit with 0, or with 1 when a loop failed."""
    runtime, settings = service.runtime, service.runtime.settings
    config = config_of(service.app, settings.host, settings.port, int(settings.drain_seconds))
    # A process without one of its loops looks alive and is not: end it, and its supervisor starts
    # it anew.
    runtime.on_failure = lambda: signal.raise_signal(signal.SIGTERM)
    server = Server(config, runtime.health, settings.unready_seconds)
    tune_gc()
    # uvicorn raises the signal again once it has done what it asks for.
    signal.signal(signal.SIGTERM, lambda _signal, _frame: sys.exit(1 if runtime.failed else 0))
    server.run()
