"""Evaluation in a browser: a student says how it went; those who run the programme see what came of
it. No rule is made here.
"""

from sebaya_chassis.service.composition import BrowserPages
from sebaya_evaluation.pages import feedback, reports
from sebaya_evaluation.pages.texts import PROBLEMS, WORDS

PAGES = BrowserPages("sebaya_evaluation.pages", WORDS, PROBLEMS, (feedback.router, reports.router))
