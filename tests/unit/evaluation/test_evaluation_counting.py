"""From facts to the numbers of a month: each stage counts its first moment, and each wait runs
between the two that its name says.
"""

from datetime import UTC, datetime, timedelta

import pytest

from sebaya_chassis.base.problems import Invalid
from sebaya_contracts.words import AlertOutcome, CaseTopic, Level, MatchEnd, Side
from sebaya_evaluation.domain.counting import count_period
from sebaya_evaluation.domain.facts import About, AlertFact, Fact, LevelClock, MatchFact
from sebaya_evaluation.domain.feedback import Response, mark_counted
from sebaya_evaluation.domain.periods import find_bounds
from sebaya_evaluation.domain.releases import Months, choose_months
from sebaya_evaluation.domain.report import Figures, compute_figures, count_cells, sum_district
from sebaya_evaluation.domain.tally import SCALE_BOUNDS, WAIT_BOUNDS, Spread, Tally

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


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (None, None, ("2025-04", "2026-03")),
        (None, "2025-12", ("2025-01", "2025-12")),
        (None, "2026-01", ("2025-02", "2026-01")),
        ("2026-03", None, ("2026-03", "2026-03")),
        ("2024-04", "2026-03", ("2024-04", "2026-03")),
    ],
)
def test_a_report_without_months_is_of_the_last_twelve(
    since: str | None, until: str | None, expected: tuple[str, str]
) -> None:
    assert choose_months(since, until, current="2026-03", most=24) == Months(*expected)


@pytest.mark.parametrize(("since", "until"), [("2026-04", "2026-03"), ("2024-03", "2026-03")])
def test_months_that_run_backwards_or_are_too_many_are_refused(since: str, until: str) -> None:
    with pytest.raises(Invalid):
        choose_months(since, until, current="2026-03", most=24)


def test_months_lie_within_those_that_begin_no_later_and_end_no_earlier() -> None:
    spring = Months("2026-03", "2026-05")
    assert spring.within(spring) and spring.within(Months("2026-01", "2026-12"))
    assert not spring.within(Months("2026-04", "2026-05"))
    assert not spring.within(Months("2026-03", "2026-04"))


def spread(*values: int, bounds: tuple[int, ...] = WAIT_BOUNDS) -> Spread:
    made = Spread()
    for value in values:
        made.add(value, bounds)
    return made


def test_a_quantile_lies_on_a_straight_line_through_its_bucket() -> None:
    # Up to a minute two waits, up to five minutes six: the fifth of eight lies half way.
    waits = spread(10, 20, *[200] * 6)
    assert waits.estimate_quantile(0.25, WAIT_BOUNDS) == 60
    assert waits.estimate_quantile(0.625, WAIT_BOUNDS) == 60 + 240 * 0.5
    assert waits.estimate_quantile(1, WAIT_BOUNDS) == 300
    assert waits.estimate_quantile(0.125, WAIT_BOUNDS) == 30
    longest = 60 * 24 * 3600
    assert spread(longest + 1).estimate_quantile(0.5, WAIT_BOUNDS) == longest
    assert spread(longest).estimate_quantile(1, WAIT_BOUNDS) == longest


def test_a_value_on_a_bound_belongs_below_it() -> None:
    assert spread(1, 2, 5, bounds=SCALE_BOUNDS).buckets == [1, 1, 0, 0, 1]
    together = Spread()
    together.merge(spread(60))
    assert together == spread(60)


def shown(total: Tally, smallest: int = 3) -> Figures:
    return compute_figures(count_cells({"grief": total}, total), total, smallest)


def test_waits_are_shown_by_mean_median_and_the_slowest_tenth() -> None:
    total = Tally()
    for seconds in (10, 20, *[200] * 6):
        total.add_wait("offer", T, T + timedelta(seconds=seconds))
    assert shown(total).measures == {
        "mean/offer": 153.75,
        "p50/offer": 140.0,
        "p90/offer": 268.0,
    }
    assert shown(total, smallest=8).cells["n/offer"] == 8, "as many as the smallest are shown"
    assert shown(total, smallest=9).measures == {}


def test_a_topic_that_was_not_asked_for_counts_nothing_and_one_that_was_its_own() -> None:
    cells = count_cells({"grief": Tally(counts={"asked": 7})}, Tally(counts={"asked": 9}))
    assert (cells["topic/grief"], cells["topic/family"], cells["asked"]) == (7, 0, 9)


def test_a_hidden_total_takes_its_smallest_topic_with_it_where_all_are_shown() -> None:
    topics = {topic.value: Tally(counts={"asked": 20}) for topic in CaseTopic}
    topics["grief"] = Tally(counts={"asked": 10})
    total = Tally(counts={"asked": sum(tally.get_count("asked") for tally in topics.values())})
    counts = count_cells(topics, total)
    hidden = compute_figures(counts, total, 5, frozenset({"asked"})).cells
    assert hidden["asked"] is None and hidden["topic/grief"] is None
    assert sum(hidden[f"topic/{topic.value}"] is None for topic in CaseTopic) == 2
    shown_all = compute_figures(counts, total, 5).cells
    assert all(shown_all[f"topic/{topic.value}"] is not None for topic in CaseTopic)


def test_a_district_shows_what_two_schools_hide_from_the_smallest_number_on() -> None:
    def school(asked: int) -> tuple[dict[str, int], Figures]:
        total = Tally(counts={"asked": asked})
        counts = count_cells({"grief": total}, total)
        return counts, compute_figures(counts, total, 5)

    sums, covered = sum_district([school(2), school(3)], 5)
    assert sums["asked"] == 5 and "asked" not in covered
    assert "asked" in sum_district([school(1), school(3)], 5)[1]
    assert "asked" not in sum_district([school(8), school(9)], 5)[1]


@pytest.mark.parametrize(("month", "after"), [("2026-03", "2026-04"), ("2026-12", "2027-01")])
def test_a_month_ends_where_the_next_one_begins(month: str, after: str) -> None:
    since, until = find_bounds(month, "Asia/Jakarta")
    assert (since.isoformat(), until.isoformat()) == (
        f"{month}-01T00:00:00+07:00",
        f"{after}-01T00:00:00+07:00",
    )
