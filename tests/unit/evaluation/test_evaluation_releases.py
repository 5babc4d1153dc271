"""A release is the same by whichever request and in whichever order it is counted."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from msgspec.structs import replace as changed

from sebaya_contracts.words import AlertOutcome, CaseTopic, Level, Side
from sebaya_evaluation.domain.bands import Band
from sebaya_evaluation.domain.facts import AlertFact, Fact, LevelClock, MatchFact
from sebaya_evaluation.domain.feedback import Response
from sebaya_evaluation.domain.happenings import list_happenings
from sebaya_evaluation.domain.reading import read_district, read_school
from sebaya_evaluation.domain.releases import Release, ReleasePlan, count_release
from sebaya_evaluation.domain.report import HALF
from sebaya_evaluation.domain.spans import RHYTHM, Calendar, choose_span, list_spans

MONDAY = date(2026, 11, 30)
CALENDAR = Calendar(starts=7, years=2)
PLAN = ReleasePlan(MONDAY, "Asia/Jakarta", 10, CALENDAR)
# The first instant of a month, and of the Monday, in Jakarta.
OCTOBER = datetime(2026, 9, 30, 17, tzinfo=UTC)
CUT = datetime(2026, 11, 29, 17, tzinfo=UTC)
HOUR = timedelta(hours=1)


def asked(number: int, at: datetime, topic: CaseTopic = CaseTopic.GRIEF) -> list[Fact]:
    return [Fact(f"{at:%m%d%H}-{topic}-{n}", placed_at=at, topic=topic) for n in range(number)]


def release(facts: Sequence[Fact], *responses: Response, plan: ReleasePlan = PLAN) -> Release:
    return count_release(plan, facts, {one.case_id: [one] for one in responses})


def told(made: Release, span: str, name: str = "asked") -> Band:
    chosen = choose_span(span, list_spans(made.released_on, CALENDAR))
    return read_school(made, chosen, CALENDAR).bands[name]


def test_numbers_lie_where_they_happened() -> None:
    made = release(
        [*asked(27, OCTOBER - HOUR), *asked(3, OCTOBER), *asked(25, OCTOBER + 40 * 24 * HOUR)]
    )

    assert told(made, "2026-2027") == told(made, "2026-2027.1") == Band(50, 59)
    assert [told(made, f"2026-{month}") for month in ("08", "09", "10", "11")] == [
        Band(0, 9),
        Band(11, 29),
        Band(1, 19),
        Band(11, 29),
    ]
    assert told(made, "2025-2026") == Band(0, 9)


def test_what_happens_from_the_monday_on_waits_for_the_next_release() -> None:
    early, late = asked(30, CUT - HOUR), asked(30, CUT)

    assert told(release([*early, *late]), "2026-11") == told(release(early), "2026-11")
    following = replace(PLAN, released_on=MONDAY + RHYTHM)
    assert told(release([*early, *late], plan=following), "2026-2027") == Band(60, 69)


def test_a_release_that_is_counted_again_later_is_the_same() -> None:
    """Shuffled, with all that has happened to the same requests since."""
    facts = [*asked(31, OCTOBER), *asked(14, CUT - HOUR, CaseTopic.FAMILY)]
    first = release(facts)
    later = [
        changed(fact, matches=(MatchFact("m", offered_at=CUT, accepted_at=CUT + HOUR),))
        for fact in facts
    ]
    random.Random(5).shuffle(later)

    assert release([*later, *asked(9, CUT + HOUR)]) == first


def test_a_step_counts_when_it_is_made_and_an_alert_at_each_level_it_reaches() -> None:
    clocks = {
        Level.AMBER: LevelClock(OCTOBER - HOUR),
        Level.RED: LevelClock(OCTOBER, OCTOBER + HOUR, OCTOBER + 2 * HOUR),
    }
    facts = [
        Fact(
            f"c{n}",
            placed_at=OCTOBER - 2 * HOUR,
            matches=(MatchFact("m", offered_at=OCTOBER + HOUR),),
            alerts=(
                AlertFact(
                    "a",
                    Level.RED,
                    raised_at=OCTOBER - HOUR,
                    closed_at=CUT - HOUR,
                    outcome=AlertOutcome.SUPPORTED,
                    clocks=clocks,
                ),
            ),
        )
        for n in range(20)
    ]
    made = release(facts)

    for span, name in (
        ("2026-09", "asked"),
        ("2026-10", "offered"),
        ("2026-09", "alert/amber/raised"),
        ("2026-10", "alert/red/contacted"),
        ("2026-11", "outcome/supported"),
    ):
        assert told(made, span, name) == Band(11, 29), name
    assert told(made, "2026-2027", "alert/amber/acknowledged") == Band(0, 9)
    assert told(made, "2026-2027", "n/alert/red/contact") == Band(20, 29)
    year = choose_span("2026-2027", list_spans(MONDAY, CALENDAR))
    waits = read_school(made, year, CALENDAR).quantiles
    assert waits["alert/red/contact", HALF].within == 2 * 3600


def test_an_alert_without_clocks_counts_by_its_own_moments() -> None:
    facts = [
        Fact(f"c{n}", placed_at=OCTOBER, alerts=(AlertFact("a", Level.RED, raised_at=OCTOBER),))
        for n in range(20)
    ]

    assert told(release(facts), "2026-2027", "alert/red/raised") == Band(20, 29)


def test_who_feels_better_twice_counts_once_and_an_erased_case_never() -> None:
    facts = [*asked(25, OCTOBER), Fact("gone", erased=True, period="2026-10")]
    given = [
        Response(f"r{n}", fact.fact_id, Side.STUDENT, answers={"better": 5}, given_at=CUT - HOUR)
        for n, fact in enumerate(facts[:-1])
    ]
    twice = {one.case_id: [one, replace(one, response_id=f"{one.response_id}b")] for one in given}
    made = count_release(PLAN, facts, twice)

    assert told(made, "2026-2027", "improved") == Band(20, 29)
    assert told(made, "2026-2027", "n/student/better") == Band(50, 59)
    assert told(made, "2026-2027", "feedback/student") == Band(50, 59)


def test_a_district_adds_up_its_schools() -> None:
    facts = [
        changed(fact, matches=(MatchFact("m", offered_at=OCTOBER + 2 * HOUR),))
        for fact in asked(45, OCTOBER)
    ]
    schools = [release(facts) for _ in range(6)]
    spans = list_spans(MONDAY, CALENDAR)
    year = read_district(schools, spans[0], CALENDAR)

    assert year.bands["asked"] == Band(240, 294)
    assert year.quantiles["offer", HALF].within == 2 * 3600
    october = read_district(schools, choose_span("2026-10", spans), CALENDAR)
    assert october.bands["asked"] == Band(6 * 31, 6 * 49)


def test_a_request_counts_once_under_its_topic_when_it_was_asked() -> None:
    match = MatchFact(
        "m1",
        offered_at=OCTOBER + HOUR,
        accepted_at=OCTOBER + 2 * HOUR,
        met_at=OCTOBER + 3 * HOUR,
        closed_at=OCTOBER + 4 * HOUR,
        ended_case=True,
    )
    fact = Fact("c1", placed_at=OCTOBER, topic=CaseTopic.GRIEF, matches=(match,))
    found = [(one.name, one.at) for one in list_happenings(fact, ())]
    assert [one for one in found if one[0].startswith("topic/")] == [("topic/grief", OCTOBER)]
    stages = [one for one in found if not one[0].startswith(("topic/", "n/"))]
    assert stages == [
        (name, OCTOBER + hours * HOUR)
        for hours, name in enumerate(("asked", "offered", "matched", "met", "closed"))
    ]
    assert all(one.value == 1 for one in list_happenings(fact, ()) if "n/" not in one.name)
