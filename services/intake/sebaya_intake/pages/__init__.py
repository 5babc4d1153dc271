"""Intake in a browser: a student asks, comes back and is answered. Pages call what the JSON routes
call; no rule is made here.
"""

from fastapi import APIRouter, Depends, FastAPI

from sebaya_chassis.web.pages.render import Pages
from sebaya_chassis.web.pages.routes import add_pages
from sebaya_chassis.web.pages.signin import add_sign_in
from sebaya_intake.dependencies import Dependencies
from sebaya_intake.pages import browser_session, public_pages, staff_thread, student_case
from sebaya_intake.pages.texts import PROBLEMS, WORDS


def add(app: FastAPI, parts: Dependencies) -> None:
    """The pages, beside the routes for programs."""
    router = APIRouter(include_in_schema=False, dependencies=[Depends(browser_session.seconds)])
    router.include_router(public_pages.router)
    router.include_router(student_case.router)
    router.include_router(staff_thread.router)
    add_pages(app, Pages("sebaya_intake.pages", parts.settings, WORDS), router, PROBLEMS)
    add_sign_in(app, parts.settings, parts.runtime.schools, parts.runtime.ended_sessions)
