"""How a student may be found in danger, as it is kept: sealed field by field."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sebaya_contracts.words import DetailsReason


class DetailField(StrEnum):
    """What a student may leave; every one may be left out."""

    NAME = "name"
    CLASS_NAME = "class_name"
    NUMBER = "number"
    SAFE_TIME = "safe_time"


class SafeTime(StrEnum):
    """When a student may be called without danger to them; a list, so that no words arise."""

    ANY_TIME = "any_time"
    BREAKS = "breaks"
    AFTER_SCHOOL = "after_school"
    EVENING = "evening"
    WRITE_FIRST = "write_first"


@dataclass(frozen=True, slots=True)
class ContactDetails:
    """What a student left, in the clear: in memory alone, and never in a log."""

    fields: dict[DetailField, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class SealedDetails:
    """The same as it is stored: by field, sealed with the data key of this version."""

    key_version: int
    sealed: dict[DetailField, str]
    left_at: datetime


@dataclass(frozen=True, slots=True)
class DetailsOpening:
    """That a counsellor opened the details, and why. `student_told`: the student is told of it."""

    opened_at: datetime
    person_id: str
    reason: DetailsReason
    student_told: bool
