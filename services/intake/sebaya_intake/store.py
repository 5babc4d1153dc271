"""Intake's documents of one school. Two of them change together only where a message is posted: its
case must not be erased meanwhile.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any, TypeVar

from sebaya_chassis.base.problems import NotFound, Unavailable
from sebaya_chassis.storage import audit
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
from sebaya_intake.collections import CASES, COVERAGE, MESSAGES, SUPPORTERS
from sebaya_intake.coverage import Coverages
from sebaya_intake.domain import case as cases
from sebaya_intake.domain import message as messages
from sebaya_intake.domain import retention
from sebaya_intake.domain import supporter as supporters
from sebaya_intake.domain.case import Case
from sebaya_intake.domain.crisis import Coverage, OnCall, on_call
from sebaya_intake.domain.message import Draft, Message
from sebaya_intake.domain.screening import Outbox, VerdictTimeout
from sebaya_intake.domain.supporter import Supporter
from sebaya_intake.errors import UnknownCode

S = TypeVar("S")

PAGE = 200
# The winner of an insert may be seen by the index before it is seen by a majority read.
WINNER_WITHIN = 40
WINNER_PAUSE = 0.05


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of a thread, oldest first. `earlier`: there is more before it."""

    messages: tuple[Message, ...]
    earlier: bool


class Aged(Enum):
    """What became of a case's words when somebody looked at their age."""

    KEPT = auto()
    POSTPONED = auto()
    ENDED = auto()


@dataclass(frozen=True, slots=True)
class Span:
    """Which part of a thread: from a moment on, and before a message."""

    since: datetime | None = None
    before: str | None = None


class IntakeStore:
    """The cases, messages, supporters and coverage of one school."""

    def __init__(self, store: SchoolStore, patience: VerdictTimeout, coverages: Coverages) -> None:
        self._store = store
        self._patience = patience
        self._coverages = coverages
        self._cases = store.documents(CASES)
        self._messages = store.documents(MESSAGES)
        self.school_id = store.school_id

    def now(self) -> datetime:
        return self._store.now()

    # --- cases

    async def opened_with(self, idempotency: str) -> Case | None:
        found = await self._cases.find({"state.idempotency": idempotency}, limit=1)
        return found[0].state if found else None

    async def open(self, case: Case, events: Sequence[Event]) -> Case:
        """Store a new case, or return that of an equal request which was first."""
        try:
            await self._cases.create(case, events)
        except AlreadyExists:
            return await self._winner(str(case.idempotency))
        return case

    async def _winner(self, idempotency: str) -> Case:
        for _ in range(WINNER_WITHIN):
            winner = await self.opened_with(idempotency)
            if winner is not None:
                return winner
            await asyncio.sleep(WINNER_PAUSE)
        raise Unavailable

    async def by_code(self, code_hash: str | None) -> LoadedDocument[Case]:
        """Raises UnknownCode, for an erased case too."""
        found = await self._cases.find({"state.code_hash": code_hash}, limit=1) if code_hash else []
        if not found:
            raise UnknownCode
        return found[0]

    async def case(self, case_id: str) -> LoadedDocument[Case]:
        return await self._cases.load(case_id)

    async def decide(self, case_id: str, rule: Callable[[Case, datetime], cases.Decided]) -> Case:
        """Decide on a case and save it. Raises NotFound, and what the rule raises."""
        return (await self._cases.update(case_id, rule)).state

    def follow_case(
        self,
        case_id: str,
        change: Callable[[Case, datetime], Case],
        stored: OnStored[Case] = ignore_stored,
    ) -> DocumentChange[Case]:
        """What another service says of a case. Stale for an erased one: nothing is stored for it
        afterwards.
        """

        def rule(case: Case, now: datetime) -> tuple[Case, Sequence[Event]]:
            if case.erased_at is not None:
                raise AlreadyApplied(case_id)
            return change(case, now), ()

        return DocumentChange(
            self._cases, case_id, lambda _now: Case(case_id, self.school_id), rule, stored
        )

    def follow_message(
        self,
        message_id: str,
        case_id: str,
        change: Callable[[Message, datetime], Message],
        stored: OnStored[Message] = ignore_stored,
    ) -> DocumentChange[Message]:
        """What another service says of a message. Stale for an erased one."""

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

    # --- messages

    async def post(
        self, case_id: str, draft: Draft, may: Callable[[Case], object]
    ) -> tuple[Message, bool]:
        """The message, and whether it is new. Raises what `may` raises, NotFound for an erased
        case, IdempotencyKeyReused.
        """

        async def work(tx: SchoolStore) -> tuple[Message, bool]:
            loaded = await tx.documents(CASES).load(case_id)
            may(cases.kept(loaded.state))
            earlier = await tx.documents(MESSAGES).find(
                {"state.idempotency": draft.idempotency}, limit=1
            )
            if earlier:
                return messages.posted_before(earlier[0].state, draft), False
            message, events = messages.post(loaded.state, draft, self._patience, loaded.now)
            await tx.documents(MESSAGES).create(message, events)
            await tx.documents(CASES).save(
                case_id, loaded, cases.posted_in(loaded.state, draft.author, loaded.now)
            )
            return message, True

        return await self._store.transaction(work)

    async def thread(self, case_id: str, span: Span) -> Page:
        return await _page(self._store, case_id, span)

    async def read_by_staff(
        self, case_id: str, who: str, span_for: Callable[[Case], Span]
    ) -> tuple[Case, Page]:
        """The thread and the audit entry of its reading, in one transaction: what cannot be noted
        is not shown.

        The first to read the end of it makes the student's words read.
        """

        async def work(tx: SchoolStore) -> tuple[Case, Page]:
            loaded = await tx.documents(CASES).load(case_id)
            span = span_for(loaded.state)
            page = await _page(tx, case_id, span)
            if span.before is None and retention.unread(loaded.state):
                await tx.documents(CASES).save(
                    case_id, loaded, retention.read(loaded.state, loaded.now)
                )
            await audit.append(tx, who=who, what="thread_read", about=case_id)
            return loaded.state, page

        return await self._store.transaction(work)

    # --- what the others say of the school

    async def on_call(self) -> OnCall:
        """By the store's time."""
        return on_call(
            await self._coverages.of(self.school_id, self._store.documents(COVERAGE)), self.now()
        )

    async def cover(self, new: Coverage, mark: AppliedSequence) -> None:
        await self._store.documents(COVERAGE).upsert(
            self.school_id, lambda _now: new, lambda known, _now: (known.or_newer(new), ()), mark
        )
        self._coverages.forget(self.school_id)

    async def profile(self, new: Supporter, mark: AppliedSequence) -> None:
        await self._store.documents(SUPPORTERS).upsert(
            new.key, lambda _now: new, lambda _known, _now: (new, ()), mark
        )

    async def supporters(self) -> list[Supporter]:
        """All that were ever on the list, by name."""
        found = await self._store.documents(SUPPORTERS).find({}, sort={"state.display_name": 1})
        return [loaded.state for loaded in found]

    async def known_supporters(self, named: Iterable[str]) -> list[str]:
        """Which of these are on the list; most openings name nobody, and ask nothing."""
        keys = [supporters.key(self.school_id, supporter_id) for supporter_id in named]
        found = await self._store.documents(SUPPORTERS).find({"_id": {"$in": keys}}) if keys else []
        return [loaded.state.supporter_id for loaded in found]

    async def display_name(self, supporter_id: str) -> str | None:
        try:
            loaded = await self._store.documents(SUPPORTERS).load(
                supporters.key(self.school_id, supporter_id)
            )
        except NotFound:
            return None
        return loaded.state.display_name

    # --- timers

    async def overdue(self) -> int:
        """Openings and messages that were published again and still have no verdict."""
        waiting = {"state.screening.attempt": {"$gt": 1}, "state.screening.level": None}
        return await self._cases.count(waiting) + await self._messages.count(waiting)

    async def look_at_case(self, case_id: str) -> int:
        """Publish its opening again if its verdict is overdue. How many events that made."""
        return await _look(
            self._cases,
            case_id,
            lambda case, outbox, now: cases.look_for_verdict(case, outbox, self._patience, now),
        )

    async def look_at_message(self, message_id: str) -> int:
        return await _look(
            self._messages,
            message_id,
            lambda message, outbox, now: messages.look_for_verdict(
                message, outbox, self._patience, now
            ),
        )

    async def look_at_words(self, case_id: str, kept_for: timedelta) -> Aged:
        """End what is over its retention, unless it is postponed. Each write may be the last before
        a crash, as in `wipe`.
        """
        loaded = await self._cases.update(
            case_id, lambda known, now: (retention.looked_at(known, kept_for, now), ())
        )
        case = loaded.state
        if case.words_end is None:
            return Aged.POSTPONED if retention.over(case, kept_for, loaded.now) else Aged.KEPT
        # What was written since the decision begins a retention of its own.
        before = {"state.posted_at": {"$lte": case.words_end}}
        while left := await self._messages.find(
            {"state.case_id": case_id, "state.erased_at": None, **before}, limit=PAGE
        ):
            await self._wipe_each(left)
        await self._cases.update(case_id, lambda known, _now: (replace(known, words_end=None), ()))
        return Aged.ENDED

    async def _wipe_each(self, found: Sequence[LoadedDocument[Message]]) -> None:
        for loaded in found:
            await self._messages.update(
                loaded.state.message_id, lambda message, now: (messages.wipe(message, now), ())
            )

    async def wipe(self, case_id: str) -> None:
        """The words of an erased case. Each write may be the last before a crash: the case stays
        due until nothing is left.
        """
        while left := await self._messages.find(
            {"state.case_id": case_id, "state.erased_at": None}, limit=PAGE
        ):
            await self._wipe_each(left)
        await self._cases.update(case_id, lambda case, _now: (replace(case, wiped=True), ()))


async def _page(store: SchoolStore, case_id: str, span: Span) -> Page:
    documents = store.documents(MESSAGES)
    conditions: list[dict[str, Any]] = [
        {"state.case_id": case_id},
        {"state.posted_at": {"$type": "date"}},
    ]
    if span.since is not None:
        conditions.append({"state.posted_at": {"$gte": span.since}})
    if span.before is not None:
        anchor = (await documents.load(span.before)).state
        if anchor.case_id != case_id:
            raise NotFound
        older: list[dict[str, Any]] = [{"state.posted_at": {"$lt": anchor.posted_at}}]
        conditions.append(
            {
                "$or": [
                    *older,
                    {"state.posted_at": anchor.posted_at, "_id": {"$lt": anchor.message_id}},
                ]
            }
        )
    found = await documents.find(
        {"$and": conditions}, sort={"state.posted_at": -1, "_id": -1}, limit=PAGE + 1
    )
    return Page(tuple(loaded.state for loaded in reversed(found[:PAGE])), earlier=len(found) > PAGE)


async def _look(
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
