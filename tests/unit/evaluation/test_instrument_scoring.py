"""Golden cases: every path of answers that can change a class or an alert. The rules are those of
the publications named at each test.
"""

import itertools
from collections.abc import Iterator, Mapping

import pytest

from sebaya_chassis.base.problems import Invalid
from sebaya_contracts.words import Level
from sebaya_evaluation.domain.instruments.instrument import Instrument
from sebaya_evaluation.domain.instruments.scoring import Scored, score_answers
from sebaya_evaluation.library import SHIPPED, load_shipped

PHQ_OPTIONS = ("not-at-all", "several-days", "more-than-half", "nearly-every-day")
SYMPTOMS = (
    "interest",
    "mood",
    "sleep",
    "energy",
    "appetite",
    "worth",
    "concentration",
    "movement",
    "self-harm",
)


def shipped(name: str) -> Instrument:
    return load_shipped()[name]


def fill(instrument: Instrument, raw: int) -> dict[str, str]:
    """Answer every summed item so that the raw sum is `raw`, the first items highest."""
    answers, left = {}, raw
    summed = [item for item in instrument.items if item.summed]
    floor = sum(min(instrument.find_values(item).values()) for item in summed)
    left -= floor
    for item in summed:
        values = instrument.find_values(item)
        low = min(values.values())
        value = min(max(values.values()), low + left)
        left -= value - low
        answers[item.item_id] = next(name for name, one in values.items() if one == value)
    assert left == 0
    return answers


def total_of(scored: Scored) -> tuple[float | None, Mapping[str, str]]:
    assert scored.total is not None
    return scored.total.value, scored.total.classes


def classes_by_raw(name: str, class_id: str, age: int | None = None) -> dict[int, str]:
    instrument, found = shipped(name), {}
    summed = [item for item in instrument.items if item.summed]
    lowest = sum(min(instrument.find_values(item).values()) for item in summed)
    highest = sum(max(instrument.find_values(item).values()) for item in summed)
    for raw in range(lowest, highest + 1):
        _, classes = total_of(score_answers(instrument, fill(instrument, raw), age))
        if class_id in classes:
            found[raw] = classes[class_id]
    return found


def bands(*runs: tuple[str, int, int]) -> dict[int, str]:
    return {raw: name for name, first, last in runs for raw in range(first, last + 1)}


def test_who_5_is_the_sum_times_four_and_low_at_50() -> None:
    """Topp et al. 2015: 0 to 100; 50 or less (raw below 13) low, 28 or less likely depression."""
    instrument = shipped("who-5")
    for raw in range(26):
        assert total_of(score_answers(instrument, fill(instrument, raw)))[0] == 4.0 * raw
    assert classes_by_raw("who-5", "well-being") == bands(
        ("likely-depression", 0, 7), ("low", 8, 12), ("fair", 13, 25)
    )


@pytest.mark.parametrize(("age", "cut"), [(9, 10), (12, 10), (13, 9), (16, 9)])
def test_who_5_has_cut_offs_by_age(age: int, cut: int) -> None:
    """Allgaier et al. 2012: raw 10 at 9 to 12 years, raw 9 at 13 to 16."""
    assert classes_by_raw("who-5", "screen", age) == bands(
        ("positive", 0, cut), ("negative", cut + 1, 25)
    )


@pytest.mark.parametrize("age", [17, None])
def test_who_5_has_no_cut_off_outside_the_ages_of_the_study(age: int | None) -> None:
    assert classes_by_raw("who-5", "screen", age) == {}


def test_a_person_too_young_for_an_instrument_is_refused_by_name() -> None:
    with pytest.raises(Invalid) as refused:
        score_answers(shipped("who-5"), {}, age=8)
    assert [error.field for error in refused.value.members["errors"]] == ["age"]


@pytest.mark.parametrize("name", ["phq-9", "phq-a"])
def test_the_phq_has_five_bands(name: str) -> None:
    """Kroenke et al. 2001: 5, 10, 15 and 20."""
    assert classes_by_raw(name, "severity") == bands(
        ("minimal", 0, 4),
        ("mild", 5, 9),
        ("moderate", 10, 14),
        ("moderately-severe", 15, 19),
        ("severe", 20, 27),
    )


@pytest.mark.parametrize(
    ("name", "age", "cut"),
    [
        ("phq-9", None, 10),
        ("phq-9", 12, 10),
        ("phq-9", 13, 11),
        ("phq-9", 17, 11),
        ("phq-9", 18, 10),
        ("phq-a", 11, 11),
        ("phq-a", 17, 11),
        ("phq-a", None, 11),
        ("gad-7", None, 10),
        ("gad-7", 11, 10),
        ("gad-7", 12, 11),
        ("gad-7", 17, 11),
        ("gad-7", 18, 10),
    ],
)
def test_the_screens_have_a_cut_off_of_their_own_for_the_young(
    name: str, age: int | None, cut: int
) -> None:
    """Kroenke 2001 and Spitzer 2006: 10; Richardson 2010 (13 to 17) and Mossman 2017: 11."""
    highest = 21 if name == "gad-7" else 27
    assert classes_by_raw(name, "screen", age) == bands(
        ("negative", 0, cut - 1), ("positive", cut, highest)
    )


def test_gad_7_has_four_bands() -> None:
    """Spitzer et al. 2006: 5, 10 and 15."""
    assert classes_by_raw("gad-7", "severity") == bands(
        ("minimal", 0, 4), ("mild", 5, 9), ("moderate", 10, 14), ("severe", 15, 21)
    )


def test_k6_is_serious_from_13_and_moderate_from_5() -> None:
    """Kessler et al. 2003; Prochaska et al. 2012."""
    assert classes_by_raw("k6", "distress") == bands(
        ("low", 0, 4), ("moderate", 5, 12), ("serious", 13, 24)
    )


def test_rses_is_low_below_15_and_normal_to_25() -> None:
    assert classes_by_raw("rses", "self-esteem") == bands(
        ("low", 0, 14), ("normal", 15, 25), ("high", 26, 30)
    )


def test_ucla_3_is_lonely_from_6_of_3_to_9() -> None:
    """Steptoe et al. 2013."""
    assert classes_by_raw("ucla-3", "loneliness") == bands(("not-lonely", 3, 5), ("lonely", 6, 9))


@pytest.mark.parametrize(
    ("option", "level"), [*zip(PHQ_OPTIONS, (None, "amber", "red", "red"), strict=True)]
)
@pytest.mark.parametrize("name", ["phq-9", "phq-a"])
@pytest.mark.parametrize("others", [0, 1, 12, 24])
def test_thoughts_of_self_harm_alert_whatever_the_total(
    name: str, others: int, option: str, level: str | None
) -> None:
    """Several days: amber; more: red. Also where every other answer is "not at all"."""
    answers = {**fill(shipped(name), others), "self-harm": option}
    scored = score_answers(shipped(name), answers)
    assert scored.level == Level(level or "none")
    assert [one.item_id for one in scored.sentinels] == (["self-harm"] if level else [])


@pytest.mark.parametrize("option", PHQ_OPTIONS[1:])
def test_a_sentinel_answer_alone_alerts_though_nothing_else_is_answered(option: str) -> None:
    scored = score_answers(shipped("phq-9"), {"self-harm": option})
    assert scored.level > Level.NONE
    assert total_of(scored) == (None, {})


PHQ_A_SENTINELS = [
    (harm, thoughts, attempt)
    for harm in (None, *PHQ_OPTIONS)
    for thoughts in (None, "no", "yes")
    for attempt in (None, "no", "yes")
]


@pytest.mark.parametrize(("harm", "thoughts", "attempt"), PHQ_A_SENTINELS)
def test_every_sheet_of_the_sentinel_items_of_phq_a(
    harm: str | None, thoughts: str | None, attempt: str | None
) -> None:
    """Serious thoughts in the past month, or an attempt ever: red, whatever item 9 says."""
    given = {
        "self-harm": harm,
        "serious-thoughts-past-month": thoughts,
        "attempt-ever": attempt,
    }
    answers = {item: option for item, option in given.items() if option is not None}
    expected = {None: "none", "not-at-all": "none", "several-days": "amber"}.get(harm, "red")
    if "yes" in {thoughts, attempt}:
        expected = "red"
    assert score_answers(shipped("phq-a"), answers).level == Level(expected)


def patterns() -> Iterator[tuple[dict[str, str], bool]]:
    """Every set of symptoms present or absent (512), and whether it is the syndrome."""
    for present in itertools.product((False, True), repeat=9):
        chosen = dict(zip(SYMPTOMS, present, strict=True))
        answers = {
            name: ("several-days" if name == "self-harm" else "more-than-half")
            if here
            else ("not-at-all" if name == "self-harm" else "several-days")
            for name, here in chosen.items()
        }
        yield answers, sum(present) >= 5 and (chosen["interest"] or chosen["mood"])


@pytest.mark.parametrize("name", ["phq-9", "phq-a"])
def test_every_pattern_of_symptoms_of_the_phq(name: str) -> None:
    """Kroenke et al. 2001: five symptoms on more than half the days, one of them interest or mood;
    self-harm counts from several days on; life is impaired.
    """
    seen = 0
    for answers, expected in patterns():
        for difficulty in (None, "not-difficult", "somewhat", "very", "extremely"):
            also = {} if difficulty is None else {"difficulty": difficulty}
            scored = score_answers(shipped(name), {**answers, **also})
            impaired = difficulty not in {None, "not-difficult"}
            assert scored.syndromes == (("major-depressive",) if expected and impaired else ())
            seen += bool(scored.syndromes)
    # 2^9 patterns: 256 have five or more, and 29 of those neither core symptom.
    assert seen == 3 * (256 - 29)


def test_difficulty_and_the_questions_of_the_teen_form_are_not_summed() -> None:
    extra = {
        "difficulty": "extremely",
        "low-most-days-past-year": "yes",
        "serious-thoughts-past-month": "yes",
        "attempt-ever": "yes",
    }
    answers = {**fill(shipped("phq-a"), 7), **extra}
    assert total_of(score_answers(shipped("phq-a"), answers))[0] == 7.0


REVERSED_IN_RSES = {
    "no-good",
    "not-much-to-be-proud-of",
    "useless",
    "more-respect",
    "failure",
}


def test_the_reverse_key_of_rses_belongs_to_the_items_words() -> None:
    """Reverse key lost or tied to item position: agreement with the five negative items scores 0,
    whatever their places; two orders of the scale are in print.
    """
    instrument = shipped("rses")
    for item in instrument.items:
        values = instrument.find_values(item)
        expected = (0, 3) if item.item_id in REVERSED_IN_RSES else (3, 0)
        assert (values["strongly-agree"], values["strongly-disagree"]) == expected
    assert {item.item_id for item in instrument.items if item.reverse} == REVERSED_IN_RSES


def test_the_same_answers_give_the_same_total_in_every_order() -> None:
    instrument = shipped("rses")
    answers = fill(instrument, 17)
    for start in range(10):
        names = [*answers][start:] + [*answers][:start]
        turned = {name: answers[name] for name in reversed(names)}
        assert total_of(score_answers(instrument, turned))[0] == 17.0


@pytest.mark.parametrize("name", SHIPPED)
def test_a_number_is_no_answer(name: str) -> None:
    """Offset coding: what is coded 1 to 5 elsewhere is refused by name, never read as 0 to 4."""
    item = shipped(name).items[0].item_id
    for wrong in ("0", "1", "3", "", "always"):
        with pytest.raises(Invalid) as refused:
            score_answers(shipped(name), {item: wrong})
        (error,) = refused.value.members["errors"]
        assert error.field == f"answers.{item}"
        assert repr(wrong) in error.message


def test_every_unknown_item_and_option_is_named_at_once() -> None:
    wrong = {"mood": "always", "q9": "several-days", "sleep": "several-days", "self_harm": "3"}
    with pytest.raises(Invalid) as refused:
        score_answers(shipped("phq-9"), wrong)
    assert [error.field for error in refused.value.members["errors"]] == [
        "answers.mood",
        "answers.q9",
        "answers.self_harm",
    ]


@pytest.mark.parametrize("name", ["who-5", "phq-9", "phq-a", "gad-7", "k6", "rses", "ucla-3"])
def test_one_missing_answer_leaves_no_total_and_is_named(name: str) -> None:
    """None of these publishes a rule for missing answers: a total is never guessed."""
    instrument = shipped(name)
    answers = fill(instrument, 3)
    for item in [item.item_id for item in instrument.items if item.summed]:
        rest = {key: value for key, value in answers.items() if key != item}
        scored = score_answers(instrument, rest)
        assert scored.total is not None
        assert scored.total.missing == (item,)
        assert total_of(scored) == (None, {})


def test_an_own_scale_is_a_mean_from_two_of_three_answers_on() -> None:
    student = shipped("sebaya-student")
    answers = {"can-be-myself": "completely", "left-out": "completely", "someone-listens": "mostly"}
    accepted = score_answers(student, answers).subscales["accepted"]
    # Reversed: to be left out is the opposite of accepted.
    assert (accepted.value, accepted.prorated) == (pytest.approx((4 + 0 + 3) / 3), False)
    del answers["someone-listens"]
    accepted = score_answers(student, answers).subscales["accepted"]
    assert (accepted.value, accepted.prorated, accepted.missing) == (
        2.0,
        True,
        ("someone-listens",),
    )
    del answers["left-out"]
    assert score_answers(student, answers).subscales["accepted"].value is None


@pytest.mark.parametrize("name", ["sebaya-student", "sebaya-supporter", "sebaya-school"])
def test_an_own_scale_has_no_class_and_no_total(name: str) -> None:
    """Not validated: nothing is said of a person."""
    instrument = shipped(name)
    scored = score_answers(instrument, {item.item_id: "mostly" for item in instrument.items})
    assert scored.total is None
    assert all(not score.classes for score in scored.subscales.values())
    assert not instrument.validated
