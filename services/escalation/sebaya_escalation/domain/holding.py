"""An alert changes hands."""

from collections.abc import Set
from dataclasses import replace
from datetime import datetime

from sebaya_contracts.district import Person, School
from sebaya_contracts.words import OpenAgainCause, Role
from sebaya_escalation.domain.alert import (
    HOLDER_RUNG,
    Alert,
    AlertDecision,
    Status,
    make_acknowledgement,
    note_entry,
    open_again,
)
from sebaya_escalation.domain.barring import Bar, BarReason, add_bars
from sebaya_escalation.domain.rota import is_reachable
from sebaya_escalation.domain.timeline import Entry, Happening
from sebaya_escalation.errors import AlertIsClosed, AlertNotTaken, AlertTaken, CannotTakeOver


def list_colleagues(
    school: School, person_id: str, barred: Set[str] = frozenset()
) -> tuple[Person, ...]:
    """List the school's other reachable counsellors, the people that may take over."""
    others = (person for person in school.staff if person.person_id not in {person_id, *barred})
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
    if to not in {person.person_id for person in list_colleagues(school, person_id, alert.barred)}:
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


def take_over(alert: Alert, person_id: str, school: School, now: datetime) -> AlertDecision:
    """Take an alert over from the colleague that holds it, who may have left or fallen ill. Its
    deadlines stay.

    Raises AlertIsClosed; AlertNotTaken for one that no person holds, which is acknowledged.
    """
    if alert.status is Status.CLOSED:
        raise AlertIsClosed
    if alert.paging:
        raise AlertNotTaken
    if alert.holder == person_id:
        return AlertDecision(alert)
    entry = Entry(now, Happening.TAKEN_OVER, person_id, about=alert.holder or "")
    taken = replace(note_entry(alert, entry), holder=person_id, acknowledged_at=now, open_since=now)
    return AlertDecision(taken, (make_acknowledgement(taken, person_id, school, now),))


def step_out(alert: Alert, person_id: str, now: datetime) -> AlertDecision:
    """Step out of an alert, as its counsellor or any other: the person neither sees it nor is
    called about it from now on, and the ladder goes on at once.

    Raises AlertIsClosed.
    """
    if alert.status is Status.CLOSED:
        raise AlertIsClosed
    bars = add_bars(alert.bars, (person_id,), BarReason.STEPPED_OUT)
    return bar_from_alert(
        note_entry(alert, Entry(now, Happening.STEPPED_OUT, person_id)), bars, now
    )


def bar_from_alert(alert: Alert, bars: tuple[Bar, ...], now: datetime) -> AlertDecision:
    """Bar people from an alert. One that holds it holds it no more, and is not told; where the
    ladder runs, its next rung is called at once.
    """
    added = [bar for bar in bars if bar.person_id not in alert.barred]
    if not added or alert.status is Status.CLOSED:
        return AlertDecision(replace(alert, bars=bars))
    barred = replace(alert, bars=bars)
    for bar in added:
        if bar.why is BarReason.NAMED:
            barred = note_entry(barred, Entry(now, Happening.BARRED, about=bar.person_id))
    if alert.holder in barred.barred:
        barred = replace(barred, holder=None, tell_at=None)
        if alert.status is Status.ACKNOWLEDGED:
            next_rung = max(alert.rung, 0)
            return open_again(barred, OpenAgainCause.HANDED_OVER, now, rung=next_rung)
        return AlertDecision(replace(barred, rung=max(alert.rung, 0), next_step_at=now))
    return AlertDecision(replace(barred, next_step_at=now) if alert.paging else barred)
