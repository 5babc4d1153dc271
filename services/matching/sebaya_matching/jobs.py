"""The timer "waiting": offers that nobody answered go back, and all waiting cases of the school are
tried at once.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import perf_counter

from sebaya_chassis.base.ids import new_id
from sebaya_chassis.service.runtime import Loop
from sebaya_chassis.service.timers import Timer
from sebaya_chassis.storage.layout import LoadedDocument
from sebaya_chassis.storage.schools import Schools
from sebaya_chassis.storage.tenant_store import SchoolStore
from sebaya_contracts.words import WaitReason
from sebaya_matching import metrics
from sebaya_matching.domain import offers
from sebaya_matching.domain.assignment import Plan, ProposedOffer, assign
from sebaya_matching.domain.case import Case
from sebaya_matching.errors import NoSlot, NotWaiting
from sebaya_matching.gauges import MatchingGauges
from sebaya_matching.settings import Settings
from sebaya_matching.store import CASES, CaseStore, SupporterStore


@dataclass(frozen=True, slots=True)
class MatchingRound:
    """One a process; any replica may try any school, and the transactions decide who was first."""

    store: Callable[[str], SchoolStore]
    schools: Schools
    settings: Settings

    async def act(self, school_id: str, case_ids: Sequence[str]) -> None:
        cases = CaseStore(self.store(school_id))
        for overdue in await cases.lapsing(case_ids):
            await cases.decide(overdue.state.case_id, offers.lapse)
        await self.place(school_id)

    async def place(self, school_id: str) -> None:
        """One try for all waiting cases of a school."""
        cases, supporters = CaseStore(self.store(school_id)), SupporterStore(self.store(school_id))
        freed = await cases.freed()
        waiting = await cases.to_try(self.settings.cases_in_a_try)
        if not waiting:
            return
        plan = await self._planned(waiting, supporters)
        lapse = (await self.schools.require(school_id)).offer_lapse()
        lost = await self._offer(cases, plan.offers, lapse)
        await self._leave(cases, waiting, plan, lost)
        if await cases.freed() != freed:
            await cases.try_now()

    async def _planned(
        self, waiting: Sequence[LoadedDocument[Case]], supporters: SupporterStore
    ) -> Plan:
        active = await supporters.active(self.settings.supporters_in_a_try)
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
        only collide. Returns the losers.
        """
        by_supporter: dict[str, list[ProposedOffer]] = defaultdict(list)
        for one in proposed:
            by_supporter[one.supporter_id].append(one)
        lanes = asyncio.Semaphore(self.settings.offer_lanes)
        lost: list[str] = []

        async def offer_to(theirs: Sequence[ProposedOffer]) -> None:
            async with lanes:
                for one in theirs:
                    if not await _offered(cases, one, lapse):
                        lost.append(one.case_id)

        done = await asyncio.gather(
            *(offer_to(theirs) for theirs in by_supporter.values()), return_exceptions=True
        )
        for failure in done:
            if failure is not None:
                raise failure
        return lost

    async def _leave(
        self,
        cases: CaseStore,
        waiting: Sequence[LoadedDocument[Case]],
        plan: Plan,
        lost: Sequence[str],
    ) -> None:
        """Who stays waiting, why, and when they are tried again; only a new reason is a decision."""
        now = waiting[0].now
        later = now + timedelta(seconds=self.settings.retry_waiting_seconds)
        known = {one.state.case_id: one.state.wait_reason for one in waiting}
        for case_id, reason in plan.waits:
            if known[case_id] is not reason:
                await _waits(cases, case_id, reason, later)
        await cases.postpone([case_id for case_id, _ in plan.waits], later)
        if lost:
            await cases.postpone(lost, now + timedelta(seconds=self.settings.race_retry_seconds))


async def _offered(cases: CaseStore, proposed: ProposedOffer, lapse: timedelta) -> bool:
    try:
        await cases.offer(new_id(), proposed, lapse)
    except (NotWaiting, NoSlot):
        metrics.RACES_LOST.inc()
        return False
    return True


async def _waits(cases: CaseStore, case_id: str, reason: WaitReason, later: datetime) -> None:
    await cases.decide(case_id, lambda case, _now: offers.keep_waiting(case, reason, later))


@dataclass(frozen=True, slots=True)
class MatchingJobs:
    """What a worker of matching does by the clock."""

    matching_round: MatchingRound
    gauges: MatchingGauges

    def timers(self) -> tuple[Timer, ...]:
        """List what is done with cases that are due."""
        return (Timer(CASES.collection, "waiting", self.matching_round.act),)

    def loops(self) -> dict[str, Loop]:
        """List the loop that keeps the gauges."""
        return {"watch": self.gauges.run}
