"""For each alert rule what Prometheus sees before, while and after: it stays quiet, fires and
clears.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Case:
    """`series` in promtool's notation, a value each `step`: `0x9` is 0 and nine times the same, `_`
    is no sample.

    At `quiet` and `clears` nothing of this name may fire; at `fires` exactly one, with these labels
    and this sentence.
    """

    alert: str
    series: Mapping[str, str]
    quiet: str
    fires: str
    clears: str
    says: str
    labels: Mapping[str, str] = field(default_factory=dict)
    step: str = "15s"


def rises(selector: str, of: str) -> Mapping[str, str]:
    """A counter that is there from the start, rises once and stays; another of its kind that never
    does.
    """
    return {selector: "0x8 1x200", of: "0x208"}


def is_born(selector: str) -> Mapping[str, str]:
    """A process that starts and fails before anybody has looked at it."""
    return {selector: "_x8 1x200"}


READY = {
    f'sebaya_ready{{service="{service}",role="{role}",pod="{service}-{role}"}}': "1x100"
    for service in ("intake", "matching", "escalation", "evaluation")
    for role in ("api", "worker")
}
REQUEST = 'sebaya_http_requests_total{service="intake",method="POST",route="/cases",status="%s"}'
PROBE = (
    'sebaya_http_requests_total{service="intake",method="GET",route="/health/ready",status="503"}'
)

SAFETY = (
    Case(
        "AlertOverdue",
        # Two workers tell of the same alert; an amber one has a rule of its own, and somebody took
        # the imminent one.
        {
            'sebaya_alerts_overdue_seconds{level="red",pod="a"}': "0x8 5+15x12 0x40",
            'sebaya_alerts_overdue_seconds{level="red",pod="b"}': "0x8 5+15x12 0x40",
            'sebaya_alerts_overdue_seconds{level="imminent",pod="a"}': "0x60",
            'sebaya_alerts_overdue_seconds{level="amber",pod="a"}': "60x60",
        },
        *("2m", "4m", "6m"),
        "Nobody has taken a red alert for 1m 50s past its school's deadline.",
        {"level": "red"},
    ),
    Case(
        "AmberAlertOverdue",
        {
            'sebaya_alerts_overdue_seconds{level="amber"}': "0x8 30x12 0x40",
            'sebaya_alerts_overdue_seconds{level="red"}': "60x60",
        },
        *("2m", "4m", "6m"),
        "Nobody has taken an amber alert for 30s past its school's deadline.",
    ),
    Case(
        "LadderLate",
        {"sebaya_ladder_late_seconds": "2x8 40x12 0x40"},
        *("2m", "4m", "6m"),
        "Whom to call next was due 40s ago and has not been decided.",
    ),
    Case(
        "PageOverdue",
        {
            'sebaya_pages_overdue_seconds{pod="a"}': "25x8 40x12 0x40",
            'sebaya_pages_overdue_seconds{pod="b"}': "0x60",
        },
        *("2m", "4m", "6m"),
        "A page to the person on call was due 40s ago and has not been sent.",
    ),
    Case(
        "PagesFail",
        rises(
            'sebaya_pages_total{channel="email",result="failed"}',
            'sebaya_pages_total{channel="webhook",result="failed"}',
        )
        | {'sebaya_pages_total{channel="email",result="sent"}': "0+1x208"},
        *("2m", "4m", "14m"),
        "Pages by email do not reach the person on call.",
        {"channel": "email"},
    ),
    Case(
        "PagesFail",
        is_born('sebaya_pages_total{channel="webhook",result="failed"}'),
        *("1m30s", "4m", "14m"),
        "Pages by webhook do not reach the person on call.",
        {"channel": "webhook"},
    ),
    Case(
        "MessageUnscreened",
        rises(
            'sebaya_messages_unscreened_total{placed="case"}',
            'sebaya_messages_unscreened_total{placed="nowhere"}',
        )
        | {'sebaya_messages_unscreened_total{placed="erased"}': "0+1x208"},
        *("2m", "4m", "20m"),
        "The screen could not read a message; no machine knows what it says.",
    ),
    Case(
        "MessageUnscreened",
        is_born('sebaya_messages_unscreened_total{placed="nowhere"}'),
        *("1m30s", "4m", "20m"),
        "The screen could not read a message; no machine knows what it says.",
    ),
    Case(
        "MeaningMissing",
        # One of two workers; what it leaves to the rules for that reason is not counted twice.
        {
            'sebaya_screen_meaning_missing{pod="a"}': "0x8 1x60 0x40",
            'sebaya_screen_meaning_missing{pod="b"}': "0x108",
            'sebaya_messages_without_meaning_total{reason="missing"}': "0x8 1+1x100",
        },
        *("11m", "13m", "18m"),
        "Messages are judged by the rules of the screen alone: its second stage is missing, "
        "or fails.",
    ),
    Case(
        "MeaningMissing",
        rises(
            'sebaya_messages_without_meaning_total{reason="timeout"}',
            'sebaya_messages_without_meaning_total{reason="failed"}',
        ),
        *("11m", "14m", "45m"),
        "Messages are judged by the rules of the screen alone: its second stage is missing, "
        "or fails.",
    ),
    Case(
        "VerdictsOverdue",
        {"sebaya_intake_verdicts_overdue": "0x8 3x12 0x40"},
        *("2m30s", "4m", "6m"),
        "3 messages were published again and still have no verdict.",
    ),
    Case(
        "CoverageUnknown",
        {"sebaya_intake_coverage_unknown_schools": "0x8 7x40 0x40"},
        *("6m", "9m", "14m"),
        "At 7 schools intake does not know whether anybody is on call, and tells students so.",
    ),
    Case(
        "CoverageGapNow",
        {"sebaya_coverage_schools_uncovered": "0x8 2x12 0x40"},
        *("2m30s", "4m", "6m"),
        "At 2 schools nobody who can be reached is on call at this moment.",
    ),
    Case(
        "CoverageGapAhead",
        {"sebaya_coverage_gaps": "0x8 4x60 0x40"},
        *("10m", "14m", "20m"),
        "Within the next 14 days there are 4 stretches with nobody on call.",
    ),
    Case(
        "PeopleWithoutContact",
        {"sebaya_coverage_people_without_contact": "0x8 1x60 0x40"},
        *("10m", "14m", "20m"),
        "1 people whom rotas and ladders count on cannot be paged.",
    ),
    Case(
        "CapBreached",
        {
            'sebaya_matching_breaches{promise="cap"}': "0x8 1x12 0x40",
            'sebaya_matching_breaches{promise="exclusion"}': "0x60",
        },
        *("2m", "2m30s", "6m"),
        "1 supporters have more cases than their cap allows. This must never happen.",
    ),
    Case(
        "ExclusionBreached",
        {
            'sebaya_matching_breaches{promise="exclusion"}': "0x8 1x12 0x40",
            'sebaya_matching_breaches{promise="cap"}': "0x60",
        },
        *("2m", "2m30s", "6m"),
        "1 cases are paired with a supporter whom they exclude. This must never happen.",
    ),
    Case(
        "CaseWaitsLong",
        {"sebaya_matching_oldest_waiting_seconds": "172000+60x40 0x40"},
        *("20m", "30m", "45m"),
        "A student has waited 2d 0h 16m 40s for a supporter.",
        step="1m",
    ),
    Case(
        "CrisisLinesStale",
        {
            'sebaya_intake_crisis_lines_age_days{country="ID"}': "90x8 91x12 3x40",
            'sebaya_intake_crisis_lines_age_days{country="GB"}': "0x60",
        },
        *("2m", "3m", "6m"),
        "A crisis line of ID has gone 91 days without your check, or since the installation.",
        {"country": "ID"},
    ),
    Case(
        "CrisisLinesMissing",
        {"sebaya_intake_crisis_lines_missing_schools": "0x8 1x12 0x40"},
        *("2m", "3m", "6m"),
        "Students of 1 schools are shown general advice only: no crisis line of their "
        "country is known.",
    ),
    Case(
        "OpeningsFlood",
        # A queue of two minutes, then one that stays.
        {'sebaya_intake_cases_queued{pod="a"}': "0x8 40x8 0x8 40x40 0x40"},
        *("5m", "13m", "20m"),
        "40 students wait in a queue: far more was asked than supporters can take.",
    ),
    Case(
        "CodesGuessed",
        # Thirty in a quarter of an hour are people; then twelve a minute are not.
        {"sebaya_intake_codes_wrong_total": "0+2x30 60+12x30 420x40"},
        *("20m", "50m", "1h20m"),
        "180 return codes that open nothing were tried within 15 minutes.",
        step="1m",
    ),
    Case(
        "RefusalsBurst",
        # One a minute for half an hour are bookmarks; then eight a minute are not.
        {'sebaya_security_events_total{reason="foreign_id"}': "0+1x30 38+8x30 278x40"},
        *("20m", "50m", "1h20m"),
        "120 refusals within 15 minutes that smell of trying: foreign_id.",
        {"reason": "foreign_id"},
        step="1m",
    ),
)

EVENTS = (
    Case(
        "DeadLetterWaits",
        {
            'sebaya_dead_letters_waiting{service="matching"}': "0x8 1x12 0x40",
            'sebaya_dead_letters_waiting{service="intake"}': "0x60",
        },
        *("2m", "2m30s", "6m"),
        "1 records that matching could not apply wait for somebody.",
        {"service": "matching"},
    ),
    Case(
        "ConsumerHalted",
        {
            'sebaya_consumer_halted{service="evaluation",pod="a"}': "0x8 1x12 0x40",
            'sebaya_consumer_halted{service="evaluation",pod="b"}': "0x60",
        },
        *("2m", "2m30s", "6m"),
        "So many records failed that a worker of evaluation has stopped itself.",
        {"service": "evaluation"},
    ),
    Case(
        "ConsumerStalled",
        # Another topic is as old and moves: that one is only behind.
        {
            'sebaya_consumer_lag_seconds{service="matching",topic="intake.cases.v1"}': "0x8 0+15x20 0x40",
            'sebaya_records_total{service="matching",topic="intake.cases.v1",outcome="applied"}': "5x68",
            'sebaya_consumer_lag_seconds{service="matching",topic="escalation.alerts.v1"}': "300x68",
            'sebaya_records_total{service="matching",topic="escalation.alerts.v1",outcome="skipped"}': "0+9x68",
        },
        *("2m", "5m", "9m"),
        "matching takes nothing from intake.cases.v1, where a record has waited 2m 45s.",
        {"service": "matching", "topic": "intake.cases.v1"},
    ),
    Case(
        "MessagesBehind",
        {
            'sebaya_consumer_lag_seconds{service="escalation",topic="intake.messages.v1"}': "2x8 45x12 0x40",
            'sebaya_consumer_lag_seconds{service="escalation",topic="intake.cases.v1"}': "60x60",
        },
        *("2m30s", "4m", "6m"),
        "A student's message has waited 45s to be screened.",
    ),
    Case(
        "ConsumerBehind",
        {
            'sebaya_consumer_lag_seconds{service="evaluation",topic="intake.cases.v1"}': "100x8 600x40 0x40"
        },
        *("6m", "9m", "14m"),
        "evaluation is 10m 0s behind on intake.cases.v1.",
        {"service": "evaluation", "topic": "intake.cases.v1"},
    ),
    Case(
        "PartitionsUnread",
        # Two workers share six; one loses its share and does not come back to it.
        {
            'sebaya_consumer_partitions{service="matching",topic="intake.cases.v1",pod="a"}': "3x60",
            'sebaya_consumer_partitions{service="matching",topic="intake.cases.v1",pod="b"}': "3x8 0x20 3x40",
            'sebaya_consumer_partitions_expected{service="matching",topic="intake.cases.v1",pod="a"}': "6x60",
            'sebaya_consumer_partitions_expected{service="matching",topic="intake.cases.v1",pod="b"}': "6x60",
        },
        *("4m", "6m", "8m"),
        "Of intake.cases.v1 matching reads 3 partitions only.",
        {"service": "matching", "topic": "intake.cases.v1"},
    ),
    Case(
        "StoreBehind",
        {
            'sebaya_store_behind{service="intake"}': "0x8 1x12 0x40",
            'sebaya_store_behind{service="matching"}': "0x60",
        },
        *("2m", "3m", "6m"),
        "The store of intake was restored, and `sebaya restored` was not run: the service stays "
        "closed.",
        {"service": "intake"},
    ),
    Case(
        "OutboxOld",
        {
            'sebaya_outbox_oldest_seconds{service="intake"}': "1x8 90x12 0x40",
            'sebaya_outbox_oldest_seconds{service="matching"}': "0x60",
        },
        *("2m", "4m", "6m"),
        "An event of intake has waited 1m 30s for the broker.",
        {"service": "intake"},
    ),
    Case(
        "TimersFail",
        rises(
            'sebaya_timers_fired_total{service="escalation",timer="ladder",outcome="failed"}',
            'sebaya_timers_fired_total{service="matching",timer="waiting",outcome="failed"}',
        )
        | {
            'sebaya_timers_fired_total{service="escalation",timer="ladder",outcome="acted"}': "0+4x208"
        },
        *("2m", "4m", "14m"),
        "What escalation has to do on time (ladder) fails.",
        {"service": "escalation", "timer": "ladder"},
    ),
    Case(
        "TimersFail",
        is_born('sebaya_timers_fired_total{service="escalation",timer="pages",outcome="failed"}'),
        *("1m30s", "4m", "14m"),
        "What escalation has to do on time (pages) fails.",
        {"service": "escalation", "timer": "pages"},
    ),
    Case(
        "ReportsBehind",
        {"sebaya_evaluation_oldest_dirty_seconds": "1700x8 2400x40 0x40"},
        *("6m", "9m", "14m"),
        "The totals lack what has been known for 40m 0s.",
    ),
    Case(
        "ReleaseMissing",
        {"sebaya_evaluation_releases_missing": "0x8 3x160 0x40"},
        *("11m", "14m", "44m"),
        "3 schools lack this week's report.",
    ),
)

SERVERS = (
    Case(
        "StoreAway",
        {
            'sebaya_store_unanswered_seconds{service="intake",pod="a"}': "9x8 40x12 3x40",
            'sebaya_store_unanswered_seconds{service="matching",pod="b"}': "9x60",
        },
        *("2m", "2m30s", "6m"),
        "MongoDB has not answered intake for 40s.",
        {"service": "intake"},
    ),
    Case(
        "BrokerAway",
        {
            'sebaya_broker_unanswered_seconds{service="intake",pod="a"}': "15x8 40x12 3x40",
            'sebaya_broker_unanswered_seconds{service="intake",pod="b"}': "5x60",
        },
        *("2m", "2m30s", "6m"),
        "Kafka has not answered intake for 40s.",
        {"service": "intake"},
    ),
    Case(
        "SignInProviderAway",
        # One that is slow once among those that are answered is no outage.
        {
            'sebaya_session_renewals_total{outcome="away"}': "0x15 1x5 1+1x20 21x40",
            'sebaya_session_renewals_total{outcome="renewed"}': "0+1x20 20x20 20+1x40",
            'sebaya_session_renewals_total{outcome="refused"}': "0x81",
        },
        *("18m", "35m", "55m"),
        "The sign-in provider renews no session: staff are shut out 15 minutes after its last "
        "answer.",
        step="1m",
    ),
    Case(
        "ServiceAway",
        READY | {'sebaya_ready{service="intake",role="api",pod="intake-api"}': "1x8 _x20 1x40"},
        # A series that has ended is remembered for five minutes unless its target says that it is
        # gone.
        *("2m", "11m", "16m"),
        "No process of intake answers people.",
        {"service": "intake"},
        step="30s",
    ),
    Case(
        "ServiceAway",
        READY | {'sebaya_ready{service="matching",role="api",pod="matching-api"}': "1x8 0x12 1x40"},
        *("2m", "4m", "6m"),
        "No process of matching answers people.",
        {"service": "matching"},
    ),
    Case(
        "WorkerAway",
        READY
        | {
            'sebaya_ready{service="escalation",role="worker",pod="escalation-worker"}': "1x8 stale _x12 1x40"
        },
        *("2m", "4m", "6m"),
        "No worker of escalation runs: nothing is taken from the topics, and no timer fires.",
        {"service": "escalation"},
    ),
    Case(
        "LoopStuck",
        {
            'sebaya_loop_age_seconds{service="intake",loop="consumer"}': "1x8 45x12 0x40",
            'sebaya_loop_age_seconds{service="intake",loop="relay"}': "2x60",
        },
        *("2m", "2m30s", "6m"),
        "The loop consumer of intake has not turned for 45s.",
        {"service": "intake", "loop": "consumer"},
    ),
    Case(
        "IntakeUnavailable",
        rises(
            'sebaya_http_failures_total{service="intake",status="503"}',
            'sebaya_http_failures_total{service="intake",status="500"}',
        )
        | {'sebaya_http_failures_total{service="matching",status="503"}': "0+1x208"},
        *("2m", "4m", "9m"),
        "Intake has answered 503 to somebody who may have asked for help.",
    ),
    Case(
        "IntakeUnavailable",
        is_born('sebaya_http_failures_total{service="intake",status="503"}'),
        *("1m30s", "4m", "9m"),
        "Intake has answered 503 to somebody who may have asked for help.",
    ),
    Case(
        "IntakeFails",
        rises(
            'sebaya_http_failures_total{service="intake",status="500"}',
            'sebaya_http_failures_total{service="intake",status="503"}',
        ),
        *("2m", "4m", "9m"),
        "A fault of ours cost somebody an answer of intake.",
    ),
    Case(
        "IntakeFails",
        is_born('sebaya_http_failures_total{service="intake",status="500"}'),
        *("1m30s", "4m", "9m"),
        "A fault of ours cost somebody an answer of intake.",
    ),
    Case(
        "IntakeErrorsBurn",
        # 60 a minute; of them 3 fail for twenty minutes. What probes are told counts on neither
        # side.
        {REQUEST % "202": "0+60x200", REQUEST % "500": "0x30 0+3x20 60x150", PROBE: "0+9x200"},
        *("30m", "50m", "1h30m"),
        "1.865% of intake's answers within the hour were failures of ours.",
        step="1m",
    ),
    Case(
        "IntakeErrorsSmoulder",
        {REQUEST % "202": "0+60x900", REQUEST % "503": "0x60 0+1x300 300x540", PROBE: "0+9x900"},
        *("1h", "5h", "8h"),
        "1.31% of intake's answers within six hours were failures of ours.",
        step="1m",
    ),
)

CASES = (*SAFETY, *EVENTS, *SERVERS)

# Nothing of its kind fires, however long it lasts: a school with three requests an hour, of which
# one fails, has no share to speak of.
QUIET_SCHOOL = {
    "IntakeErrorsBurn": {REQUEST % "202": "0+1x160", REQUEST % "500": "0+1x160"},
    "IntakeErrorsSmoulder": {REQUEST % "202": "0+1x160", REQUEST % "500": "0+1x160"},
}
