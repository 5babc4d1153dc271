"""From facts to the numbers of a month: each stage counts its first moment, and each wait runs
between the two that its name says.
"""

from datetime import UTC, datetime, timedelta

import pytest

from sebaya_contracts.words import AlertOutcome, CaseTopic, Level, MatchEnd, Side
from sebaya_evaluation.domain.counting import count_period
from sebaya_evaluation.domain.facts import About, AlertFact, Fact, LevelClock, MatchFact
from sebaya_evaluation.domain.feedback import Response, mark_counted
from sebaya_evaluation.domain.periods import find_bounds
from sebaya_evaluation.domain.tally import SCALE_BOUNDS, WAIT_BOUNDS, Spread

T = datetime(2026, 3, 2, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FACT = Fact(
    "c1",
    placed_at=T,
    topic=CaseTopic.GRIEF,
    matches=(
        MatchFact(
            "m1",
            offered_at=T + 2 * MINUTE,
            accepted_at=T + 5 * MINUTE,
            met_at=T + 65 * MINUTE,
            closed_at=T + 90 * MINUTE,
            end=MatchEnd.SUPPORTER_LEFT,
        ),
        MatchFact(
            "m2",
            offered_at=T + 91 * MINUTE,
            accepted_at=T + 92 * MINUTE,
            met_at=T + 99 * MINUTE,
            closed_at=T + 200 * MINUTE,
            end=MatchEnd.COMPLETED,
            ended_case=True,
        ),
    ),
    alerts=(
        AlertFact(
            "a1",
            level=Level.RED,
            raised_at=T,
            acknowledged_at=T + MINUTE,
            contacted_at=T + 9 * MINUTE,
            closed_at=T + 50 * MINUTE,
            outcome=AlertOutcome.SUPPORTED,
        ),
        AlertFact("a2", level=Level.AMBER, raised_at=T, clocks={Level.AMBER: LevelClock(since=T)}),
    ),
)
RESPONSES = (
    Response("r1", "c1", Side.STUDENT, "m1", {"better": 4, "heard": 2}),
    Response("r2", "c1", Side.SUPPORTER, "m1", {"helped": 5}),
    Response("r3", "c1", Side.STUDENT, "m2", {"better": 5}, erased=True),
    Response("r4", "c9", Side.STUDENT, "m9", {"better": 5}),
)


def test_a_case_counts_once_in_each_stage_that_it_reached() -> None:
    tally = count_period([FACT], RESPONSES)["grief"]
    assert tally.counts == {
        "asked": 1,
        "offered": 1,
        "matched": 1,
        "met": 1,
        "closed": 1,
        "improved": 1,
        "feedback/student": 1,
        "feedback/supporter": 1,
        "alert/red/raised": 1,
        "alert/red/acknowledged": 1,
        "alert/red/contacted": 1,
        "alert/red/closed": 1,
        "outcome/supported": 1,
        "alert/amber/raised": 1,
    }


def test_each_wait_runs_from_the_request_but_the_meetings_from_the_match() -> None:
    tally = count_period([FACT], RESPONSES)["grief"]
    assert {name: (wait.n, wait.total) for name, wait in tally.waits.items()} == {
        "offer": (1, 120),
        "accept": (1, 300),
        "meet": (1, 3600),
        "alert/red/acknowledge": (1, 60),
        "alert/red/contact": (1, 540),
    }
    assert {name: (one.n, one.total) for name, one in tally.answers.items()} == {
        "student/better": (1, 4),
        "student/heard": (1, 2),
        "supporter/helped": (1, 5),
    }


def test_a_match_that_left_the_student_waiting_closes_no_case() -> None:
    tally = count_period([Fact("c1", matches=FACT.matches[:1])], ())["none"]
    assert "closed" not in tally.counts and tally.counts["met"] == 1
    assert not MatchFact("m").ended_case, "an offer that is open has ended nothing"


def test_what_a_school_itself_raises_is_no_case_and_has_no_feedback() -> None:
    fact = Fact("c1", about=About.SCHOOL, placed_at=T, alerts=FACT.alerts[1:])
    assert count_period([fact], RESPONSES)["none"].counts == {"alert/amber/raised": 1}


def test_a_response_that_is_counted_waits_no_more() -> None:
    waiting = Response("r1", "c1", Side.STUDENT, dirty_since=T)
    assert mark_counted(waiting, T)[0] == Response("r1", "c1", Side.STUDENT)
    assert Response("r1", "c1", Side.STUDENT).erased is False


def spread(*values: int, bounds: tuple[int, ...] = WAIT_BOUNDS) -> Spread:
    made = Spread()
    for value in values:
        made.add(value, bounds)
    return made


def test_a_quantile_lies_in_the_bucket_that_its_share_reaches() -> None:
    # Up to a minute two waits, up to five minutes six: a quarter of eight are two.
    waits = spread(10, 20, *[200] * 6)
    assert (waits.find_quantile(0.25), waits.find_quantile(0.26), waits.find_quantile(1)) == (
        0,
        1,
        1,
    )
    longest = 60 * 24 * 3600
    assert spread(longest).find_quantile(0.5) == len(WAIT_BOUNDS) - 1
    assert spread(longest + 1).find_quantile(0.5) == len(WAIT_BOUNDS)


def test_a_value_on_a_bound_belongs_below_it() -> None:
    assert spread(1, 2, 5, bounds=SCALE_BOUNDS).buckets == [1, 1, 0, 0, 1]
    together = Spread()
    together.merge(spread(60))
    assert together == spread(60)


@pytest.mark.parametrize(("month", "after"), [("2026-03", "2026-04"), ("2026-12", "2027-01")])
def test_a_month_ends_where_the_next_one_begins(month: str, after: str) -> None:
    since, until = find_bounds(month, "Asia/Jakarta")
    assert (since.isoformat(), until.isoformat()) == (
        f"{month}-01T00:00:00+07:00",
        f"{after}-01T00:00:00+07:00",
    )
