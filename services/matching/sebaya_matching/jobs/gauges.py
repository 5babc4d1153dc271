"""The gauges that matching counts from its documents: the stages of cases, and whether a promise is
broken, whatever the code believes.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from sebaya_chassis.base.health import Heartbeat
from sebaya_chassis.base.retry import repeat_every
from sebaya_chassis.storage.schools import Schools
from sebaya_chassis.storage.tenant_store import SchoolStore
from sebaya_matching import metrics
from sebaya_matching.collections import CASES, SUPPORTERS
from sebaya_matching.domain.case import EXCLUDING
from sebaya_matching.domain.enums import Stage

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


@dataclass(slots=True)
class MatchingSnapshot:
    """The counts of all schools at one time."""

    stages: Counter[str] = field(default_factory=Counter)
    oldest_waiting: float = 0.0
    breaches: Counter[str] = field(default_factory=Counter)

    def publish(self) -> None:
        """Set the gauges."""
        for stage in metrics.STAGES:
            metrics.IN_STAGE.labels(stage.value).set(self.stages[stage.value])
        metrics.OLDEST_WAITING.set(self.oldest_waiting)
        for promise in metrics.PROMISES:
            metrics.BREACHES.labels(promise).set(self.breaches[promise])


class MatchingGauges:
    """The loop of a worker that counts again every `every_seconds`."""

    def __init__(
        self, schools: Schools, store_of: Callable[[str], SchoolStore], every_seconds: float
    ) -> None:
        self._schools = schools
        self._store_of = store_of
        self._every = every_seconds

    async def run(self, beat: Heartbeat) -> None:
        """Run until cancelled."""
        await repeat_every(self.measure, self._every, beat)

    async def measure(self) -> None:
        """Measure every school, and set the gauges."""
        snapshot = MatchingSnapshot()
        for school in await self._schools.all():
            store = self._store_of(school.school_id)
            await _add_stages(snapshot, store)
            snapshot.breaches["cap"] += await store.collection(SUPPORTERS.collection).count(
                {"$expr": _OVER_CAP}
            )
            snapshot.breaches["exclusion"] += await store.collection(CASES.collection).count(
                {"state.stage": {"$in": [Stage.OFFERED, Stage.MATCHED]}, "$expr": _EXCLUDED}
            )
        snapshot.publish()


async def _add_stages(snapshot: MatchingSnapshot, store: SchoolStore) -> None:
    """From the index alone."""
    in_stage = {"$match": {"state.stage": {"$in": list(metrics.STAGES)}}}
    by_stage = {
        "$group": {"_id": "$state.stage", "count": {"$sum": 1}, "since": {"$min": "$state.since"}}
    }
    for row in await store.collection(CASES.collection).aggregate([in_stage, by_stage]):
        snapshot.stages[row["_id"]] += row["count"]
        if row["_id"] == Stage.WAITING and row["since"] is not None:
            snapshot.oldest_waiting = max(
                snapshot.oldest_waiting, (store.now() - row["since"]).total_seconds()
            )
