"""Keeps every school's coverage published: on a change of the school at once, and again before it
expires.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sebaya_chassis.storage.layout import AppliedSequence
from sebaya_contracts.district import School
from sebaya_contracts.event import Event
from sebaya_escalation.domain.coverage import Coverage, compute_coverage
from sebaya_escalation.settings import Settings
from sebaya_escalation.store import EscalationStore


class CoverageWatch:
    """`publish` on a change, `renew` by the timer."""

    def __init__(self, store_of: Callable[[str], EscalationStore], settings: Settings) -> None:
        self._store_of = store_of
        self._every = timedelta(seconds=settings.coverage_every_seconds)
        self._expires = timedelta(seconds=settings.coverage_expires_seconds)

    async def publish(self, store: EscalationStore, mark: AppliedSequence | None = None) -> None:
        """One write. Raises Stale for a description that was published before."""
        school = await store.school()
        await store.coverage.upsert(
            store.school_id,
            lambda now: compute_coverage(school, self._every, self._expires, now),
            lambda _old, now: self._said(school, now),
            mark,
        )

    async def renew(self, school_id: str, _ids: Sequence[str]) -> None:
        await self.publish(self._store_of(school_id))

    def _said(self, school: School, now: datetime) -> tuple[Coverage, tuple[Event, ...]]:
        new = compute_coverage(school, self._every, self._expires, now)
        return new, (new.event(),)
