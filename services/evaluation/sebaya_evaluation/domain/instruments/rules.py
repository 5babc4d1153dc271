"""What the types of an instrument cannot say: names that lead nowhere, cut-offs that leave gaps,
half a translation, and a licence that is missing.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from sebaya_chassis.web.district_file.fault import Path, guess, quote
from sebaya_contracts.words import Level
from sebaya_evaluation.domain.instruments.instrument import (
    Adds,
    Classification,
    Instrument,
    Method,
    Subscale,
    Terms,
    Texts,
)
from sebaya_evaluation.domain.instruments.scoring import find_range

HOLDERS = {
    "swemwbs": "NHS Health Scotland and the Universities of Warwick and Edinburgh (registration)",
    "wemwbs": "NHS Health Scotland and the Universities of Warwick and Edinburgh (registration)",
    "sdq": "Youth in Mind (no electronic version without its licence)",
    "csq-8": "CSQ Scales (written permission and a fee for each use)",
    "ors": "the scale's publisher",
    "srs": "the scale's publisher",
}
"""Instruments that only load with a tenant's licence record, by the beginning of their id."""

Breaches = Iterator[tuple[Path, str]]


def list_breaches(instrument: Instrument, broken: frozenset[Path]) -> Breaches:
    """List every rule that an instrument does not keep, with its path.

    Where one of its parts is `broken`, what would be computed from that part is left out.
    """
    yield from _list_twice(instrument)
    yield from _list_lost_names(instrument)
    if not any(path[0] in {"licence", "instrument_id"} for path in broken):
        yield from _list_licence_faults(instrument)
    yield from _list_text_faults(instrument)
    if not any(path[0] in {"items", "scales", "subscales", "total"} for path in broken):
        yield from _list_score_faults(instrument)


def _list_twice(instrument: Instrument) -> Breaches:
    yield from _repeated(("items",), "item_id", [one.item_id for one in instrument.items])
    subscales = [one.subscale_id for one in instrument.subscales]
    yield from _repeated(("subscales",), "subscale_id", subscales)
    for name, options in (instrument.scales or {}).items():
        ids = [option.option_id for option in options]
        yield from _repeated(("scales", name), "option_id", ids)
        if len(ids) == 1:
            yield ("scales", name), "needs at least two options"
    applies = [(one.class_id, one.of, one.youngest, one.oldest) for one in instrument.classes]
    for place, one in enumerate(applies):
        if one in applies[:place]:
            yield ("classes", place, "class_id"), f"{quote(one[0])} is there twice for these ages"


def _repeated(at: Path, field: str, names: Sequence[str]) -> Breaches:
    counted = Counter(names)
    for place, name in enumerate(names):
        if name and counted[name] > 1 and name in names[:place]:
            yield (*at, place, field), f"{quote(name)} is there twice"


def _list_lost_names(instrument: Instrument) -> Breaches:
    items = [item.item_id for item in instrument.items]
    scales = instrument.scales or {}
    for place, item in enumerate(instrument.items):
        if item.scale not in scales:
            yield ("items", place, "scale"), _lost("scale", item.scale, scales)
            continue
        options = [option.option_id for option in scales[item.scale]]
        for option, level in (item.sentinel or {}).items():
            path = ("items", place, "sentinel", option)
            if option not in options:
                yield path, _lost("option", option, options)
            if level is Level.NONE:
                yield path, "raises nothing; leave it out"
    for place, subscale in enumerate(instrument.subscales):
        for at, name in enumerate(subscale.items or ()):
            if name not in items:
                yield ("subscales", place, "items", at), _lost("item", name, items)
    for place, one in enumerate(instrument.syndromes):
        named = [("thresholds", name) for name in one.thresholds or {}]
        named += [("impaired_item", one.impaired_item), *(("core", name) for name in one.core)]
        for field, name in named:
            if name not in items:
                yield ("syndromes", place, field), _lost("item", name, items)


def _lost(kind: str, name: str, known: Iterable[str]) -> str:
    known = list(known)
    meant = guess(name, known) or f"; there are {', '.join(known)}"
    return f"there is no {kind} {quote(name)}{meant}"


def _list_licence_faults(instrument: Instrument) -> Breaches:
    licence = instrument.licence
    holder = next(
        (says for name, says in HOLDERS.items() if _is_of(instrument.instrument_id, name)), None
    )
    if holder is not None and licence.terms is not Terms.RESTRICTED:
        says = (
            f"{quote(instrument.instrument_id)} is `restricted`; its licence is given by {holder}"
        )
        yield ("licence", "terms"), says
    elif licence.terms is Terms.RESTRICTED and licence.record is None:
        whom = f", given by {holder}" if holder else ""
        yield ("licence", "record"), f"is missing: your own licence{whom}"
    if licence.terms is Terms.OWN and instrument.validated:
        yield ("validated",), "own items are not validated: write `validated: false`"


def _is_of(instrument_id: str, name: str) -> bool:
    return instrument_id == name or instrument_id.startswith(f"{name}-")


def _list_text_faults(instrument: Instrument) -> Breaches:
    """A translation is whole or not there, and says where it comes from."""
    places = list(_list_texts(instrument))
    used = sorted({language for _, text in places for language in text or {}})
    for language in used:
        if language not in (instrument.texts_from or {}):
            says = f"does not say where the texts in {quote(language)} come from"
            yield ("texts_from",), says
        for path, text in places:
            if text is not None and language not in text:
                yield path, f"has no text in {quote(language)}, and others do"


def _list_texts(instrument: Instrument) -> Iterator[tuple[Path, Texts]]:
    for place, item in enumerate(instrument.items):
        yield ("items", place, "text"), item.text
    for name, options in (instrument.scales or {}).items():
        for place, option in enumerate(options):
            yield ("scales", name, place, "text"), option.text
    if instrument.instruction:
        yield ("instruction",), instrument.instruction


def _list_score_faults(instrument: Instrument) -> Breaches:
    if any(item.scale not in instrument.scales for item in instrument.items):
        return
    if instrument.total is None and not instrument.subscales:
        yield ("total",), "there is neither a total nor a subscale: nothing is scored"
    for place, subscale in enumerate(instrument.subscales):
        least = subscale.least_answered
        if least is not None and least > len(subscale.items):
            yield ("subscales", place, "least_answered"), f"there are {len(subscale.items)} items"
    yield from _list_total_faults(instrument)
    for place, one in enumerate(instrument.classes):
        yield from _list_class_faults(instrument, ("classes", place), one)


def _list_total_faults(instrument: Instrument) -> Breaches:
    total = instrument.total
    if total is None:
        return
    summed = [item for item in instrument.items if item.summed]
    if total.adds is Adds.ITEMS and not summed:
        yield ("total",), "no item is summed"
    if total.adds is Adds.SUBSCALES and not any(one.in_total for one in instrument.subscales):
        yield ("total", "adds"), "there is no subscale `in_total`"
    if total.least_answered is not None and total.least_answered > len(summed):
        yield ("total", "least_answered"), f"there are {len(summed)} items"
    lowest, highest = find_range(instrument, total)
    if total.table and len(total.table) != highest - lowest + 1:
        says = f"has {len(total.table)} scores; the raw sums {lowest} to {highest} need "
        yield ("total", "table"), f"{says}{highest - lowest + 1}"


def _list_class_faults(instrument: Instrument, at: Path, one: Classification) -> Breaches:
    subscales = {subscale.subscale_id: subscale for subscale in instrument.subscales}
    if one.of and one.of not in subscales:
        yield (*at, "of"), _lost("subscale", one.of, subscales)
        return
    if not one.of and instrument.total is None:
        yield (*at, "of"), "there is no total: name a subscale"
        return
    if one.youngest is not None and one.oldest is not None and one.youngest > one.oldest:
        yield (*at, "oldest"), "is younger than `youngest`"
    bands = [band for band in one.bands if band.least is not None]
    for place, (before, band) in enumerate(pairwise(bands), start=1):
        if band.least <= before.least:
            yield (*at, "bands", place, "least"), "is not above the band before it"
    lowest = _find_lowest(instrument, subscales.get(one.of))
    if bands and bands[0].least > lowest:
        says = f"leaves scores from {lowest:g} without a class"
        yield (*at, "bands", 0, "least"), says


def _find_lowest(instrument: Instrument, subscale: Subscale | None) -> float:
    """The lowest score of a subscale, or of the total."""
    total = instrument.total
    if subscale is None:
        if total is None:
            return 0.0
        lowest = find_range(instrument, total)[0]
        return min(total.table) if total.table else lowest * total.multiply
    found = [item for name in subscale.items if (item := instrument.find_item(name))]
    ends = [min(instrument.find_values(item).values()) for item in found] or [0]
    return sum(ends) / (len(ends) if subscale.method is Method.MEAN else 1)
