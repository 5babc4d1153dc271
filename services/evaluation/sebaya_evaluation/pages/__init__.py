"""Evaluation in a browser: a student says how it went; those who run the programme see what came of
it. No rule is made here.
"""

from fastapi import APIRouter, FastAPI

from sebaya_chassis.service.runtime import Runtime
from sebaya_chassis.web.pages.render import Pages
from sebaya_chassis.web.pages.routes import add_pages
from sebaya_chassis.web.pages.signin import add_sign_in
from sebaya_evaluation.pages import feedback, reports
from sebaya_evaluation.pages.texts import PROBLEMS, WORDS
from sebaya_evaluation.settings import Settings


def add(app: FastAPI, runtime: Runtime, settings: Settings) -> None:
    """The pages, beside the routes for programs."""
    router = APIRouter(include_in_schema=False)
    router.include_router(feedback.router)
    router.include_router(reports.router)
    add_pages(app, Pages("sebaya_evaluation.pages", settings, WORDS), router, PROBLEMS)
    add_sign_in(app, settings, runtime.schools, runtime.ended_sessions)
