"""Intake in a browser: a student asks, comes back and is answered. Pages call the same use cases as
the JSON routes; no rule is made here.
"""

from fastapi import Depends

from sebaya_chassis.service.composition import BrowserPages
from sebaya_intake.pages import (
    browser_session,
    found,
    friend,
    plan,
    public_pages,
    requests,
    staff_thread,
    student_case,
    wishes,
)
from sebaya_intake.pages.texts import PROBLEMS, WORDS

PAGES = BrowserPages(
    "sebaya_intake.pages",
    WORDS,
    PROBLEMS,
    (
        public_pages.router,
        friend.router,
        student_case.router,
        wishes.router,
        found.router,
        plan.router,
        staff_thread.router,
        requests.router,
    ),
    (Depends(browser_session.limit_store_time),),
)
