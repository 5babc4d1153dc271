"""What a tenant's copy of a shipped instrument may not change: rules and sentinel items."""

from collections.abc import Iterator
from typing import Any

import msgspec

from sebaya_chassis.web.district_file.fault import Path
from sebaya_evaluation.domain.instruments.instrument import Instrument

# What a tenant adds to the rules: words, where they come from, and the leave to use them.
_OF_TENANT = ("title", "instruction", "text", "texts_from", "licence")


def list_breaks(own: Instrument, origin: Instrument) -> Iterator[tuple[Path, str]]:
    """List what a copy changed of the instrument of that id that ships."""
    name = f"{origin.instrument_id} version {origin.version}"
    if own.version == origin.version:
        mine, shipped = _list_rules(own), _list_rules(origin)
        for field in mine:
            if mine[field] != shipped[field]:
                yield (field,), f"is not as in {name}, which ships; a change needs a new version"
    for item in origin.items:
        kept = own.find_item(item.item_id)
        place = next((at for at, one in enumerate(own.items) if one is kept), None)
        for option, level in item.sentinel.items():
            if kept is None or kept.sentinel.get(option, level.NONE) < level:
                path: Path = ("items",) if place is None else ("items", place, "sentinel")
                yield path, f"{name} raises {level.value} on {item.item_id} {option}; keep it"


def _list_rules(instrument: Instrument) -> dict[str, Any]:
    whole = msgspec.to_builtins(instrument)
    return {name: _strip(value) for name, value in whole.items() if name not in _OF_TENANT}


def _strip(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _strip(one) for name, one in value.items() if name not in _OF_TENANT}
    return [_strip(one) for one in value] if isinstance(value, list | tuple) else value
