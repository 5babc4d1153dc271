"""The gauges that matching counts from its documents: the stages of cases, and whether a promise is
broken, whatever the code believes.
"""

from sebaya_chassis.base.health import Heartbeat
from sebaya_chassis.base.retry import repeat_every
from sebaya_chassis.storage.clock import StoreClock
from sebaya_chassis.storage.district_counts import DistrictCounts
from sebaya_matching import metrics
from sebaya_matching.collections import (
    CASES,
    HOLDS_SLOT,
    HOLDS_SLOT_INDEX,
    LIVE,
    LIVE_INDEX,
    SUPPORTERS,
)
from sebaya_matching.domain.case import EXCLUDING
from sebaya_matching.domain.enums import Stage
from sebaya_matching.settings import Settings

_OVER_CAP = {
    "$gt": [
        {"$size": {"$objectToArray": "$state.slots"}},
        {"$add": ["$state.profile.cap", {"$ifNull": ["$state.over", 0]}]},
    ]
}
_FORMER = {
    "$filter": {"input": "$state.former", "cond": {"$in": ["$$this.parting", sorted(EXCLUDING)]}}
}
_EXCLUDED = {
    "$or": [
        {"$in": ["$state.match.supporter_id", {"$ifNull": ["$state.request.excluded", []]}]},
        {
            "$in": [
                "$state.match.supporter_id",
                {"$map": {"input": _FORMER, "in": "$$this.supporter_id"}},
            ]
        },
    ]
}


_PAIRED = {"state.stage": {"$in": [Stage.OFFERED, Stage.MATCHED]}}


class MatchingGauges:
    """The loops of a worker that count again, over all schools at once."""

    def __init__(self, counts: DistrictCounts, clock: StoreClock, settings: Settings) -> None:
        self._counts = counts
        self._clock = clock
        self._settings = settings

    async def run(self, beat: Heartbeat) -> None:
        """Measure the stages until cancelled."""
        await repeat_every(self.measure_stages, self._settings.watch_seconds, beat)

    async def run_promises(self, beat: Heartbeat) -> None:
        """Measure the promises until cancelled."""
        await repeat_every(self.measure_promises, self._settings.promises_seconds, beat)

    async def measure_stages(self) -> None:
        """Count the cases in each stage, from an index alone, and find the longest wait."""
        rows = await self._counts.group(
            CASES.collection,
            LIVE,
            ("state.stage",),
            {"count": {"$sum": 1}, "since": {"$min": "$state.since"}},
            index=LIVE_INDEX,
        )
        found = {row["state.stage"]: row for row in rows}
        for stage in metrics.STAGES:
            metrics.IN_STAGE.labels(stage.value).set(found.get(stage, {}).get("count", 0))
        since = found.get(Stage.WAITING, {}).get("since")
        waited = (self._clock.now() - since).total_seconds() if since is not None else 0.0
        metrics.OLDEST_WAITING.set(max(0.0, waited))

    async def measure_promises(self) -> None:
        """Count the supporters over their cap and the pairs that a case excludes."""
        over_cap = await self._counts.count(
            SUPPORTERS.collection, HOLDS_SLOT | {"$expr": _OVER_CAP}, index=HOLDS_SLOT_INDEX
        )
        excluded = await self._counts.count(
            CASES.collection, _PAIRED | {"$expr": _EXCLUDED}, index=LIVE_INDEX
        )
        metrics.BREACHES.labels("cap").set(over_cap)
        metrics.BREACHES.labels("exclusion").set(excluded)
