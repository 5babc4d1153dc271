"""What became of a record."""

from enum import StrEnum


class Outcome(StrEnum):
    APPLIED = "applied"
    IGNORED = "ignored"
    SKIPPED = "skipped"
    PARKED = "parked"
