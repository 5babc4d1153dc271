"""A person's open alerts over all of their schools, and the closed ones after which a look is owed.

Two queries find the schools that have one; what stands in each is read through that
school's own store.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sebaya_chassis.storage.district_counts import DistrictCounts
from sebaya_contracts.district import School
from sebaya_escalation.collections import (
    ALERTS,
    LOOK_OWED,
    LOOK_OWED_INDEX,
    NOT_CLOSED,
    NOT_CLOSED_INDEX,
)
from sebaya_escalation.commands.alerts import list_alerts, seen_by
from sebaya_escalation.domain.alert import Status
from sebaya_escalation.domain.queue import QueueEntry, sort_queue
from sebaya_escalation.store import EscalationStore

# Of one school and status, and in all: more than anybody can work through.
OF_A_SCHOOL = 100
SHOWN = 200


@dataclass(frozen=True, slots=True)
class Queue:
    """The entries due first, and how many there are in all, by status."""

    entries: list[QueueEntry]
    waiting: int
    taken: int


async def list_queue(
    counts: DistrictCounts,
    schools: Sequence[School],
    store_of: Callable[[str], EscalationStore],
    person_id: str,
) -> Queue:
    """List the alerts of some schools that the person may see, and that are open or owe a look, by
    what is due next.
    """
    busy = set[str]()
    for what, index in ((NOT_CLOSED, NOT_CLOSED_INDEX), (LOOK_OWED, LOOK_OWED_INDEX)):
        rows = await counts.group(
            ALERTS.collection, what, ("school_id",), {"alerts": {"$sum": 1}}, index=index
        )
        busy |= {row["school_id"] for row in rows}
    parts = await asyncio.gather(
        *(
            _list_of_school(school, store_of(school.school_id), person_id)
            for school in schools
            if school.school_id in busy
        )
    )
    return Queue(
        sort_queue(entry for part in parts for entry in part.entries)[:SHOWN],
        sum(part.waiting for part in parts),
        sum(part.taken for part in parts),
    )


async def _list_of_school(school: School, store: EscalationStore, person_id: str) -> Queue:
    waiting = await list_alerts(store, person_id, Status.OPEN, OF_A_SCHOOL)
    taken = await list_alerts(store, person_id, Status.ACKNOWLEDGED, OF_A_SCHOOL)
    looks = await store.alerts.find(
        {**LOOK_OWED, **seen_by(person_id)},
        sort={"state.review.due_at": 1},
        limit=OF_A_SCHOOL,
    )
    alerts = [loaded.state for loaded in (*waiting.alerts, *taken.alerts, *looks)]
    wrote = await store.list_student_posts([one.case_id for one in alerts if one.case_id])
    entries = [QueueEntry(school, one, wrote.get(one.case_id or "")) for one in alerts]
    return Queue(entries, waiting.total, taken.total)
