"""Safety: whether what is too serious for a peer reaches a human in time."""

from panels import Dashboard, Panel, Query, minutely, number, quantile

SAFETY = Dashboard(
    "sebaya-safety",
    "Safety",
    "Whether what is too serious for a peer reaches a human in time.",
    (
        (
            "Promises",
            (
                number(
                    "Alert overdue",
                    "Past its school's first rung.",
                    "max(sebaya_alerts_overdue_seconds)",
                    unit="s",
                    red=1,
                ),
                number(
                    "Page overdue",
                    "Due and not sent.",
                    "max(sebaya_pages_overdue_seconds)",
                    unit="s",
                    red=30,
                ),
                number(
                    "Ladder late",
                    "A step that is due and not decided.",
                    "max(sebaya_ladder_late_seconds)",
                    unit="s",
                    red=10,
                ),
                number(
                    "Without a verdict",
                    "Messages published again and still unanswered.",
                    "max(sebaya_intake_verdicts_overdue)",
                    red=1,
                ),
                number(
                    "Caps broken",
                    "Supporters over their cap; always 0.",
                    'max(sebaya_matching_breaches{promise="cap"})',
                    red=1,
                ),
                number(
                    "Exclusions broken",
                    "Pairs that must not be; always 0.",
                    'max(sebaya_matching_breaches{promise="exclusion"})',
                    red=1,
                ),
            ),
        ),
        (
            "Alerts",
            (
                Panel(
                    "Open",
                    "No human has closed them, by level.",
                    (Query("max by (level) (sebaya_alerts_open)", "{{level}}"),),
                ),
                Panel(
                    "Oldest that nobody has taken",
                    "By level; the deadline is each school's own.",
                    (
                        Query(
                            "max by (level) (sebaya_alerts_oldest_unacknowledged_seconds)",
                            "{{level}}",
                        ),
                    ),
                    unit="s",
                ),
                Panel(
                    "Raised an hour",
                    "By level and cause.",
                    (
                        Query(
                            "sum by (level, cause) (increase(sebaya_alerts_raised_total[1h])) > 0",
                            "{{level}} {{cause}}",
                        ),
                    ),
                ),
                Panel(
                    "From an alert to somebody who has it",
                    "Nine of ten, by level.",
                    (
                        Query(
                            quantile(0.9, "sebaya_alert_acknowledged_seconds", "level"), "{{level}}"
                        ),
                    ),
                    unit="s",
                ),
                Panel(
                    "From an alert to a word with the student",
                    "Nine of ten, by level.",
                    (Query(quantile(0.9, "sebaya_alert_contacted_seconds", "level"), "{{level}}"),),
                    unit="s",
                ),
                Panel(
                    "Alerts that were right",
                    "Of those closed in 30 days and judged, the share that was no false alarm, by "
                    "the level and language of what raised them. Kinds are in "
                    "sebaya_alerts_judged_kinds.",
                    (
                        Query(
                            "sum by (level, language) (increase("
                            'sebaya_alerts_judged_total{judged="right"}[30d])) / '
                            "(sum by (level, language) (increase("
                            'sebaya_alerts_judged_total{judged!="unknown"}[30d])) > 0)',
                            "{{level}} {{language}}",
                        ),
                    ),
                    unit="percentunit",
                ),
                Panel(
                    "Levels that rose",
                    "Open alerts that became graver.",
                    (
                        Query(
                            "sum by (level) (increase(sebaya_alerts_rose_total[1h]))", "{{level}}"
                        ),
                    ),
                ),
            ),
        ),
        (
            "Screening",
            (
                Panel(
                    "Messages screened a minute",
                    "By level.",
                    (Query(minutely("sebaya_messages_screened_total", "level"), "{{level}}"),),
                ),
                Panel(
                    "From posting to the verdict",
                    "As escalation sees it.",
                    (
                        Query(quantile(0.5, "sebaya_verdict_seconds"), "half"),
                        Query(quantile(0.99, "sebaya_verdict_seconds"), "99 of 100"),
                    ),
                    unit="s",
                    red=30,
                ),
                Panel(
                    "Not to be screened",
                    "By what became of them: a red alert of the case, of the school, or nobody's.",
                    (
                        Query(
                            "sum by (placed) (increase(sebaya_messages_unscreened_total[1h]))",
                            "{{placed}}",
                        ),
                    ),
                    red=1,
                ),
                Panel(
                    "Without the second stage",
                    "Judged by the rules alone, by why; and left without a verdict for now.",
                    (
                        Query(
                            "sum by (reason) (increase(sebaya_messages_without_meaning_total[1h]))",
                            "{{reason}}",
                        ),
                        Query("sum(increase(sebaya_messages_deferred_total[1h]))", "deferred"),
                        Query("max(sebaya_screen_meaning_missing)", "missing in a worker"),
                    ),
                ),
                Panel(
                    "Processes of the screen lost",
                    "By how: a text killed it, or it did not come back in time.",
                    (
                        Query(
                            "sum by (reason) (increase(sebaya_reading_processes_lost_total[1h]))",
                            "{{reason}}",
                        ),
                    ),
                ),
            ),
        ),
        (
            "Calling people",
            (
                Panel(
                    "Pages a minute",
                    "By channel and result.",
                    (
                        Query(
                            minutely("sebaya_pages_total", "channel, result") + " > 0",
                            "{{channel}} {{result}}",
                        ),
                    ),
                ),
                Panel(
                    "From a page being due to its being sent",
                    "Nine of ten.",
                    (Query(quantile(0.9, "sebaya_page_delay_seconds", "channel"), "{{channel}}"),),
                    unit="s",
                ),
                Panel(
                    "Steps of ladders an hour",
                    "And whether anybody could be paged.",
                    (
                        Query(
                            "sum by (level, reached) (increase(sebaya_ladder_steps_total[1h])) > 0",
                            "{{level}}, reached: {{reached}}",
                        ),
                    ),
                ),
            ),
        ),
        (
            "Who is there",
            (
                number(
                    "Uncovered now",
                    "Schools with nobody on call.",
                    "max(sebaya_coverage_schools_uncovered)",
                    red=1,
                ),
                number("Gaps ahead", "Of the next 14 days.", "max(sebaya_coverage_gaps)", red=1),
                number(
                    "Without contact",
                    "People counted on who cannot be paged.",
                    "max(sebaya_coverage_people_without_contact)",
                    red=1,
                ),
                number(
                    "Unknown to intake",
                    "Schools of which intake does not know who is there.",
                    "max(sebaya_intake_coverage_unknown_schools)",
                    red=1,
                ),
                number(
                    "Oldest crisis line",
                    "Days since the operator has confirmed it, or since the installation.",
                    "max(sebaya_intake_crisis_lines_age_days)",
                    unit="d",
                    red=90,
                ),
                number(
                    "Schools without lines",
                    "Their country has no crisis lines here.",
                    "max(sebaya_intake_crisis_lines_missing_schools)",
                    red=1,
                ),
                number(
                    "Requests in a queue",
                    "More was asked than a school's supporters can take.",
                    "max(sebaya_intake_cases_queued)",
                    red=1,
                ),
                number(
                    "Codes that open nothing",
                    "Of the last 15 minutes.",
                    "sum(increase(sebaya_intake_codes_wrong_total[15m]))",
                    red=60,
                ),
                number(
                    "Refusals that smell of trying",
                    "Of the last 15 minutes, all reasons.",
                    "sum(increase(sebaya_security_events_total[15m]))",
                    red=30,
                ),
            ),
        ),
    ),
)
