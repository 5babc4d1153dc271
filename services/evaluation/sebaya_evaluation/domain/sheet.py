"""A sheet: one student's answers to one instrument in one wave, with what they score."""

from dataclasses import dataclass, field

from sebaya_contracts.words import Wave
from sebaya_evaluation.domain.instruments.instrument import Instrument, Method, Total
from sebaya_evaluation.domain.instruments.scoring import Scored, find_range

# Scores are kept in this part of a point: means of up to ten items, and tables with two decimals,
# are whole numbers of it, so that sums are the same in every order.
PARTS_OF_POINT = 12_600
TOTAL = "total"


@dataclass(frozen=True, slots=True)
class Sheet:
    """Answers as option ids by item id; `scores` by subscale, or `total`, in parts of a point.

    The scores are those of the instrument's version, which no later version changes.
    """

    wave: Wave
    instrument_id: str
    version: int
    answers: dict[str, str] = field(default_factory=dict)
    scores: dict[str, int] = field(default_factory=dict)


def list_parts(instrument: Instrument) -> tuple[str, ...]:
    """List the names of an instrument's scores."""
    parts = tuple(one.subscale_id for one in instrument.subscales)
    return parts if instrument.total is None else (*parts, TOTAL)


def find_reach(instrument: Instrument, part: str) -> float:
    """Find how far the lowest and the highest value of a score lie apart, in points."""
    if part == TOTAL and instrument.total is not None:
        return _find_reach_of_total(instrument, instrument.total)
    subscale = next(one for one in instrument.subscales if one.subscale_id == part)
    ends = [
        max(values) - min(values)
        for item in instrument.items
        if item.item_id in subscale.items
        for values in [instrument.find_values(item).values()]
    ]
    return sum(ends) / (len(ends) if subscale.method is Method.MEAN else 1)


def _find_reach_of_total(instrument: Instrument, total: Total) -> float:
    if total.table:
        return total.table[-1] - total.table[0]
    low, high = find_range(instrument, total)
    return (high - low) * total.multiply


def find_scores(scored: Scored) -> dict[str, int]:
    """Find the scores in parts of a point; a score that is missing has no entry."""
    scores = dict(scored.subscales)
    if scored.total is not None:
        scores[TOTAL] = scored.total
    return {
        name: round(score.value * PARTS_OF_POINT)
        for name, score in scores.items()
        if score.value is not None
    }
