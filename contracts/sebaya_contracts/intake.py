"""intake.cases.v1 and intake.messages.v1: what students ask for, and the words of both sides."""

from datetime import datetime

from sebaya_contracts.event import Event, Part
from sebaya_contracts.words import (
    Answer,
    Author,
    CaseTopic,
    DetailsReason,
    Door,
    ReportReason,
    Urgency,
    WorryReason,
)


class Preferences(Part, frozen=True, kw_only=True):
    """What the student would like, and the supporters not to be offered.

    Supporters are named by id, never typed. `choosing`: the student names them once the case is
    open, and would like no offer before that.
    """

    language: str
    hours: tuple[str, ...] = ()
    preferred_supporters: tuple[str, ...] = ()
    excluded_supporters: tuple[str, ...] = ()
    choosing: bool = False


class SafetyAnswers(Part, frozen=True, kw_only=True):
    """The two safety questions of the opening; None is unanswered."""

    self_harm_thoughts: Answer | None = None
    danger_now: Answer | None = None


class CaseOpened(Event, frozen=True, kw_only=True):
    """A student asked for support."""

    case_id: str
    topic: CaseTopic
    door: Door
    preferences: Preferences
    opening_message_id: str
    consent_version: str
    consented_at: datetime
    opened_at: datetime
    urgency: Urgency = Urgency.CAN_WAIT


class PreferencesChanged(Event, frozen=True, kw_only=True):
    """The student says anew what they would like; it replaces what was said before."""

    case_id: str
    preferences: Preferences
    changed_at: datetime


class AdultRequested(Event, frozen=True, kw_only=True):
    """The student wants an adult; with `report`, because of something that is wrong in the thread.

    `reported_supporter_id` is the peer of that moment, if there was one. With `worry` it is the
    peer `worried_supporter_id` that wants an adult for the student; with `by_friend` too, the one
    that opened the case wants one for a friend. A reader that knows no reports and no worries calls
    an adult all the same.
    """

    case_id: str
    requested_at: datetime
    report: ReportReason | None = None
    reported_supporter_id: str | None = None
    worry: WorryReason | None = None
    worried_supporter_id: str | None = None
    by_friend: bool = False


class AdultRequestedWithoutCase(Event, frozen=True, kw_only=True):
    """A student who could not be let in wants an adult: only the school is known.

    The code that came with it was not looked at. `case_id` names this request alone and keys its
    record; there is no such case. `text` is what the student wrote, if anything; it is screened,
    and is at least red.
    """

    case_id: str
    requested_at: datetime
    text: str = ""
    report: ReportReason | None = None


class RematchRequested(Event, frozen=True, kw_only=True):
    """The student asks for another supporter."""

    case_id: str
    match_id: str
    requested_at: datetime


class CaseWithdrawn(Event, frozen=True, kw_only=True):
    """The student no longer wants support; what was written stays until its retention ends."""

    case_id: str
    withdrawn_at: datetime


class CaseErased(Event, frozen=True, kw_only=True):
    """Everything of this case must go, everywhere; nothing may be stored for it afterwards."""

    case_id: str
    erased_at: datetime


class ContactDetailsOpened(Event, frozen=True, kw_only=True):
    """A counsellor opened the contact details that a student left; the details are nowhere in it.

    `student_told`: the student reads of it on their page.
    """

    case_id: str
    alert_id: str
    person_id: str
    reason: DetailsReason
    student_told: bool
    opened_at: datetime


class CaseSetAside(Event, frozen=True, kw_only=True):
    """A coordinator takes the case for a prank: no supporter is asked until it is reopened."""

    case_id: str
    set_aside_at: datetime


class CaseReopened(Event, frozen=True, kw_only=True):
    """A case that was set aside goes on: its student wrote again, or the coordinator undid it."""

    case_id: str
    reopened_at: datetime


class MessagePosted(Event, frozen=True, kw_only=True):
    """Words of a student, a supporter or a counsellor.

    `attempt` counts publications: intake publishes again what has no verdict. `topic` is what an
    opening is about. `for_staff`: between the peer and the counsellors alone, never shown to the
    student.
    """

    message_id: str
    case_id: str
    author: Author
    text: str
    posted_at: datetime
    opening: bool = False
    safety: SafetyAnswers | None = None
    attempt: int = 1
    topic: CaseTopic | None = None
    for_staff: bool = False

    @property
    def repeats(self) -> bool:
        return self.attempt > 1


CaseEvent = (
    CaseOpened
    | PreferencesChanged
    | AdultRequested
    | RematchRequested
    | ContactDetailsOpened
    | CaseSetAside
    | CaseReopened
    | CaseWithdrawn
    | CaseErased
)
MessageEvent = MessagePosted | AdultRequestedWithoutCase
