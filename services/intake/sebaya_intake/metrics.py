"""Intake's metrics. No label names a school or a person."""

from prometheus_client import Counter, Gauge, Histogram

from sebaya_contracts.words import Author, Door
from sebaya_intake.domain.crisis_lines import LINES

CASES_OPENED = Counter("sebaya_intake_cases_opened", "Cases opened, by door", ["door"])
CASES_UNSEEN = Counter(
    "sebaya_intake_cases_unseen",
    "Cases that ended by themselves because their students never had the return code",
)
CASES_QUEUED = Gauge(
    "sebaya_intake_cases_queued",
    "Requests that wait in the queues of schools at which more was asked than can be placed",
)
SCHOOLS_CROWDED = Gauge("sebaya_intake_crowded_schools", "Schools that have a queue")
OPENINGS_REFUSED = Counter(
    "sebaya_intake_openings_refused", "Openings refused because the queue of their school was full"
)
CASES_SET_ASIDE = Counter(
    "sebaya_intake_cases_set_aside", "Cases that coordinators set aside as pranks"
)
MESSAGES = Counter(
    "sebaya_intake_messages_posted", "Messages posted after the opening, by author", ["author"]
)
REQUESTS_WITHOUT_CASE = Counter(
    "sebaya_intake_requests_without_case",
    "Requests for an adult with a return code that was not looked at",
)
VERDICT_WAIT = Histogram(
    "sebaya_intake_verdict_wait_seconds",
    "Time from posting a message to its verdict being stored here",
    buckets=(0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800, 7200),
)
OVERDUE = Gauge(
    "sebaya_intake_verdicts_overdue", "Messages published again that still have no verdict"
)
REPUBLISHED = Counter(
    "sebaya_intake_messages_republished",
    "Messages published again because their verdict was overdue",
)
COVERAGE_UNKNOWN = Gauge(
    "sebaya_intake_coverage_unknown_schools",
    "Schools of which it is not known whether somebody is on call",
)
LINES_AGE = Gauge(
    "sebaya_intake_crisis_lines_age_days",
    "Days that a crisis line of a country with a school has waited for the operator's check",
    ["country"],
)
LINES_MISSING = Gauge(
    "sebaya_intake_crisis_lines_missing_schools",
    "Schools of countries whose crisis lines are not known here",
)
WORDS_ENDED = Counter(
    "sebaya_intake_words_ended", "Cases whose words went because their retention was over"
)
WORDS_POSTPONED = Counter(
    "sebaya_intake_words_postponed",
    "Looks at words that stay past their retention because nobody has handled them",
)
DETAILS_LEFT = Counter(
    "sebaya_intake_contact_details_left", "Contact details that students left in their threads"
)
DETAILS_OPENED = Counter(
    "sebaya_intake_contact_details_opened", "Contact details that counsellors opened"
)
DETAILS_NOT_SEALED = Counter(
    "sebaya_intake_contact_details_not_sealed",
    "Contact details that could not be kept or opened because a key is missing",
)
PLANS_WRITTEN = Counter(
    "sebaya_intake_safety_plans_written", "Safety plans that counsellors wrote or changed"
)
PLANS_NOT_SEALED = Counter(
    "sebaya_intake_safety_plans_not_sealed",
    "Safety plans that could not be kept or read because a key is missing",
)
ERASURES = Counter("sebaya_intake_cases_erased", "Cases erased by their students")
CODES_WRONG = Counter("sebaya_intake_codes_wrong", "Tries with a return code that opens nothing")
TRIES_REFUSED = Counter(
    "sebaya_intake_tries_refused",
    "Tries with a return code refused because codes like it had failed too often",
)
TRIES_SLOWED = Counter(
    "sebaya_intake_tries_slowed",
    "Tries with a return code answered later because codes of the school were being guessed",
)

for door in Door:
    CASES_OPENED.labels(door.value)
for author in Author:
    MESSAGES.labels(author.value)
for country in LINES:
    LINES_AGE.labels(country)
