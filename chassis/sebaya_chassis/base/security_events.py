"""Refusals that smell of trying: a closed list, counted for the operator.

Mistyped addresses and expired tokens are none: they come from everybody, every day.
"""

from enum import StrEnum

from sebaya_chassis.base.metrics import SECURITY_EVENTS


class SecurityReason(StrEnum):
    """What was tried."""

    FOREIGN_SCHOOL = "foreign_school"
    """A signed-in person asked for a school that is not theirs."""
    FOREIGN_ID = "foreign_id"
    """A signed-in person asked at their school for another school's case, alert or match."""
    LEFT_PERSON = "left_person"
    """A person that the district's file no longer names at a school asked for it."""
    WRONG_TOKEN = "wrong_token"  # noqa: S105 - the name of a reason
    """A token that no provider of ours signed, or that is not for us."""
    CODE_PAST_LIMIT = "code_past_limit"
    """A return code was tried after codes like it had failed too often."""
    FORGED_EVENT = "forged_event"
    """An event that contradicts itself, or speaks of another school's document."""


def create_security_series(service: str) -> None:
    """Create the series of a service, so that the first event of a kind is an increase."""
    for reason in SecurityReason:
        SECURITY_EVENTS.labels(service, reason.value)


def count_security_event(service: str, reason: SecurityReason) -> None:
    """Count a security event."""
    SECURITY_EVENTS.labels(service, reason.value).inc()
