"""What readers are told of a change: an effect of whole groups of the minimum cell, rounded.

Why nothing of a student follows is told in docs/decisions/0031-changes-of-whole-groups.md.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil, floor
from typing import Protocol, TypeVar

from sebaya_contracts.words import Wave
from sebaya_evaluation.domain.effects import Change, compare_sums, measure_pairs
from sebaya_evaluation.domain.facts import About, Fact
from sebaya_evaluation.domain.feedback import Response
from sebaya_evaluation.domain.instruments.instrument import Instrument
from sebaya_evaluation.domain.scored import AFTER, BEFORE, Pair, list_pairs, name_wave
from sebaya_evaluation.domain.sheet import find_reach, list_parts
from sebaya_evaluation.domain.tally import PairSums, Sums

# So many groups of the minimum cell are behind an effect at least.
FEWEST_GROUPS = 4
# A difference is told between steps of this part of the scale; where a step would tell too much of
# the ends of the scale, it is left out.
STEPS = 8
# An effect is told where scores are spread as they commonly are, between these parts of the scale,
# and up to this size; what lies beyond tells that nearly all gave the same answers.
LEAST_SPREAD, MOST_SPREAD, MOST_TOLD = 1 / 8, 3 / 8, 1.4
DIGITS = 10
"""Effects and the ends of their intervals are told in tenths."""


@dataclass(frozen=True, slots=True)
class ToldEffect:
    """Hedges' g in tenths, from `least` to `most`, and a 95 % interval that holds it.

    Of one school `least` and `most` are the same.
    """

    least: float
    most: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ToldChange:
    """The difference of the means in points, at least `low` and less than `high` (or the end of the
    scale itself), and the effects: of the same people, and of all before and all after.
    """

    low: float
    high: float
    paired: ToldEffect
    unpaired: ToldEffect | None = None


class _Dated(Protocol):
    @property
    def at(self) -> datetime: ...


@dataclass(frozen=True, slots=True, order=True)
class DatedScore:
    """One score, and when it was given."""

    at: datetime
    value: int


DatedT = TypeVar("DatedT", bound=_Dated)


def name_pair(instrument_id: str, part: str) -> str:
    """Name the count of students that have a score before and after."""
    return f"pair/{instrument_id}/{part}"


def list_counted(instruments: Iterable[Instrument]) -> tuple[str, ...]:
    """List the names of what is counted in bands for these instruments."""
    return tuple(
        name
        for one in instruments
        for name in (
            *(name_wave(one.instrument_id, wave) for wave in Wave),
            *(name_pair(one.instrument_id, part) for part in list_parts(one)),
        )
    )


@dataclass(slots=True)
class YearScores:
    """The scores of one school year: of pairs, and of the waves before and after."""

    pairs: dict[str, list[Pair]] = field(default_factory=dict)
    before: dict[str, list[DatedScore]] = field(default_factory=dict)
    after: dict[str, list[DatedScore]] = field(default_factory=dict)

    def add(self, wave: Wave, name: str, score: DatedScore) -> None:
        """Add a score of a wave, where the change is measured from it or to it."""
        for own, kept in ((BEFORE, self.before), (AFTER, self.after)):
            if wave is own:
                kept.setdefault(name, []).append(score)

    def tell(self, instruments: Iterable[Instrument], smallest: int) -> dict[str, ToldChange]:
        """Tell the changes that are behind enough students, by `<instrument>/<part>`."""
        told = {}
        for instrument in instruments:
            for part in list_parts(instrument):
                name = f"{instrument.instrument_id}/{part}"
                change = self._tell(name, find_reach(instrument, part), smallest)
                if change is not None:
                    told[name] = change
        return told

    def _tell(self, name: str, reach: float, smallest: int) -> ToldChange | None:
        pairs = PairSums()
        for pair in _whole_groups(self.pairs.get(name, ()), smallest):
            pairs.add(pair.before, pair.after)
        change = measure_pairs(pairs)
        if change is None or not _may_tell(change, pairs.before.n, reach, smallest):
            return None
        before = _sum(_whole_groups(self.before.get(name, ()), smallest))
        after = _sum(_whole_groups(self.after.get(name, ()), smallest))
        others = compare_sums(before, after)
        fewest = min(before.n, after.n)
        unpaired = (
            tell_effect(others)
            if others is not None and _may_tell(others, fewest, reach, smallest)
            else None
        )
        low, high = tell_difference(change.difference, pairs.before.n, reach, smallest)
        return ToldChange(low, high, tell_effect(change), unpaired)


def list_dated_pairs(fact: Fact, responses: Iterable[Response]) -> Iterator[Pair]:
    """List the pairs of a case; of an erased one none."""
    if fact.about is About.CASE and not fact.erased:
        yield from list_pairs(response for response in responses if not response.erased)


def list_dated_scores(
    fact: Fact, responses: Iterable[Response]
) -> Iterator[tuple[Wave, str, DatedScore]]:
    """List the scores of a case with their waves and `<instrument>/<part>`; of an erased one
    none.
    """
    if fact.about is not About.CASE or fact.erased:
        return
    for one in responses:
        if one.sheet is not None and one.given_at is not None:
            for part, value in one.sheet.scores.items():
                name = f"{one.sheet.instrument_id}/{part}"
                yield one.sheet.wave, name, DatedScore(one.given_at, value)


def _whole_groups(found: Sequence[DatedT], smallest: int) -> Sequence[DatedT]:
    """The first ones by time, as many whole groups of the minimum cell as there are."""
    ordered = sorted(found, key=lambda one: (one.at, repr(one)))
    return ordered[: len(ordered) - len(ordered) % smallest]


def _sum(scores: Iterable[DatedScore]) -> Sums:
    sums = Sums()
    for score in scores:
        sums.add(score.value)
    return sums


def _may_tell(change: Change, number: int, reach: float, smallest: int) -> bool:
    return (
        number >= FEWEST_GROUPS * smallest
        and LEAST_SPREAD <= change.spread / reach <= MOST_SPREAD
        and abs(change.effect.g) <= MOST_TOLD
    )


def tell_effect(change: Change) -> ToldEffect:
    """Round an effect to tenths, and its interval outwards."""
    effect = change.effect
    g = round(effect.g * DIGITS) / DIGITS + 0.0
    low, high = floor(effect.low * DIGITS) / DIGITS, ceil(effect.high * DIGITS) / DIGITS
    return ToldEffect(g, g, low, high)


def tell_difference(
    difference: float, number: int, reach: float, smallest: int
) -> tuple[float, float]:
    """Find between which steps a difference lies.

    As with means: a step is used where, whichever side of it the difference is on, any number of
    students under the minimum cell may have changed by the whole scale.
    """
    step = reach / STEPS
    steps = [
        at * step
        for at in range(1 - STEPS, STEPS)
        if (reach - abs(at * step)) / (2 * reach) * number >= smallest - 1
    ]
    low = max((one for one in steps if one <= difference), default=-reach)
    high = min((one for one in steps if one > difference), default=reach)
    return low, high


def combine_changes(told: Sequence[ToldChange]) -> ToldChange:
    """Combine what schools are told: from the lowest to the highest of them."""
    unpaired = [one.unpaired for one in told if one.unpaired is not None]
    return ToldChange(
        min(one.low for one in told),
        max(one.high for one in told),
        _combine_effects([one.paired for one in told]),
        _combine_effects(unpaired) if unpaired else None,
    )


def _combine_effects(told: Sequence[ToldEffect]) -> ToldEffect:
    return ToldEffect(
        min(one.least for one in told),
        max(one.most for one in told),
        min(one.low for one in told),
        max(one.high for one in told),
    )
