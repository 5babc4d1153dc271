"""Consent by the school's policies."""

from datetime import UTC, datetime

import pytest

from sebaya_chassis.base.problems import Problem
from sebaya_contracts.district import Policies, School
from sebaya_intake.domain.consent import MEANING, Consent, judge_consent
from sebaya_intake.errors import AgeOutside, ConsentNeeded, ConsentOutdated

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)


def school(self_consent_age: int = 14) -> School:
    return School(
        school_id="s1",
        name="S",
        time_zone="Asia/Jakarta",
        country="ID",
        languages=("id",),
        youngest=12,
        oldest=18,
        policies=Policies(consent_version="2026-2", self_consent_age=self_consent_age),
    )


@pytest.mark.parametrize(
    ("version", "age", "refused"),
    [
        ("2026-2", 11, AgeOutside),
        ("2026-2", 12, ConsentNeeded),
        ("2026-2", 13, ConsentNeeded),
        ("2026-2", 14, None),
        ("2026-2", 18, None),
        ("2026-2", 19, AgeOutside),
        ("2026-1", 15, ConsentOutdated),
        ("", 15, ConsentOutdated),
    ],
)
def test_the_policy_table(version: str, age: int, refused: type[Problem] | None) -> None:
    if refused is None:
        assert judge_consent(school(), version, age, NOW) == Consent(version, age, NOW)
        return
    with pytest.raises(refused):
        judge_consent(school(), version, age, NOW)


def test_a_school_may_let_all_its_students_agree_alone() -> None:
    assert judge_consent(school(self_consent_age=12), "2026-2", 12, NOW).age == 12


def test_the_outdated_one_is_told_which_is_current() -> None:
    with pytest.raises(ConsentOutdated) as refusal:
        judge_consent(school(), "2026-1", 15, NOW)
    assert refusal.value.details().model_dump()["current"] == "2026-2"


def test_too_young_is_told_to_ask_an_adult() -> None:
    assert "adult" in ConsentNeeded().details().detail


def test_every_language_says_the_same_things() -> None:
    assert len({len(sentences) for sentences in MEANING.values()}) == 1
