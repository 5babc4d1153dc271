"""The whole check of an instrument's file: the instrument, or every fault at once with its line."""

from collections.abc import Mapping
from dataclasses import dataclass

from sebaya_chassis.web.district_file.fault import Fault, Path
from sebaya_chassis.web.district_file.shape import StructReader
from sebaya_chassis.web.district_file.tree import NotReadable, Tree, parse_tree
from sebaya_evaluation.domain.instruments.instrument import Instrument
from sebaya_evaluation.domain.instruments.lineage import list_breaks
from sebaya_evaluation.domain.instruments.rules import list_breaches

NOTHING: Mapping[str, Instrument] = {}


@dataclass(frozen=True, slots=True)
class CheckedInstrument:
    """The instrument of a file; None where there is a fault."""

    instrument: Instrument | None
    faults: tuple[Fault, ...]


def check_instrument(
    content: str | bytes, shipped: Mapping[str, Instrument] = NOTHING
) -> CheckedInstrument:
    """Check the content of an instrument's file, also against those that ship, by their ids."""
    faults: list[Fault] = []
    try:
        tree = parse_tree(content, faults)
    except NotReadable as refused:
        return CheckedInstrument(None, (refused.fault,))
    if tree is None:
        return CheckedInstrument(None, (Fault(1, "", "", "", "the file is empty"),))
    instrument = _read(tree, shipped, faults)
    ordered = sorted(dict.fromkeys(faults), key=lambda fault: fault.line)
    return CheckedInstrument(None if ordered else instrument, tuple(ordered))


def _read(tree: Tree, shipped: Mapping[str, Instrument], faults: list[Fault]) -> Instrument | None:
    reader = StructReader("", Instrument)
    instrument = reader.read(tree)
    if instrument is not None:
        broken = frozenset(reader.broken)
        for path, says in list_breaches(instrument, broken):
            _note(reader, broken, path, says)
        origin = shipped.get(instrument.instrument_id)
        if origin is not None and not broken:
            for path, says in list_breaks(instrument, origin):
                _note(reader, broken, path, says)
    faults += reader.faults
    return instrument


def _note(reader: StructReader[Instrument], broken: frozenset[Path], path: Path, says: str) -> None:
    """Note a fault, unless it only follows from one of the field's own."""
    if not any(path[: len(one)] == one for one in broken):
        reader.note(path, says, read=reader.find(path).text)
