"""Escalation in a browser: for counsellors and coordinators. Pages call what the JSON routes call."""

from sebaya_chassis.service.composition import BrowserPages
from sebaya_escalation.pages import coordinator, counsellor, shifts
from sebaya_escalation.pages.texts import PROBLEMS, WORDS

PAGES = BrowserPages(
    "sebaya_escalation.pages",
    WORDS,
    PROBLEMS,
    (counsellor.router, coordinator.router, shifts.router),
)
