"""Every metric of escalation, declared once. Labels come from closed lists; no school, case or
person is one.
"""

from itertools import product

from prometheus_client import Counter, Gauge, Histogram

from sebaya_contracts.words import AlertCause, Level
from sebaya_escalation.domain.page import Channel
from sebaya_escalation.domain.precision import KINDS, LANGUAGES, Judged

ALERT_LEVELS = (Level.AMBER, Level.RED, Level.IMMINENT)

SCREENED = Counter(
    "sebaya_messages_screened", "Messages given their first verdict, by level", ["level"]
)
VERDICT_SECONDS = Histogram(
    "sebaya_verdict_seconds",
    "From a message being posted to its verdict being stored",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 60, 600),
)
UNSCREENED = Counter(
    "sebaya_messages_unscreened",
    "Messages that could not be screened, by what became of them: case, school, erased or nowhere",
    ["placed"],
)
READING_PROCESSES_LOST = Counter(
    "sebaya_reading_processes_lost",
    "Processes of the screen that were lost at work, by how: kills_process or timeout",
    ["reason"],
)
MEANING_MISSING = Gauge(
    "sebaya_screen_meaning_missing",
    "1 where the second stage of the screen is wanted and cannot be used: the rules work alone",
)
WITHOUT_MEANING = Counter(
    "sebaya_messages_without_meaning",
    "Texts judged by the rules alone though the second stage is wanted, by why: missing, failed, "
    "kills_process or timeout",
    ["reason"],
)
DEFERRED = Counter(
    "sebaya_messages_deferred",
    "Messages left without a verdict, since the second stage had no room; they are published again",
)
RAISED = Counter(
    "sebaya_alerts_raised",
    "Alerts raised, by the level they began with and by cause",
    ["level", "cause"],
)
ROSE = Counter("sebaya_alerts_rose", "Open alerts whose level rose, by the new level", ["level"])
OPEN = Gauge("sebaya_alerts_open", "Alerts that no human has closed, by level", ["level"])
OLDEST = Gauge(
    "sebaya_alerts_oldest_unacknowledged_seconds",
    "Age of the oldest alert that nobody has acknowledged, by level",
    ["level"],
)
OVERDUE = Gauge(
    "sebaya_alerts_overdue_seconds",
    "How far past its school's first rung the most overdue alert is that nobody has taken "
    "(or taken again), by level",
    ["level"],
)
LADDER_LATE = Gauge(
    "sebaya_ladder_late_seconds",
    "How long the most overdue date of an alert has waited: a step of a ladder, a contact, a look "
    "after the student, the end of words",
)
ACKNOWLEDGED = Histogram(
    "sebaya_alert_acknowledged_seconds",
    "From an alert being raised to a person taking it, by level",
    ["level"],
    buckets=(10, 30, 60, 120, 300, 600, 900, 1800, 3600, 14400, 86400),
)
CONTACTED = Histogram(
    "sebaya_alert_contacted_seconds",
    "From an alert being raised to somebody speaking with the student, by level",
    ["level"],
    buckets=(60, 120, 300, 600, 1800, 3600, 14400, 86400, 172800),
)
JUDGED = Counter(
    "sebaya_alerts_judged",
    "Closings of alerts, by the level of the signal that led, the language of its rule, and "
    "whether a human judged it right, a false_alarm or unknown; a reopened one counts again",
    ["level", "language", "judged"],
)
JUDGED_KINDS = Counter(
    "sebaya_alerts_judged_kinds",
    "The same closings by the kind of the signal that led; apart from level and language, since "
    "all of them together would be a thousand series",
    ["kind", "judged"],
)
STEPS = Counter(
    "sebaya_ladder_steps",
    "Steps of ladders taken, by level and whether anybody could be paged",
    ["level", "reached"],
)
PAGES = Counter(
    "sebaya_pages",
    "Pages by channel and result; retried and repeated ones count again when they end",
    ["channel", "result"],
)
PAGE_DELAY = Histogram(
    "sebaya_page_delay_seconds",
    "From a page being due to its being sent",
    ["channel"],
    buckets=(0.1, 0.5, 1, 2, 5, 10, 30, 60, 300),
)
PAGES_OVERDUE = Gauge(
    "sebaya_pages_overdue_seconds",
    "How long the most overdue page has waited to be sent, or sent again",
)
SENDER_FAULTS = Counter(
    "sebaya_page_faults", "Sends that ended in a fault of ours; each is tried again after its lease"
)
GAPS = Gauge(
    "sebaya_coverage_gaps",
    "Stretches of the next 14 days with nobody on call who can be reached, over all schools",
)
GAP_NOW = Gauge("sebaya_coverage_schools_uncovered", "Schools with nobody on call at this moment")
UNREACHABLE = Gauge(
    "sebaya_coverage_people_without_contact",
    "People that rotas and ladders count on who cannot be paged, over all schools",
)


def _begin_at_zero() -> None:
    for level in Level:
        SCREENED.labels(level)
    for level in ALERT_LEVELS:
        OPEN.labels(level)
        OLDEST.labels(level)
        OVERDUE.labels(level)
        ROSE.labels(level)
        ACKNOWLEDGED.labels(level)
        CONTACTED.labels(level)
        for cause in AlertCause:
            RAISED.labels(level, cause)
        for language, judged in product(LANGUAGES, Judged):
            JUDGED.labels(level, language, judged)
        for reached in ("yes", "no"):
            STEPS.labels(level, reached)
    for kind, judged in product(KINDS, Judged):
        JUDGED_KINDS.labels(kind, judged)
    for channel in Channel:
        PAGE_DELAY.labels(channel)
        for result in ("sent", "unknown", "failed", "dropped", "retried", "repeated"):
            PAGES.labels(channel, result)
    for reason in ("kills_process", "timeout"):
        READING_PROCESSES_LOST.labels(reason)
    for reason in ("missing", "failed", "kills_process", "timeout"):
        WITHOUT_MEANING.labels(reason)
    for placed in ("case", "school", "erased", "nowhere"):
        UNSCREENED.labels(placed)


_begin_at_zero()
