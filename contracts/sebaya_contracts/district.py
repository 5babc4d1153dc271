"""district.schools.v1: the schools of the district, as its operator has described them."""

import re
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated

import msgspec

from sebaya_contracts.event import Event, Part
from sebaya_contracts.words import Level, Role

SCHOOL_ID_PATTERN = r"^[a-z0-9][a-z0-9-]{0,62}$"
SchoolId = Annotated[str, msgspec.Meta(pattern=SCHOOL_ID_PATTERN, max_length=63)]
ON_CALL = "on_call"
ClockTime = Annotated[str, msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
EndTime = Annotated[str, msgspec.Meta(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")]
# One address, and nothing that a mail header or a mail server would read as two or as another
# field.
_ADDRESS = re.compile(r"[^@\s<>,;:\"()\[\]\\]{1,64}@[^@\s<>,;:\"()\[\]\\]{1,255}")


def is_address(text: str) -> bool:
    """Check that a mail can be sent there: exactly one address."""
    return _ADDRESS.fullmatch(text) is not None


class Day(StrEnum):
    """A day of the week, in the order of `datetime.weekday()`."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


class Person(Part, frozen=True, kw_only=True):
    """A member of staff, to be paged or to sign in."""

    person_id: str
    name: str
    roles: tuple[Role, ...] = ()
    email: str | None = None
    webhook_url: str | None = None


class Shift(Part, frozen=True, kw_only=True):
    """A weekly stretch of duty in the school's own time, up to but not including `until`.

    `since` and `until` are `HH:MM`; `24:00` is the end of the day, and an `until` at or before
    `since` ends on the next day.
    """

    person_id: str
    days: tuple[Day, ...]
    since: ClockTime
    until: EndTime


class Rotation(Part, frozen=True, kw_only=True):
    """A weekly stretch of duty that people take in turns, a week each, in their order.

    `starts_on` is a day of the school's calendar on which the first one's week begins; each week
    begins on that day of the week, and the turns go on in both directions. A shift belongs to the
    week in which it begins. Else as a shift.
    """

    people: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    starts_on: date
    days: tuple[Day, ...]
    since: ClockTime
    until: EndTime


class Substitution(Part, frozen=True, kw_only=True):
    """A substitute takes a person's shifts, from `since` up to but not including `until`."""

    person_id: str
    substitute_id: str
    since: datetime
    until: datetime


class StandIn(Substitution, frozen=True, kw_only=True):
    """A substitution that colleagues have agreed on, on top of the file's.

    Agreements are followed in their order, each by the person that has the duty by then: so a duty
    may come back to a person that gave it away.
    """


class Rung(Part, frozen=True, kw_only=True):
    """One step of a ladder: the people paged, and how long an answer is awaited before the next
    step, in seconds.

    `who` holds person ids, or `on_call` for the person that the rota names at that moment.
    """

    who: tuple[str, ...]
    wait_seconds: Annotated[float, msgspec.Meta(gt=0)]


class Ladder(Part, frozen=True, kw_only=True):
    """The rungs of one level and the deadline for contact after the alert, in seconds."""

    rungs: Annotated[tuple[Rung, ...], msgspec.Meta(min_length=1)]
    contact_within_seconds: Annotated[float, msgspec.Meta(gt=0)]


Clock = Annotated[str, msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class Policies(Part, frozen=True, kw_only=True):
    """The numbers and choices a school may set.

    `waking_from` and `waking_until` are the hours of a day (`HH:MM`, in the school's time) in which
    an answer is expected of a supporter; `school_days` are the days on which the school is open.
    `wave_instruments` are the ids of the instruments that students are asked, none by default: at
    the opening, from `mid_wave_days` after a match began, when the case has closed, and from
    `follow_up_wave_days` after that.
    """

    consent_version: str = "2026-1"
    self_consent_age: int = 12
    offer_lapse_seconds: Annotated[float, msgspec.Meta(gt=0)] = 24 * 3600.0
    may_borrow: bool = False
    may_lend: bool = False
    minimum_cell: Annotated[int, msgspec.Meta(ge=3)] = 10
    retention_days: Annotated[int, msgspec.Meta(ge=1)] = 365
    waking_from: Clock = "06:00"
    waking_until: Clock = "21:00"
    school_days: tuple[Day, ...] = (Day.MON, Day.TUE, Day.WED, Day.THU, Day.FRI)
    wave_instruments: tuple[str, ...] = ()
    mid_wave_days: Annotated[int, msgspec.Meta(ge=1)] = 14
    follow_up_wave_days: Annotated[int, msgspec.Meta(ge=1)] = 30


class School(Part, frozen=True, kw_only=True):
    """A tenant.

    `leavers` are the ids of people that a former description had among its staff and this one has
    not: they have no access to the school, whatever a token still says. They are found when a
    description is applied, and written in no file.
    """

    school_id: SchoolId
    name: str
    time_zone: str
    country: Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2}$")]
    languages: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    youngest: int = 12
    oldest: int = 18
    staff: tuple[Person, ...] = ()
    rota: tuple[Shift, ...] = ()
    rotations: tuple[Rotation, ...] = ()
    substitutions: tuple[Substitution, ...] = ()
    ladders: dict[Level, Ladder] = msgspec.field(default_factory=dict)
    policies: Policies = Policies()
    active: bool = True
    leavers: tuple[str, ...] = ()

    def offer_lapse(self) -> timedelta:
        """Return how long an offer stays open."""
        return timedelta(seconds=self.policies.offer_lapse_seconds)


class SchoolDefined(Event, frozen=True, kw_only=True):
    """A school is, from now on, as described here."""

    school: School

    def __post_init__(self) -> None:
        if self.school.school_id != self.school_id:
            raise ValueError("school.school_id is another school's")


SchoolEvent = SchoolDefined
