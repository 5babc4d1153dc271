"""The people on duty at a time, from a school's description and the colleagues' agreements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from sebaya_contracts.district import (
    ON_CALL,
    Day,
    Person,
    Rotation,
    Rung,
    School,
    Shift,
    StandIn,
    Substitution,
    is_address,
)
from sebaya_contracts.words import Role

DAYS = tuple(Day)


@dataclass(frozen=True, slots=True)
class Agreed:
    """A colleague has agreed to take a counsellor's duty."""

    at: datetime
    change: StandIn


def as_agreed(school: School, agreed: Sequence[Agreed], moment: datetime) -> School:
    """Return the school with the changes of duty agreed by then, in the order of the agreements, on
    top of its own.
    """
    told = tuple(one.change for one in agreed if one.at <= moment)
    return replace(school, substitutions=(*school.substitutions, *told)) if told else school


def reached(school: School, rung: Rung, moment: datetime) -> set[str]:
    """List the people of a rung that can be paged at that time, and may open the alert."""
    who = set(rung.who) - {ON_CALL}
    if ON_CALL in rung.who:
        who |= on_duty(school, moment)
    return who & {person.person_id for person in school.staff if _may_answer(person)}


def _may_answer(person: Person) -> bool:
    has_contact = bool(person.webhook_url) or is_address(person.email or "")
    return has_contact and Role.COUNSELLOR in person.roles


def on_duty(school: School, moment: datetime) -> set[str]:
    """List the people on duty by the rota in the school's own time, with their stand-ins."""
    in_force = [one for one in school.substitutions if one.since <= moment < one.until]
    rostered = {
        shift.person_id
        for shift in school.rota
        if _list_stretches(shift, moment, ZoneInfo(school.time_zone))
    } | {
        rotation.people[((begins - rotation.starts_on).days // 7) % len(rotation.people)]
        for rotation in school.rotations
        for begins in _list_stretches(rotation, moment, ZoneInfo(school.time_zone))
    }
    held = {_choose(school, _pass_on(school, person_id, in_force)) for person_id in rostered}
    return held & {person.person_id for person in school.staff}


def _pass_on(school: School, person_id: str, in_force: Sequence[Substitution]) -> list[str]:
    """List the hands that a duty goes through.

    First those of the file: a stand-in may have a stand-in, of two for the same person the last
    counts, and no person comes round again. Then those of the agreements, one after the other, each
    by the person that was named or that had the duty in their place.
    """
    passed = [person_id]
    of_file = [one for one in in_force if not isinstance(one, StandIn)]
    while following := [
        one.substitute_id
        for one in of_file
        if one.person_id == passed[-1] and one.substitute_id not in passed
    ]:
        passed.append(following[-1])
    for one in in_force:
        if isinstance(one, StandIn) and one.person_id in (passed[-1], _choose(school, passed)):
            passed.append(one.substitute_id)
    return passed


def _choose(school: School, passed: Sequence[str]) -> str:
    """Choose the last that may answer and can be called; else the last of the school; else the
    first.
    """
    staff = {person.person_id: person for person in school.staff}
    known = [person_id for person_id in passed if person_id in staff]
    able = [person_id for person_id in known if _may_answer(staff[person_id])]
    return [*passed[:1], *known[-1:], *able[-1:]][-1]


def _list_stretches(duty: Shift | Rotation, moment: datetime, zone: ZoneInfo) -> list[date]:
    """List the days, this one and the day before, whose stretch of duty goes on at the moment."""
    midnight = moment.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    found = []
    for day in (midnight - timedelta(days=1), midnight):
        begins, ends = day + _clock(duty.since), day + _clock(duty.until)
        if ends <= begins:
            ends += timedelta(days=1)
        # So far by the clock on the wall; as instants, a night in which the clocks change is as
        # long as it is.
        if DAYS[day.weekday()] in duty.days and begins.astimezone(UTC) <= moment < ends.astimezone(
            UTC
        ):
            found.append(day.date())
    return found


def _clock(text: str) -> timedelta:
    hours, minutes = text.split(":")
    return timedelta(hours=int(hours), minutes=int(minutes))
