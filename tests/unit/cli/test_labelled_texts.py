"""The corpus is well-formed, and figures on labelled texts are what the definitions say."""

import math
from collections import Counter
from pathlib import Path

import pytest

from sebaya_cli.labelled_texts import LabelledText, read_labelled
from sebaya_cli.refusal import Refusal
from sebaya_cli.screen_figures import (
    Judged,
    Share,
    compute_figures,
    judge_texts,
    measure_calibration,
    measure_separation,
)
from sebaya_escalation.screen import Level
from sebaya_escalation.screen.meaning import MeaningModel

CORPUS = sorted((Path(__file__).parents[3] / "corpus").glob("*.tsv"))
KINDS = {
    *("suicide", "self_harm", "overdose", "abuse", "sexual", "threatened", "violence"),
    *("eating", "running_away", "friend_at_risk", "hidden_in_letter", "none"),
}


@pytest.fixture(scope="module")
def texts() -> list[LabelledText]:
    return [text for path in CORPUS for text in read_labelled(path)]


def test_every_language_has_every_kind() -> None:
    assert {path.stem for path in CORPUS} == {
        f"{lang}-{kind}" for lang in ("en", "id") for kind in KINDS
    }


def test_no_text_stands_twice(texts: list[LabelledText]) -> None:
    twice = [
        text for text, times in Counter(one.text.lower() for one in texts).items() if times > 1
    ]
    assert twice == []


def test_no_family_is_on_both_sides_of_the_split(texts: list[LabelledText]) -> None:
    sides: dict[tuple[str, str, str], set[bool]] = {}
    for one in texts:
        sides.setdefault((one.lang, one.kind, one.family), set()).add(one.held_out)
    assert all(len(side) == 1 for side in sides.values())
    share = sum(side == {True} for side in sides.values()) / len(sides)
    assert 0.15 < share < 0.25


def test_ordinary_requests_are_benign(texts: list[LabelledText]) -> None:
    assert {one.level for one in texts if one.kind == "none"} == {Level.NONE}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("red\tplain\tchat", "not `level, context, voice, text`"),
        ("purple\tplain\tchat\tteks", "'purple' is not one of none, amber, red, imminent"),
    ],
)
def test_a_broken_row_is_named_with_file_and_line(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "id-suicide.tsv"
    path.write_text(f"== keluarga\n{line}\n")
    with pytest.raises(Refusal, match=r"id-suicide\.tsv, line 2") as refused:
        list(read_labelled(path))
    assert said in str(refused.value)


def test_rows_of_json_need_text_and_level(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"text": "halo", "level": "none", "lang": "id"}\n{"text": "halo"}\n')
    with pytest.raises(Refusal, match="line 2: not a JSON object with `text` and `level`"):
        list(read_labelled(path))


def test_figures_count_what_alerts_and_what_should_not() -> None:
    texts = [
        LabelledText("id", "suicide", "a", Level.RED, "aku mau bunuh diri"),
        LabelledText("id", "suicide", "a", Level.NONE, "besok ulangan matematika"),
        LabelledText("id", "suicide", "b", Level.IMMINENT, "besok ulangan matematika lagi"),
    ]
    (figures,) = compute_figures(judge_texts(texts))
    assert (figures.alerted.hits, figures.alerted.of) == (1, 2)
    assert (figures.benign_alerted.hits, figures.benign_alerted.of) == (0, 1)
    assert (figures.imminent_at_red.hits, figures.imminent_at_red.of) == (0, 1)
    assert figures.separation == pytest.approx(0.75)  # one pair won, one tied


def test_an_interval_is_wilsons() -> None:
    low, high = Share(8, 10).interval
    assert (round(low, 4), round(high, 4)) == (0.4902, 0.9433)
    assert Share(0, 0).interval == (0.0, 1.0)


def test_separation_is_the_share_of_pairs_in_order() -> None:
    assert measure_separation([0.9, 0.5], [0.5, 0.1]) == pytest.approx(3.5 / 4)
    assert math.isnan(measure_separation([], [0.1]))


def test_calibration_is_how_far_probabilities_are_from_what_comes_true() -> None:
    risky = LabelledText("id", "suicide", "a", Level.RED, "x")
    benign = LabelledText("id", "suicide", "a", Level.NONE, "y")
    right = [Judged(risky, Level.RED, 1.0), Judged(benign, Level.NONE, 0.0)]
    assert measure_calibration(right) == 0
    sure = [Judged(risky, Level.RED, 0.95), Judged(benign, Level.RED, 0.95)]
    assert measure_calibration(sure) == pytest.approx(0.45)


def test_both_stages_are_measured_where_there_is_a_model() -> None:
    text = "malam ini semua yang kusimpan di laci kutelan sekaligus, makasih ya semuanya"
    texts = [LabelledText("id", "suicide", "a", Level.IMMINENT, text)]
    (rules,) = judge_texts(texts)
    (both,) = judge_texts(texts, MeaningModel.load())
    assert both.level > rules.level
    (figures,) = compute_figures([both], probable=True)
    assert figures.calibration_error == pytest.approx(1 - both.score)
    assert math.isnan(compute_figures([rules])[0].calibration_error)
