"""Words after the opening, of the student, the supporter or a counsellor. Nothing is edited: a
correction is a new message.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime

from sebaya_chassis.base.problems import NotFound
from sebaya_contracts.intake import MessagePosted
from sebaya_contracts.words import Author, Level
from sebaya_intake.domain.case import Case, ensure_not_erased
from sebaya_intake.domain.screening import (
    Outbox,
    Screening,
    VerdictTimeout,
    check_verdict,
    start_screening,
)
from sebaya_intake.errors import IdempotencyKeyReused, NoAlert


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a thread.

    `for_staff`: between the peer and the counsellors alone, never shown to the student. `author` is
    None where only the verdict is known (after a restore). An erased message keeps its ids alone.
    """

    message_id: str
    case_id: str
    school_id: str
    author: Author | None = None
    author_id: str | None = None
    text: str = ""
    posted_at: datetime | None = None
    idempotency: str | None = None
    body: str | None = None
    screening: Screening | None = None
    erased_at: datetime | None = None
    for_staff: bool = False


@dataclass(frozen=True, slots=True)
class Participant:
    """A reader or author of a thread; a student has no person id."""

    author: Author
    person_id: str | None


STUDENT = Participant(Author.STUDENT, None)


@dataclass(frozen=True, slots=True)
class MessageWords:
    """Words to be posted, under the key of their form. `own_code` is the student's return code."""

    text: str
    idempotency_key: str
    for_staff: bool = False
    own_code: str | None = field(default=None, repr=False)

    def canonical_body(self) -> bytes:
        """Return what is said and to which side; by the digest of it a repeat is known."""
        return self.text.encode() + (b"\x00" if self.for_staff else b"")


@dataclass(frozen=True, slots=True)
class MessageDraft:
    """What an author sends; its id and digests are made before the transaction, so that a retry is
    harmless.
    """

    message_id: str
    author: Author
    author_id: str | None
    text: str
    idempotency: str
    body: str
    for_staff: bool = False


Decision = tuple[Message, tuple[MessagePosted, ...]]


def new_message(
    case: Case, draft: MessageDraft, timeout: VerdictTimeout, now: datetime
) -> Decision:
    """Make the message and its event, under the store's time."""
    message = Message(
        message_id=draft.message_id,
        case_id=case.case_id,
        school_id=case.school_id,
        author=draft.author,
        author_id=draft.author_id,
        text=draft.text,
        posted_at=now,
        idempotency=draft.idempotency,
        body=draft.body,
        screening=start_screening(now, timeout),
        for_staff=draft.for_staff,
    )
    return message, message_events(message)


def message_events(message: Message) -> tuple[MessagePosted, ...]:
    """Return the event of a message; nothing where its words are not known here."""
    if message.author is None or message.posted_at is None:
        return ()
    event = MessagePosted(
        school_id=message.school_id,
        message_id=message.message_id,
        case_id=message.case_id,
        author=message.author,
        text=message.text,
        posted_at=message.posted_at,
        attempt=message.screening.attempt if message.screening else 1,
        for_staff=message.for_staff,
    )
    return (event,)


def require_same_words(message: Message, draft: MessageDraft) -> Message:
    """Return what was posted with this key. Raises IdempotencyKeyReused for other words."""
    if message.body != draft.body:
        raise IdempotencyKeyReused
    return message


def record_verdict(message: Message, level: Level, now: datetime) -> Message:
    """Record the verdict on a message."""
    before = message.screening or Screening(asked_at=now, look_at=None)
    return replace(message, screening=before.with_verdict(level, now))


def republish_if_overdue(
    message: Message, outbox: Outbox, timeout: VerdictTimeout, now: datetime
) -> Decision:
    """Publish the message again when its verdict is overdue."""
    if message.screening is None:
        return message, ()
    screening, again = check_verdict(message.screening, outbox, timeout, now)
    checked = replace(message, screening=screening)
    return checked, (message_events(checked) if again else ())


def wipe(message: Message, now: datetime) -> Message:
    """Keep the ids only; what follows it by event finds a tombstone."""
    return Message(
        message_id=message.message_id,
        case_id=message.case_id,
        school_id=message.school_id,
        erased_at=now,
    )


def next_due(message: Message) -> datetime | None:
    """Return when a timer must look for the verdict; None: never."""
    return message.screening.look_at if message.screening else None


def readable_since(case: Case, reader: Participant) -> datetime | None:
    """Return from which moment on a reader sees the thread; None for all of it.

    Raises NotFound for a supporter without the match of the case and for a counsellor that is
    barred from it, NoAlert for another counsellor.
    """
    match reader.author:
        case Author.SUPPORTER:
            return peer_readable_since(case, str(reader.person_id))
        case Author.COUNSELLOR:
            ensure_counsellor_may_read(case, str(reader.person_id))
        case Author.STUDENT:
            ensure_not_erased(case)
    return None


def ensure_participant(case: Case, author: Participant) -> None:
    """Refuse an author that may not read the thread. Raises what `readable_since` raises."""
    readable_since(case, author)


def peer_readable_since(case: Case, supporter_id: str) -> datetime:
    """Return since when a peer sees the thread: from its own match on, while that lasts.

    Once the student asks for another supporter the words are shut at once, for matching may be
    away. Raises NotFound for any other supporter.
    """
    match = ensure_not_erased(case).view.match
    if case.withdrawn_at is not None or match is None or match.supporter_id != supporter_id:
        raise NotFound
    if match.accepted_at is None or not match.active or case.rematch_of == match.match_id:
        raise NotFound
    return match.accepted_at


def ensure_counsellor_may_read(case: Case, person_id: str) -> None:
    """Refuse a counsellor with NoAlert where no adult was needed or asked for.

    For one that is barred there is no such case: NotFound.
    """
    ensure_not_barred(case, person_id)
    if (
        not ensure_not_erased(case).view.needed_adult
        and case.adult_asked_at is None
        and case.reported_at is None
        and case.worried_at is None
    ):
        raise NoAlert


def ensure_not_barred(case: Case, person_id: str) -> None:
    """Hide a case from a counsellor that is barred from it: NotFound."""
    if person_id in case.view.barred:
        raise NotFound
