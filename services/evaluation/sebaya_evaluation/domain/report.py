"""What of the numbers may be shown. A hidden number is hidden, never zero, and does not follow from
the others of the same answer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sebaya_contracts.words import AlertOutcome, CaseTopic, Level, Side
from sebaya_evaluation.domain.counting import ALERT_STEPS, ALERT_WAITS, CASE_WAITS, STAGES
from sebaya_evaluation.domain.feedback import IMPROVED_QUESTION, QUESTIONS
from sebaya_evaluation.domain.tally import SCALE_BOUNDS, WAIT_BOUNDS, Spread, Tally

LEVELS = (Level.AMBER, Level.RED, Level.IMMINENT)
TOPICS = tuple(f"topic/{topic.value}" for topic in CaseTopic)
OUTCOMES = tuple(f"outcome/{outcome.value}" for outcome in AlertOutcome)
QUESTION_NAMES = tuple(
    f"{side.value}/{question.question_id}" for side in Side for question in QUESTIONS[side]
)
WAIT_NAMES = (
    *CASE_WAITS,
    *(f"alert/{level.value}/{wait}" for level in LEVELS for wait in ALERT_WAITS),
)
GIVEN = tuple(f"feedback/{side.value}" for side in Side)
ALERT_CELLS = tuple(f"alert/{level.value}/{step}" for level in LEVELS for step in ALERT_STEPS)

Counts = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Figures:
    """One report. `cells` are counts by name, None where hidden; `measures` (means, quantiles)
    exist only where their count is shown.
    """

    cells: dict[str, int | None] = field(default_factory=dict)
    measures: dict[str, float] = field(default_factory=dict)


def count_cells(strata: Mapping[str, Tally], total: Tally) -> dict[str, int]:
    """Count every cell of a report by name, zeros included, so that its shape says nothing."""
    counts = {name: total.get_count(name) for name in (*STAGES, *ALERT_CELLS, *OUTCOMES, *GIVEN)}
    counts |= {
        name: strata[name.removeprefix("topic/")].get_count("asked")
        if name.removeprefix("topic/") in strata
        else 0
        for name in TOPICS
    }
    counts |= {f"n/{name}": total.answers.get(name, Spread()).n for name in QUESTION_NAMES}
    return counts | {f"n/{name}": total.waits.get(name, Spread()).n for name in WAIT_NAMES}


def compute_figures(
    counts: Counts, total: Tally, smallest: int, hidden: frozenset[str] = frozenset()
) -> Figures:
    """Compute a report under a minimum cell; `hidden` is hidden besides, for the sake of other
    reports.
    """
    covered = suppress(counts, smallest, hidden)
    cells = {name: None if name in covered else count for name, count in counts.items()}
    return Figures(cells, _measures(total, covered))


def suppress(counts: Counts, smallest: int, hidden: frozenset[str] = frozenset()) -> frozenset[str]:
    """Select the cells that must not be shown: the small ones, and those by which a small one could
    be computed.

    Differences between steps of the funnel are how many are still on the way, and shown; how many
    do *not* feel better is a statement about persons, so it is protected like a cell.
    """
    covered = {name for name, count in counts.items() if count < smallest} | hidden
    covered |= _complement(
        counts, smallest, "improved", f"n/{Side.STUDENT.value}/{IMPROVED_QUESTION}"
    )
    covered |= _completed(counts, covered, TOPICS, smallest, total="asked")
    closed = tuple(f"alert/{level.value}/closed" for level in LEVELS)
    # Levels and outcomes add up to the same number of closed alerts, so each gives the other's
    # total away.
    covered |= _completed(counts, covered, closed, smallest)
    covered |= _completed(counts, covered, OUTCOMES, smallest)
    return frozenset(covered)


def _complement(counts: Counts, smallest: int, part: str, whole: str) -> set[str]:
    return {part} if 0 < counts[whole] - counts[part] < smallest else set()


def _completed(
    counts: Counts, covered: set[str], cells: Sequence[str], smallest: int, total: str | None = None
) -> set[str]:
    """Cells of one sum: hide the next smallest until at least two are hidden that together are no
    small number either.
    """
    own = {name for name in cells if name in covered}
    if total is not None and total in covered and not own:
        own.add(min(cells, key=lambda name: counts[name]))
    shown = sorted(
        (name for name in cells if name not in own), key=lambda name: (counts[name], name)
    )
    while own and shown and (len(own) < 2 or sum(counts[name] for name in own) < smallest):
        own.add(shown.pop(0))
    return own


def _measures(total: Tally, covered: frozenset[str]) -> dict[str, float]:
    measures: dict[str, float] = {}
    for names, spreads, bounds in (
        (WAIT_NAMES, total.waits, WAIT_BOUNDS),
        (QUESTION_NAMES, total.answers, SCALE_BOUNDS),
    ):
        for name in names:
            if f"n/{name}" not in covered and name in spreads:
                measures |= _of(name, spreads[name], bounds)
    return measures


def _of(name: str, spread: Spread, bounds: Sequence[int]) -> dict[str, float]:
    found = {"mean": spread.mean}
    if bounds is WAIT_BOUNDS:
        found |= {
            "p50": spread.estimate_quantile(0.5, bounds),
            "p90": spread.estimate_quantile(0.9, bounds),
        }
    return {
        f"{measure}/{name}": round(value, 2)
        for measure, value in found.items()
        if value is not None
    }


def sum_district(
    schools: Sequence[tuple[Counts, Figures]], smallest: int
) -> tuple[dict[str, int], frozenset[str]]:
    """Sum the schools, and list the cells that the sums would give away: the reader may hold every
    school's own report beside them.

    What a school shows is added as it shows it. A sum over hidden cells is shown only if at least
    two schools hide theirs and these are no small number together.
    """
    sums: dict[str, int] = {}
    covered: set[str] = set()
    for name in count_cells({}, Tally()):
        behind = [counts[name] for counts, figures in schools if figures.cells[name] is None]
        sums[name] = sum(behind) + sum(figures.cells[name] or 0 for _, figures in schools)
        if len(behind) == 1 or (behind and sum(behind) < smallest):
            covered.add(name)
    return sums, frozenset(covered)
