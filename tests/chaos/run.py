"""One fault run: people at work, the plan's faults done to the field, all healed, the checker
asked. `python -m chaos.run --help`.
"""

import argparse
import asyncio
import shutil
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import uvloop

from chaos.faults import KINDS, Fault, Order
from chaos.field import Death, Field, field_of, write_district
from chaos.ledger import Notes, Persistent
from chaos.load import Load
from chaos.plan import plan_of, read, written
from sebaya_cli.api_client import sign_in
from sebaya_cli.demo.totals import fetch_totals
from sebaya_cli.doctor import Finding, Interval, RequestLog, examine
from sebaya_cli.stack.folder import CACHE

Say = Callable[[str], None]
DEFAULT_SEED = 20_261
# At least 200 are promised, and some never come about: a process that was to die at a write may
# have none to do.
FAULTS = 215
SCHOOLS = 3
RECOVERS_WITHIN = 180.0
QUIET_WITHIN = 300.0
# Whoever asked during a long run waits for one of a few supporters: some two or three a fault, and
# one a second is met.
QUEUE_SECONDS_A_FAULT = 5.0
PATIENCE = 240.0
HOME_WITHIN = 300.0
STILL = 3


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a run is asked for. `gap` is the mean number of seconds between faults, `pace` requests
    for support a second.
    """

    seed: int
    faults: int
    gap: float
    pace: float
    plan: tuple[Order, ...] = ()
    keep: bool = False
    """Leave logs, mails and stores where they are."""

    def orders(self) -> list[Order]:
        return list(self.plan) or plan_of(self.seed, self.faults, self.gap)


@dataclass(slots=True)
class Done:
    """One fault as it was: when, what was in flight, and how long until a new request came through
    again.
    """

    order: Order
    since: datetime
    until: datetime | None = None
    recovered: float | None = None
    happened: bool = True
    detail: str = ""
    trouble: str = ""
    requests: int = 0
    """Requests without an answer when it began."""
    outboxes: int | None = None
    """Documents with events that waited for the broker; None where the store could not say."""

    @property
    def interval(self) -> Interval:
        slack = timedelta(seconds=self.recovered or RECOVERS_WITHIN)
        return Interval(
            self.since,
            (self.until or datetime.now(UTC)) + slack,
            f"{self.order.kind}: {self.order.target}",
        )


@dataclass(slots=True)
class Outcome:
    """Everything that a report says."""

    wanted: Wanted
    done: list[Done]
    notes: Notes
    findings: list[Finding]
    deaths: list[Death]
    restarts: int
    halts: int
    troubles: dict[str, int]
    seconds: float
    trouble: list[str] = field(default_factory=list)
    """What went wrong with the run itself, such as never coming to rest."""

    @property
    def right(self) -> bool:
        return not self.wrong

    @property
    def wrong(self) -> list[str]:
        found = [
            f"{one.name}: {len(one.wrong)} of {one.looked_at}: {', '.join(one.wrong[:5])}"
            for one in self.findings
            if one.wrong
        ]
        late = [
            f"{one.order.kind} of {one.order.target}: {one.trouble}"
            for one in self.done
            if one.trouble
        ]
        broken = [f"{times} x {answer}" for answer, times in self.notes.broken.items()]
        never = [f"never a clear answer for {key}" for key in self.notes.never_clear]
        died = [
            f"{death.name} ended by itself ({death.code}): {death.log_end}" for death in self.deaths
        ]
        return [*self.trouble, *found, *late, *broken, *never, *died]


async def run(wanted: Wanted, say: Say = print) -> Outcome:
    """On fresh data, removed afterwards."""
    orders = wanted.orders()
    say(f"seed {wanted.seed}, {len(orders)} faults; the plan, to be given back with --plan:")
    say(written(orders))
    CACHE.parent.mkdir(parents=True, exist_ok=True)
    data = Path(tempfile.mkdtemp(prefix="chaos-", dir=CACHE.parent))
    try:
        async with field_of(data / "data", write_district(data / "district.yaml", SCHOOLS)) as fire:
            return await _Run(fire, wanted, orders, say).whole()
    finally:
        if wanted.keep:
            say(f"kept: {data}")
        else:
            shutil.rmtree(data, ignore_errors=True)


def perform(wanted: Wanted, say: Say = print) -> Outcome:
    """The run on a loop that is quick enough for all that passes through the proxies."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(run(wanted, say))


class _Run:
    def __init__(self, fire: Field, wanted: Wanted, orders: Sequence[Order], say: Say) -> None:
        self._field = fire
        self._wanted = wanted
        self._orders = orders
        self._say = say
        self._notes = Notes()
        self._done: list[Done] = []
        self._trouble: list[str] = []
        self._began = time.monotonic()

    async def whole(self) -> Outcome:
        async with AsyncExitStack() as leaving:
            transport = Persistent(self._notes, PATIENCE)
            web = httpx.AsyncClient(
                base_url=self._field.stack.origin,
                transport=transport,
                timeout=12.0,
                trust_env=False,
            )
            await leaving.enter_async_context(web)
            load = Load(
                web, self._field.district, self._notes, self._wanted.pace, self._wanted.seed
            )
            supervisor = asyncio.create_task(self._field.supervise())
            people = asyncio.create_task(load.run())
            try:
                await self._worked(load, people)
                await self._under_fire(load)
                await self._to_rest(load, people, web)
            finally:
                supervisor.cancel()
                people.cancel()
                await asyncio.gather(supervisor, people, return_exceptions=True)
            findings = await self._examined(web)
        return self._outcome(load, findings)

    async def _worked(self, load: Load, people: "asyncio.Task[None]") -> None:
        """Faults begin once every replica knows the schools and the way is open."""
        self._say("the stack is up")
        await load.known(RECOVERS_WITHIN)
        await load.probe(RECOVERS_WITHIN)
        if people.done():
            await people

    async def _under_fire(self, load: Load) -> None:
        began = time.monotonic()
        async with asyncio.TaskGroup() as faults:
            for order in self._orders:
                await asyncio.sleep(max(0.0, began + order.at - time.monotonic()))
                faults.create_task(self._one(order, load))

    async def _one(self, order: Order, load: Load) -> None:
        fault = KINDS[order.kind](order, self._field)
        async with AsyncExitStack() as alone:
            for part in sorted(fault.parts):
                await alone.enter_async_context(self._field.busy(part))
            done = Done(
                order,
                datetime.now(UTC),
                requests=self._notes.in_flight.total(),
                outboxes=await self._waiting(),
            )
            self._done.append(done)
            await self._done_and_undone(fault, done)
        self._say(
            f"{time.monotonic() - self._began:6.0f} s  over: {order.kind}: {order.target} "
            f"{fault.detail}"
        )
        done.until, done.happened, done.detail = datetime.now(UTC), fault.happened, fault.detail
        await self._recovered(done, load)

    async def _done_and_undone(self, fault: Fault, done: Done) -> None:
        """A fault that cannot be done is trouble of the run's own, and is not counted as one."""
        try:
            await fault.inject()
            await asyncio.sleep(fault.order.hold)
        except Exception as error:  # noqa: BLE001 - kept in the report
            fault.happened = False
            done.trouble = f"could not be done: {error!r}"
        finally:
            await self._undone(fault, done)

    async def _undone(self, fault: Fault, done: Done) -> None:
        try:
            await fault.heal()
        except Exception as error:  # noqa: BLE001 - kept in the report
            done.trouble = f"could not be undone: {error!r}"

    async def _recovered(self, done: Done, load: Load) -> None:
        try:
            done.recovered = await load.probe(RECOVERS_WITHIN)
        except Exception as error:  # noqa: BLE001 - kept in the report
            done.trouble = (
                done.trouble
                or f"no new request came through within {RECOVERS_WITHIN:.0f} s: {error!r}"
            )
        passed = time.monotonic() - self._began
        self._say(
            f"{passed:6.0f} s  {done.order.kind}: {done.order.target} {done.detail} → "
            f"{done.recovered or 0:.1f} s {done.trouble}"
        )

    async def _waiting(self) -> int | None:
        """Documents whose events wait for the broker, over all services."""
        try:
            async with asyncio.timeout(1.0):
                return sum(
                    [
                        await self._outboxes(service)
                        for service in ("intake", "matching", "escalation", "evaluation")
                    ]
                )
        except Exception:  # noqa: BLE001 - the store is under a fault itself, and the number is only for the report
            return None

    async def _outboxes(self, service: str) -> int:
        store = self._field.mongo[self._field.where.database(service)]
        names = await store.list_collection_names()
        return sum(
            [
                await store[name].count_documents({"outbox_since": {"$exists": True}})
                for name in names
            ]
        )

    async def _to_rest(
        self, load: Load, people: "asyncio.Task[None]", web: httpx.AsyncClient
    ) -> None:
        """Nobody asks any more; what is under way comes to its end; everything arrives."""
        self._say("all faults are over; what is under way comes to its end …")
        load.stop_asking()
        queue = QUEUE_SECONDS_A_FAULT * len(self._orders)
        await self._until(
            lambda: self._settled(load), QUIET_WITHIN + queue, "every case in one of its ends"
        )
        load.go_home()
        try:
            await asyncio.wait_for(people, HOME_WITHIN)
        except Exception as error:  # noqa: BLE001 - kept in the report
            self._trouble.append(f"the people did not come home: {error!r}")
        await self._until(lambda: self._quiet(web), QUIET_WITHIN, "every event arrived and counted")

    async def _until(self, true: Callable[[], Awaitable[bool]], within: float, what: str) -> None:
        deadline, still = time.monotonic() + within, 0
        while still < STILL:
            still = still + 1 if await true() else 0
            if time.monotonic() > deadline:
                self._trouble.append(f"not within {within:.0f} s: {what}")
                return
            await asyncio.sleep(1.0)

    async def _settled(self, load: Load) -> bool:
        """No offer is open and no case is on its way to matching, by matching's and intake's own
        stores. A case whose student never came back with the code is announced to nobody: matching
        knows its verdict alone, until it ends by itself after a day.
        """
        stores, where = self._field.mongo, self._field.where
        unseen = await stores[where.database("intake")]["cases"].distinct(
            "_id", {"withheld": {"$exists": True}}
        )
        under_way = {"state.stage": {"$in": ["offered", "pending"]}, "_id": {"$nin": unseen}}
        return await stores[where.database("matching")]["cases"].count_documents(under_way) == 0

    async def _quiet(self, web: httpx.AsyncClient) -> bool:
        auth = await sign_in(web, "operator", ["operator", "coordinator"], ["*"])
        services = {name: self._field.services[name].url for name in self._field.replicas}
        totals = await fetch_totals(
            web, auth, [school.school_id for school in self._field.district], services
        )
        return totals.lag == 0 and totals.outbox == 0 and totals.uncounted == 0 and not totals.away

    async def _examined(self, web: httpx.AsyncClient) -> list[Finding]:
        ledger = RequestLog(self._notes.sent(), self._field.poison)
        auth = await sign_in(web, "operator", ["operator"], ["*"])
        async with httpx.AsyncClient(
            base_url=self._field.stack.origin, headers=auth, timeout=60.0, trust_env=False
        ) as operator:
            return await examine(
                self._field.where,
                ledger=ledger,
                kills=[done.interval for done in self._done],
                web=operator,
                mails=self._field.stack.folder.mail,
            )

    def _outcome(self, load: Load, findings: list[Finding]) -> Outcome:
        return Outcome(
            wanted=self._wanted,
            done=self._done,
            notes=self._notes,
            findings=findings,
            deaths=self._field.deaths,
            restarts=self._field.restarts,
            halts=self._field.halts,
            troubles=dict(load.play.account.troubles),
            seconds=time.monotonic() - self._began,
            trouble=self._trouble,
        )


def arguments(given: Sequence[str] | None = None) -> Any:
    parser = argparse.ArgumentParser(
        prog="python -m chaos.run", description="Random faults under load, then the checker."
    )
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED)
    parser.add_argument("--faults", type=int, default=FAULTS)
    parser.add_argument("--gap", type=float, default=5.5, help="mean seconds between two faults")
    parser.add_argument("--pace", type=float, default=1.5, help="requests for support a second")
    parser.add_argument(
        "--plan", type=Path, help="a file with the plan that an earlier run printed"
    )
    parser.add_argument(
        "--keep", action="store_true", help="leave the run's logs, mails and stores"
    )
    parser.add_argument("--report", type=Path, help="write the report there (Markdown)")
    return parser.parse_args(given)


def main() -> int:
    from chaos.report import lines, page

    asked = arguments()
    plan = tuple(read(asked.plan.read_text())) if asked.plan else ()
    outcome = perform(Wanted(asked.seed, asked.faults, asked.gap, asked.pace, plan, asked.keep))
    print("\n".join(lines(outcome)))
    if asked.report:
        asked.report.write_text(page(outcome))
    return 0 if outcome.right else 1


if __name__ == "__main__":
    sys.exit(main())
