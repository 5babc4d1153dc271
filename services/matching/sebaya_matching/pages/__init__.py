"""Matching in a browser, for supporters, coordinators and counsellors: the second skin of the
commands.
"""

from sebaya_chassis.service.composition import BrowserPages
from sebaya_matching.pages import coordinator, debriefs, supporter, supporters
from sebaya_matching.pages.texts import PROBLEMS, WORDS

PAGES = BrowserPages(
    "sebaya_matching.pages",
    WORDS,
    PROBLEMS,
    (supporter.router, coordinator.router, supporters.router, debriefs.router),
)
