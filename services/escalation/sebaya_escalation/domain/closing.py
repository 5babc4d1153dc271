"""How an alert ends, by a human, and how its words do; a way back from both of a human's words."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from sebaya_contracts.district import School
from sebaya_contracts.escalation import AlertClosed, AlertReopened, PeerDecisionChanged
from sebaya_contracts.words import AlertOutcome, Level
from sebaya_escalation.domain.alert import (
    Alert,
    AlertDecision,
    Status,
    make_acknowledgement,
    note_entry,
    with_end,
)
from sebaya_escalation.domain.review import Review, ReviewAfter, plan_follow_ups, plan_review
from sebaya_escalation.domain.timeline import Entry, Happening, wipe_texts
from sebaya_escalation.errors import (
    AlertIsClosed,
    AlertNotClosed,
    ClosingIncomplete,
    NeverForPeers,
    SignalsUnseen,
)

# In the timeline, of whether a peer goes on.
PEER_GOES_ON = "yes"
NO_PEER = "no"


@dataclass(frozen=True, slots=True)
class AlertClosing:
    """What a human states when closing. `version` is the `signals_version` that they read.

    `peer_may_continue` is None of a case about a friend alone. `review_after`: when somebody looks
    after the student again; None for no further look. After a grave alert the follow-ups stand
    whatever it says.
    """

    version: int
    outcome: AlertOutcome
    note: str
    peer_may_continue: bool | None
    review_after: ReviewAfter | None = None


def close(
    alert: Alert, person_id: str, closing: AlertClosing, school: School, now: datetime
) -> AlertDecision:
    """Close an alert, as only a human does; its words are wiped at the end of the school's
    retention.

    Raises AlertIsClosed; SignalsUnseen when a signal came after the version that was read;
    ClosingIncomplete by the rules of `_list_faults`.
    """
    if alert.status is Status.CLOSED:
        raise AlertIsClosed
    if closing.version != alert.signals_version:
        raise SignalsUnseen(version=alert.signals_version)
    if faults := dict(_list_faults(alert, person_id, closing)):
        raise ClosingIncomplete.of(faults)
    first = (
        (make_acknowledgement(alert, person_id, school, now),)
        if alert.acknowledged_at is None
        else ()
    )
    note = "" if alert.case_erased else closing.note
    entry = Entry(now, Happening.CLOSED, person_id, about=closing.outcome, text=note)
    closed = replace(
        note_entry(alert, entry),
        status=Status.CLOSED,
        holder=alert.holder or person_id,
        acknowledged_at=alert.acknowledged_at or now,
        next_step_at=None,
        tell_at=None,
        contact_due_at=None,
        closed_by=person_id,
        closed_at=now,
        outcome=closing.outcome,
        note=note,
        peer_may_continue=closing.peer_may_continue,
        review=_plan_looks(alert, closing, now),
        wipe_at=None,
    )
    closed = with_end(closed, school, now)
    # Of an alert that was reopened, its first closing may have said something else.
    changes = alert.peer_may_continue not in {None, closing.peer_may_continue}
    changed = (_peer_decision(closed, now),) if changes else ()
    return AlertDecision(closed, (*first, _closed_event(closed, closing, now), *changed))


def _plan_looks(alert: Alert, closing: AlertClosing, now: datetime) -> Review | None:
    if _owes_follow_ups(alert, closing):
        return plan_follow_ups(alert.review, now)
    after = closing.review_after
    return plan_review(alert.review, after, now) if after else None


def _owes_follow_ups(alert: Alert, closing: AlertClosing) -> bool:
    """Of a false alarm a human chooses the next look; of an erased case, whether there is one."""
    followed = closing.outcome is not AlertOutcome.FALSE_ALARM and not alert.case_erased
    return alert.level >= Level.RED and alert.case_id is not None and followed


def _closed_event(alert: Alert, closing: AlertClosing, now: datetime) -> AlertClosed:
    return AlertClosed(
        school_id=alert.school_id,
        alert_id=alert.alert_id,
        case_id=alert.case_id,
        level=alert.level,
        outcome=closing.outcome,
        peer_may_continue=bool(closing.peer_may_continue),
        closed_at=now,
        raised_at=alert.raised_at,
    )


def _list_faults(alert: Alert, person_id: str, closing: AlertClosing) -> Iterator[tuple[str, str]]:
    """List what is missing: red and imminent need a contact, or that the student could not be
    reached, with a note of what was tried or said, and a date for the next look where no follow-ups
    come by themselves. Only a person that has read an alert may call it a false alarm.

    An alert of a whole school has no student to speak with; a case about a friend is never a
    peer's; after an erased case no look is demanded.
    """
    if alert.about_friend and closing.peer_may_continue is not None:
        yield "peer_may_continue", "leave it out: a case about a friend is never a peer's"
    elif not alert.about_friend and closing.peer_may_continue is None:
        yield "peer_may_continue", "say whether a peer may go on with this student"
    unreachable = closing.outcome is AlertOutcome.UNREACHABLE
    serious = alert.level >= Level.RED
    if closing.outcome is AlertOutcome.FALSE_ALARM and person_id not in alert.read_by:
        yield "outcome", "open the alert and read it first"
    elif serious and alert.case_id and not (alert.contacted_at or unreachable):
        yield "outcome", "speak with the student first, or say that they could not be reached"
    if (serious or unreachable) and not closing.note.strip():
        yield "note", "say what was tried" if unreachable else "say what was done"
    chosen = closing.review_after is not None or _owes_follow_ups(alert, closing)
    if serious and alert.case_id and not chosen and not alert.case_erased:
        yield "review_after", "say when somebody looks after the student again"


def reopen(alert: Alert, person_id: str, reason: str, now: datetime) -> AlertDecision:
    """Open a closed alert again: its ladder starts anew, its last holder is told, unless that
    person is barred by now, and the contact is owed from now. What its closing said of peers stands
    until it is said anew.

    Raises AlertNotClosed.
    """
    if alert.status is not Status.CLOSED:
        raise AlertNotClosed
    entry = Entry(now, Happening.REOPENED, person_id, level=alert.level, text=reason)
    holder = None if alert.holder in alert.barred else alert.holder
    opened = replace(
        note_entry(alert, entry),
        status=Status.OPEN,
        turn=alert.turn + 1,
        rung=0,
        turn_began_at=None,
        next_step_at=now,
        holder=holder,
        tell_at=now if holder else None,
        holder_called=False,
        open_since=now,
        owed_since=now,
        contacted_at=None,
        contacted_by=None,
        review=None,
        closed_by=None,
        closed_at=None,
        outcome=None,
        # Set anew where it is taken.
        wipe_at=None,
    )
    event = AlertReopened(
        school_id=alert.school_id,
        alert_id=alert.alert_id,
        case_id=alert.case_id,
        level=alert.level,
        reopened_at=now,
    )
    return AlertDecision(opened, (event,))


def change_peer_decision(
    alert: Alert, person_id: str, text: str, now: datetime, *, peer_may_continue: bool
) -> AlertDecision:
    """Change whether a peer goes on with the student of a closed alert; the same again changes
    nothing.

    Raises AlertNotClosed; NeverForPeers of a case about a friend.
    """
    if alert.status is not Status.CLOSED:
        raise AlertNotClosed
    if alert.about_friend:
        raise NeverForPeers
    if alert.peer_may_continue is peer_may_continue:
        return AlertDecision(alert)
    about = PEER_GOES_ON if peer_may_continue else NO_PEER
    entry = Entry(now, Happening.PEER_DECIDED, person_id, about=about, text=text)
    changed = replace(note_entry(alert, entry), peer_may_continue=peer_may_continue)
    return AlertDecision(changed, (_peer_decision(changed, now),))


def _peer_decision(alert: Alert, now: datetime) -> PeerDecisionChanged:
    return PeerDecisionChanged(
        school_id=alert.school_id,
        alert_id=alert.alert_id,
        case_id=alert.case_id,
        level=alert.level,
        peer_may_continue=bool(alert.peer_may_continue),
        changed_at=now,
    )


def erase_words(alert: Alert) -> Alert:
    """Remove the words of an alert as its case is erased; after a closed one no person looks."""
    review = None if alert.status is Status.CLOSED else alert.review
    return replace(wipe_words(alert), review=review, case_erased=True)


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
