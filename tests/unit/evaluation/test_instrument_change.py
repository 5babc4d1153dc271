"""Statistics of change and reliability, equal to scipy and statsmodels on the same raw data."""

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from statsmodels.multivariate.factor import Factor
from statsmodels.stats.meta_analysis import effectsize_smd
from typer.testing import CliRunner

from sebaya_cli.main import app
from sebaya_evaluation.domain.instruments.change import (
    compare_groups,
    correlate,
    judge_changes,
    measure_change,
)
from sebaya_evaluation.domain.instruments.instrument import Higher
from sebaya_evaluation.domain.instruments.reliability import compute_alpha, compute_omega

Sample = NDArray[np.float64]
EQUAL = 1e-9
SEEDS = range(12)
Z = float(stats.norm.ppf(0.975))


def make_pairs(seed: int) -> tuple[Sample, Sample]:
    """Make 4 to 200 whole-number scores before and after."""
    random = np.random.default_rng(seed)
    n = int(random.integers(4, 200))
    before = random.integers(0, 28, n).astype(float)
    after = np.clip(before - random.integers(-6, 12, n), 0, 27)
    return before, after


def make_rows(seed: int) -> Sample:
    """Make the answers of people to 3 to 10 items that share one factor."""
    random = np.random.default_rng(seed)
    people, items = int(random.integers(40, 300)), int(random.integers(3, 11))
    loadings = random.uniform(0.4, 0.85, items)
    noise = random.normal(size=(people, items)) * np.sqrt(1 - loadings**2)
    return np.clip(np.round(1.5 + random.normal(size=(people, 1)) * loadings + noise), 0, 3)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_change_of_the_same_people_equals_that_of_scipy(seed: int) -> None:
    before, after = make_pairs(seed)
    n = len(before)
    t = stats.ttest_rel(after, before).statistic
    d = t * stats.sem(after - before) / stats.tstd(before)
    g = d * (1 - 3 / (4 * (n - 1) - 1))
    r = stats.pearsonr(before, after).statistic
    margin = Z * np.sqrt(2 * (1 - r) / n + g**2 / (2 * n))
    effect = measure_change(before.tolist(), after.tolist())
    assert effect is not None
    assert (effect.g, effect.low, effect.high) == pytest.approx(
        (g, g - margin, g + margin), abs=EQUAL
    )
    assert effect.n == n


@pytest.mark.parametrize(
    ("pre", "post", "spread", "n", "r", "g", "variance"),
    [
        (30.6, 38.5, 15.0, 20, 0.47, 0.5056, 0.0594),
        (23.5, 26.8, 3.1, 50, 0.64, 1.0481, 0.0254),
        (0.5, 0.7, 0.1, 9, 0.77, 1.8054, 0.2322),
        (53.4, 75.9, 14.5, 10, 0.89, 1.4181, 0.1225),
        (35.6, 36.0, 4.7, 14, 0.44, 0.0801, 0.0802),
    ],
)
def test_the_change_equals_a_published_example(
    pre: float, post: float, spread: float, n: int, r: float, g: float, variance: float
) -> None:
    """Morris 2008 as computed by metafor's `SMCR` (its example "morris2008"), which corrects by the
    gamma function; the usual approximation of it is within a thousandth.
    """
    random = np.random.default_rng(n)
    raw = random.normal(size=(n, 2))
    raw -= raw.mean(axis=0)
    raw = raw @ np.linalg.inv(np.linalg.cholesky(np.cov(raw.T))).T
    early = raw[:, 0]
    late = r * raw[:, 0] + np.sqrt(1 - r * r) * raw[:, 1]
    effect = measure_change((pre + spread * early).tolist(), (post + spread * late).tolist())
    assert effect is not None
    assert effect.g == pytest.approx(g, rel=1e-3, abs=5e-5)
    assert ((effect.high - effect.g) / Z) ** 2 == pytest.approx(variance, rel=2e-3, abs=5e-5)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_difference_between_groups_equals_that_of_statsmodels(seed: int) -> None:
    group, _ = make_pairs(seed)
    others, _ = make_pairs(seed + 100)
    g, variance = effectsize_smd(
        group.mean(), group.std(ddof=1), len(group), others.mean(), others.std(ddof=1), len(others)
    )
    effect = compare_groups(group.tolist(), others.tolist())
    assert effect is not None
    margin = Z * np.sqrt(variance)
    assert (effect.g, effect.low, effect.high) == pytest.approx(
        (g, g - margin, g + margin), abs=EQUAL
    )


@pytest.mark.parametrize("higher", [Higher.BETTER, Higher.WORSE])
@pytest.mark.parametrize("reliability", [0.0, 0.5, 0.87, 0.95])
def test_reliable_change_counts_what_lies_beyond_the_scales_own_error(
    reliability: float, higher: Higher
) -> None:
    """Jacobson and Truax 1991."""
    before, after = make_pairs(3)
    index = (after - before) / (stats.tstd(before) * np.sqrt(2 * (1 - reliability)))
    index = index if higher is Higher.BETTER else -index
    judged = judge_changes(before.tolist(), after.tolist(), reliability, higher)
    assert judged is not None
    assert (judged.improved, judged.unchanged, judged.worse) == (
        int((index > 1.96).sum()),
        int((abs(index) <= 1.96).sum()),
        int((index < -1.96).sum()),
    )


def test_the_direction_of_a_score_says_what_is_better() -> None:
    before, after = [20.0, 18.0, 16.0, 22.0], [2.0, 18.0, 30.0, 4.0]
    fewer = judge_changes(before, after, 0.9, Higher.WORSE)
    more = judge_changes(before, after, 0.9, Higher.BETTER)
    assert fewer is not None
    assert more is not None
    assert (fewer.improved, fewer.unchanged, fewer.worse) == (2, 1, 1)
    assert (more.improved, more.unchanged, more.worse) == (1, 1, 2)


@pytest.mark.parametrize("seed", SEEDS)
def test_alpha_equals_the_formula_on_numpys_covariances(seed: int) -> None:
    """Cronbach 1951: k / (k - 1) (1 - trace / sum of the covariances)."""
    rows = make_rows(seed)
    covariances, k = np.cov(rows.T), rows.shape[1]
    alpha = k / (k - 1) * (1 - np.trace(covariances) / covariances.sum())
    assert compute_alpha(rows.tolist()) == pytest.approx(alpha, abs=EQUAL)


@pytest.mark.parametrize("seed", SEEDS)
def test_omega_equals_that_of_the_factor_of_statsmodels(seed: int) -> None:
    """McDonald 1999, from one factor by principal axes."""
    rows = make_rows(seed)
    factor = Factor(rows, n_factor=1, method="pa").fit(maxiter=5000, tol=1e-14)
    spreads = rows.std(axis=0, ddof=1)
    loadings = factor.loadings[:, 0]
    common = (loadings * spreads).sum() ** 2
    own = ((1 - loadings**2) * spreads**2).sum()
    assert compute_omega(rows.tolist()) == pytest.approx(common / (common + own), abs=EQUAL)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_correlation_of_a_test_and_its_repetition_equals_that_of_scipy(seed: int) -> None:
    before, after = make_pairs(seed)
    expected = stats.pearsonr(before, after).statistic
    assert correlate(before.tolist(), after.tolist()) == pytest.approx(expected, abs=EQUAL)


def test_too_few_people_or_scores_without_any_difference_give_no_number() -> None:
    few, same, some = [1.0, 2.0, 3.0], [5.0] * 6, [1.0, 2.0, 3.0, 4.0, 5.0, 7.0]
    assert measure_change(few, few) is None
    assert measure_change(same, some) is None
    assert compare_groups(few, some) is None
    assert compare_groups(same, same) is None
    assert judge_changes(same, some, 0.8, Higher.BETTER) is None
    assert correlate(some, same) is None
    assert compute_alpha([[1.0, 1.0]] * 6) is None
    assert compute_omega([[one, 1.0, one] for one in some]) is None
    assert compute_omega([[one, one] for one in some]) is None


OPTIONS = ("not-at-all", "several-days", "more-than-half", "nearly-every-day")
ITEMS = ("nervous", "control", "worry", "relax", "restless", "irritable", "afraid")


def write_waves(folder: Path, rows: Sample, later: Sample, group: int) -> Path:
    """Write a `pre` sheet of each row, and a `post` sheet of each but every fifth."""
    lines = []
    for number, (early, late) in enumerate(zip(rows, later, strict=True)):
        named = {"person": f"p{number}", "group": "started" if number % group else "waiting"}
        for wave, row in (("pre", early), ("post", late)):
            if wave == "pre" or number % 5:
                answers = dict(zip(ITEMS, [OPTIONS[int(one)] for one in row], strict=True))
                lines.append(json.dumps({**named, "wave": wave, "answers": answers}))
    file = folder / "waves.jsonl"
    file.write_text("\n".join(lines))
    return file


def test_the_command_reports_change_dropout_and_reliability(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    rows = np.clip(
        np.round(random.normal(1.5, 0.8, (40, 1)) + random.normal(0, 0.6, (40, 7))), 0, 3
    )
    later = np.clip(rows - random.integers(0, 2, (40, 7)), 0, 3)
    file = write_waves(tmp_path, rows, later, group=2)
    done = CliRunner().invoke(app, ["instruments", "change", "gad-7", str(file)])
    assert done.exit_code == 0, done.stderr
    report = json.loads(done.stdout)
    kept = [number for number in range(40) if number % 5]
    before, after = rows[kept].sum(axis=1), later[kept].sum(axis=1)
    effect = measure_change(before.tolist(), after.tolist())
    assert effect is not None
    assert (report["pre"], report["post"], report["completion"]) == (40, 32, 0.8)
    assert report["effect"] == {
        "g": effect.g,
        "low": effect.low,
        "high": effect.high,
        "n": 32,
    }
    assert report["alpha"] == compute_alpha(rows.tolist())
    assert sum(report["reliable_change"][one] for one in ("improved", "unchanged", "worse")) == 32
    assert (report["comparison"]["group"], report["comparison"]["n"]) == ("started", 32)
    assert report["note"] == ""


def test_without_a_group_for_comparison_the_report_says_what_it_cannot_show(tmp_path: Path) -> None:
    rows = np.array([[0.0] * 7, [1.0] * 7, [2.0] * 7, [3.0] * 7, [1.0] * 6 + [2.0]])
    file = write_waves(tmp_path, rows, rows, group=1)
    report = json.loads(
        CliRunner().invoke(app, ["instruments", "change", "gad-7", str(file)]).stdout
    )
    assert report["comparison"] is None
    assert "return to the mean" in report["note"]


@pytest.mark.parametrize(
    ("second", "says"),
    [
        ({"wave": "pre"}, "Line 2: p has answered pre before."),
        ({"group": "b"}, "Line 2: p was in the group ''."),
        ({"wave": "later"}, "Line 2: "),
        ({"answers": {"nervous": "1"}}, "Line 2: answers.nervous: '1' is no option"),
    ],
)
def test_a_sheet_that_cannot_be_counted_is_refused_with_its_line(
    second: dict[str, object], says: str, tmp_path: Path
) -> None:
    sheet = {"person": "p", "wave": "pre", "answers": {}}
    file = tmp_path / "waves.jsonl"
    file.write_text(json.dumps(sheet) + "\n" + json.dumps({**sheet, "wave": "post", **second}))
    done = CliRunner().invoke(app, ["instruments", "change", "gad-7", str(file)])
    assert done.exit_code == 1
    assert done.stderr.startswith(says)
