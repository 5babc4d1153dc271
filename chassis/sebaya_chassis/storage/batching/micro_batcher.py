"""Gathers what comes side by side into one command: while commands are in flight, items wait and go
with the next one, not alone.

Each item gets its own answer, under its caller's own deadline. No timer delays an item: where there
is capacity a command starts at the event loop's next turn, with all items of this one.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import Context
from typing import Generic, NamedTuple, TypeVar

from pymongo.errors import NetworkTimeout

from sebaya_chassis.storage.database import answer_deadline

# Two, so that a connection that hangs does not hold up every item: the other command goes on.
MAX_IN_FLIGHT = 2
T = TypeVar("T")
R = TypeVar("R")


class _Waiting(NamedTuple, Generic[T, R]):
    item: T
    answer: "asyncio.Future[R]"


class MicroBatcher(Generic[T, R]):
    """One process's queue for one kind of command.

    `execute` takes up to `batch_size` items and returns their answers in the same order; an
    exception among them is raised for its own item, one that `execute` raises for all.
    """

    def __init__(
        self,
        execute: Callable[[Sequence[T]], Awaitable[Sequence[R | BaseException]]],
        batch_size: int,
        max_in_flight: int = MAX_IN_FLIGHT,
    ) -> None:
        self._execute = execute
        self._batch_size = batch_size
        self._max_in_flight = max_in_flight
        self._waiting: list[_Waiting[T, R]] = []
        self._in_flight = 0
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def has_capacity(self) -> bool:
        """Check that one more command may be in flight."""
        return self._in_flight < self._max_in_flight

    @contextmanager
    def direct_command(self) -> Iterator[None]:
        """Count a command that the caller sends by itself, because there was capacity."""
        self._in_flight += 1
        try:
            yield
        finally:
            self._finish()

    async def submit(self, item: T) -> R:
        """Return the item's answer.

        Raises its own failure; NetworkTimeout where the caller's deadline passes first, and then it
        is unknown what became of it.
        """
        answer: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        # Where an item waits already, a command is about to start, or all are in flight.
        starts = not self._waiting and self.has_capacity
        self._waiting.append(_Waiting(item, answer))
        if starts:
            self._start()
        try:
            # The command has the client's own ten seconds; the caller may have less.
            async with asyncio.timeout_at(answer_deadline()):
                return await answer
        except TimeoutError:
            raise NetworkTimeout("the store has not answered in time") from None

    def _start(self) -> None:
        self._in_flight += 1
        # An empty context: the deadline and the trace of the caller that starts it are not those of
        # the others.
        task = asyncio.get_running_loop().create_task(self._run(), context=Context())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _finish(self) -> None:
        self._in_flight -= 1
        if self._waiting:
            self._start()

    async def _run(self) -> None:
        size = self._batch_size
        batch, self._waiting = self._waiting[:size], self._waiting[size:]
        answers: Sequence[R | BaseException]
        try:
            answers = await self._execute([one.item for one in batch]) if batch else ()
        except BaseException as error:  # noqa: BLE001 - raised again where its item is awaited
            answers = [error] * len(batch)
        finally:
            self._finish()
        for one, answer in zip(batch, answers, strict=True):
            _resolve(one.answer, answer)


def _resolve(waiting: "asyncio.Future[R]", answer: R | BaseException) -> None:
    if waiting.done():  # its caller gave up
        return
    if isinstance(answer, BaseException):
        waiting.set_exception(answer)
    else:
        waiting.set_result(answer)
