"""The store's time, carried on by the monotonic clock: the wall clock of this process has no
say.
"""

import time
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, cast

import pytest

from sebaya_chassis.storage.clock import StoreClock
from sebaya_chassis.storage.database import Database

STORE = datetime(2031, 5, 4, 3, 2, 1, 234_567, tzinfo=UTC)


class Store:
    """A store whose clock shows what it is told, and which takes a while to answer."""

    codec_options = None

    def __init__(self, shows: datetime, ticks: "Ticks", takes: float = 0.0) -> None:
        self.shows, self.ticks, self.takes = shows, ticks, takes

    async def command(self, name: str, **_options: object) -> dict[str, Any]:
        assert name == "hello"
        self.ticks.now += self.takes
        return {"localTime": self.shows}


class Ticks:
    now = 1000.0


@pytest.fixture
def ticks(monkeypatch: pytest.MonkeyPatch) -> Ticks:
    made = Ticks()
    monkeypatch.setattr(time, "monotonic", lambda: made.now)
    return made


async def read(clock: StoreClock, store: Store) -> None:
    await clock.read(cast(Database, store))


async def test_it_follows_the_store_and_goes_on_with_the_monotonic_clock(
    ticks: Ticks, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = StoreClock()
    await read(clock, Store(STORE, ticks))
    monkeypatch.setattr(time, "time", lambda: 0.0)
    assert clock.now() == STORE.replace(microsecond=234_000)
    ticks.now += 90
    assert clock.now() == STORE.replace(microsecond=234_000) + timedelta(seconds=90)


async def test_the_answers_way_is_split_in_two(ticks: Ticks) -> None:
    """The store looked at its clock somewhere in the middle of asking."""
    clock = StoreClock()
    await read(clock, Store(STORE, ticks, takes=2.0))
    assert clock.now() == STORE.replace(microsecond=234_000) + timedelta(seconds=1)


async def test_a_store_that_is_set_back_is_followed_too(ticks: Ticks) -> None:
    clock = StoreClock()
    await read(clock, Store(STORE, ticks))
    await read(clock, Store(STORE - timedelta(hours=1), ticks))
    assert clock.now() == STORE.replace(microsecond=234_000) - timedelta(hours=1)


async def test_it_is_aware_in_utc_and_as_coarse_as_the_store(ticks: Ticks) -> None:
    clock = StoreClock()
    assert clock.now().tzinfo is UTC
    await read(clock, Store(STORE.astimezone(timezone(timedelta(0), "UTC")), ticks))
    now = clock.now()
    assert now.utcoffset() == timedelta(0)
    assert now.microsecond % 1000 == 0
    assert now == STORE.replace(microsecond=234_000)
