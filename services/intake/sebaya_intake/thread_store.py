"""The threads of a school: one case's, or those of linked cases as one timeline; and the links."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sebaya_chassis.base.problems import NotFound
from sebaya_chassis.storage import audit
from sebaya_chassis.storage.layout import LoadedDocument
from sebaya_chassis.storage.tenant_store import SchoolStore
from sebaya_intake.collections import CASES, MESSAGES
from sebaya_intake.domain import retention
from sebaya_intake.domain.case import Case
from sebaya_intake.domain.case_link import LinkReason
from sebaya_intake.domain.linking import link_case, list_linked, may_join, unlink_case
from sebaya_intake.domain.message import Message, ensure_not_barred

PAGE_SIZE = 200


@dataclass(frozen=True, slots=True)
class ThreadPage:
    """A stretch of a thread, oldest first. `earlier`: there is more before it.

    `linked` are the other cases that are read with it as one timeline.
    """

    messages: tuple[Message, ...]
    earlier: bool
    linked: tuple[Case, ...] = ()


@dataclass(frozen=True, slots=True)
class ThreadRange:
    """Which part of a thread: from a moment on, and before a message.

    `for_student` leaves out what is between the peer and the counsellors.
    """

    since: datetime | None = None
    before: str | None = None
    for_student: bool = False


class ThreadStore:
    """Reads the threads of one school, and links its cases."""

    def __init__(self, store: SchoolStore) -> None:
        self._store = store

    async def read_as_student(self, case: Case, part: ThreadRange) -> ThreadPage:
        """Load a part of a student's own thread. Raises NotFound for a message of another case."""
        linked = await _load_linked(self._store, list_linked(case, for_student=True))
        part = replace(part, for_student=True)
        return await _load_page(self._store, [case, *states_of(linked)], part)

    async def read_as_staff(
        self,
        case_id: str,
        person_id: str,
        range_for: Callable[[Case], ThreadRange],
        *,
        with_linked: bool,
    ) -> tuple[Case, ThreadPage]:
        """Load a part of a thread and write the audit entry of its reading in one transaction: what
        cannot be audited is not shown.

        Each of several linked cases has an entry of its own; one from which the reader is barred is
        left out. The first to read the end of a thread makes the student's words read. Raises what
        `range_for` raises, NotFound.
        """

        async def work(tx: SchoolStore) -> tuple[Case, ThreadPage]:
            loaded = await tx.documents(CASES).load(case_id)
            part = range_for(loaded.state)
            named = list_linked(loaded.state, for_student=False) if with_linked else ()
            linked = [
                one for one in await _load_linked(tx, named) if may_join(one.state, person_id)
            ]
            page = await _load_page(tx, [loaded.state, *states_of(linked)], part)
            for one in (loaded, *linked):
                if part.before is None and retention.has_unread(one.state):
                    read = retention.mark_read(one.state, one.now)
                    await tx.documents(CASES).save(read.case_id, one, read)
                await audit.append(tx, who=person_id, what="thread_read", about=one.state.case_id)
            return loaded.state, page

        return await self._store.transaction(work)

    async def link(
        self,
        case_id: str,
        other_id: str,
        reason: LinkReason,
        linked_by: str | None,
        ensure_allowed: Callable[[Case], object],
    ) -> None:
        """Link two cases to each other, with an audit entry.

        Raises CannotLink, NotFound, and what `ensure_allowed` raises for either.
        """

        def rule(case: Case, other: Case, now: datetime) -> Case:
            ensure_allowed(case)
            return link_case(case, other, reason, linked_by, now)

        await self._change_both(case_id, other_id, rule, linked_by, f"cases_linked:{reason.value}")

    async def unlink(
        self,
        case_id: str,
        other_id: str,
        person_id: str,
        ensure_allowed: Callable[[Case], object],
    ) -> None:
        """Split two linked cases, with an audit entry. Raises NotFound, for a case from which the
        person is barred too, and what `ensure_allowed` raises for the first.
        """

        def rule(case: Case, other: Case, _now: datetime) -> Case:
            if case.case_id == case_id:
                ensure_allowed(case)
            ensure_not_barred(case, person_id)
            return unlink_case(case, other.case_id)

        await self._change_both(case_id, other_id, rule, person_id, "cases_separated")

    async def _change_both(
        self,
        case_id: str,
        other_id: str,
        rule: Callable[[Case, Case, datetime], Case],
        who: str | None,
        what: str,
    ) -> None:
        """Both, and the entry, or nothing; where nothing changes there is no entry."""

        async def work(tx: SchoolStore) -> None:
            documents = tx.documents(CASES)
            one, other = await documents.load(case_id), await documents.load(other_id)
            changed = [
                (before, rule(before.state, opposite.state, before.now))
                for before, opposite in ((one, other), (other, one))
            ]
            news = [(before, after) for before, after in changed if after != before.state]
            for before, after in news:
                await documents.save(after.case_id, before, after)
            if news:
                name, _, why = what.partition(":")
                about = f"{case_id} {other_id}"
                await audit.append(tx, who=who or "student", what=name, about=about, why=why)

        await self._store.transaction(work)


def states_of(loaded: Sequence[LoadedDocument[Case]]) -> list[Case]:
    """Return the cases without what the store says of them."""
    return [one.state for one in loaded]


async def _load_linked(store: SchoolStore, linked: Sequence[str]) -> list[LoadedDocument[Case]]:
    """Those that were erased since are left out."""
    if not linked:
        return []
    return await store.documents(CASES).find(
        {"_id": {"$in": list(linked)}, "state.erased_at": None}
    )


async def _load_page(store: SchoolStore, cases: Sequence[Case], part: ThreadRange) -> ThreadPage:
    documents, case_ids = store.documents(MESSAGES), [case.case_id for case in cases]
    conditions: list[dict[str, Any]] = [
        {"state.case_id": {"$in": case_ids}},
        {"state.posted_at": {"$type": "date"}},
    ]
    if part.for_student:
        conditions.append({"state.for_staff": {"$ne": True}})
    if part.since is not None:
        conditions.append({"state.posted_at": {"$gte": part.since}})
    if part.before is not None:
        anchor = (await documents.load(part.before)).state
        if anchor.case_id not in case_ids:
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
        {"$and": conditions}, sort={"state.posted_at": -1, "_id": -1}, limit=PAGE_SIZE + 1
    )
    return ThreadPage(
        tuple(loaded.state for loaded in reversed(found[:PAGE_SIZE])),
        earlier=len(found) > PAGE_SIZE,
        linked=tuple(cases[1:]),
    )
