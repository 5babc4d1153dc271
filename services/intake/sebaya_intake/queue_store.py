"""The queue of one school, and the groups of requests that were set aside."""

from collections.abc import Sequence
from datetime import datetime

from sebaya_chassis.storage import audit
from sebaya_chassis.storage.documents import Rule
from sebaya_chassis.storage.layout import LoadedDocument
from sebaya_chassis.storage.tenant_store import SchoolStore
from sebaya_contracts.words import Level
from sebaya_intake.collections import ASIDE_GROUPS, CASES, OPEN, QUEUED, WAITING
from sebaya_intake.domain import setting_aside
from sebaya_intake.domain.case import Case
from sebaya_intake.domain.crowding import Bounds, Crowd
from sebaya_intake.domain.queue import end_refused, leave_queue
from sebaya_intake.domain.setting_aside import AsideGroup

BATCH = 200
_OPENED_AT = "state.opening.opened_at"
GROUPS_LISTED = 50
# A student with the code, or an adult who was needed for the case.
_MAY_LEAVE = {
    "state.aside": None,
    "$or": [
        {"state.queue.seen_at": {"$type": "date"}, "state.queue.refused": False},
        {"state.view.alerts": {"$gt": {}}},
    ],
}
_NOT_MATCHED = OPEN | {"state.aside": None}
_REFUSED_AND_CALM = {"state.queue.refused": True, "state.screening.level": Level.NONE.value}


class QueueStore:
    """Counts, empties and sets aside what waits at one school."""

    def __init__(self, store: SchoolStore) -> None:
        self._store = store
        self._cases = store.documents(CASES)
        self.school_id = store.school_id

    async def count_crowd(self, bounds: Bounds) -> Crowd:
        """Count what waits and what is queued, none beyond what the bounds ask about."""
        return Crowd(
            await self._cases.count(WAITING, limit=bounds.waiting),
            await self._cases.count(QUEUED, limit=2 * bounds.queued),
        )

    async def empty_queue(self, bounds: Bounds) -> None:
        """Announce what may leave the queue, the earliest first, as far as there is room; and erase
        what was refused and found calm.
        """
        await self._update_found(QUEUED | _REFUSED_AND_CALM, end_refused)
        room = bounds.waiting - (await self.count_crowd(bounds)).waiting
        if room > 0:
            await self._update_found(QUEUED | _MAY_LEAVE, leave_queue, min(room, BATCH))

    async def _update_found(
        self, condition: dict[str, object], rule: Rule[Case], limit: int = BATCH
    ) -> int:
        found = await self._cases.find(condition, sort={"state.queue.since": 1}, limit=limit)
        for loaded in found:
            await self._cases.update(loaded.state.case_id, rule)
        return len(found)

    # --- what is set aside

    async def count_opened(self, since: datetime, until: datetime) -> int:
        """Count the requests without a supporter that were opened from `since` on and before
        `until`.
        """
        return await self._cases.count(_NOT_MATCHED | _opened(since, until))

    async def create_group(self, group: AsideGroup) -> None:
        """Store a group for the worker, with an audit entry."""

        async def work(tx: SchoolStore) -> None:
            await tx.documents(ASIDE_GROUPS).create(group)
            await _note(tx, group, group.made_by, "cases_set_aside")

        await self._store.transaction(work)

    async def undo_group(self, group_id: str, person_id: str) -> AsideGroup:
        """Cancel a group, with an audit entry; once more changes nothing. Raises NotFound."""

        async def work(tx: SchoolStore) -> AsideGroup:
            groups = tx.documents(ASIDE_GROUPS)
            loaded = await groups.load(group_id)
            group = setting_aside.undo_group(loaded.state, person_id, loaded.now)
            if group != loaded.state:
                await groups.save(group_id, loaded, group)
                await _note(tx, group, person_id, "cases_reopened")
            return group

        return await self._store.transaction(work)

    async def list_groups(self) -> Sequence[AsideGroup]:
        """List the groups, the newest first."""
        found = await self._store.documents(ASIDE_GROUPS).find(
            {}, sort={"state.made_at": -1}, limit=GROUPS_LISTED
        )
        return [loaded.state for loaded in found]

    async def carry_out(self, group_id: str) -> int:
        """Set aside the requests of a group, or reopen them; return how many it set aside.

        Each write may be the last before a crash: the group stays due until nothing is left.
        """
        groups = self._store.documents(ASIDE_GROUPS)
        group = (await groups.load(group_id)).state
        if group.work_at is None:
            return 0
        size = 0
        if group.undone_at is None:
            size = await self._set_aside(group)
        else:
            await self._reopen(group)
        await groups.update(
            group_id, lambda known, _now: (setting_aside.finish_work(known, group, size), ())
        )
        return size

    async def _set_aside(self, group: AsideGroup) -> int:
        """A case of which it is not known that its student has the code ends by itself."""
        condition: dict[str, object] = _NOT_MATCHED | _opened(group.since, group.until)
        size, following = 0, condition
        while found := await self._cases.find(
            following, sort={_OPENED_AT: 1, "_id": 1}, limit=BATCH
        ):
            for loaded in found:
                if not loaded.withheld:
                    size += await self._set_one_aside(loaded, group)
            following = condition | _after(found[-1].state)
        return size

    async def _set_one_aside(self, loaded: LoadedDocument[Case], group: AsideGroup) -> bool:
        done = await self._cases.update(
            loaded.state.case_id,
            lambda case, now: setting_aside.set_aside(case, group.group_id, now),
        )
        return done.state.aside is not None and loaded.state.aside is None

    async def _reopen(self, group: AsideGroup) -> None:
        while found := await self._cases.find(
            {"state.aside.group_id": group.group_id}, limit=BATCH
        ):
            for loaded in found:
                await self._cases.update(
                    loaded.state.case_id,
                    lambda case, now: setting_aside.reopen(case, now, by_student=False),
                )


def _opened(since: datetime, until: datetime) -> dict[str, object]:
    return {_OPENED_AT: {"$gte": since, "$lt": until}}


def _after(case: Case) -> dict[str, object]:
    """What comes behind a case, by when it was opened."""
    opened_at = case.opening.opened_at if case.opening else None
    return {
        "$or": [
            {_OPENED_AT: {"$gt": opened_at}},
            {_OPENED_AT: opened_at, "_id": {"$gt": case.case_id}},
        ]
    }


async def _note(tx: SchoolStore, group: AsideGroup, who: str, what: str) -> None:
    about = f"{group.since.isoformat()} {group.until.isoformat()}"
    await audit.append(tx, who=who, what=what, about=group.group_id, why=about)
