"""What a student's page says of the adults: right after every event, at every moment of duty."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sebaya_contracts.escalation import (
    AlertAcknowledged,
    AlertClosed,
    AlertLowered,
    AlertOpenedAgain,
    AlertPaged,
    AlertRaised,
    AlertReopened,
    AlertRose,
    ContactRecorded,
    Interval,
)
from sebaya_contracts.words import AlertCause, AlertOutcome, Level, OpenAgainCause
from sebaya_intake.domain.adult_help import (
    WISH_UNDER_WAY,
    AdultHelp,
    HelpStage,
    Pace,
    judge_adult_help,
)
from sebaya_intake.domain.case import Case
from sebaya_intake.domain.crisis import Coverage, OnCall
from sebaya_intake.domain.projection import AlertEvent, CaseProjection, Match, after_alert
from sebaya_intake.domain.screening import Screening

T = datetime(2026, 3, 2, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)
MATCH = Match("m1", "sup-1", T - HOUR)
ON_DUTY = Coverage("s1", (Interval(since=T - HOUR, until=T + HOUR),), T - HOUR, T + 300 * HOUR)
MORNING = T + 11 * HOUR
AT_NIGHT = Coverage(
    "s1", (Interval(since=MORNING, until=MORNING + HOUR),), T - HOUR, T + 300 * HOUR
)


def of(alert_id: str = "a1", level: Level = Level.RED) -> dict[str, object]:
    return {"school_id": "s1", "case_id": "c1", "alert_id": alert_id, "level": level}


def raised(level: Level = Level.RED, alert_id: str = "a1") -> AlertEvent:
    return AlertRaised(**of(alert_id, level), episode=1, cause=AlertCause.MESSAGE, raised_at=T)  # type: ignore[arg-type]


def paged(recipients: int = 1, level: Level = Level.RED) -> AlertEvent:
    return AlertPaged(**of(level=level), turn=1, rung=0, recipients=recipients)  # type: ignore[arg-type]


def taken(name: str = "Bu Lestari", level: Level = Level.RED, alert_id: str = "a1") -> AlertEvent:
    return AlertAcknowledged(
        **of(alert_id, level),  # type: ignore[arg-type]
        person_id="bk-1",
        person_name=name,
        acknowledged_at=T,
        waited_seconds=1.0,
    )


def spoken() -> AlertEvent:
    return ContactRecorded(**of(), contacted_at=T, waited_seconds=1.0)  # type: ignore[arg-type]


def rose(level: Level = Level.IMMINENT) -> AlertEvent:
    return AlertRose(**of(level=level), cause=AlertCause.MESSAGE)  # type: ignore[arg-type]


def lowered(level: Level) -> AlertEvent:
    return AlertLowered(**of(level=level), lowered_at=T)  # type: ignore[arg-type]


def reopened(at: datetime = T) -> AlertEvent:
    return AlertReopened(**of(), reopened_at=at)  # type: ignore[arg-type]


def opened_again(cause: OpenAgainCause, level: Level = Level.RED) -> AlertEvent:
    return AlertOpenedAgain(**of(level=level), cause=cause, opened_at=T)  # type: ignore[arg-type]


def closed(at: datetime = T) -> AlertEvent:
    return AlertClosed(
        **of(),  # type: ignore[arg-type]
        outcome=AlertOutcome.SUPPORTED,
        peer_may_continue=True,
        closed_at=at,
    )


def case_after(*events: AlertEvent, match: Match | None = None, **more: object) -> Case:
    view = CaseProjection(match=match)
    for event in events:
        view = after_alert(view, event)
    return replace(Case("c1", "s1", view=view), **more)  # type: ignore[arg-type]


def shown(*events: AlertEvent, coverage: Coverage | None = ON_DUTY) -> AdultHelp | None:
    return judge_adult_help(case_after(*events), coverage, T)


@pytest.mark.parametrize(
    ("events", "stage", "counsellor"),
    [
        ([raised()], HelpStage.CALLING, None),
        ([raised(), paged(recipients=0)], HelpStage.CALLING, None),
        ([raised(), paged()], HelpStage.CALLED, None),
        ([raised(), paged(), taken()], HelpStage.TAKEN, "Bu Lestari"),
        ([raised(), paged(), taken(name="")], HelpStage.TAKEN, None),
        ([raised(), paged(), taken(), spoken()], HelpStage.CONTACTED, "Bu Lestari"),
        ([raised(), paged(), taken(), rose()], HelpStage.CALLING, None),
        ([raised(), paged(), rose(), paged()], HelpStage.CALLED, None),
        ([raised(), taken(), spoken(), closed()], None, None),
        ([raised(), taken(), spoken(), closed(), reopened()], HelpStage.CALLING, None),
        ([raised(), taken(), spoken(), closed(), reopened(), paged()], HelpStage.CALLED, None),
        ([], None, None),
        *(
            ([raised(), paged(), taken(), spoken(), opened_again(cause)], HelpStage.CALLING, None)
            for cause in OpenAgainCause
        ),
        (
            [
                raised(),
                taken(),
                opened_again(OpenAgainCause.HANDED_OVER),
                paged(),
                taken("Pak Adi"),
            ],
            HelpStage.TAKEN,
            "Pak Adi",
        ),
    ],
)
def test_the_page_follows_the_alert_after_every_event(
    events: list[AlertEvent], stage: HelpStage | None, counsellor: str | None
) -> None:
    help_shown = shown(*events)
    assert (help_shown and help_shown.stage) == stage
    assert (help_shown and help_shown.counsellor) == counsellor


@pytest.mark.parametrize(
    ("level", "pace"),
    [(Level.AMBER, Pace.TODAY), (Level.RED, Pace.SOON), (Level.IMMINENT, Pace.AT_ONCE)],
)
def test_the_words_follow_the_level_and_its_rise(level: Level, pace: Pace) -> None:
    assert (help_shown := shown(raised(level))) and help_shown.pace is pace
    assert (risen := shown(raised(Level.AMBER), rose(level))) and risen.pace is pace


def test_a_lowered_level_changes_the_words_and_not_the_counsellor_that_has_it() -> None:
    help_shown = shown(raised(), taken(), spoken(), lowered(Level.AMBER))
    assert help_shown is not None
    assert (help_shown.pace, help_shown.lines_first) == (Pace.TODAY, False)
    assert (help_shown.stage, help_shown.counsellor) == (HelpStage.CONTACTED, "Bu Lestari")


@pytest.mark.parametrize("match", [None, MATCH])
@pytest.mark.parametrize("level", [Level.AMBER, Level.RED, Level.IMMINENT])
def test_lines_come_first_where_danger_is_open_and_of_any_level_in_a_match(
    level: Level, match: Match | None
) -> None:
    for events in ([raised(level)], [raised(level), paged(level=level), taken(level=level)]):
        help_shown = judge_adult_help(case_after(*events, match=match), ON_DUTY, T)
        assert help_shown is not None
        assert help_shown.lines_first == (level >= Level.RED or match is not None)


def test_of_several_alerts_the_most_serious_one_speaks_and_of_equals_the_open_one() -> None:
    two = [raised(Level.AMBER), taken(level=Level.AMBER), raised(Level.RED, "a2")]
    assert (help_shown := shown(*two)) and help_shown.counsellor is None
    assert (same := shown(raised(alert_id="a2"), raised(), taken())) and same.counsellor is None


@pytest.mark.parametrize(
    ("coverage", "on_call", "next_duty_at"),
    [
        (ON_DUTY, OnCall.YES, None),
        (AT_NIGHT, OnCall.NO, MORNING),
        (replace(AT_NIGHT, covered=()), OnCall.NO, None),
        (replace(AT_NIGHT, expires_at=T), OnCall.UNKNOWN, None),
        (None, OnCall.UNKNOWN, None),
    ],
)
def test_with_nobody_on_duty_the_page_says_so_and_when_the_next_duty_begins(
    coverage: Coverage | None, on_call: OnCall, next_duty_at: datetime | None
) -> None:
    waiting = shown(raised(), paged(), coverage=coverage)
    assert waiting is not None
    assert (waiting.on_call, waiting.next_duty_at) == (on_call, next_duty_at)
    assert waiting.waits_for_duty == (on_call is not OnCall.YES)
    held = shown(raised(), paged(), taken(), coverage=coverage)
    assert held is not None
    assert not held.waits_for_duty
    assert held.next_duty_at is None, "a counsellor that has it came though off duty"


@pytest.mark.parametrize("level", Level)
def test_a_verdict_that_overtakes_its_alert_leaves_no_gap(level: Level) -> None:
    """The lines that stood there while nothing was screened do not go away with a grave verdict."""
    screened = Screening(asked_at=T, look_at=None, level=level)
    help_shown = judge_adult_help(case_after(screening=screened), ON_DUTY, T)
    if level < Level.RED:
        assert help_shown is None
    else:
        assert help_shown and (help_shown.stage, help_shown.lines_first) == (
            HelpStage.CALLING,
            True,
        )
    over = case_after(raised(level), taken(), closed(), screening=screened)
    assert judge_adult_help(over, ON_DUTY, T) is None


@pytest.mark.parametrize("wish", ["adult_asked_at", "reported_at", "worried_at"])
def test_a_wish_for_an_adult_is_under_way_until_its_alert_was_answered(wish: str) -> None:
    asked = {wish: T}
    waiting = judge_adult_help(case_after(**asked), ON_DUTY, T)
    assert waiting and waiting.stage is HelpStage.CALLING
    joined = case_after(raised(), taken(), closed(T + HOUR), **{wish: T + HOUR / 2})
    assert judge_adult_help(joined, ON_DUTY, T + HOUR) is None
    again = case_after(raised(), closed(T), **{wish: T + HOUR})
    assert (help_shown := judge_adult_help(again, ON_DUTY, T + HOUR)) and not help_shown.is_held
    assert judge_adult_help(case_after(**asked), ON_DUTY, T + WISH_UNDER_WAY) is None


EVENTS = st.sampled_from(
    [paged(), paged(0), taken(), spoken(), rose(), *map(opened_again, OpenAgainCause)]
)


@given(st.lists(EVENTS, max_size=12))
def test_no_history_names_a_counsellor_that_does_not_have_it(events: list[AlertEvent]) -> None:
    """The last of taking and losing decides; pages and contacts change nothing of it."""
    decisive = [
        e for e in events if isinstance(e, AlertAcknowledged | AlertRose | AlertOpenedAgain)
    ]
    holds = bool(decisive) and isinstance(decisive[-1], AlertAcknowledged)
    help_shown = shown(raised(), *events)
    assert help_shown is not None
    assert help_shown.is_held == holds
    assert (help_shown.counsellor == "Bu Lestari") == holds
