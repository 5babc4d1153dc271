"""Every metric of the chassis, declared once.

Labels come from closed lists; a series for each school needs a budget.
"""

from prometheus_client import Counter, Gauge, Histogram

RECORDS = Counter(
    "sebaya_records",
    "Records taken from a topic, by what became of them",
    ["service", "topic", "outcome"],
)
RETRIES = Counter(
    "sebaya_record_retries", "Records tried again in place, by why", ["service", "topic", "cause"]
)
DEAD_LETTERS = Counter(
    "sebaya_dead_letters",
    "Records parked in a dead-letter topic, by reason",
    ["service", "topic", "reason"],
)
COMMITS = Counter("sebaya_offset_commits", "Offset commits, one a batch", ["service", "outcome"])
CONSUMER_HALTED = Gauge(
    "sebaya_consumer_halted",
    "1 while a consumer has stopped itself because too many records fail",
    ["service"],
)
MEMBERSHIPS_LOST = Counter(
    "sebaya_consumer_memberships_lost",
    "Times a consumer had to join its group anew after an error",
    ["service"],
)
LAG = Gauge(
    "sebaya_consumer_lag_records", "Records of a topic not yet consumed", ["service", "topic"]
)
LAG_SECONDS = Gauge(
    "sebaya_consumer_lag_seconds",
    "How long the oldest record that is not done has waited; 0 when all are",
    ["service", "topic"],
)
PARTITIONS = Gauge(
    "sebaya_consumer_partitions",
    "Partitions of a topic that this process reads",
    ["service", "topic"],
)
PARTITIONS_EXPECTED = Gauge(
    "sebaya_consumer_partitions_expected",
    "Partitions of a topic that all workers of a service read",
    ["service", "topic"],
)
HANDLING = Histogram(
    "sebaya_record_handling_seconds",
    "Time from taking a record to its effect being durable",
    ["service", "topic"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
DEAD_LETTERS_WAITING = Gauge(
    "sebaya_dead_letters_waiting",
    "Dead letters that nobody has brought back or dropped",
    ["service"],
)
TAKEN_BACK = Counter(
    "sebaya_restore_records",
    "Records of the ledger applied again after a restore",
    ["service", "type"],
)

STORE_BEHIND = Gauge(
    "sebaya_store_behind",
    "1 while the service stays closed because its store is older than its topics",
    ["service"],
)

PUBLISHED = Counter(
    "sebaya_events_published", "Events acknowledged by the broker", ["service", "type"]
)
PUBLISH_FAILURES = Counter(
    "sebaya_publish_failures", "Sends that the broker did not acknowledge", ["service"]
)
OUTBOX_AGE = Gauge(
    "sebaya_outbox_oldest_seconds", "Age of the oldest event that waits for the broker", ["service"]
)
OUTBOX_DOCUMENTS = Gauge(
    "sebaya_outbox_documents",
    "Documents with events that wait for the broker (counted up to 1,000)",
    ["service"],
)
BROKER_UNANSWERED = Gauge(
    "sebaya_broker_unanswered_seconds",
    "Seconds since the broker last answered this process",
    ["service"],
)
LEASES_LOST = Counter(
    "sebaya_relay_leases_lost", "Publications whose lease had gone to another relay", ["service"]
)

TIMERS_FIRED = Counter("sebaya_timers_fired", "Due dates acted on", ["service", "timer", "outcome"])
TIMER_DELAY = Histogram(
    "sebaya_timer_delay_seconds",
    "How late a due date was acted on",
    ["service", "timer"],
    buckets=(0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800),
)

CONFLICTS = Counter(
    "sebaya_store_conflicts",
    "Decisions made again because somebody decided first",
    ["service", "collection"],
)
STORE_UNANSWERED = Gauge(
    "sebaya_store_unanswered_seconds",
    "Seconds since the store last answered this process's clock",
    ["service"],
)
STORE_AWAY = Counter(
    "sebaya_store_unavailable", "Calls that failed because the store was away", ["service"]
)

REQUESTS = Counter(
    "sebaya_http_requests",
    "HTTP answers by route pattern",
    ["service", "method", "route", "status"],
)
REQUEST_SECONDS = Histogram(
    "sebaya_http_request_seconds", "Time to answer by route pattern", ["service", "method", "route"]
)
HTTP_FAILURES = Counter(
    "sebaya_http_failures",
    "Requests that a fault (500) or an outage (503) cost, health apart",
    ["service", "status"],
)
SECURITY_EVENTS = Counter(
    "sebaya_security_events",
    "Refusals that smell of trying, by what was tried",
    ["service", "reason"],
)
SESSION_RENEWALS = Counter(
    "sebaya_session_renewals",
    "Sessions of staff for which the sign-in provider was asked again, by its answer",
    ["service", "outcome"],
)
SESSIONS_ENDED = Counter(
    "sebaya_sessions_ended",
    "Sessions of staff that ended before their time, by why",
    ["service", "reason"],
)
READY = Gauge(
    "sebaya_ready", "1 while this process takes requests and work, by its role", ["service", "role"]
)
LOOP_AGE = Gauge(
    "sebaya_loop_age_seconds", "Seconds since a background loop last turned", ["service", "loop"]
)
SCHOOLS = Gauge("sebaya_schools", "Schools this service knows", ["service"])
