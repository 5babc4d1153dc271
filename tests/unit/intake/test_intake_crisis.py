"""Lines by country (help directory wrong for place or time), on call to the instant, and when the
lines come first.
"""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from sebaya_cli.lines import choose_lines
from sebaya_cli.refusal import Refusal
from sebaya_contracts.escalation import Interval
from sebaya_contracts.intake import SafetyAnswers
from sebaya_contracts.words import Answer
from sebaya_intake.domain.crisis import (
    Coverage,
    CrisisReason,
    OnCall,
    find_crisis_reason,
    is_worrying,
    judge_on_call,
)
from sebaya_intake.domain.crisis_lines import GENERAL, LINES, UNVERIFIED, Way, lines_for
from sebaya_intake.domain.line_checks import LineChecks, confirm
from sebaya_intake.jobs import measure_crisis_lines
from sebaya_intake.metrics import LINES_AGE, LINES_MISSING

MIDNIGHT = datetime(2026, 3, 2, 0, tzinfo=UTC)
TICK = timedelta(milliseconds=1)
HOUR = timedelta(hours=1)


def test_every_school_sees_its_own_countrys_lines() -> None:
    for country, lines in LINES.items():
        assert lines_for(country) == lines
        assert any(line.way is Way.CALL for line in lines)
        assert all(line.contact and line.verified_on for line in lines)


@pytest.mark.parametrize("country", ["FR", "XX", "", None])
def test_an_unknown_country_sees_general_advice_and_no_number_of_another(
    country: str | None,
) -> None:
    lines = lines_for(country)
    assert lines == GENERAL and len(lines) > 0
    assert not any(
        character.isdigit() for line in lines for character in line.contact + line.about + line.name
    )


INSTALLED = datetime(2026, 12, 1, 8, tzinfo=UTC)
DAY = timedelta(days=1)
NO_CHECKS = LineChecks(INSTALLED)


def ages(checks: LineChecks, now: datetime, *countries: str) -> dict[str, float]:
    measure_crisis_lines(list(countries), checks, now)
    return {country: LINES_AGE.labels(country)._value.get() for country in LINES}


def test_no_line_bears_a_day_before_its_source_or_after_today() -> None:
    for lines in LINES.values():
        assert all(line.verified_on <= UNVERIFIED for line in lines)


def test_a_fresh_installation_has_ninety_days_for_its_first_check() -> None:
    """However old the sources of the lines that it came with are."""
    assert set(ages(NO_CHECKS, INSTALLED, *LINES).values()) == {0}
    assert ages(NO_CHECKS, INSTALLED + 90 * DAY, "ID")["ID"] == 90
    assert ages(NO_CHECKS, INSTALLED + 91 * DAY, "ID")["ID"] == 91 > 90
    assert lines_for("ID") == LINES["ID"], "an old entry alarms, and stays"


def test_a_country_is_checked_when_each_of_its_lines_is() -> None:
    later = INSTALLED + 100 * DAY
    names = [line.name for line in LINES["ID"]]
    most = confirm(NO_CHECKS, "ID", names[1:], later)
    assert ages(most, later, "ID")["ID"] == 100
    everything = confirm(most, "ID", names[:1], later)
    assert ages(everything, later, "ID", "GB") == dict.fromkeys(LINES, 0) | {"GB": 100}
    assert ages(everything, later + 91 * DAY, "ID")["ID"] == 91
    again = confirm(everything, "ID", names, later + 91 * DAY)
    assert ages(again, later + 91 * DAY, "ID")["ID"] == 0
    assert len(again.checks) == len(names), "the newest of each"


def test_only_the_lines_of_countries_with_a_school_age() -> None:
    found = ages(NO_CHECKS, datetime(2040, 1, 1, tzinfo=UTC), "ID", "FR", "FR")
    assert {country for country, age in found.items() if age} == {"ID"}
    assert LINES_MISSING._value.get() == 2


@pytest.mark.parametrize(
    ("country", "names", "chosen"),
    [
        ("MY", [], ["Talian HEAL", "Emergency (MERS)"]),
        ("MY", ["15555"], ["Talian HEAL"]),
        ("MY", ["talian heal", "999"], ["Talian HEAL", "Emergency (MERS)"]),
    ],
)
def test_a_line_is_confirmed_by_its_name_or_number(
    country: str, names: list[str], chosen: list[str]
) -> None:
    assert choose_lines(country, names) == chosen
    for wrong in (("FR", []), ("MY", ["SEJIWA"])):
        with pytest.raises(Refusal, match=r"MY"):
            choose_lines(*wrong)


def covered(
    *intervals: tuple[datetime, datetime], expires_at: datetime = MIDNIGHT + 14 * 24 * HOUR
) -> Coverage:
    return Coverage(
        "s1",
        tuple(Interval(since=since, until=until) for since, until in intervals),
        MIDNIGHT - HOUR,
        expires_at,
    )


@pytest.mark.parametrize(
    ("now", "there"),
    [
        (MIDNIGHT - TICK, OnCall.NO),
        (MIDNIGHT, OnCall.YES),
        (MIDNIGHT + HOUR - TICK, OnCall.YES),
        (MIDNIGHT + HOUR, OnCall.NO),
    ],
)
def test_an_interval_is_half_open(now: datetime, there: OnCall) -> None:
    assert judge_on_call(covered((MIDNIGHT, MIDNIGHT + HOUR)), now) is there


def test_no_minute_is_lost_where_shifts_meet_at_midnight() -> None:
    coverage = covered((MIDNIGHT - HOUR, MIDNIGHT), (MIDNIGHT, MIDNIGHT + HOUR))
    assert {judge_on_call(coverage, MIDNIGHT + step * TICK) for step in (-2, -1, 0, 1, 2)} == {
        OnCall.YES
    }


def test_after_its_expiry_nobody_is_known_to_be_on_call() -> None:
    coverage = covered((MIDNIGHT, MIDNIGHT + 9 * HOUR), expires_at=MIDNIGHT + HOUR)
    assert judge_on_call(coverage, MIDNIGHT + HOUR - TICK) is OnCall.YES
    assert judge_on_call(coverage, MIDNIGHT + HOUR) is OnCall.UNKNOWN
    assert judge_on_call(None, MIDNIGHT) is OnCall.UNKNOWN


def test_the_newest_coverage_wins_in_either_order() -> None:
    old = covered((MIDNIGHT, MIDNIGHT + HOUR))
    new = Coverage("s1", (), MIDNIGHT, MIDNIGHT + HOUR)
    assert old.or_newer(new) == new == new.or_newer(old)


@pytest.mark.parametrize(("thoughts", "danger"), list(product([*Answer, None], repeat=2)))
def test_only_two_plain_noes_are_not_worrying(
    thoughts: Answer | None, danger: Answer | None
) -> None:
    answers = SafetyAnswers(self_harm_thoughts=thoughts, danger_now=danger)
    assert is_worrying(answers) == ((thoughts, danger) != (Answer.NO, Answer.NO))


CALM = SafetyAnswers(self_harm_thoughts=Answer.NO, danger_now=Answer.NO)


@pytest.mark.parametrize(
    ("safety", "there", "screened", "reason"),
    [
        (SafetyAnswers(), OnCall.YES, True, CrisisReason.YOUR_ANSWERS),
        (CALM, OnCall.NO, True, CrisisReason.NOBODY_ON_CALL),
        (CALM, OnCall.UNKNOWN, True, CrisisReason.ON_CALL_UNKNOWN),
        (CALM, OnCall.YES, False, CrisisReason.NOT_YET_READ),
        (CALM, OnCall.YES, True, None),
    ],
)
def test_when_the_lines_come_first(
    safety: SafetyAnswers, there: OnCall, screened: bool, reason: CrisisReason | None
) -> None:
    assert find_crisis_reason(safety, there, screened=screened) is reason
