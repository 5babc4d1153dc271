"""A student's questionnaires: what may be asked, one set of answers a wave, and what is counted."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from msgspec.structs import replace as changed

from sebaya_chassis.base.problems import Invalid
from sebaya_chassis.web import feedback_link
from sebaya_chassis.web.feedback_link import FeedbackLinkInvalid
from sebaya_chassis.web.wave_link import WaveLink, issue_wave_link, read_wave_link
from sebaya_contracts.words import CaseTopic, Side, Wave
from sebaya_evaluation.domain.counting import count_period
from sebaya_evaluation.domain.facts import Fact
from sebaya_evaluation.domain.feedback import Response, erase_response
from sebaya_evaluation.domain.instruments.assigning import MOST_TOGETHER, list_groups
from sebaya_evaluation.domain.instruments.scoring import score_answers
from sebaya_evaluation.domain.sheet import PARTS_OF_POINT, find_scores
from sebaya_evaluation.domain.tally import Tally, merge_all
from sebaya_evaluation.domain.waves import (
    WaveStudent,
    build_wave_response_id,
    choose_instrument,
    create_wave_response,
)
from sebaya_evaluation.library import SHIPPED, explain_unassignable, list_assigned, load_shipped

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
STUDENT = load_shipped()["sebaya-student"]
SECRET = "a test's secret, long enough to be one"


def student(wave: Wave = Wave.PRE, case_id: str = "c1") -> WaveStudent:
    return WaveStudent(case_id, wave)


def answers(chance: random.Random, least: int = 1) -> dict[str, str]:
    """Some of the questions answered."""
    chosen = chance.sample(STUDENT.items, chance.randint(least, len(STUDENT.items)))
    return {item.item_id: chance.choice([*STUDENT.find_values(item)]) for item in chosen}


def given(wave: Wave, case_id: str, found: dict[str, str], at: datetime = NOW) -> Response:
    return create_wave_response("s1", student(wave, case_id), STUDENT, found, at)[0]


def test_an_instrument_that_can_tell_of_danger_is_never_asked() -> None:
    """Whatever a description of the school says: no answer calls an adult yet."""
    alarming = {name for name, one in load_shipped().items() if one.list_sentinels()}
    assert alarming == {"phq-9", "phq-a"}
    for name in alarming:
        assert "can tell of danger" in str(explain_unassignable(name))
    asked = list_assigned([*SHIPPED, *SHIPPED, "none-such"])
    assert [one.instrument_id for one in asked] == ["gad-7", "sebaya-student"]


def test_what_is_asked_is_for_students_in_both_languages() -> None:
    assert explain_unassignable("sebaya-student") is None
    assert "is for supporter" in str(explain_unassignable("sebaya-supporter"))
    assert "no texts in en and id" in str(explain_unassignable("who-5"))
    assert "did you mean `sebaya-student`?" in str(explain_unassignable("sebaya-studen"))


@pytest.mark.parametrize("name", ["gad-7", "sebaya-student"])
def test_every_question_stands_on_one_page(name: str) -> None:
    groups = list_groups(load_shipped()[name])
    assert [item for group in groups for item in group] == [*load_shipped()[name].items]
    assert all(0 < len(group) <= MOST_TOGETHER for group in groups)


def test_a_wave_has_one_set_of_answers() -> None:
    ids = {
        build_wave_response_id(school, student(wave, case_id), name)
        for school in ("s1", "s2")
        for wave in Wave
        for case_id in ("c1", "c2")
        for name in ("gad-7", "sebaya-student")
    }
    assert len(ids) == 2 * len(Wave) * 2 * 2
    first, event = create_wave_response("s1", student(), STUDENT, {"can-ask": "mostly"}, NOW)
    again, _ = create_wave_response(
        "s1", student(), changed(STUDENT, version=2), {"can-ask": "mostly"}, NOW + timedelta(days=1)
    )
    assert first.response_id == again.response_id == event.response_id and first.agrees(again)
    assert (event.answers, event.instrument_id, event.version, event.wave, event.case_id) == (
        {"can-ask": "mostly"},
        "sebaya-student",
        1,
        Wave.PRE,
        "c1",
    )
    other, _ = create_wave_response("s1", student(), STUDENT, {"can-ask": "partly"}, NOW)
    assert not first.agrees(other)
    assert erase_response(first, NOW)[0] == Response(
        first.response_id, "c1", Side.STUDENT, erased=True
    )


@pytest.mark.parametrize(
    ("found", "field"),
    [
        ({"none-such": "mostly"}, "answers.none-such"),
        ({"can-ask": "4"}, "answers.can-ask"),
        ({"can-ask": "several-days"}, "answers.can-ask"),
        ({}, "answers"),
    ],
)
def test_what_the_instrument_does_not_have_is_refused_by_field(
    found: dict[str, str], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        create_wave_response("s1", student(), STUDENT, found, NOW)
    assert [fault.field for fault in refused.value.details().errors or ()] == [field]
    with pytest.raises(Invalid) as unasked:
        choose_instrument([STUDENT], "phq-9")
    assert [fault.field for fault in unasked.value.details().errors or ()] == ["instrument"]


def test_a_link_is_for_one_purpose() -> None:
    link = WaveLink("s1", "c1", Wave.MID)
    now = datetime.now(UTC)
    token = issue_wave_link(SECRET, link, now).token
    assert read_wave_link(SECRET, token) == link
    feedback = feedback_link.issue(SECRET, school_id="s1", case_id="c1", match_id="m1", now=now)
    old = issue_wave_link(SECRET, link, now - timedelta(hours=3)).token
    claims = {"school_id": "s1", "case_id": "c1", "wave": "mid"}
    as_feedback = feedback_link.sign_claims(SECRET, feedback_link.AUDIENCE, claims, now)
    for wrong in (feedback.token, as_feedback.token, old, token[:-6] + "aaaaaa", ""):
        with pytest.raises(FeedbackLinkInvalid):
            read_wave_link(SECRET, wrong)
    with pytest.raises(FeedbackLinkInvalid):
        feedback_link.read(SECRET, token)


def test_scores_are_whole_parts_of_a_point() -> None:
    """So that sums are the same in every order: every mean of up to ten items, every hundredth."""
    assert all(PARTS_OF_POINT % items == 0 for items in (*range(1, 11), 100))
    chance = random.Random(3)
    for _ in range(50):
        found = answers(chance)
        scored = score_answers(STUDENT, found)
        for name, parts in find_scores(scored).items():
            assert parts / PARTS_OF_POINT == pytest.approx(scored.subscales[name].value, abs=1e-12)


def test_what_is_counted_equals_the_raw_scores_in_any_order() -> None:
    chance = random.Random(7)
    facts = [Fact(f"c{n}", placed_at=NOW, topic=CaseTopic.GRIEF) for n in range(60)]
    pre = [given(Wave.PRE, fact.fact_id, answers(chance, 7)) for fact in facts]
    post = [given(Wave.POST, fact.fact_id, answers(chance, 7)) for fact in facts[:40]]
    feedback = Response("f", "c1", Side.STUDENT, "m", {"better": 5}, NOW)
    responses = [*pre, *post, feedback]
    shuffled = chance.sample(responses, len(responses))
    tally = count_period(facts, shuffled)["grief"]
    halves = [count_period(facts[:25], shuffled), count_period(facts[25:], shuffled)]
    assert merge_all(half["grief"] for half in halves) == tally == merge_all([Tally(), tally])

    assert tally.get_count("wave/sebaya-student/pre") == 60
    assert tally.get_count("wave/sebaya-student/post") == 40
    assert tally.get_count("feedback/student") == tally.get_count("improved") == 1
    for part in ("accepted", "coping", "learning"):
        scores = [value_of(one, part) for one in pre if part in sheet_of(one)]
        sums = tally.scores[f"sebaya-student/{part}/pre"]
        assert (sums.n, sums.total) == (len(scores), sum(scores))
        assert sums.squares == sum(score * score for score in scores)
        pairs = [
            (value_of(one, part), value_of(other, part))
            for one, other in zip(pre, post, strict=False)
            if part in sheet_of(one) and part in sheet_of(other)
        ]
        kept = tally.pairs[f"sebaya-student/{part}"]
        assert (kept.before.n, kept.after.n) == (len(pairs), len(pairs))
        assert kept.products == int(np.dot(*np.array(pairs).T))


def sheet_of(response: Response) -> dict[str, int]:
    assert response.sheet is not None
    return response.sheet.scores


def value_of(response: Response, part: str) -> int:
    return sheet_of(response)[part]


def test_another_version_makes_no_pair_and_what_is_erased_counts_nowhere() -> None:
    fact = Fact("c1", placed_at=NOW, topic=CaseTopic.GRIEF)
    pre = given(Wave.PRE, "c1", {"can-ask": "mostly", "calm-down": "mostly"})
    post = given(Wave.POST, "c1", {"can-ask": "mostly", "calm-down": "mostly"})
    assert count_period([fact], [pre, post])["grief"].pairs.keys() == {"sebaya-student/coping"}
    assert post.sheet is not None
    newer = replace(post, sheet=replace(post.sheet, version=2))
    assert count_period([fact], [pre, newer])["grief"].pairs == {}
    erased = [erase_response(one, NOW)[0] for one in (pre, post)]
    gone = count_period([fact], erased)["grief"]
    assert gone.scores == gone.pairs == {} and gone.get_count("wave/sebaya-student/pre") == 0
