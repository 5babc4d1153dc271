"""Evaluation's records of one school: facts (one a case), responses (one a match and side), and the
roll-ups counted from them.

A roll-up is one document a school and month with its strata inside, so that a recount is one atomic
write.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import msgspec
from pymongo import IndexModel

from sebaya_chassis.base.problems import NotFound
from sebaya_chassis.storage.district_store import OWNER as DISTRICT
from sebaya_chassis.storage.district_store import DistrictStore
from sebaya_chassis.storage.documents import AlreadyExists, DocumentChange, Documents
from sebaya_chassis.storage.layout import AppliedSequence, CollectionSpec, LoadedDocument
from sebaya_chassis.storage.schools import Schools
from sebaya_chassis.storage.tenant_store import SchoolStore
from sebaya_contracts.district import School
from sebaya_contracts.evaluation import FeedbackGiven
from sebaya_evaluation.domain import facts as rules
from sebaya_evaluation.domain.counting import count_period
from sebaya_evaluation.domain.facts import About, Change, Fact
from sebaya_evaluation.domain.feedback import Response, erase_response, mark_counted
from sebaya_evaluation.domain.periods import UNPLACED, find_bounds
from sebaya_evaluation.domain.releases import Ledger, Months, Numbers, Release, enter_release
from sebaya_evaluation.domain.tally import Tally
from sebaya_evaluation.errors import AlreadyAnswered
from sebaya_evaluation.metrics import FACTS_WRITTEN

FACTS = CollectionSpec(
    "facts", Fact, identity=lambda fact: fact.fact_id, due=lambda fact: fact.dirty_since
)
RESPONSES = CollectionSpec(
    "responses",
    Response,
    identity=lambda response: response.response_id,
    due=lambda response: response.dirty_since,
)
LEDGERS = CollectionSpec("ledgers", Ledger, identity=lambda ledger: ledger.ledger_id)
ROLLUPS = "rollups"

_WAITS: dict[str, Any] = {"state.dirty_since": {"$type": "date"}}
_DIRTY: dict[str, Any] = {"partialFilterExpression": _WAITS, "name": "dirty"}
INDEXES = {
    FACTS.collection: [
        IndexModel([("school_id", 1), ("state.placed_at", 1)]),
        IndexModel([("school_id", 1), ("state.period", 1)]),
        IndexModel([("school_id", 1), ("state.matches.match_id", 1)]),
        IndexModel([("school_id", 1), ("state.dirty_since", 1)], **_DIRTY),
    ],
    RESPONSES.collection: [
        IndexModel([("school_id", 1), ("state.case_id", 1)]),
        IndexModel([("school_id", 1), ("state.dirty_since", 1)], **_DIRTY),
    ],
    ROLLUPS: [IndexModel([("school_id", 1), ("period", 1)], unique=True)],
}
_WRITTEN = {about: FACTS_WRITTEN.labels(about.value) for about in About}
# A filter of this many alternatives stays far below the 16 MB of one command.
CHUNK = 500

Document = dict[str, Any]
Seen = tuple[str, int]
"""A document and the version of it that was counted."""


class EvaluationStore:
    """Facts, responses and roll-ups of one school."""

    def __init__(self, store: SchoolStore, schools: Schools) -> None:
        self._store = store
        self._schools = schools
        self._facts = store.documents(FACTS)
        self.school_id = store.school_id

    async def school(self) -> School:
        return await self._schools.require(self.school_id)

    async def zone(self) -> str:
        return (await self.school()).time_zone

    # Facts

    async def step(
        self, fact_id: str, change: Change, about: About = About.CASE
    ) -> DocumentChange[Fact]:
        """One write: the fact, what it dirties, and the mark. An unknown case gets its fact here."""
        zone = await self.zone()
        return DocumentChange(
            self._facts,
            fact_id,
            lambda _now: Fact(fact_id, about),
            lambda fact, now: rules.apply_change(fact, change, zone, now),
            lambda _before, _after: _WRITTEN[about].inc(),
        )

    async def change(
        self, fact_id: str, change: Change, mark: AppliedSequence, about: About = About.CASE
    ) -> None:
        """The step of one event, alone."""
        await (await self.step(fact_id, change, about)).apply(mark)

    async def erase(self, case_id: str, change: Change, mark: AppliedSequence) -> None:
        """The case's fact becomes a tombstone, and with it every response about it: one
        transaction.
        """
        zone = await self.zone()

        async def work(tx: SchoolStore) -> None:
            await tx.documents(FACTS).upsert(
                case_id,
                lambda _now: Fact(case_id),
                lambda fact, now: rules.apply_change(fact, change, zone, now),
                mark,
            )
            for found in await tx.documents(RESPONSES).find({"state.case_id": case_id}):
                await tx.documents(RESPONSES).update(found.state.response_id, erase_response)

        await self._store.transaction(work)
        FACTS_WRITTEN.labels(About.CASE.value).inc()

    async def fact(self, case_id: str) -> Fact | None:
        try:
            return (await self._store.documents(FACTS).load(case_id)).state
        except NotFound:
            return None

    async def fact_of_match(self, match_id: str) -> Fact | None:
        found = await self._store.documents(FACTS).find(
            {"state.matches.match_id": match_id}, limit=1
        )
        return found[0].state if found else None

    # Responses

    async def give(self, response: Response, given: FeedbackGiven) -> bool:
        """One insert with its event. Whether it is new; raises AlreadyAnswered for other answers
        than before, NotFound after erasure.
        """
        responses = self._store.documents(RESPONSES)
        try:
            await responses.create(response, [given])
        except AlreadyExists:
            known = (await responses.load(response.response_id)).state
            if known.erased:
                raise NotFound from None
            if known.answers != response.answers:
                raise AlreadyAnswered from None
            return False
        return True

    def now(self) -> datetime:
        return self._store.now()

    # Roll-ups

    async def recompute(self, period: str) -> None:
        """Count a month anew from its facts, whole, then clear exactly the dirty marks whose facts
        were counted.

        Reading and writing are one transaction: two of them on one month conflict on its roll-up,
        so an older picture never replaces a newer. A death before the clearing costs another
        recount.
        """
        zone = await self.zone()
        seen = await self._store.transaction(lambda tx: self._recount(tx, period, zone))
        await self._clear(period, seen)

    async def _recount(self, tx: SchoolStore, period: str, zone: str) -> list[Seen]:
        facts = [found.state for found in await tx.documents(FACTS).find(_counted_in(period, zone))]
        responses = await self._responses_to(tx, [fact.fact_id for fact in facts])
        dirty = await tx.documents(FACTS).find({"state.dirty": period, **_WAITS})
        strata = await asyncio.to_thread(count_period, facts, responses)
        row = {
            "period": period,
            "zone": zone,
            "counted_at": tx.now(),
            "strata": {name: asdict(tally) for name, tally in strata.items()},
        }
        await tx.collection(ROLLUPS).upsert({"_id": f"{self.school_id}/{period}"}, {"$set": row})
        return [(found.state.fact_id, found.version) for found in dirty]

    async def _responses_to(self, tx: SchoolStore, case_ids: Sequence[str]) -> list[Response]:
        found: list[LoadedDocument[Response]] = []
        for chunk in _chunks(case_ids):
            found += await tx.documents(RESPONSES).find(
                {"state.case_id": {"$in": list(chunk)}, "state.erased": False}
            )
        return [loaded.state for loaded in found]

    async def _clear(self, period: str, seen: Sequence[Seen]) -> None:
        """A fact that changed after it was counted has another version, and stays dirty."""
        left = {"$setDifference": ["$state.dirty", [period]]}
        since = {"$cond": [{"$eq": [left, []]}, None, "$state.dirty_since"]}
        cleared: list[Document] = [
            {"$set": {"state.dirty": left, "state.dirty_since": since, "due_at": since}},
            {"$unset": "timer"},
        ]
        for chunk in _chunks(seen):
            versions = [{"_id": fact_id, "version": version} for fact_id, version in chunk]
            await self._store.collection(FACTS.collection).update_many(
                {"$or": versions, "state.dirty": period}, cleared
            )

    async def dirty_periods(self) -> set[str]:
        grouped = await self._store.collection(FACTS.collection).aggregate(
            [{"$match": _WAITS}, {"$unwind": "$state.dirty"}, {"$group": {"_id": "$state.dirty"}}]
        )
        return {row["_id"] for row in grouped}

    async def uncounted_responses(self) -> int:
        return await self._store.collection(RESPONSES.collection).count(_WAITS)

    async def oldest_dirty(self) -> datetime | None:
        """Since when the fact or response that has waited longest has not been counted."""
        found = [
            await self._oldest(collection)
            for collection in (FACTS.collection, RESPONSES.collection)
        ]
        return min((since for since in found if since is not None), default=None)

    async def _oldest(self, collection: str) -> datetime | None:
        row = await self._store.collection(collection).find_one(
            _WAITS, sort=[("state.dirty_since", 1)], projection={"state.dirty_since": 1}
        )
        return row["state"]["dirty_since"] if row else None

    async def resolve_responses(self, response_ids: Sequence[str]) -> None:
        """Count new responses in the months of their cases. One that slipped in beside an erasure
        becomes a tombstone here.

        A response whose case is not known yet needs nothing: the fact's first write dirties the
        month, and its recount reads the response.
        """
        responses = self._store.documents(RESPONSES)
        found = await responses.find({"_id": {"$in": list(response_ids)}, **_WAITS})
        cases = await self._store.documents(FACTS).find(
            {"_id": {"$in": [loaded.state.case_id for loaded in found]}}
        )
        by_case = {loaded.state.fact_id: loaded.state for loaded in cases}
        zone = await self.zone()
        for period in sorted({fact.find_period(zone) for fact in by_case.values()}):
            await self.recompute(period)
        for loaded in found:
            fact = by_case.get(loaded.state.case_id)
            await responses.update(
                loaded.state.response_id, erase_response if fact and fact.erased else mark_counted
            )

    async def rebuild(self) -> None:
        """Every roll-up of the school from its facts."""
        for period in sorted(await self._periods()):
            await self.recompute(period)

    async def _periods(self) -> set[str]:
        month = {
            "$dateToString": {
                "date": "$state.placed_at",
                "format": "%Y-%m",
                "timezone": await self.zone(),
                "onNull": UNPLACED,
            }
        }
        grouped = await self._store.collection(FACTS.collection).aggregate(
            [{"$group": {"_id": {"$ifNull": ["$state.period", month]}}}]
        )
        return {row["_id"] for row in grouped} | {
            row["period"] for row in await self._store.collection(ROLLUPS).find({})
        }

    async def counted_in_another_zone(self, zone: str) -> bool:
        """Whether a roll-up stands on months of another time zone than the school's."""
        return await self._store.collection(ROLLUPS).find_one({"zone": {"$ne": zone}}) is not None

    async def release(self, months: Months, numbers: Numbers) -> Release:
        """What a reader is shown of these months, entered in the ledger before anybody sees it.
        Raises TooManyRanges.
        """
        ledgers = self._store.documents(LEDGERS)
        return await _enter_release(ledgers, self.school_id, months, numbers)

    async def tallies(self) -> dict[str, dict[str, Tally]]:
        """Every roll-up by period and stratum."""
        rows = await self._store.collection(ROLLUPS).find({}, sort=[("period", 1)])
        return {row["period"]: msgspec.convert(row["strata"], dict[str, Tally]) for row in rows}


class DistrictLedger:
    """The releases of the district's reports."""

    def __init__(self, store: DistrictStore) -> None:
        self._store = store

    def now(self) -> datetime:
        """Return the store's time."""
        return self._store.now()

    async def release(self, months: Months, numbers: Numbers) -> Release:
        """Enter in the ledger what a reader is shown of these months. Raises TooManyRanges."""
        ledgers = self._store.documents(LEDGERS)
        return await _enter_release(ledgers, DISTRICT, months, numbers)


async def _enter_release(
    ledgers: Documents[Ledger], owner: str, months: Months, numbers: Numbers
) -> Release:
    ledger_id = f"ledger-{owner}"
    decided = await ledgers.upsert(
        ledger_id,
        lambda _now: Ledger(ledger_id),
        lambda ledger, now: (enter_release(ledger, months, numbers, now), ()),
    )
    return decided.state.releases[months.name]


def _counted_in(period: str, zone: str) -> Document:
    """The facts that count in a period: those placed in the month, and the tombstones that say so."""
    if period == UNPLACED:
        return {"state.placed_at": None, "state.period": {"$in": [None, UNPLACED]}}
    since, until = find_bounds(period, zone)
    return {"$or": [{"state.placed_at": {"$gte": since, "$lt": until}}, {"state.period": period}]}


def _chunks(items: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (items[start : start + CHUNK] for start in range(0, len(items), CHUNK))
