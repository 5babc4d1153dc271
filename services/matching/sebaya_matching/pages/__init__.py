"""Matching in a browser: for supporters and coordinators. Pages call what the JSON routes call."""

from sebaya_chassis.service.composition import BrowserPages
from sebaya_matching.pages import coordinator, supporter, supporters
from sebaya_matching.pages.texts import PROBLEMS, WORDS

PAGES = BrowserPages(
    "sebaya_matching.pages",
    WORDS,
    PROBLEMS,
    (supporter.router, coordinator.router, supporters.router),
)
