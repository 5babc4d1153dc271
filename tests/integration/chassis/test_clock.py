"""The store's own time is what a process goes by, before and between its readings."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from sample_service import COUNTED, Counted, asked
from sebaya_chassis.service.runtime import Runtime
from sebaya_chassis.storage.clock import StoreClock
from sebaya_chassis.storage.layout import LoadedDocument

STEPS = [timedelta(minutes=10), timedelta(minutes=-10)]


async def store_time(runtime: Runtime) -> datetime:
    hello = await runtime.database.command("hello", codec_options=runtime.database.codec_options)
    found: datetime = hello["localTime"]
    return found


@pytest.mark.parametrize("step", STEPS)
async def test_a_stepped_wall_clock_does_not_move_it(
    runtime: Runtime, step_clock: Callable[[timedelta], None], step: timedelta
) -> None:
    step_clock(step)
    assert abs(runtime.writer.clock.now() - await store_time(runtime)) < timedelta(seconds=1)
    fresh = StoreClock()
    await fresh.read(runtime.database)
    assert abs(fresh.now() - await store_time(runtime)) < timedelta(seconds=1)


@pytest.mark.parametrize("step", STEPS)
async def test_what_is_decided_and_written_bears_the_stores_time(
    runtime: Runtime, step_clock: Callable[[timedelta], None], step: timedelta
) -> None:
    step_clock(step)
    counted = runtime.store("s1").documents(COUNTED)
    seen: list[datetime] = []

    def note(state: Counted, now: datetime) -> tuple[Counted, list[object]]:
        seen.append(now)
        return Counted(state.case_id, state.times + 1, now), []

    await counted.create(Counted("c1"), [asked("c1")])
    await counted.update("c1", note)  # type: ignore[arg-type]
    document = await runtime.database["counted"].find_one({"_id": "c1"})
    assert document is not None
    now = await store_time(runtime)
    for moment in (
        seen[0],
        document["outbox"][0]["time"],
        document["outbox_since"],
        document["due_at"],
    ):
        assert abs(moment - now) < timedelta(seconds=5)


async def test_a_time_in_a_state_comes_back_as_it_was_decided(runtime: Runtime) -> None:
    counted = runtime.store("s1").documents(COUNTED)
    at = runtime.store("s1").now()
    await counted.create(Counted("c1", due_at=at))
    found: LoadedDocument[Counted] = await counted.load("c1")
    assert found.state.due_at == at
    assert found.state.due_at is not None
    assert found.state.due_at.utcoffset() == timedelta(0)
    assert found.now.astimezone(UTC) == found.now
