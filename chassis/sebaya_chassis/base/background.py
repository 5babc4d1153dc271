"""A loop that ends before its process does is lost, and says so.

A TaskGroup takes a cancellation that came from within a task (a future of a driver's that was
cancelled, say) for an end in good order, and goes on with the others: the process would live on
without its relay or its timers.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class LoopEnded(RuntimeError):
    """A loop came to its end by itself.

    Its process is ended for it, and started anew by its supervisor.
    """


def _never() -> bool:
    return False


async def run_until_cancelled(
    loop: Coroutine[Any, Any, None], name: str, may_end: Callable[[], bool] = _never
) -> None:
    """Run `loop` until its task is cancelled, or `may_end` says that it may end.

    Raises LoopEnded for any other end, and what `loop` raises.
    """
    try:
        await loop
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
    if not may_end():
        raise LoopEnded(name)
