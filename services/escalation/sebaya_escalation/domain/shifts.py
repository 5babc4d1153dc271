"""Changes of duty that counsellors agree on among themselves, on top of the rota that the school's
file describes.

A change is offered and taken: until the colleague says yes, whoever offered stays on duty, so that
no hour is between two people.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from msgspec.structs import replace as with_fields

from sebaya_chassis.base.problems import NotFound
from sebaya_contracts.district import School, Substitution
from sebaya_escalation.domain.alert import colleagues
from sebaya_escalation.domain.rota import Duty, duties, on_call
from sebaya_escalation.errors import CannotTakeOver, NotYourDuty, ShiftOfferGone

# Over for so long, a change is of interest to nobody; the audit log keeps that it was.
REMEMBERED = timedelta(days=1)
INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class ShiftChange:
    """One stretch of somebody's duty that a colleague is asked to take, or has taken."""

    change_id: str
    person_id: str
    substitute_id: str
    since: datetime
    until: datetime
    offered_at: datetime
    accepted_at: datetime | None = None

    def substitution(self) -> Substitution:
        return Substitution(
            person_id=self.person_id,
            substitute_id=self.substitute_id,
            since=self.since,
            until=self.until,
        )

    @property
    def hours(self) -> str:
        """Whose, from when and until when, for the audit log: ISO 8601, `<person> <since>/<until>`."""
        return f"{self.person_id} {self.since.isoformat()}/{self.until.isoformat()}"


@dataclass(frozen=True, slots=True)
class ShiftChanges:
    """All of a school that are not long over."""

    school_id: str
    changes: tuple[ShiftChange, ...] = ()

    @property
    def stand_ins(self) -> tuple[Substitution, ...]:
        """What was agreed, in the order of the agreements: of two for the same hours the later
        counts.
        """
        agreed = sorted((change for change in self.changes if change.accepted_at), key=_agreed_at)
        return tuple(change.substitution() for change in agreed)

    def one(self, change_id: str) -> ShiftChange:
        """Raises NotFound."""
        found = next((change for change in self.changes if change.change_id == change_id), None)
        if found is None:
            raise NotFound
        return found

    def without(self, change_id: str) -> tuple[ShiftChange, ...]:
        return tuple(change for change in self.changes if change.change_id != change_id)


def _agreed_at(change: ShiftChange) -> datetime:
    return change.accepted_at or change.offered_at


def standing_in(school: School, stand_ins: tuple[Substitution, ...]) -> School:
    """The school with these on top of what its file says."""
    return (
        with_fields(school, substitutions=(*school.substitutions, *stand_ins))
        if stand_ins
        else school
    )


def offer(
    before: ShiftChanges,
    school: School,
    change_id: str,
    person_id: str,
    to: str,
    at: datetime,
    now: datetime,
) -> ShiftChanges:
    """The rest of the duty that the person has at that instant. A new offer of the same hours takes
    the place of the old one.

    `school` is as agreed so far. Raises NotYourDuty, CannotTakeOver.
    """
    duty = _duty_of(school, person_id, at)
    if duty is None or duty.until <= now:
        raise NotYourDuty
    change = ShiftChange(change_id, person_id, to, max(duty.since, now), duty.until, now)
    _refuse_without_effect(school, change)
    others = (
        one
        for one in before.changes
        if one.accepted_at or one.person_id != person_id or not _overlap(one, change)
    )
    return replace(before, changes=(*_not_long_over(others, now), change))


def accept(
    before: ShiftChanges, school: School, change_id: str, person_id: str, now: datetime
) -> ShiftChanges:
    """The colleague says yes; saying it again changes nothing. Raises NotFound for anybody else,
    ShiftOfferGone, CannotTakeOver.
    """
    change = before.one(change_id)
    if change.substitute_id != person_id:
        raise NotFound
    if change.accepted_at is not None:
        return before
    if change.until <= now:
        raise ShiftOfferGone
    taken = replace(change, since=max(change.since, now), accepted_at=now)
    _refuse_without_effect(school, taken)
    return replace(before, changes=(*_not_long_over(before.without(change_id), now), taken))


def decline(before: ShiftChanges, change_id: str, person_id: str, now: datetime) -> ShiftChanges:
    """The colleague says no, or who offered takes it back. Raises NotFound for anybody else,
    ShiftOfferGone once it was taken.
    """
    change = before.one(change_id)
    if person_id not in {change.person_id, change.substitute_id}:
        raise NotFound
    if change.accepted_at is not None:
        raise ShiftOfferGone
    return replace(before, changes=_not_long_over(before.without(change_id), now))


def _duty_of(school: School, person_id: str, at: datetime) -> Duty | None:
    held = (duty for duty in duties(school, at, at + INSTANT) if duty.since <= at < duty.until)
    return next((duty for duty in held if duty.person_id == person_id), None)


def _refuse_without_effect(school: School, change: ShiftChange) -> None:
    """Nobody gives a duty to somebody who cannot be called, nor back to whom it came from: the rota
    would not follow.

    Raises CannotTakeOver.
    """
    if change.substitute_id not in {
        person.person_id for person in colleagues(school, change.person_id)
    }:
        raise CannotTakeOver
    then = standing_in(school, (change.substitution(),))
    kept = any(
        duty.person_id == change.person_id for duty in duties(then, change.since, change.until)
    )
    if kept or change.substitute_id not in {
        person.person_id for person in on_call(then, change.since)
    }:
        raise CannotTakeOver


def _overlap(one: ShiftChange, other: ShiftChange) -> bool:
    return one.since < other.until and other.since < one.until


def _not_long_over(changes: Iterable[ShiftChange], now: datetime) -> tuple[ShiftChange, ...]:
    return tuple(change for change in changes if change.until > now - REMEMBERED)
