"""The gauges of open alerts and their age, of late steps and pages, and of hours without a person
on call: counted from the documents, so that a restart or a lost event changes nothing.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sebaya_chassis.base.health import Heartbeat
from sebaya_chassis.base.retry import repeat_every
from sebaya_chassis.storage.schools import Schools
from sebaya_contracts.district import School
from sebaya_contracts.words import Level
from sebaya_escalation import metrics
from sebaya_escalation.collections import ALERTS, NOT_CLOSED
from sebaya_escalation.domain.alert import Status
from sebaya_escalation.domain.ladder import compute_overdue_seconds
from sebaya_escalation.domain.rota import HORIZON, find_covered, find_gaps, list_unreachable
from sebaya_escalation.store import EscalationStore


@dataclass(slots=True)
class EscalationSnapshot:
    """What the gauges show, summed over all schools; ages in seconds."""

    open: Counter[Level] = field(default_factory=Counter)
    oldest: dict[Level, float] = field(default_factory=dict)
    overdue: dict[Level, float] = field(default_factory=dict)
    late: float = 0.0
    page_late: float = 0.0
    gaps: int = 0
    uncovered: int = 0
    unreachable: int = 0

    def add_school(self, school: School, now: datetime) -> None:
        """Add the hours without a person on call, and the people that cannot be paged."""
        if not school.active:
            return
        found = find_gaps(find_covered(school, now, now + HORIZON), now, now + HORIZON)
        self.gaps += len(found)
        self.uncovered += any(gap.since <= now for gap in found)
        self.unreachable += len(list_unreachable(school))

    def publish(self) -> None:
        """Set the gauges."""
        for level in metrics.ALERT_LEVELS:
            metrics.OPEN.labels(level).set(self.open[level])
            metrics.OLDEST.labels(level).set(self.oldest.get(level, 0.0))
            metrics.OVERDUE.labels(level).set(self.overdue.get(level, 0.0))
        metrics.LADDER_LATE.set(self.late)
        metrics.PAGES_OVERDUE.set(self.page_late)
        metrics.GAPS.set(self.gaps)
        metrics.GAP_NOW.set(self.uncovered)
        metrics.UNREACHABLE.set(self.unreachable)


class Gauges:
    """Keeps the gauges, as a loop of the worker."""

    def __init__(
        self, schools: Schools, store_of: Callable[[str], EscalationStore], every_seconds: float
    ) -> None:
        self._schools = schools
        self._store_of = store_of
        self._every = every_seconds

    async def run(self, beat: Heartbeat) -> None:
        """Measure every few seconds; never returns."""
        await repeat_every(self.measure, self._every, beat)

    async def measure(self) -> None:
        """Measure all schools once, and set the gauges."""
        snapshot = EscalationSnapshot()
        for school in await self._schools.all():
            store = self._store_of(school.school_id)
            snapshot.add_school(school, store.now())
            await _add_alerts(snapshot, school, store)
            await _add_pages(snapshot, store)
        snapshot.publish()


# Raised and not acknowledged; or acknowledged once, and opened again by a later signal, a
# hand-over, or a contact that did not take place.
_UNANSWERED_SINCE = {
    "$cond": [
        {"$gt": ["$state.acknowledged_at", None]},
        {
            "$max": [
                "$state.acknowledged_at",
                {"$max": "$state.signals.posted_at"},
                "$state.handed_over_at",
            ]
        },
        "$state.raised_at",
    ]
}


async def _add_alerts(snapshot: EscalationSnapshot, school: School, store: EscalationStore) -> None:
    now = store.now()
    grouped = {
        "_id": {"level": "$state.level", "status": "$state.status"},
        "count": {"$sum": 1},
        "oldest": {"$min": "$state.raised_at"},
        "unanswered": {"$min": _UNANSWERED_SINCE},
        "step": {"$min": "$state.next_step_at"},
    }
    for row in await store.store.collection(ALERTS.collection).aggregate(
        [{"$match": NOT_CLOSED}, {"$group": grouped}]
    ):
        level = Level(row["_id"]["level"])
        snapshot.open[level] += row["count"]
        if row["_id"]["status"] == Status.OPEN:
            snapshot.oldest[level] = max(
                snapshot.oldest.get(level, 0.0), (now - row["oldest"]).total_seconds()
            )
            overdue = compute_overdue_seconds(school, level, row["unanswered"], now)
            snapshot.overdue[level] = max(snapshot.overdue.get(level, 0.0), overdue)
            if row["step"] is not None:
                snapshot.late = max(snapshot.late, (now - row["step"]).total_seconds())


async def _add_pages(snapshot: EscalationSnapshot, store: EscalationStore) -> None:
    due = await store.oldest_due_page()
    if due is not None:
        snapshot.page_late = max(snapshot.page_late, (store.now() - due).total_seconds())
