"""An instrument: a questionnaire with its licence, its items and the rules of its score.

The fields are those of its YAML file. An answer is the id of an option, never a number: a file that
codes 1 to 5 what another codes 0 to 4 is refused and not misread. A reverse key belongs to an item,
never to a position. An instrument in use is never changed; it is followed by a version.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated

import msgspec

from sebaya_contracts.words import Level

Id = Annotated[str, msgspec.Meta(pattern="^[a-z0-9][a-z0-9-]{0,62}$")]
Whole = Annotated[int, msgspec.Meta(ge=0)]
Some = Annotated[int, msgspec.Meta(ge=1)]
Texts = dict[str, str]
"""A text by language code, `en` or `id`; empty where the licence lets no text ship."""


class Respondent(StrEnum):
    """The side that answers."""

    STUDENT = "student"
    SUPPORTER = "supporter"
    STAFF = "staff"


class Terms(StrEnum):
    """What a licence allows.

    `unclear`: used freely, and no licence of the texts was found. `restricted`: nothing without
    the holder's leave to this tenant.
    """

    PUBLIC_DOMAIN = "public-domain"
    FREE = "free"
    OWN = "own"
    UNCLEAR = "unclear"
    RESTRICTED = "restricted"


class Higher(StrEnum):
    """What a higher score means."""

    BETTER = "better"
    WORSE = "worse"


class Method(StrEnum):
    """How values become a raw score."""

    SUM = "sum"
    MEAN = "mean"


class Adds(StrEnum):
    """What a total adds up."""

    ITEMS = "items"
    SUBSCALES = "subscales"


class _Part(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the file."""


class LicenceRecord(_Part, frozen=True):
    """A tenant's own leave to use an instrument."""

    holder: str
    number: str
    until: date | None = None


class Licence(_Part, frozen=True):
    """The terms, and what the holder says, with the place where it is said."""

    terms: Terms
    says: str
    record: LicenceRecord | None = None


class Option(_Part, frozen=True):
    """One answer that can be chosen."""

    option_id: Id
    value: Whole
    text: Texts = {}


class Item(_Part, frozen=True):
    """One question. `sentinel` names the options that need a human, and at which level."""

    item_id: Id
    scale: Id
    text: Texts = {}
    reverse: bool = False
    summed: bool = True
    sentinel: dict[str, Level] = {}


class Subscale(_Part, frozen=True):
    """Items with a score of their own. Without `least_answered` every item is needed."""

    subscale_id: Id
    title: Texts
    items: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    higher: Higher
    method: Method = Method.SUM
    least_answered: Some | None = None
    in_total: bool = True


class Total(_Part, frozen=True):
    """The score of the whole.

    `table` gives the score of each raw sum from the lowest on, `multiply` stretches it. Without
    `least_answered` every summed item is needed.
    """

    higher: Higher
    method: Method = Method.SUM
    adds: Adds = Adds.ITEMS
    multiply: Annotated[float, msgspec.Meta(gt=0)] = 1.0
    table: tuple[float, ...] = ()
    least_answered: Some | None = None


class Band(_Part, frozen=True):
    """A class of scores, from `least` up to the next band."""

    band_id: Id
    least: float


class Classification(_Part, frozen=True):
    """Cut-offs of the total, or of the subscale `of`, at an age in whole years.

    Of one `class_id`, the entry for the respondent's age applies, else the one without ages.
    """

    class_id: Id
    bands: Annotated[tuple[Band, ...], msgspec.Meta(min_length=1)]
    source: str
    of: str = ""
    youngest: Whole | None = None
    oldest: Whole | None = None


class Syndrome(_Part, frozen=True):
    """A pattern of symptoms: so many items at their thresholds, one of the core among them, and
    an item that says that life is impaired.
    """

    syndrome_id: Id
    thresholds: dict[str, Whole]
    least: Some
    core: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    impaired_item: str
    impaired_from: Some
    source: str


class Change(_Part, frozen=True):
    """The smallest change of the total that matters to a person, in points of the score."""

    important: Annotated[float, msgspec.Meta(gt=0)]
    source: str


class Instrument(_Part, frozen=True):
    """One version of a questionnaire.

    `texts_from` says by language which translation is the right one and where it is to be had.
    `period_days` is the time that the questions are about, 0 for "in general".
    """

    instrument_id: Id
    version: Some
    title: Texts
    respondent: Respondent
    source: str
    licence: Licence
    scales: dict[str, tuple[Option, ...]]
    items: Annotated[tuple[Item, ...], msgspec.Meta(min_length=1)]
    texts_from: Texts = {}
    validated: bool = True
    period_days: Whole = 0
    youngest: Whole | None = None
    oldest: Whole | None = None
    instruction: Texts = {}
    subscales: tuple[Subscale, ...] = ()
    total: Total | None = None
    classes: tuple[Classification, ...] = ()
    syndromes: tuple[Syndrome, ...] = ()
    change: Change | None = None

    def list_languages(self) -> list[str]:
        """List the languages in which every item and option has its text."""
        texts = [item.text for item in self.items]
        texts += [option.text for options in self.scales.values() for option in options]
        return sorted(set.intersection(*(set(text) for text in texts)))

    def list_sentinels(self) -> list[str]:
        """List the items of which an answer can raise an alert."""
        return [item.item_id for item in self.items if item.sentinel]

    def find_item(self, item_id: str) -> Item | None:
        """Find an item by its id."""
        return next((item for item in self.items if item.item_id == item_id), None)

    def find_values(self, item: Item) -> dict[str, int]:
        """Find the value of each option of an item, the reverse key applied."""
        values = {option.option_id: option.value for option in self.scales[item.scale]}
        if item.reverse:
            ends = min(values.values()) + max(values.values())
            return {option: ends - value for option, value in values.items()}
        return values
