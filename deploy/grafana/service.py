"""One service: whether it does its work."""

from panels import Dashboard, Panel, Query, minutely, number

from sebaya_contracts.topics import SERVICES

OURS = '{service="$service"}'
SERVICE = Dashboard(
    "sebaya-service",
    "One service",
    "Whether one service does its work: answers, takes, publishes, keeps time.",
    (
        (
            "There",
            (
                number(
                    "Answering",
                    "Processes that take requests.",
                    'sum(sebaya_ready{service="$service",role!="worker"})',
                ),
                number(
                    "Working",
                    "Processes that consume and keep time.",
                    'sum(sebaya_ready{service="$service",role!="api"})',
                ),
                number(
                    "Dead letters",
                    "Nobody has seen to them yet.",
                    f"max(sebaya_dead_letters_waiting{OURS})",
                    red=1,
                ),
                number(
                    "Consumer stopped",
                    "1: so much failed that it stopped itself.",
                    f"max(sebaya_consumer_halted{OURS})",
                    red=1,
                ),
                number(
                    "Oldest event",
                    "Waits for the broker.",
                    f"max(sebaya_outbox_oldest_seconds{OURS})",
                    unit="s",
                    red=60,
                ),
                number(
                    "Oldest record",
                    "Waits to be taken.",
                    f"max(sebaya_consumer_lag_seconds{OURS})",
                    unit="s",
                    red=60,
                ),
            ),
        ),
        (
            "Answers",
            (
                Panel(
                    "Requests a second",
                    "By status.",
                    (
                        Query(
                            "sum by (status) "
                            f"(rate(sebaya_http_requests_total{OURS}[$__rate_interval]))",
                            "{{status}}",
                        ),
                    ),
                ),
                Panel(
                    "Time to answer",
                    "99 of 100, by route; probes apart.",
                    (
                        Query(
                            "histogram_quantile(0.99, sum by (le, route) "
                            '(rate(sebaya_http_request_seconds_bucket{service="$service",route!~"/health/.*|/metrics"}[5m])))',
                            "{{route}}",
                        ),
                    ),
                    unit="s",
                ),
                Panel(
                    "Failures an hour",
                    "500: a fault of ours. 503: the store was away.",
                    (
                        Query(
                            f"sum by (status) (increase(sebaya_http_failures_total{OURS}[1h]))",
                            "{{status}}",
                        ),
                    ),
                    red=1,
                ),
            ),
        ),
        (
            "Events",
            (
                Panel(
                    "Records a second",
                    "By what became of them.",
                    (
                        Query(
                            "sum by (outcome) "
                            f"(rate(sebaya_records_total{OURS}[$__rate_interval]))",
                            "{{outcome}}",
                        ),
                    ),
                ),
                Panel(
                    "Age of the oldest record",
                    "By topic.",
                    (Query(f"max by (topic) (sebaya_consumer_lag_seconds{OURS})", "{{topic}}"),),
                    unit="s",
                    red=60,
                ),
                Panel(
                    "Published a second",
                    "By type.",
                    (
                        Query(
                            "sum by (type) "
                            f"(rate(sebaya_events_published_total{OURS}[$__rate_interval])) > 0",
                            "{{type}}",
                        ),
                    ),
                ),
                Panel(
                    "Time to handle a batch",
                    "99 of 100, by topic.",
                    (
                        Query(
                            "histogram_quantile(0.99, sum by (le, topic) "
                            f"(rate(sebaya_record_handling_seconds_bucket{OURS}[5m])))",
                            "{{topic}}",
                        ),
                    ),
                    unit="s",
                ),
                Panel(
                    "Tried again an hour",
                    "away: store or broker. record: its own fault. batch: applied one by one.",
                    (
                        Query(
                            f"sum by (cause) (increase(sebaya_record_retries_total{OURS}[1h]))",
                            "{{cause}}",
                        ),
                    ),
                ),
                Panel(
                    "Decisions made again",
                    "Somebody else decided first.",
                    (
                        Query(
                            f"sum by (collection) (rate(sebaya_store_conflicts_total{OURS}[5m]))",
                            "{{collection}}",
                        ),
                    ),
                ),
            ),
        ),
        (
            "Time",
            (
                Panel(
                    "Due dates acted on a minute",
                    "By timer and outcome.",
                    (
                        Query(
                            minutely(f"sebaya_timers_fired_total{OURS}", "timer, outcome"),
                            "{{timer}} {{outcome}}",
                        ),
                    ),
                ),
                Panel(
                    "How late",
                    "99 of 100, by timer.",
                    (
                        Query(
                            "histogram_quantile(0.99, sum by (le, timer) "
                            f"(rate(sebaya_timer_delay_seconds_bucket{OURS}[5m])))",
                            "{{timer}}",
                        ),
                    ),
                    unit="s",
                    red=10,
                ),
                Panel(
                    "Loops",
                    "Seconds since each last turned; past 60 the process is restarted.",
                    (Query(f"max by (loop) (sebaya_loop_age_seconds{OURS})", "{{loop}}"),),
                    unit="s",
                    red=30,
                ),
            ),
        ),
    ),
    choices=SERVICES,
)
