"""The hours of a day in which an answer is expected: a student's night, and a supporter's, is no
silence.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sebaya_contracts.district import Day, School

DAY = timedelta(days=1)
# A school that waits for less than this (a drill, a demonstration) means the clock on the wall.
SHORTEST_COUNTED = timedelta(hours=1)
_DAYS = tuple(Day)


def find_lapse(school: School, offered_at: datetime) -> datetime:
    """Find when an offer lapses: after the school's time for an answer, counted in waking hours.

    A whole day counts as one, with its night; never later than a day and a night for each begun
    day.
    """
    wait = school.offer_lapse()
    if wait < SHORTEST_COUNTED:
        return offered_at + wait
    whole, rest = divmod(wait, DAY)
    begun = offered_at + whole * DAY
    return begun if not rest else min(begun + DAY, _add_waking(school, begun, rest))


def _add_waking(school: School, since: datetime, wait: timedelta) -> datetime:
    for waking_since, ends in _waking(school, since):
        begins = max(waking_since, since)
        if ends - begins >= wait:
            return begins + wait
        wait -= max(timedelta(0), ends - begins)
    return since + wait


def _waking(school: School, since: datetime) -> Iterator[tuple[datetime, datetime]]:
    """List the waking stretches of the two weeks from the day before; all day where none is left
    between the two hours.
    """
    zone = ZoneInfo(school.time_zone)
    begins, ends = (
        time.fromisoformat(clock)
        for clock in (school.policies.waking_from, school.policies.waking_until)
    )
    first = since.astimezone(zone).date() - DAY
    for number in range(15):
        day = first + number * DAY
        last = (day, ends) if begins < ends else (day + DAY, begins)
        yield (
            datetime.combine(day, begins, zone).astimezone(UTC),
            datetime.combine(*last, zone).astimezone(UTC),
        )


def add_school_days(school: School, since: datetime, days: int) -> datetime:
    """Find the moment when so many school days have gone by: the same time of the day on the last
    of them. A school without school days counts each day.
    """
    zone, open_on = ZoneInfo(school.time_zone), school.policies.school_days or _DAYS
    local = since.astimezone(zone)
    day = local.date()
    while days > 0:
        day += DAY
        days -= _DAYS[day.weekday()] in open_on
    return datetime.combine(day, local.time(), zone).astimezone(UTC)
