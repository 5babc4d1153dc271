"""The people on duty, the hours without any, and the changes of duty that colleagues agree on.

Every decision is one transaction: the changes, what ladders read of them, the pages to the people
that are asked or affected, the audit entry.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import msgspec

from sebaya_chassis.base.ids import new_id
from sebaya_chassis.storage import audit, schools
from sebaya_contracts.district import Person, School
from sebaya_contracts.escalation import Interval
from sebaya_escalation.collections import STAND_INS
from sebaya_escalation.commands.coverage import CoveragePeriods, publish_coverage
from sebaya_escalation.commands.paging import plan_pages
from sebaya_escalation.domain import shifts
from sebaya_escalation.domain.duty_pages import list_duty_pages
from sebaya_escalation.domain.page import Page
from sebaya_escalation.domain.rota import (
    HORIZON,
    Duty,
    find_covered,
    find_gaps,
    list_duties,
    list_on_call,
    list_unreachable,
)
from sebaya_escalation.domain.shifts import ShiftChange, ShiftChanges
from sebaya_escalation.store import EscalationStore

ShiftRule = Callable[[ShiftChanges, School, datetime], ShiftChanges]


@dataclass(frozen=True, slots=True)
class PeopleOnCall:
    """The people on call at an instant, in the order of the rota."""

    at: datetime
    people: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class CoverageForecast:
    """The next 14 days: covered stretches, gaps, and the ids of people that cannot be paged."""

    since: datetime
    until: datetime
    covered: tuple[Interval, ...]
    gaps: tuple[Interval, ...]
    unreachable: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShiftPlan:
    """The duties of the next 14 days in order, and the changes that are not over.

    `names` are the staff's, by id.
    """

    duties: list[Duty]
    changes: list[ShiftChange]
    names: dict[str, str]


async def find_on_call(store: EscalationStore, at: datetime | None = None) -> PeopleOnCall:
    """Find the people on call at an instant, or now: the same answer that a ladder gets."""
    moment = at or store.now()
    return PeopleOnCall(moment, list_on_call(await store.school(), moment))


async def forecast_coverage(store: EscalationStore) -> CoverageForecast:
    """Compute when a reachable person is on call in the next 14 days, and when none is."""
    school, since = await store.school(), store.now()
    until = since + HORIZON
    covered = find_covered(school, since, until)
    gaps = find_gaps(covered, since, until)
    return CoverageForecast(since, until, covered, gaps, list_unreachable(school))


async def list_shifts(store: EscalationStore) -> ShiftPlan:
    """List the duties of the next 14 days, and the changes that were offered or agreed."""
    school, now = await store.school(), store.now()
    return ShiftPlan(
        duties=sorted(list_duties(school, now, now + HORIZON), key=lambda duty: duty.since),
        changes=[one for one in (await store.shift_changes()).changes if one.until > now],
        names={person.person_id: person.name for person in school.staff},
    )


async def offer_shift(
    store: EscalationStore, person_id: str, at: datetime, colleague_id: str
) -> ShiftChange:
    """Offer a colleague the rest of the duty that the person has at the instant `at`.

    Until the colleague accepts, the duty stays with the person. Raises NotYourDuty, CannotTakeOver.
    """
    change_id = new_id()

    def rule(known: ShiftChanges, school: School, now: datetime) -> ShiftChanges:
        return shifts.offer(known, school, change_id, person_id, colleague_id, at, now)

    offered = await _change(
        store, change_id, person_id, "shift_offered", rule, lambda _: f"to {colleague_id}"
    )
    return offered.find(change_id)


async def accept_shift(
    store: EscalationStore, periods: CoveragePeriods, change_id: str, person_id: str
) -> ShiftChange:
    """Accept a colleague's duty: in its hours ladders call the person from now on.

    Raises NotFound, ShiftOfferGone, CannotTakeOver.
    """

    def rule(known: ShiftChanges, school: School, now: datetime) -> ShiftChanges:
        return shifts.accept(known, school, change_id, person_id, now)

    agreed = await _change(
        store,
        change_id,
        person_id,
        "shift_accepted",
        rule,
        lambda accepted: accepted.find(change_id).hours,
    )
    # It tells students whether a person is there; were this lost, the timer publishes it again
    # within minutes.
    await publish_coverage(store, periods)
    return agreed.find(change_id)


async def decline_shift(store: EscalationStore, change_id: str, person_id: str) -> None:
    """Decline a colleague's offer, or take an own one back before it was accepted.

    Raises NotFound, ShiftOfferGone.
    """

    def rule(known: ShiftChanges, _school: School, now: datetime) -> ShiftChanges:
        return shifts.decline(known, change_id, person_id, now)

    await _change(store, change_id, person_id, "shift_declined", rule, lambda _: "")


async def _change(
    store: EscalationStore,
    change_id: str,
    person_id: str,
    what: str,
    rule: ShiftRule,
    reason: Callable[[ShiftChanges], str],
) -> ShiftChanges:
    """Decide as a person; `reason` is the audit entry's. Raises what the rule raises."""

    async def work(tx: EscalationStore) -> ShiftChanges:
        school = await tx.school()
        none = ShiftChanges(store.school_id)
        before = await tx.shifts.upsert(
            store.school_id, lambda _now: none, lambda known, _now: (known, ())
        )
        changed = rule(before.state, school, before.now)
        if changed == before.state:
            return changed
        await tx.shifts.update(store.school_id, lambda _known, _now: (changed, ()))
        stand_ins = msgspec.to_builtins(changed.stand_ins, builtin_types=(datetime,))
        await tx.store.collection(schools.COLLECTION).update(
            {"_id": store.school_id}, {"$set": {STAND_INS: stand_ins}}
        )
        await plan_pages(tx, _list_pages(changed, change_id, school, tx))
        await audit.append(tx.store, who=person_id, what=what, about=change_id, why=reason(changed))
        return changed

    return await store.transaction(work)


def _list_pages(
    changed: ShiftChanges, change_id: str, school: School, tx: EscalationStore
) -> tuple[Page, ...]:
    """List what is told of a change; one that was declined or taken back is told to no person."""
    change = next((one for one in changed.changes if one.change_id == change_id), None)
    return list_duty_pages(change, school, tx.mail_domain, tx.now()) if change else ()
