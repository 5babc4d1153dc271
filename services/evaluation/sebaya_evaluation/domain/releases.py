"""A release: what had happened at a school before one Monday, as running totals.

It is counted from the facts and their moments alone. So it is the same by whichever request it is
counted first, and the same again after a rebuild or a restore; only what was erased in between is
missing then.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from sebaya_evaluation.domain.facts import Fact
from sebaya_evaluation.domain.feedback import Response
from sebaya_evaluation.domain.happenings import Happening, list_happenings
from sebaya_evaluation.domain.instruments.instrument import Instrument
from sebaya_evaluation.domain.periods import find_month
from sebaya_evaluation.domain.report import QUESTION_NAMES, WAIT_NAMES, Counts
from sebaya_evaluation.domain.spans import Calendar, find_cut, list_months
from sebaya_evaluation.domain.tally import Tally
from sebaya_evaluation.domain.told_changes import (
    ToldChange,
    YearScores,
    list_counted,
    list_dated_pairs,
    list_dated_scores,
)


@dataclass(frozen=True, slots=True)
class Release:
    """The running totals of one school.

    `totals` are by month: what happened from the beginning of its school year to its end, or to the
    release. `spreads` are the waits and answers of a school year, by its first month. `asked` are
    the names that are counted for the instruments that the school asks, `changes` what is told of
    them in a school year.
    """

    released_on: date
    zone: str
    smallest: int
    totals: dict[str, dict[str, int]] = field(default_factory=dict)
    spreads: dict[str, Tally] = field(default_factory=dict)
    asked: tuple[str, ...] = ()
    changes: dict[str, dict[str, ToldChange]] = field(default_factory=dict)

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
    instruments: tuple[Instrument, ...] = ()


def count_release(
    plan: ReleasePlan, facts: Iterable[Fact], responses: Mapping[str, Iterable[Response]]
) -> Release:
    """Count a release from a school's facts and the responses by case."""
    counted: dict[str, Counter[str]] = {
        month: Counter() for month in list_months(plan.released_on, plan.calendar)
    }
    spreads: dict[str, Tally] = {}
    scores: dict[str, YearScores] = defaultdict(YearScores)
    place = _Placing(plan, counted.keys())
    for fact in facts:
        own = tuple(responses.get(fact.fact_id, ()))
        for happening in list_happenings(fact, own):
            if (month := place.find_month(happening.at)) is not None:
                counted[month][happening.name] += 1
                _spread(spreads.setdefault(place.find_year(month), Tally()), happening)
        for pair in list_dated_pairs(fact, own):
            if (month := place.find_month(pair.at)) is not None:
                counted[month][f"pair/{pair.name}"] += 1
                scores[place.find_year(month)].pairs.setdefault(pair.name, []).append(pair)
        for wave, name, score in list_dated_scores(fact, own):
            if (month := place.find_month(score.at)) is not None:
                scores[place.find_year(month)].add(wave, name, score)
    return Release(
        plan.released_on,
        plan.zone,
        plan.smallest,
        _add_up(counted, plan.calendar),
        spreads,
        list_counted(plan.instruments),
        {year: one.tell(plan.instruments, plan.smallest) for year, one in sorted(scores.items())},
    )


class _Placing:
    """Finds the months of what happened before the release, and their school years."""

    def __init__(self, plan: ReleasePlan, months: Collection[str]) -> None:
        self._plan = plan
        self._months = months
        self._cut = find_cut(plan.released_on, plan.zone)

    def find_month(self, moment: datetime) -> str | None:
        month = find_month(moment, self._plan.zone)
        return month if moment < self._cut and month in self._months else None

    def find_year(self, month: str) -> str:
        return self._plan.calendar.find_first_month(month)


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
