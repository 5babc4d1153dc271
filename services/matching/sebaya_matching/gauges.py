"""What matching counts again from its documents: how cases stand, and whether a promise is broken,
whatever the code believes.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from sebaya_chassis.base.health import Heartbeat
from sebaya_chassis.base.retry import repeat_every
from sebaya_chassis.storage.schools import Schools
from sebaya_chassis.storage.tenant_store import SchoolStore
from sebaya_matching import metrics
from sebaya_matching.domain.case import EXCLUDING
from sebaya_matching.domain.enums import Stage
from sebaya_matching.store import CASES, SUPPORTERS

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
    """One look over all schools."""

    stages: Counter[str] = field(default_factory=Counter)
    oldest_waiting: float = 0.0
    breaches: Counter[str] = field(default_factory=Counter)

    def publish(self) -> None:
        for stage in metrics.STAGES:
            metrics.IN_STAGE.labels(stage.value).set(self.stages[stage.value])
        metrics.OLDEST_WAITING.set(self.oldest_waiting)
        for promise in metrics.PROMISES:
            metrics.BREACHES.labels(promise).set(self.breaches[promise])


class MatchingGauges:
    """A loop of the worker."""

    def __init__(
        self, schools: Schools, store_of: Callable[[str], SchoolStore], every_seconds: float
    ) -> None:
        self._schools = schools
        self._store_of = store_of
        self._every = every_seconds

    async def run(self, beat: Heartbeat) -> None:
        await repeat_every(self.look, self._every, beat)

    async def look(self) -> None:
        picture = MatchingSnapshot()
        for school in await self._schools.all():
            store = self._store_of(school.school_id)
            await _add_stages(picture, store)
            picture.breaches["cap"] += await store.collection(SUPPORTERS.collection).count(
                {"$expr": _OVER_CAP}
            )
            picture.breaches["exclusion"] += await store.collection(CASES.collection).count(
                {"state.stage": {"$in": [Stage.OFFERED, Stage.MATCHED]}, "$expr": _EXCLUDED}
            )
        picture.publish()


async def _add_stages(picture: MatchingSnapshot, store: SchoolStore) -> None:
    """From the index alone."""
    standing = {"$match": {"state.stage": {"$in": list(metrics.STAGES)}}}
    grouped = {
        "$group": {"_id": "$state.stage", "count": {"$sum": 1}, "since": {"$min": "$state.since"}}
    }
    for row in await store.collection(CASES.collection).aggregate([standing, grouped]):
        picture.stages[row["_id"]] += row["count"]
        if row["_id"] == Stage.WAITING and row["since"] is not None:
            picture.oldest_waiting = max(
                picture.oldest_waiting, (store.now() - row["since"]).total_seconds()
            )
