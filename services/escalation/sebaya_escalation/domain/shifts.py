"""Changes of duty that counsellors agree on among themselves, on top of the rota that the school's
file describes.

A change is offered and accepted: until the colleague accepts, the duty stays with the person that
offered it, so that no hour is between two people.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from msgspec.structs import replace as with_fields

from sebaya_chassis.base.problems import NotFound
from sebaya_contracts.district import School, StandIn
from sebaya_escalation.domain.holding import list_colleagues
from sebaya_escalation.domain.rota import Duty, list_duties, list_on_call
from sebaya_escalation.errors import CannotTakeOver, NotYourDuty, ShiftOfferGone

# Over for so long, a change is of no interest; the audit log keeps that it was.
REMEMBERED = timedelta(days=1)
INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class ShiftChange:
    """One stretch of a person's duty that a colleague is asked to take, or has taken."""

    change_id: str
    person_id: str
    substitute_id: str
    since: datetime
    until: datetime
    offered_at: datetime
    accepted_at: datetime | None = None

    def stand_in(self) -> StandIn:
        """Build what it means for the rota."""
        return StandIn(
            person_id=self.person_id,
            substitute_id=self.substitute_id,
            since=self.since,
            until=self.until,
        )

    @property
    def hours(self) -> str:
        """The duty for the audit log, in ISO 8601: `<person> <since>/<until>`."""
        return f"{self.person_id} {self.since.isoformat()}/{self.until.isoformat()}"


@dataclass(frozen=True, slots=True)
class ShiftChanges:
    """All changes of a school that are not long over."""

    school_id: str
    changes: tuple[ShiftChange, ...] = ()

    @property
    def stand_ins(self) -> tuple[StandIn, ...]:
        """The agreed substitutions, in the order of the agreements."""
        agreed = sorted((change for change in self.changes if change.accepted_at), key=_agreed_at)
        return tuple(change.stand_in() for change in agreed)

    def find(self, change_id: str) -> ShiftChange:
        """Find a change by its id. Raises NotFound."""
        found = next((change for change in self.changes if change.change_id == change_id), None)
        if found is None:
            raise NotFound
        return found

    def without(self, change_id: str) -> tuple[ShiftChange, ...]:
        """List the other changes."""
        return tuple(change for change in self.changes if change.change_id != change_id)


def _agreed_at(change: ShiftChange) -> datetime:
    return change.accepted_at or change.offered_at


def apply_stand_ins(school: School, stand_ins: tuple[StandIn, ...]) -> School:
    """Add agreed substitutions to those of the school's file."""
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
    """Offer to a colleague the rest of the duty that the person has at the instant `at`.

    A new offer of the same hours replaces the old one. `school` is as agreed so far. Raises
    NotYourDuty, CannotTakeOver.
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
    """Accept an offer, as the colleague it was made to; accepting again changes nothing.

    Raises NotFound for any other person, ShiftOfferGone, CannotTakeOver.
    """
    change = before.find(change_id)
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
    """Decline an offer as the colleague, or take it back as the person that made it.

    Raises NotFound for any other person, ShiftOfferGone once it was accepted.
    """
    change = before.find(change_id)
    if person_id not in {change.person_id, change.substitute_id}:
        raise NotFound
    if change.accepted_at is not None:
        raise ShiftOfferGone
    return replace(before, changes=_not_long_over(before.without(change_id), now))


def _duty_of(school: School, person_id: str, at: datetime) -> Duty | None:
    held = (duty for duty in list_duties(school, at, at + INSTANT) if duty.since <= at < duty.until)
    return next((duty for duty in held if duty.person_id == person_id), None)


def _refuse_without_effect(school: School, change: ShiftChange) -> None:
    """Refuse a colleague that cannot be called, or that would not have the duty then. Raises
    CannotTakeOver.
    """
    if change.substitute_id not in {
        person.person_id for person in list_colleagues(school, change.person_id)
    }:
        raise CannotTakeOver
    then = apply_stand_ins(school, (change.stand_in(),))
    kept = any(
        duty.person_id == change.person_id for duty in list_duties(then, change.since, change.until)
    )
    if kept or change.substitute_id not in {
        person.person_id for person in list_on_call(then, change.since)
    }:
        raise CannotTakeOver


def _overlap(one: ShiftChange, other: ShiftChange) -> bool:
    return one.since < other.until and other.since < one.until


def _not_long_over(changes: Iterable[ShiftChange], now: datetime) -> tuple[ShiftChange, ...]:
    return tuple(change for change in changes if change.until > now - REMEMBERED)
