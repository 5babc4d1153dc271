"""Escalation in a browser: for counsellors and coordinators. Pages call what the JSON routes call."""

from fastapi import APIRouter, FastAPI

from sebaya_chassis.service.runtime import Runtime
from sebaya_chassis.web.pages.render import Pages
from sebaya_chassis.web.pages.routes import add_pages
from sebaya_chassis.web.pages.signin import add_sign_in
from sebaya_escalation.pages import coordinator, counsellor, shifts
from sebaya_escalation.pages.texts import PROBLEMS, WORDS
from sebaya_escalation.settings import Settings


def add(app: FastAPI, runtime: Runtime, settings: Settings) -> None:
    """The pages, beside the routes for programs."""
    router = APIRouter(include_in_schema=False)
    router.include_router(counsellor.router)
    router.include_router(coordinator.router)
    router.include_router(shifts.router)
    add_pages(app, Pages("sebaya_escalation.pages", settings, WORDS), router, PROBLEMS)
    add_sign_in(app, settings, runtime.schools, runtime.ended_sessions)
