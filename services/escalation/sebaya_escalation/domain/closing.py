"""How an alert ends, by a human, and how its words do."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sebaya_contracts.district import School
from sebaya_contracts.escalation import AlertClosed
from sebaya_contracts.words import AlertOutcome
from sebaya_escalation.domain.alert import (
    Alert,
    AlertDecision,
    Status,
    make_acknowledgement,
    note_entry,
)
from sebaya_escalation.domain.timeline import Entry, Happening, wipe_texts
from sebaya_escalation.errors import AlertIsClosed, SignalsUnseen


@dataclass(frozen=True, slots=True)
class AlertClosing:
    """What a human states when closing. `version` is the `signals_version` that they read."""

    version: int
    outcome: AlertOutcome
    note: str
    peer_may_continue: bool


def close(
    alert: Alert, person_id: str, closing: AlertClosing, school: School, now: datetime
) -> AlertDecision:
    """Close an alert, as only a human does; its words are wiped at the end of the school's
    retention.

    Raises AlertIsClosed; SignalsUnseen when a signal came after the version that was read.
    """
    if alert.status is Status.CLOSED:
        raise AlertIsClosed
    if closing.version != alert.signals_version:
        raise SignalsUnseen(version=alert.signals_version)
    first = (
        (make_acknowledgement(alert, person_id, school, now),)
        if alert.acknowledged_at is None
        else ()
    )
    closed = replace(
        note_entry(alert, Entry(now, Happening.CLOSED, person_id, about=closing.outcome)),
        status=Status.CLOSED,
        holder=alert.holder or person_id,
        acknowledged_at=alert.acknowledged_at or now,
        next_step_at=None,
        tell_at=None,
        contact_due_at=None,
        closed_by=person_id,
        closed_at=now,
        outcome=closing.outcome,
        note="" if alert.erased else closing.note,
        peer_may_continue=closing.peer_may_continue,
        wipe_at=None if alert.erased else now + timedelta(days=school.policies.retention_days),
    )
    event = AlertClosed(
        school_id=alert.school_id,
        alert_id=alert.alert_id,
        case_id=alert.case_id,
        level=alert.level,
        outcome=closing.outcome,
        peer_may_continue=closing.peer_may_continue,
        closed_at=now,
    )
    return AlertDecision(closed, (*first, event))


def wipe_words(alert: Alert) -> Alert:
    """Remove the words, for an erased case or at the end of retention.

    What the alert was, and the people that acted, stay.
    """
    bare = tuple(replace(signal, text="", why=()) for signal in alert.signals)
    return replace(
        alert,
        signals=bare,
        note="",
        timeline=wipe_texts(alert.timeline),
        erased=True,
        wipe_at=None,
    )
