"""When trying return codes has become guessing: failures counted for each part of a code, and for
the school.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil


@dataclass(frozen=True, slots=True)
class Limits:
    """How many failed tries fit into a window: of codes that share a part, and of a whole school."""

    of_a_code: int
    of_a_school: int
    window: timedelta


@dataclass(frozen=True, slots=True)
class Failures:
    """Failed tries under one handle, counted from the first one until the window is over."""

    count: int
    until: datetime


def wait_for(failures: Sequence[Failures], limits: Limits, now: datetime) -> int | None:
    """Seconds until a code with these handles is looked at again; None when it may be looked at
    now.
    """
    full = [one.until for one in failures if one.count >= limits.of_a_code and one.until > now]
    return ceil((max(full) - now).total_seconds()) if full else None


def under_attack(failures: Failures | None, limits: Limits, now: datetime) -> bool:
    """Whether so much is being tried at a school that every try is answered later."""
    return failures is not None and failures.count >= limits.of_a_school and failures.until > now
