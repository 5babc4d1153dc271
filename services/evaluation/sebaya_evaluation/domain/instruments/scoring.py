"""Answers to a score: one pure function, for every instrument.

An answer that is missing makes a score missing, unless the instrument says from how many answers on
it is prorated. A sentinel answer counts whatever else is missing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor

from sebaya_chassis.base.problems import FieldError, Invalid
from sebaya_contracts.words import Level
from sebaya_evaluation.domain.instruments.instrument import (
    Adds,
    Classification,
    Instrument,
    Item,
    Method,
    Subscale,
    Syndrome,
    Total,
)


@dataclass(frozen=True, slots=True)
class Score:
    """A score and its classes; None and no class where too few items were answered."""

    value: float | None
    prorated: bool
    missing: tuple[str, ...]
    classes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SentinelAnswer:
    """An answer that needs a human."""

    item_id: str
    option_id: str
    level: Level


@dataclass(frozen=True, slots=True)
class Scored:
    """All that follows from one person's answers. `total` is None for an instrument without one."""

    total: Score | None
    subscales: Mapping[str, Score]
    syndromes: tuple[str, ...]
    sentinels: tuple[SentinelAnswer, ...]

    @property
    def level(self) -> Level:
        """Return the highest level of the sentinel answers."""
        return max((sentinel.level for sentinel in self.sentinels), default=Level.NONE)


def score_answers(
    instrument: Instrument, answers: Mapping[str, str], age: int | None = None
) -> Scored:
    """Score answers, as option ids by item id, of a person of that age in whole years.

    Raises Invalid that names every item and option that the instrument does not have, and an age
    for which it is not made.
    """
    _ensure_known(instrument, answers, age)
    values = {
        item.item_id: instrument.find_values(item)[answers[item.item_id]]
        for item in instrument.items
        if item.item_id in answers
    }
    subscales = {
        subscale.subscale_id: _score_subscale(instrument, subscale, values, age)
        for subscale in instrument.subscales
    }
    total = instrument.total
    return Scored(
        None if total is None else _score_total(instrument, total, values, subscales, age),
        subscales,
        tuple(
            syndrome.syndrome_id for syndrome in instrument.syndromes if _is_met(syndrome, values)
        ),
        tuple(
            SentinelAnswer(
                item.item_id, answers[item.item_id], item.sentinel[answers[item.item_id]]
            )
            for item in instrument.items
            if answers.get(item.item_id) in item.sentinel
        ),
    )


def _ensure_known(instrument: Instrument, answers: Mapping[str, str], age: int | None) -> None:
    errors = []
    if age is not None and not _holds(instrument, age):
        says = f"{instrument.instrument_id} is not made for the age of {age}"
        errors.append(FieldError(field="age", message=says))
    for item_id, option_id in answers.items():
        item = instrument.find_item(item_id)
        if item is None:
            says = f"{instrument.instrument_id} has no item {item_id!r}"
        elif option_id not in (known := instrument.find_values(item)):
            says = f"{option_id!r} is no option of it; the options are {', '.join(known)}"
        else:
            continue
        errors.append(FieldError(field=f"answers.{item_id}", message=says))
    if errors:
        raise Invalid(errors=errors)


def _score_subscale(
    instrument: Instrument, subscale: Subscale, values: Mapping[str, int], age: int | None
) -> Score:
    value, missing = _combine(subscale.items, values, subscale.method, subscale.least_answered)
    return Score(
        value,
        value is not None and bool(missing),
        missing,
        _classify(instrument.classes, subscale.subscale_id, value, age),
    )


def _score_total(
    instrument: Instrument,
    total: Total,
    values: Mapping[str, int],
    subscales: Mapping[str, Score],
    age: int | None,
) -> Score:
    if total.adds is Adds.SUBSCALES:
        parts = [
            subscales[subscale.subscale_id]
            for subscale in instrument.subscales
            if subscale.in_total
        ]
        known = [part.value for part in parts if part.value is not None]
        raw = sum(known) if len(known) == len(parts) else None
        missing = tuple(item for part in parts for item in part.missing)
    else:
        items = [item.item_id for item in instrument.items if item.summed]
        raw, missing = _combine(items, values, total.method, total.least_answered)
    value = None if raw is None else _stretch(instrument, total, raw)
    prorated = value is not None and bool(missing)
    return Score(value, prorated, missing, _classify(instrument.classes, "", value, age))


def _combine(
    items: Sequence[str], values: Mapping[str, int], method: Method, least: int | None
) -> tuple[float | None, tuple[str, ...]]:
    """Sum or mean of what was answered, and what was not.

    A prorated sum is the mean times the number of items, rounded half up, since cut-offs stand
    between whole numbers (the SDQ's rule: sdqinfo.org, scoring).
    """
    answered = [values[item] for item in items if item in values]
    missing = tuple(item for item in items if item not in values)
    if not answered or len(answered) < (len(items) if least is None else least):
        return None, missing
    mean = sum(answered) / len(answered)
    if method is Method.MEAN:
        return mean, missing
    if not missing:
        return float(sum(answered)), missing
    return float(floor(sum(answered) * len(items) / len(answered) + 0.5)), missing


def _stretch(instrument: Instrument, total: Total, raw: float) -> float:
    if total.table:
        return total.table[int(raw) - find_range(instrument, total)[0]]
    return raw * total.multiply


def find_range(instrument: Instrument, total: Total) -> tuple[int, int]:
    """Find the lowest and the highest raw sum of a total."""
    chosen = _list_items(instrument, total)
    ends = [instrument.find_values(item).values() for item in chosen]
    return sum(min(one) for one in ends), sum(max(one) for one in ends)


def _list_items(instrument: Instrument, total: Total) -> list[Item]:
    if total.adds is Adds.ITEMS:
        return [item for item in instrument.items if item.summed]
    counted = {name for one in instrument.subscales if one.in_total for name in one.items}
    return [item for item in instrument.items if item.item_id in counted]


def _classify(
    classes: Sequence[Classification], of: str, value: float | None, age: int | None
) -> dict[str, str]:
    if value is None:
        return {}
    found: dict[str, str] = {}
    # Those without ages first, so that those of the person's age come after and win.
    for one in sorted((one for one in classes if one.of == of), key=_has_ages):
        if not _has_ages(one) or (age is not None and _holds(one, age)):
            found[one.class_id] = _find_band(one, value)
    return found


def _has_ages(one: Classification) -> bool:
    return one.youngest is not None or one.oldest is not None


def _holds(one: Classification | Instrument, age: int) -> bool:
    return (one.youngest is None or one.youngest <= age) and (
        one.oldest is None or age <= one.oldest
    )


def _find_band(one: Classification, value: float) -> str:
    return next(band.band_id for band in reversed(one.bands) if value >= band.least)


def _is_met(syndrome: Syndrome, values: Mapping[str, int]) -> bool:
    present = {item for item, least in syndrome.thresholds.items() if values.get(item, 0) >= least}
    return (
        len(present) >= syndrome.least
        and not present.isdisjoint(syndrome.core)
        and values.get(syndrome.impaired_item, 0) >= syndrome.impaired_from
    )
