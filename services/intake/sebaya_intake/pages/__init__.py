"""Intake in a browser: a student asks, comes back and is answered. Pages call what the JSON routes call; no rule is made here."""

from fastapi import APIRouter, Depends, FastAPI

from sebaya_chassis.pages.render import Pages
from sebaya_chassis.pages.routes import add_pages
from sebaya_chassis.pages.signin import add_sign_in
from sebaya_intake.api.parts import Parts
from sebaya_intake.pages import door, helpers, own, within
from sebaya_intake.pages.texts import PROBLEMS, WORDS


def add(app: FastAPI, parts: Parts) -> None:
    """The pages, beside the routes for programs."""
    router = APIRouter(include_in_schema=False, dependencies=[Depends(within.seconds)])
    router.include_router(door.router)
    router.include_router(own.router)
    router.include_router(helpers.router)
    add_pages(app, Pages("sebaya_intake.pages", parts.settings, WORDS), router, PROBLEMS)
    add_sign_in(app, parts.settings, parts.runtime.schools, parts.runtime.ended_sessions)
