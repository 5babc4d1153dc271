"""The life of an alert. It may rise by itself; only a human lowers or closes it.

OPEN means that the ladder is running. An acknowledgement stops it; a rise, an overdue contact or
something new after the contact starts it again, and the last holder of the alert is paged first.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sebaya_contracts.district import Person, School
from sebaya_contracts.escalation import (
    AlertAcknowledged,
    AlertClosed,
    AlertEvent,
    AlertOpenedAgain,
    AlertRaised,
    AlertRose,
    ContactRecorded,
)
from sebaya_contracts.words import AlertCause, AlertOutcome, Level, OpenAgainCause, Role
from sebaya_escalation.domain import identity
from sebaya_escalation.domain.identity import IdentityAnswer, IdentityInquiry, IdentityReason
from sebaya_escalation.domain.rota import is_reachable
from sebaya_escalation.domain.school_ladder import choose_ladder
from sebaya_escalation.domain.signal import Signal, find_lead, limit_signals
from sebaya_escalation.errors import (
    AlertIsClosed,
    AlertNotTaken,
    AlertTaken,
    CannotTakeOver,
    NoStudent,
    SignalsUnseen,
)

# Stands before rung 0: the person who acknowledged last.
HOLDER_RUNG = -1


class Status(StrEnum):
    """Where an alert stands; OPEN means that its ladder is running."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Alert:
    """One episode of a case: from its first signal to a human's close.

    `rung` is the next to be paged, `turn` counts the rounds of the ladder, `holder` is the last
    person to acknowledge the alert, or the colleague it was handed over to.
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

    @property
    def due_at(self) -> datetime | None:
        """When a timer must act on it again; None for never."""
        match self.status:
            case Status.OPEN:
                return self.next_step_at
            case Status.ACKNOWLEDGED:
                return self.contact_due_at
            case Status.CLOSED:
                return self.wipe_at

    @property
    def paging(self) -> bool:
        """Whether the ladder is running."""
        return self.status is Status.OPEN


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
    return AlertDecision(alert, (raised,))


def join_signal(alert: Alert, signal: Signal, now: datetime) -> AlertDecision:
    """Join a later signal to its episode.

    A signal never lowers the level; a higher one restarts the ladder, by its own level from now on.
    """
    if any(known.signal_id == signal.signal_id for known in alert.signals):
        return AlertDecision(alert)
    signals = limit_signals((*alert.signals, signal))
    lead = find_lead(signals)
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
            rose_at=now,
        )
        again = open_again(joined, OpenAgainCause.ROSE, now)
        return AlertDecision(again.alert, (rose, *again.events))
    # Before the contact the holder is on the way and a deadline runs; afterwards no person would
    # hear of it.
    if alert.status is Status.ACKNOWLEDGED and alert.contacted_at is not None:
        return open_again(joined, OpenAgainCause.NEW_SIGNAL, now)
    return AlertDecision(joined)


def open_again(alert: Alert, cause: OpenAgainCause, now: datetime) -> AlertDecision:
    """Open an alert again: its ladder restarts from the beginning, at once, and the holder of the
    alert is paged first.

    Of an alert that no person held, only the ladder restarts, and nothing is announced.
    """
    again = replace(
        alert,
        status=Status.OPEN,
        turn=alert.turn + 1,
        rung=HOLDER_RUNG if alert.holder else 0,
        turn_began_at=now,
        next_step_at=now,
        contact_due_at=None,
        contacted_at=None,
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
    return AlertDecision(again, (opened,))


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
        alert,
        status=Status.ACKNOWLEDGED,
        holder=person_id,
        acknowledged_at=now,
        next_step_at=None,
        contact_due_at=None if alert.contacted_at else _contact_deadline(alert, school, now),
    )
    return AlertDecision(taken, (_acknowledgement(taken, person_id, school, now),))


def _contact_deadline(alert: Alert, school: School, now: datetime) -> datetime:
    """Count from the raising; after a late acknowledgement there is the time of one rung at least
    before others are woken again.
    """
    ladder = choose_ladder(school, alert.level)
    soonest = now + timedelta(seconds=ladder.rungs[0].wait_seconds)
    return max(alert.raised_at + timedelta(seconds=ladder.contact_within_seconds), soonest)


def _acknowledgement(
    alert: Alert, person_id: str, school: School, now: datetime
) -> AlertAcknowledged:
    return AlertAcknowledged(
        school_id=alert.school_id,
        alert_id=alert.alert_id,
        case_id=alert.case_id,
        level=alert.level,
        person_id=person_id,
        acknowledged_at=now,
        waited_seconds=_seconds_since_raised(alert, now),
        person_name=find_name(school, person_id),
    )


def find_name(school: School, person_id: str) -> str:
    """Find the name of a member of staff; "" where the school does not know the person."""
    return next((one.name for one in school.staff if one.person_id == person_id), "")


def _seconds_since_raised(alert: Alert, now: datetime) -> float:
    return max(0.0, (now - alert.raised_at).total_seconds())


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
        waited_seconds=_seconds_since_raised(alert, now),
    )
    return AlertDecision(
        replace(taken.alert, contacted_at=now, contact_due_at=None), (*taken.events, contact)
    )


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
    again = open_again(replace(alert, holder=to), OpenAgainCause.HANDED_OVER, now)
    return replace(
        again, alert=replace(again.alert, contacted_at=alert.contacted_at, handed_over_at=now)
    )


def ask_identity(
    alert: Alert, person_id: str, reason: IdentityReason, now: datetime
) -> AlertDecision:
    """Ask for the student's identity.

    Raises AlertIsClosed; NoStudent for the alert of a whole school.
    """
    if alert.status is Status.CLOSED:
        raise AlertIsClosed
    if alert.case_id is None:
        raise NoStudent
    return AlertDecision(
        replace(alert, identity=identity.open_inquiry(alert.identity, person_id, reason, now))
    )


def answer_identity(
    alert: Alert, person_id: str, answer: IdentityAnswer, now: datetime
) -> AlertDecision:
    """Answer the question for the student's identity; a closed alert is no reason for it any more.

    Raises AlertIsClosed, NotAsked, AlreadyAnswered, SecondPersonNeeded.
    """
    if alert.status is Status.CLOSED:
        raise AlertIsClosed
    return AlertDecision(
        replace(alert, identity=identity.answer_inquiry(alert.identity, person_id, answer, now))
    )


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
        (_acknowledgement(alert, person_id, school, now),) if alert.acknowledged_at is None else ()
    )
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
    return replace(alert, signals=bare, note="", erased=True, wipe_at=None)
