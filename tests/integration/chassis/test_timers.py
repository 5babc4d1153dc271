"""Due dates fire soon, once, and by the store's time; neither a dead holder, a failing school nor a
stepped clock loses one.
"""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import AutoReconnect, DuplicateKeyError

from sample_service import COUNTED, Counted, sender
from sebaya_chassis.base.health import Heartbeat
from sebaya_chassis.service.runtime import Runtime
from sebaya_chassis.service.timers import Timer, Timers
from servers import Servers
from support import eventually, running

STEPS = [timedelta(minutes=10), timedelta(minutes=-10)]


@dataclass
class Toy:
    """Counts each due document once; `hold` makes its work wait, `fails` makes one school's work
    fail.
    """

    runtime: Runtime
    acted: list[str] = field(default_factory=list)
    fails: dict[str, BaseException] = field(default_factory=dict)
    hold: asyncio.Event | None = None

    async def act(self, school_id: str, ids: Sequence[str]) -> None:
        if school_id in self.fails:
            raise self.fails[school_id]
        self.acted += ids
        if self.hold is not None:
            await self.hold.wait()
        for identity in ids:
            await self.runtime.store(school_id).documents(COUNTED).update(identity, done_when_due)

    @property
    def timer(self) -> Timer:
        return Timer("counted", "toy", self.act)

    async def fire(self) -> int:
        assert self.runtime.timers is not None
        return await self.runtime.timers.fire(self.timer)


def done_when_due(counted: Counted, now: datetime) -> tuple[Counted, tuple[()]]:
    if counted.due_at is None or counted.due_at > now:
        return counted, ()
    return replace(counted, times=counted.times + 1, due_at=None), ()


def toy(servers: Servers, prefix: str, **more: float) -> Toy:
    runtime = sender(servers, prefix, **more)
    made = Toy(runtime)
    runtime.add_timers(made.timer)
    return made


# Long enough for every estimate of the store's time to agree that it is past.
PAST = timedelta(seconds=-1)
# How far such an estimate may be off.
ESTIMATE = timedelta(milliseconds=100)


async def due(
    runtime: Runtime, name: str, after: timedelta = PAST, school_id: str = "s1"
) -> datetime:
    at = runtime.writer.clock.now() + after
    await runtime.store(school_id).documents(COUNTED).create(Counted(name, due_at=at))
    return at


async def counts(runtime: Runtime, school_id: str = "s1") -> dict[str, int]:
    return {
        found.state.case_id: found.state.times
        for found in await runtime.store(school_id).documents(COUNTED).find({})
    }


async def test_a_due_date_fires_at_the_first_scan_after_it_and_not_before(
    servers: Servers, prefix: str
) -> None:
    one = toy(servers, prefix, timer_seconds=0.5)
    async with running(one.runtime):
        await one.runtime.prepared.wait()
        at = await due(one.runtime, "c1", timedelta(seconds=1))

        async def fired() -> bool:
            return bool(one.acted)

        await eventually(fired)
        assert one.runtime.writer.clock.now() >= at


async def test_what_is_decided_while_it_is_claimed_fires_no_more(
    servers: Servers, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A decision in the middle of a scan takes the due date away; the scan goes on with the
    others.
    """
    one = toy(servers, prefix)
    await one.runtime.prepare()
    await due(one.runtime, "c1")
    await due(one.runtime, "c2")
    claim = AsyncCollection.update_many

    async def claim_then_decide(self: AsyncCollection[Any], *args: Any, **more: Any) -> Any:
        claimed = await claim(self, *args, **more)
        await self.update_one({"_id": "c1"}, {"$set": {"due_at": None}})
        return claimed

    monkeypatch.setattr(AsyncCollection, "update_many", claim_then_decide)
    assert await one.fire() == 1
    assert one.acted == ["c2"]
    await one.runtime.client.close()


async def test_a_date_that_was_read_ahead_is_slept_for(servers: Servers, prefix: str) -> None:
    """Written before the process started, so no note of it was taken: the scan at the start read
    when it is due.
    """
    dead = toy(servers, prefix)
    await dead.runtime.prepare()
    at = await due(dead.runtime, "c1", timedelta(seconds=3))
    await dead.runtime.client.close()
    one = toy(servers, prefix, timer_seconds=60)
    async with running(one.runtime):
        await eventually(lambda: _acted(one))
        assert timedelta(0) <= one.runtime.writer.clock.now() - at < timedelta(seconds=2)


async def test_a_date_that_this_process_writes_moves_the_scan(
    servers: Servers, prefix: str
) -> None:
    one = toy(servers, prefix, timer_seconds=60)
    async with running(one.runtime):
        await one.runtime.prepared.wait()
        await asyncio.sleep(0.5)
        at = await due(one.runtime, "later", timedelta(seconds=1.5))
        await due(one.runtime, "now")
        await eventually(lambda: _acted(one))
        assert one.acted == ["now"]
        await eventually(lambda: _acted(one, 2))
        assert one.acted == ["now", "later"]
        assert timedelta(0) <= one.runtime.writer.clock.now() - at < timedelta(seconds=2)


async def test_plain_records_that_become_due_move_the_scan(servers: Servers, prefix: str) -> None:
    one = toy(servers, prefix, timer_seconds=60)
    async with running(one.runtime):
        await one.runtime.prepared.wait()
        at = await due(one.runtime, "c1", timedelta(hours=1))
        rows = one.runtime.store("s1").collection("counted")
        past = at - timedelta(hours=2)
        await rows.update_many({}, {"$set": {"due_at": past, "state.due_at": past}})
        await eventually(lambda: _acted(one), within=5)


async def _acted(one: Toy, many: int = 1) -> bool:
    return len(one.acted) >= many


@pytest.mark.parametrize("lost", [1.0, 0.5])
async def test_a_lost_wake_up_costs_a_due_date_seconds_and_never_a_step(
    servers: Servers, prefix: str, monkeypatch: pytest.MonkeyPatch, lost: float
) -> None:
    """All of them lost, or every second one at random: each document is acted on, once for each of
    its due dates, by the first look after it is due; and looks come by themselves.
    """
    bound, chance = 1.0, random.Random(11)
    wake, expect, look = Timers.wake, Timers.expect, Timers._look

    def losing_wake(self: Timers, collection: str) -> None:
        if chance.random() >= lost:
            wake(self, collection)

    def losing_note(self: Timers, collection: str, at: datetime) -> None:
        if chance.random() >= lost:
            expect(self, collection, at)

    one = Toy(sender(servers, prefix, timer_seconds=bound))
    clock, looks = one.runtime.writer.clock, list[datetime]()
    ready, acted = dict[str, datetime](), dict[str, datetime]()

    async def counted_look(self: Timers, timer: Timer, beat: Heartbeat, *, rang: bool) -> None:
        looks.append(clock.now())
        await look(self, timer, beat, rang=rang)

    async def noting(school_id: str, ids: Sequence[str]) -> None:
        acted.update(dict.fromkeys(ids, clock.now()))
        await one.act(school_id, ids)

    async def all_done() -> bool:
        return set((await counts(one.runtime)).values()) == {1}

    monkeypatch.setattr(Timers, "wake", losing_wake)
    monkeypatch.setattr(Timers, "expect", losing_note)
    monkeypatch.setattr(Timers, "_look", counted_look)
    one.runtime.add_timers(Timer("counted", "toy", noting))
    async with running(one.runtime):
        await one.runtime.prepared.wait()
        for number in range(60):
            name, after = f"c{number}", timedelta(seconds=chance.uniform(0.0, 4.0))
            at = await due(one.runtime, name, after)
            ready[name] = max(at, clock.now()) + ESTIMATE
            one.runtime.wake("counted")
            await asyncio.sleep(0.05)
        await eventually(all_done)
    assert sorted(one.acted) == sorted(ready)
    for name in ready:
        assert sum(ready[name] < at < acted[name] for at in looks) <= 1, name


async def test_a_nudge_fires_without_waiting_for_the_next_scan(
    servers: Servers, prefix: str
) -> None:
    one = toy(servers, prefix, timer_seconds=60)
    async with running(one.runtime):
        await one.runtime.prepared.wait()

        async def fired() -> bool:
            one.runtime.wake("counted")
            return bool(one.acted)

        await due(one.runtime, "c1")
        await eventually(fired, within=5)


async def test_a_nudge_that_meets_a_scan_is_there_when_it_ends_whoever_else_was_woken(
    servers: Servers, prefix: str
) -> None:
    """An alert's first page would else wait for the next scan because a message's timer was nudged
    meanwhile.
    """
    runtime = sender(servers, prefix, timer_seconds=600)
    one, other = Toy(runtime, hold=asyncio.Event()), Toy(runtime)
    runtime.add_timers(one.timer, Timer("others", "other", other.act))
    async with running(runtime):
        await runtime.prepared.wait()
        assert runtime.timers is not None and one.hold is not None
        await due(runtime, "c1")
        runtime.wake("counted")

        async def at_work() -> bool:
            return one.acted == ["c1"]

        await eventually(at_work)
        await due(runtime, "c2")
        runtime.wake("counted")
        runtime.wake("others")

        async def other_was_woken() -> bool:
            assert runtime.timers is not None
            return not runtime.timers._alarms["others"].rings

        await eventually(other_was_woken)
        one.hold.set()

        async def both_done() -> bool:
            return await counts(runtime) == {"c1": 1, "c2": 1}

        await eventually(both_done)


async def test_two_replicas_side_by_side_share_the_work_and_double_none(
    servers: Servers, prefix: str
) -> None:
    one, two = toy(servers, prefix), toy(servers, prefix)
    await asyncio.gather(one.runtime.prepare(), two.runtime.prepare())
    for round_ in range(15):
        names = [f"r{round_}-{n}" for n in range(40)]
        await asyncio.gather(*(due(one.runtime, name) for name in names))
        await asyncio.gather(one.fire(), two.fire())
        ours = [name for name in one.acted + two.acted if name in names]
        assert sorted(ours) == sorted(names)
    assert set((await counts(one.runtime)).values()) == {1}
    await asyncio.gather(one.runtime.client.close(), two.runtime.client.close())


async def test_what_one_replica_works_on_another_leaves_alone(
    servers: Servers, prefix: str
) -> None:
    one, two = toy(servers, prefix), toy(servers, prefix)
    await asyncio.gather(one.runtime.prepare(), two.runtime.prepare())
    await due(one.runtime, "c1")
    one.hold = asyncio.Event()
    working = asyncio.create_task(one.fire())

    async def at_work() -> bool:
        return one.acted == ["c1"]

    await eventually(at_work)
    assert await two.fire() == 0
    one.hold.set()
    await working
    assert await counts(one.runtime) == {"c1": 1}
    await asyncio.gather(one.runtime.client.close(), two.runtime.client.close())


async def test_a_dead_holders_claim_is_taken_over_when_its_lease_ends(
    servers: Servers, prefix: str
) -> None:
    one = toy(servers, prefix)
    await one.runtime.prepare()
    await due(one.runtime, "c1")
    until = one.runtime.writer.clock.now() + timedelta(seconds=1)
    await one.runtime.database["counted"].update_one(
        {"_id": "c1"}, {"$set": {"timer": {"token": "dead", "until": until}}}
    )
    async with running(one.runtime):

        async def fired() -> bool:
            return bool(one.acted)

        await eventually(fired)
        assert one.runtime.writer.clock.now() > until


async def fires_around_the_failing_school(one: Toy) -> None:
    """Of two due dates the other school's fires, and the failing one's once its fault is gone."""
    await one.runtime.prepared.wait()
    await due(one.runtime, "c1", school_id="s1")
    await due(one.runtime, "c2", school_id="s2")

    async def other_done() -> bool:
        return await counts(one.runtime, "s2") == {"c2": 1}

    await eventually(other_done)
    one.fails.clear()

    async def own_done() -> bool:
        return await counts(one.runtime) == {"c1": 1}

    await eventually(own_done, says="the failed one is tried again after its lease")


@pytest.mark.parametrize(
    "fault", [ValueError("of this school"), DuplicateKeyError("of this school", 11000)]
)
async def test_a_failing_school_stops_no_other(
    servers: Servers, prefix: str, fault: Exception
) -> None:
    one = toy(servers, prefix, timer_lease_seconds=0.5)
    one.fails["s1"] = fault
    async with running(one.runtime):
        await fires_around_the_failing_school(one)


async def test_a_hanging_school_stops_no_other(servers: Servers, prefix: str) -> None:
    one = toy(servers, prefix, timer_lease_seconds=0.5)
    async with running(one.runtime):
        await one.runtime.prepared.wait()
        one.hold = asyncio.Event()
        await due(one.runtime, "c1", school_id="s1")

        async def hanging() -> bool:
            return "c1" in one.acted

        await eventually(hanging)
        one.hold = None
        await due(one.runtime, "c2", school_id="s2")

        async def both_done() -> bool:
            return await counts(one.runtime, "s2") == {"c2": 1} and await counts(one.runtime) == {
                "c1": 1
            }

        await eventually(both_done)


async def test_a_store_that_goes_away_in_the_middle_delays_only(
    servers: Servers, prefix: str
) -> None:
    """`running` fails the test if the loop, and with it the process, had ended."""
    one = toy(servers, prefix, timer_lease_seconds=0.5)
    one.fails["s1"] = AutoReconnect("the store is away")
    async with running(one.runtime):
        await fires_around_the_failing_school(one)


async def test_a_scan_beats_between_its_claim_and_its_work(
    servers: Servers, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each may wait for the store as long as a loop may stand still; both together must not look
    like a loop that is stuck.
    """
    one, beat, ages = toy(servers, prefix), Heartbeat("toy", "timers"), list[float]()
    claim, act = Timers._claim, one.act

    async def slow_claim(self: Timers, timer: Timer, now: datetime) -> dict[str, list[str]]:
        claimed = await claim(self, timer, now)
        beat.turned_at -= 50
        return claimed

    async def noting(school_id: str, ids: Sequence[str]) -> None:
        ages.append(beat.age)
        await act(school_id, ids)

    monkeypatch.setattr(Timers, "_claim", slow_claim)
    monkeypatch.setattr(one, "act", noting)
    await one.runtime.prepare()
    await due(one.runtime, "c1")
    timers = Timers(one.runtime.database, one.runtime.writer, [one.timer], one.runtime.settings)
    scanning = asyncio.create_task(timers.run(beat))

    async def done() -> bool:
        return await counts(one.runtime) == {"c1": 1}

    await eventually(done)
    scanning.cancel()
    await asyncio.wait({scanning})
    assert [age < 40 for age in ages] == [True]
    await one.runtime.client.close()


@pytest.mark.parametrize("step", STEPS)
async def test_a_stepped_clock_moves_no_due_date(
    servers: Servers, prefix: str, step_clock: Callable[[timedelta], None], step: timedelta
) -> None:
    """Whether the step comes while the process runs or before it starts."""
    one = toy(servers, prefix)
    await one.runtime.prepare()
    await due(one.runtime, "now")
    await due(one.runtime, "in five minutes", timedelta(minutes=5))
    step_clock(step)
    assert await one.fire() == 1
    born_late = toy(servers, prefix)
    await born_late.runtime.prepare()
    await due(one.runtime, "now again")
    assert await born_late.fire() == 1
    assert await counts(one.runtime) == {"now": 1, "in five minutes": 0, "now again": 1}
    await asyncio.gather(one.runtime.client.close(), born_late.runtime.client.close())


async def test_an_estimate_that_runs_ahead_claims_nothing_before_its_time(
    servers: Servers, prefix: str
) -> None:
    """It would be held for a whole lease by somebody who finds that it is not due."""
    one = toy(servers, prefix)
    await one.runtime.prepare()
    await due(one.runtime, "soon", timedelta(seconds=30))
    one.runtime.writer.clock._reading += timedelta(minutes=1)
    assert await one.fire() == 0
    assert await one.runtime.database["counted"].count_documents({"timer": {"$exists": True}}) == 0
    past = datetime.now(UTC) - timedelta(minutes=1)
    await one.runtime.database["counted"].update_one(
        {"_id": "soon"}, {"$set": {"state.due_at": past, "due_at": past}}
    )
    assert await one.fire() == 1
    assert await counts(one.runtime) == {"soon": 1}
    await one.runtime.client.close()


async def test_what_became_due_while_nobody_ran_fires_after_the_start(
    servers: Servers, prefix: str
) -> None:
    dead = toy(servers, prefix)
    await dead.runtime.prepare()
    for number in range(300):
        await due(dead.runtime, f"c{number}", timedelta(minutes=-number))
    await dead.runtime.client.close()
    one = toy(servers, prefix)
    async with running(one.runtime):
        await one.runtime.prepared.wait()

        async def all_done() -> bool:
            found = await counts(one.runtime)
            return len(found) == 300 and set(found.values()) == {1}

        await eventually(all_done)
