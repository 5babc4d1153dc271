"""A timestamp as a request may hold one: with its offset, and far enough from the ends of the
calendar to be converted to any time zone.
"""

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BeforeValidator

FIRST, LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2999, 12, 31, tzinfo=UTC)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]")


def _within_the_calendar(moment: datetime) -> datetime:
    """Compared as moments, never converted: at the calendar's ends a conversion overflows."""
    if not FIRST <= moment <= LAST:
        raise ValueError("must lie between the years 1900 and 2999")
    return moment


def _written_out(given: object) -> object:
    """pydantic would also read a number: as seconds since 1970 or as milliseconds, by its size."""
    if not isinstance(given, datetime) and not _DATE.match(str(given)):
        raise ValueError("must be a date and time with its offset, as 2026-03-04T04:30:00Z")
    return given


Timestamp = Annotated[
    AwareDatetime, BeforeValidator(_written_out), AfterValidator(_within_the_calendar)
]
