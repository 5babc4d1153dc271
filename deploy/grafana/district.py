"""District live: what the programme does now."""

from panels import Dashboard, Panel, Query, minutely, number, quantile

DISTRICT = Dashboard(
    "sebaya-district",
    "District live",
    "What the district's programme is doing now. No number here belongs to one school or "
    "one person.",
    (
        (
            "Now",
            (
                number(
                    "Open alerts",
                    "Red and imminent; no human has closed them.",
                    'sum(max by (level) (sebaya_alerts_open{level!="amber"}))',
                ),
                number(
                    "Overdue",
                    "How far past its deadline somebody waits to be called back.",
                    "max(sebaya_alerts_overdue_seconds)",
                    unit="s",
                    red=1,
                ),
                number(
                    "Waiting",
                    "Cases without a supporter.",
                    'max(sebaya_matching_cases{stage="waiting"})',
                ),
                number(
                    "Longest wait",
                    "Since when the oldest of them waits.",
                    "max(sebaya_matching_oldest_waiting_seconds)",
                    unit="s",
                    red=172800,
                ),
                number(
                    "Uncovered schools",
                    "Nobody on call at this moment.",
                    "max(sebaya_coverage_schools_uncovered)",
                    red=1,
                ),
                number("Schools", "Known to intake.", 'max(sebaya_schools{service="intake"})'),
            ),
        ),
        (
            "Students",
            (
                Panel(
                    "Cases opened a minute",
                    "By door.",
                    (Query(minutely("sebaya_intake_cases_opened_total", "door"), "{{door}}"),),
                ),
                Panel(
                    "Messages a minute",
                    "After the opening, by author.",
                    (
                        Query(
                            minutely("sebaya_intake_messages_posted_total", "author"), "{{author}}"
                        ),
                    ),
                ),
                Panel(
                    "From a message to its verdict",
                    "As intake sees it: posted, screened, known here. Seconds are right, minutes "
                    "are not.",
                    (
                        Query(quantile(0.5, "sebaya_intake_verdict_wait_seconds"), "half"),
                        Query(quantile(0.99, "sebaya_intake_verdict_wait_seconds"), "99 of 100"),
                    ),
                    unit="s",
                    red=60,
                ),
            ),
        ),
        (
            "Matching",
            (
                Panel(
                    "Cases by stage",
                    "Those that have not ended.",
                    (Query("max by (stage) (sebaya_matching_cases)", "{{stage}}"),),
                ),
                Panel(
                    "Decisions a minute",
                    "Offers, acceptances, lapses.",
                    (Query(minutely("sebaya_matching_decisions_total", "event"), "{{event}}"),),
                ),
                Panel(
                    "From asking to a supporter's yes",
                    "Of the matches of the last hour.",
                    (
                        Query(quantile(0.5, "sebaya_matching_waited_seconds"), "half"),
                        Query(quantile(0.9, "sebaya_matching_waited_seconds"), "9 of 10"),
                    ),
                    unit="s",
                ),
                Panel(
                    "Why cases wait",
                    "A reason that grows says which supporters are missing.",
                    (
                        Query(
                            "sum by (reason) (increase(sebaya_matching_waits_total[1h]))",
                            "{{reason}}",
                        ),
                    ),
                    width=12,
                ),
                Panel(
                    "Feedback an hour",
                    "From both sides.",
                    (
                        Query(
                            "sum by (side, outcome) "
                            "(increase(sebaya_evaluation_feedback_total[1h]))",
                            "{{side}} {{outcome}}",
                        ),
                    ),
                    width=12,
                ),
                Panel(
                    "Questionnaires an hour",
                    "Answers of students, by wave. `refused` does not come from our pages.",
                    (
                        Query(
                            "sum by (wave, outcome) (increase(sebaya_evaluation_waves_total[1h]))",
                            "{{wave}} {{outcome}}",
                        ),
                    ),
                    width=12,
                ),
            ),
        ),
    ),
)
