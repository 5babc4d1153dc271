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
    PreferencesChanged,
    RematchRequested,
    SafetyAnswers,
)
from sebaya_contracts.words import (
    Author,
    CaseTopic,
    Door,
    Level,
    ReportReason,
    Urgency,
    WorryReason,
)
from sebaya_intake.domain.case_link import CaseLink
from sebaya_intake.domain.consent import Consent
from sebaya_intake.domain.crisis import CrisisReason
from sebaya_intake.domain.projection import (
    AlertState,
    CaseProjection,
    Match,
    Phase,
    SearchNews,
)
from sebaya_intake.domain.queue_place import QueuePlace, SetAside
from sebaya_intake.domain.screening import (
    Outbox,
    Screening,
    VerdictTimeout,
    check_verdict,
    start_screening,
)
from sebaya_intake.domain.sealed_details import ContactDetails, DetailsOpening, SealedDetails
from sebaya_intake.domain.sealed_plan import SealedPlan
from sebaya_intake.errors import CaseGone, IdempotencyKeyReused, NoMatch


class StudentState(StrEnum):
    """How a case stands in its student's words. What was detected is never said."""

    RECEIVED = "received"
    WAITING = "waiting"
    OFFERED = "offered"
    MATCHED = "matched"
    WITH_COUNSELLOR = "with_counsellor"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


# No school keeps words for less.
FIRST_RETENTION_CHECK = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Opening:
    """What the student sent to open the case, and how it was judged. Without words once their
    retention is over.

    `crisis_reason` is what was answered then, so that a repeat is answered alike. `peer_may_read`:
    the student lets the peer of a match read these words too.
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
    peer_may_read: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """One request for support.

    `opening` is None where the case is known from other services' events only (after a restore),
    and after its erasure. `idempotency`, `body` and `code_hash` are keyed digests. `words_until` is
    when a timer checks whether the words must go by age; `words_end` stands from the decision that
    they do until they have. `queue` stands until matching is told of the case; `reopened` once its
    student wrote after it was set aside.
    """

    case_id: str
    school_id: str
    opening: Opening | None = None
    idempotency: str | None = None
    body: str | None = None
    code_hash: str | None = None
    screening: Screening | None = None
    view: CaseProjection = field(default_factory=CaseProjection)
    last_posted_at: datetime | None = None
    student_posted_at: datetime | None = None
    read_at: datetime | None = None
    words_until: datetime | None = None
    words_end: datetime | None = None
    adult_asked_at: datetime | None = None
    reported_at: datetime | None = None
    reported: ReportReason | None = None
    worried_at: datetime | None = None
    worried: WorryReason | None = None
    rematch_of: str | None = None
    withdrawn_at: datetime | None = None
    links: tuple[CaseLink, ...] = ()
    queue: QueuePlace | None = None
    aside: SetAside | None = None
    reopened: bool = False
    erased_at: datetime | None = None
    wiped: bool = False
    details: SealedDetails | None = None
    details_opened: tuple[DetailsOpening, ...] = ()
    plan: SealedPlan | None = None

    @property
    def screened(self) -> bool:
        return self.screening is not None and self.screening.screened

    @property
    def by_friend(self) -> bool:
        """Whether the case was opened out of worry about a friend: it is never a peer's."""
        return self.opening is not None and self.opening.door is Door.FRIEND


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
    wants_adult: bool = False
    worry: WorryReason | None = None
    peer_may_read: bool = False
    details: ContactDetails | None = None


Decision = tuple[Case, tuple[CaseEvent | MessagePosted, ...]]


@dataclass(frozen=True, slots=True)
class Digests:
    """Keyed digests of an opening's idempotency key, body and return code."""

    idempotency: str
    body: str
    code_hash: str


@dataclass(frozen=True, slots=True)
class NewCase:
    """A case that is opened.

    `events` are for the screen and for an adult, whatever becomes of the answer. `announcement` is
    for matching, once the student has been given the return code; None for a case that is queued.
    """

    case: Case
    events: tuple[AdultRequested | MessagePosted, ...]
    announcement: CaseOpened | None


def new_case(
    school_id: str,
    case_id: str,
    opening: Opening,
    digests: Digests,
    timeout: VerdictTimeout,
    *,
    wants_adult: bool = False,
    worry: WorryReason | None = None,
    details: SealedDetails | None = None,
) -> NewCase:
    """Make the case with its first words, and the events of both, for one write.

    A case about a friend asks for an adult, whatever else was said.
    """
    by_friend = opening.door is Door.FRIEND
    worried = (worry or WorryReason.SOMETHING_ELSE) if by_friend else None
    asked = AdultRequested(
        school_id=school_id,
        case_id=case_id,
        requested_at=opening.opened_at,
        worry=worried,
        by_friend=by_friend,
    )
    case = Case(
        case_id=case_id,
        school_id=school_id,
        opening=opening,
        idempotency=digests.idempotency,
        body=digests.body,
        code_hash=digests.code_hash,
        screening=start_screening(opening.opened_at, timeout),
        last_posted_at=opening.opened_at,
        student_posted_at=opening.opened_at,
        words_until=opening.opened_at + FIRST_RETENTION_CHECK,
        adult_asked_at=opening.opened_at if wants_adult else None,
        worried_at=opening.opened_at if by_friend else None,
        worried=worried,
        details=details,
    )
    posted = opening_event(case, opening)
    events = (posted, asked) if wants_adult or by_friend else (posted,)
    return NewCase(case, events, announcement(case, opening))


def announcement(case: Case, opening: Opening) -> CaseOpened:
    """Return the event by which matching knows a case, with what its student wishes now."""
    return CaseOpened(
        school_id=case.school_id,
        case_id=case.case_id,
        topic=opening.topic,
        door=opening.door,
        preferences=opening.preferences,
        opening_message_id=opening.message_id,
        consent_version=opening.consent.version,
        consented_at=opening.consent.given_at,
        opened_at=opening.opened_at,
        urgency=opening.urgency,
    )


def opening_event(case: Case, opening: Opening) -> MessagePosted:
    """Return the event of the case's first words."""
    return MessagePosted(
        school_id=case.school_id,
        message_id=opening.message_id,
        case_id=case.case_id,
        author=Author.STUDENT,
        text=opening.text,
        posted_at=opening.opened_at,
        opening=True,
        # Nobody asked the one who worries about a friend: no answer says nothing there.
        safety=None if case.by_friend and opening.safety == SafetyAnswers() else opening.safety,
        attempt=case.screening.attempt if case.screening else 1,
        topic=opening.topic,
    )


def require_opening(case: Case, body: str) -> Opening:
    """Return what was opened with this key.

    Raises CaseGone after its erasure, IdempotencyKeyReused for another body.
    """
    if case.opening is None:
        raise CaseGone
    if case.body != body:
        raise IdempotencyKeyReused
    return case.opening


def state_for_student(case: Case) -> StudentState:
    """Return the strongest of what is known."""
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


def ensure_not_erased(case: Case) -> Case:
    """Return the case. Raises NotFound once it is erased: nothing is stored for it any more."""
    if case.erased_at is not None:
        raise NotFound
    return case


def record_message(case: Case, author: Author, now: datetime, *, for_staff: bool = False) -> Case:
    """Record that words were added; staff that answer a student have read what was there.

    Words between the peer and the counsellors answer no student.

    A closed or withdrawn case takes words too: they are screened, and a new alert says that it is
    over.
    """
    until = ensure_not_erased(case).words_until or now + FIRST_RETENTION_CHECK
    if author is Author.STUDENT:
        return replace(case, last_posted_at=now, words_until=until, student_posted_at=now)
    if for_staff:
        return replace(case, last_posted_at=now, words_until=until)
    view = case.view
    if author is Author.SUPPORTER and view.news is SearchNews.QUIET:
        view = replace(view, news=None)
    return replace(case, last_posted_at=now, words_until=until, read_at=now, view=view)


def may_wish(case: Case) -> bool:
    """Tell whether a supporter is looked for, or can be again: then the student's wishes count."""
    over = case.withdrawn_at is not None or case.view.referred or case.view.phase is Phase.CLOSED
    return case.opening is not None and not case.by_friend and not over


@dataclass(frozen=True, slots=True)
class Wishes:
    """When a student has time, and the supporters they would and would not like, by id."""

    hours: tuple[str, ...] = ()
    preferred: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()


def change_wishes(case: Case, wishes: Wishes, now: datetime) -> Decision:
    """Replace what the student wishes; the same wishes again change nothing. A queued case is
    announced with them later.

    Raises NotFound for an erased case, NoMatch once no search goes on for it.
    """
    opening = ensure_not_erased(case).opening
    if opening is None or not may_wish(case):
        raise NoMatch
    wanted = Preferences(
        language=opening.preferences.language,
        hours=wishes.hours,
        preferred_supporters=wishes.preferred,
        excluded_supporters=wishes.excluded,
    )
    if wanted == opening.preferences:
        return case, ()
    event = PreferencesChanged(
        school_id=case.school_id, case_id=case.case_id, preferences=wanted, changed_at=now
    )
    wishing = replace(case, opening=replace(opening, preferences=wanted))
    return wishing, () if case.queue else (event,)


def ask_for_adult(case: Case, now: datetime, again_after: timedelta) -> Decision:
    """Ask for an adult. Asking twice within `again_after` is asking once, unless what was asked for
    is closed already: then no adult would hear.
    """
    asked_at = ensure_not_erased(case).adult_asked_at
    if asked_at is not None and now - asked_at < again_after and not case.view.alerts_closed:
        return case, ()
    event = AdultRequested(school_id=case.school_id, case_id=case.case_id, requested_at=now)
    return replace(case, adult_asked_at=now), (event,)


def report(case: Case, reason: ReportReason, now: datetime, again_after: timedelta) -> Decision:
    """Report what is wrong. The same report twice within `again_after` is one, unless its alert is
    closed already.

    A wish for an adult a moment ago does not hide it. The peer of the match is named, ended or not:
    it is often the reason why it ended.
    """
    if (
        ensure_not_erased(case).reported is reason
        and case.reported_at is not None
        and now - case.reported_at < again_after
        and not case.view.alerts_closed
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


def record_worry(
    case: Case, supporter_id: str, reason: WorryReason, now: datetime, again_after: timedelta
) -> Decision:
    """Call an adult for the student because the peer is worried; twice within `again_after` for the
    same reason is once, unless its alert is closed already.
    """
    repeated = case.worried is reason and case.worried_at is not None
    if repeated and not case.view.alerts_closed and now - (case.worried_at or now) < again_after:
        return case, ()
    event = AdultRequested(
        school_id=case.school_id,
        case_id=ensure_not_erased(case).case_id,
        requested_at=now,
        worry=reason,
        worried_supporter_id=supporter_id,
    )
    return replace(case, worried_at=now, worried=reason), (event,)


def ask_for_rematch(case: Case, now: datetime) -> Decision:
    """Ask for another supporter, once a match. Raises NoMatch where there is none to leave."""
    match = accepted_match(case)
    if case.withdrawn_at is not None or not match.active:
        raise NoMatch
    if case.rematch_of == match.match_id:
        return case, ()
    event = RematchRequested(
        school_id=case.school_id, case_id=case.case_id, match_id=match.match_id, requested_at=now
    )
    return replace(case, rematch_of=match.match_id), (event,)


def accepted_match(case: Case) -> Match:
    """Return the last match that was accepted, ended or not. Raises NoMatch."""
    match = ensure_not_erased(case).view.match
    if match is None or match.accepted_at is None:
        raise NoMatch
    return match


def active_match(case: Case) -> Match | None:
    """Return the match that the student has now; None after its end, or the case's withdrawal."""
    match = case.view.match
    return match if match and match.active and case.withdrawn_at is None else None


def withdraw(case: Case, now: datetime) -> Decision:
    """Withdraw the request: the student may still read, peers no longer.

    A queued case is announced with it, so that it is counted among what was asked for.
    """
    if ensure_not_erased(case).withdrawn_at is not None:
        return case, ()
    first = (announcement(case, case.opening),) if case.queue and case.opening else ()
    over = CaseWithdrawn(school_id=case.school_id, case_id=case.case_id, withdrawn_at=now)
    return replace(case, withdrawn_at=now, queue=None, aside=None), (*first, over)


def erase(case: Case, now: datetime) -> Decision:
    """Leave a tombstone by one write; the timer wipes the messages.

    The digest of the key stays: a belated repeat of the opening must not bring back what its
    student has erased.
    """
    return tombstone(ensure_not_erased(case), now), (
        CaseErased(school_id=case.school_id, case_id=case.case_id, erased_at=now),
    )


def ends_unseen(case: Case, now: datetime) -> bool:
    """Tell whether a case whose student never had the return code ends: a day after its opening,
    unless a human has an alert of it to close.
    """
    closed = all(state is AlertState.CLOSED for state in case.view.alerts.values())
    return (
        case.opening is not None
        and closed
        and case.erased_at is None
        and now >= case.opening.opened_at + FIRST_RETENTION_CHECK
    )


def tombstone(case: Case, erased_at: datetime) -> Case:
    """Return what stays of an erased case."""
    return Case(
        case_id=case.case_id,
        school_id=case.school_id,
        idempotency=case.idempotency,
        erased_at=erased_at,
    )


def replay_withdrawal(case: Case, withdrawn_at: datetime) -> Case:
    """Withdraw again what was withdrawn in the time that a restored store does not know."""
    return replace(case, withdrawn_at=case.withdrawn_at or withdrawn_at)


def record_verdict(case: Case, level: Level, now: datetime) -> Case:
    """Record the verdict on the opening."""
    before = case.screening or Screening(asked_at=now, look_at=None)
    return replace(case, screening=before.with_verdict(level, now))


def republish_if_overdue(
    case: Case, outbox: Outbox, timeout: VerdictTimeout, now: datetime
) -> Decision:
    """Publish the opening again when its verdict is overdue."""
    if case.screening is None or case.opening is None or not case.opening.text:
        return case, ()
    screening, again = check_verdict(case.screening, outbox, timeout, now)
    checked = replace(case, screening=screening)
    return checked, ((opening_event(checked, case.opening),) if again else ())


def next_due(case: Case) -> datetime | None:
    """Return when a timer must look: at an erasure until its messages are wiped, at an opening
    until its verdict is there, at the age of words. None: never.
    """
    if case.erased_at is not None:
        return None if case.wiped else case.erased_at
    dates = (case.screening.look_at if case.screening else None, case.words_until, case.words_end)
    return min((date for date in dates if date is not None), default=None)
