"""One lock a name, of one process.

Events of several topics speak of the same case at the same time, and a transaction that meets
another begins again from the start. Taking turns inside the process spares that. It promises
nothing: between processes, the store's versions decide, here as everywhere.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary


class KeyedLock:
    """The locks of one process. A name costs nothing once it is not held or waited for."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def hold(self, name: str) -> AsyncIterator[None]:
        """Hold a name, in the order of asking; a failure or a cancellation inside releases it."""
        lock = self._locks.get(name)
        if lock is None:
            lock = self._locks[name] = asyncio.Lock()
        async with lock:
            yield
