"""What heals by itself is waited for; a fault of one record or of ours is not. Waiting shows that
it is alive.
"""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from aiokafka.errors import KafkaConnectionError, KafkaTimeoutError
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    ConfigurationError,
    DuplicateKeyError,
    ExecutionTimeout,
    InvalidOperation,
    NetworkTimeout,
    NotPrimaryError,
    OperationFailure,
    ServerSelectionTimeoutError,
    WriteConcernError,
    WriteError,
    WTimeoutError,
)

from sebaya_chassis.base import retry
from sebaya_chassis.base.health import Heartbeat
from sebaya_chassis.base.problems import Unavailable
from sebaya_chassis.base.retry import (
    backoff,
    is_transient,
    pause,
    run_with_heartbeat,
    store_is_away,
)
from sebaya_chassis.storage.documents import Conflict


def labelled(label: str) -> OperationFailure:
    return OperationFailure("x", 1, {"errorLabels": [label]})


AWAY = [
    AutoReconnect("x"),
    NotPrimaryError("x"),
    NetworkTimeout("x"),
    ServerSelectionTimeoutError("x"),
    ExecutionTimeout("x", 50),
    WTimeoutError("x", 64),
    WriteConcernError("x", 64),
    OperationFailure("disk full", 14031),
    OperationFailure("not primary", 10107),
    OperationFailure("interrupted by shutdown", 11600),
    WriteError("disk full", 14031),
    labelled("TransientTransactionError"),
    labelled("RetryableWriteError"),
]
BROKER = [KafkaConnectionError("x"), KafkaTimeoutError("x")]
NOT = [
    DuplicateKeyError("x", 11000),
    OperationFailure("a query that cannot be read", 2),
    OperationFailure("who are you", 18),
    WriteError("document validation", 121),
    BulkWriteError({"writeErrors": []}),
    ConfigurationError("x"),
    InvalidOperation("x"),
    ValueError("x"),
    TimeoutError("x"),
    ConnectionError("x"),
    Conflict("x"),
    Unavailable(),
]


@pytest.mark.parametrize("error", AWAY, ids=repr)
def test_a_store_that_is_away_may_heal(error: Exception) -> None:
    assert store_is_away(error)
    assert is_transient(error)


@pytest.mark.parametrize("error", BROKER, ids=repr)
def test_a_broker_that_is_away_may_heal_and_is_no_store(error: Exception) -> None:
    assert is_transient(error)
    assert not store_is_away(error)


@pytest.mark.parametrize("error", NOT, ids=repr)
def test_what_is_wrong_with_a_record_or_with_us_will_not(error: Exception) -> None:
    assert not is_transient(error)
    assert not store_is_away(error)


def test_backoff_grows_to_its_limit_and_never_stands_still() -> None:
    assert all(0.025 <= backoff(0) <= 0.05 for _ in range(100))
    assert all(2.5 <= backoff(attempt) <= 5.0 for attempt in range(7, 5000, 97))
    assert all(backoff(attempt, longest=0.1) <= 0.1 for attempt in range(40))
    assert len({backoff(3) for _ in range(10)}) > 1


async def test_a_pause_beats_in_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    beat = Heartbeat("toy", "loop")
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        beat.turned_at = 0.0

    monkeypatch.setattr(asyncio, "sleep", sleep)
    await pause(2.5, beat)
    assert slept == [1.0, 1.0, 0.5]
    assert beat.turned_at > 0


async def test_who_waits_for_the_broker_beats(monkeypatch: pytest.MonkeyPatch) -> None:
    """An acknowledgement may take as long as the broker is away: a supervisor must not end the
    process for it.
    """
    acknowledged, began, turns = asyncio.get_running_loop().create_future(), asyncio.Event(), 0

    def turn(_beat: Heartbeat) -> None:
        nonlocal turns
        turns += 1
        if turns == 3:
            acknowledged.set_result("done")

    monkeypatch.setattr(retry, "BEAT_SECONDS", 0.001)
    monkeypatch.setattr(Heartbeat, "turn", turn)
    assert (
        await run_with_heartbeat(_answered(acknowledged, began), Heartbeat("toy", "loop")) == "done"
    )


async def test_who_no_longer_waits_leaves_nothing_at_work() -> None:
    acknowledged, began = asyncio.get_running_loop().create_future(), asyncio.Event()
    waiting = asyncio.create_task(
        run_with_heartbeat(_answered(acknowledged, began), Heartbeat("toy", "loop"))
    )
    await began.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await asyncio.sleep(0)
    assert acknowledged.cancelled()


async def _answered(future: "asyncio.Future[str]", began: asyncio.Event) -> str:
    began.set()
    return await future


def raising(error: Exception) -> Callable[[], Awaitable[None]]:
    async def ask() -> None:
        raise error

    return ask


async def test_an_absent_store_ends_no_pause_but_a_fault_does() -> None:
    await pause(0.0, Heartbeat("toy", "loop"), raising(AutoReconnect("x")))
    with pytest.raises(OperationFailure):
        await pause(0.0, Heartbeat("toy", "loop"), raising(OperationFailure("x", 2)))
