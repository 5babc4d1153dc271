"""What a reader gets of the numbers: counts in bands, waits and answers as far as they tell of
enough students.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sebaya_contracts.words import AlertOutcome, CaseTopic, Level, Side
from sebaya_evaluation.domain.bands import NOTHING, Band, find_band
from sebaya_evaluation.domain.counting import ALERT_WAITS, CASE_WAITS, STAGES
from sebaya_evaluation.domain.feedback import IMPROVED_QUESTION, QUESTIONS, SCALE
from sebaya_evaluation.domain.tally import WAIT_BOUNDS, Spread
from sebaya_evaluation.domain.told_changes import ToldChange, combine_changes

LEVELS = (Level.AMBER, Level.RED, Level.IMMINENT)
# A closed alert counts under its outcome: counted under its level as well, the same alerts would
# stand in two tables, and each would tell of the other's hidden cells.
ALERT_STEPS = ("raised", "acknowledged", "contacted")
# Never counted in a band of its own: it is what the other topics leave of all requests, so that the
# sum of the topics never tells of a hidden one.
REST = f"topic/{CaseTopic.OTHER.value}"
TOPICS = tuple(f"topic/{topic.value}" for topic in CaseTopic if topic is not CaseTopic.OTHER)
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
COUNTED = (
    *STAGES,
    *TOPICS,
    *ALERT_CELLS,
    *OUTCOMES,
    *GIVEN,
    *(f"n/{name}" for name in (*QUESTION_NAMES, *WAIT_NAMES)),
)
# How many feel better is told by its own count; the mean of the same answers would narrow it.
WITHOUT_MEAN = f"{Side.STUDENT.value}/{IMPROVED_QUESTION}"
HALF, NINE_IN_TEN = 0.5, 0.9
MEAN_STEP = 0.5

Counts = Mapping[str, int]
Bands = Mapping[str, Band]
# A school year begins with nothing, and that is no secret.
BEFORE_ANYTHING: Bands = dict.fromkeys(COUNTED, NOTHING)


@dataclass(frozen=True, slots=True)
class Within:
    """A quantile of a wait, in seconds: longer than `above`, at most `within` (None: no end)."""

    above: int
    within: int | None


@dataclass(frozen=True, slots=True)
class MeanBetween:
    """A mean on the scale from 1 to 5: at least `low`, below `high` (or 5 itself)."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Figures:
    """One report. `bands` are by name, `quantiles` by wait and share, `means` by question; where
    there is too little to tell, there is none.
    """

    bands: dict[str, Band] = field(default_factory=dict)
    quantiles: dict[tuple[str, float], Within] = field(default_factory=dict)
    means: dict[str, MeanBetween] = field(default_factory=dict)
    changes: dict[str, ToldChange] = field(default_factory=dict)


def find_bands(counts: Counts, smallest: int, asked: Sequence[str] = ()) -> dict[str, Band]:
    """Find the bands of a school's running totals; `asked` are names of its instruments."""
    return {name: find_band(counts.get(name, 0), smallest) for name in (*COUNTED, *asked)}


def subtract_bands(until: Bands, before: Bands) -> dict[str, Band]:
    """Find what happened between two running totals, and the topic that is left over."""
    found = {name: band.minus(before.get(name, NOTHING)) for name, band in until.items()}
    topics = sum((found[name] for name in TOPICS), start=NOTHING)
    return found | {REST: found["asked"].minus(topics)}


def find_quantiles(
    spreads: Mapping[str, Spread], until: Bands, smallest: int
) -> dict[tuple[str, float], Within]:
    """Find the quantiles of waits that are behind enough waits.

    `until` tells how many there are: of that many, any number under the minimum cell must be able
    to lie on either side of a quantile.
    """
    return {
        (name, share): _bucket(spread.find_quantile(share))
        for name, spread in spreads.items()
        for share in (HALF, NINE_IN_TEN)
        if _is_enough(until[f"n/{name}"], 1 - share, smallest)
    }


def _bucket(index: int) -> Within:
    return Within(
        above=WAIT_BOUNDS[index - 1] if index else 0,
        within=WAIT_BOUNDS[index] if index < len(WAIT_BOUNDS) else None,
    )


def find_means(
    spreads: Mapping[str, Spread], until: Bands, smallest: int
) -> dict[str, MeanBetween]:
    """Find between which steps of half a point the means lie.

    A step is only used where, whichever side of it the mean is on, each answer of the scale may
    still have been given any number of times under the minimum cell.
    """
    means: dict[str, MeanBetween] = {}
    for name, spread in spreads.items():
        number = until[f"n/{name}"]
        steps = _usable_steps(number, smallest)
        if name == WITHOUT_MEAN or number.low < smallest or not steps:
            continue
        mean = spread.total / spread.n
        low = max((step for step in steps if step <= mean), default=float(SCALE[0]))
        high = min((step for step in steps if step > mean), default=float(SCALE[-1]))
        means[name] = MeanBetween(low, high)
    return means


def _usable_steps(number: Band, smallest: int) -> list[float]:
    lowest, highest = SCALE[0], SCALE[-1]
    steps = [lowest + MEAN_STEP * n for n in range(1, round((highest - lowest) / MEAN_STEP))]
    return [
        step
        for step in steps
        if _is_enough(number, min(step - lowest, highest - step) / (highest - lowest), smallest)
    ]


def _is_enough(number: Band, share: float, smallest: int) -> bool:
    """Tell whether a share of a number may be anything under the minimum cell."""
    return number.low >= smallest and share * number.high >= smallest - 1


def combine(schools: Sequence[Figures]) -> Figures:
    """Combine what schools are told of into what a district is told of, and nothing more.

    Counts are the sums of the schools' bands. Waits, means and changes reach from the lowest to the
    highest of the schools that tell theirs.
    """
    asked = dict.fromkeys(name for one in schools for name in one.bands)
    bands = {
        name: sum((one.bands.get(name, NOTHING) for one in schools), start=NOTHING)
        for name in (*COUNTED, REST, *asked)
    }
    quantiles = {
        key: _span_quantiles([one.quantiles[key] for one in schools if key in one.quantiles])
        for key in {key for one in schools for key in one.quantiles}
    }
    means = {
        name: _span_means([one.means[name] for one in schools if name in one.means])
        for name in {name for one in schools for name in one.means}
    }
    changes = {
        name: combine_changes([one.changes[name] for one in schools if name in one.changes])
        for name in sorted({name for one in schools for name in one.changes})
    }
    return Figures(bands, quantiles, means, changes)


def _span_quantiles(told: Sequence[Within]) -> Within:
    ends = [one.within for one in told]
    slowest = None if None in ends else max(end for end in ends if end is not None)
    return Within(min(one.above for one in told), slowest)


def _span_means(told: Sequence[MeanBetween]) -> MeanBetween:
    return MeanBetween(min(one.low for one in told), max(one.high for one in told))
