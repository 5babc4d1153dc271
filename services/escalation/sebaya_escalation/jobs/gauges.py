"""The gauges of open alerts and their age, of late steps and pages, and of hours without a person
on call: counted from the documents, so that a restart or a lost event changes nothing.

A measurement asks the store the same few queries however many schools there are, and counts a rota
again only where it changed.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sebaya_chassis.base.health import Heartbeat
from sebaya_chassis.base.retry import repeat_every
from sebaya_chassis.storage.clock import StoreClock
from sebaya_chassis.storage.database import Document
from sebaya_chassis.storage.district_counts import DistrictCounts
from sebaya_chassis.storage.schools import Schools
from sebaya_contracts.district import School
from sebaya_contracts.words import Level
from sebaya_escalation import metrics
from sebaya_escalation.collections import ALERTS, NOT_CLOSED, NOT_CLOSED_INDEX, PAGES
from sebaya_escalation.domain.alert import Status
from sebaya_escalation.domain.duty_gaps import DutyGaps, count_duty_gaps
from sebaya_escalation.domain.ladder import compute_overdue_seconds

# Rotas that are counted in one go: a tenth of a second's work would keep alerts waiting.
ROTAS_AT_ONCE = 20


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

    def add_duties(self, found: DutyGaps) -> None:
        """Add a school's hours without a person on call, and its people that cannot be paged."""
        self.gaps += found.gaps
        self.uncovered += found.uncovered
        self.unreachable += found.unreachable

    def add_alerts(self, school: School, row: Document, now: datetime) -> None:
        """Add a school's alerts of one level and status."""
        level = Level(row["state.level"])
        self.open[level] += row["count"]
        if row["state.status"] != Status.OPEN:
            return
        age = (now - row["oldest"]).total_seconds()
        overdue = compute_overdue_seconds(school, level, row["unanswered"], now)
        self.oldest[level] = max(self.oldest.get(level, 0.0), age)
        self.overdue[level] = max(self.overdue.get(level, 0.0), overdue)
        if row["step"] is not None:
            self.late = max(self.late, (now - row["step"]).total_seconds())

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


# Of an alert of an earlier version nothing but its raising is known.
_UNANSWERED_SINCE = {"$ifNull": ["$state.open_since", "$state.raised_at"]}
_OF_ALERTS: Mapping[str, Document] = {
    "count": {"$sum": 1},
    "oldest": {"$min": "$state.raised_at"},
    "unanswered": {"$min": _UNANSWERED_SINCE},
    "step": {"$min": "$state.next_step_at"},
}


class Gauges:
    """Keeps the gauges, as a loop of the worker."""

    def __init__(
        self, schools: Schools, counts: DistrictCounts, clock: StoreClock, every_seconds: float
    ) -> None:
        self._schools = schools
        self._counts = counts
        self._clock = clock
        self._every = every_seconds
        self._duties: dict[str, tuple[School, DutyGaps]] = {}

    async def run(self, beat: Heartbeat) -> None:
        """Measure every few seconds; never returns."""
        await repeat_every(self.measure, self._every, beat)

    async def measure(self) -> None:
        """Measure all schools once, and set the gauges."""
        snapshot, now = EscalationSnapshot(), self._clock.now()
        schools = {school.school_id: school for school in await self._schools.all()}
        await self._add_duties(snapshot, schools, now)
        by = ("school_id", "state.level", "state.status")
        for row in await self._counts.group(
            ALERTS.collection, NOT_CLOSED, by, _OF_ALERTS, index=NOT_CLOSED_INDEX
        ):
            if (school := schools.get(row["school_id"])) is not None:
                snapshot.add_alerts(school, row, now)
        dated = await self._counts.earliest(ALERTS.collection, "due_at")
        if dated is not None:
            snapshot.late = max(snapshot.late, (now - dated).total_seconds())
        due = await self._counts.earliest(PAGES.collection, "due_at")
        if due is not None:
            snapshot.page_late = max(0.0, (now - due).total_seconds())
        snapshot.publish()

    async def _add_duties(
        self, snapshot: EscalationSnapshot, schools: Mapping[str, School], now: datetime
    ) -> None:
        counted = 0
        for school_id, school in schools.items():
            known = self._duties.get(school_id)
            if known is None or known[0] is not school or known[1].until <= now:
                known = self._duties[school_id] = school, count_duty_gaps(school, now)
                counted += 1
                if counted % ROTAS_AT_ONCE == 0:
                    await asyncio.sleep(0)
            snapshot.add_duties(known[1])
