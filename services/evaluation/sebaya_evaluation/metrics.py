"""Evaluation's own metrics, declared once. No school, no id in any label."""

from prometheus_client import Counter, Gauge, Histogram

from sebaya_contracts.words import Side, Wave
from sebaya_evaluation.domain.facts import About

FACTS_WRITTEN = Counter(
    "sebaya_evaluation_facts_written",
    "Events whose effect on a fact was stored, by what the fact is about",
    ["about"],
)
ROLLUPS_DIRTY = Gauge(
    "sebaya_evaluation_rollups_dirty",
    "School months whose facts have changed since they were counted",
)
OLDEST_DIRTY = Gauge(
    "sebaya_evaluation_oldest_dirty_seconds",
    "How long the longest-waiting changed fact has not been counted",
)
RECOMPUTE_SECONDS = Histogram(
    "sebaya_evaluation_recompute_seconds",
    "Time to count one school month anew",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
RELEASES_MISSING = Gauge(
    "sebaya_evaluation_releases_missing",
    "Schools whose release of this week has not been counted",
)
FEEDBACK = Counter(
    "sebaya_evaluation_feedback", "Feedback by side and by what became of it", ["side", "outcome"]
)
WAVES = Counter(
    "sebaya_evaluation_waves",
    "Questionnaires of students by wave and by what became of them",
    ["wave", "outcome"],
)

OUTCOMES = ("new", "repeated", "refused")

for _about in About:
    FACTS_WRITTEN.labels(_about.value)
for _side in Side:
    for _outcome in OUTCOMES:
        FEEDBACK.labels(_side.value, _outcome)
for _wave in Wave:
    for _outcome in OUTCOMES:
        WAVES.labels(_wave.value, _outcome)
