"""Side channels: a hidden number is hidden, not zero, and does not follow from the others of the
same answer.
"""

import random
from itertools import product

from hypothesis import assume, given
from hypothesis import strategies as st

from examples import examples
from sebaya_contracts.words import AlertOutcome, CaseTopic, Level, Side
from sebaya_evaluation.domain.counting import STAGES
from sebaya_evaluation.domain.feedback import QUESTIONS
from sebaya_evaluation.domain.report import (
    LEVELS,
    OUTCOMES,
    TOPICS,
    Figures,
    compute_figures,
    count_cells,
    sum_district,
    suppress,
)
from sebaya_evaluation.domain.tally import Tally, merge_all

SMALLEST = 5


def strata_of(asked: dict[CaseTopic, int], **more: int) -> dict[str, Tally]:
    strata = {topic.value: Tally(counts={"asked": number}) for topic, number in asked.items()}
    strata["none"] = Tally(counts=dict(more))
    return strata


def shown(strata: dict[str, Tally], smallest: int = SMALLEST) -> Figures:
    total = merge_all(strata.values())
    return compute_figures(count_cells(strata, total), total, smallest)


def test_a_small_number_is_hidden_and_not_zero() -> None:
    report = shown(strata_of({CaseTopic.GRIEF: 4}))

    assert report.cells["asked"] is None
    assert report.cells["matched"] is None
    assert 0 not in report.cells.values()


def test_one_small_topic_takes_the_next_smallest_with_it() -> None:
    report = shown(
        strata_of(
            {topic: 20 + index for index, topic in enumerate(CaseTopic)} | {CaseTopic.GRIEF: 2}
        )
    )

    assert report.cells["asked"] is not None
    assert [name for name in TOPICS if report.cells[name] is None] == [
        "topic/loneliness",
        "topic/grief",
    ]


def test_two_hidden_topics_that_are_few_together_take_a_third() -> None:
    small = {CaseTopic.GRIEF: 1, CaseTopic.FAMILY: 0}
    report = shown(strata_of({topic: 20 + index for index, topic in enumerate(CaseTopic)} | small))

    assert {name for name in TOPICS if report.cells[name] is None} == {
        "topic/grief",
        "topic/family",
        "topic/loneliness",
    }


@examples(300)
@given(st.lists(st.integers(0, 12), min_size=len(CaseTopic), max_size=len(CaseTopic)))
def test_no_topic_follows_from_the_total_and_the_others(numbers: list[int]) -> None:
    report = shown(strata_of(dict(zip(CaseTopic, numbers, strict=True))))
    hidden = [
        number for number, name in zip(numbers, TOPICS, strict=True) if report.cells[name] is None
    ]

    assert all(
        report.cells[name] is None
        for number, name in zip(numbers, TOPICS, strict=True)
        if number < SMALLEST
    )
    if report.cells["asked"] is not None and hidden:
        assert len(hidden) >= 2
        assert sum(hidden) >= SMALLEST


@examples(60)
@given(
    st.lists(st.integers(0, 9), min_size=3, max_size=3),
    st.lists(st.integers(0, 9), min_size=len(OUTCOMES), max_size=len(OUTCOMES)),
)
def test_no_closed_alert_follows_from_levels_and_outcomes(
    levels: list[int], outcomes: list[int]
) -> None:
    """Attacked by trying every value: two tables that add up to the same number leave a hidden cell
    more than one small value.
    """
    assume(sum(outcomes) >= sum(levels))
    levels[0] += sum(outcomes) - sum(levels)
    counts = {
        f"alert/{level.value}/closed": n for level, n in zip(LEVELS, levels, strict=True)
    } | dict(zip(OUTCOMES, outcomes, strict=True))
    strata = {"none": Tally(counts=counts)}
    report = shown(strata)
    hidden = [name for name in counts if report.cells[name] is None]
    for name in hidden:
        assert len(possible(counts, report, hidden, name)) > 1


def possible(counts: dict[str, int], report: Figures, hidden: list[str], wanted: str) -> set[int]:
    """The values of one hidden cell that fit all that is shown: both sums are the same number."""
    highest = max(counts[name] for name in hidden) + 1
    sides = [
        [n for n in counts if n.startswith("alert")],
        [n for n in counts if n.startswith("outcome")],
    ]
    base = [sum(report.cells[n] or 0 for n in side) for side in sides]
    free = [sum(1 for n in side if n in hidden) for side in sides]
    sums = [reachable(base[i], free[i], highest) for i in (0, 1)]
    mine = 0 if wanted.startswith("alert") else 1
    others = reachable(base[mine], free[mine] - 1, highest)
    return {
        value
        for value, rest in product(range(highest + 1), others)
        if value + rest in sums[1 - mine]
    }


def reachable(base: int, free: int, highest: int) -> set[int]:
    return set(range(base, base + free * highest + 1))


def test_few_who_do_not_feel_better_are_hidden_like_few_who_do() -> None:
    counts = dict.fromkeys(count_cells({}, Tally()), 0) | {"improved": 28, "n/student/better": 30}

    assert "improved" in suppress(counts, SMALLEST)
    assert "improved" not in suppress(counts | {"improved": 30}, SMALLEST)
    assert "improved" not in suppress(counts | {"improved": 20}, SMALLEST)


def test_a_hidden_count_hides_its_mean_and_its_quantiles() -> None:
    total = Tally()
    for value in (3, 4, 5, 5):
        total.add_answer("student/better", value)
    assert not shown({"grief": total}).measures

    total.add_answer("student/better", 3)
    assert shown({"grief": total}).measures == {"mean/student/better": 4.0}


def test_the_shape_of_a_report_says_nothing() -> None:
    chance = random.Random(1)
    full = strata_of({topic: chance.randrange(50, 90) for topic in CaseTopic}, matched=40)

    assert shown({}).cells.keys() == shown(full).cells.keys()
    assert set(STAGES) < shown({}).cells.keys()


def school(asked: int) -> tuple[dict[str, int], Figures]:
    strata = {CaseTopic.GRIEF.value: Tally(counts={"asked": asked})}
    total = merge_all(strata.values())
    counts = count_cells(strata, total)
    return counts, compute_figures(counts, total, SMALLEST)


def test_a_district_sum_does_not_give_away_the_one_school_that_hides() -> None:
    _, hidden = sum_district([school(30), school(20), school(3)], SMALLEST)

    assert "asked" in hidden


def test_a_district_sum_counts_schools_that_hide_when_they_are_several_and_many() -> None:
    sums, hidden = sum_district([school(30), school(4), school(4)], SMALLEST)
    assert "asked" not in hidden
    assert sums["asked"] == 38

    _, few = sum_district([school(30), school(1), school(2)], SMALLEST)
    assert "asked" in few


def test_every_word_of_the_glossary_has_its_cell() -> None:
    cells = shown({}).cells
    assert {f"outcome/{outcome.value}" for outcome in AlertOutcome} < cells.keys()
    assert {
        f"alert/{level.value}/raised" for level in Level if level is not Level.NONE
    } < cells.keys()
    assert {
        f"n/{side.value}/{question.question_id}" for side in Side for question in QUESTIONS[side]
    } < cells.keys()
