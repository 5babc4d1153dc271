"""The lines of a country and who is on call, as a student is told."""

from datetime import date
from functools import cache

from pydantic import (
    BaseModel,
)

from sebaya_intake.domain.crisis import CrisisReason
from sebaya_intake.domain.crisis_lines import CrisisLine, Way


class LineView(BaseModel):
    """One way to reach help outside the school."""

    name: str
    way: Way
    contact: str
    about: str
    verified_on: date

    @classmethod
    def of(cls, line: CrisisLine) -> "LineView":
        return cls(
            name=line.name,
            way=line.way,
            contact=line.contact,
            about=line.about,
            verified_on=line.verified_on,
        )


class CrisisView(BaseModel):
    """The crisis lines, and whether they come first."""

    show_first: bool
    reason: CrisisReason | None
    lines: list[LineView]

    @classmethod
    def of(cls, reason: CrisisReason | None, lines: tuple[CrisisLine, ...]) -> "CrisisView":
        return _crisis_view(reason, lines)


@cache
def _crisis_view(reason: CrisisReason | None, lines: tuple[CrisisLine, ...]) -> CrisisView:
    """A country's lines change with a release only, and every answer shows them."""
    return CrisisView(
        show_first=reason is not None, reason=reason, lines=[LineView.of(line) for line in lines]
    )
