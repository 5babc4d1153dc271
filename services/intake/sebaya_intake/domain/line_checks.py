"""The operator's own checks of crisis lines: which one answered, and when it was rung up last."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from sebaya_intake.domain.crisis_lines import LINES


@dataclass(frozen=True, slots=True)
class LineCheck:
    """A line that the operator has confirmed."""

    country: str
    name: str
    checked_at: datetime


@dataclass(frozen=True, slots=True)
class LineChecks:
    """All confirmed lines of an installation. A line that never was counts from `since`, the first
    day of the installation: its list was new then.
    """

    since: datetime
    checks: tuple[LineCheck, ...] = ()

    def checked_at(self, country: str, name: str) -> datetime | None:
        """Find when a line was confirmed last; None for never."""
        found = (one for one in self.checks if (one.country, one.name) == (country, name))
        return next((one.checked_at for one in found), None)

    def age_in_days(self, country: str, now: datetime) -> int:
        """Calculate the days since the line of a country that waits longest was confirmed."""
        waiting = [self.checked_at(country, line.name) or self.since for line in LINES[country]]
        return (now - min(waiting)).days


def confirm(before: LineChecks, country: str, names: Iterable[str], now: datetime) -> LineChecks:
    """Confirm lines of a country, as rung up now."""
    confirmed = tuple(LineCheck(country, name, now) for name in names)
    keys = {(one.country, one.name) for one in confirmed}
    others = (one for one in before.checks if (one.country, one.name) not in keys)
    return replace(before, checks=(*others, *confirmed))
