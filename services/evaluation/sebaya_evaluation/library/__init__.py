"""The instruments that ship, a YAML file each."""

from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources

from sebaya_chassis.web.district_file.fault import guess
from sebaya_evaluation.domain.instruments import assigning
from sebaya_evaluation.domain.instruments.check import check_instrument
from sebaya_evaluation.domain.instruments.instrument import Instrument

SHIPPED = (
    "who-5",
    "phq-9",
    "phq-a",
    "gad-7",
    "k6",
    "rses",
    "ucla-3",
    "sebaya-student",
    "sebaya-supporter",
    "sebaya-school",
)


class ShippedFault(Exception):
    """A file of this package is not right: the package is damaged."""


def read_file(instrument_id: str) -> str:
    """Read the file of a shipped instrument as it is."""
    return (resources.files(__package__) / f"{instrument_id}.yaml").read_text("utf-8")


@cache
def load_shipped() -> Mapping[str, Instrument]:
    """Load every shipped instrument, by its id. Raises ShippedFault."""
    return {instrument_id: _load(instrument_id) for instrument_id in SHIPPED}


def explain_unassignable(instrument_id: str) -> str | None:
    """Explain why students may not be asked the shipped instrument; None where they may."""
    instrument = load_shipped().get(instrument_id)
    if instrument is None:
        return f"is no instrument that ships{guess(instrument_id, SHIPPED)}"
    return assigning.explain_unassignable(instrument)


def list_assigned(instrument_ids: Iterable[str]) -> tuple[Instrument, ...]:
    """List the instruments that may be asked, of those that a policy names: the rule holds here
    too, whatever a description of a school says.
    """
    return tuple(
        load_shipped()[instrument_id]
        for instrument_id in dict.fromkeys(instrument_ids)
        if explain_unassignable(instrument_id) is None
    )


def _load(instrument_id: str) -> Instrument:
    checked = check_instrument(read_file(instrument_id))
    if checked.instrument is None:
        raise ShippedFault(f"{instrument_id}.yaml: {'; '.join(map(str, checked.faults))}")
    return checked.instrument
