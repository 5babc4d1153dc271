"""What one process does to one thing, one after another.

Events of several topics speak of the same case at the same time, and a transaction that meets
another begins again from the start. Taking turns inside the process spares that. It promises
nothing: between processes, the store's versions decide, here as everywhere.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary


class KeyedLock:
    """Of one process. A name costs nothing once nobody uses it."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def of(self, name: str) -> AsyncIterator[None]:
        """Whoever came first goes first; what fails or is given up inside lets the next one in."""
        lock = self._locks.get(name)
        if lock is None:
            lock = self._locks[name] = asyncio.Lock()
        async with lock:
            yield
