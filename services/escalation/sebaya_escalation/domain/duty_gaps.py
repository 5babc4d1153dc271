"""The hours of a school without a person on call, as the gauges count them, and how long that count
stays true: a rota is the same at most looks, so it is counted again only where it changes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sebaya_contracts.district import School
from sebaya_contracts.escalation import Interval
from sebaya_escalation.domain.rota import DAY, HORIZON, find_covered, find_gaps, list_unreachable


@dataclass(frozen=True, slots=True)
class DutyGaps:
    """What a rota leaves open within the horizon. `until` is when the count may become another."""

    gaps: int
    uncovered: bool
    unreachable: int
    until: datetime


def count_duty_gaps(school: School, now: datetime) -> DutyGaps:
    """Count gaps from `now` on, whether one has begun, and the people that cannot be paged.

    An inactive school has none.
    """
    if not school.active:
        return DutyGaps(0, uncovered=False, unreachable=0, until=now + DAY)
    end = now + HORIZON
    # A day more than is counted, to know what comes into the horizon until then.
    covered = find_covered(school, now, end + DAY)
    gaps = find_gaps([interval for interval in covered if interval.since < end], now, end)
    return DutyGaps(
        len(gaps),
        uncovered=any(gap.since <= now for gap in gaps),
        unreachable=len(list_unreachable(school)),
        until=_next_change(covered, now),
    )


def _next_change(covered: Sequence[Interval], now: datetime) -> datetime:
    """Find when now, or the end of the horizon, next meets a moment where a duty begins or ends.

    What begins at the very end of the horizon counts just after it, not at it.
    """
    bounds = [bound for interval in covered for bound in (interval.since, interval.until)]
    at_end = [bound - HORIZON + timedelta.resolution for bound in bounds]
    return min(moment for moment in [*bounds, *at_end, now + DAY] if moment > now)
