"""Retries of transient failures, and waiting that keeps a loop's heartbeat turning."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from aiokafka.errors import KafkaError
from pymongo.errors import (
    AutoReconnect,
    ConnectionFailure,
    ExecutionTimeout,
    NetworkTimeout,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
    WriteConcernError,
    WTimeoutError,
)

from sebaya_chassis.base.health import Heartbeat

T = TypeVar("T")

# Well under what a supervisor allows a loop that stands still.
BEAT_SECONDS = 1.0

# Server codes that heal by themselves: a disk that is full or read-only, an election, an
# interrupted or overloaded server.
_HEALING_CODES = frozenset(
    {14031, 10107, 13435, 11600, 11602, 91, 189, 262, 50, 64, 89, 112, 251, 24}
)
_AWAY = (
    AutoReconnect,
    ConnectionFailure,
    ExecutionTimeout,
    NetworkTimeout,
    ServerSelectionTimeoutError,
    WTimeoutError,
    WriteConcernError,
)


def store_is_away(error: BaseException) -> bool:
    """Decide whether an error of the driver is the store's own trouble, and not the request's."""
    if isinstance(error, _AWAY):
        return True
    if isinstance(error, OperationFailure):
        return (
            error.code in _HEALING_CODES
            or error.has_error_label("TransientTransactionError")
            or error.has_error_label("RetryableWriteError")
        )
    return isinstance(error, PyMongoError) and error.timeout


def is_transient(error: BaseException) -> bool:
    """Decide whether a failure is to be retried in place, for as long as it takes."""
    return store_is_away(error) or isinstance(error, KafkaError)


def backoff(attempt: int, longest: float = 5.0) -> float:
    """Choose the seconds before the next attempt: doubling from 50 ms to `longest`, with jitter."""
    seconds: float = min(longest, 0.05 * 2 ** min(attempt, 12))
    return seconds * random.uniform(0.5, 1.0)  # noqa: S311 - spreads retries, guards nothing


async def retry_transient(call: Callable[[], Awaitable[T]], beat: Heartbeat) -> T:
    """Return the call's result; repeat it while the store or the broker is away."""
    attempt = 0
    while True:
        beat.turn()
        try:
            return await call()
        except Exception as error:
            if not is_transient(error):
                raise
            await asyncio.sleep(backoff(attempt))
            attempt += 1


async def run_with_heartbeat(work: Coroutine[Any, Any, T], beat: Heartbeat) -> T:
    """Wait for work that may last as long as the broker is away, such as an acknowledgement."""
    task = asyncio.create_task(work)
    try:
        while not task.done():
            beat.turn()
            await asyncio.wait({task}, timeout=BEAT_SECONDS)
        return task.result()
    finally:
        task.cancel()


async def pause(
    seconds: float, beat: Heartbeat, store: Callable[[], Awaitable[None]] | None = None
) -> None:
    """Sleep in short steps that turn the heartbeat.

    First `store` is awaited; that the store is away does not end the waiting.
    """
    if store is not None:
        try:
            await store()
        except PyMongoError as error:
            if not store_is_away(error):
                raise
    left = seconds
    while left > 0:
        await asyncio.sleep(min(left, BEAT_SECONDS))
        left -= BEAT_SECONDS
        beat.turn()


async def repeat_every(look: Callable[[], Awaitable[None]], every: float, beat: Heartbeat) -> None:
    """Repeat a read of the store every so many seconds, for ever."""
    while True:
        beat.turn()
        await pause(every, beat, store=look)
