"""A request for an adult of a student that could not be let in: its return code was not looked
at.
"""

from dataclasses import dataclass
from datetime import datetime

from sebaya_contracts.intake import AdultRequestedWithoutCase
from sebaya_contracts.words import ReportReason


@dataclass(frozen=True, slots=True)
class RequestWithoutCase:
    """One such request, by the digest of what came. Its words leave with its event."""

    request_id: str
    school_id: str
    requested_at: datetime


Decision = tuple[RequestWithoutCase, tuple[AdultRequestedWithoutCase, ...]]


def request_adult(
    school_id: str, request_id: str, text: str, report: ReportReason | None, now: datetime
) -> Decision:
    """Make the request and its event, for one write."""
    event = AdultRequestedWithoutCase(
        school_id=school_id, case_id=request_id, requested_at=now, text=text, report=report
    )
    return RequestWithoutCase(request_id, school_id, now), (event,)
