"""The life of an alert. It may rise by itself; only a human lowers or closes it.

OPEN means that the ladder is running. An acknowledgement stops it; a rise, an overdue contact or
something new after the contact starts it again. Its last holder is told with the first step and
waited for no second time; the colleague of a hand-over is called first.
"""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sebaya_contracts.district import School
from sebaya_contracts.escalation import (
    AlertAcknowledged,
    AlertEvent,
    AlertOpenedAgain,
    AlertRaised,
    AlertRose,
    ContactRecorded,
)
from sebaya_contracts.words import AlertCause, AlertOutcome, Level, OpenAgainCause
from sebaya_escalation.domain.barring import Bar, list_barred
from sebaya_escalation.domain.identity import IdentityInquiry
from sebaya_escalation.domain.review import Review, ReviewAfter, plan_review
from sebaya_escalation.domain.school_ladder import choose_ladder
from sebaya_escalation.domain.signal import Signal, find_lead, limit_signals
from sebaya_escalation.domain.timeline import Entry, Happening, add_entry
from sebaya_escalation.errors import AlertIsClosed, AlertTaken

# Stands before rung 0: the colleague that an alert was handed over to.
HOLDER_RUNG = -1
# Who is in a conversation sees its answers, and needs no mail for each.
ANSWERS_APART = timedelta(minutes=5)
CODE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
CODE_LENGTH = 5


class Status(StrEnum):
    """Where an alert stands; OPEN means that its ladder is running."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Alert:
    """One episode of a case: from its first signal to a human's close.

    `rung` is the next to be paged, `turn` counts the rounds of the ladder, `holder` is the last
    person to acknowledge the alert, or the colleague it was handed over to. `tell_at`: the holder
    must be told of something. `holder_called`: this round need not wait for the holder once more.
    `open_since`: it waits for an answer; `owed_since`: it waits for the contact.
    `coordinators_told_at`: they heard that a whole round of the ladder left it unanswered.
    `read_by`: the people that have read its words. `code`: see `make_code`. `erased`: its words are
    gone; with `case_erased`, since its student erased the case.
    """

    school_id: str
    alert_id: str
    case_id: str | None
    episode: int
    level: Level
    cause: AlertCause
    raised_at: datetime
    status: Status = Status.OPEN
    signals: tuple[Signal, ...] = ()
    signals_version: int = 1
    erased: bool = False
    turn: int = 1
    rung: int = 0
    turn_began_at: datetime | None = None
    next_step_at: datetime | None = None
    holder: str | None = None
    acknowledged_at: datetime | None = None
    contact_due_at: datetime | None = None
    contacted_at: datetime | None = None
    handed_over_at: datetime | None = None
    closed_by: str | None = None
    closed_at: datetime | None = None
    outcome: AlertOutcome | None = None
    note: str = ""
    peer_may_continue: bool | None = None
    wipe_at: datetime | None = None
    identity: IdentityInquiry | None = None
    open_since: datetime | None = None
    owed_since: datetime | None = None
    tell_at: datetime | None = None
    holder_called: bool = False
    timeline: tuple[Entry, ...] = ()
    code: str = ""
    bars: tuple[Bar, ...] = ()
    review: Review | None = None
    contacted_by: str | None = None
    read_by: tuple[str, ...] = ()
    by_friend: bool = False
    case_erased: bool = False
    coordinators_told_at: datetime | None = None

    @property
    def about_friend(self) -> bool:
        """Whether its case is out of worry about a friend: no peer is there, and none comes."""
        return self.by_friend or any(signal.by_friend for signal in self.signals)

    @property
    def due_at(self) -> datetime | None:
        """When a timer must act on it again; None for never."""
        match self.status:
            case Status.OPEN:
                return _first_of(self.next_step_at, self.contact_due_at, self.wipe_at)
            case Status.ACKNOWLEDGED:
                return _first_of(
                    self.tell_at, self.contact_due_at, self.review_step_at, self.wipe_at
                )
            case Status.CLOSED:
                return _first_of(self.wipe_at, self.review_step_at)

    @property
    def review_step_at(self) -> datetime | None:
        """When a person is called for the next look; while a contact is owed, none is."""
        owed = self.contacted_at is None and self.status is not Status.CLOSED
        return None if owed or self.review is None else self.review.step_at

    @property
    def holds_text(self) -> bool:
        """Whether there is anything left that somebody wrote."""
        return not self.erased or bool(self.note) or any(entry.text for entry in self.timeline)

    @property
    def barred(self) -> frozenset[str]:
        """The members of staff that must neither see it nor be called."""
        return list_barred(self.bars)

    @property
    def paging(self) -> bool:
        """Whether the ladder is running."""
        return self.status is Status.OPEN


def make_code(alert_id: str) -> str:
    """Make the short code by which people speak of an alert: five letters and digits, of which none
    looks like another. Two alerts of a school may share one, once in some ten thousand.
    """
    number = int.from_bytes(hashlib.sha256(alert_id.encode()).digest()[:8])
    code = ""
    for _ in range(CODE_LENGTH):
        number, digit = divmod(number, len(CODE_ALPHABET))
        code += CODE_ALPHABET[digit]
    return code


def _first_of(*moments: datetime | None) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)


@dataclass(frozen=True, slots=True)
class AlertDecision:
    """The alert after a decision, and the events that say so."""

    alert: Alert
    events: tuple[AlertEvent, ...] = field(default=())


def raise_alert(
    school_id: str, alert_id: str, case_id: str | None, episode: int, signal: Signal, now: datetime
) -> AlertDecision:
    """Raise an alert for a signal; the first step of its ladder is due at once."""
    alert = Alert(
        school_id=school_id,
        alert_id=alert_id,
        case_id=case_id,
        episode=episode,
        level=signal.level,
        cause=signal.cause,
        code=make_code(alert_id),
        raised_at=now,
        signals=(signal,),
        turn_began_at=now,
        next_step_at=now,
        open_since=now,
        owed_since=now,
        timeline=(Entry(now, Happening.RAISED, about=signal.cause, level=signal.level),),
    )
    raised = AlertRaised(
        school_id=school_id,
        alert_id=alert_id,
        case_id=case_id,
        episode=episode,
        level=signal.level,
        cause=signal.cause,
        raised_at=now,
    )
    return AlertDecision(alert, (raised,))


def join_signal(alert: Alert, signal: Signal, now: datetime) -> AlertDecision:
    """Join a later signal to its episode; one that is known and now says more takes its own place.

    A signal never lowers the level; a higher one restarts the ladder, by its own level from now on.
    The holder is told of each one; an imminent one pages the ladder as well.
    """
    known = next((one for one in alert.signals if one.signal_id == signal.signal_id), None)
    if known is not None and known.level >= signal.level:
        return AlertDecision(alert)
    others = tuple(one for one in alert.signals if one is not known)
    signals = limit_signals((*others, signal))
    joined = replace(
        alert,
        signals=signals,
        signals_version=alert.signals_version + 1,
        by_friend=alert.by_friend or signal.by_friend,
        level=max(alert.level, signal.level),
        cause=find_lead(signals).cause,
        # New words, with a time of their own.
        erased=False,
        wipe_at=None,
    )
    if joined.level > alert.level:
        return _rise(joined, now)
    joined = note_entry(
        joined, Entry(now, Happening.SIGNALLED, about=signal.cause, level=signal.level)
    )
    # A contact that was made before it does not meet it.
    met = alert.contacted_at is not None
    if met:
        joined = replace(joined, owed_since=now, contacted_at=None)
    if alert.paging:
        return AlertDecision(joined)
    # Before the contact the holder is on the way and a deadline runs; afterwards no person would
    # hear of it.
    if met:
        return open_again(joined, OpenAgainCause.NEW_SIGNAL, now)
    if signal.level is Level.IMMINENT:
        return open_again(joined, OpenAgainCause.NEW_SIGNAL, now)
    return AlertDecision(replace(joined, tell_at=now))


def _rise(alert: Alert, now: datetime) -> AlertDecision:
    """Restart the clocks too: what its new level allows counts from now."""
    risen = replace(alert, open_since=now, owed_since=now, contacted_at=None)
    risen = note_entry(risen, Entry(now, Happening.ROSE, about=alert.cause, level=alert.level))
    rose = AlertRose(
        school_id=alert.school_id,
        alert_id=alert.alert_id,
        case_id=alert.case_id,
        level=alert.level,
        cause=alert.cause,
        rose_at=now,
    )
    again = open_again(risen, OpenAgainCause.ROSE, now)
    return AlertDecision(again.alert, (rose, *again.events))


def note_entry(alert: Alert, entry: Entry) -> Alert:
    """Add an entry to an alert's timeline."""
    return replace(alert, timeline=add_entry(alert.timeline, entry))


def note_student(alert: Alert, what: Happening, now: datetime) -> Alert:
    """Note a sign of the student that calls for no further human: a calm answer, a withdrawal. The
    holder of the alert is told, of a conversation's answers once in a while.
    """
    if alert.status is not Status.ACKNOWLEDGED:
        return alert
    before = next((one.at for one in reversed(alert.timeline) if one.what is what), None)
    if before is not None and now - before < ANSWERS_APART:
        return alert
    return replace(note_entry(alert, Entry(now, what)), tell_at=now)


def open_again(
    alert: Alert, cause: OpenAgainCause, now: datetime, *, rung: int = 0
) -> AlertDecision:
    """Open an alert again: its ladder runs from `rung` on, at once, and its holder is told too.

    No deadline moves. Of an alert that no person held, only the ladder restarts, and nothing is
    announced.
    """
    again = replace(
        alert,
        status=Status.OPEN,
        turn=alert.turn + 1,
        rung=rung,
        # A round that begins amid the ladder owes no pause to the one before.
        turn_began_at=None,
        next_step_at=now,
        tell_at=now if alert.holder else None,
        holder_called=False,
    )
    if alert.paging:
        return AlertDecision(again)
    opened = AlertOpenedAgain(
        school_id=alert.school_id,
        alert_id=alert.alert_id,
        case_id=alert.case_id,
        level=alert.level,
        cause=cause,
        opened_at=now,
    )
    again = note_entry(again, Entry(now, Happening.OPENED_AGAIN, about=cause, level=alert.level))
    return AlertDecision(replace(again, open_since=now), (opened,))


def acknowledge(alert: Alert, person_id: str, school: School, now: datetime) -> AlertDecision:
    """Acknowledge an alert: the first person to do so holds it, and its ladder stops.

    The same person may do so again. Raises AlertTaken for a second person, AlertIsClosed.
    """
    if alert.status is Status.CLOSED:
        raise AlertIsClosed
    if alert.status is Status.ACKNOWLEDGED:
        if alert.holder != person_id:
            raise AlertTaken.by(alert.holder or "")
        return AlertDecision(alert)
    taken = replace(
        with_end(note_entry(alert, Entry(now, Happening.ACKNOWLEDGED, person_id)), school, now),
        status=Status.ACKNOWLEDGED,
        holder=person_id,
        acknowledged_at=now,
        next_step_at=None,
        tell_at=None,
        contact_due_at=None if alert.contacted_at else _contact_deadline(alert, school, now),
    )
    if taken.contacted_at and taken.review is None:
        taken = replace(taken, review=plan_review(None, ReviewAfter.DAY, now))
    return AlertDecision(taken, (make_acknowledgement(taken, person_id, school, now),))


def with_end(alert: Alert, school: School, now: datetime) -> Alert:
    """Set when the words of an alert end, in whatever state it is then, unless that is set or there
    are none. What staff write after the student's own words are gone has an end of its own.
    """
    if alert.wipe_at is not None or not alert.holds_text:
        return alert
    return replace(alert, wipe_at=now + timedelta(days=school.policies.retention_days))


def _contact_deadline(alert: Alert, school: School, now: datetime) -> datetime:
    """Count from when the contact is owed; after a late acknowledgement there is the time of one
    rung at least before others are woken again. A deadline that runs already is never put off.
    """
    ladder = choose_ladder(school, alert.level)
    owed_since = alert.owed_since or alert.raised_at
    deadline = max(
        owed_since + timedelta(seconds=ladder.contact_within_seconds),
        now + timedelta(seconds=ladder.rungs[0].wait_seconds),
    )
    runs = alert.contact_due_at is not None and alert.contact_due_at > now
    return min(alert.contact_due_at, deadline) if alert.contact_due_at and runs else deadline


def make_acknowledgement(
    alert: Alert, person_id: str, school: School, now: datetime
) -> AlertAcknowledged:
    """Make the event that says which person holds an alert, and since when."""
    return AlertAcknowledged(
        school_id=alert.school_id,
        alert_id=alert.alert_id,
        case_id=alert.case_id,
        level=alert.level,
        person_id=person_id,
        acknowledged_at=now,
        waited_seconds=_seconds_since(alert.open_since or alert.raised_at, now),
        person_name=find_name(school, person_id),
    )


def find_name(school: School, person_id: str) -> str:
    """Find the name of a member of staff; "" where the school does not know the person."""
    return next((one.name for one in school.staff if one.person_id == person_id), "")


def _seconds_since(moment: datetime, now: datetime) -> float:
    return max(0.0, (now - moment).total_seconds())


def record_contact(alert: Alert, person_id: str, school: School, now: datetime) -> AlertDecision:
    """Record that a person spoke with the student; it acknowledges an open alert, too.

    Raises AlertIsClosed.
    """
    if alert.status is Status.CLOSED:
        raise AlertIsClosed
    if alert.contacted_at is not None and alert.status is Status.ACKNOWLEDGED:
        return AlertDecision(alert)
    taken = acknowledge(alert, person_id, school, now) if alert.paging else AlertDecision(alert)
    contact = ContactRecorded(
        school_id=alert.school_id,
        alert_id=alert.alert_id,
        case_id=alert.case_id,
        level=alert.level,
        contacted_at=now,
        waited_seconds=_seconds_since(alert.owed_since or alert.raised_at, now),
    )
    met = note_entry(taken.alert, Entry(now, Happening.CONTACTED, person_id))
    review = met.review or plan_review(None, ReviewAfter.DAY, now)
    return AlertDecision(
        replace(
            with_end(met, school, now),
            contacted_at=now,
            contacted_by=person_id,
            contact_due_at=None,
            review=review,
        ),
        (*taken.events, contact),
    )
