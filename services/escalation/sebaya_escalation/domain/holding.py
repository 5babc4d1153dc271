"""An alert changes hands."""

from dataclasses import replace
from datetime import datetime

from sebaya_contracts.district import Person, School
from sebaya_contracts.words import OpenAgainCause, Role
from sebaya_escalation.domain.alert import (
    HOLDER_RUNG,
    Alert,
    AlertDecision,
    Status,
    note_entry,
    open_again,
)
from sebaya_escalation.domain.rota import is_reachable
from sebaya_escalation.domain.timeline import Entry, Happening
from sebaya_escalation.errors import AlertIsClosed, AlertNotTaken, AlertTaken, CannotTakeOver


def list_colleagues(school: School, person_id: str) -> tuple[Person, ...]:
    """List the school's other reachable counsellors, the people that may take over."""
    others = (person for person in school.staff if person.person_id != person_id)
    return tuple(
        person for person in others if Role.COUNSELLOR in person.roles and is_reachable(person)
    )


def hand_over(
    alert: Alert, person_id: str, to: str, school: School, now: datetime
) -> AlertDecision:
    """Assign an alert to a colleague, to be called at once; the ladder runs until a person
    acknowledges, so that nothing falls between two people.

    A contact that was made need not be made again. Raises AlertIsClosed, AlertNotTaken, AlertTaken
    for another person's alert, CannotTakeOver.
    """
    if alert.status is Status.CLOSED:
        raise AlertIsClosed
    if alert.paging:
        raise AlertNotTaken
    if alert.holder != person_id:
        raise AlertTaken.by(alert.holder or "")
    if to not in {person.person_id for person in list_colleagues(school, person_id)}:
        raise CannotTakeOver
    given = note_entry(alert, Entry(now, Happening.HANDED_OVER, person_id, about=to))
    again = open_again(
        replace(given, holder=to, handed_over_at=now),
        OpenAgainCause.HANDED_OVER,
        now,
        rung=HOLDER_RUNG,
    )
    # To be called by a step of its own, and waited for.
    return replace(again, alert=replace(again.alert, tell_at=None))
