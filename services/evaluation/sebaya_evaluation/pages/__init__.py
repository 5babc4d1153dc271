"""Evaluation in a browser, for students' feedback and for reports: the commands' second skin."""

from sebaya_chassis.service.composition import BrowserPages
from sebaya_evaluation.pages import feedback, questions, reports
from sebaya_evaluation.pages.texts import PROBLEMS, WORDS

PAGES = BrowserPages(
    "sebaya_evaluation.pages",
    WORDS,
    PROBLEMS,
    (feedback.router, questions.router, reports.router),
)
