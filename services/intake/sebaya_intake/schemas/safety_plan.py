"""A safety plan as a counsellor writes it and as it is read."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    StringConstraints,
    model_validator,
)

from sebaya_intake.domain.sealed_plan import PlanPart, SafetyPlan
from sebaya_intake.schemas.fields import Model, ensure_words

# One step of a plan is some lines; the whole fits on a telephone.
PLAN_PART_LONGEST = 1000
PlanText = Annotated[
    str,
    StringConstraints(min_length=1, max_length=PLAN_PART_LONGEST),
    AfterValidator(ensure_words),
]


class SafetyPlanRequest(Model):
    """The steps of a safety plan; every one may be left out, but not all."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "warning_signs": "I stop answering my friends",
                    "alone": "Walk round the field; listen to music",
                    "helpers": "My aunt, in the evening",
                }
            ]
        }
    )

    warning_signs: PlanText | None = None
    alone: PlanText | None = None
    company: PlanText | None = None
    helpers: PlanText | None = None
    safer: PlanText | None = None

    @model_validator(mode="after")
    def _ensure_something(self) -> Self:
        if not any(getattr(self, part.value) for part in PlanPart):
            raise ValueError("must hold at least one step")
        return self

    def plan(self) -> SafetyPlan:
        """Return the plan as the use case takes it."""
        given = {part: getattr(self, part.value) for part in PlanPart}
        return SafetyPlan({part: text for part, text in given.items() if text})


class SafetyPlanView(BaseModel):
    """A safety plan as its student and the counsellors read it."""

    written_at: datetime | None
    warning_signs: str | None = None
    alone: str | None = None
    company: str | None = None
    helpers: str | None = None
    safer: str | None = None

    @classmethod
    def of(cls, plan: SafetyPlan | None, written_at: datetime | None) -> "SafetyPlanView":
        """Build the view; empty where there is no plan yet."""
        parts = plan.parts if plan else {}
        return cls.model_validate(
            {"written_at": written_at, **{part.value: text for part, text in parts.items()}}
        )
