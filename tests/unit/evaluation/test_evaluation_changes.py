"""What is told of a change: equal to scipy and statsmodels from sums alone, and of nobody's own."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from scipy.optimize import linprog
from statsmodels.stats.meta_analysis import effectsize_smd

from sebaya_contracts.words import CaseTopic, Side, Wave
from sebaya_evaluation.domain.bands import Band
from sebaya_evaluation.domain.effects import compare_sums, measure_pairs
from sebaya_evaluation.domain.facts import Fact
from sebaya_evaluation.domain.feedback import Response
from sebaya_evaluation.domain.instruments.change import compare_groups, measure_change
from sebaya_evaluation.domain.reading import read_district, read_school
from sebaya_evaluation.domain.releases import Release, ReleasePlan, count_release
from sebaya_evaluation.domain.report import Figures
from sebaya_evaluation.domain.scored import Pair
from sebaya_evaluation.domain.sheet import PARTS_OF_POINT, Sheet, find_reach
from sebaya_evaluation.domain.spans import Calendar, choose_span, list_spans
from sebaya_evaluation.domain.tally import PairSums, Sums
from sebaya_evaluation.domain.told_changes import (
    LEAST_SPREAD,
    MOST_SPREAD,
    DatedScore,
    ToldChange,
    ToldEffect,
    YearScores,
    combine_changes,
    tell_difference,
)
from sebaya_evaluation.library import load_shipped

Scores = NDArray[np.int64]
EQUAL = 1e-9
SMALLEST = 10
STUDENT = load_shipped()["sebaya-student"]
COPING = "sebaya-student/coping"
NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
CALENDAR = Calendar(starts=7, years=2)
PLAN = ReleasePlan(date(2026, 11, 30), "Asia/Jakarta", SMALLEST, CALENDAR, (STUDENT,))


def make_pairs(seed: int, n: int | None = None, rise: float = 0.5) -> tuple[Scores, Scores]:
    """Make scores before and after as they are kept: means of three answers from 0 to 4."""
    chance = np.random.default_rng(seed)
    n = n or int(chance.integers(4, 300))
    before = chance.integers(0, 13, n)
    after = np.clip(before + np.round(chance.normal(3 * rise, 2, n)).astype(int), 0, 12)
    part = PARTS_OF_POINT // 3
    return before * part, after * part


def sums_of(scores: Scores) -> Sums:
    sums = Sums()
    for score in scores.tolist():
        sums.add(score)
    return sums


def pair_sums(before: Scores, after: Scores) -> PairSums:
    sums = PairSums()
    for one, other in zip(before.tolist(), after.tolist(), strict=True):
        sums.add(one, other)
    return sums


@pytest.mark.parametrize("seed", range(12))
def test_the_change_from_sums_equals_that_of_scipy(seed: int) -> None:
    before, after = make_pairs(seed)
    early, late = before / PARTS_OF_POINT, after / PARTS_OF_POINT
    n = len(before)
    t = stats.ttest_rel(late, early).statistic
    g = t * stats.sem(late - early) / stats.tstd(early) * (1 - 3 / (4 * (n - 1) - 1))
    r = stats.pearsonr(early, late).statistic
    margin = stats.norm.ppf(0.975) * np.sqrt(2 * (1 - r) / n + g**2 / (2 * n))
    half = n // 2
    merged = pair_sums(before[:half], after[:half])
    merged.merge(pair_sums(before[half:], after[half:]))
    change = measure_pairs(merged)
    assert change is not None and change.effect.n == n
    assert (change.difference, change.spread) == pytest.approx(
        (late.mean() - early.mean(), early.std(ddof=1)), abs=EQUAL
    )
    found = (change.effect.g, change.effect.low, change.effect.high)
    assert found == pytest.approx((g, g - margin, g + margin), abs=EQUAL)
    raw = measure_change(early.tolist(), late.tolist())
    assert raw is not None and found == pytest.approx((raw.g, raw.low, raw.high), abs=EQUAL)


@pytest.mark.parametrize("seed", range(12))
def test_the_difference_of_all_from_sums_equals_that_of_statsmodels(seed: int) -> None:
    before, _ = make_pairs(seed)
    _, after = make_pairs(seed + 100)
    early, late = before / PARTS_OF_POINT, after / PARTS_OF_POINT
    g, variance = effectsize_smd(
        late.mean(), late.std(ddof=1), len(late), early.mean(), early.std(ddof=1), len(early)
    )
    change = compare_sums(sums_of(before), sums_of(after))
    assert change is not None
    margin = stats.norm.ppf(0.975) * np.sqrt(variance)
    found = (change.effect.g, change.effect.low, change.effect.high)
    assert found == pytest.approx((g, g - margin, g + margin), abs=EQUAL)
    raw = compare_groups(late.tolist(), early.tolist())
    assert raw is not None and raw.g == pytest.approx(change.effect.g, abs=EQUAL)


def test_too_few_and_all_alike_have_no_effect() -> None:
    same = np.full(9, PARTS_OF_POINT)
    assert measure_pairs(pair_sums(same[:3], same[:3])) is None
    assert measure_pairs(pair_sums(same, same)) is None
    assert compare_sums(sums_of(same), sums_of(same)) is None
    assert compare_sums(sums_of(same), sums_of(same[:3])) is None


def year_of(before: Scores, after: Scores) -> YearScores:
    year = YearScores()
    for at, (one, other) in enumerate(zip(before.tolist(), after.tolist(), strict=True)):
        moment = NOW + at * HOUR
        year.pairs.setdefault(COPING, []).append(Pair(COPING, moment, one, other))
        year.add(Wave.PRE, COPING, DatedScore(moment, one))
        year.add(Wave.POST, COPING, DatedScore(moment, other))
    return year


def tell(before: Scores, after: Scores) -> ToldChange | None:
    return year_of(before, after).tell([STUDENT], SMALLEST).get(COPING)


def test_a_change_is_told_from_four_minimum_cells_on() -> None:
    before, after = make_pairs(5, 49)
    assert tell(before[:39], after[:39]) is None
    told = tell(before[:40], after[:40])
    assert told is not None and told.unpaired is not None
    for effect in (told.paired, told.unpaired):
        assert effect.least == effect.most == round(effect.least, 1)
        assert effect.low <= effect.least <= effect.high


def test_what_one_student_adds_is_told_with_a_whole_group_only() -> None:
    """Release after release: no two of them differ by fewer students than the minimum cell."""
    before, after = make_pairs(5, 60)
    first = tell(before[:40], after[:40])
    assert first is not None
    for more in range(1, SMALLEST):
        assert tell(before[: 40 + more], after[: 40 + more]) == first
    # What comes late changes nothing of it, however extreme it is and wherever it is read.
    best = np.full(9, 4 * PARTS_OF_POINT)
    mixed = year_of(np.append(before[:40], best * 0), np.append(after[:40], best))
    for kept in (mixed.pairs, mixed.before, mixed.after):
        kept[COPING].reverse()  # type: ignore[attr-defined]
    assert mixed.tell([STUDENT], SMALLEST)[COPING] == first


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([0] * 40, [12] * 40),
        ([6] * 39 + [7], [7] * 40),
        ([0, 12] * 20, [6] * 40),
        ([0, 1, 2, 3] * 10, [9, 10, 11, 12] * 10),
        ([0, 2, 4, 6] * 10, [6, 8, 10, 12] * 10),
    ],
)
def test_what_tells_that_nearly_all_answered_alike_is_not_told(
    before: list[int], after: list[int]
) -> None:
    part = PARTS_OF_POINT // 3
    assert tell(np.array(before) * part, np.array(after) * part) is None


@pytest.mark.parametrize("groups", [4, 5, 12])
@pytest.mark.parametrize("difference", [-4, -2.6, -0.1, 0, 1.9, 2.3, 3.1, 3.9])
def test_a_difference_leaves_each_change_as_many_numbers_as_the_minimum_cell(
    groups: int, difference: float
) -> None:
    number = groups * SMALLEST
    low, high = tell_difference(difference, number, 4, SMALLEST)
    assert low <= difference <= high
    scale = np.arange(-4, 5)
    for option in np.eye(9):
        least, largest = (
            linprog(
                sign * option,
                A_ub=[scale, -scale],
                b_ub=[high * number, -low * number],
                A_eq=[np.ones(9)],
                b_eq=[number],
                method="highs",
            ).fun
            for sign in (1, -1)
        )
        assert int(-largest + 1e-6) - int(np.ceil(least - 1e-6)) + 1 >= SMALLEST


@pytest.mark.parametrize("seed", [0, 1, 3, 9, 14, 18])
def test_an_effect_leaves_each_score_as_many_numbers_as_the_minimum_cell(seed: int) -> None:
    """The attacker has the number, the difference and the effect, and so the spread of before: how
    many students can have had each score?
    """
    chance = np.random.default_rng(seed)
    before, after = make_pairs(seed, 40, rise=float(chance.uniform(-1, 1.5)))
    told = tell(before, after)
    assert told is not None
    g, values, number = abs(told.paired.least), np.arange(5), 40
    ends = [abs(end) for end in (told.low, told.high)]
    far, near = max(ends), 0.0 if told.low <= 0 <= told.high else min(ends)
    widest = far / (g - 0.05) if g > 0.05 else np.inf
    low = max(4 * LEAST_SPREAD, near / (g + 0.05))
    high = min(4 * MOST_SPREAD, widest)
    widths = np.zeros(5)
    for mean in np.linspace(1, 3, 5):
        squares = (values - mean) ** 2
        found = [
            linprog(
                sign * option,
                A_ub=[squares, -squares],
                b_ub=[high**2 * 39, -(low**2) * 39],
                A_eq=[np.ones(5), values],
                b_eq=[number, mean * number],
                method="highs",
            )
            for option in np.eye(5)
            for sign in (1, -1)
        ]
        if all(one.status == 0 for one in found):
            ends_of = np.array([one.fun for one in found]).reshape(5, 2)
            widths = np.maximum(widths, -ends_of[:, 1] - ends_of[:, 0] + 1)
    assert widths.min() >= SMALLEST


def sheet(wave: Wave, case_id: str, value: int, at: datetime) -> Response:
    found = Sheet(wave, "sebaya-student", 1, {}, {"coping": value})
    return Response(f"{case_id}{wave}", case_id, Side.STUDENT, given_at=at, sheet=found)


def release_of(n: int, plan: ReleasePlan = PLAN, erased: int = 0) -> Release:
    before, after = make_pairs(5, n)
    facts = [Fact(f"c{at:03}", placed_at=NOW, topic=CaseTopic.GRIEF) for at in range(n)]
    responses = {
        fact.fact_id: [
            sheet(Wave.PRE, fact.fact_id, int(before[at]), NOW + at * HOUR),
            sheet(Wave.POST, fact.fact_id, int(after[at]), NOW + at * HOUR + HOUR),
        ]
        for at, fact in enumerate(facts)
    }
    facts[:erased] = [Fact(fact.fact_id, erased=True, period="2026-11") for fact in facts[:erased]]
    return count_release(plan, facts, responses)


def read(release: Release, span: str = "2026-2027") -> Figures:
    return read_school(
        release, choose_span(span, list_spans(release.released_on, CALENDAR)), CALENDAR
    )


def test_a_release_tells_completion_in_bands_and_changes_of_a_school_year() -> None:
    figures = read(release_of(45))
    assert figures.bands["wave/sebaya-student/pre"] == Band(40, 49)
    assert figures.bands["pair/sebaya-student/coping"] == Band(40, 49)
    assert figures.bands["wave/sebaya-student/followup"] == Band(0, 9)
    assert figures.bands["feedback/student"] == Band(0, 9)
    assert figures.changes == {COPING: tell(*(one[:40] for one in make_pairs(5, 45)))}
    assert read(release_of(45), "2026-11").changes == {}
    assert read(release_of(39)).changes == {}
    assert read(release_of(45, erased=6)).changes == {}


def test_what_a_school_does_not_ask_is_not_there() -> None:
    silent = read(release_of(45, replace(PLAN, instruments=())))
    assert silent.changes == {} and "wave/sebaya-student/pre" not in silent.bands


def test_a_district_is_told_of_changes_what_its_schools_are_told() -> None:
    one = ToldChange(0.5, 1, ToldEffect(0.4, 0.4, 0.1, 0.7), ToldEffect(0.3, 0.3, 0.0, 0.6))
    two = ToldChange(-0.5, 0, ToldEffect(-0.1, -0.1, -0.3, 0.2))
    assert combine_changes([one, two]) == ToldChange(
        -0.5, 1, ToldEffect(-0.1, 0.4, -0.3, 0.7), ToldEffect(0.3, 0.3, 0.0, 0.6)
    )
    releases = [release_of(45), release_of(12)]
    year = list_spans(PLAN.released_on, CALENDAR)[0]
    together = read_district(releases, year, CALENDAR)
    assert together.bands["wave/sebaya-student/pre"] == Band(50, 68)
    assert together.changes == read(releases[0]).changes


@pytest.mark.parametrize(
    ("name", "part", "reach"),
    [("sebaya-student", "coping", 4), ("gad-7", "total", 21), ("who-5", "total", 100)],
)
def test_a_score_reaches_from_its_lowest_to_its_highest_value(
    name: str, part: str, reach: float
) -> None:
    assert find_reach(load_shipped()[name], part) == reach
