"""A release: what had happened at a school before one Monday, as running totals.

It is counted from the facts and their moments alone. So it is the same by whichever request it is
counted first, and the same again after a rebuild or a restore; only what was erased in between is
missing then.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from sebaya_evaluation.domain.facts import Fact
from sebaya_evaluation.domain.feedback import Response
from sebaya_evaluation.domain.happenings import Happening, list_happenings
from sebaya_evaluation.domain.periods import find_month
from sebaya_evaluation.domain.report import QUESTION_NAMES, WAIT_NAMES, Counts
from sebaya_evaluation.domain.spans import Calendar, find_cut, list_months
from sebaya_evaluation.domain.tally import Tally


@dataclass(frozen=True, slots=True)
class Release:
    """The running totals of one school.

    `totals` are by month: what happened from the beginning of its school year to its end, or to the
    release. `spreads` are the waits and answers of a school year, by its first month.
    """

    released_on: date
    zone: str
    smallest: int
    totals: dict[str, dict[str, int]] = field(default_factory=dict)
    spreads: dict[str, Tally] = field(default_factory=dict)

    def count_until(self, month: str) -> Counts:
        """Count from the beginning of a month's school year to its end, or to the release."""
        return self.totals.get(min(month, max(self.totals, default=month)), {})


@dataclass(frozen=True, slots=True)
class ReleasePlan:
    """Which release of a school is counted, and by what."""

    released_on: date
    zone: str
    smallest: int
    calendar: Calendar


def count_release(
    plan: ReleasePlan, facts: Iterable[Fact], responses: Mapping[str, Iterable[Response]]
) -> Release:
    """Count a release from a school's facts and the responses by case."""
    cut = find_cut(plan.released_on, plan.zone)
    months = list_months(plan.released_on, plan.calendar)
    counted: dict[str, Counter[str]] = {month: Counter() for month in months}
    spreads: dict[str, Tally] = {}
    for fact in facts:
        for happening in list_happenings(fact, responses.get(fact.fact_id, ())):
            month = find_month(happening.at, plan.zone)
            if happening.at >= cut or month not in counted:
                continue
            counted[month][happening.name] += 1
            year = plan.calendar.find_first_month(month)
            _spread(spreads.setdefault(year, Tally()), happening)
    totals = _add_up(counted, plan.calendar)
    return Release(plan.released_on, plan.zone, plan.smallest, totals, spreads)


def _add_up(counted: Mapping[str, Counter[str]], calendar: Calendar) -> dict[str, dict[str, int]]:
    totals: dict[str, dict[str, int]] = {}
    running: Counter[str] = Counter()
    for month, counts in counted.items():
        if calendar.find_first_month(month) == month:
            running = Counter()
        running += counts
        totals[month] = dict(sorted(running.items()))
    return totals


def _spread(tally: Tally, happening: Happening) -> None:
    name = happening.name.removeprefix("n/")
    if happening.name in _WAITS:
        tally.add_seconds(name, happening.value)
    elif happening.name in _ANSWERS:
        tally.add_answer(name, happening.value)


_WAITS = frozenset(f"n/{name}" for name in WAIT_NAMES)
_ANSWERS = frozenset(f"n/{name}" for name in QUESTION_NAMES)
