"""The gauges that matching counts from its documents: the stages of cases, and whether a promise is
broken, whatever the code believes.
"""

from collections.abc import Mapping
from typing import Any

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
    QUIET_INDEX,
    SUPPORTERS,
)
from sebaya_matching.domain.case import EXCLUDING
from sebaya_matching.domain.enums import Stage
from sebaya_matching.settings import Settings

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
_BY_HOLDER = ("school_id", "state.match.supporter_id")
_BY_SUPPORTER = ("school_id", "state.supporter_id")
_ACCEPTED_AT = "$state.match.accepted_at"
_NO_PAIRS: Mapping[str, Any] = {"pairs": 0, "accepted": 0, "last": None}


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
        await self.measure_silence()

    async def measure_silence(self) -> None:
        """Count the matches in which the supporter has not written."""
        for days in metrics.QUIET_DAYS:
            quiet = {"state.stage": Stage.MATCHED, "state.match.quiet_days": days}
            found = await self._counts.count(CASES.collection, quiet, index=QUIET_INDEX)
            metrics.QUIET.labels(str(days)).set(found)

    async def measure_promises(self) -> None:
        """Count the supporters over their cap and the pairs that a case excludes.

        Cases and supporters are two questions with decisions between them: a supporter counts who
        is over the cap by both of two looks.
        """
        over_cap = await self._find_over_cap()
        if over_cap:
            over_cap &= await self._find_over_cap()
        excluded = await self._counts.count(
            CASES.collection, _PAIRED | {"$expr": _EXCLUDED}, index=LIVE_INDEX
        )
        metrics.BREACHES.labels("cap").set(len(over_cap))
        metrics.BREACHES.labels("exclusion").set(excluded)

    async def _find_over_cap(self) -> set[tuple[str, str]]:
        """Find the supporters over their cap, from the cases as well as from their own slots."""
        pairs = await self._counts.group(
            CASES.collection,
            _PAIRED,
            _BY_HOLDER,
            {
                "pairs": {"$sum": 1},
                "accepted": {"$sum": {"$cond": [{"$gt": [_ACCEPTED_AT, None]}, 1, 0]}},
                "last": {"$max": _ACCEPTED_AT},
            },
            index=LIVE_INDEX,
        )
        of_holder = {tuple(row[field] for field in _BY_HOLDER): row for row in pairs}
        caps = await self._counts.group(
            SUPPORTERS.collection,
            HOLDS_SLOT,
            _BY_SUPPORTER,
            {
                "slots": {"$max": {"$size": {"$objectToArray": "$state.slots"}}},
                "cap": {"$max": "$state.profile.cap"},
                "over": {"$max": {"$ifNull": ["$state.over", 0]}},
                "lowered": {"$max": "$state.lowered_at"},
            },
            index=HOLDS_SLOT_INDEX,
        )
        found = {tuple(row[field] for field in _BY_SUPPORTER): row for row in caps}
        return {
            (school_id, supporter_id)
            for (school_id, supporter_id), row in found.items()
            if _is_over_cap(row, of_holder.get((school_id, supporter_id), _NO_PAIRS))
        }


def _is_over_cap(row: Mapping[str, Any], pairs: Mapping[str, Any]) -> bool:
    """A lowered cap leaves the matches that were accepted before, and nothing else."""
    taken = max(row["slots"], pairs["pairs"])
    if taken <= row["cap"]:
        return False
    lowered, last = row["lowered"], pairs["last"]
    since_lowered = lowered is not None and last is not None and last > lowered
    offered = pairs["pairs"] > pairs["accepted"]
    return bool(taken > row["cap"] + row["over"] or offered or since_lowered)
