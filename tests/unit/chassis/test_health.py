"""The pulse of a loop ends the loop whose cancellation was lost."""

import asyncio

import pytest

from sebaya_chassis.base.health import Heartbeat


async def test_a_cancellation_that_a_driver_forgot_ends_the_loop_at_its_next_turn() -> None:
    """Lost cancellation: the answer and the end of the process arrive in the same moment, and the
    wait for the answer wins.
    """
    beat, answer = Heartbeat("toy", "loop"), asyncio.get_running_loop().create_future()
    later = asyncio.Event()

    async def loop() -> None:
        beat.turn()
        await asyncio.wait_for(answer, 60)
        while not later.is_set():
            beat.turn()
            await asyncio.sleep(0)

    task = asyncio.create_task(loop())
    await asyncio.sleep(0)
    answer.set_result(None)
    task.cancel()
    await asyncio.wait({task}, timeout=2)
    ended = task.done()
    later.set()
    assert ended
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_limit_that_passed_within_the_loop_is_no_cancellation() -> None:
    beat = Heartbeat("toy", "loop")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await asyncio.sleep(1)
    beat.turn()
