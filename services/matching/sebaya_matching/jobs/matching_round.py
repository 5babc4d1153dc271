"""The timer "waiting": offers that were not answered in time lapse, and all waiting cases of the
school are tried at once.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import perf_counter

from sebaya_chassis.base.ids import new_id
from sebaya_chassis.storage.layout import LoadedDocument
from sebaya_chassis.storage.schools import Schools
from sebaya_chassis.storage.tenant_store import SchoolStore
from sebaya_matching import metrics
from sebaya_matching.domain import lifecycle, offers
from sebaya_matching.domain.assignment import Plan, ProposedOffer, assign
from sebaya_matching.domain.case import Case, Wait
from sebaya_matching.domain.waking import find_lapse
from sebaya_matching.errors import NoSlot, NotWaiting
from sebaya_matching.pairs import PairStore
from sebaya_matching.settings import Settings
from sebaya_matching.store import CaseStore, SupporterStore


@dataclass(frozen=True, slots=True)
class MatchingRound:
    """One a process; any replica may try any school, and the transactions decide which is first."""

    store: Callable[[str], SchoolStore]
    schools: Schools
    settings: Settings

    async def handle_due(self, school_id: str, case_ids: Sequence[str]) -> None:
        """Judge the offers among the cases that are due, and try what waits at the school."""
        store, school = self.store(school_id), await self.schools.require(school_id)
        cases = CaseStore(store)
        for due in await cases.list_offered(case_ids):
            await PairStore(store).judge(due.state.case_id, school)
        for due in await cases.list_matched(case_ids):
            await cases.decide(
                due.state.case_id, lambda case, now: offers.note_quiet(case, school, now)
            )
        for due in await cases.list_choosing(case_ids):
            await cases.decide(due.state.case_id, lifecycle.begin_search)
        await self.match_waiting(school_id)

    async def match_waiting(self, school_id: str) -> None:
        """Try all waiting cases of a school once; where a slot became free meanwhile, the next
        round is due at once.
        """
        cases, supporters = CaseStore(self.store(school_id)), SupporterStore(self.store(school_id))
        school = await self.schools.require(school_id)
        freed = await cases.count_freed()
        waiting = await cases.list_to_try(self.settings.cases_in_a_try)
        if not waiting:
            return
        plan = await self._plan(waiting, supporters if school.active else None)
        lost = await self._offer(
            cases, plan.offers, find_lapse(school, waiting[0].now) - waiting[0].now
        )
        await self._postpone(cases, waiting, plan, lost)
        if await cases.count_freed() != freed:
            await cases.make_round_due()

    async def _plan(
        self, waiting: Sequence[LoadedDocument[Case]], supporters: SupporterStore | None
    ) -> Plan:
        """Without supporters, at a school that has closed, every case waits."""
        most = self.settings.supporters_in_a_try
        active = await supporters.list_active(most) if supporters else []
        started = perf_counter()
        plan = await asyncio.to_thread(
            assign, [one.state for one in waiting], [one.state for one in active], waiting[0].now
        )
        metrics.SOLVING.observe(perf_counter() - started)
        metrics.ROUND_CASES.labels("offered").observe(len(plan.offers))
        metrics.ROUND_CASES.labels("waits").observe(len(plan.waits))
        return plan

    async def _offer(
        self, cases: CaseStore, proposed: Sequence[ProposedOffer], lapse: timedelta
    ) -> list[str]:
        """Different supporters side by side, one supporter's offers one after another: they would
        only collide. Returns the cases that another decision took away meanwhile.
        """
        by_supporter: dict[str, list[ProposedOffer]] = defaultdict(list)
        for one in proposed:
            by_supporter[one.supporter_id].append(one)
        lanes = asyncio.Semaphore(self.settings.offer_lanes)
        lost: list[str] = []

        async def offer_to(theirs: Sequence[ProposedOffer]) -> None:
            async with lanes:
                for one in theirs:
                    if not await _is_offered(cases, one, lapse):
                        lost.append(one.case_id)

        done = await asyncio.gather(
            *(offer_to(theirs) for theirs in by_supporter.values()), return_exceptions=True
        )
        for failure in done:
            if failure is not None:
                raise failure
        return lost

    async def _postpone(
        self,
        cases: CaseStore,
        waiting: Sequence[LoadedDocument[Case]],
        plan: Plan,
        lost: Sequence[str],
    ) -> None:
        """Only a new reason to wait is a decision; the next try is a date."""
        now = waiting[0].now
        later = now + timedelta(seconds=self.settings.retry_waiting_seconds)
        known = {
            one.state.case_id: (one.state.wait_reason, one.state.wait_detail) for one in waiting
        }
        for case_id, wait in plan.waits:
            if known[case_id] != wait:
                await _keep_waiting(cases, case_id, wait, later)
        await cases.postpone([case_id for case_id, _ in plan.waits], later)
        if lost:
            await cases.postpone(lost, now + timedelta(seconds=self.settings.race_retry_seconds))


async def _keep_waiting(cases: CaseStore, case_id: str, wait: Wait, later: datetime) -> None:
    await cases.decide(case_id, lambda case, _now: offers.keep_waiting(case, wait, later))


async def _is_offered(cases: CaseStore, proposed: ProposedOffer, lapse: timedelta) -> bool:
    try:
        await cases.offer(new_id(), proposed, lapse)
    except (NotWaiting, NoSlot):
        metrics.RACES_LOST.inc()
        return False
    return True
