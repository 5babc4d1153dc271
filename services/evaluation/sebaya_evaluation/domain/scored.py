"""What the sheets of one case say: its scores by wave, and its pairs of before and after."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sebaya_contracts.words import Wave
from sebaya_evaluation.domain.feedback import Response

# A change is measured from the first of these waves to the second.
BEFORE, AFTER = Wave.PRE, Wave.POST


@dataclass(frozen=True, slots=True)
class Pair:
    """One person's score before and after, known since `at`; `name` is `<instrument>/<part>`."""

    name: str
    at: datetime
    before: int
    after: int


def name_wave(instrument_id: str, wave: Wave) -> str:
    """Name the count of an instrument's sheets in a wave."""
    return f"wave/{instrument_id}/{wave.value}"


def list_pairs(responses: Iterable[Response]) -> Iterator[Pair]:
    """List the pairs of one case: of each instrument, each score that both waves have.

    Two versions of an instrument may score differently, and make no pair.
    """
    sheets = {
        (one.sheet.instrument_id, one.sheet.version, one.sheet.wave): (one.given_at, one.sheet)
        for one in responses
        if one.sheet is not None and one.given_at is not None
    }
    for (instrument_id, version, wave), (began_at, began) in sheets.items():
        ended_at, ended = sheets.get((instrument_id, version, AFTER), (None, None))
        if wave is not BEFORE or ended is None or ended_at is None or began_at is None:
            continue
        for part, before in began.scores.items():
            if part in ended.scores:
                name = f"{instrument_id}/{part}"
                yield Pair(name, max(began_at, ended_at), before, ended.scores[part])
