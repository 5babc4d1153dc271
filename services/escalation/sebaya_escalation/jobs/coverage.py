"""The timer of coverages: each is published again before it expires."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sebaya_escalation.commands.coverage import CoveragePeriods, publish_coverage
from sebaya_escalation.store import EscalationStore


@dataclass(frozen=True, slots=True)
class CoverageTimer:
    """Publishes coverages that are due."""

    store_of: Callable[[str], EscalationStore]
    periods: CoveragePeriods

    async def renew(self, school_id: str, _ids: Sequence[str]) -> None:
        """Publish a school's coverage again. Raises UnknownSchool."""
        await publish_coverage(self.store_of(school_id), self.periods)
