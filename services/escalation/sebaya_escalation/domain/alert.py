"""The life of an alert. It may rise by itself; only a human lowers or closes it.

OPEN means that the ladder is running. An acknowledgement stops it; a rise, an overdue contact or
something new after the contact starts it again, with whoever had the alert paged first.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sebaya_contracts.district import Ladder, Person, School
from sebaya_contracts.escalation import (
    AlertAcknowledged,
    AlertClosed,
    AlertEvent,
    AlertRaised,
    AlertRose,
    ContactRecorded,
)
from sebaya_contracts.words import AlertCause, AlertOutcome, Level, Role
from sebaya_escalation.domain import identity
from sebaya_escalation.domain.identity import IdentityAnswer, IdentityReason, IdentityRequest
from sebaya_escalation.domain.rota import can_be_reached
from sebaya_escalation.domain.signal import Signal, kept, lead_of
from sebaya_escalation.errors import (
    AlertIsClosed,
    AlertNotTaken,
    AlertTaken,
    CannotTakeOver,
    NoStudent,
    SignalsUnseen,
)

# Stands before rung 0: whoever acknowledged last.
HOLDER_RUNG = -1


class Status(StrEnum):
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Alert:
    """One episode of a case: from its first signal to a human's close. `rung` is the next to be
    taken.
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
    identity: IdentityRequest | None = None

    @property
    def due_at(self) -> datetime | None:
        """When a timer must look at it again."""
        match self.status:
            case Status.OPEN:
                return self.next_step_at
            case Status.ACKNOWLEDGED:
                return self.contact_due_at
            case Status.CLOSED:
                return self.wipe_at

    @property
    def paging(self) -> bool:
        return self.status is Status.OPEN


@dataclass(frozen=True, slots=True)
class Decided:
    alert: Alert
    events: tuple[AlertEvent, ...] = field(default=())


def begin(
    school_id: str, alert_id: str, case_id: str | None, episode: int, signal: Signal, now: datetime
) -> Decided:
    """A human is needed; the first step is due at once."""
    alert = Alert(
        school_id=school_id,
        alert_id=alert_id,
        case_id=case_id,
        episode=episode,
        level=signal.level,
        cause=signal.cause,
        raised_at=now,
        signals=(signal,),
        turn_began_at=now,
        next_step_at=now,
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
    return Decided(alert, (raised,))


def join(alert: Alert, signal: Signal, now: datetime) -> Decided:
    """A later signal of the same episode. It never lowers; a higher one takes its own ladder from
    now on.
    """
    if any(known.signal_id == signal.signal_id for known in alert.signals):
        return Decided(alert)
    signals = kept((*alert.signals, signal))
    lead = lead_of(signals)
    level = max(alert.level, signal.level)
    joined = replace(
        alert,
        signals=signals,
        signals_version=alert.signals_version + 1,
        level=level,
        cause=lead.cause,
    )
    if level > alert.level:
        rose = AlertRose(
            school_id=alert.school_id,
            alert_id=alert.alert_id,
            case_id=alert.case_id,
            level=level,
            cause=lead.cause,
        )
        return Decided(restarted(joined, now), (rose,))
    # Before the contact the holder is on the way and a deadline runs; afterwards nobody would hear
    # of it.
    unheard = alert.status is Status.ACKNOWLEDGED and alert.contacted_at is not None
    return Decided(restarted(joined, now) if unheard else joined)


def restarted(alert: Alert, now: datetime) -> Alert:
    """The ladder from its beginning, at once; whoever had the alert comes first."""
    return replace(
        alert,
        status=Status.OPEN,
        turn=alert.turn + 1,
        rung=HOLDER_RUNG if alert.holder else 0,
        turn_began_at=now,
        next_step_at=now,
        contact_due_at=None,
        contacted_at=None,
    )


def acknowledge(alert: Alert, person_id: str, ladder: Ladder, now: datetime) -> Decided:
    """The first to say so has it. Raises AlertTaken for a second, AlertIsClosed; the same person
    may say it again.
    """
    if alert.status is Status.CLOSED:
        raise AlertIsClosed
    if alert.status is Status.ACKNOWLEDGED:
        if alert.holder != person_id:
            raise AlertTaken.by(alert.holder or "")
        return Decided(alert)
    taken = replace(
        alert,
        status=Status.ACKNOWLEDGED,
        holder=person_id,
        acknowledged_at=now,
        next_step_at=None,
        contact_due_at=None if alert.contacted_at else _contact_due(alert, ladder, now),
    )
    return Decided(taken, (_acknowledged(taken, person_id, now),))


def _contact_due(alert: Alert, ladder: Ladder, now: datetime) -> datetime:
    """Counted from the alert; but whoever takes a late one gets the time of one rung before others
    are woken again.
    """
    soonest = now + timedelta(seconds=ladder.rungs[0].wait_seconds)
    return max(alert.raised_at + timedelta(seconds=ladder.contact_within_seconds), soonest)


def _acknowledged(alert: Alert, person_id: str, now: datetime) -> AlertAcknowledged:
    return AlertAcknowledged(
        school_id=alert.school_id,
        alert_id=alert.alert_id,
        case_id=alert.case_id,
        level=alert.level,
        person_id=person_id,
        acknowledged_at=now,
        waited_seconds=_waited(alert, now),
    )


def _waited(alert: Alert, now: datetime) -> float:
    return max(0.0, (now - alert.raised_at).total_seconds())


def record_contact(alert: Alert, person_id: str, ladder: Ladder, now: datetime) -> Decided:
    """Somebody spoke with the student, which says "I have it" too where nobody had. Raises
    AlertIsClosed.
    """
    if alert.status is Status.CLOSED:
        raise AlertIsClosed
    if alert.contacted_at is not None and alert.status is Status.ACKNOWLEDGED:
        return Decided(alert)
    taken = acknowledge(alert, person_id, ladder, now) if alert.paging else Decided(alert)
    contact = ContactRecorded(
        school_id=alert.school_id,
        alert_id=alert.alert_id,
        case_id=alert.case_id,
        level=alert.level,
        contacted_at=now,
        waited_seconds=_waited(alert, now),
    )
    return Decided(
        replace(taken.alert, contacted_at=now, contact_due_at=None), (*taken.events, contact)
    )


def colleagues(school: School, person_id: str) -> tuple[Person, ...]:
    """Who may take over from somebody: the school's other counsellors who can be called."""
    others = (person for person in school.staff if person.person_id != person_id)
    return tuple(
        person for person in others if Role.COUNSELLOR in person.roles and can_be_reached(person)
    )


def hand_over(alert: Alert, person_id: str, to: str, school: School, now: datetime) -> Decided:
    """The colleague is called at once, and until somebody says "I have it" the ladder runs: between
    two people nothing falls.

    What was done stays done: a contact that was made need not be made again. Raises AlertIsClosed,
    AlertNotTaken, AlertTaken for an alert of somebody else, CannotTakeOver.
    """
    if alert.status is Status.CLOSED:
        raise AlertIsClosed
    if alert.paging:
        raise AlertNotTaken
    if alert.holder != person_id:
        raise AlertTaken.by(alert.holder or "")
    if to not in {person.person_id for person in colleagues(school, person_id)}:
        raise CannotTakeOver
    return Decided(
        replace(
            restarted(replace(alert, holder=to), now),
            contacted_at=alert.contacted_at,
            handed_over_at=now,
        )
    )


def ask_identity(alert: Alert, person_id: str, reason: IdentityReason, now: datetime) -> Decided:
    """Who is this? Raises AlertIsClosed; NoStudent for the alert of a whole school."""
    if alert.status is Status.CLOSED:
        raise AlertIsClosed
    if alert.case_id is None:
        raise NoStudent
    return Decided(replace(alert, identity=identity.asked(alert.identity, person_id, reason, now)))


def answer_identity(alert: Alert, person_id: str, answer: IdentityAnswer, now: datetime) -> Decided:
    """Closed, an alert is a reason no more. Raises AlertIsClosed, NotAsked, AlreadyAnswered,
    SecondPersonNeeded.
    """
    if alert.status is Status.CLOSED:
        raise AlertIsClosed
    return Decided(
        replace(alert, identity=identity.answered(alert.identity, person_id, answer, now))
    )


@dataclass(frozen=True, slots=True)
class Closing:
    """What a human says when closing. `version` is that of the signals they saw."""

    version: int
    outcome: AlertOutcome
    note: str
    peer_may_continue: bool


def close(
    alert: Alert, person_id: str, closing: Closing, keep_words: timedelta, now: datetime
) -> Decided:
    """Only a human does. Raises SignalsUnseen when something came after what they saw,
    AlertIsClosed.
    """
    if alert.status is Status.CLOSED:
        raise AlertIsClosed
    if closing.version != alert.signals_version:
        raise SignalsUnseen(version=alert.signals_version)
    first = (_acknowledged(alert, person_id, now),) if alert.acknowledged_at is None else ()
    closed = replace(
        alert,
        status=Status.CLOSED,
        holder=alert.holder or person_id,
        acknowledged_at=alert.acknowledged_at or now,
        next_step_at=None,
        contact_due_at=None,
        closed_by=person_id,
        closed_at=now,
        outcome=closing.outcome,
        note="" if alert.erased else closing.note,
        peer_may_continue=closing.peer_may_continue,
        wipe_at=None if alert.erased else now + keep_words,
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
    return Decided(closed, (*first, event))


def wiped(alert: Alert) -> Alert:
    """Without words, for an erased case or at the end of retention. What the alert was, and who
    acted, stays.
    """
    bare = tuple(replace(signal, text="", why=()) for signal in alert.signals)
    return replace(alert, signals=bare, note="", erased=True, wipe_at=None)
