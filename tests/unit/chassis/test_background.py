"""A loop that ends though nobody ended it is a failure; one that is ended is none."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from sebaya_chassis.base.background import LoopEnded, run_until_cancelled


async def comes_to_an_end() -> None:
    return


async def is_cancelled_from_within() -> None:
    lost = asyncio.get_running_loop().create_future()
    lost.cancel()
    await lost


async def lasts() -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize("loop", [comes_to_an_end, is_cancelled_from_within])
async def test_a_loop_that_ends_by_itself_ends_those_beside_it(
    loop: Callable[[], Coroutine[Any, Any, None]],
) -> None:
    """Otherwise a TaskGroup would go on without it, and nobody would hear of it."""
    async with asyncio.timeout(10):
        with pytest.raises(ExceptionGroup) as failed:
            async with asyncio.TaskGroup() as loops:
                loops.create_task(run_until_cancelled(loop(), "relay"))
                loops.create_task(run_until_cancelled(lasts(), "timers"))
    assert [(type(error), str(error)) for error in failed.value.exceptions] == [
        (LoopEnded, "relay")
    ]


@pytest.mark.parametrize("loop", [comes_to_an_end, is_cancelled_from_within])
async def test_a_loop_may_end_when_its_process_does(
    loop: Callable[[], Coroutine[Any, Any, None]],
) -> None:
    await run_until_cancelled(loop(), "consumer", lambda: True)


async def test_a_loop_that_is_ended_is_no_failure() -> None:
    task = asyncio.create_task(run_until_cancelled(lasts(), "relay"))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
