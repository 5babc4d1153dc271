"""A student's case: opening, and what its student may do with it."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sebaya_chassis.base.problems import NotFound
from sebaya_contracts.intake import (
    AdultRequested,
    CaseErased,
    CaseEvent,
    CaseOpened,
    CaseWithdrawn,
    MessagePosted,
    Preferences,
    RematchRequested,
    SafetyAnswers,
)
from sebaya_contracts.words import Author, CaseTopic, Door, Level, ReportReason, Urgency
from sebaya_intake.domain.consent import Consent
from sebaya_intake.domain.crisis import CrisisReason
from sebaya_intake.domain.projection import Match, Phase, View
from sebaya_intake.domain.screening import Outbox, Screening, VerdictTimeout, begun, looked_at
from sebaya_intake.errors import CaseGone, IdempotencyKeyReused, NoMatch


class StudentState(StrEnum):
    """What the student is told. What was detected is never said."""

    RECEIVED = "received"
    WAITING = "waiting"
    OFFERED = "offered"
    MATCHED = "matched"
    WITH_COUNSELLOR = "with_counsellor"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


# No school keeps words for less.
FIRST_LOOK = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Opening:
    """What the student gave at the door. `crisis_reason` is what was answered then, so that a
    repeat is answered alike.

    Without words once their retention is over.
    """

    message_id: str
    text: str
    topic: CaseTopic
    door: Door
    preferences: Preferences
    safety: SafetyAnswers
    consent: Consent
    opened_at: datetime
    crisis_reason: CrisisReason | None
    urgency: Urgency = Urgency.CAN_WAIT


@dataclass(frozen=True, slots=True)
class Case:
    """`opening` is None where the case is known from others' events only (after a restore), and
    after its erasure.

    `idempotency`, `body` and `code_hash` are keyed digests. `words_until` is when somebody looks
    whether the words must go by age; `words_end` stands from the decision that they do until they
    have.
    """

    case_id: str
    school_id: str
    opening: Opening | None = None
    idempotency: str | None = None
    body: str | None = None
    code_hash: str | None = None
    screening: Screening | None = None
    view: View = field(default_factory=View)
    last_posted_at: datetime | None = None
    student_posted_at: datetime | None = None
    read_at: datetime | None = None
    words_until: datetime | None = None
    words_end: datetime | None = None
    adult_asked_at: datetime | None = None
    reported_at: datetime | None = None
    reported: ReportReason | None = None
    rematch_of: str | None = None
    withdrawn_at: datetime | None = None
    erased_at: datetime | None = None
    wiped: bool = False

    @property
    def screened(self) -> bool:
        return self.screening is not None and self.screening.screened


@dataclass(frozen=True, slots=True)
class CaseDraft:
    """What a student sends to open a case, before any rule has judged it."""

    topic: CaseTopic
    text: str
    preferences: Preferences
    safety: SafetyAnswers
    consent_version: str
    age: int
    urgency: Urgency
    door: Door


Decided = tuple[Case, tuple[CaseEvent | MessagePosted, ...]]


@dataclass(frozen=True, slots=True)
class Digests:
    """What is kept of the key, the body and the return code of an opening."""

    idempotency: str
    body: str
    code_hash: str


def new_case(
    school_id: str, case_id: str, opening: Opening, digests: Digests, patience: VerdictTimeout
) -> Decided:
    """Make the case with its first words, and the events of both, for one write."""
    case = Case(
        case_id=case_id,
        school_id=school_id,
        opening=opening,
        idempotency=digests.idempotency,
        body=digests.body,
        code_hash=digests.code_hash,
        screening=begun(opening.opened_at, patience),
        last_posted_at=opening.opened_at,
        student_posted_at=opening.opened_at,
        words_until=opening.opened_at + FIRST_LOOK,
    )
    opened = CaseOpened(
        school_id=school_id,
        case_id=case_id,
        topic=opening.topic,
        door=opening.door,
        preferences=opening.preferences,
        opening_message_id=opening.message_id,
        consent_version=opening.consent.version,
        consented_at=opening.consent.given_at,
        opened_at=opening.opened_at,
        urgency=opening.urgency,
    )
    return case, (opened, opening_posted(case, opening))


def opening_posted(case: Case, opening: Opening) -> MessagePosted:
    return MessagePosted(
        school_id=case.school_id,
        message_id=opening.message_id,
        case_id=case.case_id,
        author=Author.STUDENT,
        text=opening.text,
        posted_at=opening.opened_at,
        opening=True,
        safety=opening.safety,
        attempt=case.screening.attempt if case.screening else 1,
        topic=opening.topic,
    )


def opened_before(case: Case, body: str) -> Opening:
    """What was opened with this key. Raises CaseGone after its erasure, IdempotencyKeyReused for
    another body.
    """
    if case.opening is None:
        raise CaseGone
    if case.body != body:
        raise IdempotencyKeyReused
    return case.opening


def state_for_student(case: Case) -> StudentState:
    """The strongest of what is known."""
    view = case.view
    if case.withdrawn_at is not None:
        return StudentState.WITHDRAWN
    if view.referred:
        return StudentState.WITH_COUNSELLOR
    if view.phase in {Phase.CLOSED, Phase.MATCHED}:
        return StudentState(view.phase.value)
    if view.held or view.adult_came:
        return StudentState.WITH_COUNSELLOR
    return StudentState(view.phase.value)


def kept(case: Case) -> Case:
    """Raises NotFound for an erased case: nothing is done or stored for it any more."""
    if case.erased_at is not None:
        raise NotFound
    return case


def posted_in(case: Case, author: Author, now: datetime) -> Case:
    """Words may always be added, to a closed or withdrawn case too: they are screened, and a new
    alert says that it is over.

    Whoever answers a student has read what was there.
    """
    until = kept(case).words_until or now + FIRST_LOOK
    if author is Author.STUDENT:
        return replace(case, last_posted_at=now, words_until=until, student_posted_at=now)
    return replace(case, last_posted_at=now, words_until=until, read_at=now)


def ask_for_adult(case: Case, now: datetime, again_after: timedelta) -> Decided:
    """Pressing twice is asking once; asking again later is heard again."""
    asked = kept(case).adult_asked_at
    if asked is not None and now - asked < again_after:
        return case, ()
    event = AdultRequested(school_id=case.school_id, case_id=case.case_id, requested_at=now)
    return replace(case, adult_asked_at=now), (event,)


def report(case: Case, reason: ReportReason, now: datetime, again_after: timedelta) -> Decided:
    """Something is wrong here. A wish for an adult a moment ago does not hide it; the same report
    twice is one.

    The peer of the match is named, ended or not: it is often the reason why it ended.
    """
    if (
        kept(case).reported is reason
        and case.reported_at is not None
        and now - case.reported_at < again_after
    ):
        return case, ()
    event = AdultRequested(
        school_id=case.school_id,
        case_id=case.case_id,
        requested_at=now,
        report=reason,
        reported_supporter_id=case.view.match.supporter_id if case.view.match else None,
    )
    return replace(case, reported_at=now, reported=reason), (event,)


def ask_for_rematch(case: Case, now: datetime) -> Decided:
    """Somebody else, please; once a match. Raises NoMatch where there is none to leave."""
    met = accepted_match(case)
    if case.withdrawn_at is not None or not met.active:
        raise NoMatch
    if case.rematch_of == met.match_id:
        return case, ()
    event = RematchRequested(
        school_id=case.school_id, case_id=case.case_id, match_id=met.match_id, requested_at=now
    )
    return replace(case, rematch_of=met.match_id), (event,)


def accepted_match(case: Case) -> Match:
    """The last match that was accepted, ended or not. Raises NoMatch."""
    met = kept(case).view.match
    if met is None or met.accepted_at is None:
        raise NoMatch
    return met


def active_match(case: Case) -> Match | None:
    """Return the match that the student has now; None once it has ended or the case is withdrawn."""
    match = case.view.match
    return match if match and match.active and case.withdrawn_at is None else None


def withdraw(case: Case, now: datetime) -> Decided:
    """The student may still read; peers no longer."""
    if kept(case).withdrawn_at is not None:
        return case, ()
    return replace(case, withdrawn_at=now), (
        CaseWithdrawn(school_id=case.school_id, case_id=case.case_id, withdrawn_at=now),
    )


def erase(case: Case, now: datetime) -> Decided:
    """One write leaves the tombstone; the timer wipes the messages.

    The digest of the key stays: a belated repeat of the opening must not bring back what its
    student has erased.
    """
    return tombstone(kept(case), now), (
        CaseErased(school_id=case.school_id, case_id=case.case_id, erased_at=now),
    )


def tombstone(case: Case, erased_at: datetime) -> Case:
    return Case(
        case_id=case.case_id,
        school_id=case.school_id,
        idempotency=case.idempotency,
        erased_at=erased_at,
    )


def withdrawn_before(case: Case, withdrawn_at: datetime) -> Case:
    """Withdrawn in the time that a restored store does not know."""
    return replace(case, withdrawn_at=case.withdrawn_at or withdrawn_at)


def screened(case: Case, level: Level, now: datetime) -> Case:
    """The verdict on the opening."""
    before = case.screening or Screening(asked_at=now, look_at=None)
    return replace(case, screening=before.with_verdict(level, now))


def look_for_verdict(
    case: Case, outbox: Outbox, patience: VerdictTimeout, now: datetime
) -> Decided:
    """Publish the opening again when its verdict is overdue."""
    if case.screening is None or case.opening is None or not case.opening.text:
        return case, ()
    screening, again = looked_at(case.screening, outbox, patience, now)
    looked = replace(case, screening=screening)
    return looked, ((opening_posted(looked, case.opening),) if again else ())


def due(case: Case) -> datetime | None:
    """When a timer must look: at an erasure until its messages are wiped, at an opening until its
    verdict is there, at the age of words.
    """
    if case.erased_at is not None:
        return None if case.wiped else case.erased_at
    looks = (case.screening.look_at if case.screening else None, case.words_until, case.words_end)
    return min((look for look in looks if look is not None), default=None)
