"""The people on call, and when there are any. One answer for ladders, the API and the coverage.

Everything is half-open: at the instant a duty ends, the next one has begun. Shifts are wall-clock
times of the school; each end is turned into an instant by itself, so a night in which the clocks
change is an hour longer or shorter and loses no minute.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from sebaya_contracts.district import (
    ON_CALL,
    Day,
    Person,
    Rotation,
    School,
    StandIn,
    is_address,
)
from sebaya_contracts.escalation import Interval
from sebaya_contracts.words import Role

DAY = timedelta(days=1)
WEEK_DAYS = 7
HORIZON = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Duty:
    """One person, one uninterrupted stretch, substitutions already applied."""

    person_id: str
    since: datetime
    until: datetime


@lru_cache(maxsize=256)
def find_zone(name: str) -> ZoneInfo:
    """Find a time zone by name.

    A misspelt one is refused when a school is applied; here it must not stop a page, so UTC stands
    in.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def time_zones_are_known() -> bool:
    """Tell whether this machine has a time zone database: without one every rota would silently
    be read in UTC.
    """
    return bool(available_timezones())


def list_on_call(school: School, at: datetime) -> tuple[Person, ...]:
    """List the people on duty at an instant, in the order of the rota."""
    known = {person.person_id: person for person in school.staff}
    held = [
        duty.person_id
        for duty in list_duties(school, at, at + timedelta(microseconds=1))
        if duty.since <= at < duty.until
    ]
    return tuple(known[person_id] for person_id in dict.fromkeys(held))


def list_duties(school: School, since: datetime, until: datetime) -> Iterator[Duty]:
    """List every duty that touches the window; people the school does not know hold none."""
    known = {person.person_id for person in school.staff}
    answering = {person.person_id for person in school.staff if can_answer(person)}
    for rostered in _list_rostered(school, since, until):
        for duty in _with_substitutes(school, (answering, known), rostered):
            if duty.person_id in known and duty.since < until and since < duty.until:
                yield duty


def find_covered(school: School, since: datetime, until: datetime) -> tuple[Interval, ...]:
    """Find when at least one person on duty may answer an alert and can be reached, joined where
    stretches touch or overlap.
    """
    answering = (
        {person.person_id for person in school.staff if can_answer(person)}
        if school.active
        else set()
    )
    found = [duty for duty in list_duties(school, since, until) if duty.person_id in answering]
    clipped = [
        Interval(since=max(duty.since, since), until=min(duty.until, until)) for duty in found
    ]
    return _joined(clipped)


def find_gaps(
    intervals: Iterable[Interval], since: datetime, until: datetime
) -> tuple[Interval, ...]:
    """Find what of the window the intervals, sorted and apart, leave open."""
    found: list[Interval] = []
    open_from = since
    for interval in intervals:
        if interval.since > open_from:
            found.append(Interval(since=open_from, until=min(interval.since, until)))
        open_from = max(open_from, interval.until)
    return (*found, Interval(since=open_from, until=until)) if open_from < until else tuple(found)


def is_reachable(person: Person) -> bool:
    """Tell whether a person can be paged; an address that no mail can be sent to is none."""
    return bool((person.email and is_address(person.email)) or person.webhook_url)


def can_answer(person: Person) -> bool:
    """Tell whether a person may answer an alert, as a counsellor alone may, and can be paged."""
    return Role.COUNSELLOR in person.roles and is_reachable(person)


def list_unreachable(school: School) -> tuple[str, ...]:
    """List the people that the rota, its rotations and substitutions, or a ladder count on and that
    could not answer: without contact, without the role, or not known to the school.
    """
    named = [shift.person_id for shift in school.rota]
    named += [person_id for rotation in school.rotations for person_id in rotation.people]
    named += [substitution.substitute_id for substitution in school.substitutions]
    named += [
        who
        for ladder in school.ladders.values()
        for rung in ladder.rungs
        for who in rung.who
        if who != ON_CALL
    ]
    answering = {person.person_id for person in school.staff if can_answer(person)}
    return tuple(person_id for person_id in dict.fromkeys(named) if person_id not in answering)


def _list_rostered(school: School, since: datetime, until: datetime) -> Iterator[Duty]:
    """List the duties as the file has them, before any substitution."""
    zone = find_zone(school.time_zone)
    for rotation in (*_as_rotations(school), *school.rotations):
        yield from _occurrences(rotation, zone, since, until)


def _as_rotations(school: School) -> Iterator[Rotation]:
    """A shift is a rotation of one."""
    for shift in school.rota:
        yield Rotation(
            people=(shift.person_id,),
            starts_on=date.min,
            days=shift.days,
            since=shift.since,
            until=shift.until,
        )


def find_turn(rotation: Rotation, day: date) -> str:
    """Find the person that has the week of a day: by days of the calendar, which no change of
    clocks moves.
    """
    week = (day - rotation.starts_on).days // WEEK_DAYS
    return rotation.people[week % len(rotation.people)]


def _occurrences(
    rotation: Rotation, zone: ZoneInfo, since: datetime, until: datetime
) -> Iterator[Duty]:
    # A shift that began yesterday may last until now.
    day = since.astimezone(zone).date() - DAY
    last = until.astimezone(zone).date()
    days = {list(Day).index(name) for name in rotation.days}
    while day <= last:
        if day.weekday() in days:
            begins, ends = (
                _instant(day, rotation.since, zone),
                _instant(_last_day(rotation, day), rotation.until, zone),
            )
            if begins < ends:
                yield Duty(find_turn(rotation, day), begins, ends)
        day += DAY


def _last_day(rotation: Rotation, day: date) -> date:
    """`HH:MM` compares as text; `24:00` is after every beginning."""
    return day if rotation.until > rotation.since else day + DAY


def _instant(day: date, clock: str, zone: ZoneInfo) -> datetime:
    hours, minutes = int(clock[:2]), int(clock[3:])
    if hours == 24:
        day, hours = day + DAY, 0
    return datetime.combine(day, time(hours, minutes), zone).astimezone(UTC)


def _with_substitutes(school: School, fit: tuple[set[str], set[str]], duty: Duty) -> Iterator[Duty]:
    """Cut at every boundary of a substitution, then find the holder of each piece."""
    bounds = {
        bound
        for s in school.substitutions
        for bound in (_aware(s.since), _aware(s.until))
        if duty.since < bound < duty.until
    }
    cuts = [duty.since, *sorted(bounds), duty.until]
    for begins, ends in pairwise(cuts):
        yield Duty(_holder(school, fit, duty.person_id, begins), begins, ends)


def _holder(school: School, fit: tuple[set[str], set[str]], person_id: str, at: datetime) -> str:
    """Follow the duty from hand to hand: the file's substitutes of substitutes, then what
    colleagues agreed on, in the order of the agreements.

    The last hand that can answer has it, or else the last that the school knows (`fit` holds
    both): neither a typing error nor a person that left empties a duty, and what was passed on
    before stays passed on.
    """
    in_force = [s for s in school.substitutions if _aware(s.since) <= at < _aware(s.until)]
    hands = [person_id]
    while following := [
        s.substitute_id
        for s in in_force
        if not isinstance(s, StandIn) and s.person_id == hands[-1] and s.substitute_id not in hands
    ]:
        hands.append(following[-1])
    for agreed in in_force:
        # Of a person that left, or of the one that had the duty in their place.
        if isinstance(agreed, StandIn) and agreed.person_id in {hands[-1], _last_fit(hands, fit)}:
            hands.append(agreed.substitute_id)
    return _last_fit(hands, fit)


def _last_fit(hands: list[str], fit: tuple[set[str], set[str]]) -> str:
    """Find the last hand that can answer, else the last known one, else the first."""
    for people in fit:
        for person_id in reversed(hands):
            if person_id in people:
                return person_id
    return hands[0]


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _joined(intervals: list[Interval]) -> tuple[Interval, ...]:
    joined: list[Interval] = []
    for interval in sorted(intervals, key=lambda one: one.since):
        if joined and interval.since <= joined[-1].until:
            joined[-1] = Interval(
                since=joined[-1].since, until=max(joined[-1].until, interval.until)
            )
        else:
            joined.append(interval)
    return tuple(joined)
