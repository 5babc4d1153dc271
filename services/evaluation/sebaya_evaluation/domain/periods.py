"""Months, in the school's own time."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

# What is known of a case before its opening has arrived counts here, so that no total ever misses
# it.
UNPLACED = "unplaced"
MONTH = re.compile(r"^\d{4}-(0[1-9]|1[0-2])$")


def find_month(moment: datetime, zone: str) -> str:
    """Find the month, as `YYYY-MM`, of a moment at a school of that time zone."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local.year:04d}-{local.month:02d}"


def find_bounds(period: str, zone: str) -> tuple[datetime, datetime]:
    """Find a month's first instant, and the first one after it. Raises ValueError for anything but
    a month.
    """
    year, month = (int(part) for part in period.split("-"))
    following = (year + 1, 1) if month == 12 else (year, month + 1)
    return datetime(year, month, 1, tzinfo=ZoneInfo(zone)), datetime(
        *following, 1, tzinfo=ZoneInfo(zone)
    )
