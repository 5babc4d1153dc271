"""One after another for one name, side by side for others; a failure lets the next one in,
and so does a cancellation.
"""

import asyncio

import pytest

from sebaya_chassis.base.keyed_lock import KeyedLock


async def test_one_name_takes_turns_in_order_and_others_do_not_wait() -> None:
    locks, seen = KeyedLock(), []
    gate = asyncio.Event()

    async def takes(name: str, what: str) -> None:
        async with locks.hold(name):
            seen.append(f"{what} begins")
            if name == "c1":
                await gate.wait()
            seen.append(f"{what} ends")

    tasks = [
        asyncio.create_task(takes(*each))
        for each in (("c1", "first"), ("c1", "second"), ("c2", "other"))
    ]
    await tasks[2]
    assert seen == ["first begins", "other begins", "other ends"]
    gate.set()
    await asyncio.gather(*tasks)
    assert seen[3:] == ["first ends", "second begins", "second ends"]


async def test_who_fails_or_gives_up_lets_the_next_one_in_and_nothing_is_kept() -> None:
    locks = KeyedLock()
    with pytest.raises(ValueError, match="inside"):
        async with locks.hold("c1"):
            raise ValueError("inside")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01), locks.hold("c1"):
            await asyncio.Event().wait()
    async with locks.hold("c1"):
        assert len(locks._locks) == 1
    assert len(locks._locks) == 0
