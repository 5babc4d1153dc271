"""Words after the opening, of the student, the supporter or a counsellor. Nothing is edited: a
correction is a new message.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from sebaya_chassis.base.problems import NotFound
from sebaya_contracts.intake import MessagePosted
from sebaya_contracts.words import Author, Level
from sebaya_intake.domain.case import Case, kept
from sebaya_intake.domain.screening import Outbox, Screening, VerdictTimeout, begun, looked_at
from sebaya_intake.errors import IdempotencyKeyReused, NoAlert


@dataclass(frozen=True, slots=True)
class Message:
    """`author` is None where only the verdict is known (after a restore). An erased one keeps its
    ids alone.
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


@dataclass(frozen=True, slots=True)
class Participant:
    """A reader or author of a thread; a student has no person id."""

    author: Author
    person_id: str | None


STUDENT = Participant(Author.STUDENT, None)


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wants to post; ids and digests are made before the transaction, so that a retry
    is harmless.
    """

    message_id: str
    author: Author
    author_id: str | None
    text: str
    idempotency: str
    body: str


Decided = tuple[Message, tuple[MessagePosted, ...]]


def post(case: Case, draft: Draft, patience: VerdictTimeout, now: datetime) -> Decided:
    """The words and their event, under the store's time."""
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
        screening=begun(now, patience),
    )
    return message, posted(message)


def posted(message: Message) -> tuple[MessagePosted, ...]:
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
    )
    return (event,)


def posted_before(message: Message, draft: Draft) -> Message:
    """What was posted with this key. Raises IdempotencyKeyReused for other words."""
    if message.body != draft.body:
        raise IdempotencyKeyReused
    return message


def screened(message: Message, level: Level, now: datetime) -> Message:
    before = message.screening or Screening(asked_at=now, look_at=None)
    return replace(message, screening=before.with_verdict(level, now))


def look_for_verdict(
    message: Message, outbox: Outbox, patience: VerdictTimeout, now: datetime
) -> Decided:
    """Publish the message again when its verdict is overdue."""
    if message.screening is None:
        return message, ()
    screening, again = looked_at(message.screening, outbox, patience, now)
    looked = replace(message, screening=screening)
    return looked, (posted(looked) if again else ())


def wipe(message: Message, now: datetime) -> Message:
    """Ids only; what follows it by event finds a tombstone."""
    return Message(
        message_id=message.message_id,
        case_id=message.case_id,
        school_id=message.school_id,
        erased_at=now,
    )


def due(message: Message) -> datetime | None:
    return message.screening.look_at if message.screening else None


def readable_since(case: Case, reader: Participant) -> datetime | None:
    """Return from which moment on a reader sees the thread; None for all of it.

    Raises NotFound for a supporter without the match of the case, NoAlert for a counsellor.
    """
    match reader.author:
        case Author.SUPPORTER:
            return peer_reads_since(case, str(reader.person_id))
        case Author.COUNSELLOR:
            counsellor_reads(case)
        case Author.STUDENT:
            kept(case)
    return None


def ensure_participant(case: Case, author: Participant) -> None:
    """Refuse an author that may not read the thread. Raises what `readable_since` raises."""
    readable_since(case, author)


def peer_reads_since(case: Case, supporter_id: str) -> datetime:
    """A peer sees from its own match on, while it lasts: matching may be away when its student asks
    for somebody else, and the words are shut at once. Raises NotFound for everybody else.
    """
    met = kept(case).view.match
    if case.withdrawn_at is not None or met is None or met.supporter_id != supporter_id:
        raise NotFound
    if met.accepted_at is None or not met.active or case.rematch_of == met.match_id:
        raise NotFound
    return met.accepted_at


def counsellor_reads(case: Case) -> None:
    """Raises NoAlert where no adult was needed or asked for."""
    if (
        not kept(case).view.needed_adult
        and case.adult_asked_at is None
        and case.reported_at is None
    ):
        raise NoAlert
