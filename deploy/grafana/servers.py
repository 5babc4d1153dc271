"""Kafka and store, as the services see them."""

from panels import Dashboard, Panel, Query, minutely

SERVERS = Dashboard(
    "sebaya-servers",
    "Kafka and store",
    "What the services see of Kafka and MongoDB. Both have dashboards of their makers too.",
    (
        (
            "Answering",
            (
                Panel(
                    "Since Kafka last answered",
                    "By service; asked every 5 s.",
                    (Query("max by (service) (sebaya_broker_unanswered_seconds)", "{{service}}"),),
                    unit="s",
                    red=30,
                    width=12,
                ),
                Panel(
                    "Since MongoDB last answered",
                    "By service; asked every 10 s.",
                    (Query("max by (service) (sebaya_store_unanswered_seconds)", "{{service}}"),),
                    unit="s",
                    red=25,
                    width=12,
                ),
                Panel(
                    "Sessions asked for at the sign-in provider, an hour",
                    "By its answer; `away` beside others is a provider that is slow.",
                    (
                        Query(
                            "sum by (outcome) (increase(sebaya_session_renewals_total[1h]))",
                            "{{outcome}}",
                        ),
                    ),
                    width=12,
                ),
                Panel(
                    "Stores behind their topics",
                    "By service: restored, and `sebaya restored` not run; always 0.",
                    (Query("max by (service) (sebaya_store_behind)", "{{service}}"),),
                    red=1,
                    width=12,
                ),
            ),
        ),
        (
            "Kafka",
            (
                Panel(
                    "Age of the oldest event in an outbox",
                    "By service.",
                    (Query("max by (service) (sebaya_outbox_oldest_seconds)", "{{service}}"),),
                    unit="s",
                    red=60,
                ),
                Panel(
                    "Documents with events that wait",
                    "By service.",
                    (Query("max by (service) (sebaya_outbox_documents)", "{{service}}"),),
                ),
                Panel(
                    "Sends refused an hour",
                    "By service.",
                    (
                        Query(
                            "sum by (service) (increase(sebaya_publish_failures_total[1h]))",
                            "{{service}}",
                        ),
                    ),
                    red=1,
                ),
                Panel(
                    "Age of the oldest record",
                    "By service and topic.",
                    (
                        Query(
                            "max by (service, topic) (sebaya_consumer_lag_seconds) > 0",
                            "{{service}} {{topic}}",
                        ),
                    ),
                    unit="s",
                    red=60,
                ),
                Panel(
                    "Records not fetched",
                    "By service and topic.",
                    (
                        Query(
                            "sum by (service, topic) (sebaya_consumer_lag_records) > 0",
                            "{{service}} {{topic}}",
                        ),
                    ),
                ),
                Panel(
                    "Partitions without a reader",
                    "By service and topic; 0 but for a moment while workers come and go.",
                    (
                        Query(
                            "max by (service, topic) (sebaya_consumer_partitions_expected)"
                            " - sum by (service, topic) (sebaya_consumer_partitions)",
                            "{{service}} {{topic}}",
                        ),
                    ),
                    red=1,
                ),
                Panel(
                    "Commits of offsets a minute",
                    "By outcome.",
                    (
                        Query(
                            minutely("sebaya_offset_commits_total", "service, outcome"),
                            "{{service}} {{outcome}}",
                        ),
                    ),
                ),
                Panel(
                    "Leases lost an hour",
                    "A relay that was paused past its lease: events may have gone out twice, and "
                    "count once.",
                    (
                        Query(
                            "sum by (service) (increase(sebaya_relay_leases_lost_total[1h]))",
                            "{{service}}",
                        ),
                    ),
                ),
                Panel(
                    "Dead letters an hour",
                    "By service, topic and reason.",
                    (
                        Query(
                            "sum by (service, topic, reason) "
                            "(increase(sebaya_dead_letters_total[1h])) > 0",
                            "{{service}} {{topic}} {{reason}}",
                        ),
                    ),
                    red=1,
                ),
            ),
        ),
        (
            "MongoDB",
            (
                Panel(
                    "Calls that found it away, an hour",
                    "By service.",
                    (
                        Query(
                            "sum by (service) (increase(sebaya_store_unavailable_total[1h]))",
                            "{{service}}",
                        ),
                    ),
                    red=1,
                ),
                Panel(
                    "Decisions made again a minute",
                    "By service.",
                    (Query(minutely("sebaya_store_conflicts_total", "service"), "{{service}}"),),
                ),
                Panel(
                    "Reports behind",
                    "How long the oldest change has not been counted.",
                    (
                        Query("max(sebaya_evaluation_oldest_dirty_seconds)", "oldest"),
                        Query("max(sebaya_evaluation_rollups_dirty)", "months"),
                        Query("max(sebaya_evaluation_releases_missing)", "releases"),
                    ),
                    red=1800,
                ),
            ),
        ),
    ),
)
