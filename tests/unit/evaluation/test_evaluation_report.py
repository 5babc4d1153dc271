"""What a reader gets of waits, answers and topics."""

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from examples import examples
from sebaya_contracts.words import AlertOutcome, CaseTopic, Level, Side
from sebaya_evaluation.domain.bands import NOTHING, Band
from sebaya_evaluation.domain.counting import STAGES
from sebaya_evaluation.domain.feedback import QUESTIONS
from sebaya_evaluation.domain.report import (
    BEFORE_ANYTHING,
    COUNTED,
    HALF,
    NINE_IN_TEN,
    REST,
    WITHOUT_MEAN,
    Figures,
    MeanBetween,
    Within,
    combine,
    find_bands,
    find_means,
    find_quantiles,
    subtract_bands,
)
from sebaya_evaluation.domain.tally import WAIT_BOUNDS, Spread, Tally

HEARD = f"{Side.STUDENT.value}/heard"
SMALLEST = 10


def answers(*found: int, question: str = HEARD) -> Tally:
    tally = Tally()
    for value in found:
        tally.add_answer(question, value)
    return tally


def mean_of(*found: int, question: str = HEARD) -> MeanBetween | None:
    tally = answers(*found, question=question)
    until = find_bands({f"n/{question}": len(found)}, SMALLEST)
    return find_means(tally.answers, until, SMALLEST).get(question)


def test_ten_that_answer_the_same_are_not_told() -> None:
    """A mean of 5.00 of ten tells all ten; ten of 4.8 tell that nine feel better."""
    assert mean_of(*[5] * 10) == MeanBetween(3.0, 5.0)
    assert mean_of(*[5] * 9, 3) == MeanBetween(3.0, 5.0)
    assert mean_of(*[5] * 9) is None
    assert mean_of(*[5] * 50, question=WITHOUT_MEAN) is None


@examples(60)
@given(st.lists(st.integers(0, 40), min_size=5, max_size=5))
def test_a_mean_leaves_each_answer_as_many_numbers_as_the_minimum_cell(
    by_option: list[int],
) -> None:
    found = [option for option, number in enumerate(by_option, start=1) for _ in range(number)]
    told = mean_of(*found)
    if told is None:
        return
    low = len(found) - len(found) % SMALLEST
    scale = np.arange(1, 6)
    # Each option was given a number of times; these add up to the band of `n`, and to the mean.
    known = [scale - told.high, told.low - scale, np.ones(5), -np.ones(5)]
    most = [0, 0, low + SMALLEST - 1, -low]
    for option in np.eye(5):
        least, largest = (
            linprog(sign * option, A_ub=known, b_ub=most, method="highs").fun for sign in (1, -1)
        )
        assert int(-largest + 1e-6) - int(np.ceil(least - 1e-6)) + 1 >= SMALLEST


def test_a_mean_grows_finer_with_those_behind_it() -> None:
    assert mean_of(*[3, 4] * 10) == MeanBetween(3.5, 5.0)
    assert mean_of(*[3, 4] * 40) == MeanBetween(3.5, 4.0)


def test_a_mean_below_or_above_all_steps_reaches_to_the_end_of_the_scale() -> None:
    assert mean_of(*[1] * 10) == MeanBetween(1.0, 3.0)
    assert mean_of(*[1] * 80) == MeanBetween(1.0, 1.5)
    assert mean_of(*[5] * 80) == MeanBetween(4.5, 5.0)
    assert mean_of(*[3] * 10) == MeanBetween(3.0, 5.0), "a mean on a step is not below it"


def waits_of(*seconds: int) -> Mapping[tuple[str, float], Within]:
    tally = Tally()
    for value in seconds:
        tally.add_seconds("offer", value)
    until = find_bands({"n/offer": len(seconds)}, SMALLEST)
    return find_quantiles(tally.waits, until, SMALLEST)


def test_waits_are_told_as_the_bounds_that_hold_them() -> None:
    told = waits_of(*[20] * 30, *[7000] * 50, *[400_000] * 15)

    assert told["offer", HALF] == Within(3600, 7200)
    assert told["offer", NINE_IN_TEN] == Within(259_200, 432_000)
    assert waits_of(*[10**9] * 10)["offer", HALF] == Within(WAIT_BOUNDS[-1], None)


@pytest.mark.parametrize(
    ("number", "told"), [(9, []), (10, [HALF]), (89, [HALF]), (90, [HALF, NINE_IN_TEN])]
)
def test_a_quantile_needs_a_minimum_cell_on_its_far_side(number: int, told: list[float]) -> None:
    assert [share for _, share in waits_of(*[60] * number)] == told


def test_a_district_is_told_what_its_schools_are_told_and_nothing_more() -> None:
    def school(asked: int, wait: Within, mean: MeanBetween) -> Figures:
        bands = subtract_bands(find_bands({"asked": asked}, SMALLEST), BEFORE_ANYTHING)
        return Figures(bands, {("offer", HALF): wait}, {HEARD: mean})

    one = school(25, Within(60, 300), MeanBetween(3.0, 3.5))
    two = school(3, Within(300, None), MeanBetween(3.5, 5.0))
    silent = Figures(subtract_bands(find_bands({}, SMALLEST), BEFORE_ANYTHING))
    told = combine([one, two, silent])

    assert told.bands["asked"] == Band(20, 47)
    assert told.quantiles == {("offer", HALF): Within(60, None)}
    assert told.means == {HEARD: MeanBetween(3.0, 5.0)}
    assert combine([one, silent]).quantiles == one.quantiles
    assert combine([]).bands["asked"] == NOTHING


def test_the_rest_of_the_topics_is_never_counted_by_itself() -> None:
    assert REST not in COUNTED
    until = find_bands({"asked": 150, "topic/grief": 40, REST: 110}, SMALLEST)
    told = subtract_bands(until, BEFORE_ANYTHING)

    assert told[REST] == Band(20, 119)


def test_a_span_is_the_difference_of_two_totals() -> None:
    before, until = find_bands({"asked": 25}, SMALLEST), find_bands({"asked": 61}, SMALLEST)

    assert subtract_bands(until, before)["asked"] == Band(31, 49)
    assert subtract_bands(until, BEFORE_ANYTHING)["asked"] == Band(60, 69)
    assert subtract_bands(before, before)["asked"] == Band(0, 9)
    assert BEFORE_ANYTHING["asked"] == NOTHING


def test_every_word_of_the_glossary_has_its_cell() -> None:
    assert set(COUNTED) >= {
        *STAGES,
        *(f"topic/{topic.value}" for topic in CaseTopic if topic is not CaseTopic.OTHER),
        *(f"outcome/{outcome.value}" for outcome in AlertOutcome),
        *(f"alert/{level.value}/raised" for level in Level if level is not Level.NONE),
        *(f"n/{side.value}/{one.question_id}" for side in Side for one in QUESTIONS[side]),
    }


def test_a_spread_of_nothing_tells_nothing() -> None:
    until = find_bands({}, SMALLEST)

    assert find_means({HEARD: Spread()}, until, SMALLEST) == {}
    assert find_quantiles({"offer": Spread()}, until, SMALLEST) == {}
