"""A safety plan, in the clear and as it is kept: sealed part by part."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class PlanPart(StrEnum):
    """The steps of a safety plan that are a student's own (Stanley and Brown 2012); the last step,
    professionals and lines, is the list of their country.
    """

    WARNING_SIGNS = "warning_signs"
    ALONE = "alone"
    COMPANY = "company"
    HELPERS = "helpers"
    SAFER = "safer"


@dataclass(frozen=True, slots=True)
class SafetyPlan:
    """What a student and a counsellor wrote down, in memory alone, and never in a log."""

    parts: dict[PlanPart, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class SealedPlan:
    """The same as it is stored: by part, sealed with the data key of this version."""

    key_version: int
    sealed: dict[PlanPart, str]
    written_at: datetime
    person_id: str
