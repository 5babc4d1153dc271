"""Matching in a browser, for supporters and coordinators: the commands' second skin."""

from sebaya_chassis.service.composition import BrowserPages
from sebaya_matching.pages import coordinator, supporter, supporters
from sebaya_matching.pages.texts import PROBLEMS, WORDS

PAGES = BrowserPages(
    "sebaya_matching.pages",
    WORDS,
    PROBLEMS,
    (supporter.router, coordinator.router, supporters.router),
)
