"""What counsellors write down of an alert: notes, looks after the student, a lower level."""

from dataclasses import replace
from datetime import datetime, timedelta

from sebaya_contracts.district import School
from sebaya_contracts.escalation import AlertLowered
from sebaya_contracts.words import Level
from sebaya_escalation.domain.alert import Alert, AlertDecision, Status, note_entry
from sebaya_escalation.domain.review import ReviewAfter, plan_after_look
from sebaya_escalation.domain.school_ladder import choose_ladder
from sebaya_escalation.domain.timeline import Entry, Happening
from sebaya_escalation.errors import (
    AlertIsClosed,
    AlertNotTaken,
    AlertTaken,
    ContactMissing,
    NotLower,
)


def note_reading(alert: Alert, person_id: str, now: datetime) -> Alert:
    """Note that a person read the words of an alert, the first time."""
    if person_id in alert.read_by:
        return alert
    read = replace(alert, read_by=(*alert.read_by, person_id))
    return note_entry(read, Entry(now, Happening.READ, person_id))


def add_note(alert: Alert, person_id: str, text: str, now: datetime) -> AlertDecision:
    """Add a note for the colleagues that come next, to an alert in any state."""
    return AlertDecision(note_entry(alert, Entry(now, Happening.NOTED, person_id, text=text)))


def record_review(
    alert: Alert,
    person_id: str,
    after: ReviewAfter | None,
    text: str,
    now: datetime,
    *,
    reached: bool = True,
) -> AlertDecision:
    """Record that a person looked after the student, or tried to, and when the next look is due.

    The follow-ups of a closing stand whatever is asked for. An alert that is not closed always has
    a next look: without `after`, as soon as at first. Raises ContactMissing where no contact was
    made yet.
    """
    if alert.status is not Status.CLOSED and alert.contacted_at is None:
        raise ContactMissing
    if after is None and alert.status is not Status.CLOSED:
        after = ReviewAfter.DAY
    what = Happening.REVIEWED if reached else Happening.TRIED
    entry = Entry(now, what, person_id, about=after or "", text=text)
    review = plan_after_look(alert.review, after, now)
    return AlertDecision(replace(note_entry(alert, entry), review=review))


def lower(
    alert: Alert, person_id: str, to: Level, reason: str, school: School, now: datetime
) -> AlertDecision:
    """Lower the level of an alert, as only the human that holds it does.

    Its contact is owed by the new level's time, from the same moment as before. Raises
    AlertIsClosed, AlertNotTaken, AlertTaken; NotLower for a level that is not lower, or none.
    """
    if alert.status is Status.CLOSED:
        raise AlertIsClosed
    if alert.paging:
        raise AlertNotTaken
    if alert.holder != person_id:
        raise AlertTaken.by(alert.holder or "")
    if not Level.NONE < to < alert.level:
        raise NotLower
    entry = Entry(now, Happening.LOWERED, person_id, about=alert.level, level=to, text=reason)
    due_at = alert.contact_due_at
    if due_at is not None:
        within = choose_ladder(school, to).contact_within_seconds
        owed_since = alert.owed_since or alert.raised_at
        due_at = max(due_at, owed_since + timedelta(seconds=within))
    lowered = AlertLowered(
        school_id=alert.school_id,
        alert_id=alert.alert_id,
        case_id=alert.case_id,
        level=to,
        lowered_at=now,
    )
    return AlertDecision(
        replace(note_entry(alert, entry), level=to, contact_due_at=due_at), (lowered,)
    )
