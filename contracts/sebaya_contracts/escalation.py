"""escalation.verdicts.v1, escalation.alerts.v1, escalation.coverage.v1: the students in need of a
human, and when one is on call.
"""

from datetime import datetime

from sebaya_contracts.event import Event, Part
from sebaya_contracts.words import AlertCause, AlertOutcome, Author, Level, OpenAgainCause


class MessageScreened(Event, frozen=True, kw_only=True):
    """The verdict on one message: its level, never its words. `alert_id` names the alert it raised
    or joined. Published again with a higher level where the second stage of the screen, which reads
    for meaning (`meaning_version`), raises what the rules alarmed at.
    """

    message_id: str
    case_id: str
    level: Level
    opening: bool = False
    alert_id: str | None = None
    screen_version: str = ""
    author: Author | None = None
    posted_at: datetime | None = None
    meaning_version: str = ""


class AlertRaised(Event, frozen=True, kw_only=True):
    """A human is needed. `case_id` is empty only for the one alert of a school in which messages
    cannot be screened.
    """

    alert_id: str
    case_id: str | None
    episode: int
    level: Level
    cause: AlertCause
    raised_at: datetime


class AlertRose(Event, frozen=True, kw_only=True):
    """A later signal raised the level of an alert that is not closed."""

    alert_id: str
    case_id: str | None
    level: Level
    cause: AlertCause
    rose_at: datetime | None = None


class AlertLowered(Event, frozen=True, kw_only=True):
    """The human that holds the alert lowered its level; `level` is the new one."""

    alert_id: str
    case_id: str | None
    level: Level
    lowered_at: datetime


class AlertOpenedAgain(Event, frozen=True, kw_only=True):
    """The person that held the alert holds it no more; its ladder runs until the next one does.

    A rise of a held alert is both: `AlertRose`, then this.
    """

    alert_id: str
    case_id: str | None
    level: Level
    cause: OpenAgainCause
    opened_at: datetime


class AlertPaged(Event, frozen=True, kw_only=True):
    """A step of the ladder was taken: `recipients` pages were written for it."""

    alert_id: str
    case_id: str | None
    turn: int
    rung: int
    recipients: int
    level: Level


class AlertAcknowledged(Event, frozen=True, kw_only=True):
    """A person took the alert. `waited_seconds` since it was raised.

    `person_name` is the name that the school gives that member of staff.
    """

    alert_id: str
    case_id: str | None
    level: Level
    person_id: str
    acknowledged_at: datetime
    waited_seconds: float
    person_name: str = ""


class ContactRecorded(Event, frozen=True, kw_only=True):
    """The person spoke with the student. `waited_seconds` since the alert was raised."""

    alert_id: str
    case_id: str | None
    level: Level
    contacted_at: datetime
    waited_seconds: float


class AlertClosed(Event, frozen=True, kw_only=True):
    """A human closed the alert and says whether a peer may go on. Its danger stood from `raised_at`
    to `closed_at`.
    """

    alert_id: str
    case_id: str | None
    level: Level
    outcome: AlertOutcome
    peer_may_continue: bool
    closed_at: datetime
    raised_at: datetime | None = None


class AlertReopened(Event, frozen=True, kw_only=True):
    """A human opened a closed alert again; its ladder runs from the beginning, and the contact is
    owed anew.
    """

    alert_id: str
    case_id: str | None
    level: Level
    reopened_at: datetime


class PeerDecisionChanged(Event, frozen=True, kw_only=True):
    """A human changed what a closing said of peers: the newest word on a case counts, whichever of
    its alerts it was said of.
    """

    alert_id: str
    case_id: str | None
    level: Level
    peer_may_continue: bool
    changed_at: datetime


class StaffBarred(Event, frozen=True, kw_only=True):
    """The members of staff that must neither see a case nor be called about it: all of them, as of
    now. A student's words named them, or they stepped out.
    """

    case_id: str
    person_ids: tuple[str, ...]
    changed_at: datetime


class Interval(Part, frozen=True, kw_only=True):
    """Half-open: `until` itself is no longer covered."""

    since: datetime
    until: datetime


class CoveragePublished(Event, frozen=True, kw_only=True):
    """When a person is on call in the next 14 days. After `expires_at` no person is known to be on
    call.
    """

    covered: tuple[Interval, ...]
    published_at: datetime
    expires_at: datetime


AlertEvent = (
    AlertRaised
    | AlertRose
    | AlertLowered
    | AlertOpenedAgain
    | AlertPaged
    | AlertAcknowledged
    | ContactRecorded
    | AlertClosed
    | AlertReopened
    | PeerDecisionChanged
    | StaffBarred
)
VerdictEvent = MessageScreened
CoverageEvent = CoveragePublished
