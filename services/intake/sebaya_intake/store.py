"""Intake's documents of one school. Two of them change together only where a message is posted: its
case must not be erased meanwhile.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto
from functools import partial
from typing import TypeVar

from sebaya_chassis.base.problems import NotFound, Unavailable
from sebaya_chassis.storage.documents import (
    ATTEMPTS,
    AlreadyExists,
    Conflict,
    DocumentChange,
    Documents,
    OnStored,
    ignore_stored,
)
from sebaya_chassis.storage.layout import AlreadyApplied, AppliedSequence, LoadedDocument
from sebaya_chassis.storage.tenant_store import SchoolStore
from sebaya_contracts.event import Event
from sebaya_contracts.words import Author
from sebaya_intake.collections import CASES, COVERAGE, MESSAGES, REQUESTS, SUPPORTERS
from sebaya_intake.coverage import CoverageCache
from sebaya_intake.domain import case as cases
from sebaya_intake.domain import message as messages
from sebaya_intake.domain import retention
from sebaya_intake.domain import supporter as supporters
from sebaya_intake.domain.case import Case, NewCase
from sebaya_intake.domain.crisis import Coverage, OnCall, judge_on_call
from sebaya_intake.domain.message import Message, MessageDraft
from sebaya_intake.domain.queue import never_seen, note_seen
from sebaya_intake.domain.request_without_case import Decision as RequestDecision
from sebaya_intake.domain.screening import Outbox, VerdictTimeout
from sebaya_intake.domain.setting_aside import reopen
from sebaya_intake.domain.supporter import Supporter
from sebaya_intake.errors import UnknownCode
from sebaya_intake.queue_store import QueueStore
from sebaya_intake.thread_store import ThreadStore

S = TypeVar("S")

# Messages that are wiped between two looks.
WIPED_AT_ONCE = 200
# The winner of an insert may be seen by the index before it is seen by a majority read: it is read
# this often, with this pause in seconds.
WINNER_READS = 40
WINNER_PAUSE = 0.05


class RetentionOutcome(Enum):
    """What became of a case's words when their age was checked."""

    KEPT = auto()
    POSTPONED = auto()
    ENDED = auto()


@dataclass(frozen=True, slots=True)
class StoredCase:
    """A case in the store; `answered` is called when its student has been sent the code.

    That publishes it, and neither waits nor fails.
    """

    case: Case
    answered: Callable[[], None] = lambda: None


class IntakeStore:
    """The cases, messages, supporters and coverage of one school."""

    def __init__(
        self, store: SchoolStore, timeout: VerdictTimeout, coverage_cache: CoverageCache
    ) -> None:
        self._store = store
        self._timeout = timeout
        self._coverage_cache = coverage_cache
        self._cases = store.documents(CASES)
        self._messages = store.documents(MESSAGES)
        self.threads = ThreadStore(store)
        self.queue = QueueStore(store)
        self.school_id = store.school_id

    def now(self) -> datetime:
        """Return the store's time where no document is read."""
        return self._store.now()

    # --- cases

    async def find_by_idempotency_key(self, idempotency: str) -> Case | None:
        """Find the case of a key by the key's digest: its student asks again, so it is announced
        where it was not yet.
        """
        found = await self._cases.find({"state.idempotency": idempotency}, limit=1)
        return (await self._welcome(found[0])).state if found else None

    async def create_case(self, new: NewCase) -> "StoredCase":
        """Store a new case, or return that of an equal request which was first.

        A new one is not announced until its answer was written; a repeated request shows that
        there is a student that waits for the answer. A queued one is announced later.
        """
        try:
            if new.announcement is None:
                await self._cases.create(new.case, new.events)
                return StoredCase(new.case)
            stored = await self._cases.create_unanswered(new.case, new.events, [new.announcement])
        except AlreadyExists:
            return StoredCase(await self._load_winner(str(new.case.idempotency)))
        return StoredCase(new.case, partial(self._cases.publish, stored))

    async def _load_winner(self, idempotency: str) -> Case:
        for _ in range(WINNER_READS):
            winner = await self.find_by_idempotency_key(idempotency)
            if winner is not None:
                return winner
            await asyncio.sleep(WINNER_PAUSE)
        raise Unavailable

    async def announce_case(self, case_id: str) -> None:
        """Announce a case whose student has come with its code, though it is not known that the
        code was ever shown.
        """
        await self._cases.release(case_id)

    async def end_unseen_case(self, case_id: str) -> bool:
        """Erase a case whose student never had the return code; tell whether that was done."""

        async def work(tx: SchoolStore) -> bool:
            documents = tx.documents(CASES)
            loaded = await documents.load(case_id)
            unseen = loaded.withheld or never_seen(loaded.state)
            if not unseen or not cases.ends_unseen(loaded.state, loaded.now):
                return False
            await documents.release(case_id)
            await documents.update(case_id, cases.erase)
            return True

        return await self._store.transaction(work)

    async def find_by_code(self, code_hash: str | None) -> LoadedDocument[Case]:
        """Find the case of a code by its digest; its student has the code, so it is announced where
        it was not yet. Raises UnknownCode, for an erased case too.
        """
        found = await self._cases.find({"state.code_hash": code_hash}, limit=1) if code_hash else []
        if not found:
            raise UnknownCode
        return await self._welcome(found[0])

    async def _welcome(self, found: LoadedDocument[Case]) -> LoadedDocument[Case]:
        """What the student's coming makes of a case: it is announced, or may leave the queue."""
        if found.withheld:
            await self.announce_case(found.state.case_id)
        if found.state.queue is not None and found.state.queue.seen_at is None:
            return await self._cases.update(found.state.case_id, note_seen)
        return found

    async def load_case(self, case_id: str) -> LoadedDocument[Case]:
        """Load a case. Raises NotFound."""
        return await self._cases.load(case_id)

    async def update_case(
        self, case_id: str, rule: Callable[[Case, datetime], cases.Decision]
    ) -> Case:
        """Decide on a case and save it. Raises NotFound, and what the rule raises."""
        return (await self._cases.update(case_id, rule)).state

    def change_case(
        self,
        case_id: str,
        change: Callable[[Case, datetime], Case],
        stored: OnStored[Case] = ignore_stored,
    ) -> DocumentChange[Case]:
        """Plan the change of a case by another service's event.

        Its rule raises AlreadyApplied for an erased case: nothing is stored for it afterwards.
        """

        def rule(case: Case, now: datetime) -> tuple[Case, Sequence[Event]]:
            if case.erased_at is not None:
                raise AlreadyApplied(case_id)
            return change(case, now), ()

        return DocumentChange(
            self._cases, case_id, lambda _now: Case(case_id, self.school_id), rule, stored
        )

    def change_message(
        self,
        message_id: str,
        case_id: str,
        change: Callable[[Message, datetime], Message],
        stored: OnStored[Message] = ignore_stored,
    ) -> DocumentChange[Message]:
        """Plan the change of a message by another service's event.

        Its rule raises AlreadyApplied for an erased message.
        """

        def rule(message: Message, now: datetime) -> tuple[Message, Sequence[Event]]:
            if message.erased_at is not None:
                raise AlreadyApplied(message_id)
            return change(message, now), ()

        return DocumentChange(
            self._messages,
            message_id,
            lambda _now: Message(message_id, case_id, self.school_id),
            rule,
            stored,
        )

    async def create_request_without_case(self, decision: RequestDecision) -> bool:
        """Store a request for an adult without a case; tell whether it is new."""
        request, events = decision
        try:
            await self._store.documents(REQUESTS).create(request, events)
        except AlreadyExists:
            return False
        return True

    # --- messages

    async def post_message(
        self, case_id: str, draft: MessageDraft, ensure_allowed: Callable[[Case], object]
    ) -> tuple[Message, bool]:
        """Post a message; return it, and whether it is new.

        Raises what `ensure_allowed` raises, NotFound for an erased case, IdempotencyKeyReused.
        """

        async def work(tx: SchoolStore) -> tuple[Message, bool]:
            loaded = await tx.documents(CASES).load(case_id)
            ensure_allowed(cases.ensure_not_erased(loaded.state))
            earlier = await tx.documents(MESSAGES).find(
                {"state.idempotency": draft.idempotency}, limit=1
            )
            if earlier:
                return messages.require_same_words(earlier[0].state, draft), False
            message, events = messages.new_message(loaded.state, draft, self._timeout, loaded.now)
            await tx.documents(MESSAGES).create(message, events)
            await tx.documents(CASES).save(case_id, loaded, *_with_message(loaded, draft))
            return message, True

        return await self._store.transaction(work)

    # --- what other services publish of the school

    async def on_call(self) -> OnCall:
        """Return whether a counsellor is on call, by the store's time."""
        return judge_on_call(await self.load_coverage(), self.now())

    async def load_coverage(self) -> Coverage | None:
        """Load when a counsellor is on call; None where that was never published."""
        return await self._coverage_cache.load(self.school_id, self._store.documents(COVERAGE))

    async def save_coverage(self, new: Coverage, mark: AppliedSequence) -> None:
        """Save a coverage unless a newer one is stored. Raises AlreadyApplied."""
        await self._store.documents(COVERAGE).upsert(
            self.school_id, lambda _now: new, lambda known, _now: (known.or_newer(new), ()), mark
        )
        self._coverage_cache.forget(self.school_id)

    async def save_supporter(self, new: Supporter, mark: AppliedSequence) -> None:
        """Save a supporter. Raises AlreadyApplied."""
        await self._store.documents(SUPPORTERS).upsert(
            new.document_id, lambda _now: new, lambda _known, _now: (new, ()), mark
        )

    async def list_supporters(self) -> list[Supporter]:
        """List all that were ever on the list, by name."""
        found = await self._store.documents(SUPPORTERS).find({}, sort={"state.display_name": 1})
        return [loaded.state for loaded in found]

    async def find_known_supporters(self, named: Iterable[str]) -> list[str]:
        """Find which of these are on the list; most openings name none, and read nothing."""
        ids = [supporters.build_document_id(self.school_id, supporter_id) for supporter_id in named]
        found = await self._store.documents(SUPPORTERS).find({"_id": {"$in": ids}}) if ids else []
        return [loaded.state.supporter_id for loaded in found]

    async def load_display_name(self, supporter_id: str) -> str | None:
        """Load the name of a supporter; None for one that is not on the list."""
        try:
            loaded = await self._store.documents(SUPPORTERS).load(
                supporters.build_document_id(self.school_id, supporter_id)
            )
        except NotFound:
            return None
        return loaded.state.display_name

    # --- timers

    async def republish_overdue_opening(self, case_id: str) -> int:
        """Publish an opening again if its verdict is overdue. Return how many events that made."""
        return await _republish_if_overdue(
            self._cases,
            case_id,
            lambda case, outbox, now: cases.republish_if_overdue(case, outbox, self._timeout, now),
        )

    async def republish_overdue_message(self, message_id: str) -> int:
        """Publish a message again if its verdict is overdue. Return how many events that made."""
        return await _republish_if_overdue(
            self._messages,
            message_id,
            lambda message, outbox, now: messages.republish_if_overdue(
                message, outbox, self._timeout, now
            ),
        )

    async def expire_words(self, case_id: str, kept_for: timedelta) -> RetentionOutcome:
        """End what is over its retention, unless it is postponed. Each write may be the last before
        a crash, as in `wipe_words`.
        """
        loaded = await self._cases.update(
            case_id, lambda known, now: (retention.check_retention(known, kept_for, now), ())
        )
        case = loaded.state
        if case.words_end is None:
            return (
                RetentionOutcome.POSTPONED
                if retention.is_over(case, kept_for, loaded.now)
                else RetentionOutcome.KEPT
            )
        # What was written since the decision begins a retention of its own.
        before = {"state.posted_at": {"$lte": case.words_end}}
        while left := await self._messages.find(
            {"state.case_id": case_id, "state.erased_at": None, **before}, limit=WIPED_AT_ONCE
        ):
            await self._wipe_each(left)
        await self._cases.update(case_id, lambda known, _now: (replace(known, words_end=None), ()))
        return RetentionOutcome.ENDED

    async def _wipe_each(self, found: Sequence[LoadedDocument[Message]]) -> None:
        for loaded in found:
            await self._messages.update(
                loaded.state.message_id, lambda message, now: (messages.wipe(message, now), ())
            )

    async def wipe_words(self, case_id: str) -> None:
        """Erase the words of a case for good. Each write may be the last before a crash: the case
        stays due until nothing is left.
        """
        while left := await self._messages.find(
            {"state.case_id": case_id, "state.erased_at": None}, limit=WIPED_AT_ONCE
        ):
            await self._wipe_each(left)
        await self._cases.update(case_id, lambda case, _now: (replace(case, wiped=True), ()))


def _with_message(loaded: LoadedDocument[Case], draft: MessageDraft) -> cases.Decision:
    decided: cases.Decision = (loaded.state, ())
    if draft.author is Author.STUDENT:
        decided = reopen(loaded.state, loaded.now, by_student=True)
    case, events = decided
    return cases.record_message(case, draft.author, loaded.now, for_staff=draft.for_staff), events


async def _republish_if_overdue(
    documents: Documents[S],
    identity: str,
    rule: Callable[[S, Outbox, datetime], tuple[S, Sequence[Event]]],
) -> int:
    """As `Documents.update`, for a rule that needs to know what the broker has."""
    for _ in range(ATTEMPTS):
        loaded = await documents.load(identity)
        state, events = rule(loaded.state, Outbox(loaded.waiting, loaded.published_at), loaded.now)
        try:
            await documents.save(identity, loaded, state, events)
        except Conflict:
            continue
        return len(events)
    raise Conflict(identity)
