"""What is told of one match or alert changes that one alone, whichever comes first by its id."""

from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec.structs import replace

from sebaya_contracts.escalation import AlertClosed, AlertRaised
from sebaya_contracts.matching import MatchClosed, MeetingLogged
from sebaya_contracts.words import AlertCause, AlertOutcome, Level, MatchEnd
from sebaya_evaluation.domain import facts
from sebaya_evaluation.domain.facts import AlertFact, Fact, MatchFact
from sebaya_evaluation.domain.spans import Calendar, choose_span, list_spans

T = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
FACT = Fact(
    "c1",
    matches=tuple(MatchFact(name, supporter_id=f"s-{name}") for name in ("m1", "m2", "m3")),
    alerts=tuple(AlertFact(name, level=Level.RED) for name in ("a1", "a2", "a3")),
)
MATCHES = {one.match_id: one for one in FACT.matches}
ALERTS = {one.alert_id: one for one in FACT.alerts}


@pytest.mark.parametrize("match_id", MATCHES)
def test_a_meeting_is_of_its_match(match_id: str) -> None:
    event = MeetingLogged(school_id="s1", case_id="c1", match_id=match_id, met_at=T)
    met = facts.record_meeting(event)(FACT)
    assert {one.match_id: one for one in met.matches} == MATCHES | {
        match_id: replace(MATCHES[match_id], met_at=T)
    }
    assert met.find_match(match_id) == replace(MATCHES[match_id], met_at=T)
    assert [one.match_id for one in met.matches] == ["m1", "m2", "m3"]


@pytest.mark.parametrize("alert_id", ALERTS)
def test_a_closing_is_of_its_alert_and_the_first_counts(alert_id: str) -> None:
    def close(fact: Fact, at: datetime, outcome: AlertOutcome) -> Fact:
        return facts.record_alert_end(
            AlertClosed(
                school_id="s1",
                alert_id=alert_id,
                case_id="c1",
                level=Level.RED,
                outcome=outcome,
                peer_may_continue=True,
                closed_at=at,
            )
        )(fact)

    closed = close(FACT, T, AlertOutcome.SUPPORTED)
    assert {one.alert_id: one for one in closed.alerts} == ALERTS | {
        alert_id: replace(ALERTS[alert_id], closed_at=T, outcome=AlertOutcome.SUPPORTED)
    }
    for later in (T, T + HOUR):
        assert close(closed, later, AlertOutcome.FALSE_ALARM) == closed
    earlier = close(closed, T - HOUR, AlertOutcome.FALSE_ALARM)
    assert {one.outcome for one in earlier.alerts} == {None, AlertOutcome.FALSE_ALARM}


def test_the_first_end_of_a_match_counts() -> None:
    def close(fact: Fact, at: datetime, end: MatchEnd) -> Fact:
        return facts.record_match_end(
            MatchClosed(
                school_id="s1",
                case_id="c1",
                match_id="m2",
                supporter_id="s-m2",
                end=end,
                closed_at=at,
                case_closed=end is MatchEnd.COMPLETED,
            )
        )(fact)

    closed = close(FACT, T, MatchEnd.COMPLETED)
    told = closed.find_match("m2")
    assert told is not None and (told.end, told.ended_case) == (MatchEnd.COMPLETED, True)
    for later in (T, T + HOUR):
        assert close(closed, later, MatchEnd.STUDENT_LEFT) == closed
    earlier = close(closed, T - HOUR, MatchEnd.STUDENT_LEFT).find_match("m2")
    assert earlier is not None
    assert (earlier.end, earlier.ended_case, earlier.closed_at) == (
        MatchEnd.STUDENT_LEFT,
        False,
        T - HOUR,
    )


def test_an_alert_that_is_not_known_joins_the_others() -> None:
    for alert_id in ("a0", "a9"):
        event = AlertRaised(
            school_id="s1",
            alert_id=alert_id,
            case_id="c1",
            episode=1,
            level=Level.AMBER,
            cause=AlertCause.MESSAGE,
            raised_at=T,
        )
        told = facts.record_alert(event)(FACT)
        assert {one.alert_id: one.level for one in told.alerts} == {
            "a1": Level.RED,
            "a2": Level.RED,
            "a3": Level.RED,
            alert_id: Level.AMBER,
        }
        assert told.placed_at is None, "a case is placed by its opening"


def test_each_span_is_chosen_by_its_own_name() -> None:
    spans = list_spans(date(2026, 11, 30), Calendar())
    assert [choose_span(span.name, spans) for span in spans] == list(spans)
    assert choose_span(None, spans) == choose_span("", spans) == spans[0]
