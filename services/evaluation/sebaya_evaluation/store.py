"""Evaluation's records of one school: facts (one a case), responses (one a match and side), and the
roll-ups counted from them.

A roll-up is one document a school and month with its strata inside, so that a recount is one atomic
write.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, fields
from datetime import date, datetime
from typing import Any

import msgspec

from sebaya_chassis.base.problems import NotFound
from sebaya_chassis.storage.documents import AlreadyExists, DocumentChange
from sebaya_chassis.storage.layout import AppliedSequence, LoadedDocument
from sebaya_chassis.storage.schools import Schools
from sebaya_chassis.storage.tenant_store import SchoolStore
from sebaya_contracts.district import School
from sebaya_contracts.evaluation import ResponseEvent
from sebaya_evaluation.collections import DIRTY, FACTS, RELEASES, RESPONSES, ROLLUPS
from sebaya_evaluation.domain import facts as rules
from sebaya_evaluation.domain.counting import count_period
from sebaya_evaluation.domain.facts import About, Change, Fact
from sebaya_evaluation.domain.feedback import Response, erase_response, mark_counted
from sebaya_evaluation.domain.periods import UNPLACED, find_bounds
from sebaya_evaluation.domain.releases import Release, ReleasePlan, count_release
from sebaya_evaluation.domain.spans import RHYTHM, Calendar, find_cut, find_release
from sebaya_evaluation.domain.tally import Tally
from sebaya_evaluation.errors import AlreadyAnswered
from sebaya_evaluation.library import list_assigned
from sebaya_evaluation.metrics import FACTS_WRITTEN

_WRITTEN = {about: FACTS_WRITTEN.labels(about.value) for about in About}
# A filter of this many alternatives stays far below the 16 MB of one command.
CHUNK = 500

Document = dict[str, Any]
CountedVersion = tuple[str, int]
"""A fact's id, and the version of it that was counted."""


class EvaluationStore:
    """Facts, responses and roll-ups of one school."""

    def __init__(self, store: SchoolStore, schools: Schools) -> None:
        self._store = store
        self._schools = schools
        self._facts = store.documents(FACTS)
        self.school_id = store.school_id

    async def load_school(self) -> School:
        """Load what is known of the school. Raises UnknownSchool."""
        return await self._schools.require(self.school_id)

    async def load_zone(self) -> str:
        """Load the school's time zone. Raises UnknownSchool."""
        return (await self.load_school()).time_zone

    # Facts

    async def prepare_change(
        self, fact_id: str, change: Change, about: About = About.CASE
    ) -> DocumentChange[Fact]:
        """Prepare one write: the fact, what it dirties, and the mark. An unknown case gets its fact
        by it.
        """
        zone = await self.load_zone()
        return DocumentChange(
            self._facts,
            fact_id,
            lambda _now: Fact(fact_id, about),
            lambda fact, now: rules.apply_change(fact, change, zone, now),
            lambda _before, _after: _WRITTEN[about].inc(),
        )

    async def erase_case(self, case_id: str, change: Change, mark: AppliedSequence) -> None:
        """Turn a case's fact into a tombstone, and every response about it: in one transaction."""
        zone = await self.load_zone()

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

    async def find_fact(self, case_id: str) -> Fact | None:
        """Find the fact of a case; None where nothing is known of it."""
        try:
            return (await self._store.documents(FACTS).load(case_id)).state
        except NotFound:
            return None

    async def find_fact_of_match(self, match_id: str) -> Fact | None:
        """Find the fact of a match's case; None where the match is not known."""
        found = await self._store.documents(FACTS).find(
            {"state.matches.match_id": match_id}, limit=1
        )
        return found[0].state if found else None

    # Responses

    async def find_answered(self, response_ids: Iterable[str]) -> set[str]:
        """Find which of these responses were given; an erased one counts as well."""
        found = await self._store.documents(RESPONSES).find({"_id": {"$in": list(response_ids)}})
        return {loaded.state.response_id for loaded in found}

    async def create_response(self, response: Response, given: ResponseEvent) -> bool:
        """Create a response with its event, and tell whether it is new.

        Raises AlreadyAnswered for other answers than before, NotFound after erasure.
        """
        responses = self._store.documents(RESPONSES)
        try:
            await responses.create(response, [given])
        except AlreadyExists:
            known = (await responses.load(response.response_id)).state
            if known.erased:
                raise NotFound from None
            if not known.agrees(response):
                raise AlreadyAnswered from None
            return False
        return True

    def now(self) -> datetime:
        """Return the store's time."""
        return self._store.now()

    # Roll-ups

    async def recount(self, period: str) -> None:
        """Count a month anew from its facts, whole, then clear exactly the dirty marks of the
        facts that were counted.

        Reading and writing are one transaction: two of them on one month conflict on its roll-up,
        so an older picture never replaces a newer. A death before the clearing costs another
        recount.
        """
        zone = await self.load_zone()
        counted = await self._store.transaction(lambda tx: self._recount(tx, period, zone))
        await self._clear(period, counted)

    async def _recount(self, tx: SchoolStore, period: str, zone: str) -> list[CountedVersion]:
        facts = [found.state for found in await tx.documents(FACTS).find(_counted_in(period, zone))]
        responses = await self._responses_to(tx, [fact.fact_id for fact in facts])
        dirty = await tx.documents(FACTS).find({"state.dirty": period, **DIRTY})
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

    async def _clear(self, period: str, counted: Sequence[CountedVersion]) -> None:
        """A fact that changed after it was counted has another version, and stays dirty."""
        left = {"$setDifference": ["$state.dirty", [period]]}
        since = {"$cond": [{"$eq": [left, []]}, None, "$state.dirty_since"]}
        cleared: list[Document] = [
            {"$set": {"state.dirty": left, "state.dirty_since": since, "due_at": since}},
            {"$unset": "timer"},
        ]
        for chunk in _chunks(counted):
            versions = [{"_id": fact_id, "version": version} for fact_id, version in chunk]
            await self._store.collection(FACTS.collection).update_many(
                {"$or": versions, "state.dirty": period}, cleared
            )

    async def list_dirty_periods(self) -> set[str]:
        """List the months that wait to be counted again."""
        grouped = await self._store.collection(FACTS.collection).aggregate(
            [{"$match": DIRTY}, {"$unwind": "$state.dirty"}, {"$group": {"_id": "$state.dirty"}}]
        )
        return {row["_id"] for row in grouped}

    async def count_dirty_responses(self) -> int:
        """Count the responses that wait to be counted."""
        return await self._store.collection(RESPONSES.collection).count(DIRTY)

    async def find_oldest_dirty(self) -> datetime | None:
        """Find since when the oldest fact or response waits to be counted; None where none does."""
        found = [
            await self._oldest(collection)
            for collection in (FACTS.collection, RESPONSES.collection)
        ]
        return min((since for since in found if since is not None), default=None)

    async def _oldest(self, collection: str) -> datetime | None:
        row = await self._store.collection(collection).find_one(
            DIRTY, sort=[("state.dirty_since", 1)], projection={"state.dirty_since": 1}
        )
        return row["state"]["dirty_since"] if row else None

    async def count_responses(self, response_ids: Sequence[str]) -> None:
        """Count new responses in the months of their cases. One that slipped in beside an erasure
        becomes a tombstone here.

        A response to a case that is not known yet needs nothing: the fact's first write dirties the
        month, and its recount reads the response.
        """
        responses = self._store.documents(RESPONSES)
        found = await responses.find({"_id": {"$in": list(response_ids)}, **DIRTY})
        cases = await self._store.documents(FACTS).find(
            {"_id": {"$in": [loaded.state.case_id for loaded in found]}}
        )
        by_case = {loaded.state.fact_id: loaded.state for loaded in cases}
        zone = await self.load_zone()
        for period in sorted({fact.find_period(zone) for fact in by_case.values()}):
            await self.recount(period)
        for loaded in found:
            fact = by_case.get(loaded.state.case_id)
            await responses.update(
                loaded.state.response_id, erase_response if fact and fact.erased else mark_counted
            )

    async def rebuild(self) -> None:
        """Rebuild every roll-up of the school from its facts."""
        for period in sorted(await self._periods()):
            await self.recount(period)

    async def _periods(self) -> set[str]:
        month = {
            "$dateToString": {
                "date": "$state.placed_at",
                "format": "%Y-%m",
                "timezone": await self.load_zone(),
                "onNull": UNPLACED,
            }
        }
        grouped = await self._store.collection(FACTS.collection).aggregate(
            [{"$group": {"_id": {"$ifNull": ["$state.period", month]}}}]
        )
        return {row["_id"] for row in grouped} | {
            row["period"] for row in await self._store.collection(ROLLUPS).find({})
        }

    async def has_other_zone(self, zone: str) -> bool:
        """Tell whether a roll-up was counted by months of another time zone."""
        return await self._store.collection(ROLLUPS).find_one({"zone": {"$ne": zone}}) is not None

    async def load_tallies(self) -> dict[str, dict[str, Tally]]:
        """Load every roll-up, by period and stratum."""
        rows = await self._store.collection(ROLLUPS).find({}, sort=[("period", 1)])
        return {row["period"]: msgspec.convert(row["strata"], dict[str, Tally]) for row in rows}

    # Releases

    async def find_release_date(self) -> date:
        """Find the date of the release that stands now. Raises UnknownSchool."""
        return find_release(self.now(), await self.load_zone())

    async def load_release(self, released_on: date, calendar: Calendar) -> Release:
        """Load a release; where there is none yet, count it from the facts.

        Once written it stands: of two that count it, the second reads what the first has written.
        The one before it is kept for schools of another time zone. Raises UnknownSchool.
        """
        rows, day = self._store.collection(RELEASES), released_on.isoformat()
        row = await rows.find_one({"released_on": day})
        if row is None:
            made = await self._count_release(released_on, calendar)
            row = await rows.upsert(
                {"_id": f"{self.school_id}/{day}"},
                {"$setOnInsert": {**msgspec.to_builtins(made), "released_on": day}},
            )
            await rows.delete_many({"released_on": {"$lt": (released_on - RHYTHM).isoformat()}})
        return msgspec.convert(
            {name: row[name] for name in _RELEASE_FIELDS if name in row}, Release
        )

    async def _count_release(self, released_on: date, calendar: Calendar) -> Release:
        school = await self.load_school()
        zone = school.time_zone
        policies = school.policies
        instruments = list_assigned(policies.wave_instruments)
        plan = ReleasePlan(released_on, zone, policies.minimum_cell, calendar, instruments)
        before = {"$lt": find_cut(released_on, zone)}
        facts = await self._store.documents(FACTS).find({"state.placed_at": before})
        responses = await self._store.documents(RESPONSES).find({"state.given_at": before})
        by_case: dict[str, list[Response]] = defaultdict(list)
        for found in responses:
            by_case[found.state.case_id].append(found.state)
        states = [found.state for found in facts]
        return await asyncio.to_thread(count_release, plan, states, by_case)


_RELEASE_FIELDS = tuple(field.name for field in fields(Release))

StoreOf = Callable[[str], EvaluationStore]
"""The store of a school, by its id."""


def _counted_in(period: str, zone: str) -> Document:
    """Facts that count in a period: those placed in the month, and the tombstones that say so."""
    if period == UNPLACED:
        return {"state.placed_at": None, "state.period": {"$in": [None, UNPLACED]}}
    since, until = find_bounds(period, zone)
    return {"$or": [{"state.placed_at": {"$gte": since, "$lt": until}}, {"state.period": period}]}


def _chunks(items: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (items[start : start + CHUNK] for start in range(0, len(items), CHUNK))
