"""What comes side by side goes to the store together: who comes while the lanes are busy goes with
the next command, not alone.

Each hears its own answer, under its own deadline. No timer makes anybody wait: a lane that is free
starts at the loop's next turn, with all who came in this one.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import Context
from typing import Generic, NamedTuple, TypeVar

from pymongo.errors import NetworkTimeout

from sebaya_chassis.storage.database import answer_by

# Two, so that a connection that hangs does not keep everybody: the other lane goes on.
LANES = 2
T = TypeVar("T")
R = TypeVar("R")


class _Waiting(NamedTuple, Generic[T, R]):
    item: T
    answer: "asyncio.Future[R]"


class MicroBatcher(Generic[T, R]):
    """Of one process. `ask` takes up to `most` items and answers each, in their order; what it
    raises is everybody's answer.
    """

    def __init__(
        self,
        ask: Callable[[Sequence[T]], Awaitable[Sequence[R | BaseException]]],
        most: int,
        lanes: int = LANES,
    ) -> None:
        self._ask = ask
        self._most = most
        self._lanes = lanes
        self._waiting: list[_Waiting[T, R]] = []
        self._busy = 0
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def lane_is_free(self) -> bool:
        return self._busy < self._lanes

    @contextmanager
    def lane(self) -> Iterator[None]:
        """For who found a lane free and goes alone, at once; whoever comes meanwhile finds it busy."""
        self._busy += 1
        try:
            yield
        finally:
            self._lane_ends()

    async def put(self, item: T) -> R:
        """The item's answer. Raises its own failure; NetworkTimeout where the deadline passes
        first, and then nobody knows.
        """
        answer: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        # Where somebody waits already, a lane is about to start, or all are busy.
        starts = not self._waiting and self.lane_is_free
        self._waiting.append(_Waiting(item, answer))
        if starts:
            self._start()
        try:
            # The command has the client's own ten seconds; who waits may have less.
            async with asyncio.timeout_at(answer_by()):
                return await answer
        except TimeoutError:
            raise NetworkTimeout("the store has not answered in time") from None

    def _start(self) -> None:
        self._busy += 1
        # An empty context: the deadline and the trace of whoever starts it are not those of who
        # waits.
        task = asyncio.get_running_loop().create_task(self._go(), context=Context())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _lane_ends(self) -> None:
        self._busy -= 1
        if self._waiting:
            self._start()

    async def _go(self) -> None:
        batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
        answers: Sequence[R | BaseException]
        try:
            answers = await self._ask([one.item for one in batch]) if batch else ()
        except BaseException as error:  # noqa: BLE001 - raised again where each is waited for; nobody waits for this task
            answers = [error] * len(batch)
        finally:
            self._lane_ends()
        for one, answer in zip(batch, answers, strict=True):
            _tell(one.answer, answer)


def _tell(waiting: "asyncio.Future[R]", answer: R | BaseException) -> None:
    if waiting.done():  # nobody waits any more
        return
    if isinstance(answer, BaseException):
        waiting.set_exception(answer)
    else:
        waiting.set_result(answer)
