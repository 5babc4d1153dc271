"""What became of a record."""

from enum import StrEnum


class Outcome(StrEnum):
    """The four ends of a record."""

    APPLIED = "applied"
    """Its effect is stored."""
    IGNORED = "ignored"
    """It had been applied before."""
    SKIPPED = "skipped"
    """It is for other services."""
    PARKED = "parked"
    """It is a dead letter."""
