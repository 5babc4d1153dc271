"""When a student is asked how they are, and when never."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sebaya_contracts.district import Policies
from sebaya_contracts.intake import Preferences, SafetyAnswers
from sebaya_contracts.words import CaseTopic, Door, Level, Wave
from sebaya_intake.domain.case import Case, Opening
from sebaya_intake.domain.consent import Consent
from sebaya_intake.domain.projection import AlertState, CaseProjection, Match, Phase
from sebaya_intake.domain.screening import Screening
from sebaya_intake.domain.waves import find_wave

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
DAY = timedelta(days=1)
ON = Policies(wave_instruments=("sebaya-student",))


@pytest.fixture
def case() -> Case:
    opening = Opening(
        message_id="w1",
        text="Aku sedih.",
        topic=CaseTopic.GRIEF,
        door=Door.WEB,
        preferences=Preferences(language="id"),
        safety=SafetyAnswers(),
        consent=Consent("1", 15, NOW),
        opened_at=NOW - DAY,
        crisis_reason=None,
    )
    read = Screening(NOW, None, level=Level.NONE)
    return Case("c1", "s1", opening, screening=read)


def matched(since: datetime, until: datetime | None = None) -> CaseProjection:
    phase = Phase.MATCHED if until is None else Phase.CLOSED
    return CaseProjection(phase=phase, match=Match("m1", "sup-1", since, until))


def test_nothing_is_asked_unless_the_school_wants_it(case: Case) -> None:
    assert find_wave(case, Policies(), NOW) is None
    assert find_wave(case, ON, NOW) is Wave.PRE


@pytest.mark.parametrize(
    ("view", "wave"),
    [
        (CaseProjection(phase=Phase.OFFERED), Wave.PRE),
        (CaseProjection(phase=Phase.CLOSED), None),
        (matched(NOW - DAY), None),
        (matched(NOW - 14 * DAY), Wave.MID),
        (matched(NOW - 40 * DAY, NOW - DAY), Wave.POST),
        (matched(NOW - 40 * DAY, NOW - 30 * DAY), Wave.FOLLOWUP),
        (replace(matched(NOW - 40 * DAY, NOW - DAY), phase=Phase.WAITING), None),
    ],
)
def test_each_wave_has_its_time(case: Case, view: CaseProjection, wave: Wave | None) -> None:
    assert find_wave(replace(case, view=view), ON, NOW) is wave


@pytest.mark.parametrize(
    "more",
    [
        {"opening": None},
        {"screening": None},
        {"adult_asked_at": NOW},
        {"withdrawn_at": NOW},
        {"erased_at": NOW},
        {"view": CaseProjection(held=True)},
        {"view": CaseProjection(referred=True)},
        {"view": CaseProjection(alerts={"a": AlertState.OPEN})},
        {"view": CaseProjection(alerts={"a": AlertState.ACKNOWLEDGED})},
    ],
)
def test_a_student_who_needs_an_adult_is_asked_nothing(case: Case, more: dict[str, object]) -> None:
    assert find_wave(replace(case, **more), ON, NOW) is None  # type: ignore[arg-type]


def test_one_that_worries_about_a_friend_is_asked_nothing(case: Case) -> None:
    assert case.opening is not None
    worried = replace(case, opening=replace(case.opening, door=Door.FRIEND))
    assert find_wave(worried, ON, NOW) is None
