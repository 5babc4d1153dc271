"""An alarm rings at the earliest date it knows, at once when woken, and loses nothing that is noted
while its scan is at work.
"""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest

from sebaya_chassis.base.alarm import Alarm

SOON = timedelta(seconds=0.05)
LONG = 30.0


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def alarm() -> Alarm:
    return Alarm(now)


async def test_it_rings_at_the_date_it_knows_and_not_before(alarm: Alarm) -> None:
    due = now() + SOON
    alarm.expect(due)
    assert await alarm.wait(LONG)
    assert now() >= due


async def test_the_earliest_date_counts_in_whatever_order_they_come(alarm: Alarm) -> None:
    alarm.expect(now() + timedelta(hours=1))
    alarm.expect(now() + SOON)
    alarm.expect(now() + timedelta(minutes=1))
    assert await alarm.wait(LONG)


async def test_an_earlier_date_that_comes_while_it_waits_moves_it(alarm: Alarm) -> None:
    alarm.expect(now() + timedelta(hours=1))
    waiting = asyncio.create_task(alarm.wait(LONG))
    await asyncio.sleep(0)
    alarm.expect(now() + SOON)
    assert await waiting


async def test_it_rings_at_once_when_woken(alarm: Alarm) -> None:
    waiting = asyncio.create_task(alarm.wait(LONG))
    await asyncio.sleep(0)
    alarm.wake()
    assert await waiting


async def test_without_a_date_it_waits_no_longer_than_it_may(alarm: Alarm) -> None:
    began = time.monotonic()
    assert not await alarm.wait(0.05)
    assert time.monotonic() - began < LONG / 2


async def test_what_is_noted_while_a_scan_is_at_work_counts_for_the_next(alarm: Alarm) -> None:
    alarm.wake()
    assert await alarm.wait(LONG)
    alarm.expect(now())
    assert alarm.rings
    assert await alarm.wait(LONG)


@pytest.mark.parametrize("noted_first", [True, False])
async def test_within_a_rest_it_rings_for_a_wake_up_alone(alarm: Alarm, noted_first: bool) -> None:
    until = now() + 2 * SOON
    if noted_first:
        alarm.expect(now())
    alarm.rest(until)
    alarm.expect(now())
    assert not alarm.rings
    assert await alarm.wait(LONG)
    assert now() >= until
    alarm.rest(now() + timedelta(hours=1))
    alarm.wake()
    assert await alarm.wait(LONG)


async def test_it_rings_once_for_what_was_noted(alarm: Alarm) -> None:
    alarm.wake()
    alarm.expect(now())
    assert await alarm.wait(LONG)
    assert not await alarm.wait(0.01)


async def test_a_cancellation_that_meets_a_wake_up_is_not_forgotten(alarm: Alarm) -> None:
    waiting = asyncio.create_task(alarm.wait(LONG))
    await asyncio.sleep(0)
    alarm.wake()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
