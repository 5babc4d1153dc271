"""The fields that more than one subject takes: every one has a limit."""

import unicodedata
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
)

from sebaya_chassis.base.timestamps import Timestamp
from sebaya_contracts.words import (
    CaseTopic,
)


def _to_the_second(moment: datetime) -> datetime:
    """The store keeps milliseconds and UTC; what is compared later must be what was stored."""
    return moment.astimezone(UTC).replace(microsecond=0)


def _unique(values: list[Any]) -> list[Any]:
    if len(set(values)) != len(values):
        raise ValueError("each may be named once")
    return values


ID = r"^[A-Za-z0-9_-]{1,64}$"
SupporterId = Annotated[str, StringConstraints(pattern=ID)]
# What turns text round, breaks lines or is no character would let a name show as another; joiners
# stay, names and emoji need them.
_INVISIBLE = {"Cc", "Zl", "Zp", "Cs", "Co", "Cn"}
_DIRECTION_MARKS = frozenset(
    "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\u00ad"
)


def _visible(name: str) -> str:
    if any(
        letter in _DIRECTION_MARKS or unicodedata.category(letter) in _INVISIBLE for letter in name
    ):
        raise ValueError(
            "must hold no control characters and nothing that turns the direction of text"
        )
    if not any(unicodedata.category(letter)[0] in "LNS" for letter in name):
        raise ValueError("must hold something that can be seen")
    return name


DisplayName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=80),
    AfterValidator(_visible),
]
Language = Annotated[
    str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35)
]
Hour = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
Topics = Annotated[
    list[CaseTopic], Field(min_length=1, max_length=len(CaseTopic)), AfterValidator(_unique)
]
Languages = Annotated[list[Language], Field(min_length=1, max_length=10), AfterValidator(_unique)]
Hours = Annotated[list[Hour], Field(max_length=50), AfterValidator(_unique)]
Cap = Annotated[int, Field(ge=1, le=10)]
Second = Annotated[Timestamp, AfterValidator(_to_the_second)]


class StrictRequest(BaseModel):
    """A request that may hold no other field."""

    model_config = ConfigDict(extra="forbid")
