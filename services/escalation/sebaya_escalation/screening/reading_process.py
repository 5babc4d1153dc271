"""A process that reads texts for the event loop, and is ended when one of them takes too long.

Texts that come while it is at work wait together, and go to it together: a text alone costs three
hand-overs between threads and processes, which thirty-two share. When the process is lost with
several texts, each is read by itself, so that only the text that it is lost with again is to blame.
"""

import asyncio
import multiprocessing
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pebble import CONSTS, ProcessExpired, ProcessPool

from sebaya_chassis.base.logs import get_logger
from sebaya_chassis.base.retry import backoff
from sebaya_chassis.consuming.handlers import ProcessLost
from sebaya_escalation import metrics
from sebaya_escalation.screening.inside import read_each

log = get_logger()
T = TypeVar("T")

# A pool that breaks so often over the same text breaks because of it.
BREAKS_OF_ONE_TEXT = 3
# A text that hangs inside a C function hears no request to end: soon after, its process is killed.
CONSTS.term_timeout = 0.2

# A process that takes the place of a lost one is forked from a server that has the screen in
# memory: it is there within milliseconds, and shares that memory. It holds nothing of the service:
# no connection, no key.
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["sebaya_escalation.screen", "sebaya_escalation.screening.inside"])


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms on which a process reads.

    `within`: the seconds that the texts of a batch may take. `together`: the most texts of a batch;
    each waits for the others, and 32 that the rules read take some 4 ms. `prepare`: called when the
    process begins. `silent`: a pool is broken that says nothing for so many seconds more than its
    task may take; a process may need them to begin on a machine that is busy.
    """

    within: float
    together: int = 32
    prepare: Callable[[], object] | None = None
    silent: float = 10.0


@dataclass(frozen=True, slots=True)
class _WaitingText(Generic[T]):
    """What a call gave, and where its answer goes."""

    given: tuple[Any, ...]
    answer: "asyncio.Future[T]"

    def settle(self, answer: T | Exception) -> None:
        """Give the answer, unless the call was given up meanwhile."""
        if self.answer.done():
            return
        if isinstance(answer, Exception):
            self.answer.set_exception(answer)
        else:
            self.answer.set_result(answer)


class ReadingProcess(Generic[T]):
    """One process for one function of a text, which is begun when the first text comes."""

    def __init__(self, function: Callable[..., T], terms: Terms) -> None:
        """`function` is found there by its name, and returns plain values."""
        self._function = function
        self._terms = terms
        self._waiting: deque[_WaitingText[T]] = deque()
        self._at_work: asyncio.Task[None] | None = None
        self._pool: ProcessPool | None = None

    async def read(self, *given: Any) -> T:
        """Call the function there.

        Raises ProcessLost where the process died of these values or was ended because of them, and
        ReadingFailed where the function raised.
        """
        text: _WaitingText[T] = _WaitingText(given, asyncio.get_running_loop().create_future())
        self._waiting.append(text)
        if self._at_work is None or self._at_work.done():
            self._at_work = asyncio.create_task(self._work())
        return await text.answer

    async def close(self) -> None:
        """End the process, and give up what it is at."""
        if self._at_work is not None:
            self._at_work.cancel()
            await asyncio.wait({self._at_work})
        await self._drop_pool()

    async def _work(self) -> None:
        while self._waiting:
            size = min(self._terms.together, len(self._waiting))
            taken = [self._waiting.popleft() for _ in range(size)]
            await self._read_together([text for text in taken if not text.answer.done()])

    async def _read_together(self, texts: Sequence[_WaitingText[T]]) -> None:
        try:
            answers = await self._in_process([text.given for text in texts])
        except Exception as error:  # noqa: BLE001 - each text gets an answer, or its own error
            lost = _as_lost(error)
            if len(texts) == 1:
                texts[0].settle(lost)
                return
            for text in texts:
                await self._read_together([text])
        else:
            for text, answer in zip(texts, answers, strict=True):
                text.settle(answer)

    async def _in_process(self, given: list[tuple[Any, ...]]) -> list[T | Exception]:
        """Raises what the process was lost with; a pool that broke by itself is made anew."""
        breaks = 0
        while True:
            try:
                return await self._answer_of_pool(await self._open_pool(), given)
            except BrokenProcessPool as broken:
                await self._drop_pool()
                breaks += 1
                if breaks == BREAKS_OF_ONE_TEXT:
                    raise
                log.warning("reading_process_broken", exc_info=broken, attempt=breaks)

    async def _answer_of_pool(
        self, pool: ProcessPool, given: list[tuple[Any, ...]]
    ) -> list[T | Exception]:
        reading = asyncio.wrap_future(
            pool.schedule(read_each, args=(self._function, given), timeout=self._terms.within)
        )
        await asyncio.wait({reading}, timeout=self._terms.within + self._terms.silent)
        if not reading.done():
            raise BrokenProcessPool("the pool is silent")
        return reading.result()

    async def _open_pool(self) -> ProcessPool:
        """A pool that takes tasks; for as long as the machine has no room for a process, it is
        waited for: no text is to blame.
        """
        attempt = 0
        while True:
            if self._pool is None:
                self._pool = ProcessPool(
                    max_workers=1, initializer=self._terms.prepare, context=_CONTEXT
                )
            try:
                if await asyncio.to_thread(_is_active, self._pool):
                    return self._pool
            except BrokenProcessPool as broken:
                log.warning("no_reading_process", exc_info=broken, attempt=attempt)
            await self._drop_pool()
            await asyncio.sleep(backoff(attempt))
            attempt += 1

    async def _drop_pool(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.stop()  # type: ignore[no-untyped-call] # the library leaves its None away
            await asyncio.to_thread(pool.join)


def _is_active(pool: ProcessPool) -> bool:
    """Begins its process, too: the first waits until the screen is in memory."""
    return pool.active


def _as_lost(error: Exception) -> Exception:
    """What became of the process, in the consumer's words."""
    if isinstance(error, TimeoutError):
        reason = "timeout"
    elif isinstance(error, ProcessExpired | BrokenProcessPool):
        reason = "kills_process"
    else:
        return error
    metrics.READING_PROCESSES_LOST.labels(reason).inc()
    return ProcessLost(reason)
