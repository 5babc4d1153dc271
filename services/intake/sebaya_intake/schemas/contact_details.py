"""How a student may be found in danger: what they leave, and what a counsellor opens."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from sebaya_contracts.words import (
    DetailsReason,
)
from sebaya_intake.domain.sealed_details import ContactDetails, DetailField, SafeTime
from sebaya_intake.schemas.fields import Model

# Letters, digits and what stands between them: no way in for text that is not screened.
LETTER = r"[A-Za-z\u00c0-\u024f\u0370-\u1fff]"
PersonName = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        max_length=60,
        pattern=rf"^{LETTER}+(?:[ '.\u2019-]{{1,2}}{LETTER}+){{0,6}}\.?$",
    ),
]
ClassName = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, max_length=16, pattern=r"^[A-Za-z0-9]+(?:[ ./-][A-Za-z0-9]+){0,3}$"
    ),
]
Number = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=5, max_length=24, pattern=r"^\+?[0-9][0-9 ().-]*$"
    ),
]


class ContactDetailsRequest(Model):
    """How the student may be found in danger; every part may be left out, but not all."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"name": "Putri A", "class_name": "XI IPA 2", "number": "0812 0000 0000"},
                {"class_name": "X-3", "safe_time": "breaks"},
            ]
        }
    )

    name: PersonName | None = None
    class_name: ClassName | None = None
    number: Number | None = None
    safe_time: SafeTime | None = None

    @model_validator(mode="after")
    def _ensure_something(self) -> Self:
        if not (self.name or self.class_name or self.number):
            raise ValueError("must hold a name, a class or a number")
        return self

    def details(self) -> ContactDetails:
        """Return the details as the use case takes them."""
        given = {name: getattr(self, name.value) for name in DetailField}
        return ContactDetails({name: str(text) for name, text in given.items() if text})


class DetailsOpeningView(BaseModel):
    """That a counsellor opened the contact details, and why."""

    opened_at: datetime
    reason: DetailsReason


class OpenDetailsRequest(Model):
    """Why a counsellor opens the contact details, and whether the student is told of it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "life_in_danger"}]})

    reason: DetailsReason
    student_told: Annotated[
        bool,
        Field(strict=True, description="False only where it would endanger the student"),
    ] = True


class ContactDetailsView(BaseModel):
    """What the student left, opened for a counsellor."""

    case_id: str
    name: str | None = None
    class_name: str | None = None
    number: str | None = None
    safe_time: SafeTime | None = None

    @classmethod
    def of(cls, case_id: str, details: ContactDetails) -> "ContactDetailsView":
        """Build the view of opened details."""
        return cls.model_validate(
            {"case_id": case_id, **{name.value: text for name, text in details.fields.items()}}
        )
