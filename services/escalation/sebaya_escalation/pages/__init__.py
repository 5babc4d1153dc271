"""Escalation in a browser: for counsellors and coordinators, over the commands that routes use."""

from sebaya_chassis.service.composition import BrowserPages
from sebaya_escalation.pages import closing, coordinator, counsellor, queue, shifts
from sebaya_escalation.pages.texts import PROBLEMS, WORDS

PAGES = BrowserPages(
    "sebaya_escalation.pages",
    WORDS,
    PROBLEMS,
    (queue.router, counsellor.router, closing.router, coordinator.router, shifts.router),
)
