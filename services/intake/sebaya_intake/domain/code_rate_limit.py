"""When trying return codes has become guessing: failures counted for each part of a code, and for
the school.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil


@dataclass(frozen=True, slots=True)
class CodeLimits:
    """How many failed tries fit into a window: of codes that share a part, and of a school."""

    of_a_code: int
    of_a_school: int
    window: timedelta


@dataclass(frozen=True, slots=True)
class Failures:
    """Failed tries of one part of a code, or of a school, from the first one until `until`."""

    count: int
    until: datetime


def seconds_to_wait(failures: Sequence[Failures], limits: CodeLimits, now: datetime) -> int | None:
    """Calculate the seconds until a code with these failures of its parts is looked up again; None
    when it may be now.
    """
    full = [one.until for one in failures if one.count >= limits.of_a_code and one.until > now]
    return ceil((max(full) - now).total_seconds()) if full else None


def is_under_attack(failures: Failures | None, limits: CodeLimits, now: datetime) -> bool:
    """Tell whether so much is tried at a school that every try is answered later."""
    return failures is not None and failures.count >= limits.of_a_school and failures.until > now
