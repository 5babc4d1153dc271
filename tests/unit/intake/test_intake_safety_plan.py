"""A safety plan: written where an adult was needed, gone with the words of the case."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from sebaya_chassis.base.problems import NotFound
from sebaya_contracts.words import Level
from sebaya_intake.domain import case as cases
from sebaya_intake.domain.case import Case
from sebaya_intake.domain.projection import AlertFacts, AlertState, CaseProjection
from sebaya_intake.domain.retention import check_retention
from sebaya_intake.domain.safety_plan import find_plan, take_plan_away, write_plan
from sebaya_intake.domain.sealed_plan import PlanPart, SafetyPlan, SealedPlan
from sebaya_intake.errors import NoAlert, NoPlan
from sebaya_intake.schemas.safety_plan import PLAN_PART_LONGEST, SafetyPlanRequest

T = datetime(2026, 3, 2, 8, tzinfo=UTC)
SEALED = SealedPlan(1, {PlanPart.ALONE: "c2VhbGVk"}, T, "bk-1")


def needed(level: Level = Level.AMBER, barred: tuple[str, ...] = ()) -> Case:
    facts = {"a1": AlertFacts(level)}
    view = CaseProjection(alerts={"a1": AlertState.CLOSED}, alert_facts=facts, barred=barred)
    return Case("c1", "s1", view=view)


def test_a_counsellor_writes_it_once_an_adult_was_needed_and_long_after() -> None:
    written, events = write_plan(needed(), SEALED)
    assert find_plan(written) == SEALED and events == ()
    again = replace(SEALED, written_at=T + timedelta(days=9))
    assert find_plan(write_plan(written, again)[0]) == again


@pytest.mark.parametrize(
    ("case", "refusal"),
    [
        (Case("c1", "s1"), NoAlert),
        (needed(barred=("bk-1",)), NotFound),
        (cases.tombstone(needed(), T), NotFound),
    ],
)
def test_nobody_else_writes_it(case: Case, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        write_plan(case, SEALED)


def test_it_goes_with_an_erasure_with_its_student_and_by_age_and_not_with_a_withdrawal() -> None:
    written, _ = write_plan(needed(), SEALED)
    assert written.words_until is not None, "a timer looks at its age, though nothing was written"
    assert cases.erase(written, T)[0].plan is None
    away, _ = take_plan_away(written)
    with pytest.raises(NoPlan):
        find_plan(away)
    year = timedelta(days=365)
    due = replace(written, words_until=T + year)
    assert check_retention(due, timedelta(days=100), T + year).plan is None
    assert cases.replay_withdrawal(written, T).plan == SEALED


def test_every_step_may_be_left_out_but_not_all_and_none_is_a_book() -> None:
    assert SafetyPlanRequest(alone="Jalan").plan() == SafetyPlan({PlanPart.ALONE: "Jalan"})
    every = SafetyPlanRequest(**{part.value: "x" * PLAN_PART_LONGEST for part in PlanPart})
    assert set(every.plan().parts) == set(PlanPart)
    for wrong in (
        {},
        {"alone": "x" * (PLAN_PART_LONGEST + 1)},
        {"alone": "a\x00b"},
        {"alone": " \n"},
        {"lone": "x"},
    ):
        with pytest.raises(ValidationError):
            SafetyPlanRequest.model_validate(wrong)
